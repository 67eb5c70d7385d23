"""Planning a gathering with an official: kind, place, title, time, venue, seats; a preview; the invitations leave."""

import re
from dataclasses import replace

from content.actions.answers import Chosen, parse_press
from content.actions.officials import AnswerAgain, ChooseDay, ChooseStart, SaveChange, SeatEverybody, SendTo
from content.language.risky_words import risks_of
from content.language.saying import date_said, number_said
from handlers.conversation.command import Conversation
from handlers.conversation.desk import Desk
from handlers.conversation.telling import said
from handlers.conversation.turn import Button, Heard, Say, Turn, Waiting
from handlers.conversation.which_place import place_answered, places_of
from handlers.reading.date import read_date
from handlers.reading.hour import split_hour
from handlers.reading.place import read_place
from handlers.taphuan import confirming
from handlers.taphuan.state import STEPS, TOPIC, Planning
from handlers.thongbao.words import reasons_said
from registry.gatherings import delays as gathering_delays
from registry.gatherings import gatherings
from registry.gatherings import planning as gathering_plans
from registry.people.roles import Role, may

ACT = "event.invite"
LONGEST = {"title": 100, "venue": 150}
NO_LESSON = "none"
CHANGES = (
    Button(AnswerAgain("title"), "taphuan.mend_title"),
    Button(AnswerAgain("when"), "taphuan.mend_when"),
    Button(AnswerAgain("venue"), "taphuan.mend_venue"),
    Button(AnswerAgain("seats"), "taphuan.mend_seats"),
    Button(AnswerAgain("lesson"), "taphuan.attach_lesson"),
)
DROP = confirming.DROP


def begin(desk: Desk) -> Turn:
    """Ask what it is to be, if this official may invite in their place."""
    role = desk.role_for(ACT)
    if role is None:
        return Turn((Say("taphuan.not_allowed"),))
    return _next(desk, role, Planning(role=role.id))


def prepared(
    desk: Desk, *, kind: str, title: str, moment: str, venue: str, seats: int, place: str | None = None
) -> Turn:
    """
    Fill a plan with what an official typed to the bot, and ask what is missing or show the preview; nothing is sent.

    A part that its own question would not take is left out, so that it is asked.
    """
    role = desk.role_for(ACT, place)
    if role is None:
        return Turn((Say("taphuan.not_allowed"),))
    plan = Planning(role=role.id, kind=kind, place=place or "")
    for step, words in (("title", title), ("venue", venue)):
        if _trouble(step, words) is None:
            plan = plan.replace(**{step: words})
    if 1 <= seats <= gathering_plans.MOST_SEATS:
        plan = plan.replace(seats=seats)
    if moment:
        plan, _ = _read_when(desk, plan, moment)
        if plan.has("when") and confirming.moment(desk, plan) <= desk.now:
            plan = plan.without("when")
    return _next(desk, role, plan)


def change(desk: Desk, role: Role, gathering_id: str, version: int | None = None) -> Turn:
    """Begin a change and show what may be changed; invitations that have not left are withdrawn meanwhile."""
    known = gathering_delays.take_up(
        desk.db, pack=desk.pack, role=role, gathering_id=gathering_id, version=version, now=desk.now
    )
    local = known.starts_at.astimezone(desk.house.zone)
    plan = Planning(
        role=role.id,
        gathering=known.id,
        version=known.version,
        kind=known.kind,
        place=known.place,
        title=known.title,
        day=local.date(),
        hour=local.time().replace(second=0, microsecond=0),
        venue=known.venue,
        seats=known.seats,
        lesson=known.lesson or "",
    )
    return confirming.with_notice(desk, known, _preview(desk, role, plan))


def _role(desk: Desk, plan: Planning) -> Role | None:
    return desk.role_for(ACT, plan.place or None, plan.role)


# --- asking -----------------------------------------------------------------------------------------------------------


def _next(desk: Desk, role: Role, plan: Planning) -> Turn:
    """Ask the first step that is not answered, or show the whole."""
    if not plan.place and not desk.places.children(role.place):
        plan = plan.replace(place=role.place)
    step = next((step for step in STEPS if not plan.has(step)), None)
    return _preview(desk, role, plan) if step is None else _ask(desk, role, plan, step)


def _ask(desk: Desk, role: Role, plan: Planning, step: str) -> Turn:
    place = desk.places.full_name(plan.place or role.place)
    match step:
        case "kind":
            buttons = tuple(Button(Chosen(kind), f"taphuan.kind.{kind}") for kind in gatherings.KINDS)
            say = Say("taphuan.ask_kind", buttons=(*buttons, DROP))
        case "place":
            values = {"place": desk.places.full_name(role.place)}
            say = Say("taphuan.ask_place", values, (*places_of(desk, role, "taphuan.whole"), DROP))
        case "when" if plan.day is not None:
            say = Say("taphuan.ask_hour", {"day": _day_said(desk, plan)}, (DROP,), numbered=False)
        case "when" if plan.hour is not None:
            say = Say("taphuan.ask_day", {"hour": plan.hour_said}, (DROP,), numbered=False)
        case "lesson":
            buttons = tuple(
                Button(Chosen(topic), label=desk.pack.topics[topic].title) for topic in _lessons(desk, plan)
            )
            say = Say("taphuan.ask_lesson", buttons=(*buttons, Button(Chosen(NO_LESSON), "taphuan.no_lesson")))
        case "seats":
            everybody = Button(SeatEverybody(), "taphuan.seats_all")
            say = Say("taphuan.ask_seats", buttons=(everybody, DROP), numbered=False)
        case _:
            say = Say(f"taphuan.ask_{step}", {"place": place}, (DROP,), numbered=False)
    return Turn((say,), Waiting(TOPIC, step, plan))


def _again(plan: Planning, step: str, say: Say) -> Turn:
    """Say what was not understood; the same question waits."""
    if not say.buttons:
        say = replace(say, buttons=(DROP,), numbered=step in {"kind", "place"})
    return Turn((say,), Waiting(TOPIC, step, plan))


def _preview(desk: Desk, role: Role, plan: Planning) -> Turn:
    """The invitation as people will read it, and the number of people."""
    values = {
        "title": plan.title, "venue": plan.venue, "hour": plan.hour_said, "day": _day_said(desk, plan),
        "seats": plan.limit or 0, "office_name": confirming.inviting_office(desk, role, plan),
    }  # fmt: skip
    shown = Say("event.invited" if plan.limit is None else "event.invited_seats", values)
    unsent = confirming.unsent(desk, plan)
    number = confirming.people_of(desk, role, plan)
    if plan.gathering and unsent is None:
        asked = _asked_to_save(number)
    elif not number and unsent is None:
        elsewhere = Button(AnswerAgain("place"), "taphuan.mend_place")
        asked = Say("taphuan.nobody", _shown(desk, plan, number), (elsewhere, DROP))
    else:
        asked = _asked_to_send(desk, role, plan, number)
    topic = desk.pack.topics.get(plan.lesson)
    lesson = () if topic is None else (Say("taphuan.with_lesson", {"lesson": topic.title}),)
    return Turn((shown, *lesson, asked), Waiting(TOPIC, "sure", plan))


def _lessons(desk: Desk, plan: Planning) -> tuple[str, ...]:
    """The topics that can be attached: of officials' lessons for a training of councils, else of the first lessons."""
    course = desk.pack.lessons.get("official" if plan.kind == "councils" else "new", ())
    return tuple(topic for topic in course if topic in desk.pack.topics)


def _shown(desk: Desk, plan: Planning, number: int) -> dict[str, object]:
    kind = said(desk, f"taphuan.kind.{plan.kind}")
    return {"count": number_said(number), "place": desk.places.full_name(plan.place), "kind": kind}


def _asked_to_save(number: int) -> Say:
    """The change of a gathering people are invited to already: `number` of them are told."""
    count = {"count": number_said(number)}
    save = Button(SaveChange(), "taphuan.save" if number else "taphuan.save_only", values=count)
    return Say("taphuan.preview_change", count, (save, *CHANGES, DROP))


def _asked_to_send(desk: Desk, role: Role, plan: Planning, number: int) -> Say:
    reasons = confirming.reasons_for(desk, role, plan)
    due = gathering_delays.leaves_at(
        desk.pack, starts_at=confirming.moment(desk, plan), now=desk.now, alone=not reasons
    )
    values = _shown(desk, plan, number)
    label = "taphuan.ask_second" if reasons else "taphuan.send"
    press = SaveChange() if plan.gathering else SendTo(number)
    send = Button(press, label, values={"count": number_said(number)})
    values |= {"why": reasons_said(desk, reasons), "when": confirming.leaves_said(desk, due)}
    return Say("taphuan.preview_second" if reasons else "taphuan.preview", values, (send, *CHANGES, DROP))


def _day_said(desk: Desk, plan: Planning) -> str:
    return "" if plan.day is None else date_said(plan.day, desk.today)


# --- hearing ----------------------------------------------------------------------------------------------------------


def hear(desk: Desk, heard: Heard) -> Turn:
    """Take the answer to the waiting step; the right to invite there is checked each time."""
    plan = desk.remembered(Planning)
    role = _role(desk, plan)
    if role is None:
        return Turn((Say("taphuan.not_allowed"),))
    if (ended := confirming.moved_on(desk)) is not None:
        return ended
    step = desk.talk.step
    if not heard.press and (heard.said.kind != "text" or not heard.text.strip()):
        return _again(plan, step, Say("taphuan.words_please"))
    match step:
        case "kind":
            return _hear_kind(desk, role, plan, heard)
        case "place":
            return _hear_place(desk, role, plan, heard)
        case "title" | "venue":
            return _hear_words(desk, role, plan, heard, step)
        case "when":
            return _hear_when(desk, role, plan, heard)
        case "seats":
            return _hear_seats(desk, role, plan, heard)
        case "number":
            return _hear_number(desk, role, plan, heard)
        case "lesson":
            return _hear_lesson(desk, role, plan, heard)
        case _:
            return _hear_sure(desk, role, plan, heard)


def _hear_kind(desk: Desk, role: Role, plan: Planning, heard: Heard) -> Turn:
    match parse_press(heard.press, Chosen):
        case Chosen(kind) if kind in gatherings.KINDS:
            return _next(desk, role, plan.replace(kind=kind))
    return _ask(desk, role, plan, "kind")


def _hear_place(desk: Desk, role: Role, plan: Planning, heard: Heard) -> Turn:
    """Accept only places within one's own, for buttons and typed names alike."""
    found = place_answered(desk, heard, read_place)
    if isinstance(found, Say):
        return _again(plan, "place", found)
    if desk.places.get(found) is None or not may(role, ACT, found, desk.places, on=desk.today):
        return _again(plan, "place", Say("taphuan.outside", {"place": desk.places.full_name(role.place)}))
    return _next(desk, role, plan.replace(place=found))


def _hear_words(desk: Desk, role: Role, plan: Planning, heard: Heard, step: str) -> Turn:
    words = " ".join(heard.text.split())
    trouble = _trouble(step, words)
    return _next(desk, role, plan.replace(**{step: words})) if trouble is None else _again(plan, step, trouble)


def _trouble(step: str, words: str) -> Say | None:
    """Why words cannot be a title or a venue; None where they can."""
    if not 3 <= len(words) <= LONGEST[step]:
        return Say(f"taphuan.{step}_length", {"most": str(LONGEST[step])})
    if set(risks_of(words)) - {"money"}:
        # an invitation needs no link and no number; a fee may be named, and then a second official looks
        return Say("taphuan.no_links")
    return None


def _hear_when(desk: Desk, role: Role, plan: Planning, heard: Heard) -> Turn:
    """A day and an hour, together or one after the other; ambiguous ones are asked."""
    asked = None
    match parse_press(heard.press):
        case ChooseDay(day):
            plan = plan.replace(day=day)
        case ChooseStart(hour):
            plan = plan.replace(hour=hour)
        case _ if heard.press:
            return _ask(desk, role, plan, "when")
        case _:
            plan, asked = _read_when(desk, plan, heard.text)
    if asked is not None:
        return _again(plan, "when", asked)
    if plan.has("when") and confirming.moment(desk, plan) <= desk.now:
        return _gone_by(desk, plan)
    return _next(desk, role, plan)


def _read_when(desk: Desk, plan: Planning, words: str) -> tuple[Planning, Say | None]:
    """The plan with what was understood, and what has to be asked."""
    hour, rest = split_hour(words)
    day = read_date(rest, desk.today, future=True)
    if hour.understood is not None:
        plan = plan.replace(hour=hour.understood)
    if day.understood is not None:
        plan = plan.replace(day=day.understood)
    if day.ask:
        buttons = tuple(Button(ChooseDay(one), label=date_said(one, desk.today)) for one in day.ask)
        return plan, Say("taphuan.which_day", buttons=buttons)
    if hour.ask:
        buttons = tuple(Button(ChooseStart(one), label=f"{one:%H:%M}") for one in hour.ask)
        return plan, Say("taphuan.which_hour", buttons=buttons)
    if hour.understood is None and day.understood is None:
        return plan, Say("taphuan.when_unclear", {"heard": words[:60]})
    return plan, None


def _hear_seats(desk: Desk, role: Role, plan: Planning, heard: Heard) -> Turn:
    if parse_press(heard.press) == SeatEverybody():
        return _next(desk, role, plan.replace(seats=None))
    number = re.search(r"\d{1,9}", heard.text.replace(".", ""))
    seats = int(number[0]) if number else 0
    if not 1 <= seats <= gathering_plans.MOST_SEATS:
        return _again(plan, "seats", Say("taphuan.seats_unclear", {"most": str(gathering_plans.MOST_SEATS)}))
    return _next(desk, role, plan.replace(seats=seats))


def _hear_lesson(desk: Desk, role: Role, plan: Planning, heard: Heard) -> Turn:
    match parse_press(heard.press, Chosen):
        case Chosen(topic) if topic in _lessons(desk, plan):
            return _preview(desk, role, plan.replace(lesson=topic))
        case Chosen(choice) if choice == NO_LESSON:
            return _preview(desk, role, plan.replace(lesson=""))
    return _ask(desk, role, plan, "lesson")


def _hear_sure(desk: Desk, role: Role, plan: Planning, heard: Heard) -> Turn:
    answer = parse_press(heard.press)
    if isinstance(answer, AnswerAgain) and not (answer.step in {"kind", "place"} and plan.gathering):
        return _ask(desk, role, plan.without(answer.step), answer.step)
    if not all(plan.has(step) for step in STEPS):
        return _next(desk, role, plan)
    count = confirming.people_of(desk, role, plan)
    expected = SaveChange() if plan.gathering else SendTo(count)
    if answer != expected or answer == SendTo(0):
        return _preview(desk, role, plan)  # typed words, or the number of people changed since it was shown
    if confirming.must_type(desk, role, plan, count):
        return confirming.ask_number(desk, plan, count)
    return _confirmed(desk, role, plan)


def _hear_number(desk: Desk, role: Role, plan: Planning, heard: Heard) -> Turn:
    """Send if the typed number is the number of people; else show it again."""
    number, count = confirming.typed_number(heard), confirming.people_of(desk, role, plan)
    shown = _preview(desk, role, plan)
    if number is None and not heard.press and heard.text.strip():  # words: the number is what is asked for
        asked = confirming.ask_number(desk, plan, count)
        return replace(asked, says=(Say("thongbao.number_please"), *asked.says))
    if number is None:
        return shown
    if number != count:
        return replace(shown, says=(Say("thongbao.number_differs", {"typed": str(number)}), *shown.says))
    return _confirmed(desk, role, plan)


def _confirmed(desk: Desk, role: Role, plan: Planning) -> Turn:
    done = confirming.save if plan.gathering else confirming.invite
    return done(desk, role, plan) or _gone_by(desk, plan)


def _gone_by(desk: Desk, plan: Planning) -> Turn:
    gone = Say("taphuan.past", {"day": _day_said(desk, plan), "hour": plan.hour_said})
    return _again(plan.without("when"), "when", gone)


def repeat(desk: Desk) -> Turn:
    plan = desk.remembered(Planning)
    role = _role(desk, plan)
    if role is None:
        return Turn((Say("taphuan.not_allowed"),))
    if (ended := confirming.moved_on(desk)) is not None:
        return ended
    asked = desk.talk.step in {*STEPS, "lesson"}
    return _ask(desk, role, plan, desk.talk.step) if asked else _preview(desk, role, plan)


CONVERSATION = Conversation(TOPIC, hear, repeat, left=confirming.given_up)
