"""
The kind of a file by its first bytes, and pictures without the place where they were taken.

Nothing is decoded: segments are walked by their lengths, and those that may hold a position, a name or a date are
left out.
"""

import struct
from collections.abc import Iterator

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_DROPPED = {b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"}
_WEBP_DROPPED = {b"EXIF", b"XMP "}


class BrokenFileError(Exception):
    """The bytes begin like a picture and then break off; nothing was kept."""


def kind_of(content: bytes) -> str | None:
    """The media type of a file we take (jpg, png, webp, pdf, docx, and sounds), by its bytes and never by its name."""
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(_PNG):
        return "image/png"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content.startswith(b"%PDF-"):
        return "application/pdf"
    if (sound := _sound_of(content)) is not None:
        return sound
    # the names of a zip's members are readable in its bytes; it is not opened
    if content.startswith(b"PK\x03\x04") and b"[Content_Types].xml" in content and b"word/document.xml" in content:
        return "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    return None


def _sound_of(content: bytes) -> str | None:
    """
    The media type of a voice as the platforms deliver it; None for all else.

    Telegram sends Ogg.  Zalo sends AMR (RFC 4867, section 5) or AAC in ADTS frames, its phones also M4A.
    """
    if content.startswith(b"OggS"):
        return "audio/ogg"
    if content.startswith((b"#!AMR\n", b"#!AMR-WB\n")):
        return "audio/amr"
    if content[4:11] == b"ftypM4A":
        return "audio/mp4"
    head = content[:2]
    if len(head) == 2 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:
        return "audio/aac"
    if content.startswith(b"ID3") or (len(head) == 2 and head[0] == 0xFF and head[1] & 0xFE in {0xFA, 0xF2}):
        return "audio/mpeg"
    return None


def bare(content: bytes) -> bytes:
    """The file without EXIF, comments and what trails behind the picture; other kinds stay as they are."""
    try:
        match kind_of(content):
            case "image/jpeg":
                return b"".join(_jpeg(content))
            case "image/png":
                return b"".join(_png(content))
            case "image/webp":
                return _webp(content)
            case _:
                return content
    except (IndexError, struct.error) as trouble:
        raise BrokenFileError("The picture ends in the middle. Nothing was kept.") from trouble


def _jpeg(content: bytes) -> Iterator[bytes]:
    yield content[:2]
    at = 2
    while True:
        if content[at] != 0xFF:
            raise BrokenFileError("The picture's parts do not join. Nothing was kept.")
        mark = content[at + 1]
        if mark == 0xFF:  # a filling byte
            at += 1
            continue
        if mark == 0xD9:  # the end; trailing bytes are not part of the picture
            yield b"\xff\xd9"
            return
        end = at + 2 + struct.unpack_from(">H", content, at + 2)[0]
        if end > len(content):
            raise IndexError(end)
        part = content[at:end]
        if _jpeg_keeps(mark, part):
            yield part
        at = end
        if mark == 0xDA:  # the picture itself runs to the next mark that is neither stuffed nor a restart
            scan = at
            while not (content[at] == 0xFF and content[at + 1] not in {0x00, *range(0xD0, 0xD8)}):
                following = content.find(b"\xff", at + 1)
                if following < 0:
                    raise IndexError(at)
                at = following
            yield content[scan:at]


def _jpeg_keeps(mark: int, part: bytes) -> bool:
    if mark == 0xE2:
        return part[4:16] == b"ICC_PROFILE\0"  # colours
    if mark in {0xE0, 0xEE}:  # the frame's own header, and the colour transform
        return True
    return not (0xE1 <= mark <= 0xEF or mark == 0xFE)


def _png(content: bytes) -> Iterator[bytes]:
    yield _PNG
    at = len(_PNG)
    while True:
        length, name = struct.unpack_from(">I4s", content, at)
        end = at + 12 + length
        if end > len(content):
            raise IndexError(end)
        if name not in _PNG_DROPPED:
            yield content[at:end]
        if name == b"IEND":
            return
        at = end


def _webp(content: bytes) -> bytes:
    at, last, kept = 12, min(len(content), 8 + struct.unpack_from("<I", content, 4)[0]), []
    while at < last:
        name, length = struct.unpack_from("<4sI", content, at)
        end = at + 8 + length + (length & 1)
        if at + 8 + length > len(content):
            raise IndexError(end)
        part = bytearray(content[at:end])
        if name == b"VP8X":
            part[8] &= ~0x0C & 0xFF  # EXIF and XMP are left out
        if name not in _WEBP_DROPPED:
            kept.append(bytes(part))
        at = end
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body
