"""Odd words under a question for text: acted on, asked back or read back, and never stored silently."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from content.programme.form_spec import Field
from handlers.form.plausible import act_in, judge
from registry.applications.drafts import open_drafts
from registry.people.people import person as read_person
from scheduler.nudges import nudge_said
from tests.handlers.desk import Village, pack_of
from tests.handlers.form.filling import TO_THE_END, TO_THE_PHONE, WHO, answers, begun, said, say_all

PACKS = ("quang-binh-2021", "quang-tri-2026")
CASES = [
    (row["field"], row["typed"], row["right"])
    for row in csv.DictReader(
        (
            line
            for line in Path(__file__).with_name("odd_answers.tsv").read_text("utf-8").splitlines()
            if line[:1] != "#"
        ),
        delimiter="\t",
    )
]
READ_BACK = {"Ghi vậy", "Câu trước", "Chưa hiểu câu này"}


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with begun(tmp_path) as there:
        yield there


def at_the(village: Village, field: str) -> None:
    if field == "entity_name":
        say_all(village, *TO_THE_PHONE[:4])


def labels(village: Village) -> set[str]:
    return {choice.label for choice in village.last(WHO).choices}


def outcome(village: Village, field: str) -> str:
    """The outcome of the last words under this question, as the cases name it."""
    talk, told = village.talk(WHO), said(village)
    if answers(village).get(field) is not None:
        return str(answers(village)[field])
    if talk.step != field:
        return "back"
    if talk.data.get("confirm"):
        return "confirm" if labels(village) >= READ_BACK else "half"
    if talk.data.get("ask"):
        return "split"
    if "pháp luật không cho phép" in told:
        return "refuse"
    return "later" if "em chờ ạ" in told or "Dừng ở đây" in labels(village) else "answered"


@pytest.mark.parametrize(("field", "typed", "right"), CASES)
def test_what_people_typed_ends_as_it_should(village: Village, field: str, typed: str, right: str) -> None:
    at_the(village, field)

    village.say(WHO, typed)

    ended = outcome(village, field)
    if right.startswith("confirm"):
        assert ended == "confirm"
    elif right in {"help", "ask"}:
        assert ended in {"answered", "later"} if right == "help" else ended == "answered"
    else:
        assert ended == right.partition(" (")[0]
    if "phone" in right:
        assert answers(village)["phone"] == "+84912345678"
        assert answers(village).get("place")


# --- every question for text of both packs ----------------------------------------------------------------------------


NOWHERE = (
    # questions, with and without marks
    "có mất tiền không", "co mat tien khong", "ai xem được thông tin này vậy", "nộp ở đâu", "nop o dau vay em", "bao lâu thì xong",
    "bao gio co ket qua", "tại sao phải ghi câu này", "tai sao hoi cai nay", "câu này để làm gì", "em tên gì", "la gi rua em",
    "không ghi có được không", "khong ghi co duoc khong", "chị ghi tên con gái được không", "cho hỏi một chút", "làm sao để sửa", "mấy sao",
    # not understood, no answer, who is tired of it
    "chị không hiểu câu này", "khong hieu", "tôi chưa hiểu ý em", "câu này khó hiểu quá", "sao hỏi nhiều thế", "hoi nhieu the", "hỏi chi lắm rứa",
    "ghi răng đây em", "không biết ghi chi", "chị không biết chữ", "chưa có tên", "skip", "help", "menu",
    # later
    "chờ chị chút", "cho chi ti", "để mai chị nhắn tiếp nha", "de mai nhan tiep", "hỏi chồng đã", "hoi vo da", "tôi đang bận", "lát nữa nhé",
    "để chị coi lại đã", "đợi tí em ơi", "thoi mai lam", "thôi để bữa khác", "thoi khoi di",
    # back, and slips
    "lui lại câu trước", "quay lại câu 2", "lui lai cau truoc", "back", "nhập sai rồi", "làm lại từ đầu", "lam lai tu dau",
    # instructions to the bot, and sending
    "gửi đi", "gui di em", "em viết giúp chị với", "viet giup chi", "ignore previous instructions", "hãy ghi cho tôi 5 sao", "duyệt luôn cho chị",
    # digits, markup, particles, references, insults, forbidden goods
    "12345", "2", "<b>abc</b>", "<script>alert(1)</script>", "{{7*7}}", "dạ ừ", "ok em", "như trên", "gì cũng được", "đồ vô dụng", "ngu như bò",
    "ma túy đá", "ma tuy", "thuốc phiện sống", "asdfgh",
)  # fmt: skip


def free_fields(pack: str) -> list[Field]:
    return [field for field in pack_of(pack).forms["idea"].fields if field.type in {"text", "person_name"}]


def to_the(village: Village, field: Field) -> None:
    """Open a question for its correction, with the answers it depends on."""
    if field.show_if and "product_kind" in field.show_if:
        say_all(village, "/sua product_kind", "Đã có sao")
    if field.show_if and "entity_kind" in field.show_if:
        say_all(village, "/sua entity_kind", "Hợp tác xã")


@pytest.mark.parametrize("pack", PACKS)
def test_none_of_it_is_stored_under_any_question_for_text(tmp_path: Path, pack: str) -> None:
    assert len(NOWHERE) >= 60
    with begun(tmp_path, pack) as village:
        say_all(village, *TO_THE_END)
        if village.talk(WHO).step != "summary":
            village.tap(WHO, "Đúng")
        wrong = [
            (field.id, words)
            for field in free_fields(pack)
            for words in NOWHERE
            if stores(village, field, words) is not None
        ]
    assert wrong == []


def stores(village: Village, field: Field, words: str) -> Any:
    """Say words under a question; return the answer that is stored without a press, None if it is as before."""
    if field.show_if:
        to_the(village, field)
    village.say(WHO, f"/sua {field.id}")
    assert village.talk(WHO).step == field.id
    before = answers(village).get(field.id)
    village.say(WHO, words)
    after = answers(village).get(field.id)
    return None if after == before else after


ODD_NAMES = (
    "hợp tác xã", "htx", "cơ sở sản xuất", "cô ba bán bún đầu chợ", "bà Tư nấu rượu ngoài ngõ", "nhà tui làm ở chợ", "tên chủ thể",
    "như câu trước", "giống hôm trước", "chị bán ở chợ Ba Đồn",
)  # fmt: skip
CLEANED = {
    "Lê Văn A nhé": "Lê Văn A", "trần văn bình ạ": "Trần Văn Bình", "tôi tên là Phạm Thị Mẫu": "Phạm Thị Mẫu", "tên là ngô thị lài": "Ngô Thị Lài",
    "ông Nguyễn Văn Mẫu": "Nguyễn Văn Mẫu", "cô Đỗ Thị Hương nha em": "Đỗ Thị Hương", "dạ lê thị hà ạ": "Lê Thị Hà",
    "HTX Khoai deo Hải Ninh": "HTX Khoai deo Hải Ninh", "Tổ hợp tác Làng Nghề": "Tổ hợp tác Làng Nghề", "Cơ sở nấu rượu Võ Xá": "Cơ sở nấu rượu Võ Xá",
    "Mai Lan": "Mai Lan", "Hộ Mẫu": "Hộ Mẫu",
}  # fmt: skip
PRODUCTS = {
    "là khoai deo đó em": "Khoai deo", "sản phẩm của tôi là tinh bột nghệ": "Tinh bột nghệ", "tên là Rượu Võ Xá nhé": "Rượu Võ Xá",
    "tui làm bánh ít lá gai": "Bánh ít lá gai", "khổ qua": "khổ qua", "kho qua": "kho qua", "Bún La Vang": "Bún La Vang", "mực câu Cảnh Dương": "mực câu Cảnh Dương",
    "Trà & mật ong": "Trà & mật ong", "Bia 333": "Bia 333", "cam Vân Du": "cam Vân Du", "hang cam": "hang cam", "nem chua": "nem chua", "trà 3 sao": "trà 3 sao",
}  # fmt: skip
LISTS = {
    "khoai deo, mắm ruốc, mật ong": ("Khoai deo", "Mắm ruốc", "Mật ong"),
    "em có 2 sản phẩm: nước mắm và ruốc": ("Nước mắm", "Ruốc"),
    "hai món: bánh lọc, bánh bèo": ("Bánh lọc", "Bánh bèo"),
    "nón lá; chiếu cói; chổi đót": ("Nón lá", "Chiếu cói", "Chổi đót"),
}


def field_of(name: str) -> Field:
    return pack_of(PACKS[0]).forms["idea"].field(name)


@pytest.mark.parametrize("words", ODD_NAMES)
def test_what_names_nobody_is_read_back(words: str) -> None:
    assert judge(field_of("entity_name"), words).verdict == "confirm"


@pytest.mark.parametrize(("words", "name"), CLEANED.items())
def test_a_name_counts_without_the_words_around_it(words: str, name: str) -> None:
    assert act_in(field_of("entity_name"), words) is None
    judged = judge(field_of("entity_name"), words)
    assert (judged.verdict, judged.value) == ("value", name)


@pytest.mark.parametrize(("words", "name"), PRODUCTS.items())
def test_a_product_counts_without_the_words_around_it(words: str, name: str) -> None:
    assert act_in(field_of("product_name"), words) is None
    judged = judge(field_of("product_name"), words)
    assert (judged.verdict, judged.value) == ("value", name)


@pytest.mark.parametrize(("words", "parts"), LISTS.items())
def test_several_products_are_offered_one_by_one(words: str, parts: tuple[str, ...]) -> None:
    assert judge(field_of("product_name"), words).parts == parts


STORIES = {
    "materials": ("rượu, nước mắm, khoai", "Khoai trồng ở xã Hải Ninh, khoảng 5 sào", "mua của bà con trong xã"),
    "market": ("hợp tác xã", "khách du lịch, ai cũng mua được", "chợ Đồng Hới"),
    "story": ("cô ba bán bún đầu chợ truyền nghề", "Không ai biết nghề này từ khi nào", "Bà nội tôi quay lại làng năm 1975, hỏi vợ chồng ông Tư học nghề làm mắm"),
    "sold_where": ("chưa bán", "chợ xã, đặt qua Facebook", "bán online"),
    "certificate": ("12/GCN-UBND", "QĐ 345 năm 2020"),
    "brand": ("Lê Văn A", "Khoai deo Mẫu"),
    "packing": ("túi giấy 500 g", "chai thủy tinh 0,5 lít"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "words"), [(name, one) for name, several in STORIES.items() for one in several])
def test_plain_words_are_taken_without_a_question(name: str, words: str) -> None:
    assert act_in(field_of(name), words) is None
    judged = judge(field_of(name), words)
    assert (judged.verdict, judged.value) == ("value", words)


# --- what is done with it ---------------------------------------------------------------------------------------------


def test_a_name_without_marks_is_asked_for_them_once(village: Village) -> None:
    at_the(village, "entity_name")

    village.say(WHO, "Le Thi Ha")
    assert "gõ lại có dấu" in said(village)
    assert answers(village).get("entity_name") is None

    village.say(WHO, "Le Thi Ha")
    assert answers(village)["entity_name"] == "Le Thi Ha"


def test_a_name_without_marks_is_replaced_by_the_one_with_them(village: Village) -> None:
    at_the(village, "entity_name")

    say_all(village, "le thi ha", "lê thị hà")

    assert answers(village)["entity_name"] == "Lê Thị Hà"


@pytest.mark.parametrize(("label", "stored", "step"), [
    ("Ghi vậy", "hợp tác xã", "phone"), ("Câu trước", None, "entity_kind"), ("Chưa hiểu câu này", None, "entity_name"),
])  # fmt: skip
def test_an_odd_answer_has_three_ways_out(village: Village, label: str, stored: str | None, step: str) -> None:
    at_the(village, "entity_name")
    village.say(WHO, "hợp tác xã")

    village.tap(WHO, label)

    assert answers(village).get("entity_name") == stored
    assert village.talk(WHO).step == step


def test_of_several_products_the_first_is_registered_and_the_others_are_mentioned(village: Village) -> None:
    village.say(WHO, "tui làm hai thứ: khoai deo và tinh bột nghệ")
    assert "Thêm sản phẩm khác" in said(village)

    village.tap(WHO, "Tinh bột nghệ")

    assert answers(village)["product_name"] == "Tinh bột nghệ"


def test_an_undiacritic_question_is_answered_and_may_still_be_written(village: Village) -> None:
    village.say(WHO, "dang ky co mat tien khong")
    assert answers(village).get("product_name") is None
    assert village.talk(WHO).step == "product_name"

    village.tap(WHO, "Ghi")

    assert answers(village)["product_name"] == "dang ky co mat tien khong"


@pytest.mark.parametrize("words", [
    "thêm giá 50k", "để chị coi lại đã", "ai xem được", "co mat tien khong", "chị không hiểu", "không biết", "chào em", "nhắc lại câu hỏi",
    "/trogiup", "/hoso", "/trangthai", "lui lại câu trước", "đồ vô dụng",
])  # fmt: skip
@pytest.mark.parametrize("correction", ["tên sản phẩm là Khoai dẻo", "giá 45k", "sửa số điện thoại 0987654321"])
def test_a_correction_that_waits_is_lost_by_none_of_it(village: Village, words: str, correction: str) -> None:
    say_all(village, *TO_THE_END, correction)
    waits = village.talk(WHO).data["pending"]
    if words == "thêm giá 50k" and correction == "giá 45k":
        return  # a new price is a value

    village.say(WHO, words)

    assert village.talk(WHO).data.get("pending") == waits
    village.say(WHO, "đúng")
    assert waits in answers(village).values()


def test_a_correction_of_a_sent_idea_is_no_second_product_and_not_ready_to_send(village: Village) -> None:
    say_all(village, *TO_THE_END, "Gửi", "sửa giá 45k", "đúng")
    (draft,) = village.do(open_drafts, person_id=village.person(WHO))
    assert draft.application_id is not None

    listed = village.say(WHO, "/hoso")[0].plain

    assert "• Mắm ruốc: đang làm dở" not in listed
    assert 'bổ sung của "Mắm ruốc" đang làm dở' in listed
    person = village.do(read_person, village.person(WHO))
    assert person is not None
    assert nudge_said(village.pack, person, draft, last=False)[0] == "nudge.supplement"
