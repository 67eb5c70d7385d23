"""
The platform's HTML parse mode: tags to entities, and every way to write them wrong.

Rules and wording follow the parser of the official server (tdlib/td, `MessageEntity.cpp`).  Byte offsets count the
UTF-8 bytes of the sent text. Entity offsets count UTF-16 code units of the shown text.
https://core.telegram.org/bots/api#html-style
"""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

MAX_ENTITIES = 100

_KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "blockquote": "blockquote",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "tg-emoji": "custom_emoji",
    "tg-time": "date_time",
}
_SPACE = frozenset(b" \t\r\n\0\v")
_NAMED = {b"lt": "<", b"gt": ">", b"amp": "&", b"quot": '"'}
_LETTERS = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_DIGITS = frozenset(b"0123456789")
_HEX = frozenset(b"0123456789abcdefABCDEF")
_END = 0


class MarkupError(Exception):
    """Markup that the platform does not take; the words are those after `can't parse entities: `."""


@dataclass(frozen=True, slots=True)
class Entity:
    """One piece of formatting; `offset` and `length` in UTF-16 code units."""

    kind: str
    offset: int
    length: int
    extra: tuple[tuple[str, Any], ...] = ()

    @property
    def end(self) -> int:
        return self.offset + self.length

    def as_json(self) -> dict[str, Any]:
        return {"type": self.kind, "offset": self.offset, "length": self.length, **dict(self.extra)}


@dataclass(frozen=True, slots=True)
class Parsed:
    """A text as people see it; `lost` says which formatting the platform drops without a word."""

    text: str
    entities: tuple[Entity, ...] = ()
    lost: tuple[str, ...] = ()


@dataclass(slots=True)
class _Open:
    tag: str
    argument: str
    offset: int
    begin: int


def utf16_length(text: str) -> int:
    """The length in UTF-16 code units, in which the platform counts entities."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parse_html(raw: str) -> Parsed:
    """Read HTML as the platform does; raises `MarkupError` with the platform's words."""
    source = _Source(raw.encode("utf-8", "surrogatepass"))
    text: list[str] = []
    length = 0
    opened: list[_Open] = []
    entities: list[Entity] = []
    while source.at < source.size:
        byte = source.peek()
        if byte == ord("&") and (char := source.character_reference()):
            text.append(char)
            length += utf16_length(char)
        elif byte != ord("<"):
            char = source.character()
            text.append(char)
            length += utf16_length(char)
        elif source.peek(1) != ord("/"):
            tag, argument = _start_tag(source)
            opened.append(_Open(tag, argument, length, len(text)))
        else:
            closed = _end_tag(source, opened)
            if length > closed.offset:
                _close(entities, closed, length, "".join(text[closed.begin :]))
    if opened:
        raise MarkupError(f'Can\'t find end tag corresponding to start tag "{opened[-1].tag}"')
    shown = "".join(text)
    if any("\ud800" <= char <= "\udfff" for char in shown):
        raise MarkupError(
            "Text contains invalid Unicode characters after decoding HTML entities, "
            "check for unmatched surrogate code units"
        )
    return _tidy(shown, entities)


def plain(raw: str) -> Parsed:
    """A text without markup, trimmed as the platform trims it."""
    return _tidy(raw, [])


class _Source:
    """Bytes with a position; reading past the end gives zeros, as in the original."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.size = len(data)
        self.at = 0

    def peek(self, ahead: int = 0) -> int:
        at = self.at + ahead
        return self.data[at] if at < self.size else _END

    def ended(self) -> bool:
        return self.at >= self.size

    def character(self) -> str:
        width = 1
        while self.at + width < self.size and self.data[self.at + width] & 0xC0 == 0x80:
            width += 1
        char = self.data[self.at : self.at + width].decode()
        self.at += width
        return char

    def skip_space(self) -> None:
        while not self.ended() and self.peek() in _SPACE:
            self.at += 1

    def until(self, stops: bytes) -> bytes:
        """Everything up to a blank, the end or one of `stops`."""
        begin = self.at
        while self.peek() not in _SPACE and self.peek() not in stops:
            self.at += 1
        return self.data[begin : self.at]

    def character_reference(self) -> str | None:
        """The character that `&…;` stands for; None, and no step, when it stands for itself."""
        end = self.at + 1
        if self.peek(1) == ord("#"):
            end += 1
            base, allowed = (16, _HEX) if self.peek(2) == ord("x") else (10, _DIGITS)
            end += base == 16
            begin = end
            while end < self.size and self.data[end] in allowed:
                end += 1
            code = int(self.data[begin:end] or b"0", base)
            if code == 0 or code >= 0x10FFFF or end - self.at >= 10:
                return None
            char = chr(code)
        else:
            while end < self.size and self.data[end] in _LETTERS:
                end += 1
            named = _NAMED.get(self.data[self.at + 1 : end])
            if named is None:
                return None
            char = named
        self.at = end + 1 if end < self.size and self.data[end] == ord(";") else end
        return char


def _start_tag(source: _Source) -> tuple[str, str]:
    begin = source.at
    source.at += 1
    tag = source.until(b">").decode("utf-8", "replace").lower()
    if source.ended():
        raise MarkupError(f"Unclosed start tag at byte offset {begin}")
    if tag not in _KINDS:
        raise MarkupError(f'Unsupported start tag "{tag}" at byte offset {begin}')
    argument = ""
    while True:
        source.skip_space()
        if source.peek() == ord(">"):
            source.at += 1
            break
        name, value = _attribute(source, tag, begin)
        match tag, name:
            case ("a", "href") | ("tg-emoji", "emoji-id") | ("tg-time", "unix"):
                argument = value
            case ("code", "class") if value.startswith("language-"):
                argument = value.removeprefix("language-")
            case ("span", "class") if value.startswith("tg-"):
                argument = value.removeprefix("tg-")
            case ("blockquote", "expandable"):
                argument = "expandable"
    if tag == "span" and argument != "spoiler":
        raise MarkupError(f'Tag "span" must have class "tg-spoiler" at byte offset {begin}')
    return tag, argument


def _attribute(source: _Source, tag: str, begin: int) -> tuple[str, str]:
    # `expandable` is the one attribute that may stand without a value
    name = source.until(b"=>" if tag == "blockquote" else b"=").decode("utf-8", "replace")
    if not name:
        raise MarkupError(f'Empty attribute name in the tag "{tag}" at byte offset {begin}')
    if tag == "blockquote" and name == "expandable" and source.peek() != ord("="):
        if source.ended():
            raise MarkupError(f'Unclosed start tag "{tag}" at byte offset {begin}')
        return name, ""
    source.skip_space()
    if source.peek() != ord("="):
        raise MarkupError(
            f'Expected equal sign in declaration of an attribute of the tag "{tag}" at byte offset {begin}'
        )
    source.at += 1
    source.skip_space()
    if source.ended():
        raise MarkupError(f'Unclosed start tag "{tag}" at byte offset {begin}')
    if source.peek() not in b"'\"":
        at = source.at
        while source.peek() in _LETTERS or source.peek() in _DIGITS or source.peek() in b".-":
            source.at += 1
        if source.peek() not in _SPACE and source.peek() != ord(">"):
            raise MarkupError(f"Unexpected end of name token at byte offset {at}")
        value = source.data[at : source.at].decode().lower()
    else:
        quote = source.peek()
        source.at += 1
        chars: list[str] = []
        while not source.ended() and source.peek() != quote:
            char = source.character_reference() if source.peek() == ord("&") else None
            chars.append(source.character() if char is None else char)
        if not source.ended():
            source.at += 1
        value = "".join(chars)
    if source.ended():
        raise MarkupError(f"Unclosed start tag at byte offset {begin}")
    return name, value


def _end_tag(source: _Source, opened: list[_Open]) -> _Open:
    begin = source.at
    if not opened:
        raise MarkupError(f"Unexpected end tag at byte offset {begin}")
    source.at += 2
    tag = source.until(b">").decode("utf-8", "replace").lower()
    source.skip_space()
    if source.peek() != ord(">"):
        raise MarkupError(f"Unclosed end tag at byte offset {begin}")
    source.at += 1
    expected = opened[-1].tag
    if tag and tag != expected:  # "</>" closes whatever is open
        raise MarkupError(f'Unmatched end tag at byte offset {begin}, expected "</{expected}>", found "</{tag}>"')
    return opened.pop()


def _close(entities: list[Entity], opened: _Open, end: int, inner: str) -> None:
    offset, length, argument = opened.offset, end - opened.offset, opened.argument
    last = entities[-1] if entities else None
    same = last is not None and (last.offset, last.length) == (offset, length)
    match opened.tag:
        case "a":
            link = _checked_link(argument or inner)
            if link:
                entities.append(Entity("text_link", offset, length, (("url", link),)))
        case "tg-emoji":
            if not argument.isdigit() or int(argument) == 0:
                raise MarkupError("Invalid custom emoji identifier specified")
            entities.append(Entity("custom_emoji", offset, length, (("custom_emoji_id", argument),)))
        case "tg-time":
            if not argument.isdigit():
                raise MarkupError("Invalid Unix time specified")
            entities.append(Entity("date_time", offset, length, (("unix_time", int(argument)),)))
        case "blockquote":
            entities.append(Entity("expandable_blockquote" if argument else "blockquote", offset, length))
        case "pre" if last is not None and same and last.kind == "code" and last.extra:
            entities[-1] = replace(last, kind="pre")
        case "code" if last is not None and same and last.kind == "pre" and argument:
            entities[-1] = replace(last, extra=(("language", argument),))
        case "code":
            entities.append(Entity("code", offset, length, (("language", argument),) if argument else ()))
        case tag:
            entities.append(Entity(_KINDS[tag], offset, length))


def _checked_link(link: str) -> str:
    """A link as the platform keeps it, or nothing when it is none: then the text stays, the link goes."""
    link = link.strip()
    if link.startswith(("tg://", "ton://")):
        return link
    whole = link if "://" in link else f"http://{link}"
    try:
        parts = urlsplit(whole)
        host = parts.hostname or ""
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or "." not in host or " " in link:
        return ""
    return whole if parts.path else f"{whole}/"


def _tidy(text: str, found: list[Entity]) -> Parsed:
    """Trim blanks at both ends, turn control characters into blanks, drop what cannot nest."""
    lost: list[str] = []
    entities = sorted(
        (replace(e, extra=()) if e.kind == "code" else e for e in reversed(found)),  # the outer one first
        key=lambda e: (e.offset, -e.length),
    )
    text = "".join(" " if char < " " and char != "\n" else char for char in text)
    trimmed = text.rstrip()
    lead = len(trimmed) - len(trimmed.lstrip())
    shift = utf16_length(trimmed[:lead])
    if entities and entities[0].offset < shift:
        shift = 0
    shown = trimmed[lead:] if shift else trimmed
    total = utf16_length(shown)
    kept: list[Entity] = []
    for entity in entities:
        offset = entity.offset - shift
        length = min(offset + entity.length, total) - offset
        if length <= 0:
            continue
        moved = replace(entity, offset=offset, length=length)
        around = [outer for outer in kept if outer.offset <= moved.offset and moved.end <= outer.end]
        if any(outer.kind in ("code", "pre") for outer in around):
            lost.append(f"{moved.kind} inside code")
        elif moved.kind in ("code", "pre") and any("blockquote" not in outer.kind for outer in around):
            lost.append(f"{around[-1].kind} around {moved.kind}")
            kept.append(moved)
        elif "blockquote" in moved.kind and any("blockquote" in outer.kind for outer in around):
            lost.append("blockquote inside blockquote")
        else:
            kept.append(moved)
    if len(kept) > MAX_ENTITIES:
        lost.append(f"{len(kept) - MAX_ENTITIES} entities after the first {MAX_ENTITIES}")
        kept = kept[:MAX_ENTITIES]
    return Parsed(shown if shown.strip() else "", tuple(kept) if shown.strip() else (), tuple(lost))
