"""Reads back what our papers say: the text of a PDF, of a DOCX, and the dots of a PNG."""

import re
import struct
import zlib
from io import BytesIO
from xml.etree import ElementTree as ET
from zipfile import ZipFile

BOX = "\ufffd"  # put by our reader where the page shows an empty box
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def pdf_pages(pdf: bytes) -> list[str]:
    """The text of each page, by the ToUnicode tables of its fonts; enough for the files the typesetter writes."""
    parts = {int(number): body for number, body in re.findall(rb"(\d+) 0 obj\n(.*?)\nendobj", pdf, re.DOTALL)}

    def stream(number: int) -> bytes:
        return zlib.decompress(parts[number].split(b"stream\n", 1)[1].rsplit(b"\nendstream", 1)[0])

    def table(font: int) -> dict[int, str]:
        found = re.search(rb"/ToUnicode (\d+) 0 R", parts[font])
        assert found
        return {
            int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be")
            for code, text in re.findall(rb"<([0-9A-F]{4})> <([0-9A-F]+)>\n", stream(int(found[1])))
        }

    pages = []
    (kids,) = re.findall(rb"/Type/Pages/Count \d+/Kids\[([^]]*)\]", pdf)
    for page in (parts[int(number)] for number in re.findall(rb"(\d+) 0 R", kids)):
        resources = parts[int(re.findall(rb"/Resources (\d+)", page)[0])]
        fonts = {name: table(int(number)) for name, number in re.findall(rb"/(f\d+) (\d+) 0 R", resources)}
        (content,) = re.findall(rb"/Contents (\d+)", page)
        pages.append(_said(stream(int(content)), fonts))
    return pages


_IN = rb"(?:\\.|[^\\()])"
_STRING = rb"\(" + _IN + rb"*\)"
for _ in range(4):  # parentheses stand unescaped inside a string as long as they pair
    _STRING = rb"\((?:" + _IN + rb"|" + _STRING + rb")*\)"
_TEXT = rb"(?:" + _STRING + rb"|<[0-9A-Fa-f]*>)"
_TOKEN = re.compile(
    rb"/(?P<font>f\d+) [\d.]+ Tf"
    rb"|/\w+\s*<<(?P<span>(?:" + _STRING + rb"|<[0-9A-Fa-f]*>|[^()<>])*)>>\s*BDC"
    rb"|(?P<plain>/\w+ BMC)"
    rb"|(?P<end>EMC)"
    rb"|(?P<shown>\[(?:" + _TEXT + rb"|[-\d.\s])*\]TJ|" + _TEXT + rb"Tj)",
    re.DOTALL,
)


def _said(content: bytes, fonts: dict[bytes, dict[int, str]]) -> str:
    said: list[str] = []
    spans: list[bool] = []
    font = b""
    for token in _TOKEN.finditer(content):
        if token["font"]:
            font = token["font"]
        elif token["end"]:
            spans.pop()
        elif token["plain"]:
            spans.append(False)
        elif token["shown"] is None:
            actual = re.search(rb"/ActualText\s*(" + _TEXT + rb")", token["span"], re.DOTALL)
            spans.append(bool(actual))
            if actual:
                text = _bytes(actual[1])
                said.append(text[2:].decode("utf-16-be") if text[:2] == b"\xfe\xff" else text.decode("latin-1"))
        elif not any(spans):
            for text in re.findall(_TEXT, token["shown"], re.DOTALL):
                said += [
                    fonts[font].get(code, BOX) if code else BOX for (code,) in struct.iter_unpack(">H", _bytes(text))
                ]
        if token["end"] and not spans:
            said.append("\n")
    return "".join(said)


def _bytes(text: bytes) -> bytes:
    return bytes.fromhex(text[1:-1].decode()) if text.startswith(b"<") else _unescaped(text[1:-1])


_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def _unescaped(text: bytes) -> bytes:
    def plain(found: re.Match[bytes]) -> bytes:
        mark = found[1]
        return bytes([int(mark, 8)]) if mark[:1].isdigit() else _ESCAPES.get(mark, mark)

    return re.sub(rb"\\([0-7]{1,3}|.)", plain, text, flags=re.DOTALL)


def docx_text(docx: bytes) -> str:
    """All paragraphs of the body, the headers and the footers; a tab stands for a dotted line."""
    lines = []
    with ZipFile(BytesIO(docx)) as parts:
        for name in sorted(parts.namelist()):
            if re.fullmatch(r"word/(document|header\d*|footer\d*)\.xml", name):
                for paragraph in ET.fromstring(parts.read(name)).iter(f"{_WORD}p"):
                    marks = {f"{_WORD}tab": "\t", f"{_WORD}br": "\n"}
                    lines.append(
                        "".join(
                            piece.text or "" if piece.tag == f"{_WORD}t" else marks.get(piece.tag, "")
                            for run in paragraph.iter(f"{_WORD}r")
                            for piece in run
                        )
                    )
    return "\n".join(lines)


def png_dots(png: bytes) -> list[list[tuple[int, int, int]]]:
    """Rows of red, green, blue of an 8-bit RGBA picture without interlace."""
    assert png.startswith(b"\x89PNG")
    at, packed, width = 8, b"", 0
    while at < len(png):
        length, kind = struct.unpack_from(">L4s", png, at)
        if kind == b"IHDR":
            width, _, depth, colours = struct.unpack_from(">LLBB", png, at + 8)
            assert (depth, colours) == (8, 6)
        elif kind == b"IDAT":
            packed += png[at + 8 : at + 8 + length]
        at += 12 + length
    plain, step = zlib.decompress(packed), 4 * width
    above, rows = bytearray(step), []
    for start in range(0, len(plain), step + 1):
        kind, row = plain[start], bytearray(plain[start + 1 : start + 1 + step])
        if kind:
            for n in range(step):
                left = row[n - 4] if n >= 4 else 0
                corner = above[n - 4] if n >= 4 else 0
                row[n] = (row[n] + _guess(kind, left, above[n], corner)) % 256
        rows.append([(row[n], row[n + 1], row[n + 2]) for n in range(0, step, 4)])
        above = row
    return rows


def _guess(kind: int, left: int, up: int, corner: int) -> int:
    if kind == 1:
        return left
    if kind == 2:
        return up
    if kind == 3:
        return (left + up) // 2
    near = left + up - corner
    return min((left, up, corner), key=lambda value: abs(near - value))
