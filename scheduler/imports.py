"""Imports: finish an office's list whose command was cut off after its confirmation."""

from datetime import datetime, timedelta

from content.programme.pack import Pack
from registry.imports import runs
from registry.store.store import Store

IDLE = timedelta(minutes=2)
"""Without a slice for so long, the command of a run is taken to be gone."""
ROWS = 5
"""Rows of one unit of work: some milliseconds, so that turns get in between."""


async def finish(store: Store, *, pack: Pack, now: datetime) -> dict[str, int]:
    """Take in the rest of a confirmed list that nobody has touched for `IDLE`.  Idempotent; its report waits."""
    run = await store.read(runs.open_run)
    if run is None or run.touched_at > now - IDLE:
        return {"rows": 0}
    before = run.taken
    while run.state is runs.State.APPLYING:
        run = await store.write(runs.take_slice, pack=pack, run_id=run.id, most=ROWS, now=now)
    return {"rows": run.taken - before}
