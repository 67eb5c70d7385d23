"""Each request that the platform refuses, with its words, asked with a plain HTTP client."""

import pytest

from .conftest import MAI, inline, to_mai

KEY = {"text": "a", "callback_data": "a"}

REFUSED = {
    "an unknown method": ("sendCarrierPigeon", {}, 404, "Not Found: method not found"),
    "no chat": ("sendMessage", {"text": "a"}, 400, "Bad Request: chat_id is empty"),
    "no text": ("sendMessage", {"chat_id": MAI}, 400, "Bad Request: message text is empty"),
    "an empty text": ("sendMessage", to_mai(text=""), 400, "Bad Request: message text is empty"),
    "only blanks": ("sendMessage", to_mai(text=" \n "), 400, "Bad Request: message text is empty"),
    "only empty tags": ("sendMessage", to_mai(text="<b> </b>", parse_mode="HTML"), 400, "Bad Request: message text is empty"),
    "a text of 4097 letters": ("sendMessage", to_mai(text="ệ" * 4097), 400, "Bad Request: message is too long"),
    "a raw text beyond 32 KB": ("sendMessage", to_mai(text="ệ" * 11_000), 400, "Bad Request: text is too long"),
    "an unknown chat": ("sendMessage", to_mai(chat_id=4), 400, "Bad Request: chat not found"),
    "a chat by name": ("sendMessage", to_mai(chat_id="@khong_co"), 400, "Bad Request: chat not found"),
    "wrong markup": (
        "sendMessage", to_mai(text="<b>a", parse_mode="HTML"), 400,
        'Bad Request: can\'t parse entities: Can\'t find end tag corresponding to start tag "b"',
    ),
    "another parse mode": ("sendMessage", to_mai(parse_mode="MarkdownV2"), 400, "Bad Request: unsupported parse_mode"),
    "65 bytes behind a button": (
        "sendMessage", to_mai(reply_markup=inline([{"text": "a", "callback_data": "ệ" * 22}])), 400,
        "Bad Request: BUTTON_DATA_INVALID",
    ),
    "nothing behind a button": (
        "sendMessage", to_mai(reply_markup=inline([{"text": "a", "callback_data": ""}])), 400,
        "Bad Request: BUTTON_DATA_INVALID",
    ),
    "a button that does nothing": (
        "sendMessage", to_mai(reply_markup=inline([{"text": "a"}])), 400,
        "Bad Request: Text buttons are unallowed in the inline keyboard",
    ),
    "a button with a bad address": (
        "sendMessage", to_mai(reply_markup=inline([{"text": "a", "url": "xa.vn"}])), 400, "Bad Request: BUTTON_URL_INVALID",
    ),
    "101 buttons": ("sendMessage", to_mai(reply_markup=inline(*[[KEY]] * 101)), 400, "Bad Request: reply markup is too long"),
    "9 buttons in a row": ("sendMessage", to_mai(reply_markup=inline([KEY] * 9)), 400, "Bad Request: reply markup is too long"),
    "a number where a text belongs": (
        "sendMessage", to_mai(reply_markup=inline([{"text": 5, "callback_data": "a"}])), 400,
        'Bad Request: can\'t parse parameter "reply_markup": sendMessage: reply_markup.inline_keyboard[0][0].text: String expected, got int',
    ),
    "a keyboard that is no JSON": (
        "sendMessage", to_mai(reply_markup="{"), 400,
        "Bad Request: can't parse parameter \"reply_markup\": it is not valid JSON",
    ),
    "a word where a number belongs": (
        "editMessageText", to_mai(message_id="mười"), 400,
        "Bad Request: can't parse parameter \"message_id\": Integer expected, got 'mười'",
    ),
    "an answer to a message that is not there": (
        "sendMessage", to_mai(reply_parameters={"message_id": 99}), 400, "Bad Request: message to be replied not found",
    ),
    "an edit of nothing": ("editMessageText", to_mai(message_id=99), 400, "Bad Request: message to edit not found"),
    "an edit without a place": ("editMessageText", to_mai(), 400, "Bad Request: message identifier is not specified"),
    "a deletion of nothing": (
        "deleteMessage", {"chat_id": MAI, "message_id": 99}, 400, "Bad Request: message to delete not found",
    ),
    "an unknown press": (
        "answerCallbackQuery", {"callback_query_id": "1"}, 400,
        "Bad Request: query is too old and response timeout expired or query ID is invalid",
    ),
    "an unknown action": (
        "sendChatAction", {"chat_id": MAI, "action": "dancing"}, 400, "Bad Request: wrong parameter action in request",
    ),
    "a photo by an unknown id": (
        "sendPhoto", {"chat_id": MAI, "photo": "AgAC1"}, 400, "Bad Request: wrong file identifier/HTTP URL specified",
    ),
    "no photo": ("sendPhoto", {"chat_id": MAI}, 400, "Bad Request: there is no photo in the request"),
    "no document": ("sendDocument", {"chat_id": MAI}, 400, "Bad Request: there is no document in the request"),
    "an album of one": (
        "sendMediaGroup", {"chat_id": MAI, "media": [{"type": "photo", "media": "x"}]}, 400,
        "Bad Request: there are too few media in the album",
    ),
    "an album of eleven": (
        "sendMediaGroup", {"chat_id": MAI, "media": [{"type": "photo", "media": "x"}] * 11}, 400,
        "Bad Request: Too many messages to send as an album",
    ),
    "an album of photos and papers": (
        "sendMediaGroup",
        {"chat_id": MAI, "media": [{"type": "photo", "media": "x"}, {"type": "document", "media": "x"}]}, 400,
        "Bad Request: Can't use the media of the specified type in the album",
    ),
    "an unknown file": ("getFile", {"file_id": "x"}, 400, "Bad Request: invalid file_id"),
    "a command in capitals": (
        "setMyCommands", {"commands": [{"command": "DangKy", "description": "a"}]}, 400, "Bad Request: BOT_COMMAND_INVALID",
    ),
    "a command with an empty description": (
        "setMyCommands", {"commands": [{"command": "dangky", "description": ""}]}, 400,
        "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID",
    ),
    "a name of 65 letters": ("setMyName", {"name": "a" * 65}, 400, "Bad Request: bot name is too long"),
    "a webhook on plain http": (
        "setWebhook", {"url": "http://ocop.example/hook"}, 400,
        "Bad Request: bad webhook: An HTTPS URL must be provided for webhook",
    ),
    "a webhook on a port of ours": (
        "setWebhook", {"url": "https://ocop.example:8080/"}, 400,
        "Bad Request: bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443",
    ),
    "a secret with a blank": (
        "setWebhook", {"url": "https://ocop.example/", "secret_token": "a b"}, 400,
        "Bad Request: secret token contains unallowed characters",
    ),
    "a secret of 257 letters": (
        "setWebhook", {"url": "https://ocop.example/", "secret_token": "a" * 257}, 400,
        "Bad Request: secret token is too long",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("method", "parameters", "status", "words"), REFUSED.values(), ids=REFUSED)
async def test_it_is_refused_as_the_platform_refuses_it(ask, server, method, parameters, status, words):
    answer = await ask(method, **parameters)

    assert answer == (status, {"ok": False, "error_code": status, "description": words})
    assert server.sent == []
