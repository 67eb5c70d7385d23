"""A correction reaches everybody the wrong text reached, outlasts a pause, and takes the place of what was not sent."""

from datetime import timedelta

from sqlalchemy import select, update

from handlers.conversation.telling import Telling
from registry.deliveries.states import Reason
from registry.store.rows import deliveries
from scheduler import broadcasts as sweeping
from tests.handlers.desk import COMMUNE, Village, words_of
from tests.handlers.thongbao.announcing import TEXT, got, more, row, village, written

__all__ = ["village"]

RIGHT = "Xin lỗi bà con, họp ở nhà văn hóa xã chứ không phải ở nhà văn hóa thôn."


def sweep(village: Village) -> None:
    def job(db):
        return sweeping.sweep(db, pack=village.pack, tell=Telling(village.house, db, village.now), now=village.now)

    village.do(job)
    village.deliver()


def announced(village: Village) -> str:
    written(village)
    village.tap("office", "Gửi cho 2")
    assert got(village) == {"an", "binh"}
    return str(row(village).id)


def correct(village: Village, made: str, count: int = 2) -> str:
    village.press("office", f"/thongbao dinhchinh {made}")
    village.say("office", RIGHT)
    village.tap("office", f"Gửi cho {count}")
    return str(row(village).id)


def unsent(village: Village, made: str, account: str) -> None:
    """As if a copy had not been sent yet."""
    which = (deliveries.c.broadcast_id == made) & (deliveries.c.account == account)
    village.do(lambda db: db.execute(update(deliveries).where(which).values(state="held", sent_at=None)).rowcount)


def test_somebody_who_paused_gets_the_correction_after_the_pause(village: Village) -> None:
    made = announced(village)
    village.say("an", "/tamdung 7")
    correct(village, made)

    assert "hết tạm dừng mới nhận: 1 người" in words_of(village.last("office"))
    assert got(village, RIGHT) == {"binh"}
    sweep(village)
    assert got(village, RIGHT) == {"binh"}
    village.now += timedelta(days=7, minutes=1)
    sweep(village)
    assert got(village, RIGHT) == {"an", "binh"}


def test_a_pause_that_begins_before_it_leaves_and_is_ended_again_loses_nothing(village: Village) -> None:
    made = announced(village)
    correct(village, made)
    village.say("an", "/tamdung 30")
    assert got(village, RIGHT) == {"binh"}
    village.say("an", "/nhantin")
    sweep(village)

    assert got(village, RIGHT) == {"an", "binh"}


def test_somebody_who_stops_for_good_does_not_get_it(village: Village) -> None:
    made = announced(village)
    village.say("an", "/tamdung 7")
    correct(village, made)
    village.say("an", "/dung")
    village.now += timedelta(days=8)
    sweep(village)

    assert got(village, RIGHT) == {"binh"}


def test_a_pause_of_the_correction_by_its_author_keeps_those_who_paused(village: Village) -> None:
    made = announced(village)
    village.say("an", "/tamdung 7")
    right = correct(village, made)
    village.press("office", f"/thongbao tamdung {right} 1")
    village.press("office", f"/thongbao tieptuc {right} 1")
    assert got(village, RIGHT) == {"binh"}
    village.now += timedelta(days=8)
    sweep(village)

    assert got(village, RIGHT) == {"an", "binh"}


def test_the_wrong_text_does_not_go_on_once_it_is_corrected(village: Village) -> None:
    made = announced(village)
    unsent(village, made, "binh")
    before = len(village.heard["binh"])
    correct(village, made)
    village.wait_out_delay()
    village.say("binh", "xin chào")

    later = "\n".join(map(words_of, village.heard["binh"][before:]))
    assert RIGHT in later
    assert TEXT not in later
    query = select(deliveries.c.reason).where(deliveries.c.broadcast_id == made, deliveries.c.account == "binh")
    assert village.do(lambda db: db.execute(query).scalar_one()) == Reason.CORRECTED


def test_officials_who_got_the_wrong_text_get_the_correction(village: Village) -> None:
    village.official("helper", "commune_official", COMMUNE, "Công chức xã")
    written(village)
    more(village, "Lọc người nhận")
    village.tap("office", "Vai trò")
    village.tap("office", "cán bộ cấp xã")
    village.tap("office", "Xong")
    village.tap("office", "Xong")
    village.tap("office", "Gửi cho 2")
    village.wait_out_delay()
    assert TEXT in village.all_words("helper")
    correct(village, str(row(village).id))
    village.wait_out_delay()

    assert RIGHT in village.all_words("helper")


def test_it_is_filtered_by_the_kind_of_entity(village: Village) -> None:
    village.idea(village.person("an"), COMMUNE)
    shown = written(village)
    assert "2 người" in shown
    more(village, "Lọc người nhận")
    village.tap("office", "Loại hình chủ thể")
    village.tap("office", "Hộ gia đình")
    village.tap("office", "Xong")
    found = "\n".join(map(words_of, village.tap("office", "Xong")))

    assert "Chỉ gửi cho: Hộ gia đình" in found
    assert "1 người" in found
