"""The parts of a run under pressure, each by its name."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.hard.pressure import floods, growing, outages, sending_again, unreachable
from tests.hard.pressure.report import Line


@dataclass(frozen=True, slots=True)
class Size:
    """How long and how much: two cores need about fifteen minutes for the usual one."""

    rounds: int = 3
    seconds: float = 8.0
    away: float = 12.0
    many: int = 100_000


Part = Callable[[Path, Size], Awaitable[Sequence[Line]]]


async def _flood(folder: Path, size: Size) -> Sequence[Line]:
    return await floods.run_floods(folder, ("account", "web"), rounds=size.rounds, seconds=size.seconds)


async def _idle(folder: Path, size: Size) -> Sequence[Line]:
    return await floods.run_floods(folder, ("idle",), rounds=size.rounds, seconds=size.seconds)


async def _locks(folder: Path, size: Size) -> Sequence[Line]:
    return [
        await outages.run_lock(folder / "lock", away=size.away),
        await sending_again.run_sending_again(folder / "again", away=size.away),
    ]


async def _freezes(folder: Path, size: Size) -> Sequence[Line]:
    return [await outages.run_freeze(folder, away=size.away)]


async def _full_disk(folder: Path, size: Size) -> Sequence[Line]:
    return [await outages.run_full_disk(folder, away=size.away)]


async def _unreachable(folder: Path, size: Size) -> Sequence[Line]:
    return await unreachable.run_unreachable(folder, rounds=size.rounds, seconds=size.seconds)


async def _growth(folder: Path, size: Size) -> Sequence[Line]:
    return await growing.run_growth(folder, many=size.many, rounds=size.rounds, seconds=size.seconds)


PARTS: dict[str, Part] = {
    "floods": _flood,
    "locks": _locks,
    "freezes": _freezes,
    "idle": _idle,
    "unreachable": _unreachable,
    "disk": _full_disk,
    "growth": _growth,
}
