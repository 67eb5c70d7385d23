"""Strings and updates that people, clients and accidents can produce, and worse ones that only an attacker would."""

import copy
import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).resolve().parents[1] / "platforms" / "telegram" / "updates"

WORDS = (
    'Trà <3 & mật ong "rừng"',
    "<b>đậm</b> <a href='https://lua-dao.example'>bấm vào đây</a>",
    "&lt;b&gt; &#60;script&#62; &amp;amp;",
    "</b></i></pre>",
    "**đậm** __gạch__ `mã` [a](b) {you} {office} {0} {} %s %(x)s",
    "Z̸̡̢̛͎̻a̷̛̹̭l̶̰̓g̷̨̛ớ̵" + "\u0301\u0300\u0309\u0303\u0323" * 60,
    "\u202egnod\u202c \u2066đảo\u2069 \u200f\u200e",
    "a\x00b\x07c\x1b[31mđỏ\x1b[0m\x7f",
    "nửa chữ \ud83d và \udc00",
    "\ufeff\u200b\u200c\u2060trống",
    "👩‍👩‍👧‍👦" * 200,
    "Nước mắm Ba Đồn",
    "Nước mắm Ba Đồn",
    "NƯỚC MẮM",
    "a" * 4096,
    "ữ" * 4096,
    " " * 4096,
    "\n" * 500,
    "a\n" * 2000,
    "=cmd|'/c calc'!A1",
    "+84 912 345 678; DROP TABLE people; --",
    "' OR '1'='1",
    "../../../etc/passwd",
    "${jndi:ldap://a}{{7*7}}",
    "9" * 4000,
    "1e999999",
    "-0",
    "０９１２３４５６７８",
    "٠٩١٢٣٤٥٦٧٨",
    "30/02/2021",
    "32 tháng 13 năm 99999",
    "mồng một tháng chạp năm con chuột 9999999",
    "một trăm nghìn tỷ tỷ tỷ đồng",
    "12,5.000,00 đ/kg - 99999999999999999999999999999999999",
    "²½Ⅷ①",
    "ﷺ" * 300,
    "𝓗𝓮𝓵𝓵𝓸 𝟙𝟚𝟛",
    "\ue000\uf8ff\U000f0000",
    "/",
    "//",
    "/ ",
    "/\n",
    "/start " + "x" * 3000,
    "/start xa_99999",
    "/start moi_\u202e",
    "/hoi",
    "/hoi " + "ocop " * 700,
    "/dulieu xoá hết",
    "/đăngký",
    "/TRANGTHAI YT-2021-000001-W",
    "/trangthai ' OR 1=1",
    "=",
    "=:",
    "=_same",
    "xã hải ninh huyện quảng ninh tỉnh quảng bình " * 40,
    ("(" * 2000) + (")" * 2000),
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!" * 90,
    "",
)
"""Each has a reason: markup, entities, direction, control, surrogates, size, normal forms, formulas, SQL, paths, numbers."""

FORM_LINES = (
    "/dangky", "đồng ý", "có", "không", "1", "2", "3", "99", "gửi", "sửa", "moi", "thuc pham", "ho gia dinh",
    "Nguyễn Thị Mẫu", "0912345678", "hai ninh", "hải", "bỏ qua", "/boqua", "/quaylai", "/sua", "thôi", "bổ sung thêm",
    "xoá", "50 nghìn", "2 tạ", "15/6", "tuần sau",
)  # fmt: skip

VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**53, 2**63, -(2**63), 10**400, 1.5, -0.0, 1e308, "", "0", "text", "\x00", [],
    {}, [[]], [None], {"id": "words"}, {"id": None}, [{"width": "x"}], {"update_id": 1}, float("nan"), float("inf"),
)  # fmt: skip


def samples() -> list[dict[str, Any]]:
    """The updates of the collection that are JSON objects, whole and broken ones."""
    read = []
    for file in sorted(SAMPLES.glob("*.json")):
        try:
            sample = json.loads(file.read_text("utf-8"))
        except ValueError:
            continue
        if isinstance(sample, dict):
            read.append(sample)
    return read


class Hostile:
    """Makes updates of a number of people, one after the other; deterministic for a seed."""

    def __init__(self, seed: int, people: Sequence[int], commands: Sequence[str], first_id: int = 1) -> None:
        self.chance = random.Random(seed)
        self.people = people
        self.commands = commands
        self.next_id = first_id
        self._samples = samples()
        self._made: list[bytes] = []

    def stream(self, count: int) -> Iterator[tuple[int, bytes]]:
        """(whom it is about, what comes in)."""
        makers = (self.words, self.words, self.form_line, self.form_line, self.press, self.mutated, self.mutated,
                  self.command, self.again, self.garbage)  # fmt: skip
        for _ in range(count):
            person = self.chance.choice(self.people)
            raw = self.chance.choice(makers)(person)
            self._made = [*self._made[-50:], raw]
            yield person, raw

    def text(self, person: int, text: str) -> bytes:
        """A message as the platform sends it."""
        return _raw(self._message(person, {"text": text}))

    def words(self, person: int) -> bytes:
        text = self.chance.choice(WORDS)
        if self.chance.random() < 0.4:
            text = self._spoilt(text)
        return self.text(person, text)

    def form_line(self, person: int) -> bytes:
        return self.text(person, self.chance.choice(FORM_LINES))

    def command(self, person: int) -> bytes:
        words = self.chance.choice(("", "", " " + self.chance.choice(WORDS), " 1", " " + "0" * 24, " a b c d e"))
        return self.text(person, f"/{self.chance.choice(self.commands)}{words}")

    def press(self, person: int) -> bytes:
        value = self.chance.choice(
            ("yes", "no", "_same", "_enough", "_stop", "1", "", "quang-binh", self._spoilt("abc"))
        )
        mark = self.chance.choice(("0", "1", "2", "5", "a", "zz", ""))
        data = self.chance.choice(
            (f"={mark}:{value}", f"/{self.chance.choice(self.commands)} {value}", value, self.chance.choice(WORDS))
        )
        update = copy.deepcopy(next(s for s in self._samples if "callback_query" in s))
        update["callback_query"] |= {"data": data, "id": str(self.chance.getrandbits(60)), "from": _user(person)}
        update["callback_query"]["message"]["chat"] = _chat(person)
        return _raw(self._numbered(update))

    def mutated(self, person: int) -> bytes:
        """A real update with a few of its values changed, lost, doubled or put elsewhere."""
        update = self._numbered(copy.deepcopy(self.chance.choice(self._samples)))
        _move_to(update, person)
        for _ in range(self.chance.choice((1, 1, 2, 3, 8))):
            self._mutate(update)
        return _raw(update)

    def again(self, person: int) -> bytes:
        return self.chance.choice(self._made) if self._made else self.words(person)

    def garbage(self, person: int) -> bytes:
        """Bodies that are not an update, or hardly one."""
        kind = self.chance.randrange(8)
        if kind == 0:
            return self.chance.randbytes(self.chance.choice((0, 1, 7, 300, 5000)))
        if kind == 1:
            return b'{"update_id": %d, "message": ' % self._id() + b"[" * 3000 + b"]" * 3000 + b"}"
        if kind == 2:
            return self.words(person)[: self.chance.randrange(1, 40)]
        if kind == 3:
            return json.dumps(self.chance.choice(VALUES)).encode()
        if kind == 4:
            return json.dumps({"update_id": self.chance.choice(VALUES), "message": {}}).encode()
        if kind == 5:
            return self.words(person).decode().encode("utf-16")
        if kind == 6:
            return self.words(person).replace(b'"', b"'", 1) + b"\xff\xfe"
        spoilt = bytearray(self.words(person))
        for _ in range(5):
            spoilt[self.chance.randrange(len(spoilt))] = self.chance.randrange(256)
        return bytes(spoilt)

    def _spoilt(self, text: str) -> str:
        letters = list(text[:400] or "x")
        for _ in range(self.chance.choice((1, 3, 20))):
            letters.insert(self.chance.randrange(len(letters)), chr(self.chance.choice(
                (self.chance.randrange(0x20), self.chance.randrange(0x300, 0x370), self.chance.randrange(0x2000, 0x2070),
                 self.chance.randrange(0xD800, 0xE000), self.chance.randrange(0x1F300, 0x1FAFF),
                 self.chance.randrange(0x110000))
            )))  # fmt: skip
        return "".join(letters)

    def _mutate(self, update: dict[str, Any]) -> None:
        holder: Any = update
        for _ in range(self.chance.randrange(1, 6)):
            inner = [value for value in _values(holder) if isinstance(value, dict | list) and value]
            if not inner:
                break
            holder = self.chance.choice(inner)
        keys = [key for key in (holder if isinstance(holder, dict) else range(len(holder))) if key != "update_id"]
        if not keys:
            return
        key = self.chance.choice(keys)
        match self.chance.randrange(5):
            case 0:
                del holder[key]
            case 1:
                holder[key] = copy.deepcopy(self.chance.choice(VALUES))
            case 2:
                holder[key] = self.chance.choice(WORDS)
            case 3:
                holder[key] = [holder[key]] if self.chance.random() < 0.5 else {"text": holder[key]}
            case _:
                if isinstance(holder, dict):
                    other = self.chance.choice(self._samples)
                    holder |= {k: copy.deepcopy(v) for k, v in other.items() if k != "update_id"}

    def _message(self, person: int, content: dict[str, Any]) -> dict[str, Any]:
        number = self._id()
        return {
            "update_id": number,
            "message": {
                "message_id": number,
                "from": _user(person),
                "chat": _chat(person),
                "date": 1622509204,
                **content,
            },
        }

    def _numbered(self, update: dict[str, Any]) -> dict[str, Any]:
        return update | {"update_id": self._id()}

    def _id(self) -> int:
        self.next_id += 1
        return self.next_id


def _user(person: int) -> dict[str, Any]:
    return {"id": person, "is_bot": False, "first_name": f"Người {person}", "language_code": "vi"}


def _chat(person: int) -> dict[str, Any]:
    return {"id": person, "first_name": f"Người {person}", "type": "private"}


def _move_to(update: dict[str, Any], person: int) -> None:
    """Let a sample be about one of our people, groups excepted."""
    for value in list(update.values()):
        if isinstance(value, dict):
            if isinstance(value.get("chat"), dict) and value["chat"].get("type") == "private":
                value["chat"] = _chat(person)
            if isinstance(value.get("from"), dict) and not value["from"].get("is_bot"):
                value["from"] = _user(person)
            _move_to(value, person)


def _values(holder: Any) -> list[Any]:
    return list(holder.values()) if isinstance(holder, dict) else list(holder)


def _raw(update: dict[str, Any]) -> bytes:
    return json.dumps(update).encode()
