"""Sending by the strict local account: to whom, when, and at whose cost."""

import pytest

from platforms.zalo_oa.quota import OPEN_SECONDS
from platforms.zalo_oa.refusals import MESSAGES
from platforms.zalo_oa.shapes import Variants
from platforms.zalo_oa.templates import Param

from .conftest import MAI, PNG, asker, buttons, query, template, to_mai

CS = "/v3.0/oa/message/cs"
UID = "/v3.0/oa/message/template"
PHONE = "/message/template"
DAY = 24 * 3600


def later(server, clock, seconds):
    """Let time pass; the keys are renewed, as they live 25 hours."""
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
