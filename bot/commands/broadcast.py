"""`broadcast`: a broadcast from the command line, shown first and sent only with --send."""

import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.commands.chosen import quiet_logs
from bot.settings.command_error import CommandError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from content.programme.pack import Pack
    from handlers.conversation.desk import House
    from handlers.thongbao.state import Composing
    from registry.broadcasts.audiences import Counted, Wanted
    from registry.broadcasts.broadcasts import Broadcast
    from registry.people.roles import Role
    from registry.store.store import Store

WAITS = 3
"""The exit code of a broadcast that was handed in and is not finished."""
LOOK_SECONDS = 1.0
PATIENCE_SECONDS = 30.0
"""Seconds without progress after which the command stops waiting: no process sends."""
Many = list[str]


def add_to(app: typer.Typer) -> None:
    """Put this command on the command line."""
    app.command("broadcast")(broadcast)


def broadcast(
    ctx: typer.Context,
    text: Annotated[str, typer.Argument(help="The text, or use --file.")] = "",
    place: Annotated[str, typer.Option("--place", help="Code or name of a place, with all below it.")] = "",
    file: Annotated[str, typer.Option("--file", help="A file with the text; - reads standard input.")] = "",
    attach: Annotated[list[Path] | None, typer.Option("--attach", help="A picture or document to attach.")] = None,
    at: Annotated[str, typer.Option("--at", help="When it is sent, in local time: 2026-10-01T08:00.")] = "",
    until: Annotated[str, typer.Option("--until", help="Its end; without it, from the text or the pack.")] = "",
    send: Annotated[str, typer.Option("--send", help="Send it, as this official: telegram:12345.")] = "",
    role: Annotated[Many | None, typer.Option("--role", help="Only these: producer, or the id of a role.")] = None,
    entity: Annotated[Many | None, typer.Option("--entity", help="Only who acts for this kind of entity.")] = None,
    kind: Annotated[Many | None, typer.Option("--kind", help="Only with a product of this kind.")] = None,
    group: Annotated[Many | None, typer.Option("--group", help="Only with a product of this group.")] = None,
    step: Annotated[list[int] | None, typer.Option("--step", help="Only with a product at this step.")] = None,
    status: Annotated[Many | None, typer.Option("--status", help="Only with a product of this status.")] = None,
    stars: Annotated[int, typer.Option("--stars", min=0, max=5, help="Only with this many stars or more.")] = 0,
    spoke_within: Annotated[int, typer.Option("--spoke-within", min=0, help="Only who wrote within N days.")] = 0,
    tag: Annotated[str, typer.Option("--tag", help="Only people with this label.")] = "",
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Show the progress until it is finished.")] = True,
) -> None:
    """
    Send a broadcast to a place.  Without --send, only show its text and recipients.

    The exit code is 0 when it is finished. It is 3 when it waits for a second official, for its hour, or for a
    running bot.
    """
    words = _text(text, file)
    settings = quiet_logs(ctx)
    from bot.serving.house import clock_for, house_for
    from bot.settings.clock import VIETNAM
    from bot.settings.database import opened
    from handlers.thongbao.ending import end_of
    from handlers.thongbao.state import Composing

    with opened(settings) as store:
        clock = clock_for(settings, store)
        now = clock.now()
        house = house_for(settings, now.astimezone(VIETNAM).date())
        code = _place(house.pack, place)
        wanted = _wanted(
            house.pack, code, roles=role, entities=entity, kinds=kind, groups=group, steps=step, statuses=status,
            stars=stars, spoke_days=spoke_within, tag=tag,
        )  # fmt: skip
        hour = _hour(at, house, now)
        composing = Composing(text=words, at=hour, until=_moment(until, house, now, "--until"))
        ends = end_of(house, composing, now)
        author = _author(store, house, send, code, now) if send else _operator(house.pack, now)
        counted, names = store.read_now(_count, house=house, role=author, wanted=wanted, now=now)
        paths = attach or []
        reasons = store.read_now(
            _reasons, house=house, role=author, wanted=wanted, words=words, files=paths, hour=hour, now=now
        )
        print(*_told(house, author, counted, names, wanted, words, hour, ends, reasons, paths, now), sep="\n")
        _refuse_nobody(counted)
        if not send:
            print("Nothing was sent. To send it, add: --send CHANNEL:ACCOUNT of an official of this place")
            return
        composing = composing.replace(files=tuple(_kept(store, settings.data_dir, author, path, now) for path in paths))
        made = store.write_now(_hand_in, house=house, role=author, wanted=wanted, composing=composing, now=now)
        raise typer.Exit(_follow(store, made, clock.now) if _handed_in(house, made, now, wait=wait) else WAITS)


def _refuse_nobody(counted: "Counted") -> None:
    if not counted.count:
        raise CommandError("Nobody is reached. Nothing was sent. Take a larger place or fewer filters.")


def _text(text: str, file: str) -> str:
    from handlers.thongbao.composing import LONGEST, SHORTEST

    if bool(text) == bool(file):
        raise CommandError("Give the text, or a file with it (--file). Nothing was sent.")
    try:
        words = text or (sys.stdin.read() if file == "-" else Path(file).read_text("utf-8"))
    except UnicodeDecodeError:
        raise CommandError(f"{file} is not a text in UTF-8. Nothing was sent. Save it as UTF-8.") from None
    from content.fold import clean

    words = clean(words)
    if len(words) < SHORTEST:
        raise CommandError(f"The text has {len(words)} letters. Nothing was sent. Write at least a sentence.")
    if len(words) > LONGEST:
        raise CommandError(
            f"The text has {len(words)} letters, and {LONGEST} fit on every platform. Nothing was sent. "
            "Shorten it, and attach the long part as a document (--attach)."
        )
    return words


def _place(pack: "Pack", given: str) -> str:
    from bot.commands.roles import place_named

    return place_named(pack, given) if given else pack.places.root.code


def _wanted(pack: "Pack", place: str, **given: Any) -> "Wanted":
    """Build the filters; refuse a value unknown to this programme."""
    from content.programme.programme import CERTIFIED, STATUSES
    from registry.broadcasts.audiences import Wanted, known_roles

    programme = pack.programme
    known: dict[str, tuple[Any, ...]] = {
        "roles": known_roles(pack),
        "entities": tuple(one.id for one in programme.entity_kinds),
        "kinds": tuple(one.id for one in programme.kinds),
        "groups": tuple(one.id for one in programme.product_groups),
        "steps": tuple(one.number for one in programme.steps),
        "statuses": (*STATUSES, *CERTIFIED),
    }
    for name, values in known.items():
        strange = [one for one in given[name] or () if one not in values]
        if strange:
            listed = ", ".join(str(value) for value in values)
            raise CommandError(f"{strange[0]!r} is not one of the {name}: {listed}. Nothing was sent.")
    chosen = {name: list(value) if isinstance(value, list) else value for name, value in given.items() if value}
    return Wanted.from_json({**chosen, "place": place})


def _hour(at: str, house: "House", now: datetime) -> datetime | None:
    from registry.broadcasts.approvals import at_night

    hour = _moment(at, house, now, "--at")
    quiet = house.pack.programme.quiet
    if hour is not None and at_night(house.pack, hour):
        raise CommandError(
            f"{at} is in the quiet hours ({quiet.start:%H:%M} to {quiet.end:%H:%M}). Nothing was sent. "
            f"Give an hour from {quiet.end:%H:%M} on; an urgent one is sent from the chat, with a second official."
        )
    return hour


def _moment(given: str, house: "House", now: datetime, option: str) -> datetime | None:
    """Read a moment ahead, in local time; None where none is given."""
    if not given:
        return None
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        raise CommandError(f"{given!r} is not a moment such as 2026-10-01T08:00. Nothing was sent.") from None
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=house.zone)
    if moment <= now:
        raise CommandError(f"{given} has passed. Nothing was sent. Give a later moment, or leave {option} out.")
    return moment


def _author(store: "Store", house: "House", account: str, place: str, now: datetime) -> "Role":
    """Return the official it is sent as; refuse one without the right in this place."""
    channel, _, number = account.partition(":")
    role = store.read_now(_role_of, channel=channel, account=number, house=house, place=place, now=now)
    if role is None:
        raise CommandError(
            f"{account} is not an account of an official who may announce to {house.pack.places.full_name(place)}. "
            "Nothing was sent. Give CHANNEL:ACCOUNT of one, or a place within theirs."
        )
    return role


def _role_of(
    db: "Connection", *, channel: str, account: str, house: "House", place: str, now: datetime
) -> "Role | None":
    from registry.people.people import account_person
    from registry.people.roles import may, roles_of

    person_id = account_person(db, channel=channel, account=account)
    on = now.astimezone(house.zone).date()
    held = () if person_id is None else roles_of(db, person_id=person_id, on=on)
    return next((one for one in held if may(one, "announce.send", place, house.pack.places, on=on)), None)


def _operator(pack: "Pack", now: datetime) -> "Role":
    """Return the role of the preview: the operator sees all places, and nothing is sent under it."""
    from registry.people.roles import OPERATOR, Role

    return Role(OPERATOR, OPERATOR, "province_official", pack.places.root.code, None, now.date().replace(year=9999))


def _count(
    db: "Connection", *, house: "House", role: "Role", wanted: "Wanted", now: datetime
) -> "tuple[Counted, list[str]]":
    """Count whom a broadcast would reach, with some names to check by eye."""
    from registry.broadcasts.audiences import count
    from registry.people.people import names_of

    counted = count(db, pack=house.pack, role=role, wanted=wanted, now=now)
    return counted, [name for name in names_of(db, counted.some).values() if name]


def _reasons(
    db: "Connection",
    *,
    house: "House",
    role: "Role",
    wanted: "Wanted",
    words: str,
    files: list[Path],
    hour: datetime | None,
    now: datetime,
) -> tuple[str, ...]:
    from content.message import Message
    from registry.broadcasts.broadcasts import Draft, reasons_for

    draft = Draft(words, Message, hour, files=tuple({"name": path.name} for path in files))
    return reasons_for(db, pack=house.pack, role=role, wanted=wanted, draft=draft, now=now)


def _told(
    house: "House",
    role: "Role",
    counted: "Counted",
    names: list[str],
    wanted: "Wanted",
    words: str,
    hour: datetime | None,
    ends: datetime,
    reasons: tuple[str, ...],
    files: list[Path],
    now: datetime,
) -> list[str]:
    """Return the lines of the preview: the text and its recipients."""
    from content.message import BOLD, PLAIN
    from handlers.thongbao.words import message_text
    from registry.broadcasts.broadcasts import leaves_at

    due = leaves_at(house.pack, at=hour, by_night=False, now=now, alone=not reasons)
    text = message_text(house, role, words, "…").replace(BOLD, "").replace(PLAIN, "")
    filters = {name: value for name, value in wanted.to_json().items() if name != "place"}
    lines = [*text.splitlines(), ""]
    lines.append(f"place     {house.pack.places.full_name(wanted.place)} ({wanted.place})")
    lines += [f"only      {name} {value}" for name, value in filters.items()]
    lines.append(f"people    {counted.count}")
    lines += [f"          {channel} {count}" for channel, count in counted.channels.items()]
    lines.append(f"such as   {', '.join(names) or '–'}")
    lines += [f"with      {path.name}" for path in files]
    lines.append(f"leaves    {'now' if due <= now else due.astimezone(house.zone).isoformat(timespec='minutes')}")
    lines.append(f"until     {ends.astimezone(house.zone).isoformat(timespec='minutes')}")
    if reasons:
        lines.append(f"needs     a second official: {', '.join(reasons)}")
    return lines


def _kept(store: "Store", folder: Path, role: "Role", path: Path, now: datetime) -> dict[str, str]:
    """Store a file for the author."""
    from handlers.form.reading import PHOTOS
    from handlers.thongbao.words import MOST_BYTES, megabytes
    from registry.applications import files
    from registry.applications.file_room.kinds import kind_of
    from registry.store.rows import new_id

    content = path.read_bytes()
    mime = kind_of(content)
    kind = "photo" if mime in PHOTOS else "document"
    if mime is None or mime.startswith("audio/"):
        raise CommandError(f"{path.name} is not a JPG, PNG, PDF or Word file. Nothing was sent.")
    if len(content) > MOST_BYTES[kind]:
        raise CommandError(
            f"{path.name} has {megabytes(len(content))} MB, and {megabytes(MOST_BYTES[kind])} is the most that goes to "
            "many people. Nothing was sent. Make it smaller."
        )

    file_id = new_id()

    def unit(db: "Connection") -> str:
        wanted = files.want(
            db, person_id=role.person_id, channel="file", ref=f"{path.resolve()}:{now.isoformat()}", mime=mime,
            size=len(content), now=now, name=path.name, file_id=file_id,
        )  # fmt: skip
        files.keep(db, folder=folder, file_id=wanted.id, content=content)
        return wanted.id

    try:
        return {"kind": kind, "file": store.write_now(unit), "name": path.name}
    except files.NotTakenError as refusal:
        raise CommandError(f"{path.name}: {refusal} Nothing was sent.") from None


def _hand_in(
    db: "Connection", *, house: "House", role: "Role", wanted: "Wanted", composing: "Composing", now: datetime
) -> "Broadcast":
    from handlers.conversation.telling import Telling
    from handlers.thongbao.ending import end_of
    from handlers.thongbao.words import draft_of
    from registry.addressing.ends import EndedError
    from registry.broadcasts.asking import ask_second
    from registry.broadcasts.handing_in import hand_in

    draft = draft_of(house, role=role, composing=composing, ends_at=end_of(house, composing, now))
    tell = Telling(house, db, now)
    try:
        made = hand_in(db, pack=house.pack, role=role, wanted=wanted, draft=draft, now=now, tell=tell)
    except EndedError as ended:
        due = ended.due.astimezone(house.zone).isoformat(timespec="minutes")
        raise CommandError(
            f"It would leave at {due}, after its end. Nothing was sent. Change the day in its text, or give --until."
        ) from None
    if made.state == "waiting":
        asked, _ = ask_second(db, pack=house.pack, author=role, known=made, tell=tell, now=now)
        if not asked:
            raise CommandError(
                f"It needs a second official ({', '.join(made.reasons)}), and there is none for this place. "
                "Nothing was sent. Invite one (ocopbot invite), or leave that part out."
            )
    return made


def _handed_in(house: "House", made: "Broadcast", now: datetime, *, wait: bool) -> bool:
    """Print the outcome; True when there is progress to watch, now or after its delay."""
    if made.state == "waiting":
        print(f"{made.number} waits for a second official: {', '.join(made.reasons)}. Nobody has received it yet.")
        return False
    if made.due_at > now:
        hour = made.due_at.astimezone(house.zone).isoformat(timespec="minutes")
        print(f"{made.number} leaves at {hour} to {made.people} people.")
        return wait and made.due_at <= now + house.pack.programme.announcements.delay
    print(f"{made.number} leaves now to {made.people} people.")
    return wait


def _follow(store: "Store", made: "Broadcast", now: Callable[[], datetime]) -> int:
    """Show the progress until the end, and return the exit code."""
    from registry.broadcasts.broadcasts import one
    from registry.broadcasts.reports import pace

    last, moved_at = -1, time.monotonic()
    while True:
        known = store.read_now(one, made.id)
        if known is None or known.state == "cancelled":
            print(f"{made.number} was stopped.")
            return 0
        if known.state == "editing":
            print(
                f"{made.number} is being edited in the chat and does not leave meanwhile. Nobody has received it yet."
            )
            return WAITS
        how = store.read_now(pace, known, now=now())
        if known.due_at > now():  # it is delayed, and may be stopped
            moved_at = time.monotonic()
        elif how.done != last:
            left = "" if how.seconds_left is None else f", about {how.seconds_left} s left"
            print(f"{how.done}/{how.people}{left}", flush=True)
            last, moved_at = how.done, time.monotonic()
        if how.done >= how.people:
            return 0
        if time.monotonic() - moved_at > PATIENCE_SECONDS:
            print(f"{made.number} stays queued, and no process sends it. Start `ocopbot run`.")
            return WAITS
        time.sleep(LOOK_SECONDS)
