"""The reader is behind the channel: free words press the button of a notice on each of them."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from content.message import Choice, Message
from registry.deliveries import deliveries
from registry.store.rows import accounts
from tests.handlers.desk import NOW
from tests.handlers.replay import PRODUCER
from tests.handlers.stages.opening import STAGES, stage_for
from tests.handlers.stages.stage import Act

NOTICES = (
    (("Tôi đi được", "/thamdu x di"), "dạ em đi được nha", "Em không thấy lời mời này"),
    (("Không đi được", "/thamdu x khong"), "bữa nớ tui ban roi", "Em không thấy lời mời này"),
    (("Để sau", "/thamdu x sau"), "mai chị trả lời nhé", "Em không thấy lời mời này"),
    (("Mai nhắc lại", "/nhacviec mai x"), "mai nhac lai nghe", "Lời nhắc này"),
    (("Tôi đã nộp giấy", "/nhacviec xong x"), "tui nạp rồi hỉ", "Lời nhắc này"),
    (("Đừng nhắc nữa", "/nhacviec thoi x"), "dung nhac nua em oi", "Lời nhắc này"),
    (("Đã hiểu", "/dahieu 77"), "🙏", "77"),
    (("Đã hiểu", "/nhacviec ngay x"), "chị biết ngày mới rồi", "Lời nhắc này"),
    (("Đúng, tôi xác nhận", "/xacnhan abc"), "đúng rồi con", "Mã này"),
)
"""A button of an invented thing, words for it, and a part of the answer of that very command."""


@pytest.mark.parametrize("kind", STAGES)
async def test_free_words_press_the_button_of_a_notice_on_every_channel(kind: str, tmp_path: Path) -> None:
    async with stage_for(kind, tmp_path, pack="quang-binh-2021", start=NOW) as stage:
        await stage.line(PRODUCER, Act("text", "/nhantin"))
        for number, (button, words, answered) in enumerate(NOTICES):

            def notify(db: Connection, number: int = number, button: tuple[str, str] = button) -> None:
                deliveries.enqueue(
                    db,
                    key=f"status:{number}",
                    person_id=db.execute(select(accounts.c.person_id)).scalar_one(),
                    kind="status",
                    message=Message("Tin mới", (Choice(*button),)),
                    now=stage.hours(),
                )

            await stage.unit(notify)
            await stage.wait(timedelta(seconds=5))
            answer = (await stage.line(PRODUCER, Act("text", words)))[PRODUCER]

            assert answered in answer[0].text, words
