"""The lists an office exports, in words: its ideas, and the attendance of a gathering."""

from collections.abc import Sequence
from datetime import date, datetime

from content.language.saying import phone_said
from content.papers.workbook import ListSheet
from handlers.conversation.desk import House
from registry.applications.changes import waits_for_level
from registry.applications.office_list import ListedIdea
from registry.gatherings.attendance import Attendant
from registry.gatherings.gatherings import Gathering

IDEA_COLUMNS = (
    "code", "product", "entity", "place", "kind", "group", "status", "holder", "since", "due", "help",
)  # fmt: skip
ATTENDANCE_COLUMNS = ("number", "name", "place", "phone", "answer", "came")


def ideas_sheet(house: House, listed: Sequence[ListedIdea], *, place: str, now: datetime) -> ListSheet:
    """Every idea of a place: its status, its holder since when and until when, and the requested help."""
    programme, places = house.pack.programme, house.pack.places
    groups = {group.id: group.name for group in programme.product_groups}
    rows: list[tuple[str | int | date | None, ...]] = []
    for one in listed:
        application = one.application
        waits = waits_for_level(house.pack, application.status) is not None
        rows.append(
            (
                application.code,
                application.product,
                one.entity,
                places.full_name(application.place),
                programme.kind(application.kind).name,
                groups.get(application.product_group or "", ""),
                house.phrases.say(f"status.name.{application.status}"),
                places.full_name(application.holder) if waits else "",
                application.holder_since.astimezone(house.zone).date() if waits else None,
                application.due_on,
                "; ".join(one.help),
            )
        )
    headings = tuple(house.phrases.say(f"sheet.ideas.{column}") for column in IDEA_COLUMNS)
    return ListSheet(house.phrases.say("sheet.ideas"), headings, rows, _foot(house, places.full_name(place), now))


def attendance_sheet(
    house: House, known: Gathering, listed: Sequence[Attendant], *, now: datetime, official: str = ""
) -> ListSheet:
    """The people invited to a gathering, their answers and attendance, and the official who invited them."""
    rows: list[tuple[str | int | date | None, ...]] = []
    for number, one in enumerate(listed, 1):
        came = {True: "sheet.attendance.was_there", False: "sheet.attendance.was_not", None: ""}[one.came]
        rows.append(
            (
                number,
                one.name or house.phrases.say("taphuan.nameless"),
                house.pack.places.full_name(one.place) if one.place else "",
                phone_said(one.phone) if one.phone else "",
                house.phrases.say(f"sheet.answer.{one.answer}"),
                house.phrases.say(came) if came else "",
            )
        )
    headings = tuple(house.phrases.say(f"sheet.attendance.{column}") for column in ATTENDANCE_COLUMNS)
    starts = known.starts_at.astimezone(house.zone)
    of = f"{known.title}, {starts:%H:%M %d/%m/%Y}"
    if official:
        of = f"{of}. {house.phrases.say('sheet.by_official', official=official)}"
    foot = _foot(house, of, now)
    return ListSheet(house.phrases.say("sheet.attendance"), headings, rows, foot)


def _foot(house: House, of: str, now: datetime) -> str:
    """The origin and the moment of a printed page."""
    moment = now.astimezone(house.zone)
    return house.phrases.say(
        "sheet.foot", of=of, moment=f"{moment:%H:%M %d/%m/%Y}", programme_name=house.pack.programme.short_name
    )
