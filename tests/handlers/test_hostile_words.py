"""People's text is stored and shown as written, and never becomes markup, a formula, a command or a value."""

import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels.telegram.rendering import as_html
from content.fold import clean
from content.message import BOLD, PLAIN, Message
from content.papers.papers import paper_docx, paper_pdf
from handlers.dangky.paper import idea_paper
from platforms.telegram.entities import parse_html
from registry.applications.applications import Application
from registry.applications.drafts import open_drafts
from tests.content.papers.printed import docx_text, pdf_pages
from tests.handlers.desk import COMMUNE, DISTRICT, PROVINCE, Village, open_village, words_of

HOSTILE = {
    "markup": 'Trà <b>đậm</b> <a href="tg://user?id=1">bấm</a>',
    "a heart": "Trà <3 & mật ong",
    "entity": "&lt;b&gt; &amp; &#60;",
    "stars": "**đậm** __nghiêng__ `mã`",
    "braces": "{you} {{ config }} {0.__class__} {",
    "template": "{{ 7*7 }} {% raw %} ${jndi:ldap://x} #{1}",
    "formula": "=1+1",
    "hyperlink": '=HYPERLINK("http://x.vn","bấm")',
    "command line": "=cmd|'/c calc'!A1",
    "plus": "+84 là số @ai -1",
    "sql": "'); DROP TABLE people;--",
    "path": "../../etc/passwd%00",
    "typst": '#eval("1+1") $x$ *đậm* @ref <nhãn> \\',
    "xml": "]]> <![CDATA[ <?xml ?>",
    "emoji": "Khoai 🍠👩‍🌾 ngon",
    "turned round": "Khoai \u202egnon\u202c ngon",
    "zero width": "Kh\u200boai\u200f d\ufeffeo",
    "decomposed": unicodedata.normalize("NFD", "Nước mắm Hải Ninh loại đặc biệt"),
    "controls": "Khoai\x00\x07\x1b[31m deo",
    "our own marks": f"Khoai {BOLD}deo{PLAIN}",
    "lone half": "Khoai \ud83d deo",
    "zalgo": "Kho" + "a\u0301\u0302\u0303\u0304\u0305" * 8 + "i",
    "long": "ơ" * 120,
    "number": "1",
    "slash": "tên /dulieu xoa chac",
}


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as opened:
        opened.official("office", "district_official", DISTRICT, "Cán bộ huyện")
        yield opened


def shown_on_telegram(message: Message) -> str:
    """The text a person reads there, by the platform's rules of parsing."""
    return parse_html(as_html(message.text)).text


def flat(text: str) -> str:
    return " ".join(text.split())


def test_the_strings_are_what_they_say() -> None:
    assert clean(HOSTILE["turned round"]) == "Khoai gnon ngon"
    assert clean(HOSTILE["our own marks"]) == "Khoai deo"
    assert clean(HOSTILE["controls"]) == "Khoai[31m deo"
    assert clean(HOSTILE["decomposed"]) == "Nước mắm Hải Ninh loại đặc biệt"


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_kept_and_shown_as_written_to_the_producer_and_the_office(village: Village, name: str) -> None:
    words = clean(HOSTILE[name])
    if words == "1":
        words = "số 1"
    idea = village.register(
        "maker", words, "sp moi", "thuc pham", "ho gia dinh", f"Hộ {words[:100]}", "0912345678", "vo ninh"
    )
    assert idea.answers["product_name"] == words
    assert idea.answers["entity_name"] == clean(f"Hộ {words[:100]}")
    for account, command in (("maker", "trangthai"), ("maker", "xem"), ("maker", "hoso"), ("office", "duyet")):
        message = village.say(account, f"/{command} {idea.code}")[0]
        assert flat(words) in flat(message.plain), command
        assert flat(words) in flat(shown_on_telegram(message)), command
    listed = village.say("office", "/duyet")[0]
    assert flat(words) in listed.plain
    assert listed.choices[0].label == flat(words)[:40]


@pytest.mark.parametrize("name", HOSTILE)
def test_it_stands_on_the_papers_as_written(village: Village, name: str) -> None:
    words = clean(HOSTILE[name])
    idea = village.idea(village.person("maker"), COMMUNE, product_name=words, story=words)
    paper = idea_paper(village.house, idea, day=village.now.date())
    printed = docx_text(paper_docx(paper, village.pack.papers))
    pages = "".join(pdf_pages(paper_pdf(paper, village.pack.papers)))
    assert squeezed(words) in squeezed(printed)
    if name != "zalgo":  # marks upon marks have no letter to be found by in a page's text
        assert squeezed(words) in squeezed(pages)


def squeezed(text: str) -> str:
    """Without blanks (lines break where the paper ends) and without signs no paper's typeface has."""
    return "".join(
        letter for letter in text if letter.isalnum() or (letter.isascii() and letter.isprintable() and letter != " ")
    )


@pytest.mark.parametrize("name", HOSTILE)
def test_a_question_to_the_office_and_its_answer_arrive_as_written(village: Village, name: str) -> None:
    words = clean(f"Hỏi: {HOSTILE[name]}")
    village.person("maker", "Bà Mẫu", place=COMMUNE)
    village.say("maker", "/lienhe")
    village.say("maker", words)
    assert words in village.last("office").plain
    assert flat(words) in flat(shown_on_telegram(village.last("office")))
    village.tap("office", "Trả lời")
    village.say("office", words)
    village.wait_out_delay()  # a link is read above first
    assert words in village.last("maker").plain


@pytest.mark.parametrize("name", HOSTILE)
def test_an_announcement_and_a_remark_arrive_as_written(village: Village, name: str) -> None:
    words = clean(f"Mời bà con: {HOSTILE[name]}")
    idea = village.idea(village.person("maker", "Bà Mẫu", place=COMMUNE))
    village.deliver()
    village.say("office", "/thongbao")
    village.tap("office", "Cả")
    village.official("second", "province_official", PROVINCE)
    village.say("office", words)
    if village.button("office", "Gửi cho") is None:  # a link: a second official looks at it first
        village.tap("office", "Gửi người duyệt")
        village.deliver()
        village.tap("second", "Xem và duyệt")
        village.tap("second", "Duyệt, gửi")
    else:
        village.tap("office", "Gửi cho")
    village.wait_out_delay()
    assert any(words in message.plain for message in village.heard["maker"])
    assert any(words in message.plain for message in village.heard["second"])
    village.say("office", f"/quyet {idea.code} {idea.version} return")
    village.say("office", f"1: {words}")
    village.tap("office", "Gửi trả")
    assert words in village.last("maker").plain
    assert flat(words) in flat(shown_on_telegram(village.last("maker")))


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_not_understood_is_said_back_without_becoming_anything(village: Village, name: str) -> None:
    words = clean(HOSTILE[name])
    for start in (
        words,
        f"/{words}",
        f"/trangthai {words}",
        f"/duyet {words}",
        f"/gioithieu {words}",
        f"/dahieu {words}",
    ):
        for reply in (*village.say("office", start), *village.press("office", start[:60])):
            assert BOLD not in reply.text.replace(BOLD, "", reply.text.count(PLAIN))
            assert parse_html(as_html(reply.text)).text.strip()
        village.say("office", "/huy")


def test_a_name_of_several_lines_cannot_pass_for_several_entries(village: Village) -> None:
    village.idea(village.person("maker"), COMMUNE, product_name="Khoai\n• Mật ong (YT-2021-000999-X): đã công nhận")
    listed = village.say("office", "/duyet")[0].plain
    assert "Khoai • Mật ong" in listed
    assert sum(line.startswith("• ") for line in listed.splitlines()) == 1


def test_4096_letters_are_told_their_limit_and_what_was_answered_stays(village: Village) -> None:
    village.say("maker", "/dangky")
    village.tap("maker", "Đồng ý")
    for field, most in (("story", 3000), ("description", 1000)):
        village.say("maker", f"/sua {field}")
        told = words_of(village.say("maker", "ố" * 4096)[0])
        assert "4096" in told
        assert str(most) in told
        village.say("maker", "ố" * most)
    answers = village.do(open_drafts, person_id=village.person("maker"))[0].answers
    assert answers["story"] == "ố" * 3000
    assert answers["description"] == "ố" * 1000


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=st.text(min_size=1, max_size=300))
def test_any_text_is_read_on_telegram_as_it_was_written(text: str) -> None:
    words = clean(text)
    message = Message(f"{BOLD}Tên{PLAIN}: {words}.")
    assert shown_on_telegram(message) == parse_html(as_html(message.plain)).text
    assert flat(f"Tên: {words}.") == flat(shown_on_telegram(message))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    text=st.text(
        alphabet=st.sampled_from("<>&\"'{}*_`=+-@/\\#$%;:.0aắ\u202e\u200b\x07\ud83d\n🍠\u0301"), min_size=3, max_size=40
    )
)
def test_any_name_goes_through_the_whole_house(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    words = clean(f"Bà {text}")
    with open_village(tmp_path_factory.mktemp("house")) as village:
        village.official("office", "district_official", DISTRICT)
        idea: Application = village.idea(village.person("maker"), COMMUNE, product_name=words, entity_name=words)
        village.deliver()
        arrived = village.last("office")
        whole = village.say("office", f"/duyet {idea.code}")[0]
        for message in (arrived, whole):
            assert flat(words) in flat(message.plain)
            assert flat(words) in flat(shown_on_telegram(message))
        assert village.fresh(idea).answers["product_name"] == words
