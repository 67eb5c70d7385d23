"""/lienket: the same person on another channel, joined by a one-time code; /bolienket takes this account out again."""

from handlers.desk import Desk
from handlers.front_desk import Command
from handlers.telling import Telling
from handlers.turn import KEEP, Button, Say, Turn
from registry import deliveries, linking, people
from registry.conversations import load_talk

SURE = "chac"


def link(desk: Desk, words: str) -> Turn:
    """Without words a code for the other channel; with a code, join the one who asked for it."""
    if words:
        return join(desk, words)
    code = linking.link_code(desk.db, person_id=desk.person.id, now=desk.now)
    others = [one.channel for one in people.accounts_of(desk.db, desk.person.id) if one.id != desk.account.id]
    buttons = (Button("/bolienket", "lienket.unlink"),) if others else ()
    return Turn((Say("lienket.code", {"code": f"/lienket {code}"}, buttons),), KEEP)


def join(desk: Desk, code: str) -> Turn:
    """
    From now on this account belongs to the person who asked for the code; both accounts are told.

    Asked twice, with whose file it would join: somebody might be talked into typing a stranger's code.
    """
    code, _, sure = code.removeprefix("lk_").strip().partition(" ")
    asker = linking.who_asked(desk.db, code=code, now=desk.now)
    if asker is not None and asker.id != desk.person.id and sure != SURE:
        buttons = (Button(f"/lienket {code} {SURE}", "lienket.join_sure"), Button("/menu", "lienket.join_not"))
        return Turn((Say("lienket.join_ask", {"name": masked(asker.name or "")}, buttons),))
    linked = linking.link_by_code(desk.db, code=code, person_id=desk.person.id, now=desk.now)
    if linked is None:
        return Turn((Say("lienket.worthless", buttons=(Button("/menu", "front.menu"),)),), KEEP)
    if not linked.changed:
        return Turn((Say("lienket.same"),), KEEP)
    kept = people.person(desk.db, linked.person_id)
    if kept is None:
        return Turn((Say("lienket.worthless", buttons=(Button("/menu", "front.menu"),)),), KEEP)
    other = next(
        (one for one in people.accounts_of(desk.db, kept.id) if one.id != desk.account.id and one.state == "open"), None
    )
    if other is not None:
        key = f"channel.{desk.said.channel}"
        channel = desk.house.phrases.say(key if desk.house.phrases.has(key) else "channel.other", kept.language)
        deliveries.owe(
            desk.db,
            key=f"status:link:{desk.account.id}:{desk.now:%Y%m%d%H%M%S}",
            person_id=kept.id,
            kind="status",
            message=Telling(desk.house, desk.db, desk.now)(
                kept.id, "lienket.told", {"channel": channel}, (("/bolienket", "lienket.unlink"),)
            ),
            now=desk.now,
            account=other,
        )
    desk.refresh(kept)
    desk.talk = load_talk(desk.db, kept.id)
    ways = (Button("/tieptuc", "form.go_on"), Button("/hoso", "menu.files"))
    return Turn((Say("lienket.joined", buttons=ways),))


def masked(name: str) -> str:
    """A name its owner knows again and a stranger does not learn: 'N. T. Mẫu'."""
    words = name.split()
    return " ".join([*(f"{word[0]}." for word in words[:-1]), *words[-1:]]) or "…"


def unlink(desk: Desk, words: str) -> Turn:
    """Take this account out, asked twice; the rest stays with the other accounts."""
    if words != SURE:
        buttons = (Button(f"/bolienket {SURE}", "lienket.unlink_sure"), Button("/menu", "lienket.unlink_not"))
        return Turn((Say("lienket.unlink_ask", buttons=buttons),), KEEP)
    if not linking.unlink(desk.db, channel=desk.said.channel, account=desk.said.account, now=desk.now):
        return Turn((Say("lienket.only_one"),), KEEP)
    desk.person, desk.account = people.meet(desk.db, channel=desk.said.channel, account=desk.said.account, now=desk.now)
    desk.talk = load_talk(desk.db, desk.person.id)
    return Turn((Say("lienket.unlinked", buttons=(Button("/menu", "front.menu"),)),))


COMMANDS = (
    Command("lienket", link, ("liên kết", "kết nối")),
    Command("bolienket", unlink, listed=False),
)
