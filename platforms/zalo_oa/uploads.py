"""Pictures and papers: what the account uploads, and what people send."""

import hashlib
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from .refusals import invalid, refused

KEPT_SECONDS = 7 * 24 * 3600
PER_MONTH = 5000
LARGEST_IMAGE = 1_000_000
LARGEST_GIF = 5_000_000
LARGEST_FILE = 5_000_000
_STARTS = {
    "jpg": b"\xff\xd8\xff",
    "png": b"\x89PNG\r\n\x1a\n",
    "gif": b"GIF8",
    "pdf": b"%PDF",
    "doc": b"\xd0\xcf\x11\xe0",
    "docx": b"PK\x03\x04",
}


@dataclass(frozen=True, slots=True)
class Stored:
    """One file on the platform; `kind` is image, gif or file."""

    token: str
    kind: str
    name: str
    content: bytes
    at: float


class Uploads:
    """
    The uploads of the account; ids and tokens expire after 7 days.

    With `csv` a CSV is a paper too, as on the newer pages.
    """

    def __init__(self, clock: Callable[[], float], *, per_month: int = PER_MONTH, csv: bool = True) -> None:
        self.stored: dict[str, Stored] = {}
        self.per_month = per_month
        self._clock = clock
        self._csv = csv
        self._numbers = itertools.count(1)
        self._months: dict[str, int] = {}

    def add(self, kind: str, name: str, content: bytes) -> Stored:
        """Take an upload, or refuse its type, its size or the month."""
        ending = name.lower().rpartition(".")[2]
        ending = "jpg" if ending == "jpeg" else ending
        allowed = {"image": ("jpg", "png"), "gif": ("gif",), "file": ("pdf", "doc", "docx")}[kind]
        is_csv = kind == "file" and ending == "csv" and self._csv
        if not is_csv and (ending not in allowed or not content.startswith(_STARTS[ending])):
            raise invalid("file")
        if not content or len(content) > {"image": LARGEST_IMAGE, "gif": LARGEST_GIF, "file": LARGEST_FILE}[kind]:
            raise refused(-210)
        month = datetime.fromtimestamp(self._clock(), UTC).strftime("%Y-%m")
        if self._months.get(month, 0) >= self.per_month:
            raise refused(-211)
        self._months[month] = self._months.get(month, 0) + 1
        token = hashlib.sha256(f"{kind}{next(self._numbers)}".encode()).hexdigest()[:40]
        self.stored[token] = Stored(token, kind, name, content, self._clock())
        return self.stored[token]

    def get(self, token: object, field: str, *kinds: str) -> Stored:
        """A file that may still be sent."""
        stored = self.stored.get(token) if isinstance(token, str) else None
        if stored is None or stored.kind not in kinds:
            raise invalid(field)
        if self._clock() >= stored.at + KEPT_SECONDS:
            raise refused(-100)
        return stored


class Media:
    """Files that people send; the bot downloads them by address."""

    def __init__(self) -> None:
        self.base_url = ""
        self._files: dict[str, tuple[bytes, str]] = {}

    def keep(self, content: bytes, name: str, kind: str) -> str:
        """Store bytes and answer with their address."""
        path = f"{hashlib.md5(content).hexdigest()[:12]}{len(self._files)}/{name}"
        self._files[path] = (content, kind)
        return f"{self.base_url}/media/{path}"

    def get(self, path: str) -> tuple[bytes, str] | None:
        """Bytes and content type."""
        return self._files.get(path)
