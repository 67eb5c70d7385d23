"""`grant`, `invite` and `revoke`: roles from the command line, with immediate effect."""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.chosen import quiet_logs
from bot.serving import registered
from bot.settings.command_error import CommandError
from content.actions.producers import StartAsOfficial

if TYPE_CHECKING:
    from bot.settings.settings import Settings
    from content.programme.pack import Pack
    from registry.people.inviting import Card
    from registry.store.store import Store

ROLE = Annotated[
    str, typer.Option("--role", help="helper, commune_official, district_official, province_official, admin")
]
PLACE = Annotated[
    str,
    typer.Option("--place", help="Code or name of a place; an abolished code gives its successor. For admin: the top."),
]


NAME = Annotated[str, typer.Option("--name", help="Name of the official, as producers read it.")]
TITLE = Annotated[str, typer.Option("--title", help="Title in this role, such as 'Công chức kinh tế xã'.")]
PHONE = Annotated[str, typer.Option("--phone", help="Number producers may call; everybody who asks sees it.")]
CHANNELS = tuple(one.name for one in registered.CHANNELS)
CHANNEL = Annotated[str, typer.Option("--channel", help=", ".join(CHANNELS))]
ACCOUNT = Annotated[str, typer.Option("--account", help="The account's id on the channel.")]


def add_to(app: typer.Typer) -> None:
    """Put these commands on the command line."""
    app.command("grant")(grant)
    app.command("invite")(invite)
    app.command("revoke")(revoke)


def grant(
    ctx: typer.Context,
    channel: CHANNEL,
    account: ACCOUNT,
    role: ROLE,
    place: PLACE = "",
    until: Annotated[str, typer.Option("--until", help="Last day, such as 2027-09-30; twelve months at most.")] = "",
    name: NAME = "",
    title: TITLE = "",
    phone: PHONE = "",
) -> None:
    """Give a role to an account.  The same role at the same place is prolonged."""
    from sqlalchemy import Connection

    from bot.serving.house import house_for
    from bot.settings.clock import VIETNAM
    from bot.settings.database import opened
    from handlers.conversation.telling import Telling
    from registry.applications.appointing import appoint
    from registry.people.people import meet
    from registry.people.roles import OPERATOR

    _check_channel(channel)
    last, card = _day(until), _card(name, title, phone)
    settings = quiet_logs(ctx)
    with opened(settings) as store:
        now = _now(settings, store)
        house = house_for(settings, now.astimezone(VIETNAM).date())
        code, full_name = _place(house.pack, role, place)
        if last is not None and last < now.date():
            raise CommandError(f"{until} has passed. Nothing was granted. Give a day to come.")

        def unit(db: Connection) -> date:
            person, _ = meet(db, channel=channel, account=account, now=now)
            held = appoint(
                db, pack=house.pack, person_id=person.id, role=role, place=code, by=OPERATOR, now=now, until=last,
                card=card, tell=Telling(house, db, now),
            )  # fmt: skip
            return held.until

        ends = store.write_now(unit)
    print(f"{channel} {account} is {role} of {full_name} ({code}) until {ends.isoformat()}.")


def revoke(
    ctx: typer.Context,
    channel: CHANNEL,
    account: ACCOUNT,
    role: Annotated[str, typer.Option("--role", help="Only this role; without it all of them.")] = "",
) -> None:
    """End the roles of a person at once: further acts are refused, and planned messages stay unsent."""
    from sqlalchemy import Connection

    from bot.serving.house import house_for
    from bot.settings.clock import VIETNAM
    from bot.settings.database import opened
    from handlers.conversation.telling import Telling
    from registry.applications import appointing
    from registry.people.people import account_person
    from registry.people.roles import OPERATOR, roles_of

    _check_channel(channel)
    settings = quiet_logs(ctx)
    with opened(settings) as store:
        now = _now(settings, store)
        house = house_for(settings, now.astimezone(VIETNAM).date())
        pack = house.pack

        def unit(db: Connection, role_id: str) -> None:
            appointing.end(db, pack=pack, role_id=role_id, by=OPERATOR, tell=Telling(house, db, now), now=now)

        person = store.read_now(account_person, channel=channel, account=account)
        held = store.read_now(roles_of, person_id=person, on=pack.places.on) if person else ()
        ended = [one for one in held if role in ("", one.role)]
        if not ended:
            raise CommandError(f"{channel} {account} has no {role or 'role'} now. Nothing was changed.")
        for one in ended:
            store.write_now(unit, one.id)
            print(f"{channel} {account} is {one.role} of {pack.places.full_name(one.place)} ({one.place}) no longer.")


def invite(
    ctx: typer.Context, role: ROLE, place: PLACE = "", name: NAME = "", title: TITLE = "", phone: PHONE = ""
) -> None:
    """Create a one-time code for a role.  It works once, within 24 hours, and is shown only here."""
    from bot.settings.database import opened
    from registry.people.inviting import invite as make
    from registry.people.roles import OPERATOR

    card = _card(name, title, phone)
    settings = quiet_logs(ctx)
    with opened(settings) as store:
        now = _now(settings, store)
        pack = _pack(settings, now)
        code, full_name = _place(pack, role, place)
        word = store.write_now(
            make, pack=pack, role=role, place=code, by=OPERATOR, on=pack.places.on, now=now, card=card
        )
    print(StartAsOfficial(word).command)
    print(
        f"The person who sends this line to the bot within 24 hours becomes {role} of {full_name} ({code}). "
        "It works once."
    )


def _place(pack: "Pack", role: str, given: str) -> tuple[str, str]:
    """Return code and name of the place of a role; a successor is reported on standard error."""
    from registry.people.roles import check_role

    level = pack.programme.roles.get(role)
    if not given:
        if role != "admin":
            raise CommandError(f"A {role} belongs to a place. Nothing was done. Name it with --place.")
        code = pack.places.root.code
    else:
        code = place_named(pack, given, level or "")
    try:
        check_role(pack, role, code)
    except ValueError as trouble:
        raise CommandError(f"{trouble} Nothing was done.") from None
    return code, pack.places.full_name(code)


def place_named(pack: "Pack", given: str, level: str = "") -> str:
    """Return the code of a place, given by code or name; an ambiguous name is refused."""
    known = pack.places.resolve_code(given)
    if known is None:
        found = pack.places.find(given, level=level)
        if not found.sure:
            offered = ", ".join(f"{match.place.name} ({match.place.code})" for match in found.matches)
            what = f"It may be {offered}" if offered else "No place is called that"
            raise CommandError(
                f"{given!r} is not one place on {pack.places.on}. {what}. Nothing was done. Give the code."
            )
        known = found.matches[0]
    if known.through is not None:
        was = f"{known.through.name} ({known.through.code})"
        typer.echo(f"{was} is now {known.place.name} ({known.place.code}); that one is taken.", err=True)
    return known.place.code


def _card(name: str, title: str, phone: str) -> "Card":
    """Read the name, title and number of an official; an unreadable one is refused before anything is done."""
    from handlers.reading.phone import read_phone
    from registry.people.inviting import Card
    from registry.people.official_names import LONGEST_NAME, LONGEST_TITLE

    for given, most, what in ((name, LONGEST_NAME, "--name"), (title, LONGEST_TITLE, "--title")):
        if len(given) > most or (given and not any(map(str.isalpha, given))):
            raise CommandError(f"{what} {given[:40]!r} is not a text of at most {most} letters. Nothing was done.")
    number = read_phone(phone).understood if phone else ""
    if number is None:
        raise CommandError(f"--phone {phone[:40]!r} is not one telephone number. Nothing was done. Give 0912345678.")
    return Card(" ".join(name.split()), " ".join(title.split()), number)


def _check_channel(channel: str) -> None:
    if channel not in CHANNELS:
        raise CommandError(f"There is no channel {channel!r}. Nothing was done. Take one of: {', '.join(CHANNELS)}.")


def _day(given: str) -> date | None:
    if not given:
        return None
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise CommandError(f"{given!r} is not a day such as 2027-09-30. Nothing was granted.") from None


def _now(settings: "Settings", store: "Store") -> datetime:
    from bot.serving.house import clock_for

    return clock_for(settings, store).now().astimezone(UTC)


def _pack(settings: "Settings", now: datetime) -> "Pack":
    from bot.settings.clock import VIETNAM
    from content.programme.pack import load_pack

    return load_pack(settings.pack, now.astimezone(VIETNAM).date())
