"""Validity is computed from the documents' days and the clock: every topic, on each day a document begins or ends."""

from datetime import date, timedelta
from functools import cache

import pytest
import yaml

from content.phrases import Phrases
from content.programme.pack import PACKS, Pack, load_pack
from registry.citing import days_said, known_card, law_said, sources_said

SHIPPED = {"quang-tri-2026": date(2026, 9, 15), "quang-binh-2021": date(2021, 6, 1)}
FIRST, LAST = date(2018, 1, 1), date(2030, 12, 31)
PHRASES = Phrases.load()

IN_FORCE = {
    # from the law itself, apart from the packs: the first and the last day of each document
    "qd-26-2026": (date(2026, 5, 22), None),
    "qd-148-2023": (date(2023, 2, 24), date(2026, 7, 21)),
    "qd-1489-2025": (date(2025, 7, 6), date(2026, 7, 21)),
    "qd-1048-2019": (date(2019, 8, 21), date(2023, 2, 23)),
    "qd-781-2020": (date(2020, 6, 8), date(2023, 2, 23)),
    "nd-43-2017": (date(2017, 6, 1), date(2026, 1, 22)),
    "nd-37-2026": (date(2026, 1, 23), None),
    "nq-09-2026": (date(2026, 2, 4), date(2026, 4, 15)),
    "nq-15-2026": (date(2026, 4, 6), None),
    "nd-13-2023": (date(2023, 7, 1), date(2025, 12, 31)),
    "nd-356-2025": (date(2026, 1, 1), None),
    "luat-91-2025": (date(2026, 1, 1), None),
    "cv-780-2021": (date(2021, 5, 17), None),
}


@cache
def pack_of(name: str) -> Pack:
    return load_pack(name, SHIPPED[name])


def days_of(name: str) -> list[date]:
    """Each day a document begins or ends, with the day before and after, as the pack's own file has them."""
    rows = yaml.safe_load((PACKS / name / "programme.yaml").read_text("utf-8"))["documents"]
    turns = {row[key] for row in rows for key in ("on", "in_force_from", "in_force_to", "suspended_from") if key in row}
    near = {turn + timedelta(days=days) for turn in turns for days in (-1, 0, 1)}
    return sorted(day for day in near | {FIRST, LAST} if FIRST <= day <= LAST)


def words(pack: Pack, key: str, values: dict[str, object]) -> str:
    return PHRASES.say(key, you="anh/chị", You="Anh/chị", office="UBND", programme=pack.programme.name, **values)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_source_of_every_topic_is_said_as_it_is_on_every_day(name: str) -> None:
    pack = pack_of(name)
    seen = set()
    for day in days_of(name):
        for topic in pack.topics.values():
            for source, said in zip(topic.sources, sources_said(pack, topic.sources, day), strict=True):
                text = words(pack, said.key, dict(said.values))
                begins, ends = IN_FORCE.get(source.document, (None, None))
                ended, ahead = ends is not None and day > ends, begins is not None and day < begins
                if begins is not None:
                    assert ("hết hiệu lực" in text, "có hiệu lực từ" in text) == (ended, ahead), (topic.id, day, text)
                seen.add((ended, ahead))
    assert seen == {(True, False), (False, True), (False, False)}


@pytest.mark.parametrize("name", SHIPPED)
def test_a_document_that_replaces_another_is_named_from_its_own_day_on(name: str) -> None:
    pack = pack_of(name)
    for day in days_of(name):
        text = days_said(pack, "qd-1048-2019", day)
        assert ("thay bằng" in words(pack, text.key, dict(text.values))) == (day >= date(2023, 2, 24))


LAW = {"quang-tri-2026": "qd-26-2026", "quang-binh-2021": "qd-1048-2019"}


@pytest.mark.parametrize("name", SHIPPED)
def test_the_sentence_about_the_law_of_the_pack_is_said_exactly_while_it_is_not_in_force(name: str) -> None:
    pack = pack_of(name)
    begins, ends = IN_FORCE[LAW[name]]
    for day in days_of(name):
        valid = begins is not None and begins <= day and (ends is None or day <= ends)
        assert (law_said(pack, day) is None) == valid, day


@pytest.mark.parametrize("name", SHIPPED)
def test_no_card_about_a_document_is_shown_before_it_was_issued(name: str) -> None:
    pack = pack_of(name)
    topic = pack.topics["van-ban"]
    for day in days_of(name):
        for number in range(len(topic.cards)):
            about = topic.document_at(number)
            issued = pack.programme.document(about).on if about else None
            assert known_card(pack, topic, number, day) == (issued is None or issued <= day)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_document_a_topic_cites_is_in_the_table(name: str) -> None:
    pack = pack_of(name)
    table = {document.id for document in pack.programme.documents}
    assert {source.document for topic in pack.topics.values() for source in topic.sources} <= table


def test_the_decree_that_is_suspended_is_said_so() -> None:
    pack = pack_of("quang-tri-2026")
    text = days_said(pack, "nd-46-2026", date(2026, 11, 30))
    assert "đang tạm ngưng từ ngày 04/02/2026" in words(pack, text.key, dict(text.values))
