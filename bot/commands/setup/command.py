"""The command: its options, what is shown first, and where it ends."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.chosen import words_of
from bot.commands.setup.configuration_file import file_of
from bot.settings.command_error import CommandError

if TYPE_CHECKING:
    from bot.commands.chosen import Words
    from bot.commands.setup.scene import Scene


def add_to(app: typer.Typer) -> None:
    """Put this command on the command line."""
    app.command("setup")(setup)


def setup(
    ctx: typer.Context,
    step: Annotated[str, typer.Option("--step", help="Do one step again, such as people.")] = "",
) -> None:
    """
    Lead through the configuration: office, address, key, channels, trial, people, posters.

    Every answer is written at once, so it can be left and resumed at any question.  It writes to nobody.
    """
    from bot.commands.setup.steps import STEPS
    from bot.commands.setup.steps.start import serve
    from bot.commands.setup.terminal import LeftError
    from bot.commands.setup.walking import walk

    words = words_of(ctx, usual="vi")
    names = [one.name for one in STEPS]
    if step and step not in names:
        raise CommandError(words.say("setup.no_such_step", step=step, steps=", ".join(names)))
    file = file_of(ctx)
    scene = _scene(words, file)
    terminal = scene.terminal
    terminal.say("setup.resumed" if scene.progress.answered else "setup.welcome", file=file)
    if step:
        scene.progress.reopen(step)
    try:
        walk(scene, STEPS, only=step)
        if not step:
            serve(scene)
    except LeftError:
        terminal.say("setup.left")


def _scene(words: "Words", file: Path) -> "Scene":
    """Make the configuration where there is none, and the data folder; read what was answered before."""
    from bot.commands.setup.progress import Progress
    from bot.commands.setup.scene import SAMPLE, Scene
    from bot.commands.setup.terminal import Terminal
    from bot.serving.configuration import load_settings
    from bot.settings.database import folder_for
    from bot.settings.logs import start_logging
    from bot.settings.writing import write_privately

    try:
        if not file.exists():
            write_privately(file, SAMPLE.read_text("utf-8") if SAMPLE.is_file() else "")
        settings = load_settings(file)
        folder_for(settings)
        (settings.data_dir / "secrets").mkdir(mode=0o700, exist_ok=True)
    except OSError as trouble:
        where = trouble.filename or file
        raise CommandError(words.say("setup.not_writable", file=where, why=trouble.strerror)) from trouble
    start_logging(secrets=settings.secrets(), level="ERROR", shape="text")
    return Scene(Terminal(words), file, Progress.read(settings.data_dir))
