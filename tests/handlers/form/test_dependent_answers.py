"""Answers that hang on another one leave with it: a tax code of a company is not handed in with a household."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.applications.drafts import open_drafts
from tests.handlers.desk import Village, open_village

WHO = "bà con"
COMPANY = ("Nước mắm", "mới", "thực phẩm", "doanh nghiệp", "Cty Mẫu", "0912345678", "hai ninh")


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as there:
        there.say(WHO, "/dangky")
        there.tap(WHO, "Đồng ý")
        for words in COMPANY:
            there.say(WHO, words)
        yield there


def answers(village: Village) -> dict[str, object]:
    (draft,) = village.do(open_drafts, person_id=village.person(WHO))
    return dict(draft.answers)


def fix(village: Village, field: str, *words: str) -> None:
    village.say(WHO, f"/sua {field}")
    for one in words:
        village.say(WHO, one)


def test_an_answer_leaves_with_the_one_it_hangs_on_and_the_others_stay(village: Village) -> None:
    fix(village, "tax_code", "3199999997")
    fix(village, "contact_person", "Trần Văn Mẫu")
    assert {"tax_code", "contact_person"} <= answers(village).keys()

    fix(village, "entity_kind", "tổ hợp tác")
    assert "tax_code" not in answers(village)
    assert answers(village)["contact_person"] == "Trần Văn Mẫu", "a group is asked for it too"

    fix(village, "entity_kind", "hộ gia đình")
    kept = answers(village)
    assert not {"tax_code", "contact_person"} & kept.keys()
    assert (kept["entity_kind"], kept["product_name"], kept["phone"]) == ("household", "Nước mắm", "+84912345678")


def test_the_same_answer_again_drops_nothing(village: Village) -> None:
    fix(village, "tax_code", "3199999997")
    fix(village, "entity_kind", "doanh nghiệp")

    assert answers(village)["tax_code"] == "3199999997"


def test_a_kind_that_is_asked_for_the_code_too_keeps_it(village: Village) -> None:
    fix(village, "tax_code", "3199999997")
    fix(village, "entity_kind", "hợp tác xã")

    assert answers(village)["tax_code"] == "3199999997"
