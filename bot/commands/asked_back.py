"""`asked-back`: the questions that were asked back, and what people pressed, for the pack's editor."""

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.chosen import quiet_logs, words_of

if TYPE_CHECKING:
    from content.programme.pack import Pack
    from registry.answers.asked_back import Choice


def add_to(app: typer.Typer) -> None:
    """Put this command on the command line."""
    app.command("asked-back")(asked_back)


def asked_back(
    ctx: typer.Context,
    days: Annotated[int, typer.Option("--days", min=1, max=365, help="Look at so many days.")] = 30,
) -> None:
    """
    List the questions that were asked back, without names, with what was shown and what was pressed.

    A press may mean that a phrasing is missing in the pack.  Nothing changes by itself.
    """
    from bot.serving.house import clock_for
    from bot.settings.clock import VIETNAM
    from bot.settings.database import opened
    from content.programme.pack import load_pack
    from registry.answers.asked_back import asked_back_lately

    settings, words = quiet_logs(ctx), words_of(ctx)
    with opened(settings) as store:
        now = clock_for(settings, store).now()
        pack = load_pack(settings.pack, now.astimezone(VIETNAM).date())
        found = store.read_now(asked_back_lately, since=now - timedelta(days=days))
    pressed = sum(one.pressed is not None for one in found)
    print(words.message(f"{len(found)} questions were asked back in {days} days; a choice was pressed for {pressed}."))
    counted = Counter((one.text, one.shown, one.pressed) for one in found)
    for (text, shown, chosen), times in counted.most_common():
        titles = " | ".join(f"[{_title(pack, one)}]" if one == chosen else _title(pack, one) for one in shown)
        print(f"{times} × {text}\t{titles}")


def _title(pack: "Pack", choice: "Choice") -> str:
    """The id of a topic, as the pack's phrasings name it; an office's answer by its id."""
    return choice.id if choice.kind == "topic" and choice.id in pack.topics else f"{choice.kind}:{choice.id}"
