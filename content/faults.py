"""A fault in a pack or a catalog: its place, what is wrong, and the remedy."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing to fix.  Line 0 means the file as a whole."""

    file: str
    line: int
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what} {self.remedy}"


class PackFaultsError(Exception):
    """A pack with faults, which cannot be served.  Nothing was changed; all faults are listed at once."""

    def __init__(self, pack: str, faults: tuple[str, ...]) -> None:
        listed = "\n".join(faults)
        super().__init__(f"Pack {pack} has {len(faults)} fault(s), and nothing was loaded. Correct them all:\n{listed}")
        self.pack = pack
        self.faults = faults
