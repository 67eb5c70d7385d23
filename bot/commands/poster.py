"""`poster`: a page for the wall of a commune's office, with the code that brings a phone to the bot."""

import asyncio
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.chosen import quiet_logs
from bot.settings.command_error import CommandError

if TYPE_CHECKING:
    from bot.settings.settings import Settings
    from content.papers.papers import Poster
    from content.phrases import Phrases

KINDS = (".pdf", ".png")


class On(StrEnum):
    """Where the code on the wall leads."""

    WEB = "web"
    TELEGRAM = "telegram"
    ZALO = "zalo"


def add_to(app: typer.Typer) -> None:
    """Put this command on the command line."""
    app.command("poster")(poster)


def poster(
    ctx: typer.Context,
    place: Annotated[str, typer.Option("--place", help="A place by code or name.")],
    out: Annotated[Path, typer.Option("--out", help="A .pdf to print or a .png for a group; with --each a folder.")],
    on: Annotated[On, typer.Option("--on", help="Where the code leads.")] = On.WEB,
    each: Annotated[bool, typer.Option("--each", help="One for every place just below it.")] = False,
) -> None:
    """Make the poster of a commune: who scans it, or types its line, needs not say where they live."""
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
    link, phrases = _link(settings, on), Phrases.load()
    sample = not settings.office or pack.programme.approved_on is None
    with typer.progressbar(list(zip(codes, files, strict=True)), length=len(codes), hidden=not each) as rows:
        for one, file in rows:
            _write(file, made(phrases, on, link, one, pack.places.full_name(one), settings.office, sample=sample))
    print(f"{out}: {len(files)} poster(s), leading to {link.format(payload=f'xa_{codes[0]}')}")
    if sample:
        print("It says that it is a sample: no office is configured, or nobody has approved the pack's texts.")


def made(phrases: "Phrases", on: On, link: str, code: str, name: str, office: str, *, sample: bool) -> "Poster":
    """A poster of one place; on Zalo, where a link carries nothing, its second line is what to type."""
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


def _link(settings: "Settings", on: On) -> str:
    """The address with `{payload}` where the commune goes; raises `CommandError` while there is none to print."""
    match on:
        case On.WEB:
            if not settings.webchat.enabled or not settings.server.public_url:
                raise CommandError(
                    "The web chat has no address people can open. No poster was made. "
                    "Set webchat.enabled and server.public_url."
                )
            return f"{settings.server.public_url}/chat?start={{payload}}"
        case On.TELEGRAM:
            return f"https://t.me/{asyncio.run(_telegram_name(settings))}?start={{payload}}"
        case On.ZALO:
            if not settings.zalo_oa.enabled or not settings.zalo_oa.oa_id:
                raise CommandError(
                    "The number of the Official Account is not known. No poster was made. "
                    "Set zalo_oa.enabled and zalo_oa.oa_id, which `ocopbot check` tells."
                )
            return f"https://zalo.me/{settings.zalo_oa.oa_id}"


async def _telegram_name(settings: "Settings") -> str:
    """Ask Telegram what the bot is called."""
    from telegram.error import TelegramError

    from bot.channels.channel import Words
    from bot.channels.telegram.channel import close_telegram, open_telegram

    given = settings.telegram
    if not given.enabled:
        raise CommandError("telegram is not enabled. No poster was made. Enable it, or choose another with --on.")
    channel = open_telegram(given.token.get_secret_value(), Words("", "", "", ""), base_url=given.base_url)
    try:
        return str((await channel.bot.get_me()).username)
    except TelegramError as trouble:
        raise CommandError(
            f"Telegram does not tell the bot's name ({type(trouble).__name__}). No poster was made. Run: ocopbot check"
        ) from None
    finally:
        await close_telegram(channel)


def _check(out: Path, files: list[Path], *, each: bool) -> None:
    """Refuse before any work what could not be written, or would take the place of another file."""
    if each and not out.is_dir():
        raise CommandError(f"There is no folder {out}. No poster was made. Make it, or name another.")
    if not each and out.suffix.lower() not in KINDS:
        raise CommandError(f"{out} ends with neither .pdf nor .png. No poster was made. Name it so.")
    if not each and not out.parent.is_dir():
        raise CommandError(f"There is no folder {out.parent}. No poster was made. Make it, or name another.")
    there = [file for file in files if file.exists()]
    if there:
        raise CommandError(f"{there[0]} is there already and was kept as it is. No poster was made. Give another name.")


def _write(file: Path, poster: "Poster") -> None:
    from content.papers.papers import poster_pdf, poster_png

    content = poster_pdf(poster) if file.suffix.lower() == ".pdf" else poster_png(poster)
    with file.open("xb") as written:
        written.write(content)
    file.chmod(0o644)  # it is made to be shown to everybody
