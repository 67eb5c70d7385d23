"""A fault in what is said: where it stands, what is wrong, how it is mended."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing to mend.  Line 0 means the file as a whole."""

    file: str
    line: int
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what} {self.remedy}"


class PackFaultsError(Exception):
    """A pack that cannot be served as it is.  Nothing was changed; all its faults are listed at once."""

    def __init__(self, pack: str, faults: tuple[str, ...]) -> None:
        listed = "\n".join(faults)
        super().__init__(f"Pack {pack} has {len(faults)} fault(s), and nothing was loaded. Mend them all:\n{listed}")
        self.pack = pack
        self.faults = faults
