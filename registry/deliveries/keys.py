"""
The idempotency key of every delivery, with what it is about as columns.

A key is enqueued once.  Its text is written here, compared as a whole and never parsed: rules look at
the columns `subject`, `subject_id`, `purpose` and `edition`.  The texts are those of earlier releases,
so that an upgrade enqueues nothing a second time.
"""

from collections.abc import Callable
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple


class Subject(StrEnum):
    """The noun a delivery is about."""

    APPLICATION = "application"
    BROADCAST = "broadcast"
    GATHERING = "gathering"
    ENTRY = "entry"
    QUESTION = "question"
    PAPER = "paper"
    OCCURRENCE = "occurrence"
    DEADLINE = "deadline"
    DRAFT = "draft"
    LESSON = "lesson"
    PERSON = "person"
    ACCOUNT = "account"
    ROLE = "role"
    FILE = "file"
    ENTITY = "entity"
    ALARM = "alarm"
    OFFICE_ANSWER = "office_answer"
    ENCLOSURE = "enclosure"


class Purpose(StrEnum):
    """Which message about its subject a delivery is."""

    STATUS = "status"
    REVIEW = "review"
    APPROVAL = "approval"
    VERDICT = "verdict"
    STOPPED = "stopped"
    ALERT = "alert"
    EDITING = "editing"
    LOOK = "look"
    FINISHED = "finished"
    INVITE = "invite"
    EVE = "eve"
    SEAT = "seat"
    CHANGED = "changed"
    ASK = "ask"
    RESULT = "result"
    ANSWER = "answer"
    REMINDER = "reminder"
    MOVED = "moved"
    DIGEST = "digest"
    NUDGE = "nudge"
    LESSON = "lesson"
    LOST = "lost"
    KEPT = "kept"
    TRIAL = "trial"
    LINK = "link"
    REFUSAL = "refusal"
    DISK = "disk"
    PAUSED = "paused"
    AGAIN = "again"
    CONSENT = "consent"
    CLAIM = "claim"


WHILE_IT_STANDS = (
    Purpose.INVITE, Purpose.APPROVAL, Purpose.EVE, Purpose.SEAT, Purpose.CHANGED, Purpose.VERDICT,
)  # fmt: skip
"""The messages about a gathering that are true only while it takes place and its person comes."""


class Key(NamedTuple):
    """
    One key.

    Deliveries to two people with the same subject, purpose and edition say the same thing;
    without an edition they do not.
    """

    text: str
    subject: Subject | None = None
    subject_id: str | None = None
    purpose: Purpose | None = None
    edition: str | None = None

    @property
    def columns(self) -> dict[str, str | None]:
        """The columns of a delivery that say what it is about."""
        return {name: getattr(self, name) for name in ("subject", "subject_id", "purpose", "edition")}


ToEach = Callable[[str], Key]
"""The key of one message to several people, by person."""


BROADCAST_BY_DAY = "broadcast"
BROADCAST_BY_NIGHT = "urgent"


def broadcast_keys(broadcast_id: str, *, by_night: bool) -> str:
    """The keys of the copies of one broadcast, up to the person's id."""
    return f"{BROADCAST_BY_NIGHT if by_night else BROADCAST_BY_DAY}:{broadcast_id}:"


# replies


def reply(event_id: int, number: int) -> Key:
    """The n-th answer to one event."""
    return Key(f"reply:{event_id}:{number}")


def album_reply(account_id: str, album: str) -> Key:
    """The one answer to an album of photos."""
    return Key(f"reply:album:{account_id}:{album}")


def trouble_reply(event_id: int) -> Key:
    """The apology for an event that could not be handled."""
    return Key(f"reply:{event_id}:trouble")


def intake_reply(phrase: str, account_id: str, once: str) -> Key:
    """An answer of the intake itself, such as a limit; `once` is its occasion."""
    return Key(f"reply:{phrase}:{account_id}:{once}")


def turned_away(account_id: str, day: date) -> Key:
    """The one sentence of a trial to a person who is not invited, once a day."""
    return Key(f"reply:trial:{account_id}:{day.isoformat()}")


# applications, entries, questions, files


def application_status(application_id: str, version: int, person_id: str) -> Key:
    """The new state of an application, for a member."""
    return Key(
        f"status:{application_id}:{version}:{person_id}",
        Subject.APPLICATION, application_id, Purpose.STATUS, f"{version}",
    )  # fmt: skip


def application_review(application_id: str, version: int, phrase: str, person_id: str) -> Key:
    """The task of an official with an application."""
    return Key(
        f"review:{application_id}:{version}:{phrase}:{person_id}",
        Subject.APPLICATION, application_id, Purpose.REVIEW, f"{version}:{phrase}",
    )  # fmt: skip


def entry_question(entry_id: str, person_id: str) -> Key:
    """The question whether what was entered for a person is right."""
    return Key(f"entry:{entry_id}:ask:{person_id}", Subject.ENTRY, entry_id, Purpose.ASK, "")


def entry_result(entry_id: str, phrase: str, file_id: str) -> Key:
    """The result of an entry, for its helper."""
    return Key(f"entry:{entry_id}:{phrase}:{file_id}", Subject.ENTRY, entry_id, Purpose.RESULT)


def question_answer(question_id: str, now: datetime) -> Key:
    """The answer of an office; after one that was stopped there may be another."""
    return Key(f"answer:{question_id}:{now:%Y%m%d%H%M%S}", Subject.QUESTION, question_id, Purpose.ANSWER)


def question_asked(question_id: str, phrase: str, person_id: str) -> Key:
    """A question, for an official."""
    return Key(f"question:{question_id}:{phrase}:{person_id}", Subject.QUESTION, question_id, Purpose.ASK, phrase)


def recording_waits(enclosure_id: str, phrase: str, person_id: str, now: datetime) -> Key:
    """A voice that waits to be typed, for an official; again after the producer said that the words are wrong."""
    edition = f"{phrase}:{now:%Y%m%d%H%M%S}"
    return Key(f"enclosure:{enclosure_id}:{edition}:{person_id}", Subject.ENCLOSURE, enclosure_id, Purpose.ASK, edition)


def recording_typed(enclosure_id: str, now: datetime) -> Key:
    """The words typed from a voice, for the person who spoke; after a no there may be others."""
    return Key(f"enclosure:{enclosure_id}:typed:{now:%Y%m%d%H%M%S}", Subject.ENCLOSURE, enclosure_id, Purpose.ANSWER)


def paper_said(paper_id: str, version: int, person_id: str) -> Key:
    """A paper that was said to be handed in, for an official."""
    return Key(f"paper:{paper_id}:{version}:ask:{person_id}", Subject.PAPER, paper_id, Purpose.ASK, f"{version}")


def paper_answer(paper_id: str, version: int, person_id: str) -> Key:
    """The answer of an office about a paper, for a member."""
    return Key(f"paper:{paper_id}:{version}:answer:{person_id}", Subject.PAPER, paper_id, Purpose.RESULT, f"{version}")


def office_answer(answer_id: str, person_id: str) -> Key:
    """The office's answer, for somebody who asked."""
    return Key(f"dap:{answer_id}:{person_id}", Subject.OFFICE_ANSWER, answer_id, Purpose.ANSWER, "")


def office_answer_withdrawn(answer_id: str, person_id: str) -> Key:
    """An answer that no longer holds, for somebody who got it."""
    return Key(f"dap:{answer_id}:withdrawn:{person_id}", Subject.OFFICE_ANSWER, answer_id, Purpose.CHANGED, "")


def office_answer_approval(answer_id: str, person_id: str) -> Key:
    """The request to approve an answer."""
    return Key(f"dap:{answer_id}:approval:{person_id}", Subject.OFFICE_ANSWER, answer_id, Purpose.APPROVAL, "")


def office_answer_verdict(answer_id: str) -> Key:
    """The decision of the second official, for the author."""
    return Key(f"dap:{answer_id}:verdict", Subject.OFFICE_ANSWER, answer_id, Purpose.VERDICT)


def file_lost(file_id: str) -> Key:
    """A file that could not be fetched."""
    return Key(f"file:{file_id}:lost", Subject.FILE, file_id, Purpose.LOST)


def kept_for(role_id: str) -> Key:
    """The open applications and questions a new official finds."""
    return Key(f"kept:{role_id}", Subject.ROLE, role_id, Purpose.KEPT)


def question_taken(question_id: str, role_id: str) -> Key:
    """A question that was kept has an official now; for the person who asked."""
    return Key(f"taken:{question_id}:{role_id}", Subject.QUESTION, question_id, Purpose.MOVED, role_id)


def role_notice(role_id: str, what: str, person_id: str) -> Key:
    """A role began, was extended or ended, or its official is away: for them, their stand-in, the official above."""
    return Key(f"role:{role_id}:{what}:{person_id}", Subject.ROLE, role_id, Purpose.CHANGED, what)


def handed_over(role_id: str, at: datetime, person_id: str) -> Key:
    """The cases a new official got back from the office above, for an official of that office."""
    return Key(f"handed:{role_id}:{at.isoformat()}:{person_id}", Subject.ROLE, role_id, Purpose.MOVED, at.isoformat())


# claims of entities


def claim_asked(claim_id: str, entity_id: str) -> ToEach:
    """A claim that waits for a decision, for each official."""
    return _of_entity(f"claim:{claim_id}:asked", entity_id)


def claim_decided(claim_id: str) -> ToEach:
    """The decision on a claim, for its person."""
    return _of_entity(f"claim:{claim_id}:decided", claim_id)


def claim_joined(entity_id: str, person_id: str) -> ToEach:
    """An entity that somebody has claimed, for each official."""
    return _of_entity(f"claim:{entity_id}:joined:{person_id}", entity_id)


def claim_second(entity_id: str, person_id: str) -> ToEach:
    """An attempt to claim an entity that has somebody, for its members and each official."""
    return _of_entity(f"claim:{entity_id}:second:{person_id}", entity_id)


def claim_said(entity_id: str, person_id: str) -> ToEach:
    """A producer who calls a recognised product theirs, for each official."""
    return _of_entity(f"claim:{entity_id}:said:{person_id}", entity_id)


def _of_entity(text: str, entity_id: str) -> ToEach:
    return lambda person_id: Key(f"{text}:{person_id}", Subject.ENTITY, entity_id, Purpose.CLAIM)


# deadlines and scheduled notices


def reminder(occurrence_id: str) -> Key:
    """The reminder of one occurrence."""
    return Key(f"reminder:{occurrence_id}", Subject.OCCURRENCE, occurrence_id, Purpose.REMINDER)


def reminder_again(occurrence_id: str, due_at: datetime) -> Key:
    """A reminder that was sent before and is asked for again, or whose day has moved since."""
    return Key(f"reminder:{occurrence_id}:{due_at:%Y%m%d%H%M%S}", Subject.OCCURRENCE, occurrence_id, Purpose.REMINDER)


def deadline_moved(deadline_id: str, person_id: str, now: datetime) -> Key:
    """The correction of a day that was announced before."""
    return Key(f"moved:{deadline_id}:{person_id}:{now:%Y%m%d%H%M%S}", Subject.DEADLINE, deadline_id, Purpose.MOVED)


def digest(person_id: str, week: str) -> Key:
    """The Monday digest of one official."""
    return Key(f"digest:{person_id}:{week}", Subject.PERSON, person_id, Purpose.DIGEST)


def nudge(draft_key: str, step: str) -> Key:
    """A question about a draft."""
    return Key(f"nudge:{draft_key}:{step}", Subject.DRAFT, draft_key, Purpose.NUDGE)


def lesson(subject: str, step: str) -> Key:
    """A weekly lesson."""
    return Key(f"lesson:{subject}:{step}", Subject.LESSON, subject, Purpose.LESSON)


# broadcasts


def broadcast_finished(broadcast_id: str, rounds: int) -> Key:
    """The report at the end of a round, for the author."""
    return Key(f"status:broadcast:{broadcast_id}:{rounds}", Subject.BROADCAST, broadcast_id, Purpose.FINISHED)


def broadcast_left_edit(broadcast_id: str, edited_at: datetime, moment: datetime) -> Key:
    """The reminder of an unfinished edit, for the author."""
    once = f"{edited_at.isoformat()}:{moment.isoformat()}"
    return Key(f"status:editing:{broadcast_id}:{once}", Subject.BROADCAST, broadcast_id, Purpose.EDITING)


def broadcast_look(broadcast_id: str, number: int, shows: str) -> Key:
    """The n-th look at the progress of a broadcast; `shows` is the progress it shows."""
    return Key(f"status:look:{broadcast_id}:{number:06}:{shows}", Subject.BROADCAST, broadcast_id, Purpose.LOOK, shows)


def broadcast_approval(broadcast_id: str, version: int, person_id: str, again_at: datetime | None = None) -> Key:
    """The request to approve one version; `again_at` is for one that was edited meanwhile."""
    again = "" if again_at is None else f":{again_at.isoformat()}"
    return Key(
        f"status:approval:{broadcast_id}:{version}:{person_id}{again}",
        Subject.BROADCAST, broadcast_id, Purpose.APPROVAL, f"{version}" if again_at is None else None,
    )  # fmt: skip


def broadcast_verdict(broadcast_id: str, version: int) -> Key:
    """The decision of the second official, for the author."""
    return Key(f"status:verdict:{broadcast_id}:{version}", Subject.BROADCAST, broadcast_id, Purpose.VERDICT)


def broadcast_over(broadcast_id: str, version: int) -> Key:
    """A version whose end came before its approval, for the author."""
    return Key(f"status:broadcast:{broadcast_id}:over{version}", Subject.BROADCAST, broadcast_id, Purpose.FINISHED)


def broadcast_stopped(broadcast_id: str, version: int) -> Key:
    """A broadcast that another official stopped, for the author."""
    return Key(f"status:stopped:{broadcast_id}:{version}", Subject.BROADCAST, broadcast_id, Purpose.STOPPED)


def broadcast_trial(account_id: str, now: datetime) -> Key:
    """A broadcast sent to its author alone."""
    return Key(f"status:trial:{account_id}:{now.isoformat()}", Subject.ACCOUNT, account_id, Purpose.TRIAL)


def alert(subject: Subject, subject_id: str, edition: str, person_id: str) -> Key:
    """A message to those above an official about what the official sends to many people."""
    return Key(f"status:alert:{subject_id}:{edition}:{person_id}", subject, subject_id, Purpose.ALERT, edition)


# gatherings


def gathering_notice(gathering_id: str, purpose: Purpose, edition: str, person_id: str) -> Key:
    """A message about a gathering to one person."""
    return Key(
        f"event:{gathering_id}:{purpose}:{edition}:{person_id}", Subject.GATHERING, gathering_id, purpose, edition
    )


def gathering_left_change(gathering_id: str, taken_up_at: datetime, moment: datetime, person_id: str) -> Key:
    """The reminder of an unfinished change, for its author."""
    once = f"{taken_up_at:%Y%m%d%H%M%S}-{moment:%Y%m%d%H%M%S}"
    return gathering_notice(gathering_id, Purpose.EDITING, once, person_id)


def gathering_verdict(gathering_id: str, version: int) -> Key:
    """The decision of the second official, for the author."""
    return Key(f"event:{gathering_id}:verdict:{version}", Subject.GATHERING, gathering_id, Purpose.VERDICT)


def gathering_stopped(gathering_id: str, version: int, person_id: str) -> Key:
    """A gathering that another official stopped, for its writers."""
    return Key(
        f"status:stopped:{gathering_id}:{version}:{person_id}",
        Subject.GATHERING, gathering_id, Purpose.STOPPED, f"{version}",
    )  # fmt: skip


# people and the installation


def linked(account_id: str, now: datetime) -> Key:
    """The news on one account that another was linked."""
    return Key(f"status:link:{account_id}:{now:%Y%m%d%H%M%S}", Subject.ACCOUNT, account_id, Purpose.LINK)


def same_person(person_id: str, now: datetime) -> Key:
    """The question on one account whether another is the same person."""
    return Key(f"status:same:{person_id}:{now:%Y%m%d%H%M%S}", Subject.PERSON, person_id, Purpose.LINK)


def consent_alarm(alarm: str, day: date, person_id: str) -> Key:
    """The daily alarm that a channel needs a new consent; `alarm` names the channel."""
    return Key(f"alarm:{alarm}:{day.isoformat()}:{person_id}", Subject.ALARM, alarm, Purpose.CONSENT, day.isoformat())


def disk_alarm(since: datetime, person_id: str) -> Key:
    """The alarm of one episode in which the disk is nearly full."""
    alarm = f"disk:{since:%Y%m%dT%H%M%S}"
    return Key(f"alarm:{alarm}:{person_id}", Subject.ALARM, alarm, Purpose.DISK)


def refusal_alarm(alarm: str, of: str, since: str, person_id: str) -> Key:
    """The alarm that a platform refuses something since a moment."""
    return Key(
        f"alarm:{alarm}_refused:{of}:{since}:{person_id}",
        Subject.ALARM, refusal_id(alarm, of, since), Purpose.REFUSAL, f"{of}:{since}",
    )  # fmt: skip


def refusal_id(alarm: str, of: str, since: str) -> str:
    """The subject id of one refusal."""
    return f"{alarm}:{of}:{since}"


def pause_alarm(channel: str, since: datetime, person_id: str, *, over: bool = False) -> Key:
    """The alarm that a channel sends nothing since a moment, and the news that it sends again."""
    purpose = Purpose.AGAIN if over else Purpose.PAUSED
    about = pause_id(channel, since)
    return Key(f"alarm:{about}:{purpose}:{person_id}", Subject.ALARM, about, purpose, purpose)


def pause_id(channel: str, since: datetime) -> str:
    """The subject id of one pause."""
    return f"{channel}:{since.isoformat()}"
