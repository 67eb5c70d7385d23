"""`deliveries`: the dead-lettered messages, and queueing them again once the cause is fixed."""

from datetime import timedelta
from typing import Annotated

import typer

from bot.commands.chosen import quiet_logs


def add_to(app: typer.Typer) -> None:
    """Put this command on the command line."""
    app.command("deliveries")(deliveries)


def deliveries(
    ctx: typer.Context,
    days: Annotated[int, typer.Option("--days", min=1, help="How many days back.")] = 7,
    again: Annotated[bool, typer.Option("--again", help="Queue refused decisions and reminders again.")] = False,
) -> None:
    """
    Show the messages that were refused, given up, doubtful or waiting, with the reason, and the paused channels.

    Officials repeat a broadcast from its report.  A doubtful message may have arrived.
    """
    settings = quiet_logs(ctx)
    from bot.serving.house import clock_for
    from bot.settings.database import opened
    from registry.deliveries.channel_pauses import channel_pauses
    from registry.deliveries.dead_letters import DEAD, UNREACHABLE, dead_letters, enqueue_again, late_letters

    with opened(settings) as store:
        now = clock_for(settings, store).now()
        since = now - timedelta(days=days)
        dead = store.read_now(dead_letters, since=since, states=(*DEAD, *UNREACHABLE))
        late, pauses = store.read_now(late_letters), store.read_now(channel_pauses, now=now)
        for pause in pauses:
            print(f"{pause.channel}: {pause.words}")
        for waiting in late:
            reason = " ".join(waiting.reason.split()) or "until the person writes"
            until = "" if waiting.state == "held" else f" (tried {waiting.next_at.isoformat(timespec='minutes')})"
            name = "held" if waiting.state == "held" else "waits"
            print(f"{waiting.count:6} {waiting.channel:10} {waiting.kind:10} {name:11} {reason}{until}")
        if not dead and (late or pauses):
            return
        if not dead:
            print(f"Every message of the last {days} days arrived, or is still on its way.")
            return
        for one in dead:
            newest = one.newest.isoformat(timespec="minutes")
            reason = " ".join(one.reason.split())
            print(f"{one.count:6} {one.channel:10} {one.kind:10} {one.state:11} {newest}  {reason}")
        if not again:
            print("Once the cause is fixed, queue decisions and reminders again: ocopbot deliveries --again")
            return
        pending = store.write_now(enqueue_again, since=since, now=now)
    print(f"{pending} are queued again; a running bot sends them within seconds.")
