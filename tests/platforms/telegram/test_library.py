"""python-telegram-bot, unchanged, is satisfied with the local server and understands its refusals."""

import datetime as dt

import pytest
import telegram
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter

from platforms.telegram.refusals import broken_page, lost_answer, no
from platforms.telegram.schema import problems_of

from .conftest import MAI, png


@pytest.fixture
async def bot(server):
    made = telegram.Bot(
        server.token, base_url=f"{server.base_url}/bot", base_file_url=f"{server.base_url}/file/bot"
    )  # fmt: skip
    async with made:
        yield made


async def test_it_introduces_itself(bot):
    assert (bot.id, bot.username) == (123456, "ocop_thu_nghiem_bot")


async def test_a_message_is_sent_pressed_answered_and_edited(bot, server):
    mai = server.person(MAI)
    keys = telegram.InlineKeyboardMarkup([[telegram.InlineKeyboardButton("Đúng", callback_data="1:yes")]])
    sent = await bot.send_message(MAI, "Xã <b>Bảo Ninh</b>, đúng không?", parse_mode="HTML", reply_markup=keys)
    await mai.presses("Đúng")

    (update,) = await bot.get_updates(timeout=0)
    await update.callback_query.answer("Đã nhận")
    edited = await sent.edit_text("Đã lưu.")

    assert (sent.text, sent.entities[0].type) == ("Xã Bảo Ninh, đúng không?", "bold")
    assert (update.callback_query.data, update.callback_query.message.message_id) == ("1:yes", sent.message_id)
    assert (edited.text, mai.last().labels, mai.notices()[0]["text"]) == ("Đã lưu.", [], "Đã nhận")
    assert server.faults == []


async def test_files_go_both_ways(bot, server, clock):
    mai = server.person(MAI)
    await bot.send_document(MAI, b"%PDF-1.7", filename="Phiếu.pdf", caption="Phiếu")
    await bot.send_photo(MAI, png(800, 600))
    group = [telegram.InputMediaPhoto(png(90, 90)), telegram.InputMediaPhoto(png(91, 90))]
    clock.forward(3)
    await bot.send_media_group(MAI, group)
    photo = (await mai.sends_photo(png(640, 480)))["message"]["photo"][-1]

    file = await bot.get_file(photo["file_id"])

    assert bytes(await file.download_as_bytearray()) == png(640, 480)
    assert [m.document_name for m in mai.sees()] == ["Phiếu.pdf", "", "", ""]
    assert [m.photo_content for m in mai.sees()][1:] == [png(800, 600), png(90, 90), png(91, 90)]
    assert server.faults == []


async def test_the_card_and_the_webhook_are_set(bot, server):
    scope = telegram.BotCommandScopeChat(MAI)
    await bot.set_my_commands([telegram.BotCommand("dangky", "Đăng ký ý tưởng")], scope=scope, language_code="vi")
    await bot.set_my_name("Trợ lý OCOP")
    await bot.set_my_description("Giúp bà con làm OCOP.")
    await bot.set_my_short_description("OCOP")
    await bot.send_chat_action(MAI, "typing")
    await bot.set_webhook("https://ocop.example/hook", secret_token="s", allowed_updates=["message"])

    info = await bot.get_webhook_info()

    assert (info.url, info.allowed_updates) == ("https://ocop.example/hook", ("message",))
    assert (server.person(MAI).menu(), server.actions) == (["dangky"], [(MAI, "typing")])
    assert server.faults == []


ERRORS = {
    "a flood limit": (no(429, "Too Many Requests: retry after 12", retry_after=12), RetryAfter, "Retry in 0:00:12"),
    "a block": (no(403, "Forbidden: bot was blocked by the user"), Forbidden, "blocked by the user"),
    "a refusal": (no(400, "Bad Request: chat not found"), BadRequest, "Chat not found"),
    "a moved group": (no(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-100), ChatMigrated, "-100"),
    "a token that ended": (no(401), InvalidToken, "Unauthorized"),
    "a second bot": (no(409, "Conflict: terminated by other getUpdates request"), Conflict, "other getUpdates"),
    "trouble of the platform": (no(500), NetworkError, "Internal Server Error"),
    "a proxy in between": (broken_page(502), NetworkError, "Bad Gateway"),
    "a lost answer": (lost_answer(), NetworkError, "disconnected"),
}


@pytest.mark.parametrize(("answer", "kind", "words"), ERRORS.values(), ids=ERRORS)
async def test_the_library_understands(bot, server, answer, kind, words):
    server.script("sendMessage", answer)

    with pytest.raises(kind, match=words) as met:
        await bot.send_message(MAI, "Chào")

    assert type(met.value) is kind
    assert server.left_over() == {}


async def test_a_wait_is_a_length_of_time(bot, server):
    server.script("sendMessage", no(429, "Too Many Requests: retry after 12", retry_after=12))

    with pytest.raises(RetryAfter) as met:
        await bot.send_message(MAI, "Chào")

    assert met.value.retry_after == dt.timedelta(seconds=12)


async def test_every_act_of_a_person_is_read(bot, server):
    mai = server.person(MAI)
    await bot.send_message(MAI, "Chào", reply_markup=telegram.ReplyKeyboardRemove())
    await mai.starts("xa_18853")
    await mai.sends_album(png(90, 90), png(91, 91))
    await mai.sends_voice()
    await mai.sends_sticker()
    await mai.shares_contact()
    await mai.shares_location()
    await mai.blocks_bot()
    mai.press_of(mai.last(), "1:yes", inaccessible=True)

    updates = await bot.get_updates(timeout=0, allowed_updates=["message", "callback_query", "my_chat_member"])

    assert [problems_of("Update", update.to_dict()) for update in updates[:-1]] == [[]] * 8
    assert updates[0].message.text == "/start xa_18853"
    assert updates[-2].my_chat_member.new_chat_member.status == "kicked"
    assert not updates[-1].callback_query.message.is_accessible
