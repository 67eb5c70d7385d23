"""Announcements have an end, and their day above them where they come later: on an account with a closed window."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from bot.serving.configuration import Settings
from bot.settings.clock import parse_start
from registry.people.consents import give
from registry.people.inviting import invite
from registry.people.people import account_person, set_name, set_phone
from registry.store.rows import deliveries

from .replay import play, read_transcript
from .stages.opening import stage_for
from .stages.stage import Act

CASES = sorted((Path(__file__).parent / "cases").glob("*.txt"))
NO_MONEY = {"yearly_dong": 0, "reserve_dong": 0}


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
async def test_a_case_ends_right_on_an_account_that_pays_for_nothing(file: Path, tmp_path: Path) -> None:
    transcript = read_transcript(file)
    async with stage_for("zalo_oa", tmp_path, pack=transcript.pack, start=transcript.start) as stage:
        kept = stage.settings.model_dump()
        stage.settings = Settings.model_validate(kept | {"zalo_oa": kept["zalo_oa"] | NO_MONEY})
        await play(transcript, stage)


async def test_the_confirmation_says_what_the_deliveries_then_do(tmp_path: Path) -> None:
    """Three people: one wrote today, one nine days ago with a number and consent, one nine days ago without."""
    start = parse_start("2026-12-01").astimezone(UTC)
    async with stage_for("zalo_oa", tmp_path, pack="quang-tri-2026", start=start) as stage:
        kept = stage.settings.model_dump()
        stage.settings = Settings.model_validate(kept | {"zalo_oa": kept["zalo_oa"] | NO_MONEY})
        invited = {"pack": stage.house.pack, "role": "commune_official", "place": "18853", "by": "operator"}
        code = await stage.unit(invite, **invited, on=start.date(), now=stage.hours())
        await stage.line("cán bộ", Act("text", f"/start cb_{code}"))
        for who in ("người dùng", "người dùng 2"):
            await stage.line(who, Act("text", "/start xa_18853"))
        await stage.unit(_agrees, account=stage.person("người dùng").user_id, now=stage.hours())  # type: ignore[attr-defined]
        await stage.wait(timedelta(days=9))
        await stage.line("người dùng 3", Act("text", "/start xa_18853"))
        await stage.line("cán bộ", Act("text", "/thongbao"))
        await stage.line("cán bộ", Act("text", "Nộp phiếu đăng ký tại xã đến hết ngày 12/12"))
        told = await stage.line("cán bộ", Act("press", "Gửi cho 3 người"))
        said = "\n".join(one.text for one in told["cán bộ"])
        await stage.wait(timedelta(minutes=6))
        states = await stage.unit(_states)

    assert states == {"sent": 1, "held": 2}
    assert f"Nhận ngay lúc gửi: {states['sent']} người. Chỉ nhận khi nhắn lại: {states['held']} người." in said
    assert "anh/chị gọi: Bà Lan 0912 345 678." in said
    assert "1 người em không có số" in said


def _agrees(db: Connection, *, account: str, now: datetime) -> None:
    person_id = account_person(db, channel="zalo_oa", account=account)
    assert person_id is not None
    set_name(db, person_id=person_id, name="Bà Lan")
    set_phone(db, person_id=person_id, phone="+84912345678")
    give(db, person_id=person_id, purpose="registration", text_version="1", channel="zalo_oa", now=now)


def _states(db: Connection) -> dict[str, int]:
    of_broadcast = deliveries.c.broadcast_id.is_not(None)
    found = db.execute(select(deliveries.c.state, func.count()).where(of_broadcast).group_by(deliveries.c.state))
    return dict(found.all())
