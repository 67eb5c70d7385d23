"""/duyet: the queue of an office and one whole idea; /quyet: accept it, return it with all defects, or decline it."""

from collections.abc import Mapping

from content.actions.action import parse_words
from content.actions.answers import SayYes, parse_press
from content.actions.claims import ListUnclaimed
from content.actions.listening import ListRecordings
from content.actions.officials import (
    ClearDefects,
    Decide,
    ListQuestions,
    ReviewIdea,
    SendBack,
    ShowQueue,
    TakeIdeasAlong,
)
from content.actions.ready_remarks import ListReadyRemarks, ReadyRemarksOf, UseReadyRemark
from content.message import Attachment, Message
from content.programme.form_spec import Field
from handlers.conversation.command import Command, Conversation
from handlers.conversation.desk import Desk
from handlers.conversation.reaching import learning_said
from handlers.conversation.state import State
from handlers.conversation.telling import Telling, said
from handlers.conversation.turn import KEEP, Button, Heard, Say, Turn, Waiting
from handlers.dangky.idea import due_said, status_said
from handlers.duyet.case import own_case, whole
from handlers.duyet.remarks import read_remarks
from handlers.form.answers import answered
from handlers.giay import papers_button
from handlers.nhan.handing_over import count_unclaimed
from handlers.trangthai import entitled
from registry.applications import applications, office_list, review
from registry.applications.applications import Application, Defect
from registry.applications.changes import waits_for_level
from registry.applications.entities import members_of
from registry.applications.exports import EnoughTakenError
from registry.applications.own_cases import OwnCaseError, own_cases
from registry.listening.enclosures import recordings_in
from registry.people.roles import NotAllowedError, Role, may
from registry.store.codes import tidy_code

TOPIC = "duyet"
MOST_LISTED = 8
LONGEST_REMARK = 1000
SHORTEST_REASON = 5
_QUEUE = Button(ShowQueue(), "duyet.queue")
_LEAVE = Button("/huy", "duyet.leave")


class Deciding(State, frozen=True, tag="duyet.1"):
    """A decision that needs words.  Untagged values had the same names."""

    application: str
    code: str
    version: int  # of the application, as it was shown
    act: str
    defects: tuple[tuple[str, str], ...] = ()  # field, remark
    note: str = ""
    field: str = ""  # the field whose ready remarks are shown


# --- looking ----------------------------------------------------------------------------------------------------------


def queue(desk: Desk, words: str) -> Turn:
    """The ideas that wait for a decision of one's office, the soonest due first; with a code that one, whole."""
    if parse_words("duyet", words) == TakeIdeasAlong():
        return _take_along(desk)
    if words:
        code = tidy_code(words)
        found = entitled(desk, code) if code else None
        if found is None or not _reviewing(desk, found):
            return Turn((Say("duyet.not_found", {"heard": words[:40]}, (_QUEUE,)),), KEEP)
        return Turn(whole(desk, found))
    waiting = waiting_for(desk)
    if not waiting:
        ways = (
            Button(ListQuestions(), "duyet.questions"),
            *papers_button(desk),
            *_unclaimed_button(desk),
            *_recordings_button(desk),
            *_list_button(desk),
        )
        return Turn((Say("duyet.nothing_waits", buttons=ways),), KEEP)
    lines = "\n".join(_line(desk, one) for one in waiting[:MOST_LISTED])
    buttons = tuple(Button(ReviewIdea(one.code), label=one.product[:40]) for one in waiting[:MOST_LISTED])
    values = {"count": str(len(waiting)), "lines": lines}
    return Turn(
        (Say("duyet.waiting", values, (*buttons, *_further(desk))),),
        KEEP,
    )


def _further(desk: Desk) -> tuple[Button, ...]:
    """The buttons of what waits in other lists of the office."""
    return (*papers_button(desk), *_unclaimed_button(desk), *_recordings_button(desk), *_list_button(desk))


def _exporting(desk: Desk) -> list[Role]:
    """The roles whose list may be exported: one per place, without places inside another one."""
    held = [role for role in desk.roles if may(role, "export.run", role.place, desk.places, on=desk.today)]
    wide: dict[str, Role] = {}
    for role in held:
        if not any(other.place != role.place and desk.places.within(role.place, other.place) for other in held):
            wide.setdefault(role.place, role)
    return list(wide.values())


def _list_button(desk: Desk) -> tuple[Button, ...]:
    return (Button(TakeIdeasAlong(), "duyet.take_along"),) if _exporting(desk) else ()


def _unclaimed_button(desk: Desk) -> tuple[Button, ...]:
    """The way to the entities that nobody has claimed, with their number; none without any."""
    count = count_unclaimed(desk)
    return (Button(ListUnclaimed(), "duyet.unclaimed", values={"count": str(count)}),) if count else ()


def _recordings_button(desk: Desk) -> tuple[Button, ...]:
    """The way to the voices that nobody has typed, with their number; none without any."""
    count = len(recordings_in(desk.db, pack=desk.pack, roles=desk.roles, now=desk.now))
    return (Button(ListRecordings(), "goloi.waiting", values={"count": str(count)}),) if count else ()


def _take_along(desk: Desk) -> Turn:
    """Export the office's ideas as a workbook.  Its content is limited where it is made; the export is audited."""
    held = _exporting(desk)
    if not held:
        return Turn((Say("duyet.not_allowed"),), KEEP)
    try:
        with desk.db.begin_nested():  # of several places all are exported, or none
            for role in held:
                office_list.note_taken(
                    desk.db, pack=desk.pack, place=role.place, by=role, now=desk.now, most=desk.house.exports_per_day
                )
    except EnoughTakenError as enough:
        return Turn((Say("sheet.enough", {"most": str(enough.most)}),), KEEP)
    day = f"{desk.today:%Y-%m-%d}"
    attachments = tuple(
        Attachment("document", f"ideas:{desk.person.id}:{role.id}", f"y-tuong-{role.place}-{day}.xlsx") for role in held
    )
    places = ", ".join(desk.places.full_name(role.place) for role in held)
    return Turn((Say("duyet.list_here", {"place": places}, attachments=attachments),), KEEP)


def waiting_for(desk: Desk) -> list[Application]:
    """Applications that wait for a decision of this official, once each."""
    programme = desk.pack.programme
    statuses = [one.id for one in programme.statuses if waits_for_level(desk.pack, one.id) is not None]
    found: dict[str, Application] = {}
    own = own_cases(desk.db, desk.person.id)
    for role in desk.roles:
        for one in applications.applications_seen_by(
            desk.db, role=role, places=desk.places, on=desk.today, statuses=statuses
        ):
            if one.id in own:
                continue
            if one.holder == role.place and review.possible_acts(desk.pack, one, (role,), on=desk.today):
                found.setdefault(one.id, one)
    return list(found.values())


def _line(desk: Desk, one: Application) -> str:
    due = said(desk, "duyet.line_due", day=due_said(desk, one)) if one.due_on else ""
    return said(desk, "duyet.line", product=one.product, place=desk.places.full_name(one.place), due=due)


def _reviewing(desk: Desk, one: Application) -> bool:
    """True for an official of its place, false for its own producer."""
    return any(may(role, "review.see", one.place, desk.places, on=desk.today) for role in desk.roles)


# --- deciding ---------------------------------------------------------------------------------------------------------


def decide(desk: Desk, words: str) -> Turn:
    """/quyet CODE VERSION ACT: accepting is done at once; a return asks for defects, a decline for a reason."""
    pressed = parse_words("quyet", words)
    code = tidy_code(pressed.code) if isinstance(pressed, Decide) else None
    one = entitled(desk, code) if code else None
    if one is None or not isinstance(pressed, Decide):
        return Turn((Say("duyet.not_found", {"heard": words[:40]}, (_QUEUE,)),), KEEP)
    version, act = pressed.version, pressed.act
    if version < one.version and act in {event.act for event in applications.events_of(desk.db, one)[-1:]}:
        # a second tap: it is decided already, by this official or a colleague
        values = {"product": one.product, "code": one.code, "status": status_said(desk, one.status)}
        return Turn((Say("duyet.already", values, (_QUEUE,)),), KEEP)
    transition = desk.pack.programme.transition(act, one.status)
    role = _role_for(desk, one, act)
    if version != one.version or transition is None:
        return _conflict(desk, one)
    if role is None:
        return Turn((Say("duyet.not_allowed"),), KEEP)
    if one.id in own_cases(desk.db, desk.person.id):
        return Turn((own_case(desk, one),), KEEP)
    deciding = Deciding(application=one.id, code=one.code, version=version, act=act)
    if transition.remark == "reason":
        return _ask_reason(one, deciding)
    if transition.remark == "defects":
        return _ask_defects(desk, one, deciding)
    return _carry_out(desk, one, role, deciding)


def _role_for(desk: Desk, one: Application, act: str) -> Role | None:
    transition = desk.pack.programme.transition(act, one.status)
    if transition is None:
        return None
    return next(
        (role for role in desk.roles if review.may_decide(desk.pack, role, transition, one.place, on=desk.today)), None
    )


def _conflict(desk: Desk, one: Application) -> Turn:
    """Show the decision of a colleague who was faster; it is kept."""
    values = {"product": one.product, "code": one.code, "status": status_said(desk, one.status)}
    return Turn((Say("duyet.moved_on", values, (Button(ReviewIdea(one.code), "duyet.look_again"),)),))


def _ask_reason(one: Application, deciding: Deciding) -> Turn:
    say = Say(f"duyet.reason.{deciding.act}", {"product": one.product}, (_LEAVE,), numbered=False)
    return Turn((say,), Waiting(TOPIC, "reason", deciding))


def _messages(desk: Desk, one: Application, role: Role, deciding: Deciding) -> dict[str, Message]:
    """The message about this decision for each member of the entity, equal to the one that deciding enqueues."""
    news = review.would_tell(
        desk.db,
        pack=desk.pack,
        application=one,
        act=deciding.act,
        role=role,
        now=desk.now,
        note=deciding.note,
        defects=[Defect(field, remark) for field, remark in deciding.defects],
    )
    tell = Telling(desk.house, desk.db, desk.now)
    members = sorted(members_of(desk.db, one.entity_id), key=lambda member: member[0] != one.person_id)
    return {person_id: tell(person_id, news.key, news.values, news.actions) for person_id, _ in members}


def _previewed(messages: Mapping[str, Message], otherwise: str) -> str:
    """The text the producer will read; the bare words where the entity has no member left."""
    return next((message.text for message in messages.values()), otherwise)


def _ask_defects(desk: Desk, one: Application, deciding: Deciding) -> Turn:
    """Ask for all defects at once: the number of a field and its remark, one per line."""
    form = desk.pack.forms["idea"]
    fields = list(answered(form, one.answers))
    found = deciding.defects
    lines = "\n".join(f"{number}. {field.label}" for number, field in enumerate(fields, 1))
    so_far = "\n".join(f"• {_label(desk, field)}: {remark}" for field, remark in found)
    if found and (role := _role_for(desk, one, deciding.act)) is not None:
        so_far = _previewed(_messages(desk, one, role, deciding), so_far)
    ready = Button(ListReadyRemarks(), "duyet.ready_button")
    buttons = [ready, _LEAVE]
    if found:
        send = Button(SendBack(), "duyet.send_back", values={"count": str(len(found))})
        buttons = [send, ready, Button(ClearDefects(), "duyet.clear"), _LEAVE]
    key = "duyet.defects_so_far" if found else f"duyet.defects.{deciding.act}"
    values = {"product": one.product, "lines": lines, "so_far": so_far}
    return Turn((Say(key, values, tuple(buttons), numbered=False),), Waiting(TOPIC, "defects", deciding))


def _label(desk: Desk, field: str) -> str:
    return desk.pack.forms["idea"].field(field).label


def hear(desk: Desk, heard: Heard) -> Turn:
    """Take the reason or the defects; the right to decide is checked again when it is carried out."""
    deciding = desk.remembered(Deciding)
    one = entitled(desk, deciding.code)
    if one is None:
        return Turn((Say("duyet.not_allowed"),))
    if one.version != deciding.version:
        return _conflict(desk, one)
    if desk.talk.step == "reason":
        return _hear_reason(desk, one, heard, deciding)
    if desk.talk.step == "sure":
        return _hear_sure(desk, one, heard, deciding)
    return _hear_defects(desk, one, heard, deciding)


def _hear_reason(desk: Desk, one: Application, heard: Heard, deciding: Deciding) -> Turn:
    reason = heard.text.strip()
    if heard.said.kind != "text" or len(reason) < SHORTEST_REASON:
        return Turn(
            (Say(f"duyet.reason_needed.{deciding.act}", buttons=(_LEAVE,)),), Waiting(TOPIC, "reason", deciding)
        )
    return _preview(desk, one, deciding.replace(note=reason[:LONGEST_REMARK]))


def _preview(desk: Desk, one: Application, deciding: Deciding) -> Turn:
    """The message the producer will get, before it is sent."""
    role = _role_for(desk, one, deciding.act)
    if role is None:
        return Turn((Say("duyet.not_allowed"),))
    text = _previewed(_messages(desk, one, role, deciding), deciding.note)
    buttons = (Button(SayYes(), "duyet.sure"), _LEAVE)
    return Turn((Say("duyet.preview", {"text": text}, buttons),), Waiting(TOPIC, "sure", deciding))


def _hear_sure(desk: Desk, one: Application, heard: Heard, deciding: Deciding) -> Turn:
    if parse_press(heard.press) != SayYes():
        return _hear_reason(desk, one, heard, deciding)
    return _decided(desk, one, deciding)


def _hear_defects(desk: Desk, one: Application, heard: Heard, deciding: Deciding) -> Turn:
    match parse_press(heard.press):
        case SendBack() if deciding.defects:
            return _decided(desk, one, deciding)
        case ClearDefects():
            return _ask_defects(desk, one, deciding.replace(defects=()))
        case ListReadyRemarks():
            return _list_ready(desk, one, deciding)
        case ReadyRemarksOf(field) if field in {known.id for known in _with_ready(desk, one)}:
            return _show_ready(desk, deciding.replace(field=field))
        case UseReadyRemark(number) if number < len(ready := _ready_of(desk, deciding.field)):
            return _noted(desk, one, deciding, {deciding.field: ready[number]})
    form, text = desk.pack.forms["idea"], heard.text.strip()
    fields = answered(form, one.answers)
    if text.isdecimal() and 1 <= int(text[:3]) <= len(fields):
        return _show_ready(desk, deciding.replace(field=fields[int(text) - 1].id))
    read = read_remarks(fields, form.shown(one.answers), text)
    if deciding.field and text and not read.named:
        return _noted(desk, one, deciding, {deciding.field: text[:LONGEST_REMARK]})
    turn = _noted(desk, one, deciding, read.named)
    if read.unread or not text:
        unclear = Say("duyet.defects_unclear", {"heard": "; ".join(read.unread)[:200] or "–"})
        return Turn((unclear, *turn.says), turn.waits)
    return turn


def _noted(desk: Desk, one: Application, deciding: Deciding, remarks: Mapping[str, str]) -> Turn:
    """Add remarks by field and show everything so far."""
    defects = tuple({**dict(deciding.defects), **remarks}.items())
    return _ask_defects(desk, one, deciding.replace(defects=defects, field=""))


def _with_ready(desk: Desk, one: Application) -> tuple[Field, ...]:
    return tuple(field for field in desk.pack.forms["idea"].shown(one.answers) if field.remarks)


def _ready_of(desk: Desk, field: str) -> tuple[str, ...]:
    return desk.pack.forms["idea"].field(field).remarks if field else ()


def _list_ready(desk: Desk, one: Application, deciding: Deciding) -> Turn:
    """Ask which field to return with a ready remark."""
    buttons = tuple(Button(ReadyRemarksOf(field.id), label=field.label) for field in _with_ready(desk, one))
    say = Say("duyet.ready_which", buttons=(*buttons, _LEAVE), numbered=False)
    return Turn((say,), Waiting(TOPIC, "defects", deciding.replace(field="")))


def _show_ready(desk: Desk, deciding: Deciding) -> Turn:
    """Show the ready remarks about a field; typed words are another one."""
    ready = _ready_of(desk, deciding.field)
    buttons = tuple(Button(UseReadyRemark(number), label=remark) for number, remark in enumerate(ready))
    key = "duyet.ready" if ready else "duyet.ready_none"
    say = Say(key, {"label": _label(desk, deciding.field)}, (*buttons, _LEAVE), numbered=False)
    return Turn((say,), Waiting(TOPIC, "defects", deciding))


def _decided(desk: Desk, one: Application, deciding: Deciding) -> Turn:
    """Carry it out, if a role of this official still allows it."""
    role = _role_for(desk, one, deciding.act)
    return Turn((Say("duyet.not_allowed"),)) if role is None else _carry_out(desk, one, role, deciding)


def _carry_out(desk: Desk, one: Application, role: Role, deciding: Deciding) -> Turn:
    try:
        messages = _messages(desk, one, role, deciding)
        moved = review.decide(
            desk.db,
            pack=desk.pack,
            application_id=one.id,
            version=deciding.version,
            act=deciding.act,
            role=role,
            now=desk.now,
            tell=Telling(desk.house, desk.db, desk.now),
            note=deciding.note,
            defects=[Defect(field, remark) for field, remark in deciding.defects],
        )
    except review.ConflictError as conflict:
        return _conflict(desk, conflict.application)
    except OwnCaseError as own:
        return Turn((own_case(desk, one, own.others),))
    except (NotAllowedError, review.ImpossibleActError):
        return Turn((Say("duyet.not_allowed"),))
    phones = {one.person_id: str(one.answers["phone"]) if one.answers.get("phone") else None}
    values = {
        "product": moved.product,
        "code": moved.code,
        "status": status_said(desk, moved.status),
        "learning": learning_said(desk, messages, phones),
    }
    left = len(waiting_for(desk))
    buttons = (Button(ShowQueue(), "duyet.next", values={"count": str(left)}),) if left else ()
    return Turn((Say("duyet.done", values, buttons),))


def repeat(desk: Desk) -> Turn:
    """Ask the waiting question again."""
    deciding = desk.remembered(Deciding)
    one = entitled(desk, deciding.code)
    if one is None:
        return Turn((Say("duyet.not_allowed"),))
    if desk.talk.step == "defects":
        return _show_ready(desk, deciding) if deciding.field else _ask_defects(desk, one, deciding)
    return _preview(desk, one, deciding) if desk.talk.step == "sure" else _ask_reason(one, deciding)


CONVERSATIONS = (Conversation(TOPIC, hear, repeat),)
COMMANDS = (
    Command("duyet", queue, ("duyệt", "xét duyệt"), official=True),
    Command("quyet", decide, official=True, listed=False),
)
