"""/chuanhan: entities that nobody has claimed, a code to read out, and the decision on a claim by number."""

from content.actions.action import parse_words
from content.actions.claims import GetClaimCode, GrantClaim, ListUnclaimed, RefuseClaim
from content.actions.producers import StartInvited
from content.message import Message
from handlers.conversation.command import Command
from handlers.conversation.desk import Desk
from handlers.conversation.reaching import learning_said
from handlers.conversation.telling import Telling, said
from handlers.conversation.turn import KEEP, Button, Say, Turn
from registry.applications.applications import Application
from registry.applications.claims import State
from registry.applications.known_products import resembling
from registry.identity import by_number, claiming
from registry.identity.claiming import TooManyError
from registry.identity.joining import ACT, HasOwnerError, Unclaimed
from registry.people.people import person
from registry.people.roles import NotAllowedError, Role, may

MOST_LISTED = 8
MOST_LIKE = 3
_LIST = Button(ListUnclaimed(), "handover.list_button")


def unclaimed(desk: Desk, words: str) -> Turn:
    """List what nobody has claimed; or make a code, or decide on a claim."""
    match parse_words("chuanhan", words):
        case GetClaimCode(entity):
            return _code(desk, entity)
        case GrantClaim(claim):
            return _decide(desk, claim, grant=True)
        case RefuseClaim(claim):
            return _decide(desk, claim, grant=False)
    if not any(_role(desk, role.place) for role in desk.roles):
        return Turn((Say("duyet.not_allowed"),), KEEP)
    found: dict[str, Unclaimed] = {}
    for role in desk.roles:
        for one in claiming.unclaimed_seen_by(desk.db, role=role, places=desk.places, on=desk.today, limit=MOST_LISTED):
            found.setdefault(one.entity.id, one)
    if not found:
        return Turn((Say("handover.all_claimed"),), KEEP)
    shown = list(found.values())[:MOST_LISTED]
    values = {"count": str(count_unclaimed(desk)), "lines": "\n".join(_line(desk, one) for one in shown)}
    buttons = tuple(Button(GetClaimCode(one.entity.id), label=(one.entity.name or "")[:40]) for one in shown)
    return Turn((Say("handover.unclaimed", values, buttons),), KEEP)


def count_unclaimed(desk: Desk) -> int:
    """The number of entities in this official's places that nobody has claimed."""
    return claiming.count_unclaimed(desk.db, roles=desk.roles, places=desk.places, on=desk.today)


def resembling_said(desk: Desk, one: Application) -> str:
    """The products an application resembles, for an official who may see them; empty without any."""
    found = resembling(desk.db, pack=desk.pack, application=one, roles=desk.roles, on=desk.today)
    lines = [
        said(desk, "duyet.like_one", product=known.name, code=known.code)
        if known.recognition is None
        else said(desk, "duyet.like_stars", product=known.name, code=known.code, stars=known.recognition.stars)
        for known in found[:MOST_LIKE]
    ]
    return said(desk, "duyet.like", lines="; ".join(lines)) if lines else ""


def _line(desk: Desk, one: Unclaimed) -> str:
    products = ", ".join(one.products[:3])
    return f"• {one.entity.name} ({desk.places.full_name(one.entity.place)}): {products}"


def _role(desk: Desk, place: str) -> Role | None:
    return next((one for one in desk.roles if may(one, ACT, place, desk.places, on=desk.today)), None)


def _code(desk: Desk, entity_id: str) -> Turn:
    """A code to read out; shown here and nowhere again."""
    for role in desk.roles:
        try:
            code, found = claiming.claim_code(desk.db, pack=desk.pack, entity_id=entity_id, by=role, now=desk.now)
        except NotAllowedError:
            continue
        except HasOwnerError as owned:
            return Turn((Say("handover.has_owner", {"entity": owned.entity.name or ""}, (_LIST,)),), KEEP)
        except TooManyError:
            return Turn((Say("handover.too_many_codes"),), KEEP)
        values = {
            "entity": found.entity.name or "",
            "code": f"{code[:5]} {code[5:]}",
            "link": StartInvited(code).command,
        }
        return Turn((Say("handover.code", values, (_LIST,)),), KEEP)
    return Turn((Say("handover.not_here", buttons=(_LIST,)),), KEEP)


def _decide(desk: Desk, claim_id: str, *, grant: bool) -> Turn:
    """Take the decision on a claim; a colleague may have been faster."""
    for role in desk.roles:
        found = by_number.open_claim(desk.db, claim_id=claim_id, role=role, places=desk.places, on=desk.today)
        if found is None:
            continue
        asked, of = found
        who = person(desk.db, asked.person_id)
        values = {"entity": of.name or "", "who": (who.name if who else None) or "—"}
        try:
            by_number.decide_claim(
                desk.db, pack=desk.pack, claim_id=claim_id, role=role, grant=grant, now=desk.now,
                tell=Telling(desk.house, desk.db, desk.now),
            )  # fmt: skip
        except NotAllowedError:
            return Turn((Say("handover.own_claim", values),), KEEP)
        except HasOwnerError:
            return Turn((Say("handover.has_owner", values, (_LIST,)),), KEEP)
        except LookupError:
            key = "handover.granted_before" if asked.state is State.GRANTED else "handover.closed_before"
            return Turn((Say(key, values, (_LIST,)),), KEEP)
        phones = {asked.person_id: None if who is None else who.phone}
        values["learning"] = learning_said(desk, {asked.person_id: Message("")}, phones)
        return Turn((Say("handover.handed_over" if grant else "handover.not_handed_over", values, (_LIST,)),), KEEP)
    return Turn((Say("handover.not_here", buttons=(_LIST,)),), KEEP)


COMMANDS = (Command("chuanhan", unclaimed, ("chưa có người nhận", "chủ thể chưa có người nhận"), official=True),)
