"""The reader of topics, and the topics that ship."""

from pathlib import Path

import pytest

from content.programme.topics import AUDIENCES, Source, TopicsError, faults, load_lessons, load_phrasings, load_topics

PACKS = Path(__file__).parents[3] / "content" / "packs"
SHIPPED = ["quang-tri-2026", "quang-binh-2021"]
CONTRACT = """
ocop-la-gi loi-ich ai-duoc-tham-gia san-pham-nao chu-trinh-6-buoc dang-ky-y-tuong nop-o-dau
ho-so-gom-gi phuong-an-kinh-doanh bao-cao-tu-danh-gia thoi-han-dot bo-tieu-chi hang-sao ai-cong-nhan
hieu-luc-36-thang danh-gia-lai nang-hang thu-hoi khong-dat nhan-bao-bi truy-xuat-nguon-goc
attp-cong-bo so-huu-tri-tue logo-ocop cau-chuyen lien-ket-nguyen-lieu xuc-tien-thuong-mai ho-tro-kinh-phi
san-pham-mau sap-nhap-dia-gioi tra-cuu-ho-so du-lieu-ca-nhan lien-he-can-bo du-lich-cong-dong
"""
GOOD = """---
id: mam
title: Mắm là gì?
audience: [new, everyone]
sources:
  - document: Sổ tay nghề
    article: Điều 2
    history: true
synonyms: [mắm tôm]
related: []
---
Mắm làm từ cá.
---card---
Hỏi thêm thì nhắn /lienhe.
"""


def write(folder: Path, text: str, name: str = "mam.md") -> Path:
    (folder / "topics").mkdir(exist_ok=True)
    (folder / "topics" / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("pack", SHIPPED)
def test_shipped_topics_have_no_fault(pack: str) -> None:
    assert faults(PACKS / pack) == []


def test_the_contract_of_ids_holds() -> None:
    assert set(load_topics(PACKS / "quang-tri-2026")) == set(CONTRACT.split())


def test_the_folder_of_topics_reads_like_the_pack() -> None:
    assert load_topics(PACKS / SHIPPED[0] / "topics") == load_topics(PACKS / SHIPPED[0])


@pytest.mark.parametrize("pack", SHIPPED)
def test_lessons_name_topics_for_every_kind_of_producer(pack: str) -> None:
    lessons = load_lessons(PACKS / pack / "lessons.yaml")
    assert set(lessons) == set(AUDIENCES)
    assert all(len(set(order)) == len(order) for order in lessons.values())


def test_tasks_of_the_order_are_complete() -> None:
    topics = load_topics(PACKS / "quang-binh-2021")
    tasks = {
        "viec-san-pham-moi": ["Một:", "Hai:", "Ba:", "Bốn:", "Năm:", "Sáu:"],
        "viec-hoan-thien": ["Một:", "Hai:", "Ba:", "Bốn:", "Năm:"],
        "viec-da-co-sao": ["Một:", "Hai:", "Ba:", "Bốn:"],
    }
    for topic, numbers in tasks.items():
        text = " ".join(topics[topic].cards)
        assert [number for number in numbers if number in text] == numbers


def test_the_topics_of_2021_know_nothing_later() -> None:
    for topic in load_topics(PACKS / "quang-binh-2021").values():
        text = " ".join((*topic.cards, *(source.document for source in topic.sources)))
        assert not any(f"/20{year}" in text or f"năm 20{year}" in text for year in range(22, 27))


def test_a_topic_is_read_with_its_cards_and_sources(tmp_path: Path) -> None:
    topic = load_topics(write(tmp_path, GOOD))["mam"]
    assert topic.cards == ("Mắm làm từ cá.", "Hỏi thêm thì nhắn /lienhe.")
    assert topic.sources == (Source("Sổ tay nghề", "Điều 2", history=True),)
    assert topic.audience == ("new", "everyone")
    assert topic.synonyms == ("mắm tôm",)


BROKEN = {
    "no front matter": ("Mắm.", "front matter"),
    "another id": (GOOD.replace("id: mam", "id: ca"), "id: mam"),
    "no source": (GOOD.replace("document: Sổ tay nghề", "document: ''"), "document"),
    "an unknown audience": (GOOD.replace("new, everyone", "moi"), "audience"),
    "an unknown field": (GOOD.replace("related:", "relatd: []\nrelated:"), "unknown field 'relatd'"),
    "an unknown neighbour": (GOOD.replace("related: []", "related: [ca]"), "'ca'"),
    "an unknown command": (GOOD.replace("/lienhe", "/goi"), "/goi"),
    "a phone number": (GOOD.replace("Mắm làm", "Gọi 0912 345 678 mắm làm"), "phone"),
    "an amount of money": (GOOD.replace("Mắm làm", "Thưởng 5 triệu mắm làm"), "money"),
    "a long card": (GOOD.replace("từ cá", "từ cá " * 120), "at most 600"),
    "many sentences": (GOOD.replace("Mắm làm từ cá.", "Một. Hai. Ba. Bốn. Năm."), "5 sentences"),
    "an empty card": (GOOD.replace("Mắm làm từ cá.", ""), "empty"),
    "a day that is none": (GOOD.replace("related:", "valid_from: mai\nrelated:"), "day"),
    "an end before its beginning": (
        GOOD.replace("related:", "valid_from: 2026-05-22\nvalid_to: 2025-01-01\nrelated:"),
        "valid_to",
    ),
    "no YAML": (GOOD.replace("audience: [", "audience: [["), "YAML"),
}


@pytest.mark.parametrize(("text", "said"), BROKEN.values(), ids=BROKEN.keys())
def test_every_fault_is_found_with_its_file(tmp_path: Path, text: str, said: str) -> None:
    found = faults(write(tmp_path, text))
    assert any(said in fault for fault in found)
    assert all(fault.startswith(f"{tmp_path / 'topics' / 'mam.md'}:") for fault in found)


def test_a_fault_names_its_line(tmp_path: Path) -> None:
    (fault,) = faults(write(tmp_path, GOOD.replace("/lienhe", "/goi")))
    assert f"mam.md:{GOOD.splitlines().index('---card---') + 2}:" in fault


def test_broken_topics_are_refused_all_at_once(tmp_path: Path) -> None:
    write(tmp_path, GOOD.replace("id: mam", "id: ca"))
    write(tmp_path, "Cá.", "ca.md")
    with pytest.raises(TopicsError) as refusal:
        load_topics(tmp_path)
    assert len(str(refusal.value).splitlines()) == 2


def test_an_empty_pack_is_a_fault(tmp_path: Path) -> None:
    assert "no topics" in faults(tmp_path)[0]


def test_phrasings_and_lessons_of_unknown_topics_are_faults(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    (tmp_path / "phrasings.tsv").write_text("mắm gì\tmam\nhello\tnone\ncá\tca\n", encoding="utf-8")
    (tmp_path / "lessons.yaml").write_text("new: [mam, ca]\nold: [mam]\n", encoding="utf-8")
    found = faults(tmp_path)
    assert [fault.split(": ")[0].rsplit("/", 1)[1] for fault in found] == [
        "phrasings.tsv:3",
        "lessons.yaml:1",
        "lessons.yaml:2",
    ]


@pytest.mark.parametrize("text", ["new: mam", "- mam", "new: [mam", ""])
def test_lessons_of_another_shape_are_a_fault(tmp_path: Path, text: str) -> None:
    write(tmp_path, GOOD)
    (tmp_path / "lessons.yaml").write_text(text, encoding="utf-8")
    (fault,) = faults(tmp_path)
    assert "lessons.yaml:1:" in fault


def test_a_phrasing_without_a_topic_is_refused(tmp_path: Path) -> None:
    (tmp_path / "phrasings.tsv").write_text("mắm gì\n", encoding="utf-8")
    with pytest.raises(TopicsError, match=r"phrasings\.tsv:1"):
        load_phrasings(tmp_path / "phrasings.tsv")


def test_a_pack_without_phrasings_has_none(tmp_path: Path) -> None:
    assert load_phrasings(tmp_path / "phrasings.tsv") == []
