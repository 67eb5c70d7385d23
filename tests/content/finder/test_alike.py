"""The likeness of questions: the same one in other words is sure, one about another thing never is."""

import pytest

from content.finder.alike import NEAR, SURE, likeness_of

ASKED = "ngân hàng chính sách có cho vay làm lò sấy không"


@pytest.mark.parametrize(
    "other",
    [
        "ngan hang chinh sach co cho vay lam lo say ko ạ",
        "Cho em hỏi ngân hàng chính sách có cho vay làm lò sấy không?",
        "vay làm lò sấy ngân hàng chính sách có cho không",
    ],
)
def test_the_same_question_is_sure(other: str) -> None:
    assert likeness_of(ASKED, other) >= SURE
    assert likeness_of(other, ASKED) == likeness_of(ASKED, other)


@pytest.mark.parametrize(
    "other", ["ngân hàng chính sách có cho vay làm lò nung không", "ngân hàng chính sách có cho vay làm nhà không"]
)
def test_another_thing_is_offered_and_never_sure(other: str) -> None:
    assert NEAR <= likeness_of(ASKED, other) < SURE


@pytest.mark.parametrize("other", ["hồ sơ gồm những gì", "", "ngân hàng mấy giờ mở cửa", "👍"])
def test_another_question_is_not_near(other: str) -> None:
    assert likeness_of(ASKED, other) < NEAR
