"""How the keys of the strict local account are given, renewed and lost."""

import aiohttp
import pytest

from platforms.shared.script import lost_answer
from platforms.zalo_oa.oauth import challenge_of
from platforms.zalo_oa.refusals import MESSAGES

from .conftest import MAI, asker, to_mai

CS = "/v3.0/oa/message/cs"
PHONE = "/message/template"
DAY = 24 * 3600


async def refresh(server, http, token, secret=None, **changed):
    form = {"app_id": server.app_id, "grant_type": "refresh_token", "refresh_token": token, **changed}
    headers = {"secret_key": server.tokens.app_secret if secret is None else secret}
    async with http.post(f"{server.oauth_url}/v4/oa/access_token", data=form, headers=headers) as answer:
        assert answer.status == 200
        return await answer.json()


async def test_a_refresh_token_works_once(server, http):
    old = server.tokens.refresh_token

    first = await refresh(server, http, old)
    second = await refresh(server, http, old)

    assert (first["expires_in"], first["refresh_token"]) == ("90000", server.tokens.refresh_token)
    assert (second["error"], second["error_name"]) == (-14014, "Invalid refresh token")
    assert "access_token" not in second


async def test_a_lost_answer_loses_the_pair(server, http):
    old = server.tokens.refresh_token
    server.script("v4/oa/access_token", lost_answer())
    with pytest.raises(aiohttp.ClientError):
        await refresh(server, http, old)

    assert (await refresh(server, http, old))["error"] == -14014


async def test_a_refresh_token_lives_three_months(server, http, clock):
    clock.forward(90 * DAY)

    assert (await refresh(server, http, server.tokens.refresh_token))["error"] == -14014


@pytest.mark.parametrize(
    ("changed", "secret", "number"),
    [({"app_id": "1"}, None, -14002), ({}, "x", -14004), ({"grant_type": "password"}, None, -14005)],
)
async def test_a_wrong_form_gets_no_token(server, http, changed, secret, number):
    assert (await refresh(server, http, server.tokens.refresh_token, secret, **changed))["error"] == number


async def test_an_access_token_lives_25_hours(ask, server, mai, clock):
    clock.forward(90_000 - 1)
    good = await ask(CS, to_mai())
    clock.forward(1)

    assert good["error"] == 0
    assert await ask(CS, to_mai()) == {"error": -220, "message": MESSAGES[-220]}
    assert (await ask(PHONE, {}))["error"] == -124


async def test_a_wrong_token_opens_nothing(ask, mai):
    assert await ask(CS, to_mai(), token="x") == {"error": -216, "message": MESSAGES[-216]}
    assert await ask(PHONE, {}, token="x") == {"error": -124, "message": "Access token invalid"}


async def test_the_old_access_token_may_die_at_a_refresh(start, http):
    server = await start(refresh_removes_access=True)
    server.person(MAI, following=True)
    old = server.tokens.access_token
    await refresh(server, http, server.tokens.refresh_token)

    assert (await asker(server, http)(CS, to_mai(), token=old))["error"] == -220


async def test_consent_leads_to_tokens_once_and_for_ten_minutes(server, http, clock):
    verifier = "v" * 43
    link = {"app_id": server.app_id, "redirect_uri": server.callback_url, "code_challenge": challenge_of(verifier)}

    async def consent(**changed):
        async with http.get(
            f"{server.oauth_url}/v4/oa/permission", params={**link, **changed}, allow_redirects=False
        ) as a:
            return a.headers["Location"] if a.status == 302 else await a.json()

    async def exchange(code, verifier=verifier):
        return await refresh(server, http, "", grant_type="authorization_code", code=code, code_verifier=verifier)

    place = await consent(state="x")
    code = place.split("code=")[1].split("&")[0]
    good, again = await exchange(code), await exchange(code)
    wrong = await exchange((await consent()).split("code=")[1].split("&")[0], "w" * 43)
    short = await exchange(
        (await consent(code_challenge=challenge_of("v" * 42))).split("code=")[1].split("&")[0], "v" * 42
    )
    late_code = (await consent()).split("code=")[1].split("&")[0]
    clock.forward(601)

    assert place.startswith(server.callback_url)
    assert place.endswith(f"oa_id={server.oa_id}&state=x")
    assert good["access_token"] == server.tokens.access_token
    assert (again["error"], wrong["error"], short["error"]) == (-14012, -14009, -14009)
    assert (await exchange(late_code))["error"] == -14012
    assert (await consent(app_id="1"))["error"] == -14002
    assert (await consent(redirect_uri="https://other.example"))["error"] == -14003
