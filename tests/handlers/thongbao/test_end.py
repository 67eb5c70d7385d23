"""The end of an announcement: proposed, chosen, shown; nothing of it is delivered later, however it was held up."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from handlers.conversation.telling import Telling
from registry.deliveries.states import Reason
from registry.store.rows import broadcasts, deliveries
from scheduler import broadcasts as sweeping
from tests.handlers.desk import Village, words_of
from tests.handlers.thongbao.announcing import LINK, TEXT, few, got, heard, more, row, village, written

__all__ = ["village"]

AT_TWO = "14 giờ chiều nay họp dân ở nhà văn hóa thôn, mời bà con."
AT_TWO_LINK = f"{AT_TWO} Xem ocop.gov.vn nhé."
HOUR = timedelta(hours=1)


def sweep(village: Village) -> None:
    def job(db):
        return sweeping.sweep(db, pack=village.pack, tell=Telling(village.house, db, village.now), now=village.now)

    village.do(job)
    village.deliver()


def reasons(village: Village) -> set[tuple[str, str | None]]:
    query = select(deliveries.c.state, deliveries.c.reason).where(deliveries.c.broadcast_id.is_not(None))
    return {(one.state, one.reason) for one in village.do(lambda db: db.execute(query).all())}


OVER = {("expired", Reason.PAST_ITS_END.value)}


def test_the_moment_in_the_text_is_proposed_shown_and_kept(village: Village) -> None:
    shown = written(village, AT_TWO)

    assert "Có giá trị đến 14:00 thứ Ba 01/06" in shown
    village.tap("office", "Gửi cho 2")
    assert row(village).ends_at.astimezone(village.house.zone).hour == 14


def test_without_a_day_it_is_good_as_long_as_the_pack_says(village: Village) -> None:
    assert "Có giá trị đến hết thứ Năm 01/07" in written(village, "Bà con giữ gìn vệ sinh nơi phơi sản phẩm nhé.")


def test_an_urgent_one_of_the_night_is_good_for_a_day(village: Village) -> None:
    village.now += timedelta(hours=15)  # 23:00
    written(village, "Nước lên nhanh, bà con ở vùng thấp lên chỗ cao.")
    more(village, "Chọn giờ gửi")
    shown = "\n".join(map(words_of, village.tap("office", "Gấp")))

    assert "Có giá trị đến 00:00" not in shown
    assert "Có giá trị đến hết thứ Tư 02/06" in shown  # 24 hours, up to the full hour


def test_another_end_is_chosen_and_an_impossible_one_is_refused(village: Village) -> None:
    written(village)
    more(village, "Có giá trị đến")

    assert "chưa kịp gửi" in words_of(village.say("office", "7h sáng hôm nay")[0])
    assert "Em chưa rõ" in words_of(village.say("office", "khi nào cũng được")[0])
    assert "60 ngày tới" in words_of(village.say("office", "20/12")[0])
    assert "Có giá trị đến 16:00 thứ Sáu 04/06" in "\n".join(map(words_of, village.say("office", "16h thứ sáu")))


def test_a_button_from_before_the_end_changed_shows_it_again(village: Village) -> None:
    written(village, AT_TWO)
    village.now += 6 * HOUR  # past two o'clock
    shown = "\n".join(map(words_of, village.tap("office", "Gửi cho 2")))

    assert "nay đã qua" in shown
    assert village.do(lambda db: db.execute(select(broadcasts.c.id)).all()) == []


def test_what_would_end_before_it_leaves_cannot_be_sent(village: Village) -> None:
    village.now += timedelta(hours=5, minutes=57)  # 13:57, and it is delayed by five minutes
    shown = written(village, AT_TWO)

    assert "lúc gửi thì đã quá" in shown
    assert village.button("office", "Gửi cho") is None


def test_paused_beyond_its_end_it_is_closed_and_counted(village: Village) -> None:
    written(village, AT_TWO)
    village.tap("office", "Gửi cho 2")
    village.press("office", f"/thongbao tamdung {row(village).id} 1")
    village.now += 6 * HOUR
    assert "không còn ai" in words_of(village.press("office", f"/thongbao tieptuc {row(village).id} 1")[0])
    sweep(village)

    assert reasons(village) == OVER
    assert row(village).state == "done"
    assert got(village, "họp dân") == set()
    assert "Quá giờ nên không gửi nữa: 2" in words_of(village.press("office", f"/thongbao so {row(village).id}")[0])


def test_approved_after_its_end_nothing_leaves_and_its_author_knows(village: Village) -> None:
    written(village, AT_TWO_LINK)
    village.tap("office", "Gửi người duyệt")
    village.deliver()
    since = len(village.heard["office"])
    village.tap("above", "Xem và duyệt")
    assert "Có giá trị đến 14:00" in words_of(village.last("above"))
    village.now += 6 * HOUR
    assert "nay gửi thì đã quá" in words_of(village.tap("above", "Duyệt, gửi 2")[0])
    sweep(village)
    sweep(village)

    assert heard(village, "office", since).count("chưa ai duyệt, nên em không gửi nữa") == 1
    assert got(village, "họp dân") == set()


def test_what_failed_is_not_sent_again_after_the_end(village: Village) -> None:
    written(village, AT_TWO)
    village.tap("office", "Gửi cho 2")
    failed = update(deliveries).where(deliveries.c.broadcast_id.is_not(None)).values(state="given_up")
    village.do(lambda db: db.execute(failed).rowcount)
    sweep(village)
    village.now += 6 * HOUR

    assert "quá giờ có giá trị" in words_of(village.press("office", f"/thongbao guilai {row(village).id}")[0])
    assert got(village, "họp dân") == set()


def test_an_edit_given_up_after_the_end_sends_nothing(village: Village) -> None:
    written(village, AT_TWO)
    village.tap("office", "Gửi cho 2")
    village.tap("office", "Sửa nội dung")
    village.now += 6 * HOUR

    assert "qua mất trong lúc sửa" in words_of(village.tap("office", "Thôi sửa")[0])
    assert got(village, "họp dân") == set()


def test_an_edit_keeps_a_chosen_end_and_reads_a_new_text_again(village: Village) -> None:
    written(village)
    more(village, "Có giá trị đến")
    village.say("office", "16h thứ sáu")
    village.tap("office", "Gửi cho 2")
    assert "Có giá trị đến 16:00 thứ Sáu" in "\n".join(map(words_of, village.tap("office", "Sửa nội dung")))
    village.tap("office", "Thôi sửa")

    written(village, AT_TWO)
    village.tap("office", "Gửi cho 2")
    village.tap("office", "Sửa nội dung")
    village.say("office", "Sáng mai 8 giờ họp dân ở nhà văn hóa thôn.")
    shown = "\n".join(map(words_of, village.tap("office", "Thay nội dung")))
    assert "Có giá trị đến 08:00 thứ Tư 02/06" in shown


def test_a_later_day_stands_above_it_and_is_recognised(village: Village) -> None:
    few(village)
    written(village)
    village.tap("office", "Gửi cho 2")
    assert got(village) == {"an", "binh"}
    village.now += timedelta(days=2)
    text = f"Tin ngày 01/06:\n{village.last('an').plain}"

    assert "Đúng" in words_of(village.say("an", f"/kiemtra {text}")[0])
    assert row(village).dated_at.astimezone(village.house.zone).date() == date(2021, 6, 1)


@pytest.mark.parametrize("text", [TEXT, LINK])
def test_every_announcement_has_an_end(village: Village, text: str) -> None:
    written(village, text)
    village.tap("office", "Gửi")

    assert row(village).ends_at > row(village).due_at
