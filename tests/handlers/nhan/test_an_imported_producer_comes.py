"""
A producer of the office's list registers by themselves (lists/plain.xlsx is such a list).

Once their new idea hid the recognised product for good, and the official was not told that the product is known.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.commands.lists.reading import read_workbook
from registry.applications.drafts import open_drafts
from registry.applications.entities import entity
from registry.imports.taking import take_in
from registry.people.people import person, set_preference
from registry.store.rows import roles
from scheduler import reminders
from tests.handlers.desk import Village, open_village, words_of
from tests.scheduler.village import tell

LIST = Path(__file__).with_name("lists") / "plain.xlsx"
ENTITY, PRODUCT = "Hợp tác xã Khoai deo Mẫu", "Khoai deo Mẫu"


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path, "quang-tri-2026") as opened:
        book = read_workbook(LIST, opened.pack, known=frozenset(), today=opened.now.date())
        assert not book.faults
        opened.do(take_in, pack=opened.pack, listed=book.entities, products=book.products, now=opened.now)
        opened.official("xa", "commune_official", "19225", "Cán bộ OCOP xã")
        yield opened


def register(village: Village, account: str, *answers: str) -> None:
    village.say(account, "/dangky")
    village.tap(account, "Đồng ý")
    for words in answers:
        village.say(account, words)


def offered(village: Village, account: str, label: str) -> str:
    """The newest button with this label, in any message the person sees."""
    return [one.action for message in village.heard[account] for one in message.choices if label in one.label][-1]


def test_who_shares_the_number_of_the_list_gets_the_recognised_product(village: Village) -> None:
    register(village, "lan", PRODUCT, "Đã có sao", "thực phẩm", "hợp tác xã", ENTITY)
    village.send("lan", "contact", phone="+84900000001")
    village.press("lan", offered(village, "lan", "Nhận"))
    village.deliver()
    village.press("xa", offered(village, "xa", "Giao cho người này"))
    village.deliver()

    assert PRODUCT in "".join(map(words_of, village.say("lan", "/hoso")))
    assert "3 sao, giấy số 12/QĐ-UBND" in "".join(map(words_of, village.say("lan", "/trangthai")))
    village.do(set_preference, person_id=village.person("lan"), reminders=True)
    village.now = village.now.replace(year=2028, month=6, day=1, hour=2)
    village.do(reminders.sweep, pack=village.pack, tell=tell, now=village.now)
    assert PRODUCT in "".join(map(words_of, village.say("lan", "/nhacviec")))


def test_who_registers_it_again_is_asked_and_the_official_learns_that_it_is_known(village: Village) -> None:
    register(
        village, "lan", "khoai gieo mau", "Sản phẩm mới", "thực phẩm", "hộ gia đình", "Trần Thị Lan", "0912345678",
        "19225",
    )  # fmt: skip
    asked = "".join(map(words_of, village.tap("lan", "Gửi")))
    assert "đã có sản phẩm được công nhận 3 sao" in asked
    assert ENTITY not in asked
    assert "Nguyễn Thị Mẫu" not in asked

    village.tap("lan", "Không, sản phẩm khác")
    village.deliver()

    assert "Giống sản phẩm đã có sao" in village.all_words("xa")
    code = village.all_words("lan").split("Mã: ")[1].split("\n")[0]
    whole = "".join(map(words_of, village.say("xa", f"/duyet {code}")))
    assert f"Giống sản phẩm đã có: {PRODUCT}" in whole


def test_who_calls_it_theirs_makes_the_official_call_and_nothing_moves(village: Village) -> None:
    register(village, "lan", PRODUCT, "Sản phẩm mới", "thực phẩm", "hợp tác xã", ENTITY, "0912345678", "19225")
    village.tap("lan", "Gửi")
    said = "".join(map(words_of, village.tap("lan", "Phải, của tôi")))
    village.deliver()

    assert "Em đã báo cán bộ" in said
    assert "0912 345 678" in village.all_words("xa")
    assert PRODUCT not in "".join(map(words_of, village.say("lan", "/trangthai")))
    code = words_of(village.press("xa", offered(village, "xa", "Lấy mã"))[0])
    assert ENTITY in code


def test_who_calls_it_theirs_keeps_the_draft_and_may_share_the_listed_number(village: Village) -> None:
    register(village, "lan", PRODUCT, "Sản phẩm mới", "thực phẩm", "hợp tác xã", ENTITY, "0912345678", "19225")
    village.tap("lan", "Gửi")
    village.tap("lan", "Phải, của tôi")
    village.deliver()
    assert "là của mình" in village.all_words("xa")
    assert drafts_of(village, "lan") == [PRODUCT]

    village.send("lan", "contact", phone="+84900000001")
    village.press("lan", offered(village, "lan", "Nhận"))
    village.deliver()

    assert "muốn nhận" in village.all_words("xa")


def test_without_an_official_who_calls_it_theirs_keeps_the_draft(village: Village) -> None:
    village.do(lambda db: db.execute(update(roles).values(revoked_at=village.now)).rowcount)
    register(village, "lan", PRODUCT, "Sản phẩm mới", "thực phẩm", "hợp tác xã", ENTITY, "0912345678", "19225")
    village.tap("lan", "Gửi")
    said = "".join(map(words_of, village.tap("lan", "Phải, của tôi")))

    assert "Nơi ấy chưa có cán bộ" in said
    assert drafts_of(village, "lan") == [PRODUCT]


def drafts_of(village: Village, account: str) -> list[str]:
    found = village.do(open_drafts, person_id=village.person(account))
    return [str(one.answers["product_name"]) for one in found]


def test_an_idea_with_a_like_name_is_nothing_a_producer_is_asked_about(village: Village) -> None:
    idea = village.idea(village.person("hang-xom"), "19225", product_name="Bánh xoài Mẫu")
    register(
        village, "lan", "Bánh xoài Mẫu", "Sản phẩm mới", "thực phẩm", "hộ gia đình", "Trần Thị Lan", "0912345678",
        "19225",
    )  # fmt: skip

    village.tap("lan", "Gửi")

    assert "Em đã nhận ý tưởng" in village.all_words("lan")
    code = village.all_words("lan").split("Mã: ")[1].split("\n")[0]
    assert f"Bánh xoài Mẫu ({idea.code})" in "".join(map(words_of, village.say("xa", f"/duyet {code}")))


# --- an entity is offered first; corrections reach the records --------------------------------------------------------

ANSWERS = ("Nước mắm", "Sản phẩm mới", "thực phẩm", "hộ gia đình", "Trần Thị Lan", "0912345678", "19225")


def test_somebody_with_an_entity_is_offered_it_first(village: Village) -> None:
    village.register("lan", *ANSWERS)

    village.say("lan", "/dangky")
    village.tap("lan", "Trần Thị Lan")
    village.say("lan", "Mật ong rừng")
    village.say("lan", "Sản phẩm mới")
    summary = "".join(map(words_of, village.say("lan", "thực phẩm")))

    assert "Trần Thị Lan" in summary
    assert "0912 345 678" in summary
    village.tap("lan", "Gửi")
    assert "Mật ong rừng" in "".join(map(words_of, village.say("lan", "/hoso")))


def test_another_entity_begins_with_nothing_known(village: Village) -> None:
    village.register("lan", *ANSWERS)
    village.say("lan", "/dangky")

    asked = "".join(map(words_of, village.tap("lan", "Chủ thể khác")))

    assert "Câu 1/7" in asked


def test_a_corrected_number_name_and_place_reach_the_persons_own_record(village: Village) -> None:

    made = village.register("lan", *ANSWERS)
    village.official("tinh", "province_official", "44")
    village.press("xa", f"/quyet {made.code} 1 return")
    village.say("xa", "6: số này không gọi được")
    village.tap("xa", "Gửi trả")
    village.deliver()
    village.say("lan", f"/sua {made.code} phone")
    village.say("lan", "0987654321")
    village.say("lan", "sửa câu 5")
    village.say("lan", "Trần Thị Lan Anh")
    village.say("lan", "sửa câu 7")
    village.say("lan", "19207")
    village.tap("lan", "Gửi")

    known, of = village.do(person, village.person("lan")), village.do(entity, made.entity_id)
    assert known is not None
    assert of is not None
    assert (known.phone, known.name, known.place) == ("+84987654321", "Trần Thị Lan Anh", "19207")
    assert (of.name, of.place) == ("Trần Thị Lan Anh", "19207")
    village.now += timedelta(seconds=1)
