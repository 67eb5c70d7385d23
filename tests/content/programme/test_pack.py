import shutil
from datetime import date, time, timedelta
from pathlib import Path

import pytest

from content.faults import PackFaultsError
from content.phrases import Phrases
from content.programme.checks.packs import LONGEST_LABEL, keys_of_pack
from content.programme.pack import PACKS, Pack, load_pack
from content.programme.programme import APPLICANT, CERTIFIED, DRAFT, STATUSES, SYSTEM

IDS = ("quang-binh-2021", "quang-tri-2026")
REQUIRED = ["product_name", "product_kind", "product_group", "entity_kind", "entity_name", "phone", "place"]
DEMO_DAYS = {"quang-binh-2021": date(2021, 6, 1), "quang-tri-2026": date(2026, 9, 15)}


@pytest.fixture(params=IDS, scope="module")
def pack(request) -> Pack:
    return load_pack(request.param, DEMO_DAYS[request.param])


@pytest.fixture(scope="module")
def old() -> Pack:
    return load_pack("quang-binh-2021", DEMO_DAYS["quang-binh-2021"])


@pytest.fixture(scope="module")
def new() -> Pack:
    return load_pack("quang-tri-2026", DEMO_DAYS["quang-tri-2026"])


def copy(pack: str, to: Path) -> Path:
    return Path(shutil.copytree(PACKS / pack, to / pack))


def spoil(file: Path, good: str, bad: str) -> None:
    text = file.read_text("utf-8")
    assert good in text
    file.write_text(text.replace(good, bad, 1), "utf-8")


def faults_of(folder: Path) -> tuple[str, ...]:
    with pytest.raises(PackFaultsError) as caught:
        load_pack(folder, date(2021, 6, 1))
    return caught.value.faults


def test_a_pack_is_read_whole(pack):
    assert pack.id in IDS
    assert pack.programme.demo_start == DEMO_DAYS[pack.id]
    assert pack.topics
    assert pack.learned
    assert pack.places.get(pack.programme.province).level == pack.programme.root.id


def test_six_steps_in_the_order_of_the_cycle(pack):
    assert [step.number for step in pack.programme.steps] == [1, 2, 3, 4, 5, 6]
    assert [step.id for step in pack.programme.steps] == ["awareness", "idea", "plan", "work", "evaluation", "trade"]


def test_every_status_is_reached_from_the_first_draft(pack):
    reached: set[str] = set()
    todo = [DRAFT]
    while todo:
        status = todo.pop()
        if status not in reached:
            reached.add(status)
            todo += [row.end for row in pack.programme.acts(status)]

    assert reached == {*STATUSES, *CERTIFIED}


def test_every_status_has_a_way_out_and_a_step(pack):
    for status in (*STATUSES, *CERTIFIED):
        assert any(row.end != status for row in pack.programme.acts(status)), status
        assert 2 <= pack.programme.status_step(status) <= 6


def test_every_status_that_waits_for_somebody_can_be_moved_by_them(pack):
    for status in (*STATUSES, *CERTIFIED):
        waits_for = pack.programme.waits_for(status)
        assert not waits_for or waits_for in {row.by for row in pack.programme.acts(status)}, status


def test_every_change_is_told_in_words_that_exist(pack):
    phrases = Phrases.load()

    assert all(phrases.has(key) for key in keys_of_pack(pack))
    assert all(row.tells for row in pack.programme.transitions)
    assert all(phrases.has(f"status.name.{status}") for status in (*STATUSES, *CERTIFIED))


def test_an_act_that_is_not_possible_has_no_row(pack):
    assert pack.programme.transition("accept", "idea_accepted") is None
    assert pack.programme.transition("accept", "nowhere") is None


def test_adding_to_an_idea_leaves_its_status(pack):
    for status in ("idea_submitted", "idea_accepted"):
        assert pack.programme.transition("complete", status).end == status
        assert pack.programme.transition("complete", status).by == APPLICANT


def test_an_idea_nobody_answers_is_moved_up_by_the_program_alone(pack):
    assert pack.programme.transition("escalate", "idea_submitted").by == SYSTEM


def test_the_district_decides_about_ideas_in_2021_and_the_commune_in_2026(old, new):
    assert old.programme.decision("idea").level == "district"
    assert old.programme.transition("accept", "idea_submitted").by == "district"
    assert new.programme.decision("idea").level == "commune"
    assert new.programme.transition("accept", "idea_submitted").by == "commune"


def test_a_term_no_document_sets_is_marked_as_a_sample(pack):
    idea = pack.programme.decision("idea")

    assert (idea.term_working_days, idea.term_sample) == (10, True)


def test_the_commune_has_its_official_fifteen_days_for_dossiers_in_2026(new):
    dossier = new.programme.decision("dossier")

    assert (dossier.term_working_days, dossier.term_sample) == (15, False)
    assert new.programme.evaluation.check_working_days == 15


def test_there_is_no_district_in_2026(old, new):
    assert [level.id for level in old.programme.levels] == ["province", "district", "commune"]
    assert [level.id for level in new.programme.levels] == ["province", "commune"]
    assert "district_official" not in new.programme.roles


def test_the_order_of_2021_lists_fifteen_things_to_do_in_three_kinds(old):
    counts = {kind.id: len(kind.items) for kind in old.programme.kinds}

    assert counts == {"new": 6, "completing": 5, "recognised": 4}
    assert {item.topic for item in old.programme.kind("new").items} == {"viec-san-pham-moi"}


def test_the_target_of_2021_is_three_to_five_products_a_district(old):
    (target,) = old.programme.targets

    assert (target.level, target.least, target.most, target.stars) == ("district", 3, 5, 3)


def test_twenty_six_product_sets_in_six_groups_in_2026(new):
    sets = [one for group in new.programme.product_groups for one in group.sets]

    assert len(new.programme.product_groups) == 6
    assert [one.number for one in sets] == list(range(1, 27))
    assert sets[8].name == "Tương, nước mắm, gia vị dạng lỏng khác"


@pytest.mark.parametrize(
    ("points", "stars"), [(100, 5), (90, 5), (89, 4), (70, 4), (69, 3), (50, 3), (49, 2), (30, 2), (29, 1), (0, 1)]
)
def test_the_star_bands_have_no_gap(pack, points, stars):
    bands = pack.programme.evaluation.bands

    assert [b.stars for b in bands if b.least <= points and (b.below is None or points < b.below)] == [stars]


def test_certificates_last_36_months_and_are_renewed_180_to_120_days_before(new, old):
    certificates = new.programme.evaluation.certificates

    assert certificates.months == 36
    assert (certificates.reopens_days_before, certificates.closes_days_before) == (180, 120)
    assert {180, 120} <= set(certificates.remind_days)
    assert old.programme.evaluation.certificates is None


def test_before_the_thirtieth_means_the_day_before_at_the_latest(new):
    dot1, dot2, *_ = new.programme.evaluation.rounds

    assert dot1.last_day_to_send(2027) == date(2027, 4, 29)
    assert dot2.last_day_to_send(2026) == date(2026, 10, 29)
    assert new.programme.deadline("round_dot2").closes_on == dot2.last_day_to_send(2026)
    assert not new.programme.deadline("round_dot2").sample


@pytest.mark.parametrize("deadline", ["idea_closes", "plan_due"])
def test_a_week_into_the_demo_one_reminder_of_each_sample_deadline_falls_due(pack, deadline):
    spec = pack.programme.deadline(deadline)
    start = pack.programme.demo_start
    due = [spec.closes_on - timedelta(days=rule.before_days) for rule in spec.rules]

    assert spec.sample
    fallen = [day for day in due if start < day < start + timedelta(days=pack.demo.days_ahead)]
    assert fallen
    assert fallen[0].weekday() < 5
    assert not [day for day in due if day <= start]


def test_an_accepted_idea_is_reminded_of_its_plan_and_a_draft_of_its_closing(pack):
    assert "idea_accepted" in pack.programme.deadline("plan_due").concerns
    assert pack.programme.deadline("idea_closes").reminds_drafts
    assert not pack.programme.deadline("plan_due").reminds_drafts


def test_quiet_hours_reach_over_midnight(pack):
    quiet = pack.programme.quiet

    assert [quiet.covers(time(hour)) for hour in (20, 21, 0, 6, 7)] == [False, True, True, True, False]


def test_a_document_is_in_force_on_its_first_and_its_last_day(old):
    document = old.programme.document("qd-1048-2019")

    assert document.on == date(2019, 8, 21)
    days = [date(2019, 8, 20), date(2019, 8, 21), date(2023, 2, 23), date(2023, 2, 24)]
    assert [document.in_force(day) for day in days] == [False, True, True, False]


def test_exactly_seven_answers_submit_an_idea(pack):
    form = pack.forms["idea"]

    assert [field.id for field in form.always_required] == REQUIRED
    assert [field.id for field in form.fields[:7]] == REQUIRED
    assert all(field.example and field.prompt for field in form.always_required)


def test_a_product_with_stars_needs_its_certificate_and_others_do_not(pack):
    form = pack.forms["idea"]

    def asked(kind):
        return [one.id for one in form.required if one.show_if is not None and one.shown({"product_kind": kind})]

    assert asked("recognised") == ["stars", "certificate", "certified_on", "certificate_photo"]
    assert asked("new") == asked("completing") == []


def test_three_stars_came_from_the_district_from_2023_to_2025(new):
    issuer = new.programme.evaluation.issuer

    assert [issuer(3, day) for day in (date(2023, 2, 23), date(2023, 2, 24), date(2025, 7, 5), date(2025, 7, 6))] == [
        "province", "district", "district", "province",
    ]  # fmt: skip
    assert {issuer(4, date(year, 6, 1)) for year in (2020, 2023, 2024, 2026)} == {"province"}
    assert issuer(5, date(2024, 6, 1)) == "central"
    assert issuer(3, date(2018, 1, 1)) == ""


def test_choices_of_the_programme_are_not_repeated_in_the_form(pack):
    form = pack.forms["idea"]

    assert [one.id for one in form.field("product_kind").choices] == ["new", "completing", "recognised"]
    assert [one.label for one in form.field("product_group").choices] == [
        group.name for group in pack.programme.product_groups
    ]
    assert "htx" in form.field("entity_kind").choice("cooperative").words
    assert all(len(one.label) <= LONGEST_LABEL for field in form.fields for one in field.choices)


def test_only_a_household_is_asked_for_its_registration(pack):
    form = pack.forms["idea"]

    assert form.field("has_registration") in form.shown({"entity_kind": "household"})
    assert form.field("has_registration") not in form.shown({"entity_kind": "company"})
    assert form.field("contact_person") not in form.shown({"entity_kind": "household"})
    assert form.field("tax_code") in form.shown({"entity_kind": "cooperative"})
    assert form.field("tax_code") not in form.shown({})


def test_the_answer_about_the_entity_decides_which_questions_follow(pack):
    shown = {field.id for field in pack.forms["idea"].dependents("entity_kind")}

    assert shown == {"has_registration", "contact_person", "tax_code"}


def test_what_points_to_a_person_is_marked(pack):
    personal = {field.id for field in pack.forms["idea"].fields if field.personal}

    assert personal == {"entity_name", "phone", "contact_person", "location"}


def test_every_question_but_the_files_stands_on_the_paper(pack):
    unprinted = {field.id for field in pack.forms["idea"].fields if not field.paper}

    assert unprinted == {"photos", "certificate_photo", "document", "voice_story", "location"}


def test_the_paper_of_2021_follows_the_official_form_and_that_of_2026_is_our_own(old, new):
    assert old.forms["idea"].paper_title == "Phiếu thông tin ý tưởng sản phẩm (theo nội dung Biểu số 01)"
    assert new.forms["idea"].paper_title == "Phiếu ý tưởng sản phẩm"


def test_a_consent_text_that_changes_by_a_letter_is_another_version(pack):
    given = pack.consent_texts["registration"]
    changed = type(given)(given.purpose, given.text, given.more + ".")

    assert given.version != changed.version
    assert given.version == type(given)(given.purpose, given.text, given.more).version
    assert given.version != pack.consent_texts["reminders"].version


def test_people_of_other_places_are_outside_the_announcement_of_the_demo(pack):
    reached = {
        one.id for one in (*pack.demo.cast, *pack.demo.others) if not one.role and one.place == pack.demo.announce_to
    }
    beyond = {one.id for one in pack.demo.others} - reached

    assert "producer" in reached
    assert len(beyond) >= 2


def test_the_demo_answers_every_question_that_submits(pack):
    assert list(pack.demo.answers) == REQUIRED


def test_every_fault_of_a_pack_is_told_at_once_with_its_line(tmp_path):
    folder = copy("quang-binh-2021", tmp_path)
    programme, form = folder / "programme.yaml", folder / "forms" / "idea.yaml"
    spoil(programme, "closes_on: 2021-06-11", "closes_on: 11/6/2021")
    spoil(programme, "waits_for: district}", "waits_for: distrikt}")
    spoil(programme, "short_name:", "shortname:")
    spoil(form, "type: phone", "type: fone")
    spoil(form, "entity_kind: [household]", "entity_kind: [houshold]")
    line = next(n for n, text in enumerate(programme.read_text("utf-8").splitlines(), 1) if "11/6/2021" in text)

    faults = faults_of(folder)

    told = "\n".join(faults)
    assert f"quang-binh-2021/programme.yaml:{line}: 'closes_on' is '11/6/2021'" in told
    assert "'distrikt' is not a known level" in told
    assert "'fone' is not a known type of question" in told
    assert "'houshold' is not a known answer to 'entity_kind'" in told
    assert "The key 'shortname' is not known here. Did you mean 'short_name'?" in told


SLIPS = {
    "a kind without a source": ("    source: cv-780-2021\n    items:", "    items:", "'source' is missing"),
    "a source that is no document": (
        "source: qd-1048-2019",
        "source: qd-1049-2019",
        "'qd-1049-2019' is not a known document",
    ),
    "a key twice": ("format: 1\n", "format: 1\nformat: 1\n", "'format' occurs twice"),
    "another format": ("format: 1\n", "format: 2\n", "Format 2"),
    "a status twice in the table": ("act: decline, start", "act: accept, start", "'accept' leads from"),
    "a status nobody knows": ("end: idea_accepted", "end: idea_acepted", "'idea_acepted' is not a known status"),
    "a status without a row": ("  - {id: expired, step: 6, waits_for: applicant}\n", "", "Without a row: expired"),
    "reminders out of order": ("[7, 3, 1]", "[1, 3, 7]", "not in order"),
    "a gap between the stars": ("least: 70, below: 90", "least: 70, below: 89", "do not end where 5 begin"),
    "a word YAML takes for yes": ("name: bao bì", "name: on", "Put it in quotes"),
    "a role nobody knows": ("  helper: commune", "  helpr: commune", "'helpr' is not a known role"),
    "not YAML at all": ("levels:\n", "levels: [\n", "It is not YAML"),
    "a folder with another id": ("id: quang-binh-2021", "id: quang-binh-2020", "its folder is 'quang-binh-2021'"),
}


@pytest.mark.parametrize(("good", "bad", "told"), SLIPS.values(), ids=SLIPS)
def test_a_slip_in_the_programme_is_found(tmp_path, good, bad, told):
    folder = copy("quang-binh-2021", tmp_path)
    spoil(folder / "programme.yaml", good, bad)

    assert told in "\n".join(faults_of(folder))


def test_text_in_decomposed_form_is_found(tmp_path):
    folder = copy("quang-binh-2021", tmp_path)
    spoil(folder / "programme.yaml", "name: bao bì", "name: bao bi\u0300")

    assert "decomposed" in "\n".join(faults_of(folder))


def test_a_pack_without_a_programme_is_told_and_not_half_read(tmp_path):
    folder = copy("quang-binh-2021", tmp_path)
    (folder / "programme.yaml").unlink()

    assert "quang-binh-2021/programme.yaml:0: The file does not exist. Add it." in faults_of(folder)


def test_a_condition_on_a_later_question_is_found(tmp_path):
    folder = copy("quang-binh-2021", tmp_path)
    spoil(folder / "forms" / "idea.yaml", "show_if: {entity_kind: [household]}", "show_if: {tax_code: [x]}")

    assert "'tax_code' is not asked before this question" in "\n".join(faults_of(folder))
