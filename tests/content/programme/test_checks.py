import shutil
from datetime import date
from pathlib import Path

import pytest

from content.phrases import Phrases
from content.programme.checks.packs import check_pack, keys_of_pack
from content.programme.checks.phrases import check_phrases, unused_and_unknown_keys
from content.programme.pack import PACKS, load_pack

COMMANDS = frozenset(
    [
        "start",
        "menu",
        "trogiup",
        "help",
        "gioithieu",
        "hoi",
        "dangky",
        "tieptuc",
        "trangthai",
        "hoso",
        "nhacviec",
        "lienhe",
        "kiemtra",
        "dulieu",
        "tamdung",
        "dung",
        "ngonngu",
        "quaylai",
        "boqua",
        "sua",
        "huy",
    ]
)
PHRASES = Phrases.load()
OLD, NEW = "quang-binh-2021", "quang-tri-2026"


def copy(pack: str, to: Path) -> Path:
    return Path(shutil.copytree(PACKS / pack, to / pack))


def spoil(file: Path, good: str, bad: str) -> None:
    text = file.read_text("utf-8")
    assert good in text
    file.write_text(text.replace(good, bad, 1), "utf-8")


def told(folder: Path, **more) -> str:
    return "\n".join(str(fault) for fault in check_pack(folder, commands=COMMANDS, phrases=PHRASES, **more))


@pytest.mark.parametrize("pack", [OLD, NEW])
def test_the_packs_that_ship_have_no_fault(pack):
    assert told(PACKS / pack) == ""


def test_the_pack_in_use_has_no_fault_on_a_later_day():
    assert told(PACKS / NEW, on=date(2026, 11, 23)) == ""


ROWS = {
    "a hold below nothing": ("hold_minutes: 5 ", "hold_minutes: -5 ", "The number is below 0"),
    "a figure nobody knows": ("alone_a_day: 5 ", "alone_per_day: 5 ", "Did you mean 'alone_a_day'?"),
    "a row that leads nowhere new": ("act: promote, start: recognised, end: promoted", "act: promote, start: recognised, end: recognised", "Nothing leads to 'promoted'"),
    "a status one cannot leave": ("  - {act: restart, start: withdrawn, end: idea_draft, by: applicant, tells: status.restarted}\n", "", "Nothing leads out of 'withdrawn'"),
    "somebody waited for who can do nothing": ("{id: idea_submitted, step: 2, waits_for: district}", "{id: idea_submitted, step: 2, waits_for: commune}", "waits for commune, who can do nothing"),
    "another level deciding than is said": ("end: idea_accepted, by: district", "end: idea_accepted, by: province", "but district decides about idea"),
    "a phrase no catalog has": ("tells: status.idea_accepted}", "tells: status.idea_acepted}", "which no catalog has"),
    "a decision told without words": ("by: district, tells: status.idea_accepted}", "by: district}", "tells the producer nothing"),
    "a return without room for the defects": ("tells: status.idea_needs_changes, remark: defects", "tells: status.idea_accepted, remark: defects", "has no place for {defects}"),
    "a reason asked of a row without one": ("by: district, tells: status.idea_accepted}", "by: district, tells: status.idea_declined}", "unknown values: reason"),
    "a deadline before the programme": ("closes_on: 2021-06-11", "closes_on: 2018-06-11", "closes before the programme was ordered"),
    "deadlines against the order of the steps": ("closes_on: 2021-07-07", "closes_on: 2021-06-05", "closes before 'idea_closes'"),
    "a deadline for those past it": ("concerns: [idea_draft, idea_needs_changes]", "concerns: [idea_draft, implementing]", "those who are past it (implementing)"),
    "a deadline for an unknown place": ('place: "44"\n    concerns: [idea_draft', 'place: "99"\n    concerns: [idea_draft', "'99' is not a place"),
    "a deadline of a round nobody knows": ('place: "44"\n    concerns: [idea_draft', 'place: "44"\n    round: dot9\n    concerns: [idea_draft', "of round 'dot9', which does not exist"),
    "an unknown province": ('province: "44"', 'province: "98"', "'98' is not a place"),
    "a topic that does not exist": ("topic: viec-hoan-thien", "topic: viec-hoan-thin", "'viec-hoan-thin', which does not exist"),
    "a document that has ended": ("in_force_to: 2023-02-23", "in_force_to: 2021-01-01", "not in force on 01/06/2021"),
    "a gap in the steps": ("number: 6\n", "number: 7\n", "Number them from 1"),
    "a level of places that is missing": ('  - {id: district, name: "huyện, thị xã, thành phố", order: 1}\n', "", "Places of level 'district'"),
    "a command the bot does not have": ("gõ /dulieu.", "gõ /dulie.", "no command /dulie"),
    "a value nobody gives": ("{You} đồng ý không ạ?", "{ten} đồng ý không ạ?", "unknown value: ten"),
    "a text too long for a channel": ("Không đồng ý thì", "Không đồng ý thì " * 150, "At most 2000"),
}  # fmt: skip


@pytest.mark.parametrize(("good", "bad", "fault"), ROWS.values(), ids=ROWS)
def test_what_cannot_hold_in_a_programme_is_found_with_its_line(tmp_path, good, bad, fault):
    folder = copy(OLD, tmp_path)
    spoil(folder / "programme.yaml", good, bad)

    faults = check_pack(folder, commands=COMMANDS, phrases=PHRASES)

    found = [one for one in faults if fault in str(one)]
    assert found, "\n".join(map(str, faults))
    assert all(one.line > 0 and one.file == f"{OLD}/programme.yaml" for one in found)


def test_all_faults_of_different_files_come_together_and_in_order(tmp_path):
    folder = copy(OLD, tmp_path)
    spoil(folder / "programme.yaml", "closes_on: 2021-07-07", "closes_on: 2021-06-05")
    spoil(folder / "forms" / "idea.yaml", "gõ /boqua", "gõ /boquaa")
    spoil(folder / "demo.yaml", "Lê Thị Tỉnh (mẫu)", "Lê Thị Tỉnh")
    spoil(folder / "programme.yaml", "short_name:", "shortname:")

    faults = check_pack(folder, commands=COMMANDS, phrases=PHRASES)

    assert {one.file.rpartition("/")[2] for one in faults} == {"programme.yaml", "idea.yaml", "demo.yaml"}
    assert faults == sorted(faults)


FORM = {
    "a question nobody can read at once": ("help: Tên thường gọi", f"help: {'rất dài ' * 80}", "At most 600"),
    "a section nothing is printed in": ("sections:\n", "sections:\n  - {id: spare, heading: Khác}\n", "printed in section 'spare'"),
    "a word with two meanings": ("words: [shtt, sở hữu trí tuệ, thương hiệu]", "words: [shtt, ATTP]", "'attp' means two choices"),
    "a label too long for a button": ("label: Nhãn hiệu, words", f"label: {'Nhãn hiệu ' * 12}, words", "fit on a button"),
}  # fmt: skip


@pytest.mark.parametrize(("good", "bad", "fault"), FORM.values(), ids=FORM)
def test_what_cannot_be_asked_is_found(tmp_path, good, bad, fault):
    folder = copy(OLD, tmp_path)
    spoil(folder / "forms" / "idea.yaml", good, bad)

    assert fault in told(folder)


def test_a_form_without_its_papers_is_found(tmp_path):
    folder = copy(OLD, tmp_path)
    (folder / "papers" / "idea.docx").unlink()

    assert "papers/idea.docx:0: Form 'idea' has no such paper." in told(folder)


DEMO = {
    "a name without its mark": ("Nguyễn Thị Mẫu (mẫu)", "Nguyễn Thị Mẫu", "taken for a real person"),
    "a place that does not stand": ('place: "19036"', 'place: "00001"', "'00001' is not a place"),
    "an official of another level": ("role: district_official", "role: commune_official", "does not belong to Huyện"),
    "a role of another time": ("role: district_official", "role: mayor", "no role 'mayor'"),
    "answers to other questions": ("  product_kind: Sản phẩm mới\n", "", "are not those of the questions"),
    "two people with one id": ("id: vo_ninh", "id: neighbour", "Two people are called"),
}


@pytest.mark.parametrize(("good", "bad", "fault"), DEMO.values(), ids=DEMO)
def test_a_slip_in_the_demo_is_found(tmp_path, good, bad, fault):
    folder = copy(OLD, tmp_path)
    spoil(folder / "demo.yaml", good, bad)

    assert fault in told(folder)


def test_a_topic_citing_an_ended_document_as_in_force_is_found(tmp_path):
    folder = copy(NEW, tmp_path)
    topic = folder / "topics" / "ocop-la-gi.md"
    head, rest = topic.read_text("utf-8").split("sources:\n", 1)
    topic.write_text(f"{head}sources:\n  - document: Quyết định 148/QĐ-TTg\n    in_force: true\n{rest}", "utf-8")

    assert "ocop-la-gi.md:5: It rests on Quyết định 148/QĐ-TTg ngày 24/02/2023, not in force on 15/09/2026." in told(
        folder
    )


def test_a_citation_that_is_not_in_the_table_of_documents_is_refused_with_its_line(tmp_path):
    folder = copy(NEW, tmp_path)
    spoil(folder / "topics" / "hang-sao.md", "document: qd-26-2026", "document: Quyết định 27/2026/QĐ-TTg")
    spoil(folder / "topics" / "thu-hoi.md", "Bị thu hồi khi", "Theo Quyết định 9999/QĐ-TTg, bị thu hồi khi")

    found = told(folder)

    assert "hang-sao.md:6: It cites 'Quyết định 27/2026/QĐ-TTg', which is not one of the pack's documents." in found
    assert "It names 9999/QĐ-TTg, which is not one of the pack's documents." in found


def test_one_broken_topic_is_one_fault(tmp_path):
    """Nothing that names the topic is at fault: lessons, phrasings, tasks and related topics stay quiet."""
    folder = copy(NEW, tmp_path)
    spoil(folder / "topics" / "ho-so-gom-gi.md", "audience: [", "audience: [[")

    assert [fault.file for fault in check_pack(folder, commands=COMMANDS, phrases=PHRASES)] == [
        f"{NEW}/topics/ho-so-gom-gi.md"
    ]


def test_a_law_that_has_ended_is_one_fault_of_the_programme(tmp_path):
    faults = check_pack(PACKS / OLD, commands=COMMANDS, phrases=PHRASES, on=date(2024, 6, 1))

    about_1048 = [str(one) for one in faults if "1048" in one.what]
    assert len(about_1048) == 1
    assert f"{OLD}/programme.yaml" in about_1048[0]
    # a document that is not the law of the pack is a fault of every topic that rests on it
    assert [one.file for one in faults if "781/QĐ-TTg" in one.what] == [
        f"{OLD}/topics/danh-gia-phan-hang.md", f"{OLD}/topics/san-pham-nao.md",
    ]  # fmt: skip


def test_a_pack_of_an_earlier_release_cites_by_number_and_flag(tmp_path):
    folder = copy(NEW, tmp_path)
    spoil(
        folder / "topics" / "ai-cong-nhan.md", "  - document: qd-148-2023\n    history: true\n",
        "  - document: Quyết định 148/QĐ-TTg ngày 24/02/2023\n    in_force: false\n",
    )  # fmt: skip

    assert told(folder) == ""
    sources = load_pack(folder, date(2026, 9, 15)).topics["ai-cong-nhan"].sources
    assert ("qd-148-2023", True) in {(one.document, one.history) for one in sources}


def test_a_topic_without_a_source_is_found_where_it_stands(tmp_path):
    folder = copy(NEW, tmp_path)
    topic = folder / "topics" / "ocop-la-gi.md"
    text = topic.read_text("utf-8")
    topic.write_text(text[: text.index("sources:")] + "---\nMột câu.\n", "utf-8")

    assert f"{NEW}/topics/ocop-la-gi.md:" in told(folder)
    assert "No source" in told(folder)


def test_a_broken_list_of_places_is_found(tmp_path):
    folder = copy(NEW, tmp_path)
    spoil(folder / "places.csv", ",Xã Ninh Châu,Xã,", ",Phường Ninh Châu,Xã,")

    assert f"{NEW}/places.csv:" in told(folder)


def test_a_phrase_no_channel_can_carry_is_found(tmp_path):
    (tmp_path / "vi").mkdir()
    head = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    long = 'msgid "thu.long"\nmsgstr "' + "dài " * 600 + '"\n\nmsgid "thu.go"\nmsgstr "Gõ /nowhere"\n'
    (tmp_path / "vi" / "thu.po").write_text(head + long, "utf-8")

    faults = "\n".join(map(str, check_phrases(commands=COMMANDS, folder=tmp_path)))

    assert "'thu.long': It has 2400 letters." in faults
    assert "'thu.go': The bot has no command /nowhere." in faults


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    (tmp_path / "page.html").write_text('<p>{{ say("trang.title") }}</p>', "utf-8")
    (tmp_path / "step.py").write_text(
        'KEYS = ("trang.listed",)\n'
        "def step(kind):\n"
        '    return Say("trang.said"), Say(f"trang.kind.{kind}"), Button("=yes", key="trang.button")\n'
        "def slip(kind):\n"
        '    return say("trang.nowhere"), Button("=no", key="trang.nobutton"), Say(f"trang.none.{kind}")\n',
        "utf-8",
    )
    return tmp_path


def test_phrases_nothing_says_and_phrases_nobody_wrote_are_found(sources):
    known = ["title", "listed", "said", "kind.new", "kind.old", "button", "unused", "data", "data.due"]
    phrases = Phrases({"vi": {f"trang.{key}": "x" for key in known}})

    unused, unknown = unused_and_unknown_keys([sources], phrases, also_used=["trang.data"])

    assert unused == ("trang.unused",)
    assert [(fault.line, fault.what) for fault in unknown] == [
        (5, "No phrase is called 'trang.nobutton'."),
        (5, "No phrase is called 'trang.none.…'."),
        (5, "No phrase is called 'trang.nowhere'."),
    ]


def test_a_pack_uses_the_phrases_of_its_table():
    pack = load_pack(OLD, date(2021, 6, 1))

    assert "status.idea_accepted" in keys_of_pack(pack)
    assert "" not in keys_of_pack(pack)


def test_a_card_that_says_by_hand_what_is_in_force_is_found(tmp_path):
    folder = copy(NEW, tmp_path)
    spoil(folder / "topics" / "thu-hoi.md", "Bị thu hồi khi", "Theo quy định còn hiệu lực, bị thu hồi khi")

    assert "It says 'còn hiệu lực' of a document by hand." in told(folder)
