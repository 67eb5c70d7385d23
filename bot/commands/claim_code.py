"""`claim-code`: a one-time code that hands an entity the office entered first to its person."""

from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.chosen import Words, quiet_logs, words_of
from bot.settings.command_error import CommandError
from content.actions.claims import ClaimByCode
from content.actions.producers import StartInvited

if TYPE_CHECKING:
    from content.programme.pack import Pack
    from registry.identity.joining import Unclaimed


def add_to(app: typer.Typer) -> None:
    """Put this command on the command line."""
    app.command("claim-code")(claim_code)


def claim_code(
    ctx: typer.Context,
    entity: Annotated[
        str, typer.Argument(help="The office's number of the entity, or the code of one of its applications.")
    ] = "",
) -> None:
    """
    Create a one-time code to read out to an entity's person.  Without an entity, list those that nobody has claimed.

    The code works once, within 24 hours, and is shown only here.  A newer code ends the earlier ones.
    """
    from datetime import UTC

    from bot.serving.house import clock_for
    from bot.settings.clock import VIETNAM
    from bot.settings.database import opened
    from content.programme.pack import load_pack
    from registry.identity import claiming
    from registry.identity.joining import HasOwnerError
    from registry.people.roles import OPERATOR, NotAllowedError
    from registry.store.codes import tidy_code

    settings = quiet_logs(ctx)
    with opened(settings) as store:
        now = clock_for(settings, store).now().astimezone(UTC)
        pack = load_pack(settings.pack, now.astimezone(VIETNAM).date())
        if not entity:
            print_unclaimed(pack, store.read_now(claiming.unclaimed_everywhere), words_of(ctx))
            return
        found = store.read_now(claiming.entity_named, tidy_code(entity) or entity)
        if found is None:
            raise CommandError(f"No entity has the number {entity!r}. Nothing was done. List them: ocopbot claim-code")
        try:
            code, of = store.write_now(claiming.claim_code, pack=pack, entity_id=found.id, by=OPERATOR, now=now)
        except HasOwnerError:
            raise CommandError(
                f"{entity} has somebody already. Nothing was done. Its owner can invite a helper with /moinguoi."
            ) from None
        except NotAllowedError:
            raise CommandError(f"The person of {entity} was erased. Nothing was done.") from None
    print(ClaimByCode(code).command)
    print(f"Or: {StartInvited(code).command}")
    print(
        f"The person who sends this line to the bot within 24 hours takes over {of.entity.name}, "
        f"{pack.places.full_name(of.entity.place)}. Call them first, and read the code out."
    )


def print_unclaimed(pack: "Pack", found: "tuple[Unclaimed, ...]", words: Words, count: int | None = None) -> None:
    """Print the entities that nobody has claimed, one per line; `count` where there are more than those."""
    if not found:
        print(words.message("Every entity has somebody."))
        return
    count = len(found) if count is None else count
    print(words.message(f"{count} entities have nobody yet. A code for one: ocopbot claim-code NUMBER"))
    for one in found:
        print(f"       {one.number or one.entity.id}  {one.entity.name}, {pack.places.full_name(one.entity.place)}")
    if count > len(found):
        print(words.message(f"       and {count - len(found)} more; all of them: ocopbot claim-code"))
