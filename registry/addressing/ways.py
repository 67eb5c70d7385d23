"""
The register of everything an official says to many: one row per way, with its guards.

`tests/registry/addressing` walks the rows, and the code: every place that enqueues a message is in a row or in
`NOT_TO_MANY` with its reason. A new way without a row fails.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Alone(StrEnum):
    """The rule for words one official may not send alone: to too many people, or with risky words."""

    SECOND = "a second official approves them"
    REFUSED = "they are refused, with another way"
    DELAYED = "they are delayed, and read above"
    FIXED = "there are none: the words are the program's"


@dataclass(frozen=True, slots=True)
class Way:
    """One way to say something to many."""

    id: str
    act: str  # the act of `registry.people.roles.ACTS` that it takes
    recipients: str  # the only people who get it
    many: Alone
    risky: Alone
    delayed: bool = True  # sent alone, it waits for the delay
    read_above: bool = True  # the nearest officials above read it at once
    typed: bool = True  # to many, their number is typed
    stopped: bool = True  # everybody in charge of the place can stop it within the delay
    enqueued_by: tuple[str, ...] = ()  # module:function
    never_alone: bool = False  # a second official approves every one, so it needs no delay


def _fixed(way: str, act: str, recipients: str, *enqueued_by: str) -> Way:
    """A way that holds no words of an official: a day, an hour, a fact of the record."""
    return Way(
        way, act, recipients, Alone.FIXED, Alone.FIXED, delayed=False, read_above=False, typed=False, stopped=False,
        enqueued_by=enqueued_by,
    )  # fmt: skip


WAYS: tuple[Way, ...] = (
    Way(
        "announcement", "announce.send", "people of a place within the official's own (`audiences.reached`)",
        Alone.SECOND, Alone.SECOND, enqueued_by=("registry.broadcasts.handing_in:_go",),
    ),
    Way(
        "correction", "announce.send", "of those, people who got the corrected announcement",
        Alone.SECOND, Alone.SECOND, enqueued_by=("registry.broadcasts.handing_in:_go",),
    ),
    Way(
        "invitation", "event.invite", "people of a place within the official's own (`invitees.invitable`)",
        Alone.SECOND, Alone.SECOND, enqueued_by=("registry.gatherings.invitees:send_invitations",),
    ),
    Way(
        "changed place or title", "event.change", "people who said yes or wait for a seat",
        Alone.REFUSED, Alone.REFUSED, enqueued_by=("registry.gatherings.seats:_notice",),
    ),
    Way(
        "title of an added round", "deadline.move", "people the round concerns (`deadlines.concerned`)",
        Alone.REFUSED, Alone.REFUSED, enqueued_by=("scheduler.reminders:_say", "scheduler.reminding.moved:_tell_moved"),
    ),
    Way(
        "answers in series", "question.answer", "the person who asked, one by one",
        Alone.DELAYED, Alone.DELAYED, typed=False, enqueued_by=("registry.applications.questions:answer",),
    ),
    Way(
        "office's answer", "answer.write", "people who asked it, of the place it is for (`telling.tell_askers`)",
        Alone.SECOND, Alone.SECOND, delayed=False, read_above=False, typed=False, stopped=False, never_alone=True,
        enqueued_by=("registry.answers.telling:tell_askers",),
    ),
    _fixed("moved gathering", "event.change", "people who said yes or wait", "registry.gatherings.seats:_notice"),
    _fixed("gathering called off", "event.change", "people who said yes or wait", "registry.gatherings.seats:_notice"),
    _fixed(
        "moved last day", "deadline.move", "people who were told the old day", "scheduler.reminding.moved:_tell_moved"
    ),
    _fixed("office's answer withdrawn", "answer.write", "people who got it", "registry.answers.telling:take_back"),
)  # fmt: skip

ONE = "one person, about their own act"
OFFICIALS = "officials, about their own work"
SYSTEM = "the program's words"
NOT_TO_MANY: Mapping[str, str] = {
    "bot.serving.intake:_notice": ONE,
    "bot.serving.intake:_stumble": ONE,
    "scheduler.disk:sweep": OFFICIALS,
    "handlers.front_desk.invited_only:turn_away": ONE,
    "handlers.lienket:_tell": ONE,
    "handlers.taking:_enqueue_reply": ONE,
    "handlers.taking:take_turn": ONE,
    "registry.broadcasts.asking:ask_second": OFFICIALS,
    "handlers.thongbao.approval:tell_author": OFFICIALS,
    "handlers.thongbao.approval:tell_it_waits_again": OFFICIALS,
    "handlers.thongbao.preview:send_to_self": "the author alone",
    "registry.addressing.administrators:tell_admins": OFFICIALS,
    "registry.addressing.alerts:tell_above": OFFICIALS,
    "registry.answers.telling:_tell_author": OFFICIALS,
    "registry.answers.telling:request_second": OFFICIALS,
    "registry.applications.assisted:_ask": ONE,
    "registry.applications.assisted:tell_helper": ONE,
    "registry.applications.changes:tell_members": "the members of one entity, about one application",
    "registry.applications.changes:tell_officials": OFFICIALS,
    "registry.applications.files:lose": ONE,
    "registry.applications.questions:_tell_officials": OFFICIALS,
    "registry.applications.delayed_answers:stop_answer": OFFICIALS,
    "registry.deadlines.papers:_tell_office": OFFICIALS,
    "registry.deadlines.papers:answer": "the members of one entity, about one paper",
    "registry.deliveries.claims:enqueue_claimed": ONE,
    "registry.gatherings.approvals:_decide": OFFICIALS,
    "registry.gatherings.approvals:request": OFFICIALS,
    "registry.gatherings.delays:_tell_it_waits_again": OFFICIALS,
    "registry.gatherings.delays:stop": OFFICIALS,
    "registry.identity.joining:tell_person": "the person of a claim, and the officials who decide it",
    "registry.listening.enclosures:_tell_officials": OFFICIALS,
    "registry.listening.enclosures:type_in": "the one who spoke, in the words typed for them",
    "registry.offices.handing_over:_tell_above": OFFICIALS,
    "registry.offices.handing_over:_tell_asker": ONE,
    "registry.offices.new_officials:_tell_one": OFFICIALS,
    "registry.offices.role_notices:_queue": OFFICIALS,
    "registry.offices.standing_in:_tell": OFFICIALS,
    "scheduler.broadcasts:_recall": OFFICIALS,
    "scheduler.broadcasts:_show": OFFICIALS,
    "scheduler.broadcasts:_tell_end": OFFICIALS,
    "scheduler.broadcasts:_tell_over": OFFICIALS,
    "scheduler.digest:_say": OFFICIALS,
    "scheduler.gatherings:_recall": OFFICIALS,
    "scheduler.gatherings:_remind": "people who come, in words they were told before",
    "scheduler.lessons:_take": SYSTEM,
    "scheduler.nudges:_take": SYSTEM,
}
"""Every other place that enqueues a message (module:function), with the reason why it is not said to many."""
