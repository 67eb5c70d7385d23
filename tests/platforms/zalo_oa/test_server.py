"""What the strict local account takes, counts and lets die, asked with a plain HTTP client."""

import io

import aiohttp
import pytest

from tests.platforms.shared_script import broken_page, lost_answer, slow, taken

from .conftest import MAI, PNG, asker, buttons, query, template, to_mai
from .oauth import challenge_of
from .quota import OPEN_SECONDS
from .refusals import MESSAGES, no
from .shapes import Variants
from .templates import Param

CS = "/v3.0/oa/message/cs"
UID = "/v3.0/oa/message/template"
PHONE = "/message/template"
DAY = 24 * 3600


def later(server, clock, seconds):
    """Let time pass; the keys are made anew, as they live 25 hours."""
    clock.forward(seconds)
    server.tokens.new_pair()


HAN = {"template_id": "han", "template_data": {"ten": "Mai", "ngay": "30/06/2021"}}


def add_template(server, **more):
    return server.templates.add("han", "Kính gửi <ten>, hạn <ngay>", {"ngay": Param("date")}, **more)


# Sending and paying


async def test_a_text_arrives_and_the_answer_says_who_paid(ask, server, mai):
    body = await ask(CS, to_mai(text="ệ" * 2000))

    quota = {"quota_type": "reply", "remain": "7", "total": "8"}
    assert body["data"] == {"quota": quota, "message_id": mai.last().message_id, "user_id": MAI}
    assert (body["error"], body["message"]) == (0, "Success")
    assert (await mai.hears())[0].text == "ệ" * 2000
    assert server.faults == []


async def test_five_buttons_of_every_kind_are_shown(ask, mai):
    more = [
        {"title": "Xem", "type": "oa.query.show", "payload": "a" * 1000},
        {"title": "Trang", "type": "oa.open.url", "payload": {"url": "https://ocop.example"}},
        {"title": "Nhắn", "type": "oa.open.sms", "payload": {"content": "a" * 160, "phone_code": "84912345678"}},
        {"title": "b" * 100, "type": "oa.open.phone", "payload": {"phone_code": "84912345678"}},
    ]
    await ask(CS, to_mai(**buttons(query(), *more)))

    assert mai.last().labels == ["Có", "Xem", "Trang", "Nhắn", "b" * 100]


async def test_every_other_documented_shape_is_taken(ask, mai):
    card = {"title": "a", "subtitle": "b", "image_url": "https://ocop.example/a.png"}
    media = {"media_type": "image", "url": "https://ocop.example/a.png"}
    await ask(CS, to_mai(text="Ảnh", **template(template_type="media", elements=[media])))
    await ask(
        CS,
        to_mai(**template(template_type="media", elements=[{**media, "media_type": "gif", "width": 1, "height": 1}])),
    )
    await ask(
        CS, to_mai(**template(template_type="media", elements=[{"media_type": "sticker", "attachment_id": "bfe4"}]))
    )
    await ask(CS, to_mai(**template(template_type="request_user_info", elements=[card])))
    await ask(CS, to_mai(**template(template_type="list", elements=[card, {"title": "c"}], buttons=[query()])))
    await ask(CS, to_mai(text="Trả lời", quote_message_id=mai.sees()[0].message_id))

    assert [m.kind for m in mai.sees()] == ["image", "gif", "sticker", "request_user_info", "list", "text"]


async def test_the_payers_follow_one_another(ask, server, mai):
    quota = server.quota
    quota.free_replies, quota.balance = 1, 55
    quota.package_total = quota.package_left = quota.purchased_left = quota.rewards_left = 1

    answers = [await ask(CS, to_mai()) for _ in range(6)]

    shown = [answer.get("data", {}).get("quota", {}).get("quota_type") for answer in answers]
    assert shown == ["reply", "sub_quota", "purchase_quota", "reward_quota", None, None]
    assert answers[1]["data"]["quota"]["expired_date"] == "30/06/2021"
    assert answers[5] == {"error": -321, "message": MESSAGES[-321]}
    assert [m.paid_by for m in mai.sees()] == ["reply", "sub_quota", "purchase_quota", "reward_quota", "charged"]
    assert (quota.spent, quota.balance) == (55, 0)


async def test_a_word_of_the_person_gives_eight_free_replies_again(ask, server, mai, clock):
    answers = [await ask(CS, to_mai()) for _ in range(9)]
    clock.forward(60)
    await mai.writes("Tôi đây")
    answers.append(await ask(CS, to_mai()))

    assert [a["error"] for a in answers] == [0] * 8 + [-320, 0]
    assert answers[-1]["data"]["quota"]["remain"] == "7"


async def test_replies_may_be_without_a_limit(start, http):
    server = await start(free_replies=None)
    server.person(MAI, following=True)

    answers = [await asker(server, http)(CS, to_mai()) for _ in range(10)]

    assert {a["data"]["quota"]["remain"] for a in answers} == {"8"}


async def test_after_48_hours_it_costs_and_after_7_days_it_is_refused(ask, server, mai, clock):
    server.quota.balance = 1000
    later(server, clock, 2 * DAY)
    free = await ask(CS, to_mai())
    later(server, clock, 1)
    charged = await ask(CS, to_mai())
    later(server, clock, 5 * DAY - 1)
    last = await ask(CS, to_mai())
    later(server, clock, 1)
    refused = await ask(CS, to_mai())

    assert ("quota" in free["data"], "quota" in charged["data"], last["error"]) == (True, False, 0)
    assert refused == {"error": -230, "message": MESSAGES[-230]}


async def test_late_may_be_another_number(start, http, clock):
    server = await start(late_code=-232)
    server.person(MAI, following=True)
    later(server, clock, OPEN_SECONDS + 1)

    assert (await asker(server, http)(CS, to_mai()))["error"] == -232


async def test_somebody_who_never_turned_to_the_account_cannot_be_written_to(ask, server):
    server.person(MAI)

    assert (await ask(CS, to_mai()))["error"] == -232


@pytest.mark.parametrize(
    "act", ["follows", "clicks_chat", "writes", "sends_image", "shares_location", "calls", "sends_sticker"]
)
async def test_every_turn_to_the_account_opens_the_window(ask, server, act):
    mai = server.person(MAI)
    given = {"writes": ["Chào"], "sends_image": [PNG]}.get(act, [])
    await getattr(mai, act)(*given)

    assert (await ask(CS, to_mai()))["error"] == 0


async def test_a_press_renews_the_window_even_on_a_link(ask, server, mai, clock):
    server.quota.balance = 1000
    link = {"title": "Trang", "type": "oa.open.url", "payload": {"url": "https://ocop.example"}}
    await ask(CS, to_mai(**buttons(link)))
    later(server, clock, 6 * DAY)
    heard = await mai.presses("Trang")
    later(server, clock, 6 * DAY)

    assert heard is None
    assert (await ask(CS, to_mai()))["error"] == 0


async def test_who_unfollowed_is_out_of_reach_until_they_write(ask, mai):
    await mai.unfollows()
    refused = await ask(CS, to_mai())
    await mai.writes("Tôi hỏi chút")

    assert refused == {"error": -213, "message": MESSAGES[-213]}
    assert (await ask(CS, to_mai()))["error"] == 0


async def test_followers_only_may_be_the_rule(start, http):
    server = await start(followers_only=True)
    await server.person(MAI).writes("Chào")

    assert (await asker(server, http)(CS, to_mai()))["error"] == -213


async def test_who_was_away_for_45_days_is_refused(ask, mai):
    await mai.goes_away()

    assert await ask(CS, to_mai()) == {"error": -227, "message": MESSAGES[-227]}


async def test_a_restricted_kind_is_refused(ask, mai):
    mai.restricts("text")

    assert (await ask(CS, to_mai()))["error"] == -244


async def test_decomposed_letters_are_kept_as_a_fault(ask, server, mai):
    await ask(CS, to_mai(text="Ho\u0302\u0300 so\u031b"))

    assert server.faults == ["text is not in composed letters"]


async def test_disputed_shapes_can_be_played_the_other_way(start, http):
    server = await start(variants=Variants(lists=False, button_template=True, long_text=-201), dead_answer=404)
    server.person(MAI, following=True)
    ask = asker(server, http)
    card = {"title": "a", "subtitle": "b"}

    assert (await ask(CS, to_mai(**template(template_type="button", text="a", buttons=[query()]))))["error"] == 0
    assert (await ask(CS, to_mai(**template(template_type="list", elements=[card]))))["error"] == -201
    assert (await ask(CS, to_mai(text="a" * 2001)))["error"] == -201
    headers = {"access_token": server.tokens.access_token}
    async with http.post(f"{server.base_url}/v3.0/oa/message/promotion", json={}, headers=headers) as answer:
        assert answer.status == 404


async def test_a_reaction_is_free_and_at_most_fifty(ask, server, mai):
    event = await mai.writes("Chào")
    action = {"react_icon": "/-strong", "react_message_id": event["message"]["msg_id"]}
    call = {"recipient": {"user_id": MAI}, "sender_action": action}

    answers = [await ask("/v2.0/oa/message", call) for _ in range(51)]

    assert [a["error"] for a in answers] == [0] * 50 + [-210]
    assert server.quota.paid_by == {}


async def test_a_broadcast_reaches_each_follower_once_a_day_and_not_at_night(ask, server, mai, clock):
    server.person("7", "Lợi")
    server.articles["bai-1"] = "Chợ phiên OCOP"
    elements = [{"media_type": "article", "attachment_id": "bai-1"}]
    call = {"recipient": {"target": {"gender": "0"}}, "message": template(template_type="media", elements=elements)}

    both = [(await ask("/v2.0/oa/message", call))["error"] for _ in range(2)]
    clock.forward(14 * 3600)
    night = await ask("/v2.0/oa/message", call)

    assert both == [0, 0]
    assert night["error"] == -234
    assert [(m.user_id, m.text) for m in server.sent] == [(MAI, "Chợ phiên OCOP")]


# Templates


async def test_a_template_by_uid_goes_out_beyond_the_window(ask, server, mai, clock):
    add_template(server, price_uid=90)
    server.quota.balance = 100
    later(server, clock, 30 * DAY)

    data = (await ask(UID, {"user_id": MAI, **HAN}))["data"]

    assert data["message_id"] == mai.last().message_id
    assert (data["sent_time"], data["quota"]["remain"]) == (server.ms(), "4999")
    assert (mai.last().text, mai.last().price) == ("Kính gửi Mai, hạn 30/06/2021", 90)


@pytest.mark.parametrize("phone", ["84912345678", "0912345678", "912345678"])
async def test_a_template_by_phone_is_taken_in_each_form_of_a_number(ask, server, mai, phone):
    add_template(server, price_phone=120)
    server.quota.balance = 120

    data = (await ask(PHONE, {"phone": phone, "tracking_id": "giao-1", **HAN}))["data"]

    assert data["quota"] == {"dailyQuota": "5000", "remainingQuota": "4999"}
    assert (mai.last().phone, mai.last().tracking_id, server.quota.balance) == ("84912345678", "giao-1", 0)


async def test_a_template_needs_money(ask, server, mai):
    add_template(server, price_uid=100, price_phone=100)
    server.quota.balance = 99

    assert (await ask(UID, {"user_id": MAI, **HAN}))["error"] == -321
    assert (await ask(PHONE, {"phone": mai.phone, **HAN}))["error"] == -137


async def test_a_promotional_template_waits_for_the_morning(ask, server, mai, clock):
    add_template(server, promotional=True)
    server.quota.balance = 1000
    numbers = []
    for seconds in (13 * 3600 + 3599, 1, 8 * 3600 - 1, 1):  # 21:59:59, 22:00, 05:59:59, 06:00
        clock.forward(seconds)
        by_uid, by_phone = await ask(UID, {"user_id": MAI, **HAN}), await ask(PHONE, {"phone": mai.phone, **HAN})
        numbers.append((by_uid["error"], by_phone["error"]))

    assert numbers == [(0, 0), (-234, -133), (-234, -133), (0, 0)]


async def test_the_day_and_the_template_have_a_limit(ask, server, mai, clock):
    add_template(server, per_day=1)
    server.quota.balance = 10_000
    first, second = await ask(UID, {"user_id": MAI, **HAN}), await ask(UID, {"user_id": MAI, **HAN})
    server.change_daily_quota(0)
    clock.forward(DAY)

    assert (first["error"], second["error"]) == (0, -147)
    assert (await ask(UID, {"user_id": MAI, **HAN}))["error"] == -144


async def test_development_mode_reaches_admins_for_nothing(ask, server):
    add_template(server)
    server.person(MAI, admin=True, phone="84912345678")

    assert (await ask(PHONE, {"phone": "84912345678", "mode": "development", **HAN}))["error"] == 0
    assert server.quota.spent == 0


async def test_who_refuses_templates_gets_none(ask, server, mai):
    add_template(server)
    mai.refuses_templates = True

    assert (await ask(UID, {"user_id": MAI, **HAN}))["error"] == -244
    assert (await ask(PHONE, {"phone": mai.phone, **HAN}))["error"] == -141


async def test_a_review_lets_a_template_go(ask, server, mai):
    add_template(server, status="pending")
    server.quota.balance = 1000
    before = await ask(UID, {"user_id": MAI, **HAN})
    event = server.review("han")

    assert (before["error"], event["status"]) == (-131, {"prev_status": "PENDING", "new_status": "APPROVED"})
    assert (await ask(UID, {"user_id": MAI, **HAN}))["error"] == 0


# Tokens


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
