"""Questions about a document itself find its card; questions that only name one find their topic."""

from datetime import date

import pytest

from content.finder.search import Answers, answers_of
from content.programme.pack import load_pack


@pytest.fixture(scope="module")
def today() -> Answers:
    return answers_of(load_pack("quang-tri-2026", date(2026, 11, 30)))


ABOUT = {
    "without marks": ("nghi quyet 09/2026 con hieu luc khong", "nq-09-2026"),
    "a bare number": ("148 là gì", "qd-148-2023"),
    "a bare number of four digits": ("1048 còn hiệu lực ko", "qd-1048-2019"),
    "number and year alone": ("781/2020", "qd-781-2020"),
    "the whole number": ("quyết định 148/QĐ-TTg hết hiệu lực chưa", "qd-148-2023"),
    "a short kind": ("NĐ 13/2023/NĐ-CP thay bằng gì", "nd-13-2023"),
    "a law": ("luật 91 nói gì", "luat-91-2025"),
    "a year apart": ("QĐ 148 năm 2023 bị thay bởi văn bản nào", "qd-148-2023"),
    "the kind decides between two numbers": ("nghị quyết 15 là gì", "nq-15-2026"),
    "speech of Quảng Bình": ("quyết định 26 ban hành ngày mô rứa", "qd-26-2026"),
    "with its day": ("quyết định 1048 ngày 21/8/2019 còn áp dụng không", "qd-1048-2019"),
}


@pytest.mark.parametrize(("question", "document"), ABOUT.values(), ids=ABOUT)
def test_a_question_about_a_document_finds_it(today: Answers, question: str, document: str) -> None:
    found = today.ask(question)

    assert (found.topic, found.document, found.suggestions) == ("van-ban", document, ())


def test_a_document_with_a_topic_of_its_own_finds_that_topic_and_offers_its_card(today: Answers) -> None:
    for question, topic in (("nghị định 15 còn dùng không", "attp-cong-bo"), ("nđ 37/2026 là gì", "nhan-bao-bi")):
        found = today.ask(question)
        assert (found.topic, found.suggestions, found.document) == (topic, ("van-ban",), None)


@pytest.mark.parametrize(
    "question",
    [
        "hồ sơ theo quyết định 26 gồm những gì",
        "theo qđ 148 thì 3 sao ai công nhận",
        "100 điểm thì mấy sao",
        "còn 120 ngày nữa hết hạn",
    ],
)
def test_a_question_that_only_names_a_number_has_another_subject(today: Answers, question: str) -> None:
    assert today.ask(question).document is None


def test_a_document_the_pack_does_not_know_is_not_guessed(today: Answers) -> None:
    found = today.ask("nghị định 999 còn hiệu lực không")

    assert (found.topic, found.suggestions, found.document) == (None, ("van-ban",), None)


def test_a_document_of_a_later_day_is_not_known_before() -> None:
    then = answers_of(load_pack("quang-binh-2021", date(2021, 6, 1)))

    assert then.ask("quyết định 148 là gì").topic is None
    assert then.ask("quyết định 1048 là gì").document == "qd-1048-2019"
