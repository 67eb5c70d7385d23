"""A producer in the middle of the form of ideas."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from registry.applications import drafts
from tests.handlers.desk import Village, open_village

WHO = "ba con"
TO_THE_PHONE = ("Mắm ruốc", "Sản phẩm mới", "Thực phẩm", "Hộ gia đình", "Nguyễn Thị Mẫu")
TO_THE_END = (*TO_THE_PHONE, "0912345678", "Hải Ninh, Quảng Ninh")


@contextmanager
def begun(tmp_path: Path, pack: str = "quang-binh-2021") -> Iterator[Village]:
    """A village in which the producer has begun the form."""
    with open_village(tmp_path, pack) as there:
        there.say(WHO, "/dangky")
        there.tap(WHO, "Đồng ý")
        yield there


def say_all(village: Village, *texts: str) -> None:
    for text in texts:
        village.say(WHO, text)


def to_the_price(village: Village) -> None:
    say_all(village, *TO_THE_END, "Bổ sung thêm", *["/boqua"] * 8)


def answers(village: Village) -> dict[str, object]:
    (draft,) = village.do(drafts.open_drafts, person_id=village.person(WHO))
    return dict(draft.answers)


def said(village: Village) -> str:
    return village.last(WHO).plain
