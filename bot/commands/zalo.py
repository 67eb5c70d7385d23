"""`zalo authorise`, `zalo status`, `zalo templates`: tokens of the Official Account, their use, texts to approve."""

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.chosen import quiet_logs
from bot.settings.command_error import CommandError

if TYPE_CHECKING:
    from bot.channels.zalo_oa.account import Account
    from bot.settings.settings import Settings
    from bot.zalo.consent import Consent
    from registry.store.store import Store


def add_to(app: typer.Typer) -> None:
    """Put these commands on the command line."""
    group = typer.Typer(help="Manage the Zalo channels.", no_args_is_help=True, rich_markup_mode=None)
    group.command("authorise")(authorise)
    group.command("status")(status)
    group.command("templates")(templates)
    app.add_typer(group, name="zalo")


def authorise(
    ctx: typer.Context,
    code: Annotated[
        str, typer.Option("--code", help="The last address of the browser, or its code; without it you are asked.")
    ] = "",
) -> None:
    """Get the consent of an administrator of the Official Account, and store its tokens sealed."""
    from bot.settings.database import opened
    from bot.zalo.consent import ConsentError, begin, begun, missing
    from bot.zalo.tokens import has_consented

    settings = quiet_logs(ctx)
    if lacking := missing(settings):
        raise CommandError(lacking)
    now = datetime.now(UTC)
    with opened(settings) as store:
        try:
            left_over = asyncio.run(_finish(settings, store))
            if left_over is not None:
                _tell(settings, left_over)
                return
            if code:
                if store.read_now(begun, settings=settings, now=now) is None:
                    raise CommandError(
                        "No consent is open, or its day is over. Nothing was changed. "
                        "Begin without --code, which shows the link: ocopbot zalo authorise"
                    )
            else:
                _show(store.write_now(begin, settings=settings, now=now))
                code = _asked()
                if not code:
                    if not store.read_now(has_consented, since=now):
                        raise CommandError(
                            "No code was given. No tokens were changed, and the link stays good for a day. "
                            "Agree there; unless the page then says that all is done, run: "
                            "ocopbot zalo authorise --code ADDRESS"
                        )
                    print("The Official Account has consented in the browser; its tokens are stored sealed.")
                    return
            account = asyncio.run(_exchanged(settings, store, code))
        except ConsentError as trouble:
            raise CommandError(str(trouble)) from None
    _tell(settings, account)


async def _exchanged(settings: "Settings", store: "Store", code: str) -> "Account":
    from bot.serving.house import clock_for
    from bot.zalo.consent import complete, read_answer

    at = clock_for(settings, store).now().astimezone(UTC)
    return await complete(settings, store, read_answer(code), at=at)


async def _finish(settings: "Settings", store: "Store") -> "Account | None":
    from bot.serving.house import clock_for
    from bot.zalo.consent import finish

    return await finish(settings, store, at=clock_for(settings, store).now().astimezone(UTC))


def _show(consent: "Consent") -> None:
    print("1. In the console of the app, under Official Account, these have to be saved:")
    print(f"     Official Account Callback Url   {consent.callback}")
    print(f"     Code Challenge                  {consent.challenge}")
    print("2. An administrator of the Official Account opens this link within a day, and agrees:")
    print(f"     {consent.link}")
    print("3. The browser then ends at the callback url.  Where the bot runs, its page says that all is done.")
    words = "Where it does not, the page is missing: paste its address, whose code works once, within ten minutes."
    print(f"   {words}", flush=True)


def _asked() -> str:
    """Ask for the address; empty without an answer, or when none is needed."""
    question = "The whole address, or its code (nothing when the page says that all is done)"
    try:
        given: str = typer.prompt(question, err=True, default="", show_default=False)
    except typer.Abort:
        typer.echo(err=True)
        return ""
    return given.strip()


def _tell(settings: "Settings", account: "Account") -> None:
    from bot.channels.zalo_oa.settings import ZaloOA

    print(f"The Official Account {account.name} ({account.id}) has consented; its tokens are stored sealed.")
    print("A running bot uses them within two minutes, and sends the waiting messages.")
    given = settings.section(ZaloOA)
    if not given.enabled:
        print("The channel itself is not enabled yet: set zalo_oa.enabled, then run: ocopbot check")
    elif not given.oa_id:
        print(
            f"Write zalo_oa.oa_id: '{account.id}' into the configuration: tokens of another account are then refused."
        )


def status(ctx: typer.Context) -> None:
    """Show the stored facts of both Zalo channels and their rules for sending.  No request, no secret."""
    from bot.settings.database import opened
    from bot.zalo.status import lines

    settings = quiet_logs(ctx)
    with opened(settings) as store:
        for of, words in store.read_now(lines, settings=settings, now=datetime.now(UTC)):
            print(f"{of:12} {words}")


def templates(ctx: typer.Context) -> None:
    """Show the pack's texts to hand in to Zalo for approval, with the number of each approved one."""
    from bot.channels.zalo_oa.settings import KINDS, ZaloOA
    from bot.settings.faults import variable
    from bot.settings.settings import day_of
    from content.programme.pack import load_pack

    settings = quiet_logs(ctx)
    pack = load_pack(settings.pack, day_of(settings, datetime.now(UTC)))
    approved = settings.section(ZaloOA).templates()
    for kind, wording in pack.notice_templates.items():
        where = variable(f"zalo_oa.template_{kind}")
        print(f"{KINDS[kind]}: {approved[kind] or f'no number yet; once approved, set {where}'}")
        print(f"  title      {wording.title}")
        for words in wording.paragraphs:
            print(f"  paragraph  {words}")
        for hole, holds in wording.parameters.items():
            print(f"  parameter  {hole} ({holds})")
    for kind in sorted(set(KINDS) - set(pack.notice_templates)):
        print(f"{KINDS[kind]}: the pack has no wording; after a week of silence they wait until the person writes.")
