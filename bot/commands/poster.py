"""`poster`: a page for the wall of a commune's office, with a QR code that opens the bot."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.chosen import quiet_logs, words_of
from bot.serving.registered import CHANNELS
from bot.settings.command_error import CommandError

if TYPE_CHECKING:
    from bot.settings.settings import Settings
    from content.papers.papers import Poster
    from content.phrases import Phrases
    from content.programme.pack import Pack

KINDS = (".pdf", ".png")


PLACES = {one.poster: one for one in CHANNELS if one.poster}
"""The channels the QR code can open, by the word for each."""
USUAL = "web"


def _known(on: str) -> str:
    if on not in PLACES:
        raise typer.BadParameter(f"{on!r} is not one of {', '.join(map(repr, PLACES))}.")
    return on


def add_to(app: typer.Typer) -> None:
    """Put this command on the command line."""
    app.command("poster")(poster)


def poster(
    ctx: typer.Context,
    place: Annotated[str, typer.Option("--place", help="A place by code or name.")],
    out: Annotated[Path, typer.Option("--out", help="A .pdf to print or a .png for a group; with --each a folder.")],
    on: Annotated[
        str, typer.Option("--on", help="The channel the code opens.", metavar=f"[{'|'.join(PLACES)}]", callback=_known)
    ] = USUAL,
    each: Annotated[bool, typer.Option("--each", help="One for every place just below it.")] = False,
) -> None:
    """Make the poster of a commune; people who scan it, or type its line, need not name their commune."""
    from bot.commands.roles import place_named
    from bot.settings.settings import day_of
    from content.phrases import Phrases
    from content.programme.pack import load_pack

    settings = quiet_logs(ctx)
    pack = load_pack(settings.pack, day_of(settings, datetime.now(UTC)))
    code = place_named(pack, place)
    codes = [one.code for one in pack.places.children(code)] if each else [code]
    if not codes:
        raise CommandError(f"Nothing is below {pack.places.full_name(code)}. No poster was made. Leave --each out.")
    files = [out / f"{one}.pdf" for one in codes] if each else [out]
    _check(out, files, each=each)
    link, phrases = link_to(settings, on), Phrases.load()
    sample = not settings.office or pack.programme.approved_on is None
    with typer.progressbar(list(zip(codes, files, strict=True)), length=len(codes), hidden=not each) as rows:
        for one, file in rows:
            _write(file, made(phrases, on, link, one, pack.places.full_name(one), settings.office, sample=sample))
    message = words_of(ctx).message
    print(message(f"{out}: {len(files)} poster(s), leading to {link.format(payload=f'xa_{codes[0]}')}"))
    if sample:
        print(message("It is marked as a sample: no office is configured, or the texts of the pack are not approved."))


def made(phrases: "Phrases", on: str, link: str, code: str, name: str, office: str, *, sample: bool) -> "Poster":
    """Make the poster of one place; a Zalo link has no payload, so its second line is the text to type."""
    from content.papers.papers import Poster

    first, second, third = (phrases.say(f"poster.{on}.{nth}", payload=f"xa_{code}") for nth in ("scan", "send", "get"))
    return Poster(
        title=phrases.say("poster.title"),
        lines=(first, second, third),
        place=name,
        link=link.format(payload=f"xa_{code}"),
        office=office,
        sample=sample,
    )


def make_one(settings: "Settings", pack: "Pack", *, on: str, link: str, place: str, file: Path) -> None:
    """Write the poster of one place to a new file."""
    from content.phrases import Phrases

    sample = not settings.office or pack.programme.approved_on is None
    name = pack.places.full_name(place)
    _write(file, made(Phrases.load(), on, link, place, name, settings.office, sample=sample))


def link_to(settings: "Settings", on: str) -> str:
    """Return the address with `{payload}` for the commune; raises `CommandError` when there is none."""
    channel = PLACES[on]
    return channel.invites.address(settings.channels()[channel.name], settings.server.public_url)


def _check(out: Path, files: list[Path], *, each: bool) -> None:
    """Refuse a path that cannot be written or would replace a file, before any work."""
    if each and not out.is_dir():
        raise CommandError(f"There is no folder {out}. No poster was made. Create it, or name another.")
    if not each and out.suffix.lower() not in KINDS:
        raise CommandError(f"{out} ends with neither .pdf nor .png. No poster was made. Name it so.")
    if not each and not out.parent.is_dir():
        raise CommandError(f"There is no folder {out.parent}. No poster was made. Create it, or name another.")
    there = [file for file in files if file.exists()]
    if there:
        raise CommandError(f"{there[0]} exists and was not changed. No poster was made. Give another name.")


def _write(file: Path, poster: "Poster") -> None:
    from content.papers.papers import poster_pdf, poster_png

    content = poster_pdf(poster) if file.suffix.lower() == ".pdf" else poster_png(poster)
    with file.open("xb") as written:
        written.write(content)
    file.chmod(0o644)  # a poster is public
