"""Each call that the platform refuses, with its number and words, asked with a plain HTTP client."""

import pytest

from platforms.zalo_oa.refusals import MESSAGES

from .conftest import MAI, buttons, query, template, to_mai

CS = "/v3.0/oa/message/cs"
UID = "/v3.0/oa/message/template"
PHONE = "/message/template"
PICTURE = "https://ocop.example/a.png"
LONG = "Parameter exceeds allowable limit"
CARD = {"title": "a", "subtitle": "b", "image_url": PICTURE}


def media(**element):
    return to_mai(**template(template_type="media", elements=[{"media_type": "image", **element}]))


def button(**button):
    return to_mai(**buttons({**query(), **button}))


def request_of(**changed):
    return to_mai(**template(template_type="request_user_info", elements=[{**CARD, **changed}]))


def listed(*elements, **more):
    return to_mai(**template(template_type="list", elements=list(elements), **more))


def by_uid(**changed):
    return {"user_id": MAI, "template_id": "han", "template_data": {"ten": "Mai", "ngay": "30/06/2021"}, **changed}


def by_phone(**changed):
    call = by_uid(**{"phone": "84912345678", "tracking_id": "1", **changed})
    del call["user_id"]
    return call


def react(**changed):
    return {
        "recipient": {"user_id": MAI},
        "sender_action": {"react_icon": "/-strong", "react_message_id": "x", **changed},
    }


def broadcast(target, **element):
    elements = [{"media_type": "article", "attachment_id": "bai-1", **element}]
    return {
        "recipient": {"target": target},
        "message": template(template_type="media", elements=elements),
    }


REFUSED = {
    "no recipient": (CS, {"message": {"text": "a"}}, -201, "recipient is invalid!"),
    "an unknown person": (CS, {"recipient": {"user_id": "5"}, "message": {"text": "a"}}, -201, "user_id is invalid!"),
    "an id as a number": (CS, {"recipient": {"user_id": int(MAI)}, "message": {"text": "a"}}, -201, "user_id is invalid!"),
    "a stranger's field in the body": (CS, {**to_mai(), "messaging_type": "UPDATE"}, -201, "messaging_type is invalid!"),
    "no message": (CS, {"recipient": {"user_id": MAI}}, -201, "message is invalid!"),
    "an empty text": (CS, to_mai(text=" "), -201, "text is invalid!"),
    "2001 letters": (CS, to_mai(text="ệ" * 2001), -210, LONG),
    "an unknown field of a message": (CS, to_mai(text="a", markup="b"), -201, "markup is invalid!"),
    "a quote of nothing": (CS, to_mai(text="a", quote_message_id="5"), -201, "quote_message_id is invalid!"),
    "six buttons": (CS, to_mai(**buttons(*[query()] * 6)), -201, "buttons is invalid!"),
    "no button": (CS, to_mai(**buttons()), -201, "buttons is invalid!"),
    "buttons without a text": (CS, to_mai(**template(buttons=[query()])), -201, "text is invalid!"),
    "a title of 101 letters": (CS, button(title="a" * 101), -201, "title is invalid!"),
    "a payload of 1001 letters": (CS, button(payload="a" * 1001), -201, "payload is invalid!"),
    "a payload that is an object": (CS, button(payload={"a": 1}), -201, "payload is invalid!"),
    "an unknown button": (CS, button(type="oa.query.send"), -201, "type is invalid!"),
    "a link as a text": (CS, button(type="oa.open.url", payload="https://a.vn"), -201, "payload is invalid!"),
    "a link on plain http": (CS, button(type="oa.open.url", payload={"url": "http://a.vn"}), -201, "payload.url is invalid!"),
    "an SMS of 161 letters": (
        CS, button(type="oa.open.sms", payload={"content": "a" * 161, "phone_code": "84912345678"}), -201,
        "payload.content is invalid!",
    ),
    "a number without 84": (CS, button(type="oa.open.phone", payload={"phone_code": "0912345678"}), -201, "phone_code is invalid!"),
    "the circulating button template": (
        CS, to_mai(**template(template_type="button", text="a", buttons=[query()])), -201, "template_type is invalid!",
    ),
    "an unknown attachment": (CS, to_mai(attachment={"type": "image", "payload": {}}), -201, "attachment.type is invalid!"),
    "a picture without an address": (CS, media(), -201, "attachment_id is invalid!"),
    "a picture with both": (CS, media(url=PICTURE, attachment_id="x"), -201, "attachment_id is invalid!"),
    "a picture that was never uploaded": (CS, media(attachment_id="x"), -201, "attachment_id is invalid!"),
    "a picture on plain http": (CS, media(url="http://ocop.example/a.png"), -201, "url is invalid!"),
    "two pictures": (
        CS, to_mai(**template(template_type="media", elements=[{"media_type": "image", "url": PICTURE}] * 2)), -201,
        "elements is invalid!",
    ),
    "a GIF without a size": (CS, media(media_type="gif", url=PICTURE), -201, "width is invalid!"),
    "another medium": (CS, media(media_type="video", url=PICTURE), -201, "media_type is invalid!"),
    "a file that was never uploaded": (
        CS, to_mai(attachment={"type": "file", "payload": {"token": "x"}}), -201, "token is invalid!",
    ),
    "a file with a text": (
        CS, to_mai(text="a", attachment={"type": "file", "payload": {"token": "x"}}), -201, "text is invalid!",
    ),
    "a contact form without a picture": (CS, request_of(image_url=""), -201, "image_url is invalid!"),
    "a contact form with a long title": (CS, request_of(title="a" * 101), -201, "title is invalid!"),
    "a contact form with a long subtitle": (CS, request_of(subtitle="a" * 501), -201, "subtitle is invalid!"),
    "a list of six": (CS, listed(*[CARD] * 6), -201, "elements is invalid!"),
    "a list without a subtitle": (CS, listed({"title": "a"}), -201, "subtitle is invalid!"),
    "a list with a strange action": (CS, listed({**CARD, "default_action": {"type": "jump"}}), -201, "type is invalid!"),
    "the dead transaction message": ("/v3.0/oa/message/transaction", to_mai(), -240, MESSAGES[-240]),
    "the dead promotion message": ("/v3.0/oa/message/promotion", to_mai(), -240, MESSAGES[-240]),
    "the old text message": ("/v2.0/oa/message", to_mai(), -240, MESSAGES[-240]),
    "a group message": ("/v3.0/oa/group/message", {}, -237, "The OA needs to buy a GMF asset to use this feature"),
    "a reaction to nothing": ("/v2.0/oa/message", react(), -201, "react_message_id is invalid!"),
    "a reaction without a sign": ("/v2.0/oa/message", react(react_icon=""), -201, "react_icon is invalid!"),
    "a broadcast to a strange target": ("/v2.0/oa/message", broadcast({"shoe": "1"}), -201, "shoe is invalid!"),
    "a broadcast to a strange age": ("/v2.0/oa/message", broadcast({"ages": "9"}), -201, "ages is invalid!"),
    "a broadcast of no article": ("/v2.0/oa/message", broadcast({}, attachment_id="x"), -201, "attachment is invalid!"),
    "a template to nobody": (UID, by_uid(user_id="5"), -201, "user_id is invalid!"),
    "an unknown template": (UID, by_uid(template_id="x"), -109, "Template ID invalid"),
    "a template in review": (UID, by_uid(template_id="cho"), -131, "ZNS template not approved"),
    "a disabled template": (PHONE, by_phone(template_id="tat"), -146, "Template disabled due to low quality"),
    "a template without data": (UID, by_uid(template_data={}), -111, "Template data empty"),
    "a missing hole": (UID, by_uid(template_data={"ten": "M"}), -1122, "template data is missing a parameter ngay"),
    "a long name": (UID, by_uid(template_data={"ten": "M" * 31, "ngay": "30/06/2021"}), -1121, "ten data breaks max length"),
    "a wrong date": (UID, by_uid(template_data={"ten": "M", "ngay": "2021-06-30"}), -1124, "ngay has invalid format"),
    "a number for a text": (UID, by_uid(template_data={"ten": 5, "ngay": "30/06/2021"}), -1124, "ten has invalid format"),
    "a template nobody pays for": (UID, by_uid(), -320, MESSAGES[-320]),
    "a template by phone nobody pays for": (PHONE, by_phone(), -136, "ZCA association required"),
    "a wrong number": (PHONE, by_phone(phone="19001234"), -108, "Phone number invalid"),
    "a number without Zalo": (PHONE, by_phone(phone="84900000000"), -118, "Zalo account not existed"),
    "a tracking id of 49 letters": (PHONE, by_phone(tracking_id="1" * 49), -132, "Parameter invalid"),
    "a trial to somebody who is no admin": (
        PHONE, by_phone(mode="development"), -127, "Test template messages can only be sent to admin",
    ),
    "the window of nobody": ("/v3.0/oa/quota/message", {"user_id": "5"}, -201, "user_id is invalid!"),
    "a tag without a name": ("/v2.0/oa/tag/tagfollower", {"user_id": MAI, "tag_name": ""}, -201, "tag_name is invalid!"),
    "taking off a tag that is not": ("/v2.0/oa/tag/rmfollowerfromtag", {"user_id": MAI, "tag_name": "x"}, -201, "tag_name is invalid!"),
}  # fmt: skip


@pytest.mark.parametrize(("path", "body", "error", "message"), REFUSED.values(), ids=REFUSED)
async def test_it_is_refused_as_the_platform_refuses_it(ask, server, mai, path, body, error, message):
    from platforms.zalo_oa.templates import Param

    for template_id, status in {"han": "approved", "cho": "pending", "tat": "disabled"}.items():
        server.templates.add(template_id, "<ten>, hạn <ngay>", {"ngay": Param("date")}, status=status)
    server.articles["bai-1"] = "Chợ phiên OCOP"

    assert await ask(path, body) == {"error": error, "message": message}
    assert server.sent == []
    assert server.quota.paid_by == {}
