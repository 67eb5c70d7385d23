"""The web chat: saved before it is acknowledged, nothing missed after a broken line, nobody else's words or files."""

import asyncio
import io
import json
import re
from pathlib import Path

import pytest
from aiohttp import WSMsgType, WSServerHandshakeError

from bot.channels.channel import UnreadableError
from bot.channels.webchat.channel import SOCKETS_OF_ONE, Sessions, WebFile
from bot.channels.webchat.routes import COOKIE, MOST_UPLOAD, MOST_WRITTEN, SESSION_HEADER
from console.chat import chat_page
from content.message import Attachment, Choice, Message
from handlers.conversation.incoming import IncomingFile
from registry.deliveries.outcomes import Sent, TryAgain
from registry.store.store import StoreRefusesError

from .conftest import JPG, NOW, PDF

PNG = b"\x89PNG\r\n\x1a\n" + b"tam"
WEBP = b"RIFF\x10\0\0\0WEBPVP8 "
STATIC = Path(__file__).parents[3] / "console" / "static"


async def hears(socket):
    return await socket.receive_json(timeout=30)


# Talking


async def test_what_is_said_is_kept_before_it_is_acknowledged(webchat, event_id):
    socket, _ = await webchat.open()
    event = {"id": event_id(), "kind": "text", "text": "Đăng ký ý tưởng"}
    await socket.send_json(event)

    assert await hears(socket) == {"saved": event["id"]}
    (said,) = webchat.inbox.said()
    assert (said.kind, said.text, said.account, said.channel) == ("text", "Đăng ký ý tưởng", webchat.account, "webchat")


async def test_what_is_sent_again_after_a_broken_line_is_one_event(webchat, event_id):
    event = {"id": event_id(), "kind": "text", "text": "Gửi"}
    for _ in range(2):
        socket, _ = await webchat.open()
        await socket.send_json(event)
        assert await hears(socket) == {"saved": event["id"]}
        await socket.close()

    assert len(webchat.inbox.raw) == 1


async def test_the_same_id_from_two_people_is_two_events(webchat, event_id):
    event = {"id": event_id(), "kind": "text", "text": "Gửi"}
    for session in (webchat.session, webchat.channel.sessions.issue()):
        socket, _ = await webchat.open(session)
        await socket.send_json(event)
        await hears(socket)

    assert len({said.account for said in webchat.inbox.said()}) == 2


async def test_a_page_cannot_speak_for_somebody_else(webchat, event_id):
    other = webchat.channel.sessions.account(webchat.channel.sessions.issue())
    socket, _ = await webchat.open()
    await socket.send_json({"id": event_id(), "kind": "text", "text": "x", "account": other})
    await hears(socket)

    assert [said.account for said in webchat.inbox.said()] == [webchat.account]


@pytest.mark.parametrize(
    ("refusal", "why"),
    [
        (StoreRefusesError("disk full"), "not_stored"),
        (UnreadableError("odd"), "unreadable"),
        (RuntimeError("a slip of ours"), "not_stored"),
    ],
    ids=["the store refuses", "it cannot be read", "a slip of ours"],
)
async def test_what_was_not_kept_is_never_called_saved(webchat, event_id, refusal, why):
    socket, _ = await webchat.open()
    webchat.inbox.refuses = refusal
    event = {"id": event_id(), "kind": "text", "text": "Gửi"}
    await socket.send_json(event)
    assert await hears(socket) == {"unsaved": event["id"], "why": why}

    webchat.inbox.refuses = None
    await socket.send_json(event)
    assert await hears(socket) == {"saved": event["id"]}


@pytest.mark.parametrize("frame", ["", "{", "[]", "7", '{"id": "1"}', '{"kind": "text"}', "[" * 20_000])
async def test_a_frame_of_nonsense_is_answered_and_the_page_stays_open(webchat, event_id, frame):
    socket, _ = await webchat.open()
    await socket.send_str(frame)
    assert (await hears(socket))["why"] == "unreadable"

    event = {"id": event_id(), "kind": "text", "text": "Gửi"}
    await socket.send_json(event)
    assert await hears(socket) == {"saved": event["id"]}


async def test_a_text_that_is_too_long_is_not_cut_but_given_back(webchat, event_id):
    socket, _ = await webchat.open()
    await socket.send_json({"id": event_id(), "kind": "text", "text": "x" * (MOST_WRITTEN + 1)})

    assert (await hears(socket))["why"] == "too_long"
    assert webchat.inbox.raw == {}


EVENTS = {
    "a press": (
        {"kind": "press", "press": "=k3:yes", "of": "12"},
        {"kind": "press", "payload": "=k3:yes", "pressed": "12", "text": ""},
    ),
    "a place": ({"kind": "location", "place": [17.5, 106]}, {"kind": "location", "place": (17.5, 106.0)}),
}


@pytest.mark.parametrize("row", EVENTS)
async def test_other_events_are_read(webchat, event_id, row):
    event, expected = EVENTS[row]
    socket, _ = await webchat.open()
    await socket.send_json({"id": event_id(), **event})
    await hears(socket)

    (said,) = webchat.inbox.said()
    assert {key: getattr(said, key) for key in expected} == expected


@pytest.mark.parametrize(
    "event",
    [
        {"kind": "text", "text": 7},
        {"kind": "press", "press": ["=k:1"]},
        {"kind": "location", "place": [900, 0]},
        {"kind": "location", "place": "here"},
        {"kind": "photo", "ref": "/etc/passwd"},
        {"kind": "photo"},
    ],
    ids=json.dumps,
)
def test_an_event_of_the_wrong_shape_is_refused(webchat, event_id, event):
    with pytest.raises(UnreadableError):
        webchat.channel.read(json.dumps({"id": event_id(), "account": webchat.account, **event}).encode(), now=NOW)


def test_a_kind_that_a_newer_page_may_know_is_passed_over(webchat, event_id):
    raw = json.dumps({"id": event_id(), "account": webchat.account, "kind": "drawing"}).encode()

    assert webchat.channel.read(raw, now=NOW) is None


# Being told


async def test_a_message_appears_on_every_open_page_and_on_nobody_elses(webchat):
    mine, _ = await webchat.open()
    also_mine, _ = await webchat.open()
    other, _ = await webchat.open(webchat.channel.sessions.issue())

    outcome = await webchat.channel.send(webchat.account, Message("Đã nhận", (Choice("Xem", "/hoso"),)), {})

    told = [await hears(mine), await hears(also_mine)]
    assert outcome == Sent("1")
    assert (
        told[0]
        == told[1]
        == {
            "say": {"text": "Đã nhận", "choices": [{"label": "Xem", "action": "/hoso"}], "attachments": []},
            "seq": 1,
        }
    )
    with pytest.raises(TimeoutError):
        await other.receive(timeout=0.2)


async def test_without_a_page_it_is_kept_for_the_next_visit_and_shown_once(webchat):
    for text in ("một", "hai", "ba"):
        assert isinstance(await webchat.channel.send(webchat.account, Message(text), {}), Sent)

    _, missed = await webchat.open(since=1)

    assert [(word["seq"], word["say"]["text"]) for word in missed] == [(2, "hai"), (3, "ba")]


async def test_what_the_history_does_not_take_is_tried_again(webchat):
    webchat.history.refuses = StoreRefusesError
    socket, _ = await webchat.open()

    assert isinstance(await webchat.channel.send(webchat.account, Message("một"), {}), TryAgain)
    with pytest.raises(TimeoutError):
        await socket.receive(timeout=0.2)


async def test_messages_sent_while_a_page_opens_are_neither_missed_nor_doubled_nor_turned_around(webchat):
    sending = asyncio.gather(*(webchat.channel.send(webchat.account, Message(f"{n}"), {}) for n in range(20)))
    socket, missed = await webchat.open()
    await sending
    seen = [word["seq"] for word in missed]
    while len(seen) < 20:
        seen.append((await hears(socket))["seq"])

    assert seen == list(range(1, 21))


async def test_a_change_in_place_names_what_it_changes(webchat):
    await webchat.channel.send(webchat.account, Message("A"), {})
    await webchat.channel.send(webchat.account, Message("B", replaces="1"), {})

    assert webchat.history.rows[1][2]["replaces"] == 1


async def test_somebody_sees_that_they_were_heard(webchat, event_id):
    socket, _ = await webchat.open()
    await socket.send_json({"id": event_id(), "kind": "text", "text": "Chào"})
    await hears(socket)

    await webchat.channel.noticed(webchat.inbox.said()[0])

    assert await hears(socket) == {"typing": True}


async def test_a_page_that_was_closed_is_forgotten(webchat):
    socket, _ = await webchat.open()
    await socket.close()

    assert isinstance(await webchat.channel.send(webchat.account, Message("một"), {}), Sent)
    assert not webchat.channel._lines


async def test_of_too_many_pages_the_oldest_is_closed(webchat):
    first, _ = await webchat.open()
    for _ in range(SOCKETS_OF_ONE):
        await webchat.open()

    assert (await first.receive(timeout=30)).type in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED)


# Identity


def test_a_session_is_known_by_its_seal_alone():
    sessions, strangers = Sessions(b"one key of thirty-two bytes or so"), Sessions(b"another key of thirty-two bytes..")
    session = sessions.issue()

    assert sessions.account(session) is not None
    assert sessions.account(session) == sessions.account(session)
    assert strangers.account(session) is None
    assert session not in str(sessions.account(session))
    for changed in ("", "x", session[:-2], session + "AAAA", session[::-1], "ớ" * 32, "A" * 32):
        assert sessions.account(changed) is None


def test_sessions_are_new_each_time_and_those_of_samples_the_same():
    sessions = Sessions(b"one key of thirty-two bytes or so")

    assert len({sessions.issue() for _ in range(100)}) == 100
    assert sessions.issue("mai") == sessions.issue("mai") != sessions.issue("loi")


async def test_a_session_opens_once_and_is_found_again_by_its_cookie(webchat):
    headers = {"Origin": webchat.origin}
    first = await webchat.client.post("/chat/session", headers=headers)
    second = await webchat.client.post("/chat/session", headers=headers)

    cookie = first.cookies[COOKIE]
    assert (await first.json())["session"] == (await second.json())["session"] == cookie.value
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


async def test_a_session_the_browser_kept_beside_its_cookie_is_taken_and_a_made_up_one_is_not(webchat):
    known = await webchat.client.post("/chat/session", headers=webchat.headers())
    assert (await known.json())["session"] == webchat.session
    webchat.client.session.cookie_jar.clear()

    made_up = await webchat.client.post("/chat/session", headers=webchat.headers("A" * 32))
    assert (await made_up.json())["session"] not in ("A" * 32, webchat.session)


async def test_a_page_does_not_choose_somebodys_session_over_the_browsers_own(webchat):
    own = (await (await webchat.client.post("/chat/session", headers={"Origin": webchat.origin})).json())["session"]

    again = await (await webchat.client.post("/chat/session", headers=webchat.headers())).json()

    assert again == {"session": own, "demo": False}


@pytest.mark.parametrize("demo", [True])
async def test_in_the_demo_a_page_may_name_its_person(webchat, demo):
    await webchat.client.post("/chat/session", headers={"Origin": webchat.origin})
    named = await webchat.client.post("/chat/session", headers=webchat.headers())

    assert await named.json() == {"session": webchat.session, "demo": True}
    assert COOKIE not in named.cookies


@pytest.mark.parametrize("hello", [{"hello": "A" * 32}, {"hello": 7}, {}, [], {"hello": ""}], ids=json.dumps)
async def test_a_page_without_a_session_is_not_let_in(webchat, hello):
    socket = await webchat.client.ws_connect("/chat/ws", origin=webchat.origin)
    await socket.send_json(hello)

    assert (await socket.receive(timeout=30)).type is WSMsgType.CLOSE
    assert webchat.counts == ["webchat_no_session"]


FOREIGN = {
    "another site": "https://evil.example",
    "no site": None,
    "a page from a file": "null",
    "another port": "http://127.0.0.1:1",
}


@pytest.mark.parametrize("row", FOREIGN)
async def test_a_page_of_another_site_is_turned_away(webchat, row):
    origin = FOREIGN[row]
    headers = {SESSION_HEADER: webchat.session} | ({"Origin": origin} if origin else {})

    assert (await webchat.client.post("/chat/session", headers=headers)).status == 403
    assert (await webchat.client.post("/chat/upload", data=JPG, headers=headers)).status == 403
    with pytest.raises(WSServerHandshakeError) as refusal:
        await webchat.client.ws_connect("/chat/ws", headers=headers)
    assert refusal.value.status == 403
    assert webchat.files.kept == {}


# Files


@pytest.mark.parametrize(
    ("content", "mime", "kind"),
    [
        (JPG, "image/jpeg", "photo"),
        (PNG, "image/png", "photo"),
        (WEBP, "image/webp", "photo"),
        (PDF, "application/pdf", "document"),
    ],
    ids=["jpg", "png", "webp", "pdf"],
)
async def test_a_file_is_uploaded_and_then_sent(webchat, event_id, content, mime, kind):
    uploaded = await (await webchat.client.post("/chat/upload", data=content, headers=webchat.headers())).json()
    socket, _ = await webchat.open()
    await socket.send_json(
        {
            "id": event_id(),
            "kind": kind,
            "ref": uploaded["ref"],
            "name": "nhãn\u202e.exe",
            "mime": "text/html",
            "size": 1,
        }
    )

    assert "saved" in await hears(socket)
    (said,) = webchat.inbox.said()
    assert (said.kind, said.files) == (kind, (IncomingFile(uploaded["ref"], "nhãn.exe", mime, len(content)),))
    assert await webchat.channel.fetch(uploaded["ref"], 10_000) == content


HOSTILE = {
    "a page": b"<!doctype html><script>alert(1)</script>",
    "a drawing with a script": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "a program": b"MZ\x90\0",
    "an archive": b"PK\x03\x04",
    "a picture further in": b" " + JPG,
    "nothing": b"",
}


@pytest.mark.parametrize("row", HOSTILE)
async def test_what_is_no_picture_and_no_paper_is_not_kept(webchat, row):
    headers = webchat.headers() | {"Content-Type": "image/jpeg"}

    assert (await webchat.client.post("/chat/upload", data=HOSTILE[row], headers=headers)).status == 415
    assert webchat.files.kept == {}


async def test_a_file_that_is_too_large_is_not_kept(webchat):
    body = io.BytesIO(JPG + bytes(MOST_UPLOAD))

    assert (await webchat.client.post("/chat/upload", data=body, headers=webchat.headers())).status == 413
    assert webchat.files.kept == {}


async def test_an_upload_needs_a_session_and_a_store(webchat):
    assert (await webchat.client.post("/chat/upload", data=JPG, headers=webchat.headers("A" * 32))).status == 401
    webchat.files.refuses = StoreRefusesError
    assert (await webchat.client.post("/chat/upload", data=JPG, headers=webchat.headers())).status == 503


async def test_somebody_elses_upload_can_be_neither_sent_nor_read(webchat, event_id):
    ref = await webchat.files.keep_upload("w" + "0" * 32, JPG, "a.jpg", "image/jpeg")
    socket, _ = await webchat.open()
    await socket.send_json({"id": event_id(), "kind": "photo", "ref": ref})

    assert (await hears(socket))["why"] == "unreadable"
    answers = [await webchat.client.get(f"/chat/file/{key}", headers=webchat.headers()) for key in (ref[5:], "none")]
    assert [(a.status, await a.read()) for a in answers] == [(404, await answers[1].read())] * 2


async def test_ones_own_file_is_given_so_that_it_runs_nothing(webchat):
    for name, mime in (("phiếu.pdf", "application/pdf"), ("x.html", "text/html"), ("a.jpg", "image/jpeg")):
        webchat.files.kept[name] = (webchat.account, WebFile(b"<script>", name, mime))

        answer = await webchat.client.get(f"/chat/file/{name}", headers=webchat.headers())

        assert (answer.status, answer.headers["X-Content-Type-Options"]) == (200, "nosniff")
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.content_type != "text/html"
        assert answer.headers["Content-Disposition"].startswith("inline" if mime == "image/jpeg" else "attachment")


async def test_a_paper_is_shown_with_its_name_and_size(webchat):
    message = Message("Phiếu", attachments=(Attachment("document", "k1", "Phiếu.pdf"),))
    await webchat.channel.send(webchat.account, message, {"k1": PDF})

    assert webchat.history.rows[0][2]["attachments"] == [
        {"kind": "document", "file": "k1", "name": "Phiếu.pdf", "size": len(PDF)}
    ]


# The page


async def test_the_page_runs_only_scripts_of_this_place(webchat):
    answer = await webchat.client.get("/chat")

    policy = answer.headers["Content-Security-Policy"]
    assert (answer.status, answer.content_type) == (200, "text/html")
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'self'" in policy


def test_the_page_holds_no_script_or_style_of_its_own():
    page = chat_page(programme="OCOP <b>", office="", trial=True)

    assert "OCOP &lt;b&gt; · bản thử nghiệm" in page
    assert not re.search(r"<script(?![^>]*src=)|<style| style=| on[a-z]+=", page)


def test_the_page_claims_its_office_only_when_there_is_one():
    assert "Văn phòng A" in chat_page(programme="OCOP", office="Văn phòng A", trial=False)
    assert "bản thử nghiệm" in chat_page(programme="OCOP", office="", trial=False)


def test_the_script_never_writes_markup():
    script = (STATIC / "chat.js").read_text("utf-8")

    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", script)
