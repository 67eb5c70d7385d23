"""The strict local account: its state, answers and limits, asked with a plain HTTP client."""

import io

import aiohttp
import pytest

from platforms.shared.script import broken_page, lost_answer, slow, taken
from platforms.zalo_oa.refusals import MESSAGES, no

from .conftest import MAI, PNG, template, to_mai

CS = "/v3.0/oa/message/cs"
PHONE = "/message/template"
DAY = 24 * 3600


# Uploads


async def upload(server, http, kind, name, content):
    form = aiohttp.FormData()
    form.add_field("file", io.BytesIO(content), filename=name)
    headers = {"access_token": server.tokens.access_token}
    async with http.post(f"{server.base_url}/v2.0/oa/upload/{kind}", data=form, headers=headers) as answer:
        return await answer.json()


async def test_an_upload_can_be_sent_for_seven_days(ask, server, http, mai, clock):
    paper = (await upload(server, http, "file", "don.pdf", b"%PDF-1.7"))["data"]["token"]
    picture = (await upload(server, http, "image", "anh.png", PNG))["data"]["attachment_id"]
    file = to_mai(attachment={"type": "file", "payload": {"token": paper}})
    image = to_mai(**template(template_type="media", elements=[{"media_type": "image", "attachment_id": picture}]))
    before = [(await ask(CS, file))["error"], (await ask(CS, image))["error"]]
    clock.forward(7 * DAY)
    await mai.writes("Chào")
    server.tokens.new_pair()

    assert before == [0, 0]
    assert mai.sees()[0].content.stored.content == b"%PDF-1.7"
    assert await ask(CS, file) == {"error": -100, "message": MESSAGES[-100]}
    assert (await ask(CS, image))["error"] == -100


@pytest.mark.parametrize(
    ("kind", "name", "begins", "size", "error"),
    [
        ("image", "a.gif", b"GIF89a", 10, -201),
        ("image", "a.png", b"no picture", 10, -201),
        ("image", "a.png", PNG, 1_000_000, 0),
        ("image", "a.png", PNG, 1_000_001, -210),
        ("gif", "a.png", PNG, 30, -201),
        ("file", "a.exe", b"MZ", 10, -201),
        ("file", "a.pdf", b"%PDF", 5_000_001, -210),
        ("file", "a.pdf", b"%PDF", 9_000_000, -210),
        ("file", "a.csv", b"a;b", 10, 0),
    ],
)
async def test_uploads_have_kinds_and_sizes(server, http, kind, name, begins, size, error):
    assert (await upload(server, http, kind, name, begins.ljust(size, b"\0")))["error"] == error


async def test_a_month_has_so_many_uploads(start, http):
    server = await start(uploads_per_month=1, csv_files=False)

    assert (await upload(server, http, "file", "a.csv", b"a;b"))["error"] == -201
    assert [(await upload(server, http, "image", "a.png", PNG))["error"] for _ in range(2)] == [0, -211]


# Reading


async def read(server, http, path, data=""):
    headers = {"access_token": server.tokens.access_token}
    async with http.get(f"{server.openapi_url}{path}", params={"data": data}, headers=headers) as answer:
        return await answer.json()


async def test_a_person_and_the_account_can_be_read(ask, server, http, mai):
    detail = (await read(server, http, "/v3.0/oa/user/detail", f'{{"user_id":"{MAI}"}}'))["data"]
    account = (await read(server, http, "/v2.0/oa/getoa"))["data"]
    window = (await ask("/v3.0/oa/quota/message", {"user_id": MAI}))["data"]

    assert (detail["display_name"], detail["user_last_interaction_date"]) == ("Mai", "01/06/2021")
    assert detail["user_is_follower"] is True
    assert (account["num_follower"], account["is_verified"]) == (1, True)
    assert (window["last_interaction"], window["cs_reply"]) == ("1622509200000", {"remain": 8, "total": 8})


async def test_people_are_listed_by_fifty(server, http, mai, clock):
    server.person("7", "Lợi")
    listed = "/v3.0/oa/user/getlist"

    everybody = (await read(server, http, listed, '{"offset":0,"count":50}'))["data"]
    followers = (await read(server, http, listed, '{"offset":0,"count":50,"is_follower":"true"}'))["data"]
    clock.forward(8 * DAY)
    server.tokens.new_pair()
    lately = (await read(server, http, listed, '{"offset":0,"count":50,"last_interaction_period":"L7D"}'))["data"]

    assert (everybody["total"], followers["users"], lately["total"]) == (2, [{"user_id": MAI}], 0)
    assert (await read(server, http, listed, '{"offset":0,"count":51}'))["error"] == -210
    assert (await read(server, http, listed, '{"offset":9952,"count":1}'))["error"] == -201
    assert (await read(server, http, listed, "{"))["error"] == -201


async def test_tags_make_themselves(ask, server, http, mai):
    await ask("/v2.0/oa/tag/tagfollower", {"user_id": MAI, "tag_name": "Xã Kim Sơn"})
    tags = await read(server, http, "/v2.0/oa/tag/gettagsofoa")
    await ask("/v2.0/oa/tag/rmfollowerfromtag", {"user_id": MAI, "tag_name": "Xã Kim Sơn"})

    assert (tags["data"], mai.tags) == (["Xã Kim Sơn"], set())
    assert [e["event_name"] for e in server.events.history] == ["add_user_to_tag", "remove_user_from_tag"]


# Rates, hosts, scripts


async def test_the_minute_has_a_limit_and_says_so(start, http, clock):
    server = await start(oa_per_minute=2)
    server.person(MAI, following=True)
    headers = {"access_token": server.tokens.access_token}
    seen = []
    for seconds in (0, 0, 0, 60):
        clock.forward(seconds)
        async with http.post(f"{server.base_url}{CS}", json=to_mai(), headers=headers) as answer:
            left = (answer.headers["X-RateLimit-Limit"], answer.headers["X-RateLimit-Remain"])
            seen.append(((await answer.json())["error"], *left))

    assert seen == [(0, "2", "1"), (0, "2", "0"), (-32, "2", "0"), (0, "2", "1")]


async def test_each_host_knows_only_its_paths(server, http, mai):
    headers = {"access_token": server.tokens.access_token}
    statuses = []
    for url in (f"{server.business_url}{CS}", f"{server.openapi_url}{PHONE}", f"{server.oauth_url}{CS}"):
        async with http.post(url, json=to_mai(), headers=headers) as answer:
            statuses.append(answer.status)
    async with http.post(f"{server.openapi_url}{CS}", json=to_mai(), headers=headers) as answer:
        statuses.append(answer.status)

    assert statuses == [404, 404, 404, 200]
    assert len(server.faults) == 3


async def test_a_bearer_token_is_no_token(server, http):
    headers = {"Authorization": f"Bearer {server.tokens.access_token}"}
    async with http.post(f"{server.base_url}{CS}", json=to_mai(), headers=headers) as answer:
        assert (await answer.json())["error"] == -216
    assert server.faults == [f"{CS}: the token belongs into the header access_token"]


async def test_a_body_that_is_no_json_is_refused(server, http):
    headers = {"access_token": server.tokens.access_token}
    numbers = []
    for path in (CS, PHONE):
        async with http.post(f"{server.base_url}{path}", data=b"{", headers=headers) as answer:
            numbers.append((await answer.json())["error"])

    assert numbers == [-201, -122]


async def test_answers_can_be_scripted(ask, server, http, mai):
    server.script("message/cs", no(-230), taken(), slow(0.01), no(-201, "user_id is invalid!"))
    server.script("*", no(-32), no(-218))

    numbers = [(await ask(CS, to_mai()))["error"] for _ in range(6)]

    assert numbers == [-230, 0, 0, -201, -32, -218]
    assert server.left_over() == {}
    assert [call.error for call in server.calls("message/cs")] == numbers


async def test_a_lost_answer_is_still_a_sent_message(ask, server, mai):
    server.script("message/cs", lost_answer())
    with pytest.raises(aiohttp.ClientError):
        await ask(CS, to_mai())

    assert mai.last().text == "Chào bà con"
    assert server.last_call("message/cs").error is None


async def test_a_broken_page_sends_nothing(server, http, mai):
    server.script("*", broken_page(502))
    async with http.post(f"{server.base_url}{CS}", json=to_mai()) as answer:
        assert (answer.status, answer.content_type) == (502, "text/html")
    assert server.sent == []
