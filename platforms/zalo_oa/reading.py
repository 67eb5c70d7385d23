"""The calls that only read or label: the account, its people, their windows, tags."""

import json
from typing import Any

from .quota import VIET_NAM, local
from .refusals import invalid, refused
from .world import Person, World

MOST_AT_ONCE = 50
FURTHEST = 9951
PERIODS = {"TODAY": 0, "L7D": 7, "L30D": 30}


class Reading:
    """Answers from what the platform knows."""

    def __init__(self, world: World) -> None:
        self._world = world

    def account(self, _: dict[str, Any]) -> dict[str, Any]:
        """`GET /v2.0/oa/getoa`."""
        world = self._world
        return {
            "oaid": world.oa_id,
            "name": "OCOP thử nghiệm",
            "description": "",
            "oa_type": 4,
            "cate_name": "Cơ quan Nhà nước",
            "is_verified": True,
            "num_follower": sum(person.follows_oa for person in world.people()),
            "avatar": "",
            "cover": "",
            "package_name": "Tăng trưởng",
            "package_valid_through_date": "31/12/2030",
            "package_auto_renew_date": "",
            "linked_ZCA": "" if world.quota.balance is None else "Tài khoản thử",
        }

    def person(self, call: dict[str, Any]) -> dict[str, Any]:
        """`GET /v3.0/oa/user/detail`."""
        person = self._person(call)
        last = person.last_interaction
        return {
            "user_id": person.user_id,
            "user_id_by_app": person.user_id_by_app,
            "user_external_id": "",
            "display_name": person.name,
            "user_alias": person.name,
            "is_sensitive": False,
            "user_last_interaction_date": "" if last is None else local(last).strftime("%d/%m/%Y"),
            "user_is_follower": person.follows_oa,
            "avatar": "",
            "avatars": {"120": "", "240": ""},
            "dynamic_param": "",
            "tags_and_notes_info": {"notes": [], "tag_names": sorted(person.tags)},
            "shared_info": dict(person.shared_info),
        }

    def people(self, call: dict[str, Any]) -> dict[str, Any]:
        """`GET /v3.0/oa/user/getlist`."""
        offset, count = call.get("offset"), call.get("count")
        if not isinstance(offset, int) or not 0 <= offset <= FURTHEST:
            raise invalid("offset")
        if not isinstance(count, int) or not 1 <= count <= MOST_AT_ONCE:
            raise refused(-210)
        found = [person for person in self._world.people() if self._matches(person, call)]
        users = [{"user_id": person.user_id} for person in found[offset : offset + count]]
        return {"total": len(found), "count": len(users), "offset": offset, "users": users}

    def window(self, call: dict[str, Any]) -> dict[str, Any]:
        """`POST /v3.0/oa/quota/message`."""
        person = self._person(call)
        quota = self._world.quota
        last = person.last_interaction
        return {
            "last_interaction": "" if last is None else str(int(last * 1000)),
            "cs_reply": {"remain": quota.left_replies(person.user_id, last), "total": quota.free_replies or 8},
            "promotion": {"daily_remain": 1, "daily_total": 1, "monthly_remain": 6, "monthly_total": 6},
        }

    def tag(self, call: dict[str, Any]) -> dict[str, Any]:
        """`POST /v2.0/oa/tag/tagfollower`; a new name makes the tag."""
        person, name = self._person(call), self._tag_name(call)
        self._world.tags.add(name)
        if name not in person.tags:
            person.tags.add(name)
            self._world.tell(person, self._tagged("add_user_to_tag", person, name))
        return {}

    def untag(self, call: dict[str, Any]) -> dict[str, Any]:
        """`POST /v2.0/oa/tag/rmfollowerfromtag`."""
        person, name = self._person(call), self._tag_name(call)
        if name not in self._world.tags:
            raise invalid("tag_name")
        if name in person.tags:
            person.tags.discard(name)
            self._world.tell(person, self._tagged("remove_user_from_tag", person, name))
        return {}

    def tags(self, _: dict[str, Any]) -> list[str]:
        """`GET /v2.0/oa/tag/gettagsofoa`."""
        return sorted(self._world.tags)

    def _tagged(self, event_name: str, person: Person, name: str) -> dict[str, Any]:
        return {
            "event_name": event_name,
            "oa_id": self._world.oa_id,
            "user_id": person.user_id,
            "user_id_by_app": person.user_id_by_app,
            "tag": {"name": name},
        }

    def _person(self, call: dict[str, Any]) -> Person:
        person = self._world.known(call.get("user_id"))
        if person is None:
            raise invalid("user_id")
        return person

    def _tag_name(self, call: dict[str, Any]) -> str:
        name = call.get("tag_name")
        if not isinstance(name, str) or not name.strip():
            raise invalid("tag_name")
        return name

    def _matches(self, person: Person, call: dict[str, Any]) -> bool:
        if "tag_name" in call and call["tag_name"] not in person.tags:
            return False
        if "is_follower" in call and person.follows_oa is not _flag(call["is_follower"]):
            return False
        period = call.get("last_interaction_period")
        if period is None:
            return True
        if period not in PERIODS:
            raise invalid("last_interaction_period")
        if person.last_interaction is None:
            return False
        today = local(self._world.clock()).astimezone(VIET_NAM).date()
        return (today - local(person.last_interaction).date()).days <= PERIODS[period]


def read_data(text: str) -> dict[str, Any]:
    """The `data` parameter of a GET."""
    try:
        data = json.loads(text) if text else {}
    except ValueError:
        raise invalid("data") from None
    if not isinstance(data, dict):
        raise invalid("data")
    return data


def _flag(value: object) -> bool:
    if value in (True, "true"):
        return True
    if value in (False, "false"):
        return False
    raise invalid("is_follower")
