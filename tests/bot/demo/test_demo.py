"""The guided demo, driven through its own addresses: what each button brings, and what a restart keeps."""

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.channels.webchat.channel import Sessions
from bot.demo.people import Player, players_of
from bot.demo.routes import transcript
from bot.demo.serving import open_demo, serve_demo
from bot.demo.stage import MARK
from bot.serving.assembly import PortTakenError
from bot.settings.command_error import CommandError
from content.phrases import Phrases
from content.programme.pack import load_pack
from tests.bot.visitor import PACK, Visitor, settings, visiting

LATER_PACK = "quang-tri-2026"


@pytest.fixture
async def visitor(tmp_path: Path) -> AsyncIterator[Visitor]:
    async with visiting(tmp_path) as one:
        yield one


def steps(state: dict[str, Any]) -> list[str]:
    return [step["at"] for step in state["steps"]]


async def test_the_five_buttons_bring_an_answer_an_idea_a_decision_a_reminder_and_an_announcement(visitor: Visitor):
    assert steps(await visitor.state()) == ["now", *["later"] * 5]

    await visitor.guide(1)
    assert "Nguồn:" in (await visitor.lines())[-1].text

    registered = await visitor.guide(2)
    assert registered["status"]["code"].startswith("YT-2021-")
    assert steps(registered)[:3] == ["done", "now", "later"]

    reviewed = await visitor.guide(3)
    assert steps(reviewed)[:3] == ["done", "done", "now"]
    assert "chấp nhận" in (await visitor.lines())[-1].text

    leapt = await visitor.guide(4)
    assert leapt["date"] == "08/06/2021"
    assert (await visitor.lines())[-1].text.startswith("Còn 29 ngày")

    announced = await visitor.guide(5)
    assert announced["caption"]["vi"].startswith("Đã tới 2 người ở xã Hải Ninh; không tới")
    assert "xã Cảnh Dương" in announced["caption"]["vi"]
    assert "Thông báo 1/2021" in (await visitor.lines())[-1].text
    assert "Thông báo 1/2021" in (await visitor.lines("neighbour"))[-1].text
    assert await visitor.lines("canh_duong") == []
    assert announced["done"][:5] == [True] * 5


async def test_a_later_button_does_what_it_needs_of_the_earlier_ones(visitor: Visitor):
    state = await visitor.guide(4)

    assert state["done"] == [True] * 4 + [False] * 5


async def test_registering_twice_hands_nothing_in_twice(visitor: Visitor):
    first = await visitor.guide(2)
    said = len(await visitor.lines())
    second = await visitor.guide(2)

    assert second["status"]["code"] == first["status"]["code"]
    assert second["caption"]["vi"].endswith("Tiếp theo: bấm 3.")
    assert "rồi" in second["caption"]["vi"]
    assert len(await visitor.lines()) == said


async def test_registering_goes_on_from_where_a_visitor_stopped(visitor: Visitor):
    await visitor.says("/dangky")
    await visitor.says("đồng ý")
    await visitor.says("Mắm ruốc Hải Ninh")
    await visitor.says("/huy")
    await visitor.guide(2)

    product = await visitor.demo.stage.guide.product()
    assert product is not None
    assert product.product == "Mắm ruốc Hải Ninh"


async def test_an_idea_a_visitor_returned_is_handed_in_again_and_then_accepted(visitor: Visitor):
    code = (await visitor.guide(2))["status"]["code"]
    await visitor.says(f"/quyet {code} 1 return", "official")
    await visitor.says("1. Ghi rõ tên hơn", "official")
    stamped = [action for line in await visitor.lines("official") for _, action in line.choices if ":send" in action]
    await visitor.says(stamped[-1], "official")
    assert (await visitor.demo.stage.guide.product()).status == "idea_needs_changes"

    state = await visitor.guide(3)

    assert (await visitor.demo.stage.guide.product()).status == "idea_accepted"
    assert state["done"][2]


async def test_to_the_next_thing_brings_the_reminder_and_the_clock_with_it(visitor: Visitor):
    await visitor.guide(3)
    status, state = await visitor.press("/demo/next")

    assert status == 200
    assert state["date"] == "07/06/2021"
    assert (await visitor.lines())[-1].text.startswith("Còn 30 ngày")


async def test_what_the_guide_types_is_shown_on_the_phone_as_said_by_the_person(visitor: Visitor):
    await visitor.guide(1)

    mine = [line.text for line in await visitor.lines() if line.mine]
    assert mine == ["/start", "Tui làm khoai deo nhỏ lẻ thì có được tham gia OCOP không?"]


async def test_one_button_at_a_time_is_played_and_another_is_told_so(visitor: Visitor):
    playing = asyncio.create_task(visitor.press("/demo/guide/2"))
    while not visitor.demo.running:
        await asyncio.sleep(0)
    status, _ = await visitor.press("/demo/guide/3")

    assert status == 409
    assert (await playing)[0] == 200


async def test_a_page_of_another_site_presses_nothing(visitor: Visitor):
    status, _ = await visitor.press("/demo/guide/1", origin="http://evil.example")

    assert status == 403
    assert await visitor.lines() == []


async def test_everything_goes_on_after_a_restart_and_the_clock_never_goes_back(tmp_path: Path):
    async with visiting(tmp_path) as first:
        before = await first.guide(4)
        people = [person["session"] for person in before["people"]]
        said = len(await first.lines())
    async with visiting(tmp_path) as second:
        after = await second.state()

        assert after["date"] == before["date"] == "08/06/2021"
        assert after["status"] == before["status"]
        assert [person["session"] for person in after["people"]] == people
        assert len(await second.lines()) == said
        assert (await second.guide(5))["done"][4]


async def test_beginning_again_forgets_everybody_and_sets_the_clock_back_to_its_first_day(visitor: Visitor):
    before = await visitor.guide(4)
    status, state = await visitor.press("/demo/reset")

    assert status == 200
    assert (state["date"], state["status"], state["done"]) == ("01/06/2021", None, [False] * 9)
    assert state["people"][0]["session"] != before["people"][0]["session"]
    assert (await visitor.guide(2))["status"]["code"].startswith("YT-2021-")


async def test_the_other_pack_has_a_day_people_and_data_of_its_own_and_the_first_stays_as_it_was(visitor: Visitor):
    first = await visitor.guide(2)
    _, other = await visitor.press(f"/demo/pack/{LATER_PACK}")
    assert (other["pack"], other["date"], other["status"]) == (LATER_PACK, "15/09/2026", None)
    played = await visitor.guide(5)
    assert played["caption"]["vi"].startswith("Đã tới 2 người ở xã Ninh Châu")
    _, back = await visitor.press(f"/demo/pack/{PACK}")

    assert back["status"] == first["status"]
    assert (await visitor.press("/demo/pack/nothing"))[0] == 404


async def test_the_later_pack_reminds_too(visitor: Visitor):
    await visitor.press(f"/demo/pack/{LATER_PACK}")
    state = await visitor.guide(4)

    assert state["done"][:4] == [True] * 4
    assert (await visitor.lines())[-1].text.startswith("Còn")


async def test_a_recognised_producer_of_the_list_comes_in_by_code_and_is_reminded_of_the_certificate(visitor: Visitor):
    await visitor.press(f"/demo/pack/{LATER_PACK}")
    state = await visitor.guide(9)

    lines = [line.text for line in await visitor.lines("listed")]
    assert state["done"][8]
    assert state["caption"]["vi"].startswith('"Tinh dầu tràm (mẫu)" đã về với chủ')
    assert any("Từ nay Tổ hợp tác Tinh dầu tràm (mẫu)" in line for line in lines)
    assert "20/03/2027" in lines[-1]
    assert "Tinh dầu tràm (mẫu)" in lines[-1]
    assert (await visitor.guide(9))["done"][8]


async def test_the_older_programme_hands_a_listed_product_over_too(visitor: Visitor):
    state = await visitor.guide(9)

    assert state["caption"]["vi"].endswith("không ghi thời hạn đánh giá lại.")


async def test_a_conversation_is_saved_as_text_in_two_columns(visitor: Visitor):
    await visitor.guide(1)
    async with visitor.http.get(f"{visitor.address}/demo/transcript?person=producer") as answer:
        text = await answer.text()
        disposition = answer.headers["Content-Disposition"]

    assert 'filename="hoi-thoai-producer.txt"' in disposition
    lines = text.splitlines()
    assert lines[1:3] == ["# 01/06/2021", "người dùng: /start"]
    assert lines[3].startswith("bot: Chào chị!")
    assert all(line.startswith(("#", "người dùng:", "bot:", "  ")) or not line for line in lines)


async def test_a_tap_stands_in_brackets_in_the_transcript(visitor: Visitor):
    await visitor.guide(2)
    stage = visitor.demo.stage
    assert stage is not None
    text = transcript(await visitor.lines(), head=("x",), say=Phrases.load().say, zone=stage.assembly.house.zone)

    assert "người dùng: [Đồng ý]" in text
    assert "người dùng: hai ninh" in text


async def test_the_page_explains_itself_and_loads_nothing_from_elsewhere(visitor: Visitor):
    async with visitor.http.get(f"{visitor.address}/") as answer:
        page, policy = await answer.text(), answer.headers["Content-Security-Policy"]

    assert "Bản trình diễn, dữ liệu mẫu," in page
    assert "Demonstration, sample data" in page
    assert "//" not in page.replace("<!doctype", "")
    assert "default-src 'none'" in policy


async def test_data_that_no_demo_made_is_left_alone(tmp_path: Path):
    folder = tmp_path / PACK
    folder.mkdir()
    (folder / "ocopbot.db").write_bytes(b"somebody's")

    with pytest.raises(CommandError, match="not of a demonstration"):
        async with open_demo(settings(tmp_path), pace=0):
            pass
    assert (folder / "ocopbot.db").read_bytes() == b"somebody's"
    assert not (folder / MARK).exists()


async def test_a_port_that_is_taken_is_said_so_before_anything_is_opened(tmp_path: Path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortTakenError, match=f"Port {port} "):
            await serve_demo(settings(tmp_path, port))

    assert not (tmp_path / PACK).exists()


def test_everybody_of_a_script_has_the_same_session_each_time():
    pack = load_pack(PACK, date(2021, 6, 1))
    assert pack.demo is not None
    sessions = Sessions(b"k" * 32)
    players: dict[str, Player] = players_of(pack.demo, sessions)

    assert players == players_of(pack.demo, sessions)
    assert len({player.account for player in players.values()}) == len(players) == 9
