"""Files of the platform: identifiers, sizes of pictures, links that end."""

import base64
import hashlib
import struct
from dataclasses import dataclass
from typing import Any

from .refusals import bad

LINK_SECONDS = 3600.0
PHOTO_BYTES = 10_000_000
DOCUMENT_BYTES = 50_000_000
DOWNLOAD_BYTES = 20_000_000
PHOTO_SIDES = 10_000
PHOTO_RATIO = 20
_THUMBNAILS = (90, 320, 800, 1280)
_EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "audio/ogg": "oga", "image/webp": "webp"}


@dataclass(frozen=True, slots=True)
class StoredFile:
    """
    One file; `file_id` is good for this bot only, `unique` is the same for the same content.

    `size` is what the platform says: tests of the download limit need no real twenty megabytes.
    """

    file_id: str
    unique: str
    folder: str
    name: str
    kind: str
    content: bytes
    size: int

    def as_json(self) -> dict[str, Any]:
        return {"file_id": self.file_id, "file_unique_id": self.unique, "file_size": self.size}

    def document_json(self) -> dict[str, Any]:
        return {"file_name": self.name, "mime_type": self.kind, **self.as_json()}


class Files:
    """All files that people and the bot have sent; the limits may be lowered, to try them with less."""

    def __init__(self) -> None:
        self.photo_bytes = PHOTO_BYTES
        self.document_bytes = DOCUMENT_BYTES
        self.download_bytes = DOWNLOAD_BYTES
        self._files: dict[str, StoredFile] = {}
        self._links: dict[str, tuple[str, float]] = {}

    def keep(
        self, content: bytes, *, folder: str, name: str, kind: str, size: int | None = None, variant: str = ""
    ) -> StoredFile:
        """Store a file; the same content twice gives two identifiers and one `file_unique_id`."""
        digest = hashlib.sha256(variant.encode() + content).digest()
        number = len(self._files)
        prefix = {"photos": "AgACAgUAAxkBAA", "voice": "AwACAgUAAxkBAA", "stickers": "CAACAgUAAxkBAA"}
        stored = StoredFile(
            prefix.get(folder, "BQACAgUAAxkBAA") + _word(struct.pack(">I", number) + digest[:21]),
            prefix.get(folder, "BQAC")[:2] + "AD" + _word(digest[:9]),
            folder,
            name,
            kind,
            content,
            len(content) if size is None else size,
        )
        self._files[stored.file_id] = stored
        return stored

    def known(self, file_id: str) -> StoredFile:
        """The file of an identifier that this bot has seen."""
        try:
            return self._files[file_id]
        except KeyError:
            raise bad("wrong file identifier/HTTP URL specified") from None

    def link(self, file_id: str, now: float) -> dict[str, Any]:
        """The answer of `getFile`; the link is valid for an hour."""
        stored = self._files.get(file_id)
        if stored is None:
            raise bad("invalid file_id")
        if stored.size > self.download_bytes:
            raise bad("file is too big")
        number = list(self._files).index(file_id)
        extension = stored.name.rsplit(".", 1)[-1] if "." in stored.name else _EXTENSIONS.get(stored.kind, "")
        path = f"{stored.folder}/file_{number}" + (f".{extension}" if extension else "")
        self._links[path] = (file_id, now + LINK_SECONDS)
        return {**stored.as_json(), "file_path": path}

    def download(self, path: str, now: float) -> StoredFile | None:
        """The file behind a link; none once it has ended."""
        file_id, ends = self._links.get(path, ("", 0.0))
        return self._files[file_id] if file_id and now <= ends else None

    def keep_photo(self, content: bytes, *, strict: bool) -> list[dict[str, Any]]:
        """
        Store a photo in the sizes that the platform would make, smallest first.

        All sizes hold the original bytes: no picture is really scaled.  `strict` refuses what the
        platform refuses to a bot.
        """
        sides = picture_sides(content)
        if sides is None:
            if strict:
                raise bad("IMAGE_PROCESS_FAILED")
            sides = (1280, 960)
        width, height = sides
        ratio = max(sides) / max(1, min(sides))
        if strict and (width + height > PHOTO_SIDES or ratio > PHOTO_RATIO or min(sides) == 0):
            raise bad("PHOTO_INVALID_DIMENSIONS")
        if strict and len(content) > self.photo_bytes:
            raise bad(
                f"file of size {len(content)} bytes is too big for a photo; "
                f"the maximum size is {self.photo_bytes} bytes"
            )
        largest = max(sides)
        wanted = [side for side in _THUMBNAILS if side < largest] + ([largest] if largest <= _THUMBNAILS[-1] else [])
        sizes = []
        for side in wanted:
            kept = self.keep(
                content, folder="photos", name="", kind="image/jpeg", variant=str(side),
                size=max(1, len(content) * side // largest),
            )  # fmt: skip
            scaled = {"width": max(1, width * side // largest), "height": max(1, height * side // largest)}
            sizes.append({**kept.as_json(), **scaled})
        return sizes


def _word(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def picture_sides(content: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG, GIF or JPEG; None for any other content."""
    if content.startswith(b"\x89PNG\r\n\x1a\n") and len(content) >= 24:
        width, height = struct.unpack(">II", content[16:24])
        return width, height
    if content[:6] in (b"GIF87a", b"GIF89a") and len(content) >= 10:
        width, height = struct.unpack("<HH", content[6:10])
        return width, height
    if not content.startswith(b"\xff\xd8"):
        return None
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        at += 2 + struct.unpack(">H", content[at + 2 : at + 4])[0]
    return None
