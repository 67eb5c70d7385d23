"""The buttons of officials: broadcasts, gatherings, last days, pauses of places, decisions, questions."""

from datetime import date, time
from typing import Literal

from content.actions.action import Action

# --- broadcasts -------------------------------------------------------------------------------------------------------


class WriteBroadcast(Action, spelled="/thongbao"):
    """Begin a broadcast."""


class ListBroadcasts(Action, spelled="/thongbao xem"):
    """List the broadcasts of one's office."""


class ShowBroadcast(Action, spelled="/thongbao so {broadcast}"):
    """Show how far a broadcast is."""

    broadcast: str


class OfVersion(Action):
    """
    An act on one text of a broadcast: the version the button was shown for.

    Buttons of the release before versions carry none; they mean the first text.
    """

    broadcast: str
    version: int = 1


class StopBroadcast(OfVersion, spelled="/thongbao dung {broadcast} {version}"):
    """Withdraw or stop a broadcast."""


class PauseBroadcast(OfVersion, spelled="/thongbao tamdung {broadcast} {version}"):
    """Interrupt sending."""


class ResumeBroadcast(OfVersion, spelled="/thongbao tieptuc {broadcast} {version}"):
    """Continue sending."""


class EditBroadcast(OfVersion, spelled="/thongbao sua {broadcast} {version}"):
    """Withdraw a broadcast to edit it, or continue an edit."""


class LeaveEdit(OfVersion, spelled="/thongbao thoisua {broadcast} {version}"):
    """Give up an edit: the old text is restored."""


class RetryBroadcast(Action, spelled="/thongbao guilai {broadcast} {way}"):
    """Send again to people it did not reach: the same way, on another channel, or where it may have arrived."""

    broadcast: str
    way: Literal["kenhkhac", "nghi"] | None = None


class CorrectBroadcast(Action, spelled="/thongbao dinhchinh {broadcast}"):
    """Write a correction to the people who got it."""

    broadcast: str


class CopyBroadcast(Action, spelled="/thongbao chep {broadcast}"):
    """Show the text for groups and loud-speakers."""

    broadcast: str


class LabelUnderstood(Action, spelled="/thongbao nhan {broadcast}"):
    """Label the people who confirmed that they understood."""

    broadcast: str


class LookAtBroadcast(Action, spelled="/thongbao xemduyet {broadcast}"):
    """Show a broadcast to a second official."""

    broadcast: str


class ApproveBroadcast(Action, spelled="/thongbao duyet {broadcast} {version} {people}"):
    """Approve a version for the number of people it was shown with."""

    broadcast: str
    version: int
    people: int


class RefuseBroadcast(Action, spelled="/thongbao tuchoi {broadcast} {version}"):
    """Ask for the reason of a refusal."""

    broadcast: str
    version: int


class ConfirmUnderstood(Action, spelled="/dahieu {number}"):
    """A recipient understood the broadcast with this number."""

    number: str


# --- answers to the question that waits -------------------------------------------------------------------------------


class TakeOther(Action, spelled="=other"):
    """Choose another day or hour."""


class GoBack(Action, spelled="=back"):
    """Return to the preview."""


class Finish(Action, spelled="=done"):
    """No more values."""


class SendTo(Action, spelled="=send{count}"):
    """Send to the number of people that was shown."""

    count: int


class AskSecond(Action, spelled="=ask{count}"):
    """Ask a second official, for the number of people that was shown."""

    count: int


class EditText(Action, spelled="=edit"):
    """Write another text."""


class ShowAgain(Action, spelled="=again"):
    """Show the preview again."""


class ReplaceText(Action, spelled="=replace"):
    """The typed words are the new text."""


class KeepText(Action, spelled="=keep"):
    """The typed words are not the new text."""


class RemoveFiles(Action, spelled="=nofile"):
    """Send without files."""


class ChooseHour(Action, spelled="=hour"):
    """Choose when it leaves."""


class AddFile(Action, spelled="=file"):
    """Attach a picture or document."""


class SendToMyself(Action, spelled="=self"):
    """Send a trial to the author."""


class ShowChannels(Action, spelled="=channels"):
    """Show how each channel displays it."""


class ChooseFilter(Action, spelled="=filter"):
    """Narrow the audience."""


class ClearFilters(Action, spelled="=none"):
    """Remove all filters, in the list of filters."""


class RemoveFilters(Action, spelled="=nofilter"):
    """Remove all filters, in the preview."""


class LeaveNow(Action, spelled="=now"):
    """Send as soon as possible."""


class LeaveThisNight(Action, spelled="=nightnow"):
    """Send as soon as possible, in the quiet hours too."""


class LeaveAt(Action, spelled="={day}T{hour}"):
    """Send at a local day and hour (`07:30`)."""

    day: date
    hour: time


class LeaveByNight(Action, spelled="=night{day}T{hour}"):
    """Send at a local day and hour of the night (`22:30`)."""

    day: date
    hour: time


class SaveChange(Action, spelled="=save"):
    """Save the changed gathering."""


class ChooseDay(Action, spelled="=day_{day}"):
    """The day of a gathering."""

    day: date


class ChooseStart(Action, spelled="=hour_{hour}"):
    """The hour of a gathering (`07:30`)."""

    hour: time


class SeatEverybody(Action, spelled="=all"):
    """As many seats as people."""


class AnswerAgain(Action, spelled="=mend_{step}"):
    """Answer one question of a gathering again."""

    step: Literal["kind", "place", "title", "when", "venue", "seats", "lesson"]


class SendBack(Action, spelled="=send"):
    """Return an idea with its defects."""


class ClearDefects(Action, spelled="=clear"):
    """Remove all defects."""


# --- gatherings -------------------------------------------------------------------------------------------------------


class ListGatherings(Action, spelled="/taphuan"):
    """List the gatherings of one's office."""


class PlanGathering(Action, spelled="/taphuan moi"):
    """Begin a gathering."""


class ShowGathering(Action, spelled="/taphuan xem {gathering}"):
    """Show a gathering and what can be done with it."""

    gathering: str


class LookAtInvitation(Action, spelled="/taphuan xemduyet {gathering}"):
    """Show an invitation to a second official."""

    gathering: str


class ApproveInvitation(Action, spelled="/taphuan duyet {gathering} {version}"):
    """Approve the version that was shown."""

    gathering: str
    version: int


class RefuseInvitation(Action, spelled="/taphuan tuchoi {gathering} {version}"):
    """Return the version that was shown."""

    gathering: str
    version: int


class StopInvitation(Action, spelled="/taphuan dung {gathering} {version}"):
    """Stop invitations before they leave."""

    gathering: str
    version: int


class ChangeGathering(Action, spelled="/taphuan sua {gathering} {version}"):
    """Change a gathering; older buttons carry no version."""

    gathering: str
    version: int | None = None


class RestoreGathering(Action, spelled="/taphuan giulai {gathering} {version}"):
    """Keep the version before a change that was not finished."""

    gathering: str
    version: int


class CallOff(Action, spelled="/taphuan huy {gathering}"):
    """Ask whether to call a gathering off."""

    gathering: str


class CallOffSure(Action, spelled="/taphuan huy {gathering} {version} chac"):
    """Call a gathering off."""

    gathering: str
    version: int


class TakeAttendance(Action, spelled="/taphuan diemdanh {gathering} {page} {everybody}"):
    """Show a page of names to tick; `tat` includes everybody invited."""

    gathering: str
    page: int
    everybody: Literal["tat"] | None = None


class MarkAttendance(Action, spelled="/taphuan {mark} {gathering} {person} {page} {everybody}"):
    """One person was there (`co`) or not (`vang`); then the same page again."""

    mark: Literal["co", "vang"]
    gathering: str
    person: str
    page: int
    everybody: Literal["tat"] | None = None


class TakeListAlong(Action, spelled="/taphuan tai {gathering}"):
    """Export the attendance list."""

    gathering: str


# --- last days --------------------------------------------------------------------------------------------------------


class ListDeadlines(Action, spelled="/hanchot"):
    """List the last days of one's place."""


class TurnDeadlines(Action, spelled="/hanchot trang {page}"):
    """Show a further page of the list."""

    page: int


class ShowDeadline(Action, spelled="/hanchot xem {deadline}"):
    """Show one last day."""

    deadline: str


class MoveDeadline(Action, spelled="/hanchot doi {deadline}"):
    """Ask for a new day."""

    deadline: str


class SetApart(Action, spelled="/hanchot rieng {deadline}"):
    """Set an own day for a place below."""

    deadline: str


class AddRound(Action, spelled="/hanchot them {deadline}"):
    """Add a round to the year."""

    deadline: str


class MoveBack(Action, spelled="/hanchot tralai {deadline} {day}"):
    """Restore the day it was before; the day is on the button, so that a second press changes nothing."""

    deadline: str
    day: date


class DropDeadline(Action, spelled="/hanchot bo {deadline} {day}"):
    """Remove a round or an own day, while it is the day that was shown; older buttons carry none."""

    deadline: str
    day: date | None = None


# --- pauses of places -------------------------------------------------------------------------------------------------


class ListPausablePlaces(Action, spelled="/tamdung xa"):
    """List the paused places and the places that can be paused."""


class EndPlacePause(Action, spelled="/tamdung bo {place}"):
    """End the pause of a place."""

    place: str


class ChoosePauseEnd(Action, spelled="/tamdung {place}"):
    """Ask how long."""

    place: str


class AskPlacePause(Action, spelled="/tamdung {place} {last}"):
    """Show how many people it concerns."""

    place: str
    last: date


class PausePlace(Action, spelled="/tamdung {place} {last} chac"):
    """Pause a place until the end of a day."""

    place: str
    last: date


# --- decisions and questions ------------------------------------------------------------------------------------------


class ShowQueue(Action, spelled="/duyet"):
    """List the ideas that wait for a decision."""


class ReviewIdea(Action, spelled="/duyet {code}"):
    """Show one idea to an official."""

    code: str


class TakeIdeasAlong(Action, spelled="/duyet tai"):
    """Export the ideas of one's office."""


class Decide(Action, spelled="/quyet {code} {version} {act}"):
    """Decide on the version of an idea that was shown; `act` is an act of the pack's transitions."""

    code: str
    version: int
    act: str


class ListQuestions(Action, spelled="/cauhoi"):
    """List the questions that wait."""


class CountHelp(Action, spelled="/cangiup"):
    """Count the requested help by place."""
