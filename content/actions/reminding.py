"""The buttons of reminders: whether, when and of what a person is reminded."""

from typing import Literal

from content.actions.action import Action


class RemindersOff(Action, spelled="/nhacviec tat"):
    """No deadline reminders."""


class RemindersOn(Action, spelled="/nhacviec bat"):
    """Consent to deadline reminders."""


class AskReminderHour(Action, spelled="/nhacviec gio"):
    """Show the hours."""


class KeepReminderHour(Action, spelled="/nhacviec gio {hour}"):
    """Remind at this hour of the day, 0 to 23."""

    hour: int


class SnoozeToTomorrow(Action, spelled="/nhacviec mai {occurrence}"):
    """Repeat one reminder tomorrow."""

    occurrence: str


class Snooze(Action, spelled="/nhacviec hoan {days} {occurrence}"):
    """Repeat one reminder in a number of days."""

    days: int
    occurrence: str


class StopReminding(Action, spelled="/nhacviec {because} {occurrence}"):
    """No more reminders of one deadline: the step is done (xong), or they are not wanted (thoi)."""

    because: Literal["xong", "thoi"]
    occurrence: str


class ShowReminder(Action, spelled="/nhacviec viec {occurrence}"):
    """Show one reminder and what can be done with it."""

    occurrence: str


class UnderstoodDay(Action, spelled="/nhacviec ngay {deadline}"):
    """A person knows the new last day of a deadline that was moved; it is said once more."""

    deadline: str


class LeaveDraft(Action, spelled="/nhacviec phieu {draft}"):
    """Ask no more about one unfinished form."""

    draft: str


class TakeCalendar(Action, spelled="/nhacviec ics"):
    """Send the deadlines as a calendar file."""
