"""The lines of the table that a run prints."""

from collections.abc import Sequence
from dataclasses import dataclass

ENOUGH = 700
"""Letters of an error that tell where it is from."""


@dataclass(frozen=True, slots=True)
class Line:
    """One promise: under what it was tried, what was counted, whether it was kept."""

    pressure: str
    kept: bool
    counted: str

    def __str__(self) -> str:
        return f"{'kept' if self.kept else 'BROKEN':7}{self.pressure:46}{self.counted}"


def of_the_log(part: str, faults: Sequence[str]) -> list[Line]:
    """A broken line for errors in the program's log, with the end of the first; none without errors."""
    if not faults:
        return []
    return [Line(f"{part}: the log", kept=False, counted=f"{len(faults)} errors, first …{faults[0][-ENOUGH:]}")]


def table(lines: Sequence[Line]) -> str:
    """The lines as a table of Markdown, for docs/figures.md."""
    rows = [f"| {line.pressure} | {line.counted} | {'yes' if line.kept else 'no'} |" for line in lines]
    return "\n".join(["| under what | counted | kept |", "| --- | --- | --- |", *rows])
