from pathlib import Path

import pytest

from content.faults import PackFaultsError
from content.message import BOLD, PLAIN
from content.phrases import MissingValueError, Phrases, UnknownPhraseError

HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'


def catalog(**phrases: str) -> str:
    return HEAD + "".join(f'msgid "{key.replace("__", ".")}"\nmsgstr "{text}"\n\n' for key, text in phrases.items())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for language in ("vi", "en"):
        (tmp_path / language).mkdir()
    (tmp_path / "vi" / "chao.po").write_text(
        catalog(chao__hello="Chào {you}!", chao__bold="Mã **{code}** đây", chao__only="Chỉ tiếng Việt"), "utf-8"
    )
    (tmp_path / "en" / "chao.po").write_text(catalog(chao__hello="Hello {you}!"), "utf-8")
    return tmp_path


def faults_of(folder: Path) -> str:
    with pytest.raises(PackFaultsError) as caught:
        Phrases.load(folder)
    return "\n".join(caught.value.faults)


def test_a_phrase_is_filled_in_the_language_asked_for(folder):
    phrases = Phrases.load(folder)

    assert phrases.say("chao.hello", you="bác") == "Chào bác!"
    assert phrases.say("chao.hello", "en", you="you") == "Hello you!"


@pytest.mark.parametrize("language", ["en", "fr"])
def test_what_a_language_lacks_is_said_in_vietnamese(folder, language):
    assert Phrases.load(folder).say("chao.only", language) == "Chỉ tiếng Việt"


def test_stars_of_a_phrase_become_bold_markup(folder):
    assert Phrases.load(folder).say("chao.bold", code="YT-1") == f"Mã {BOLD}YT-1{PLAIN} đây"


@pytest.mark.parametrize("words", ["{you}", "{code.__class__}", "**đậm**", "{", "\\1", "{0}"])
def test_what_a_person_wrote_stays_as_written(folder, words):
    assert Phrases.load(folder).say("chao.bold", code=words, you="x") == f"Mã {BOLD}{words}{PLAIN} đây"


def test_a_key_no_catalog_has_is_an_error_that_names_it(folder):
    with pytest.raises(UnknownPhraseError, match="chao\\.nowhere"):
        Phrases.load(folder).say("chao.nowhere")


def test_a_missing_value_is_an_error_and_never_a_brace_on_a_screen(folder):
    with pytest.raises(MissingValueError, match="you"):
        Phrases.load(folder).say("chao.hello")


def test_a_key_in_two_files_is_a_fault(folder):
    (folder / "vi" / "khac.po").write_text(catalog(chao__hello="Kính chào {you}"), "utf-8")

    assert "'chao.hello' is in locales/vi/chao.po" in faults_of(folder)


def test_a_key_twice_in_one_file_is_a_fault(folder):
    path = folder / "vi" / "chao.po"
    path.write_text(path.read_text("utf-8") + 'msgid "chao.hello"\nmsgstr "Chào {you}!"\n', "utf-8")

    assert "'chao.hello' occurs twice" in faults_of(folder)


def test_all_faults_of_all_files_are_told_at_once(folder):
    (folder / "vi" / "sai.po").write_text(
        catalog(sai__empty="", sai__brace="Một { ngoặc", sai__star="Một ** sao", sai__attr="{you.name}"), "utf-8"
    )
    (folder / "en" / "sai.po").write_text(catalog(sai__strange="no such key", chao__only="{nothing}"), "utf-8")

    told = faults_of(folder)

    for key in ("sai.empty", "sai.brace", "sai.star", "sai.attr", "sai.strange", "chao.only"):
        assert f"'{key}'" in told


def test_the_placeholders_of_a_phrase_are_known(folder):
    assert Phrases.load(folder).placeholders("chao.bold") == {"code"}


OFFICIALS = (
    "capquyen.", "digest.", "installation.channel_", "duyet.", "dulieu.line_official", "handover.", "hanchot.", "paper.official", "tencanbo.", "lamho.", "review.", "sheet.", "soandap.", "tamdung.", "taphuan.", "thongbao.", "ways.",
    "entry.confirmed", "entry.hand_over", "entry.not_yours_to_confirm", "entry.open", "entry.paper_lost", "entry.refused",
    "entry.reminder", "help.arrived", "nghiphep.", "help.commands_official", "help.commands_helper", "help.commands_admin", "lamho.them", "menu.for_others", "menu.roles", "lienhe.answer", "lienhe.button_answer",
    "lienhe.nothing_waits", "lienhe.unanswered", "lienhe.waiting_question", "question.arrived", "question.overdue",
    "question.reported", "question.went_up", "question.kept", "reach.", "button.answer", "button.review", "role.", "start.role_taken", "vieccanlam.counts",
    "vieccanlam.no_counts", "zalo_consent.", "goloi.", "thuam.", "wishes.outside", "wishes.left", "wishes.nobody_left",
    "wishes.week", "wishes.found", "wishes.find_", "wishes.letter_official", "wishes.official_name",
)  # fmt: skip
"""Said to officials, who work in Vietnamese; each stands for all keys that begin so."""
BEFORE_A_CHOICE = ("bot.description", "bot.short_description", "poster.")
"""Shown by the platform, or on a wall, before anybody chose a language."""
SAMPLE_WORDS = ("demo.script.",)
"""The messages of the demo's sample people."""


def test_a_producer_who_chose_english_is_spoken_to_in_english_everywhere():
    phrases = Phrases.load()
    without = (*OFFICIALS, *BEFORE_A_CHOICE, *SAMPLE_WORDS)

    assert sorted(key for key in phrases.keys() - phrases.keys("en") if not key.startswith(without)) == []


def test_what_only_officials_hear_is_really_there():
    keys = Phrases.load().keys()

    assert [name for name in OFFICIALS if not any(key.startswith(name) for key in keys)] == []


def test_the_catalogs_of_the_house_can_be_loaded_and_said():
    phrases = Phrases.load()

    assert phrases.has("status.idea_accepted")
    assert "YT-2021-000123-K" in phrases.say(
        "status.idea_submitted.due",
        product="Khoai deo",
        code="YT-2021-000123-K",
        office_name="Huyện Quảng Ninh",
        due="thứ Ba 15/6",
    )
