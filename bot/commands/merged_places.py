"""`move-places`: rows under an abolished place, moved to its successor or listed for a decision."""

from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.chosen import quiet_logs

if TYPE_CHECKING:
    from sqlalchemy import Connection


def add_to(app: typer.Typer) -> None:
    """Put this command on the command line."""
    app.command("move-places")(move_places)


def move_places(
    ctx: typer.Context,
    apply: Annotated[bool, typer.Option("--apply", help="Move them; without it they are only listed.")] = False,
    roles: Annotated[bool, typer.Option("--roles", help="Also roles, which may then reach over more places.")] = False,
) -> None:
    """List the rows of abolished places, from people to papers; with --apply move them to the successor."""
    from bot.commands.slices import Slices
    from bot.serving.house import clock_for
    from bot.settings.clock import VIETNAM
    from bot.settings.database import opened
    from content.programme.pack import load_pack
    from registry.identity import merged_places

    settings = quiet_logs(ctx)
    with opened(settings) as store:
        now = clock_for(settings, store).now()
        pack = load_pack(settings.pack, now.astimezone(VIETNAM).date())

        def one_slice(db: "Connection", most: int) -> merged_places.Moved:
            return merged_places.move_slice(db, pack=pack, with_roles=roles, now=now, most=most)

        done: dict[str, int] = {}
        slices = Slices(store)
        while apply and (moved := slices.write(one_slice)).total:
            for noun, count in moved.rows.items():
                done[noun] = done.get(noun, 0) + count
            print(f"moved so far: {sum(done.values())}")
        left = store.read_now(merged_places.abolished, pack=pack)
    for noun, count in sorted(done.items()):
        print(f"{noun}: {count} moved.")
    for one in left:
        counts = ", ".join(f"{count} {noun}" for noun, count in sorted(one.rows.items()))
        print(
            f"{one.code}: {counts}. {_advice(pack.places.full_name(one.successor) if one.successor else '', one.code)}"
        )
    if not left:
        print("Every place is valid. Nothing is left to decide.")


def _advice(name: str, code: str) -> str:
    if name:
        return f"Successor: {name}. Move with --apply; roles only with --roles."
    return f"{code} has no single successor. Decide for each: revoke and invite again, or ask the person."
