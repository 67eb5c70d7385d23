"""Reads a transcript and plays it on a stage.  The format is told in transcripts/README.md."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from bot.settings.clock import parse_start
from content.programme.pack import Pack
from registry.imports.listed import ListedEntity, ListedProduct
from registry.imports.taking import take_in
from registry.people.inviting import invite

from .stages.stage import Act, Heard, Stage

FOLDER = Path(__file__).parent / "transcripts"
PRODUCER, OFFICIAL = "người dùng", "cán bộ"
_SAID = re.compile(r"^(người dùng|cán bộ)(?: (\d))?: ?(.*)$")
_TOLD = re.compile(r"^bot(?: nói với (người dùng|cán bộ)(?: (\d))?)?( không)?: ?(.*)$")
_ALONE = re.compile(r"^\[([^:\]]+)(?:: ?([^\]]*))?\]$")
_BUTTONS = re.compile(r"\[([^\]]+)\]")
_ACTS = {
    "bấm": "press",
    "bấm hai lần": "press_twice",
    "nút cũ": "old_press",
    "ảnh": "photos",
    "tệp": "document",
    "nhãn dán": "sticker",
    "số điện thoại": "phone",
    "vị trí": "location",
    "thoại": "voice",
    "lặp lại": "again",
    "nhận việc": "office",
    "mã đọc cho": "code",
}
_UNITS = {"ngày": timedelta(days=1), "giờ": timedelta(hours=1), "phút": timedelta(minutes=1)}


class TranscriptError(ValueError):
    """A line that is none of a transcript."""


@dataclass(frozen=True, slots=True)
class Told:
    """The texts the bot must send (or not) to somebody, and the buttons it must show."""

    number: int
    who: str
    words: str = ""
    buttons: tuple[str, ...] = ()
    never: bool = False
    silent: bool = False


@dataclass(slots=True)
class Line:
    """One line of a person, or time that goes by, with what the bot must say to it."""

    number: int
    who: str = ""
    act: Act | None = None
    wait: timedelta = timedelta()
    cut: bool = False
    told: list[Told] = field(default_factory=list)


@dataclass(slots=True)
class Transcript:
    name: str
    head: Mapping[str, str]
    lines: list[Line]
    offices: list[tuple[str, str]]
    """Role and place code of each official, in order."""

    @property
    def pack(self) -> str:
        return self.head["gói"]

    @property
    def start(self) -> datetime:
        return parse_start(self.head["đồng hồ"]).astimezone(UTC)


def transcripts() -> list[Path]:
    return sorted(FOLDER.glob("*.txt"))


def read_transcript(file: Path) -> Transcript:
    return parse(file.stem, file.read_text("utf-8"))


def parse(name: str, text: str) -> Transcript:
    """Read a transcript; every line of a person must be answered by at least one of the bot."""
    head: dict[str, str] = {}
    lines: list[Line] = []
    offices: list[tuple[str, str]] = []
    cut = False
    for number, raw in enumerate(text.splitlines(), 1):
        row = raw.strip()
        if not row:
            continue
        if row.startswith("#"):
            key, colon, value = row.lstrip("# ").partition(":")
            if colon and key.strip() == OFFICIAL:
                role, _, place = value.partition("|")
                offices.append((role.strip(), place.strip()))
            elif colon and not lines:
                head[key.strip()] = value.strip()
        elif said := _SAID.match(row):
            who = f"{said[1]} {said[2]}" if said[2] else said[1]
            lines.append(Line(number, who, _act(said[3], number), cut=cut))
            cut = False
        elif told := _TOLD.match(row):
            if not lines:
                raise TranscriptError(f"{name}, line {number}: the bot speaks before anybody else")
            who = f"{told[1]} {told[2]}" if told[1] and told[2] else told[1] or lines[-1].who or PRODUCER
            lines[-1].told.append(_told(told[4], who, number, never=bool(told[3])))
        elif alone := _ALONE.match(row):
            if alone[1] == "chờ":
                lines.append(Line(number, wait=_time(alone[2] or "", number)))
            elif alone[1] == "khởi động lại":
                cut = True
            else:
                raise TranscriptError(f"{name}, line {number}: nobody knows [{alone[1]}]")
        else:
            raise TranscriptError(f"{name}, line {number}: {row!r}")
    unheard = [line.number for line in lines if line.act is not None and not line.told]
    if unheard or cut or not {"gói", "đồng hồ"} <= head.keys():
        raise TranscriptError(f"{name}: lines {unheard} are not answered, or the head is not whole")
    return Transcript(name, head, lines, offices)


def _act(words: str, number: int) -> Act:
    alone = _ALONE.match(words)
    if alone is None:
        return Act("text", words.replace(" ⏎ ", "\n"))
    if alone[1] not in _ACTS:
        raise TranscriptError(f"line {number}: nobody can [{alone[1]}]")
    said, _, caption = (alone[2] or "").partition("|")
    return Act(_ACTS[alone[1]], said.strip(), caption.strip())


def _told(words: str, who: str, number: int, *, never: bool) -> Told:
    if words == "(im lặng)":
        return Told(number, who, silent=True)
    buttons = tuple(_BUTTONS.findall(words))
    return Told(number, who, _plain(_BUTTONS.sub("", words)), buttons, never)


def _time(words: str, number: int) -> timedelta:
    count, _, unit = words.partition(" ")
    if unit not in _UNITS or not count.isdecimal():
        raise TranscriptError(f"line {number}: {words!r} is no time")
    return int(count) * _UNITS[unit]


def _plain(text: str) -> str:
    return " ".join(text.split())


# --- playing ----------------------------------------------------------------------------------------------------------


async def play(transcript: Transcript, stage: Stage, *, show: bool = False) -> None:
    """Play every line on a stage; a difference fails with all texts that came instead."""
    codes = [
        await stage.unit(
            invite,
            pack=stage.house.pack,
            role=role,
            place=place,
            by="operator",
            on=transcript.start.date(),
            now=stage.hours(),
        )
        for role, place in transcript.offices
    ]
    if "danh sách" in transcript.head:
        await stage.unit(listed, pack=stage.house.pack, row=transcript.head["danh sách"], now=stage.hours())
    read_out = ""
    for line in transcript.lines:
        if line.act is None:
            told = await stage.wait(line.wait)
        elif line.act.kind in stage.cannot:
            continue
        else:
            act = Act("text", f"/start cb_{codes.pop(0)}") if line.act.kind == "office" else line.act
            act = Act("text", read_out) if act.kind == "code" else act
            told = await stage.line(line.who, act, cut=line.cut)
            read_out = _code_in(told) or read_out
        if show:
            _show(line, told)
        else:
            check(transcript.name, line, told)


def listed(db: Connection, *, pack: Pack, row: str, now: datetime) -> None:
    """Take in one recognised product of an office's list, as the head of a transcript writes it."""
    place, entity, product, stars, number, issued, ends = (part.strip() for part in row.split("|"))
    take_in(
        db,
        pack=pack,
        listed=[ListedEntity("1", entity, "group", place)],
        products=[
            ListedProduct(
                "1", "1", product, "herbs", number, int(stars), date.fromisoformat(issued), date.fromisoformat(ends)
            )
        ],
        now=now,
    )


def _code_in(told: Mapping[str, Sequence[Heard]]) -> str:
    """The code an official was shown to read out, in small letters and with a blank, as people type it."""
    texts = "\n".join(one.text for who, heard in told.items() if who.startswith(OFFICIAL) for one in heard)
    found = re.search(r"/start moi_(\w{5})(\w+)", texts)
    return "" if found is None else f"{found[1]} {found[2]}".lower()


def check(name: str, line: Line, told: Mapping[str, Sequence[Heard]]) -> None:
    """Park what was said against what a transcript says, in order for each person."""
    at: dict[str, int] = {}
    for wanted in line.told:
        heard = told.get(wanted.who, ())
        whole = " ‖ ".join(_plain(one.text) for one in heard)
        buttons = [button for one in heard for button in one.buttons]
        where = f"{name}.txt, line {wanted.number}"
        if wanted.silent:
            assert not heard, f"{where}: the bot was to be silent and said: {whole}"
        elif wanted.never:
            assert wanted.words not in whole, f"{where}: {wanted.words!r} was said: {whole}"
        else:
            found = whole.find(wanted.words, at.get(wanted.who, 0))
            assert found >= 0, f"{where}: {wanted.words!r} was not said, but: {whole}"
            at[wanted.who] = found + len(wanted.words)
            files = [file for one in heard for file in one.files]
            missing = [one for one in wanted.buttons if one not in buttons and one.removeprefix("tệp ") not in files]
            assert not missing, f"{where}: no {missing} among {buttons} and {files}"


def _show(line: Line, told: Mapping[str, Sequence[Heard]]) -> None:
    print(f"\n=== {line.number} {line.who}: {line.act or line.wait}")
    for who, heard in told.items():
        for one in heard:
            buttons = " ".join(f"[{button}]" for button in one.buttons)
            print(f"  >> {who}: {one.text}\n     {buttons} {one.files or ''}")
