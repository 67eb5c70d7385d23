"""
A database of the first release, with every conversation open, is upgraded and continued.

`fixtures/release_1.sql.xz` was made by `fixtures/make_release_1.py` with the code of commit 1498fd7; its data is sealed
with the bytes 0 to 31.  `fixtures/release_1.json` has what each person types next, and the answer of that code.
"""

import json
import lzma
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, select

from registry.applications.drafts import open_drafts, reopen_draft
from registry.store.rows import drafts
from registry.store.schema import NEWEST, upgrade
from registry.store.sealing import Vault
from registry.store.store import Store
from tests.handlers.desk import Village, house_of, words_of

FIXTURES = Path(__file__).parent / "fixtures"
VAULT = Vault(bytes(range(32)))
KNOWN: dict[str, Any] = json.loads((FIXTURES / "release_1.json").read_text("utf-8"))
OPEN = {one["name"]: one for one in KNOWN["open"]}
REWORDED = {
    "form fix": "Giấy chứng nhận ghi mấy sao?",
    "helper consent": "Sản phẩm của người ấy tên là gì",
    "office answers": "Em đã ghi câu trả lời.",
    "decision 0": "Tên sản phẩm: anh/chị chọn một lời dặn, hoặc gõ lời khác.",
    "decision 1": "2. Sản phẩm mới hay đã có: Đã có sao rồi",
    "decision 2": "Lý do: Không làm tại xã\n",
    "gathering changed": "Không có ai phải báo",
    "gathering changed venue": "Kèm bài học",
    "broadcast more": "Loại hình chủ thể",
    "broadcast text": "Có giá trị đến hết",
    "broadcast replaced": "Có giá trị đến 19:00",
    "broadcast hour": "Có giá trị đến hết",
    "broadcast number": "Có giá trị đến hết",
    "broadcast sure": "Em chưa gửi bản này.",
    "broadcast file": "Em chưa gửi bản này.",
    "broadcast to approve": "Em trả lại Thông báo 1/2021 cho người soạn",
    "gathering 4": "sau 5 phút, lúc 09:47",
    "gathering 5": "sau 5 phút, lúc 09:47",
}
"""Answers that say the same in other words since then, with the words that are new; a product with stars is asked more."""
NEXT = {"form fix": ["form", "stars"]}
"""The questions that wait then, where they are others."""
STATES = {"owed", "claimed", "held", "paused", "sent", "doubtful", "unreachable", "refused", "expired", "cancelled",
          "given_up"}  # fmt: skip


def restored(file: Path) -> Path:
    with lzma.open(FIXTURES / "release_1.sql.xz", "rt", encoding="utf-8") as dump, sqlite3.connect(file) as db:
        db.executescript(dump.read())
    db.close()
    return file


def content(file: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    with sqlite3.connect(file) as db:
        names = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        found = {name: sorted(db.execute(f'SELECT * FROM "{name}"').fetchall(), key=repr) for name in names}
    db.close()
    return found


def shape(file: Path) -> list[str]:
    with sqlite3.connect(file) as db:
        found = [sql for (sql,) in db.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY sql")]
    db.close()
    return found


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return restored(tmp_path_factory.mktemp("old") / "old.db")


@pytest.fixture(scope="module")
def new(old: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("new") / "new.db"
    shutil.copyfile(old, file)
    assert upgrade(f"sqlite:///{file}", VAULT) == ("0002", NEWEST)
    return file


@pytest.fixture
def village(new: Path, tmp_path: Path) -> Iterator[Village]:
    file = tmp_path / "village.db"
    shutil.copyfile(new, file)
    store = Store(f"sqlite:///{file}", VAULT)
    opened = Village(store, house_of("quang-binh-2021"), file, now=datetime.fromisoformat(KNOWN["now"]))
    opened._numbers = iter(range(1_000_000, 2_000_000))
    yield opened
    store.close()


@pytest.mark.parametrize("name", OPEN)
def test_an_open_conversation_continues_as_the_old_release_would_have(village: Village, name: str) -> None:
    one = OPEN[name]
    talk = village.talk(one["account"])
    assert [talk.topic, talk.step] == [one["topic"], one["step"]]

    answers = [words_of(message) for message in village.say(one["account"], one["then"])]

    if name in REWORDED:
        assert REWORDED[name] in "\n".join(answers)
    else:
        assert answers == one["answers"]
    talk = village.talk(one["account"])
    assert [talk.topic, talk.step] == NEXT.get(name, one["next"])


def test_every_answer_that_was_reworded_is_an_answer_of_the_old_release() -> None:
    assert OPEN.keys() >= REWORDED.keys()
    assert {name for name, words in REWORDED.items() if words in "\n".join(OPEN[name]["answers"])} == set()


def test_the_old_database_holds_every_state_of_a_delivery_and_every_kind_of_draft(old: Path) -> None:
    with sqlite3.connect(old) as db:
        states = {state for (state,) in db.execute("SELECT DISTINCT state FROM deliveries")}
        drafts = set(db.execute("SELECT state, application_id IS NOT NULL, left_at IS NOT NULL FROM drafts"))
    db.close()

    assert states == STATES
    assert {("open", 0, 0), ("open", 1, 0), ("open", 0, 1), ("submitted", 0, 0)} <= drafts
    assert {one["topic"] for one in OPEN.values()} == {
        "dangky", "form", "kiemtra", "lienhe", "traloi", "duyet", "lamho", "hanchot", "thongbao", "taphuan", None,
    }  # fmt: skip


GAINED = {"installation": 1}
"""Rows an upgrade adds: the count of the bytes of all files."""


def test_no_row_is_lost_in_the_upgrade(old: Path, new: Path) -> None:
    before, after = content(old), content(new)

    expected = {name: len(rows) + GAINED.get(name, 0) for name, rows in before.items()}
    assert {name: len(after.get(name, ())) for name in before} == expected


def test_an_upgrade_killed_at_any_statement_is_made_whole_by_the_next_start(
    old: Path, new: Path, tmp_path: Path
) -> None:
    file = tmp_path / "live" / "bot.db"
    file.parent.mkdir()
    shutil.copyfile(old, file)
    moments: dict[tuple[bytes | None, ...], Path] = {}
    statements = 0

    def pull_the_plug(*_: object) -> None:
        """Keep what would be on the disk now."""
        nonlocal statements
        statements += 1
        parts = ("", "-wal", "-journal")
        found = tuple(at.read_bytes() if (at := Path(f"{file}{part}")).exists() else None for part in parts)
        if found not in moments:
            moments[found] = tmp_path / f"cut{statements}" / "bot.db"
            moments[found].parent.mkdir()
            for part, data in zip(parts, found, strict=True):
                if data is not None:
                    Path(f"{moments[found]}{part}").write_bytes(data)

    happenings = ("before_cursor_execute", "after_cursor_execute")
    for name in happenings:
        event.listen(Engine, name, pull_the_plug)
    event.listen(Engine, "commit", pull_the_plug)
    try:
        upgrade(f"sqlite:///{file}", VAULT)
        pull_the_plug()
    finally:
        for name in happenings:
            event.remove(Engine, name, pull_the_plug)
        event.remove(Engine, "commit", pull_the_plug)

    assert statements > 20
    assert len(moments) >= 2, "neither before nor after the commit"
    for cut in moments.values():
        upgrade(f"sqlite:///{cut}", VAULT)
        assert shape(cut) == shape(new)
        assert content(cut) == content(new)


def test_every_draft_of_the_old_release_is_read(village: Village) -> None:
    people = village.do(
        lambda db: db.execute(select(drafts.c.person_id).where(drafts.c.state == "open")).scalars().all()
    )

    found = [village.do(open_drafts, person_id=person) for person in sorted(set(people))]

    assert sum(map(len, found)) == len(people)
    assert {draft.answers.get("product_name") for of_one in found for draft in of_one} >= {"Mật ong rừng", "Khoai deo"}


def test_a_draft_the_old_release_had_dropped_can_be_taken_up_again(old: Path, tmp_path: Path) -> None:
    file = tmp_path / "dropped.db"
    shutil.copyfile(old, file)
    left = "SELECT key, person_id FROM drafts WHERE state = 'open' AND left_at IS NOT NULL ORDER BY key LIMIT 1"
    with sqlite3.connect(file) as db:
        key, person_id = db.execute(left).fetchone()
        db.execute("UPDATE drafts SET state = 'dropped' WHERE key = ?", (key,))  # all that release wrote of a drop
    db.close()
    upgrade(f"sqlite:///{file}", VAULT)
    store = Store(f"sqlite:///{file}", VAULT)

    before = store.read_now(open_drafts, person_id=person_id)
    store.write_now(reopen_draft, key=key, now=datetime.fromisoformat(KNOWN["now"]))
    after = store.read_now(open_drafts, person_id=person_id)
    store.close()

    assert key not in {one.key for one in before}
    assert next(one for one in after if one.key == key).answers


def test_what_the_old_release_had_queued_arrives_and_what_it_had_ended_does_not(village: Village) -> None:
    village.now += timedelta(days=3)
    village.deliver()
    village.deliver()

    heard = village.all_words("maker")
    assert "Tin owed" in heard
    assert not [state for state in STATES - {"owed", "claimed"} if f"Tin {state}" in heard]
