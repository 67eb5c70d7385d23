"""A commit that takes long is told to the page as unsaved, and as saved when it succeeds after all."""

import asyncio

from bot.channels.webchat.routes import READ_AHEAD


async def hears(socket):
    return await socket.receive_json(timeout=30)


def said(event_id, text):
    return {"id": event_id(), "kind": "text", "text": text}


async def test_every_message_behind_a_commit_that_hangs_is_told_and_all_are_kept_in_order(webchat, event_id):
    webchat.chat._told_after, webchat.inbox.free = 0.01, asyncio.Event()
    socket, _ = await webchat.open()
    events = [said(event_id, text) for text in ("một", "hai", "ba")]
    for event in events:
        await socket.send_json(event)
    heard = [await hears(socket) for _ in events]
    assert heard == [{"unsaved": event["id"], "why": "not_stored"} for event in events]
    assert webchat.inbox.raw == {}

    webchat.inbox.free.set()
    assert [await hears(socket) for _ in events] == [{"saved": event["id"]} for event in events]
    assert [one.text for one in webchat.inbox.said()] == ["một", "hai", "ba"]


async def test_a_page_that_writes_on_while_a_commit_hangs_is_read_up_to_a_limit(webchat, event_id):
    webchat.chat._told_after, webchat.inbox.free = 0.01, asyncio.Event()
    socket, _ = await webchat.open()
    events = [said(event_id, str(number)) for number in range(3 * READ_AHEAD)]
    for event in events:
        await socket.send_json(event)
    heard = [await hears(socket) for _ in range(READ_AHEAD)]
    assert [word["unsaved"] for word in heard] == [event["id"] for event in events[:READ_AHEAD]]

    webchat.inbox.free.set()
    saved = set()
    while len(saved) < len(events):
        saved |= {(await hears(socket)).get("saved", "")} - {""}
    assert [one.text for one in webchat.inbox.said()] == [event["text"] for event in events]
