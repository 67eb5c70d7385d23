"""The lines of the table that a run prints."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One promise: under what it was tried, what was counted, whether it was kept."""

    pressure: str
    kept: bool
    counted: str

    def __str__(self) -> str:
        return f"{'kept' if self.kept else 'BROKEN':7}{self.pressure:46}{self.counted}"


def table(lines: Sequence[Line]) -> str:
    """The lines as a table of Markdown, for docs/figures.md."""
    rows = [f"| {line.pressure} | {line.counted} | {'yes' if line.kept else 'no'} |" for line in lines]
    return "\n".join(["| under what | counted | kept |", "| --- | --- | --- |", *rows])
