"""Writing an answer: its text, its source, its last day, its place, and the preview that equals what people get."""

from datetime import timedelta

from content.actions.answers import parse_press
from content.actions.office_answers import ChangeSource, ChangeText, HandInAnswer, KeepUntil, RewordQuestion
from content.places.places import inline
from content.programme.documents import ended_in
from handlers.conversation.desk import Desk
from handlers.conversation.telling import Telling, said
from handlers.conversation.turn import Button, Heard, Say, Turn, Waiting
from handlers.conversation.which_place import place_answered, places_among, places_of
from handlers.reading.date import read_date
from handlers.reading.place import read_place
from handlers.soandap.state import TOPIC, Composing
from registry.answers import answers, unanswered
from registry.answers.answers import LONGEST, UnfitAnswerError, Written
from registry.answers.telling import ask_second, values_of
from registry.people.roles import NotAllowedError, Role

LEAVE = Button("/huy", "soandap.button.leave")
MOST_LETTERS = 600
"""An answer is one short card, as those of the topics."""
MOST_OF_LINE = 200
LEAST_LETTERS = 5
DAYS = (30, 90, 180, 365)
EDITS = {RewordQuestion: "question", ChangeText: "text", ChangeSource: "source"}


def begin(desk: Desk, unanswered_id: str) -> Turn:
    """Ask for the answer to one open question of the list."""
    for role in desk.roles:
        found = unanswered.unanswered_for(
            desk.db, unanswered_id=unanswered_id, role=role, places=desk.places, on=desk.today
        )
        if found is not None and desk.role_for("answer.write", role_id=role.id):
            state = Composing(unanswered=found.id, role=role.id, question=found.text[:MOST_OF_LINE])
            return _ask(desk, "text", state)
    return gone()


def gone() -> Turn:
    return Turn((Say("soandap.gone"),))


def hear(desk: Desk, heard: Heard, state: Composing) -> Turn:
    """Take the answer to the step that waits; the right to write is checked at every step."""
    role = desk.role_for("answer.write", role_id=state.role)
    if role is None:
        return gone()
    match desk.talk.step:
        case "text" | "source" | "question":
            return _hear_words(desk, heard, state, desk.talk.step)
        case "until":
            return _hear_until(desk, heard, state)
        case "place":
            return _hear_place(desk, heard, state, role)
        case _:
            return _hear_preview(desk, heard, state, role)


def repeat(desk: Desk) -> Turn:
    state = desk.remembered(Composing)
    return _ask(desk, desk.talk.step, state)


def _ask(desk: Desk, step: str, state: Composing) -> Turn:
    """Ask for one part, or show the preview."""
    waits = Waiting(TOPIC, step, state)
    role = desk.role_for("answer.write", role_id=state.role)
    if role is None:
        return gone()
    if step == "preview":
        return _preview(desk, state, role)
    if step == "place":
        buttons = (*places_of(desk, role, "soandap.whole_place"), LEAVE)
        return Turn((Say("soandap.ask.place", buttons=buttons),), waits)
    if step == "until":
        days = tuple(Button(KeepUntil(days), "soandap.button.days", values={"days": str(days)}) for days in DAYS)
        return Turn((Say("soandap.ask.until", buttons=(*days, LEAVE), numbered=False),), waits)
    return Turn((Say(f"soandap.ask.{step}", {"question": state.question}, (LEAVE,), numbered=False),), waits)


def _next(desk: Desk, state: Composing) -> Turn:
    """Ask for the first part that is missing; then show the preview."""
    missing = next((step for step in ("text", "source", "until", "place") if not getattr(state, step)), "preview")
    return _ask(desk, missing, state)


def _hear_words(desk: Desk, heard: Heard, state: Composing, step: str) -> Turn:
    text = " ".join(heard.text.split()) if step != "text" else heard.text.strip()
    most = MOST_LETTERS if step == "text" else MOST_OF_LINE
    waits = Waiting(TOPIC, step, state)
    if heard.said.kind != "text" or len(text) < LEAST_LETTERS:
        return Turn((Say("soandap.words_please", buttons=(LEAVE,), numbered=False),), waits)
    if len(text) > most:
        values = {"count": str(len(text)), "most": str(most)}
        return Turn((Say("soandap.too_long", values, (LEAVE,), numbered=False),), waits)
    ended = ended_in(desk.pack.programme.documents, text, desk.today)
    if ended is not None and step != "question":
        values = {"name": ended.short, "ends": "" if ended.in_force_to is None else f"{ended.in_force_to:%d/%m/%Y}"}
        return Turn((Say("soandap.ended_law", values, (LEAVE,), numbered=False),), waits)
    return _next(desk, state.replace(**{step: text}))


def _hear_until(desk: Desk, heard: Heard, state: Composing) -> Turn:
    pressed = parse_press(heard.press, KeepUntil)
    if isinstance(pressed, KeepUntil):
        until = desk.today + timedelta(days=pressed.days)
    else:
        reading = read_date(heard.text, desk.today, future=True)
        if reading.understood is None:
            return Turn((Say(reading.said.key, reading.said.values, (LEAVE,)),), Waiting(TOPIC, "until", state))
        until = reading.understood
    if not desk.today <= until <= desk.today + LONGEST:
        return Turn((Say("soandap.unfit_day", buttons=(LEAVE,), numbered=False),), Waiting(TOPIC, "until", state))
    return _next(desk, state.replace(until=until))


def _hear_place(desk: Desk, heard: Heard, state: Composing, role: Role) -> Turn:
    answered = place_answered(desk, heard, read_place)
    waits = Waiting(TOPIC, "place", state)
    if isinstance(answered, Say):
        return Turn((answered,), waits)
    place = desk.places.get(answered)
    if place is None or not desk.role_for("answer.write", place.code, role.id):
        buttons = (*places_among(desk, (role.place,)), LEAVE)
        return Turn((Say("soandap.other_place", buttons=buttons),), waits)
    return _next(desk, state.replace(place=place.code))


def _preview(desk: Desk, state: Composing, role: Role) -> Turn:
    """The answer as people will read it, its risky parts, and what can be changed."""
    written = _written(state)
    found = answers.risks(desk.pack, written)
    buttons = (
        Button(HandInAnswer(), "soandap.button.hand_in"),
        Button(ChangeText(), "soandap.button.text"),
        Button(RewordQuestion(), "soandap.button.question"),
        Button(ChangeSource(), "soandap.button.source"),
        LEAVE,
    )
    values = {"risks": risks_said(desk, found), "place": inline(desk.places.full_name(written.place or role.place))}
    key = "soandap.preview_risky" if found else "soandap.preview"
    shown = Say("answer.shown", values_of(desk.pack, written))
    return Turn((shown, Say(key, values, buttons)), Waiting(TOPIC, "preview", state))


def risks_said(desk: Desk, found: tuple[str, ...]) -> str:
    """The risky parts of an answer, as words."""
    return ", ".join(said(desk, f"soandap.risk.{one}") for one in found)


def _hear_preview(desk: Desk, heard: Heard, state: Composing, role: Role) -> Turn:
    pressed = parse_press(heard.press, HandInAnswer, *EDITS)
    if isinstance(pressed, HandInAnswer):
        return _hand_in(desk, state, role)
    if pressed is not None:
        return _ask(desk, EDITS[type(pressed)], state)
    return _preview(desk, state, role)


def _hand_in(desk: Desk, state: Composing, role: Role) -> Turn:
    try:
        known = answers.hand_in(
            desk.db, pack=desk.pack, role=role, unanswered_id=state.unanswered, written=_written(state), now=desk.now
        )
    except NotAllowedError:
        return gone()
    except UnfitAnswerError:
        return _ask(desk, "until", state)
    asked = ask_second(desk.db, pack=desk.pack, known=known, tell=Telling(desk.house, desk.db, desk.now), now=desk.now)
    names = ", ".join(dict.fromkeys(one.title or desk.places.full_name(one.place) for one in asked))
    return Turn((Say("soandap.waits" if asked else "soandap.waits_nobody", {"names": names}),))


def _written(state: Composing) -> Written:
    assert state.until is not None  # noqa: S101  the preview is shown when every part is there
    return Written(state.question, state.text, state.source, state.until, state.place)
