"""Walks along the registers of the house: what is listed exists, and what exists is listed."""

from functools import cache
from pathlib import Path

import pytest

from content.fold import fold
from content.phrases import Phrases, read_catalogs
from content.programme.checks.packs import check_pack, keys_of_pack
from content.programme.checks.phrases import check_phrases, unused_and_unknown_keys
from content.programme.pack import PACKS, Pack, read_pack
from handlers import rooms, start
from handlers.conversation.command import Conversation
from handlers.rooms import COMMAND_NAMES, COMMANDS, CONVERSATIONS, front_desk
from registry.applications.review import act_name
from registry.people.roles import ACTS, ROLE_IDS

HOUSE = Path(rooms.__file__).parent.parent
SOURCES = tuple(HOUSE / room for room in ("bot", "console", "content", "handlers", "registry", "scheduler"))
LANGUAGES = ("vi", "en")


@cache
def phrases() -> Phrases:
    return Phrases.load()


@cache
def packs() -> tuple[Pack, ...]:
    folders = sorted(path.parent for path in PACKS.glob("*/programme.yaml"))
    found = []
    for folder in folders:
        pack, faults = read_pack(folder, None)
        assert pack is not None, faults
        found.append(pack)
    return tuple(found)


# --- commands ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [one.name for one in COMMANDS if one.listed and not one.official])
def test_every_listed_command_has_words_for_the_list_of_commands(command: str) -> None:
    assert phrases().has(f"command.{command}")


@pytest.mark.parametrize("command", [one.name for one in COMMANDS if one.listed and one.official])
def test_every_listed_command_of_officials_stands_in_their_help(command: str) -> None:
    assert f"/{command}" in phrases().text("help.commands_official")


def test_the_list_everybody_sees_names_no_command_of_officials() -> None:
    listed = {command.name for command in COMMANDS if command.listed and not command.official}
    kept = {key.removeprefix("command.") for key in phrases().keys("vi") if key.startswith("command.")}
    assert kept == listed
    assert not any(f"/{one.name}" in phrases().text("help.commands") for one in COMMANDS if one.official)


def test_no_command_and_no_plain_word_means_two_things() -> None:
    names = [command.name for command in COMMANDS]
    assert len(names) == len(set(names))
    assert not start.ALIASES.keys() & set(names)
    meant: dict[str, str] = {}
    for command in COMMANDS:
        for words in {fold(one) for one in (*command.phrases, command.name)}:
            assert meant.setdefault(words, command.name) == command.name, words


def test_every_alias_leads_to_a_command() -> None:
    desk = front_desk()
    assert all(desk.command(name) is not None for name in start.ALIASES)


@pytest.mark.parametrize("room", rooms.ROOMS, ids=lambda room: room.__name__)
def test_every_conversation_of_a_room_is_on_the_register(room: object) -> None:
    for conversation in getattr(room, "CONVERSATIONS", ()):
        assert conversation in CONVERSATIONS


def test_no_two_conversations_share_a_topic() -> None:
    topics = [conversation.topic for conversation in CONVERSATIONS]
    assert len(topics) == len(set(topics))


def test_every_room_of_conversations_is_on_the_register() -> None:
    files = {path for path in (HOUSE / "handlers").rglob("*.py") if "\nCOMMANDS = " in path.read_text("utf-8")}
    exporting = {path.relative_to(HOUSE).with_suffix("").as_posix().replace("/", ".") for path in files}
    assert exporting - {"handlers.rooms"} == {room.__name__ for room in rooms.ROOMS}


@pytest.mark.parametrize("conversation", CONVERSATIONS, ids=lambda one: one.topic)
def test_every_conversation_can_answer_and_repeat(conversation: Conversation) -> None:
    assert callable(conversation.answer)
    assert callable(conversation.repeat)


# --- phrases ----------------------------------------------------------------------------------------------------------


def test_every_phrase_said_exists_and_every_phrase_that_exists_is_said() -> None:
    named = frozenset().union(*(keys_of_pack(pack) for pack in packs()))
    unused, unknown = unused_and_unknown_keys(SOURCES, phrases(), named)
    readers = "".join(path.read_text("utf-8") for path in (HOUSE / "handlers" / "reading").glob("*.py"))
    unused = tuple(key for key in unused if not made_by_a_reader(key, readers))
    assert not unknown, "\n".join(map(str, unknown))
    assert not unused, "\n".join(unused)


def made_by_a_reader(key: str, readers: str) -> bool:
    """Readers build their key from a noun ("reading.money") and the result (".taken")."""
    noun, _, what = key.rpartition(".")
    said = any(f"{start}{what}{end}" in readers for start in ".\"'" for end in "\"'")
    return noun.startswith("reading.") and f'"{noun}' in readers and said


def test_the_catalogs_have_no_fault_and_name_no_command_that_is_not_there() -> None:
    faults = check_phrases(commands=COMMAND_NAMES)
    assert not faults, "\n".join(map(str, faults))


def test_english_asks_for_no_value_that_vietnamese_does_not_have() -> None:
    _, faults = read_catalogs(HOUSE / "content" / "locales")
    assert not faults
    for key in phrases().keys("en"):
        assert phrases().placeholders(key, "en") <= phrases().placeholders(key, "vi"), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_role_and_every_state_has_its_words(language: str) -> None:
    for role in ROLE_IDS:
        assert phrases().text(f"role.{role}", language)
    for pack in packs():
        for status in pack.programme.statuses:
            assert phrases().text(f"status.name.{status.id}", language)


# --- packs ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [path.parent.name for path in sorted(PACKS.glob("*/programme.yaml"))])
def test_a_pack_that_comes_along_has_no_fault(name: str) -> None:
    faults = check_pack(PACKS / name, commands=COMMAND_NAMES, phrases=phrases())
    assert not faults, "\n".join(map(str, faults))


def test_every_act_an_office_can_take_has_a_row_in_the_authorisation_table() -> None:
    for pack in packs():
        levels = {level.id for level in pack.programme.levels}
        for row in pack.programme.transitions:
            if row.by in levels:
                assert act_name(row.act) in ACTS, row.act


def test_every_act_an_office_can_take_on_an_idea_has_a_button() -> None:
    for pack in packs():
        levels = {level.id for level in pack.programme.levels}
        for row in pack.programme.transitions:
            if row.by in levels and any(status.startswith("idea_") for status in row.start):
                assert phrases().has(f"duyet.act.{row.act}"), row.act
                assert phrases().has(f"duyet.event.{row.act}"), row.act
