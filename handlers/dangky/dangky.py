"""/dangky, /tieptuc, /bosung: consent, the idea form, handing it in, and adding to it later."""

from collections.abc import Mapping
from typing import Any

from content.message import Attachment
from content.places.places import inline
from handlers import nhacviec
from handlers.conversation.command import Command, Conversation
from handlers.conversation.desk import Desk, title_of
from handlers.conversation.telling import Telling, day_to, fill_pack, said
from handlers.conversation.turn import KEEP, Button, Heard, Say, Turn, Waiting
from handlers.dangky import assisted_entry
from handlers.form import asking as form_asking
from handlers.form import corrections as form_mending
from handlers.form import navigation as form_ways
from handlers.form.remarks import asks_something, corrected
from handlers.gioithieu import answered_beside
from handlers.reading.choice import read_choice
from handlers.reading.yesno import read_yesno
from registry.applications import applications, drafts, entities, files, review, submitting
from registry.applications.applications import Application
from registry.applications.drafts import Draft
from registry.applications.entities import NewEntity
from registry.applications.own_cases import pass_on
from registry.people import consents, people
from registry.people.roles import roles_at
from registry.people.tallies import tally
from registry.store.codes import tidy_code

TOPIC = "dangky"
FORM = "idea"
SAME_AGAIN = ("entity_kind", "entity_name", "phone", "place")
"""What a second product of the same entity does not ask again."""


def register(desk: Desk, words: str) -> Turn:
    """Begin an idea: resume what was left, else consent, then the form; "moi" begins anew, "giong CODE" like it."""
    left = drafts.open_drafts(desk.db, person_id=desk.person.id, form=FORM)
    if left and not words:
        values = {"title": title_of(desk, left[0])}
        buttons = (Button(f"/tieptuc {left[0].key}", "form.go_on"), Button("/dangky moi", "dangky.begin_another"))
        return Turn((Say("dangky.left_unfinished", values, buttons),))
    if not _has_agreed(desk):
        return _ask_consent(desk, words)
    return _begin(desk, words)


def _has_agreed(desk: Desk) -> bool:
    version = desk.pack.consent_texts["registration"].version
    return consents.has_given(desk.db, person_id=desk.person.id, purpose="registration", text_version=version)


def _ask_consent(desk: Desk, words: str, *, more: bool = False) -> Turn:
    """No personal question before a clear yes: purposes and rights are told first, silence is no answer."""
    consent = desk.pack.consent_texts["registration"]
    text = fill_pack(desk.house, desk.person, "consent", consent.more if more else consent.text)
    buttons = [Button("=agree", "dangky.agree"), Button("=no", "dangky.disagree")]
    if not more:
        buttons.insert(1, Button("=more", "dangky.read_more"))
    return Turn((Say("dangky.consent", {"text": text}, tuple(buttons)),), Waiting(TOPIC, "consent", {"words": words}))


def hear_consent(desk: Desk, heard: Heard) -> Turn:
    words = str(desk.talk.data.get("words", ""))
    agreed: bool | None = {"agree": True, "no": False}.get(heard.press)
    if heard.press == "more":
        return _ask_consent(desk, words, more=True)
    if agreed is None and heard.text:
        agreed = read_yesno(heard.text).understood
    if agreed is None:
        again = _ask_consent(desk, words)
        if read_choice(heard.text, [said(desk, "dangky.read_more")]).understood is not None:
            return _ask_consent(desk, words, more=True)
        if asks_something(heard.text):
            card = answered_beside(desk, heard.text)
            return Turn((card, *again.says), again.waits) if card else _ask_consent(desk, words, more=True)
        return Turn((Say("dangky.consent_unclear", buttons=again.says[0].buttons),), again.waits)
    if not agreed:
        return Turn((Say("dangky.no_consent", buttons=(Button("/gioithieu", "menu.learn"),)),))
    consents.give(
        desk.db,
        person_id=desk.person.id,
        purpose="registration",
        text_version=desk.pack.consent_texts["registration"].version,
        channel=desk.said.channel,
        now=desk.now,
    )
    return _begin(desk, words)


def repeat_consent(desk: Desk) -> Turn:
    return _ask_consent(desk, str(desk.talk.data.get("words", "")))


def _begin(desk: Desk, words: str) -> Turn:
    known, says = _known_already(desk, words)
    draft = drafts.open_draft(desk.db, person_id=desk.person.id, form=FORM, now=desk.now, answers=known)
    tally(desk.db, day=desk.today, what="started", place=desk.person.place or "")
    noted = says[0] if says else Say("dangky.begin", {"of": str(len(desk.pack.forms[FORM].required))})
    return form_ways.go_on(desk, draft, "first", noted=noted)


def _known_already(desk: Desk, words: str) -> tuple[dict[str, Any], tuple[Say, ...]]:
    """What need not be asked: of the entity for a further product, of the commune whose poster was read."""
    mine = applications.applications_of(desk.db, person_id=desk.person.id)
    kind, _, code = words.partition(" ")
    if kind == "giong" and mine:
        like = next((one for one in mine if one.code == tidy_code(code)), mine[0])
        same = {field: like.answers[field] for field in SAME_AGAIN if field in like.answers}
        return same, (Say("dangky.same_entity", {"entity": str(same.get("entity_name", ""))}),)
    if desk.person.place is not None and not mine:
        name = inline(desk.places.full_name(desk.person.place))
        return {"place": desk.person.place}, (Say("dangky.place_from_poster", {"place": name}),)
    return {}, ()


# --- resuming ---------------------------------------------------------------------------------------------------------


def resume(desk: Desk, words: str) -> Turn:
    """Go on at the exact question, however long ago and on whichever channel."""
    left = drafts.open_drafts(desk.db, person_id=desk.person.id)
    chosen = next((one for one in left if one.key == words), None) or (left[0] if len(left) == 1 else None)
    if chosen is None and left:
        buttons = tuple(Button(f"/tieptuc {one.key}", label=title_of(desk, one)[:60]) for one in left[:8])
        return Turn((Say("dangky.which_unfinished", buttons=buttons),))
    if chosen is None:
        buttons = (Button("/dangky", "menu.register"), Button("/trangthai", "menu.status"))
        return Turn((Say("dangky.nothing_unfinished", buttons=buttons),))
    required = [field for field in desk.pack.forms[chosen.form].required if field.shown(chosen.answers)]
    done = sum(chosen.answers.get(field.id) is not None for field in required)
    values = {
        "title": title_of(desk, chosen),
        "done": str(done),
        "of": str(len(required)),
        "when": f"{chosen.updated_at.astimezone(desk.house.zone):%d/%m/%Y}",
    }
    noted = Say("dangky.resumed", values)
    if chosen.field == form_asking.SUMMARY:
        return form_ways.summary(desk, chosen, noted=noted)
    if chosen.field is None:
        return form_ways.go_on(desk, chosen, "more" if chosen.application_id else "first", noted=noted)
    field = desk.pack.forms[chosen.form].field(chosen.field)
    if chosen.answers.get(field.id) is not None and field.type not in {"photos", "choices"}:
        way = "mend"
    else:
        way = "first" if field.required else "more"
    return form_asking.ask(desk, chosen, field, way, noted=noted)


def drop(desk: Desk, words: str) -> Turn:
    """Throw a draft away, or take that back: what was answered is kept until the person asks to be forgotten."""
    what, _, key = words.partition(" ")
    found = drafts.draft(desk.db, key=key or what, person_id=desk.person.id)
    if found is None or found.state == "submitted":
        return Turn((Say("form.gone", buttons=(Button("/menu", "front.menu"),)),))
    if what == "lai":
        drafts.reopen_draft(desk.db, key=found.key, now=desk.now)
        return resume(desk, found.key)
    drafts.close_draft(desk.db, key=found.key, state="dropped", now=desk.now)
    undo = (Button(f"/bophieu lai {found.key}", "dangky.take_back"), Button("/menu", "front.menu"))
    return Turn((Say("dangky.dropped", {"title": title_of(desk, found)}, undo),))


# --- handing in -------------------------------------------------------------------------------------------------------


def hand_in(desk: Desk, words: str) -> Turn:
    """Send a finished draft.  A second tap gets the same code: the draft's key is used once."""
    if not words:
        return resume(desk, "")
    draft = drafts.draft(desk.db, key=words.strip(), person_id=desk.person.id)
    if draft is None:
        return Turn((Say("form.gone", buttons=(Button("/menu", "front.menu"),)),))
    if draft.state == "dropped":
        return Turn((Say("form.gone", buttons=(Button("/hoso", "front.files"),)),))
    if (assisted := assisted_entry.hand_in(desk, draft)) is not None:
        return assisted
    spec = desk.pack.forms[draft.form]
    if form_mending.missing_fields(spec, draft.answers):
        return form_ways.summary(desk, draft)
    if draft.application_id is not None:
        return _hand_in_again(desk, draft)
    application = _submit(desk, draft)
    return Turn((*receipt(desk, application), *nhacviec.offer(desk)))


def _submit(desk: Desk, draft: Draft) -> Application:
    answers = _only_answers(draft.answers)
    if draft.state == "open":
        _remember_person(desk, answers)
    known = next(
        (
            one
            for one in entities.entities_of(desk.db, person_id=desk.person.id)
            if one.name == answers["entity_name"] and one.kind == answers["entity_kind"]
        ),
        None,
    )
    new = NewEntity(
        kind=str(answers["entity_kind"]),
        place=str(answers["place"]),
        name=str(answers["entity_name"]),
        tax_code=answers.get("tax_code"),
    )
    application = submitting.submit_idea(
        desk.db,
        pack=desk.pack,
        draft_key=draft.key,
        person_id=desk.person.id,
        entity=known.id if known is not None else new,
        place=str(answers["place"]),
        kind=str(answers["product_kind"]),
        product_group=str(answers["product_group"]),
        answers=answers,
        now=desk.now,
        tell=Telling(desk.house, desk.db, desk.now),
    )
    if draft.state == "open":
        attach_files(desk, application, answers)
        tally(desk.db, day=desk.today, what="submitted", place=application.place)
    tell = Telling(desk.house, desk.db, desk.now)
    return pass_on(desk.db, pack=desk.pack, application=application, now=desk.now, tell=tell)


def _remember_person(desk: Desk, answers: Mapping[str, Any]) -> None:
    """What the person agreed to have kept about themselves."""
    people.set_phone(desk.db, person_id=desk.person.id, phone=str(answers["phone"]))
    name = answers.get("contact_person") or answers["entity_name"]
    people.set_name(desk.db, person_id=desk.person.id, name=str(name))
    people.set_preference(desk.db, person_id=desk.person.id, place=str(answers["place"]))


def attach_files(desk: Desk, application: Application, answers: Mapping[str, Any]) -> None:
    spec = desk.pack.forms[FORM]
    for field in spec.fields:
        if field.type in {"photos", "document", "voice"} and answers.get(field.id):
            kept = answers[field.id] if isinstance(answers[field.id], list) else [answers[field.id]]
            files.attach(desk.db, file_ids=kept, person_id=desk.person.id, application_id=application.id)


def receipt(desk: Desk, application: Application) -> tuple[Say, ...]:
    """The code, who looks at it and by when, the paper, and what it is not yet."""
    values = {
        "product": application.product,
        "code": application.code,
        "office_name": office_said(desk, application),
        "due": due_said(desk, application),
    }
    buttons = (
        Button(f"/phieu {application.code}", "dangky.paper"),
        Button(f"/bosung {application.code}", "form.add_more"),
        Button(f"/vieccanlam {application.code}", "dangky.checklist"),
        Button(f"/dangky giong {application.code}", "dangky.another_product"),
    )
    if not roles_at(desk.db, place=application.holder, on=desk.today):
        return (Say("status.idea_submitted.unheld", values, buttons),)
    return (Say("status.idea_submitted.due" if application.due_on else "status.idea_submitted", values, buttons),)


def due_said(desk: Desk, application: Application) -> str:
    """By when it is answered; a term no document sets is called a sample.  Empty without a term."""
    if application.due_on is None:
        return ""
    day = day_to(desk, application.due_on)
    decision = desk.pack.programme.decision(application.status.partition("_")[0])
    return said(desk, "dangky.sample_day", day=day) if decision.term_sample else day


def office_said(desk: Desk, application: Application) -> str:
    """Who holds it: the official's title where the office gave one, else the place."""
    named = next(
        (role.title for role in roles_at(desk.db, place=application.holder, on=desk.today) if role.title), None
    )
    return named or said(desk, "house.office_of", place=inline(desk.places.full_name(application.holder)))


def _hand_in_again(desk: Desk, draft: Draft) -> Turn:
    """A corrected idea goes back to its reviewer; one that only grew does not need a new decision."""
    application = _entitled(desk, application_id=draft.application_id)
    if application is None:
        return Turn((Say("trangthai.not_found", buttons=(Button("/hoso", "front.files"),)),))
    act = "resubmit" if desk.pack.programme.transition("resubmit", application.status) else "complete"
    answers = _only_answers(draft.answers)
    gone = {field: None for field in application.answers if field not in answers}
    try:
        moved = review.hand_in(
            desk.db,
            pack=desk.pack,
            application_id=application.id,
            version=None,
            act=act,
            person_id=desk.person.id,
            now=desk.now,
            tell=Telling(desk.house, desk.db, desk.now),
            answers=answers | gone,
            draft_key=draft.key,
            place=str(answers["place"]),
            kind=str(answers["product_kind"]),
            product_group=str(answers["product_group"]),
        )
    except review.ImpossibleActError:
        values = {"code": application.code, "status": status_said(desk, application.status)}
        return Turn((Say("dangky.too_late", values, (Button("/lienhe", "hoi.ask_official"),)),))
    attach_files(desk, moved, answers)
    key = "dangky.sent_again" if act == "resubmit" else "dangky.completed"
    if act == "resubmit" and not roles_at(desk.db, place=moved.holder, on=desk.today):
        key = "dangky.kept_again"
    values = {"product": moved.product, "code": moved.code, "holder": inline(desk.places.full_name(moved.holder))}
    return Turn((Say(key, values, (Button(f"/phieu {moved.code}", "dangky.paper"),)),))


def status_said(desk: Desk, status: str) -> str:
    return said(desk, f"status.name.{status}")


def _only_answers(answers: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answers.items() if not name.startswith("_") and value is not None}


# --- adding and mending after handing in ------------------------------------------------------------------------------


def add_to(desk: Desk, words: str) -> Turn:
    """/bosung CODE: the optional questions of an idea that was handed in."""
    draft, refused = _draft_of(desk, words)
    if draft is None:
        return refused
    return form_ways.go_on(desk, form_mending.asked_again(draft), "more")


def mend(desk: Desk, words: str) -> Turn:
    """/sua: in a form its summary or one answer of it; with a code the answers of an idea that was handed in."""
    code, _, field = words.partition(" ")
    if tidy_code(code) is None:
        return form_ways.mend(desk, words)
    draft, refused = _draft_of(desk, code)
    if draft is None:
        return refused
    asked = form_mending.correct(desk, draft, field, noted=_remark(desk, draft, field)) if field else None
    return asked or form_ways.summary(desk, draft)


def mend_named(desk: Desk, words: str) -> Turn | None:
    """Hear "sửa giá 45k" while nothing waits: mends what was left unfinished, else what was handed in."""
    spec = desk.pack.forms[FORM]
    named = corrected(spec, {}, words)
    if named is None:
        return None
    left = drafts.open_drafts(desk.db, person_id=desk.person.id, form=FORM)
    mine = applications.applications_of(desk.db, person_id=desk.person.id)
    if not left and len(mine) > 1:
        buttons = tuple(Button(f"/sua {one.code} {named.field.id}", label=one.product[:60]) for one in mine[:8])
        return Turn((Say("dangky.which_to_mend", {"label": named.field.label}, buttons),), KEEP)
    if left or not mine:
        return form_mending.correct_named(desk, left[0], words) if left else None
    draft, refused = _draft_of(desk, mine[0].code)
    return refused if draft is None else form_mending.correct_named(desk, draft, words)


def _remark(desk: Desk, draft: Draft, field: str) -> Say | None:
    """What the official wants mended in this answer, in their own words."""
    application = _entitled(desk, application_id=draft.application_id)
    if application is None:
        return None
    remark = next(
        (one.remark for one in applications.defects_of(desk.db, application) if one.field == field and not one.mended),
        None,
    )
    return None if remark is None else Say("dangky.remark", {"remark": remark})


def _entitled(desk: Desk, *, code: str | None = None, application_id: str | None = None) -> Application | None:
    return applications.application_for(
        desk.db,
        person_id=desk.person.id,
        roles=(),
        places=desk.places,
        on=desk.today,
        code=code,
        application_id=application_id,
    )


def _draft_of(desk: Desk, words: str) -> tuple[Draft | None, Turn]:
    """A draft with what an idea says now; the one already open for it when there is one."""
    code = tidy_code(words)
    application = _entitled(desk, code=code) if code else None
    if application is None:
        return None, Turn((Say("trangthai.not_found", buttons=(Button("/hoso", "front.files"),)),), KEEP)
    programme = desk.pack.programme
    if not programme.transition("resubmit", application.status) and not programme.transition(
        "complete", application.status
    ):
        values = {"code": application.code, "status": status_said(desk, application.status)}
        return None, Turn((Say("dangky.too_late", values, (Button("/lienhe", "hoi.ask_official"),)),), KEEP)
    known = next(
        (
            one
            for one in drafts.open_drafts(desk.db, person_id=desk.person.id, form=FORM)
            if one.application_id == application.id
        ),
        None,
    )
    draft = known or drafts.open_draft(
        desk.db,
        person_id=desk.person.id,
        form=FORM,
        now=desk.now,
        answers=application.answers,
        application_id=application.id,
    )
    return draft, Turn()


def paper(desk: Desk, words: str) -> Turn:
    """/phieu CODE: the filled paper, as DOCX and PDF, for those entitled to the application."""
    code = tidy_code(words)
    application = (
        applications.application_for(
            desk.db, person_id=desk.person.id, roles=desk.roles, places=desk.places, on=desk.today, code=code
        )
        if code
        else None
    )
    if application is None:
        return Turn((Say("trangthai.not_found", buttons=(Button("/hoso", "front.files"),)),), KEEP)
    attachments = tuple(
        Attachment("document", f"paper:{application.id}:{kind}", f"{application.code}.{kind}")
        for kind in ("pdf", "docx")
    )
    return Turn((Say("dangky.paper_here", {"code": application.code}, attachments=attachments),), KEEP)


CONVERSATIONS = (
    Conversation(TOPIC, hear_consent, repeat_consent, behind_danger=lambda desk, _heard: repeat_consent(desk)),
)
COMMANDS = (
    Command(
        "dangky",
        register,
        ("đăng ký", "đăng kí", "dk", "đăng ký ý tưởng", "đăng kí ý tưởng", "đăng ký sản phẩm", "register"),
    ),
    Command("tieptuc", resume, ("tiếp tục", "làm tiếp", "tiep")),
    Command("gui", hand_in, listed=False),
    Command("bosung", add_to, listed=False),
    Command("bophieu", drop, listed=False),
    Command("sua", mend, ("sửa",)),
    Command("phieu", paper, listed=False),
)
