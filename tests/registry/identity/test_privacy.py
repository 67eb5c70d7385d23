"""
Personal text at rest, in logs and after erasure.

A canary name, phone and story are sent through the whole program.
Their bytes are searched in the database, its log file, the file room and the program's logs.
"""

import logging
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.settings.logs import start_logging
from handlers.conversation.incoming import IncomingFile
from registry.applications import files
from registry.applications.applications import Application, events, read_application
from registry.applications.files import files as file_rows
from registry.applications.questions import questions
from registry.people import people
from registry.people.consents import consents as consent_rows
from registry.people.conversations import conversations
from registry.people.inviting import invite
from registry.people.roles import OPERATOR
from registry.store import audit
from registry.store.audit import audit as audit_rows
from registry.store.inbox import inbox
from registry.store.rows import accounts, applications, deliveries, drafts, entities, members
from registry.store.rows import people as people_rows
from registry.store.schema import every_table
from registry.store.sealing import unseal_for
from tests.handlers.desk import CHANNEL, COMMUNE, DISTRICT, Village, open_village

NAME, PHONE, STORY = "Hoàng Thị Kínđáo", "0987000321", "chuyệnxyzzybí mậtcủabà"
HOUR = timedelta(hours=1)
SPOKEN = (NAME, "Kínđáo", PHONE, "+84987000321", "84987000321", STORY, "tepkinanh", "chữtrongtệp")
CANARIES = (
    *(words.encode(encoding) for words in SPOKEN for encoding in ("utf-8", "utf-16-le")),
    b"Ho\\u00e0ng",
    b"K\\u00edn",
    b"xyzzy",
)
PAPER = b"%PDF-1.7\n" + "chữtrongtệp".encode() + b"\n%%EOF\n"


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as opened:
        yield opened


def whole_life(village: Village, folder: Path) -> Application:
    """Register with everything, ask, be returned, correct, be decided: every table with people's text gets some."""
    village.official("office", "district_official", DISTRICT, "Cán bộ huyện")
    village.say("maker", "/start")
    idea = village.register(
        "maker", f"khoai {STORY[:12]}", "sp moi", "thuc pham", "ho gia dinh", NAME, PHONE, "vo ninh"
    )
    village.say("maker", f"/sua {idea.code} story")
    village.say("maker", STORY)
    village.tap("maker", "Ghi vậy")  # words nobody knows are read back
    village.tap("maker", "Gửi")
    village.say("maker", "/dangky moi")
    village.say("maker", f"mật ong {STORY}"[:100])
    if village.button("maker", "Ghi vậy"):
        village.tap("maker", "Ghi vậy")
    village.say("maker", "/sua photos")
    village.send("maker", "photo", IncomingFile("ref", "tepkinanh.png", "image/png", len(PAPER)))
    village.say("maker", "/huy")
    village.say("maker", "/lienhe")
    village.say("maker", f"Tôi là {NAME}, số {PHONE}: {STORY}")
    village.tap("office", "Trả lời")
    village.say("office", f"Chào {NAME}, tôi sẽ gọi {PHONE}")
    now = village.fresh(idea)
    village.say("office", f"/quyet {idea.code} {now.version} return")
    village.say("office", f"1: {STORY} của {NAME}")
    village.tap("office", "Gửi trả")
    for one in village.do(files.wanted, now=village.now):
        village.do(files.keep, folder=folder, file_id=one.id, content=PAPER)
    return village.fresh(idea)


def bytes_at_rest(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def found_in(content: bytes) -> list[bytes]:
    return [canary for canary in CANARIES if canary in content]


def test_no_personal_word_lies_readable_in_the_database_its_log_or_the_file_room(
    village: Village, tmp_path: Path
) -> None:
    whole_life(village, tmp_path)
    kept = bytes_at_rest(tmp_path)
    assert any(name.endswith("-wal") for name in kept)
    assert len(kept) >= 3
    assert {name: found_in(content) for name, content in kept.items() if found_in(content)} == {}


def test_the_canaries_are_seen_where_they_do_lie_open(village: Village, tmp_path: Path) -> None:
    whole_life(village, tmp_path)
    assert found_in(village.all_words("office").encode())
    village.do(lambda db: db.execute(people_rows.update().values(lessons=NAME)))
    assert found_in(b"".join(bytes_at_rest(tmp_path).values()))


def test_no_personal_word_is_logged_even_at_debug(village: Village, tmp_path: Path) -> None:
    stream = StringIO()
    before = logging.getLogger().level
    handler = start_logging(secrets=(), level="DEBUG", stream=stream)
    engine = logging.getLogger("sqlalchemy.engine")
    try:
        idea = whole_life(village, tmp_path)
        village.say("maker", f"/trangthai {idea.code}")
        village.say("maker", f"xin hỏi {STORY} {PHONE}")
        village.say("maker", "/dulieu xoa chac")
        logging.getLogger("house").debug("a line that is there")
    finally:
        logging.getLogger().removeHandler(handler)
        logging.getLogger().setLevel(before)
        logging.captureWarnings(capture=False)
    assert "a line that is there" in stream.getvalue()
    assert engine.level == logging.NOTSET
    assert found_in(stream.getvalue().encode()) == []


# --- consent ----------------------------------------------------------------------------------------------------------


def personal_rows(village: Village, account: str) -> dict[str, int]:
    """How many rows hold something personal of one who may only have looked around."""
    person_id = village.person(account)

    def count(db) -> dict[str, int]:
        found = {
            table.name: db.execute(
                select(func.count()).select_from(table).where(table.c.person_id == person_id)
            ).scalar_one()
            for table in (drafts, applications, members, file_rows, questions)
        }
        row = db.execute(select(people_rows).where(people_rows.c.id == person_id)).one()
        found["name or phone"] = sum(one is not None for one in (row.name_sealed, row.phone_sealed, row.phone_print))
        return {name: number for name, number in found.items() if number}

    return village.do(count)


def test_looking_around_keeps_nothing_personal(village: Village) -> None:
    for words in ("/start", "/menu", "/gioithieu", "tui lam khoai deo co tham gia duoc khong", "/hoso", "/trangthai",
                  "/nhacviec", "/dulieu", "/trogiup", f"/start xa_{COMMUNE}", NAME, PHONE):  # fmt: skip
        village.say("guest", words, name=NAME)
    village.send("guest", "contact", phone="+84987000321", name=NAME)
    assert personal_rows(village, "guest") == {}


def test_no_question_of_the_form_comes_and_nothing_personal_is_kept_before_a_clear_yes(village: Village) -> None:
    for answer in (None, "không", "Nguyễn Thị Mẫu", PHONE, "để tôi nghĩ đã", "/menu"):
        village.say("guest", "/dangky", name=NAME)
        if answer is not None:
            village.say("guest", answer, name=NAME)
        assert personal_rows(village, "guest") == {}, answer
    assert village.do(lambda db: db.execute(select(consent_rows)).all()) == []


def test_a_yes_is_kept_with_the_version_of_the_words_that_were_shown(village: Village) -> None:
    village.say("guest", "/dangky")
    village.tap("guest", "Đồng ý")
    row = village.do(lambda db: db.execute(select(consent_rows)).one())
    assert row.text_version == village.pack.consent_texts["registration"].version
    assert (row.purpose, row.channel, row.person_id) == ("registration", CHANNEL, village.person("guest"))


def test_an_old_button_gives_no_consent_to_newer_words_nor_for_somebody_else(village: Village) -> None:
    village.say("guest", "/dangky")
    action = village.button("guest", "Đồng ý")
    assert action is not None
    village.tap("guest", "Không")
    village.press("guest", action)
    village.press("other", action)
    assert village.do(lambda db: db.execute(select(consent_rows)).all()) == []


# --- being forgotten --------------------------------------------------------------------------------------------------


def test_after_being_forgotten_no_sealed_word_of_theirs_opens(village: Village, tmp_path: Path) -> None:
    idea = whole_life(village, tmp_path)
    person_id = village.person("maker")
    sealed = village.do(
        lambda db: db.execute(select(applications.c.answers_sealed).where(applications.c.id == idea.id)).scalar_one()
    )
    where = f"applications:answers:{idea.id}"
    assert village.do(lambda db: unseal_for(db, person_id, where, sealed))["entity_name"] == NAME
    village.say("maker", "/dulieu xoa chac")
    assert village.do(lambda db: unseal_for(db, person_id, where, sealed)) is None
    assert village.do(people.person, person_id) is None
    assert village.do(read_application, idea.id).answers == {}
    assert all(
        village.do(files.content_of, folder=tmp_path, file=one) is None
        for one in village.do(files.files_of, person_id=person_id)
    )
    assert village.do(people.by_phone, "+84987000321") is None


def test_after_being_forgotten_no_account_no_conversation_and_no_message_is_left(
    village: Village, tmp_path: Path
) -> None:
    whole_life(village, tmp_path)
    person_id = village.person("maker")
    second = {"id": "second", "person_id": person_id, "channel": "web", "account": "tab"}
    village.do(
        lambda db: db.execute(accounts.insert().values(**second, state="open", last_spoke_at=village.now - HOUR))
    )
    village.say("maker", "/dulieu xoa chac")

    def left(db) -> dict[str, int]:
        return {
            "accounts": db.execute(
                select(func.count()).select_from(accounts).where(accounts.c.person_id == person_id)
            ).scalar_one(),
            "conversations": db.execute(
                select(func.count()).select_from(conversations).where(conversations.c.person_id == person_id)
            ).scalar_one(),
            "members": db.execute(
                select(func.count()).select_from(members).where(members.c.person_id == person_id)
            ).scalar_one(),
            "messages": db.execute(
                select(func.count())
                .select_from(deliveries)
                .where(
                    deliveries.c.person_id == person_id,
                    deliveries.c.message_sealed.is_not(None) | (deliveries.c.account != ""),
                )
            ).scalar_one(),
            "raw events": db.execute(
                select(func.count()).select_from(inbox).where(inbox.c.raw_sealed.is_not(None))
            ).scalar_one(),
        }

    assert village.do(left) == dict.fromkeys(("accounts", "conversations", "members", "messages", "raw events"), 0)


def test_who_comes_back_after_being_forgotten_is_somebody_new(village: Village, tmp_path: Path) -> None:
    whole_life(village, tmp_path)
    before = village.person("maker")
    village.say("maker", "/dulieu xoa chac")
    village.say("maker", "/hoso")
    village.say("maker", "/dulieu")
    assert village.person("maker") != before
    assert NAME not in "".join(message.plain for message in village.heard["maker"][-2:])
    assert PHONE[-6:] not in "".join(message.plain for message in village.heard["maker"][-2:])


def test_an_office_sees_no_words_of_one_who_was_forgotten(village: Village, tmp_path: Path) -> None:
    idea = whole_life(village, tmp_path)
    village.say("maker", "/dulieu xoa chac")
    before = len(village.heard["office"])
    for words in ("/duyet", f"/duyet {idea.code}", f"/trangthai {idea.code}", f"/xem {idea.code}", "/cauhoi"):
        village.say("office", words)
    said = "\n".join(message.plain for message in village.heard["office"][before:])
    assert found_in(said.encode()) == []


def test_an_open_question_of_one_who_was_forgotten_waits_for_nobody(village: Village) -> None:
    village.official("office", "commune_official", COMMUNE)
    village.person("maker", "Bà Mẫu", place=COMMUNE)
    village.say("maker", "/lienhe")
    village.say("maker", STORY)
    waiting = [choice.action for choice in village.last("office").choices]
    village.say("maker", "/dulieu xoa chac")
    assert not [message for message in village.say("office", "/cauhoi") if message.choices]
    assert STORY not in "".join(message.plain for message in village.press("office", waiting[0]))


@pytest.mark.parametrize("number", ["0987000321", "0987 000 321", "+84987000321", "044.187.000.321"])
def test_a_number_in_a_question_nobody_could_answer_is_not_kept(village: Village, number: str) -> None:
    village.official("office", "province_official", "44")
    village.say("guest", f"xóm Đông muốn đào ao {number} nuôi lươn")
    told = "\n".join(message.plain for message in village.say("office", "/cauhoi"))
    assert "xóm Đông muốn đào ao … nuôi lươn" in told
    assert number not in told


# --- the audit --------------------------------------------------------------------------------------------------------


def test_the_audit_holds_ids_and_no_words(village: Village, tmp_path: Path) -> None:
    whole_life(village, tmp_path)
    village.do(
        invite, pack=village.pack, role="commune_official", place=COMMUNE, by=OPERATOR, on=village.now.date(),
        now=village.now,
    )  # fmt: skip
    village.say("maker", "/dulieu xoa chac")
    rows = village.do(lambda db: db.execute(select(audit_rows)).all())
    assert len(rows) >= 10
    assert found_in(repr(rows).encode()) == []
    for row in rows:
        for value in row:
            assert not isinstance(value, str) or " " not in value.strip('{}"') or value.startswith("{"), value
    assert village.do(audit.verify) is None or village.do(audit.verify) == ()


def test_every_column_that_may_hold_a_persons_words_is_sealed() -> None:
    spoken = {"name", "phone", "answers", "note", "remark", "text", "answer", "message", "state_words", "raw", "title"}
    open_columns = {
        f"{table.name}.{column.name}"
        for table in every_table().sorted_tables
        for column in table.columns
        if column.name in spoken
    }
    assert open_columns <= {"roles.title"}, "an official's public title is the only one that lies open"
    assert {entities.c.name_sealed.name, events.c.note_sealed.name} == {"name_sealed", "note_sealed"}


def test_a_withdrawn_consent_ends_the_reminders_too(village: Village) -> None:
    village.say("maker", "/start")
    village.say("maker", "/nhacviec bat")
    assert village.do(people.person, village.person("maker")).reminders

    village.say("maker", "/dulieu rut chac")

    assert not village.do(people.person, village.person("maker")).reminders
