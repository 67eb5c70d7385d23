"""Refusals of the platform; they come under HTTP 200."""

from typing import Any

from platforms.shared.script import Answer, Refusal

MESSAGES = {
    -32: "Your application reached limit call api",
    -100: "attachment_id was expired",
    -200: "Send message failed",
    -201: "data is invalid!",
    -204: "Offical Account is disable",
    -205: "Official Account is not exist",
    -209: "Not supported this api",
    -210: "Parameter exceeds allowable limit",
    -211: "Out of quota",
    -212: "App has not registed this api",
    -213: "User has not followed OA",
    -216: "Access token is invalid",
    -217: "User has blocked invitation from OA",
    -218: "Out of quota receive",
    -219: "App is removed or disabled",
    -220: "access_token is expired or removed",
    -221: "The OA needs to be verified to use this feature",
    -223: "Official Account has not authorized this API",
    -224: "The OA needs to upgrade OA Tier Package to use this feature",
    -227: "User is banned or has been inactive for more than 45 days",
    -230: "User has not interacted with the OA in the past 7 days",
    -232: "User has not interacted with the OA, or the last interaction has expired",
    -233: "message type is invalid or not support",
    -234: "This message cannot be sent at night (10:00PM - 6:00AM)",
    -240: "MessageV2 API has been shut down, please switch to MessageV3.",
    -244: "User has restricted this message type from your OA",
    -320: "Your app needs to connect with Zalo Cloud Account to use paid features",
    -321: "Zalo Cloud Account associated with this app is out of money or unable to be charged",
}
TEMPLATE_MESSAGES = {
    -100: "Unknown error",
    -108: "Phone number invalid",
    -109: "Template ID invalid",
    -111: "Template data empty",
    -114: "User is inactive, or reject the message, or using an outdated Zalo version, or other internal errors",
    -118: "Zalo account not existed",
    -119: "Account can not receive message",
    -122: "Body format invalid",
    -124: "Access token invalid",
    -127: "Test template messages can only be sent to admin",
    -131: "ZNS template not approved",
    -132: "Parameter invalid",
    -133: "This template cannot be sent at night (10PM-6AM)",
    -136: "ZCA association required",
    -137: "ZCA charge failure",
    -139: "User refused to receive this type of ZNS",
    -141: "User refused to receive ZNS",
    -144: "ZNS daily quota exceeded",
    -146: "Template disabled due to low quality",
    -147: "Tempalate daily quota exceeded",
}
# Only the first two are published (shown to a person in the browser); the others are our numbers.
OAUTH_NAMES = {
    -14002: "Invalid appId",
    -14003: "Invalid redirect uri",
    -14004: "Invalid secret key",
    -14005: "Invalid grant type",
    -14009: "Invalid code verifier",
    -14012: "Invalid code",
    -14014: "Invalid refresh token",
}


class OARefusal(Refusal):
    """A call that the Official Account API does not take."""

    def body(self) -> dict[str, Any]:
        return {"error": self.code, "message": self.description}


class OAuthRefusal(Refusal):
    """A request that the token endpoint does not take."""

    def body(self) -> dict[str, Any]:
        name = OAUTH_NAMES.get(self.code, "Invalid request")
        reason = self.description or name
        return {"error": self.code, "error_name": name, "error_reason": reason, "error_description": reason}


def refused(code: int, message: str = "") -> OARefusal:
    """A refusal with the platform's own words, or with others."""
    return OARefusal(code, message or MESSAGES.get(code) or TEMPLATE_MESSAGES.get(code, "Unknown error"))


def template_refused(code: int, message: str = "") -> OARefusal:
    """A refusal in the words of the template host, where some numbers mean something else."""
    return OARefusal(code, message or TEMPLATE_MESSAGES.get(code) or MESSAGES.get(code, "Unknown error"))


def invalid(field: str) -> OARefusal:
    """A -201 that names the field."""
    return OARefusal(-201, f"{field} is invalid!")


def oauth_refused(code: int, reason: str = "") -> OAuthRefusal:
    return OAuthRefusal(code, reason)


def no(code: int, message: str = "") -> Answer:
    """A scripted refusal: `no(-230)`, `no(-201, "user_id is invalid!")`, `no(-14014)` for the token endpoint."""
    if code in OAUTH_NAMES:
        return Answer(refusal=oauth_refused(code, message))
    return Answer(refusal=refused(code, message))
