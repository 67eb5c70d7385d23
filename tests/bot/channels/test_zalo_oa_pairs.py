"""Pairs of tokens given by hand or by a consent, and alarms without a pair."""

import logging
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from bot.channels.zalo.transport import CutOffError
from bot.channels.zalo_oa.pair import AHEAD, pasted
from bot.channels.zalo_oa.tokens import (
    TokensLostError,
    TokensWaitError,
    consent_link,
    new_verifier,
)
from platforms.zalo_oa.refusals import no
from platforms.zalo_oa.server import APP_ID, APP_SECRET
from registry.store.store import StoreRefusesError

from .token_scene import live


async def test_without_any_pair_there_is_an_alarm(scene):
    scene.room.pair = None

    with pytest.raises(TokensLostError, match="consent once"):
        await scene.start().current()


async def test_a_store_that_cannot_be_read_at_the_start_is_waited_for(scene):
    scene.room.refuses = StoreRefusesError("locked")
    tokens = scene.start()

    with pytest.raises(TokensWaitError):
        await tokens.current()
    scene.room.refuses = None
    scene.time.passes(minutes=1)

    assert await scene.accepted(await tokens.current())


async def test_a_pair_given_by_hand_is_kept_and_renewed_at_once(scene):
    given = pasted(scene.room.pair.access_token, scene.room.pair.refresh_token, scene.time.now())
    scene.room.pair = None
    tokens = scene.start(seed=given)

    await tokens.tick()

    assert scene.room.pair.refresh_token == scene.server.tokens.refresh_token != given.refresh_token
    assert given.expires_at == scene.room.pair.expires_at - timedelta(seconds=90_000) + AHEAD


async def test_a_new_pair_given_by_hand_ends_the_alarm(scene):
    scene.fault = CutOffError("no answer in time")
    tokens = scene.start()
    scene.time.passes(hours=21)
    await tokens.tick()
    assert scene.room.alarms != []

    scene.fault = None
    by_hand = scene.server.tokens.new_pair()
    again = scene.start(seed=pasted(by_hand.access_token, by_hand.refresh_token, scene.time.now()))
    await live(again, scene, 5)

    assert (scene.room.alarms, again.alarm) == ([], "")
    assert await scene.accepted(await again.current())
    assert max(scene.asked.values()) == 1


async def test_a_seed_that_was_used_before_is_not_used_again(scene):
    seed = pasted(scene.room.pair.access_token, scene.room.pair.refresh_token, scene.time.now())
    scene.room.pair = None
    await scene.start(seed=seed).tick()
    scene.fault = CutOffError("no answer in time")
    scene.time.passes(hours=21)

    await live(scene.start(seed=seed), scene, 5)

    assert (scene.asked[seed.refresh_token], len(scene.room.alarms)) == (1, 1)


async def test_consenting_in_a_browser_ends_the_alarm(scene):
    scene.server.tokens.revoke()
    tokens = scene.start()
    with pytest.raises(TokensLostError):
        await tokens.renew(await tokens.current())
    verifier = new_verifier()
    link = consent_link(
        scene.server.oauth_url, app_id=APP_ID, callback=scene.server.callback_url, verifier=verifier, state="s1"
    )
    async with aiohttp.ClientSession() as browser, browser.get(link, allow_redirects=False) as answer:
        came_back = parse_qs(urlsplit(answer.headers["Location"]).query)

    await tokens.consented(came_back["code"][0], verifier)

    assert (came_back["state"], len(verifier)) == (["s1"], 43)
    assert (scene.room.alarms, tokens.alarm) == ([], "")
    assert await scene.accepted(await tokens.current())


async def test_no_token_is_in_a_log_an_alarm_or_a_repr(scene, caplog):
    secrets = {scene.room.pair.access_token, scene.room.pair.refresh_token, APP_SECRET}
    scene.server.script(
        "access_token", no(-14014, f"Invalid refresh token {scene.room.pair.refresh_token} of {APP_SECRET}")
    )
    tokens = scene.start()
    scene.time.passes(hours=21)
    with caplog.at_level(logging.DEBUG):
        await tokens.tick()
    told = caplog.text + repr(scene.room.alarms) + repr(scene.room.pair) + tokens.alarm

    assert "lost" in told
    assert [secret for secret in secrets if secret in told] == []
