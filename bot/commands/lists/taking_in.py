"""
Take a checked list in: stage it, confirm it, apply it, each in slices; or compare it without a write.

A list is taken in whole or not at all.  Before its confirmation a stop gives it up.  After it the list is finished by
the next `ocopbot import`, or by the running program (decision 0029).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from bot.commands.slices import Slices
from bot.settings.command_error import CommandError
from content.programme.pack import Pack
from registry.imports import runs
from registry.imports.listed import Listed, ListedProduct
from registry.imports.outcomes import Report
from registry.imports.previewing import Preview
from registry.store.store import Store, StoreRefusesError
from registry.telling import local_day

LONG = 500
"""Rows from which a list shows its progress."""
STEPS = 20
"""Lines of progress of one step of a long list."""

Says = Callable[[str], None]


class TakingIn:
    """The way of a list into the database, for one command."""

    def __init__(
        self, store: Store, *, pack: Pack, now: Callable[[], datetime], says: Says, slices: Slices | None = None
    ) -> None:
        self._store = store
        self._pack = pack
        self._now = now
        self._says = says
        self.slices = Slices(store) if slices is None else slices

    def finish_earlier(self) -> Iterator[tuple[datetime, Report]]:
        """
        Finish a list that an earlier command confirmed, and yield the reports that no operator has seen.

        Staged rows of ended runs are deleted.  Idempotent.
        """
        unfinished = self._store.read_now(runs.open_run)
        if unfinished is not None:
            self._says("A list that was confirmed earlier is not taken in whole yet. It is finished first.")
            self._apply(unfinished)
        for one in self._store.read_now(runs.cut_short):
            when = one.begun_at.isoformat(timespec="minutes")
            self._says(
                f"A restore gave up the list of {when}: {one.taken} of {one.total} rows are taken in. "
                "Import that list again."
            )
            self._store.write_now(runs.tell, run_id=one.id, now=self._now())
        for one in self._store.read_now(runs.untold):
            yield one.begun_at, self._store.read_now(runs.report_of, one.id)
            self._store.write_now(runs.tell, run_id=one.id, now=self._now())
        while self.slices.write(lambda db, most: runs.clear(db, most=most)):
            pass

    def preview(self, rows: Sequence[Listed]) -> Report:
        """Compare a list with the database; only reads, so no lock is held."""
        numbers = {one.number for one in rows if isinstance(one, ListedProduct)}
        preview = Preview(self._pack, numbers=numbers, on=local_day(self._pack, self._now()))
        progress = self._progress(len(rows))
        for first in range(0, len(rows), LONG):
            self._store.read_now(preview.look, rows[first : first + LONG])
            progress(min(first + LONG, len(rows)))
        return preview.report

    def take(self, rows: Sequence[Listed]) -> Report:
        """Take a list in, whole; `CommandError` says how far it is when it is stopped or the database refuses."""
        run_id = self._staged(rows)
        self._apply(self._store.read_now(runs.run_of, run_id))
        report = self._store.read_now(runs.report_of, run_id)
        self._store.write_now(runs.tell, run_id=run_id, now=self._now())
        while self.slices.write(lambda db, most: runs.clear(db, most=most)):
            pass
        return report

    def _staged(self, rows: Sequence[Listed]) -> str:
        with self._told("Nothing was imported."):
            run_id = self._store.write_now(runs.begin, now=self._now())
            try:
                first = 0
                while first < len(rows):
                    first += self.slices.write(partial(_stage, run_id=run_id, rows=rows, first=first))
                self._store.write_now(runs.confirm, run_id=run_id, total=len(rows), now=self._now())
            except (KeyboardInterrupt, LookupError):
                self._store.write_now(runs.give_up, run_id=run_id)
                raise
        return run_id

    def _apply(self, run: runs.Run) -> None:
        progress = self._progress(run.total)
        taken = run.taken
        try:
            while run.state is runs.State.APPLYING:
                run = self.slices.write(partial(self._next, run.id))
                taken = run.taken
                progress(taken)
        except (KeyboardInterrupt, StoreRefusesError) as stop:
            raise CommandError(
                f"Stopped: {taken} of {run.total} rows are taken in. The list was confirmed and the rest follows: by "
                "the running program, or at once with: ocopbot import --continue"
            ) from stop

    def _next(self, run_id: str, db: Connection, most: int) -> runs.Run:
        return runs.take_slice(db, pack=self._pack, run_id=run_id, most=most, now=self._now())

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        try:
            yield
        except KeyboardInterrupt:
            raise CommandError(f"Stopped. {what}") from None
        except StoreRefusesError as trouble:
            raise CommandError(f"The database cannot take anything now. {what} Run it again.") from trouble
        except LookupError:
            raise CommandError(f"Another import began meanwhile. {what} Run it again.") from None
        except runs.RunOpenError:
            raise CommandError(
                f"Another import is taking its list in. {what} Run it again when that one has ended."
            ) from None

    def _progress(self, total: int) -> Callable[[int], None]:
        """Return what shows how many rows are done, in at most `STEPS` lines; a short list shows nothing."""
        shown = 0

        def show(done: int) -> None:
            nonlocal shown
            step = done * STEPS // total if total >= LONG else 0
            if step > shown:
                shown = step
                self._says(f"{dotted(done)}/{dotted(total)} rows")

        return show


def _stage(db: Connection, most: int, *, run_id: str, rows: Sequence[Listed], first: int) -> int:
    """Stage the next rows and return their number."""
    runs.stage(db, run_id=run_id, first=first, rows=rows[first : first + most])
    return min(most, len(rows) - first)


def dotted(count: int) -> str:
    """Write a number with a dot between thousands, as the offices do."""
    return f"{count:,}".replace(",", ".")
