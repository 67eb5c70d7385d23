"""The strict local Telegram: accepted calls, its state and its limits, asked with a plain HTTP client."""

import json

import aiohttp
import pytest

from platforms.telegram.refusals import broken_page, lost_answer, no, slow, taken
from platforms.telegram.schema import problems_of
from platforms.telegram.server import TelegramServer

from .conftest import MAI, inline, png, to_mai

KEY = {"text": "a", "callback_data": "a"}
NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)


async def test_4096_letters_after_parsing_are_taken(ask, server):
    status, body = await ask("sendMessage", **to_mai(text=f"<b>{'ệ' * 4096}</b>", parse_mode="HTML"))

    assert (status, len(body["result"]["text"])) == (200, 4096)
    assert server.sent[0].entities == ({"type": "bold", "offset": 0, "length": 4096},)


@pytest.mark.parametrize("way", ["query", "form", "multipart", "json", "json with text"])
async def test_parameters_are_read_in_every_form(server, http, way):
    url = f"{server.base_url}/bot{server.token}/SENDmessage"
    markup = inline([KEY])
    flat = {"chat_id": str(MAI), "text": "Chào", "disable_notification": "true", "reply_markup": json.dumps(markup)}
    form = aiohttp.FormData(flat, default_to_multipart=True)
    full = {"chat_id": MAI, "text": "Chào", "disable_notification": True, "reply_markup": markup}

    match way:
        case "query":
            answer = await http.get(url, params=flat)
        case "form":
            answer = await http.post(url, data=flat)
        case "multipart":
            answer = await http.post(url, data=form)
        case "json":
            answer = await http.post(url, json=full)
        case _:
            answer = await http.post(url, json=flat)

    assert answer.status == 200
    assert server.last_call("sendMessage").values == {**full, "chat_id": str(MAI)}
    assert server.faults == []


async def test_what_the_platform_ignores_is_kept_as_a_fault(ask, server):
    await ask("sendMessage", **to_mai(colour="red", reply_markup=inline([{**KEY, "size": "big"}])))
    await ask("sendMessage", **to_mai(reply_markup=inline([{**KEY, "url": "https://ocop.example"}])))
    await ask("sendCarrierPigeon")

    assert server.faults == [
        "sendMessage: unknown parameter colour",
        "sendMessage: reply_markup.inline_keyboard[0][0]: unknown field size of InlineKeyboardButton",
        "inline keyboard: a button with callback_data and url",
        "unknown method sendCarrierPigeon",
    ]


@pytest.mark.parametrize(
    ("token", "status", "words"),
    [("123456:another-token-of-the-right-shape-1", 401, "Unauthorized"), ("nonsense", 404, "Not Found")],
)
async def test_a_wrong_token_opens_nothing(server, http, token, status, words):
    for path in (f"bot{token}/getMe", f"file/bot{token}/photos/file_0.jpg"):
        async with http.get(f"{server.base_url}/{path}") as answer:
            assert await answer.json() == {"ok": False, "error_code": status, "description": words}


async def test_a_person_who_never_started_cannot_be_written_to(ask, server):
    loi = server.person(7, "Lợi")

    refused = await ask("sendMessage", **to_mai(chat_id=7))
    await loi.writes("/start")
    taken_now = await ask("sendMessage", **to_mai(chat_id=7))

    assert refused[1]["description"] == "Forbidden: bot can't initiate conversation with a user"
    assert (refused[0], taken_now[0]) == (403, 200)


async def test_a_block_refuses_until_it_is_lifted(ask, server):
    mai = server.person(MAI)

    await mai.blocks_bot()
    refused = await ask("sendMessage", **to_mai())
    await mai.unblocks_bot()

    assert refused == (
        403, {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked by the user"},
    )  # fmt: skip
    assert (await ask("sendMessage", **to_mai()))[0] == 200


async def test_a_deleted_account_is_told_apart(ask, server):
    await server.person(MAI).deletes_account()

    assert (await ask("sendMessage", **to_mai()))[1]["description"] == "Forbidden: user is deactivated"


async def test_a_group_refuses_after_the_bot_was_thrown_out(ask, server):
    group = server.group(-1001234567890)

    await group.kicks_bot(server.person(MAI))

    status, body = await ask("sendMessage", **to_mai(chat_id=group.chat_id))
    assert (status, body["description"]) == (403, "Forbidden: bot was kicked from the supergroup chat")


async def test_a_group_that_moved_names_its_new_id(ask, server):
    await server.group(-555).becomes_supergroup(-1001234567890)

    status, body = await ask("sendMessage", **to_mai(chat_id=-555))

    assert (status, body["parameters"]) == (400, {"migrate_to_chat_id": -1001234567890})


async def test_a_chat_takes_a_burst_and_then_one_a_second(ask, clock):
    assert [(await ask("sendMessage", **to_mai()))[0] for _ in range(3)] == [200, 200, 200]

    status, body = await ask("sendMessage", **to_mai())

    assert (status, body["description"]) == (429, "Too Many Requests: retry after 1")
    assert body["parameters"] == {"retry_after": 1}
    clock.forward(1)
    assert (await ask("sendMessage", **to_mai()))[0] == 200


async def test_the_whole_bot_has_a_rate_of_its_own(ask, server):
    for user in range(100, 131):
        server.person(user, started=True)

    statuses = [(await ask("sendMessage", **to_mai(chat_id=user)))[0] for user in range(100, 131)]

    assert statuses == [200] * 30 + [429]


async def test_a_rate_of_none_is_no_limit(http):
    async with TelegramServer(rate_per_second=None, per_chat=None) as server:
        server.person(MAI, started=True)
        url = f"{server.base_url}/bot{server.token}/sendMessage"

        statuses = [(await http.post(url, json=to_mai())).status for _ in range(40)]

    assert statuses == [200] * 40


async def test_a_group_takes_twenty_a_minute(ask, server, clock):
    group = server.group(-555)

    statuses = [(await ask("sendMessage", **to_mai(chat_id=group.chat_id)))[0] for _ in range(21)]

    assert statuses == [200] * 20 + [429]
    clock.forward(3)
    assert (await ask("sendMessage", **to_mai(chat_id=group.chat_id)))[0] == 200


async def test_an_edit_changes_the_message_and_keeps_what_stood_there(ask, server, clock):
    _, sent = await ask("sendMessage", **to_mai(reply_markup=inline([KEY])))
    clock.forward(5)

    status, body = await ask("editMessageText", **to_mai(message_id=sent["result"]["message_id"], text="Đã lưu"))

    message = server.sent[0]
    assert (status, body["result"]["text"], body["result"]["edit_date"]) == (200, "Đã lưu", int(clock.at))
    assert (message.text, message.labels) == ("Đã lưu", [])  # a keyboard that is not sent again goes
    assert (message.versions[0].text, message.versions[0].buttons[0].label) == ("Chào bà con", "a")


async def test_an_edit_that_changes_nothing_is_refused(ask):
    _, sent = await ask("sendMessage", **to_mai(reply_markup=inline([KEY])))
    place = {"chat_id": MAI, "message_id": sent["result"]["message_id"]}

    same = await ask(
        "editMessageText", **place, text="<i></i>Chào bà con ", parse_mode="HTML", reply_markup=inline([KEY])
    )
    same_keys = await ask("editMessageReplyMarkup", **place, reply_markup=inline([KEY]))
    without = await ask("editMessageReplyMarkup", **place)

    assert [same[1]["description"], same_keys[1]["description"]] == [NOT_MODIFIED, NOT_MODIFIED]
    assert without[0] == 200


async def test_only_own_texts_without_a_reply_keyboard_can_be_edited(ask, server):
    theirs = (await server.person(MAI).writes("Chào"))["message"]["message_id"]
    _, keyed = await ask("sendMessage", **to_mai(reply_markup={"keyboard": [[{"text": "Menu"}]]}))

    for message_id in (theirs, keyed["result"]["message_id"]):
        _, body = await ask("editMessageText", **to_mai(message_id=message_id))
        assert body["description"] == "Bad Request: message can't be edited"


async def test_a_deleted_message_is_gone(ask, server):
    _, sent = await ask("sendMessage", **to_mai())
    place = {"chat_id": MAI, "message_id": sent["result"]["message_id"]}

    await ask("deleteMessage", **place)

    assert server.person(MAI).sees() == []
    assert (await ask("editMessageText", **place, text="b"))[1][
        "description"
    ] == "Bad Request: message to edit not found"


async def test_a_press_can_be_answered_for_150_seconds(ask, server, clock):
    mai = server.person(MAI)
    await ask("sendMessage", **to_mai(reply_markup=inline([KEY])))
    query = (await mai.presses("a"))["callback_query"]["id"]

    in_time = await ask("answerCallbackQuery", callback_query_id=query, text="Đã nhận")
    too_long = await ask("answerCallbackQuery", callback_query_id=query, text="a" * 201)
    clock.forward(151)
    late = await ask("answerCallbackQuery", callback_query_id=query)

    assert [in_time[0], too_long[0], late[0]] == [200, 400, 400]
    assert [notice["text"] for notice in mai.notices()] == ["Đã nhận"]


async def upload(http, server, method, files, **fields):
    form = aiohttp.FormData(quote_fields=False)
    for name, value in fields.items():
        form.add_field(name, value if isinstance(value, str) else json.dumps(value))
    for name, (filename, content) in files.items():
        form.add_field(name, content, filename=filename, content_type="application/pdf")
    async with http.post(f"{server.base_url}/bot{server.token}/{method}", data=form) as answer:
        return answer.status, await answer.json()


async def test_a_document_arrives_with_name_and_content(server, http):
    status, body = await upload(
        http, server, "sendDocument", {"document": ("Phiếu ý tưởng.pdf", b"%PDF-1.7")}, chat_id=MAI, caption="Phiếu"
    )  # fmt: skip

    message = server.person(MAI).last()
    assert (status, body["result"]["document"]["file_name"]) == (200, "Phiếu ý tưởng.pdf")
    assert (message.document_name, message.document_content, message.text) == (
        "Phiếu ý tưởng.pdf",
        b"%PDF-1.7",
        "Phiếu",
    )


async def test_a_quoted_file_name_is_a_fault(server, http):
    await upload(http, server, "sendDocument", {"document": ("Phi%E1%BA%BFu.pdf", b"%PDF-1.7")}, chat_id=MAI)

    assert server.faults == ["file name Phi%E1%BA%BFu.pdf is quoted"]


async def test_a_caption_of_1025_letters_is_refused(server, http):
    _, body = await upload(
        http, server, "sendDocument", {"document": ("a.pdf", b"%PDF")}, chat_id=MAI, caption="ệ" * 1025
    )

    assert body["description"] == "Bad Request: message caption is too long"


PHOTOS = {
    "an ordinary picture": (png(800, 600), 200, ""),
    "something else": (b"%PDF-1.7", 400, "Bad Request: IMAGE_PROCESS_FAILED"),
    "sides of more than 10000 together": (png(9000, 1001), 400, "Bad Request: PHOTO_INVALID_DIMENSIONS"),
    "a strip": (png(2100, 100), 400, "Bad Request: PHOTO_INVALID_DIMENSIONS"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "status", "words"), PHOTOS.values(), ids=PHOTOS)
async def test_a_photo_has_its_limits(server, http, content, status, words):
    answer = await upload(http, server, "sendPhoto", {"photo": ("a.png", content)}, chat_id=MAI)

    assert (answer[0], answer[1].get("description", "")) == (status, words)


async def test_files_beyond_the_limits_are_refused(server, http):
    server.files.photo_bytes = server.files.document_bytes = 40

    _, photo = await upload(http, server, "sendPhoto", {"photo": ("a.png", png(90, 90))}, chat_id=MAI)
    document = await upload(http, server, "sendDocument", {"document": ("a.png", png(90, 90))}, chat_id=MAI)

    words = "Bad Request: file of size 41 bytes is too big for a photo; the maximum size is 40 bytes"
    assert photo["description"] == words
    assert document == (413, {"ok": False, "error_code": 413, "description": "Request Entity Too Large"})


async def test_an_album_is_several_messages_with_one_group(server, http):
    media = [{"type": "photo", "media": "attach://a", "caption": "Nhãn"}, {"type": "photo", "media": "attach://b"}]
    files = {"a": ("a.png", png(90, 90)), "b": ("b.png", png(800, 90))}

    status, body = await upload(http, server, "sendMediaGroup", files, chat_id=MAI, media=media)

    assert (status, len({m["media_group_id"] for m in body["result"]})) == (200, 1)
    assert [(m.text, m.photo_content) for m in server.sent] == [("Nhãn", png(90, 90)), ("", png(800, 90))]
    assert server.faults == []


async def test_an_attached_file_that_is_missing_is_refused(server, http):
    media = [{"type": "photo", "media": "attach://a"}] * 2

    _, body = await upload(http, server, "sendMediaGroup", {}, chat_id=MAI, media=media)

    assert body["description"] == "Bad Request: attached file not found"


async def test_a_photo_of_a_person_can_be_fetched_for_an_hour(ask, server, http, clock):
    photo = (await server.person(MAI).sends_photo(png(800, 600)))["message"]["photo"][-1]
    _, body = await ask("getFile", file_id=photo["file_id"])
    url = f"{server.base_url}/file/bot{server.token}/{body['result']['file_path']}"

    async with http.get(url) as answer:
        assert (answer.status, await answer.read()) == (200, png(800, 600))
    clock.forward(3601)
    async with http.get(url) as answer:
        assert answer.status == 404


async def test_more_than_20_mb_cannot_be_fetched(ask, server):
    sent = await server.person(MAI).sends_document(b"a", size=20_000_001)

    _, body = await ask("getFile", file_id=sent["message"]["document"]["file_id"])

    assert body["description"] == "Bad Request: file is too big"


async def test_commands_are_kept_by_scope_and_language(ask, server):
    start, approve = ({"command": word, "description": "a"} for word in ("start", "duyet"))
    await ask("setMyCommands", commands=[start], language_code="vi")
    await ask("setMyCommands", commands=[start, approve], scope={"type": "chat", "chat_id": MAI})

    menus = [server.person(MAI).menu(), server.person(9).menu(), server.person(10, language_code="en").menu()]

    assert menus == [["start", "duyet"], ["start"], []]
    assert (await ask("getMyCommands", language_code="vi"))[1]["result"] == [start]
    await ask("deleteMyCommands", language_code="vi")
    assert (await ask("getMyCommands", language_code="vi"))[1]["result"] == []


async def test_a_script_answers_in_order_and_tells_what_is_left(ask, server):
    server.script("sendMessage", no(429, "Too Many Requests: retry after 12", retry_after=12), taken(), no(500))

    first, second = await ask("sendMessage", **to_mai()), await ask("sendMessage", **to_mai())

    assert (first[0], first[1]["parameters"], second[0]) == (429, {"retry_after": 12}, 200)
    assert len(server.sent) == 1
    assert server.left_over() == {"sendmessage": 1}


async def test_a_lost_answer_leaves_the_message_with_the_person(ask, server):
    server.script("sendMessage", lost_answer())

    with pytest.raises(aiohttp.ServerDisconnectedError):
        await ask("sendMessage", **to_mai())

    assert server.person(MAI).last().text == "Chào bà con"


async def test_a_slow_answer_still_comes(ask, server):
    server.script("*", slow(0.02))

    assert (await ask("getMe"))[0] == 200


async def test_a_proxy_in_between_answers_with_a_page(server, http):
    server.script("getMe", broken_page(502))

    async with http.get(f"{server.base_url}/bot{server.token}/getMe") as answer:
        assert (answer.status, answer.content_type) == (502, "text/html")


async def test_everything_it_reports_is_as_published(ask, server, http):
    mai = server.person(MAI)
    await ask("sendMessage", **to_mai(text="<b>a</b>", parse_mode="HTML", reply_markup=inline([KEY])))
    await mai.presses("a")
    await mai.presses("a", inaccessible=True)
    await mai.edits(await mai.starts("xa_18853"), "Chào")
    await mai.writes("Chào", reply_to=mai.last())
    await mai.sends_album(png(90, 90), png(800, 600), caption="Nhãn")
    await mai.sends_document(b"a")
    await mai.sends_voice()
    await mai.sends_sticker()
    await mai.shares_contact()
    await mai.shares_contact("+84905550999", user_id=0)
    await mai.shares_location()
    await mai.blocks_bot()
    await mai.unblocks_bot()
    await mai.writes_in_group(server.group(-555), "/start")
    _, photo = await upload(http, server, "sendPhoto", {"photo": ("a.png", png(800, 600))}, chat_id=MAI, caption="a")
    _, document = await upload(http, server, "sendDocument", {"document": ("a.pdf", b"%PDF")}, chat_id=MAI)

    assert len(server.updates.history) == 16
    assert [problems_of("Update", update) for update in server.updates.history] == [[]] * 16
    assert problems_of("Message", photo["result"]) == problems_of("Message", document["result"]) == []
    assert problems_of("User", (await ask("getMe"))[1]["result"]) == []
    assert problems_of("WebhookInfo", (await ask("getWebhookInfo"))[1]["result"]) == []


async def test_two_servers_keep_apart(server):
    async with TelegramServer(first_message_id=500) as other:
        await other.person(MAI).writes("Chào")

        assert other.updates.history[0]["message"]["message_id"] == 500
        assert server.updates.history == []
