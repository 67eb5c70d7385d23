"""A sticker, a voice note, a photo, an unknown file where something else is asked: a kind sentence, nothing lost."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from handlers.conversation.incoming import IncomingFile
from registry.applications.drafts import open_drafts
from registry.applications.files import LARGEST, files
from tests.handlers.desk import COMMUNE, DISTRICT, Village, open_village, words_of

PHOTO = IncomingFile("p1", "photo.jpg", "image/jpeg", 80_000)
PAPER = IncomingFile("d1", "giay.pdf", "application/pdf", 90_000)
PROGRAM = IncomingFile("e1", "game.exe", "application/x-msdownload", 90_000)
SVG = IncomingFile("s1", "anh.svg", "image/svg+xml", 900)
VOICE = IncomingFile("v1", "voice.ogg", "audio/ogg", 9_000)
HUGE = IncomingFile("h1", "to.jpg", "image/jpeg", LARGEST + 1)
SENT = {
    "sticker": ("sticker", ()),
    "voice": ("voice", (VOICE,)),
    "photo": ("photo", (PHOTO,)),
    "picture of another kind": ("photo", (SVG,)),
    "paper": ("document", (PAPER,)),
    "program": ("document", (PROGRAM,)),
    "huge photo": ("photo", (HUGE,)),
    "contact of somebody else": ("contact", ()),
    "place": ("location", ()),
    "poll": ("other", ()),
    "empty": ("text", ()),
    "only signs": ("text", ()),
}
RUDE = ("không hợp lệ", "sai", "lỗi", "error", "invalid", "!")


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as opened:
        yield opened


def sends(village: Village, account: str, what: str) -> str:
    kind, sent = SENT[what]
    extra = {"place": (17.4, 106.6)} if kind == "location" else {}
    replies = village.send(account, kind, *sent, text="…?" if what == "only signs" else "", **extra)
    assert replies, what
    words = "\n".join(map(words_of, replies))
    assert not [rude for rude in RUDE if rude in words.lower()], words
    return words


@pytest.mark.parametrize("what", SENT)
def test_where_nothing_waits_it_is_answered_with_a_way_on(village: Village, what: str) -> None:
    sends(village, "maker", what)
    assert village.last("maker").choices


def test_who_cannot_be_read_is_told_whom_to_call(village: Village) -> None:
    village.house = replace(village.house, contact="0232 3822 xxx")

    assert "0232 3822 xxx" in sends(village, "maker", "poll")
    assert "0232 3822 xxx" not in sends(village, "maker", "sticker")


def test_where_no_official_is_yet_somebody_can_be_called(village: Village) -> None:
    village.house = replace(village.house, contact="0232 3822 xxx")
    village.say("maker", "/lienhe")
    village.say("maker", "Hải Ninh")

    assert "0232 3822 xxx" in words_of(village.last("maker"))


@pytest.mark.parametrize("what", SENT)
def test_under_every_question_of_the_form_the_question_goes_on_waiting(village: Village, what: str) -> None:
    village.say("maker", "/dangky")
    village.tap("maker", "Đồng ý")
    person = village.person("maker")
    kind, _ = SENT[what]
    for field in village.pack.forms["idea"].fields:
        if field.show_if is not None:
            continue
        village.say("maker", f"/sua {field.id}")
        before = village.do(open_drafts, person_id=person)[0].answers.get(field.id)
        sends(village, "maker", what)
        after = village.do(open_drafts, person_id=person)[0].answers.get(field.id)
        taken = {
            "photos": {"photo"}, "document": {"photo", "paper"}, "voice": {"voice"}, "location": {"place"},
        }.get(field.type, set())  # fmt: skip
        if what == "voice" and field.told_as:
            continue  # told, and not written: a full answer
        if what not in taken:
            assert after == before, (field.id, kind)
            assert village.talk("maker").step == field.id
            assert village.last("maker").choices or field.type in {"photos", "document", "voice"}, field.id


@pytest.mark.parametrize("what", SENT)
def test_below_the_request_for_consent_nothing_counts_as_a_yes(village: Village, what: str) -> None:
    village.say("maker", "/dangky")
    sends(village, "maker", what)
    assert village.talk("maker").step == "consent"
    assert village.do(open_drafts, person_id=village.person("maker")) == ()


@pytest.mark.parametrize("what", SENT)
def test_at_the_summary_it_stays_the_summary(village: Village, what: str) -> None:
    village.say("maker", "/dangky")
    village.tap("maker", "Đồng ý")
    for words in ("khoai deo", "sp moi", "thuc pham", "ho gia dinh", "Nguyễn Thị Mẫu", "0912345678", "hai ninh"):
        village.say("maker", words)
    sends(village, "maker", what)
    assert village.button("maker", "Gửi") is not None


@pytest.mark.parametrize("what", SENT)
def test_under_the_questions_of_an_office_it_is_refused_and_nothing_is_decided_or_sent(
    village: Village, what: str
) -> None:
    village.official("office", "district_official", DISTRICT)
    idea = village.idea(village.person("maker", "Bà Mẫu", place=COMMUNE))
    starts = {
        "thongbao": ["/thongbao"],
        "thongbao text": ["/thongbao", "Hải Ninh"],
        "return": [f"/quyet {idea.code} {idea.version} return"],
        "decline": [f"/quyet {idea.code} {idea.version} decline"],
    }
    for said in starts.values():
        for words in said:
            village.say("office", words)
        waited = village.talk("office").step
        sends(village, "office", what)
        if what != "only signs":
            assert village.talk("office").step == waited, said
        village.say("office", "/huy")
    assert village.fresh(idea).version == idea.version


@pytest.mark.parametrize("what", [one for one in SENT if one != "only signs"])
def test_where_an_office_is_asked_or_answers_only_words_go_through(village: Village, what: str) -> None:
    village.official("office", "commune_official", COMMUNE)
    village.person("maker", "Bà Mẫu", place=COMMUNE)
    village.say("maker", "/lienhe")
    sends(village, "maker", what)
    assert village.talk("maker").topic == "lienhe"
    village.say("maker", "Mua bao bì ở đâu ạ?")
    village.tap("office", "Trả lời")
    sends(village, "office", what)
    assert village.talk("office").topic == "traloi"


@pytest.mark.parametrize("name", ["CCCD.jpg", "anh_cccd_mat_truoc.png", "can-cuoc.pdf", "CMND cua toi.jpg"])
def test_a_picture_called_an_identity_card_is_declined_kindly_and_not_kept(village: Village, name: str) -> None:
    village.say("maker", "/dangky")
    village.tap("maker", "Đồng ý")
    village.say("maker", "/sua photos")
    words = words_of(village.send("maker", "photo", IncomingFile("c", name, "image/jpeg", 9_000))[0])
    assert "tùy thân" in words
    assert village.do(lambda db: db.execute(files.select()).all()) == []
    assert village.talk("maker").step == "photos"


@pytest.mark.parametrize("caption", ["căn cước của tôi", "can cuoc", "ảnh CCCD ạ", "chứng minh nhân dân"])
def test_a_picture_whose_caption_names_an_identity_card_is_declined_anywhere(village: Village, caption: str) -> None:
    words = words_of(village.send("maker", "photo", PHOTO, text=caption)[0])
    assert "tùy thân" in words
    assert village.do(lambda db: db.execute(files.select()).all()) == []


def test_a_photo_sent_too_early_is_kept_with_the_photos(village: Village) -> None:
    village.say("maker", "/dangky")
    village.tap("maker", "Đồng ý")
    words = words_of(village.send("maker", "photo", PHOTO)[0])
    assert "Ảnh sản phẩm" in words
    assert len(village.do(open_drafts, person_id=village.person("maker"))[0].answers["photos"]) == 1


def test_a_photo_that_is_required_is_not_called_dispensable(village: Village) -> None:
    """Once "bấm Bỏ qua, gửi sau cũng được" was said of the photo no certificate is sent without; no such button."""
    village.say("chi", "/dangky")
    village.tap("chi", "Đồng ý")
    for words in (
        "Nước mắm", "đã có sao", "thực phẩm", "hộ gia đình", "Trần Thị Chi", "0912345679", COMMUNE, "3 sao",
        "12/GCN-UBND", "15/12/2020",
    ):  # fmt: skip
        village.say("chi", words)
    if village.button("chi", "Đúng"):
        village.tap("chi", "Đúng")

    said = "".join(map(words_of, village.say("chi", "gửi ảnh sau")))

    assert "Câu này cần ảnh chụp" in said
    assert "gửi sau cũng được" not in said
    assert "cần có trước khi gửi" in "".join(map(words_of, village.say("chi", "/boqua")))
