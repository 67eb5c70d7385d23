"""The way of a notice on a Zalo Official Account: the rules of `bot.channels.zalo_oa.windows` on our rows."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from bot.channels.channel import pieces, tidy, unmarked, with_list
from bot.channels.zalo_oa.bars import ACCOUNT, PAID, TEMPLATE, Bars
from bot.channels.zalo_oa.rendering import MOST_SUBTITLE, MOST_TEXT
from bot.channels.zalo_oa.windows import Budget, Choice, Quota, ZaloOAFacts, choose
from content.message import Message
from registry.deliveries.deliveries import Pending
from registry.deliveries.routing import (
    Elsewhere,
    Go,
    Later,
    Park,
    Unsure,
    Way,
    WaysCount,
    last_word,
    open_accounts,
    other_account,
    reserve,
    reserved_for,
    sent_since,
    sent_since_last_word,
    spent,
    spent_by,
)

CHANNEL = "zalo_oa"
CRITICAL = frozenset({"status", "reminder"})
"""The kinds that may use the reserve: decisions and deadlines; broadcasts never do."""


@dataclass(frozen=True, slots=True)
class ZaloWays:
    """
    The router of the pump for one account (`registry.deliveries.routing.Router`).

    Money is reserved in the transaction that chooses the way, so that two processes together never
    spend more than the budget.  `elsewhere` names the channels that reach a person who is away; None
    means all of them.
    """

    templates: frozenset[str]  # the kinds of notice that have an approved template
    yearly_dong: int = 0
    reserve_dong: int = 0
    facts: ZaloOAFacts = field(default_factory=ZaloOAFacts)
    elsewhere: frozenset[str] | None = None
    bars: Bars | None = None  # the ways that an operator has to open first

    def __call__(self, db: Connection, pending: Pending, now: datetime) -> Way:
        if reserved_for(db, delivery_id=pending.id):
            return Unsure("it was under way when its sender ended")
        way, account_id = self._way(db, pending, now)
        if isinstance(way, Go):
            reserve(db, delivery_id=pending.id, account_id=account_id, year=now.year, dong=way.dong, now=now)
        return way

    def look(self, db: Connection, pending: Pending, now: datetime) -> Way:
        """Choose the way of a message that is not claimed; nothing is reserved for it."""
        return self._way(db, pending, now)[0]

    def _way(self, db: Connection, pending: Pending, now: datetime) -> tuple[Way, str]:
        """The way, and the id of the account that pays for it."""
        known = last_word(db, channel=pending.channel, account=pending.account)
        if known is None:
            return Park("nobody knows this account any more"), ""
        account_id, spoke_at = known
        other = None if pending.kind == "reply" else other_account(db, pending, on=self.elsewhere)
        used = sent_since(db, channel=pending.channel, account=pending.account, since=spoke_at)
        chosen = self._chosen(
            pending.kind,
            now=now,
            spoke_at=spoke_at,
            used=used,
            spent_dong=spent(db, account_id=account_id, year=now.year),
            elsewhere=other is not None,
            parts=most_parts(pending.message),
        )
        needs = {"free": (ACCOUNT,), "paid": (ACCOUNT, PAID), "template": (PAID, TEMPLATE + pending.kind)}
        barred = self.bars.over(needs.get(chosen.kind, ())) if self.bars is not None else None
        if barred is not None:
            reason, wait = barred
            return Later(now + wait, reason) if other is None else Elsewhere(other, reason), account_id
        match chosen.kind:
            case "other" if other is not None:
                return Elsewhere(other, chosen.reason), account_id
            case "free":
                return Go(chosen.reason, each=self._each), account_id
            case "paid" | "template":
                go = Go(chosen.reason, chosen.cost_dong, template=chosen.kind == "template", each=self._each)
                return go, account_id
            case _:
                return Park(chosen.reason), account_id

    def estimate(self, db: Connection, people: Collection[str], now: datetime, /, *, parts: int = 1) -> WaysCount:
        """Count the ways a broadcast would take if it were sent now (`registry.deliveries.routing.WaysEstimate`)."""
        known = open_accounts(db, people)
        reached = {person_id: theirs[0] for person_id, theirs in known.items()}
        here = {person_id: one for person_id, one in reached.items() if one.channel == CHANNEL}
        used = sent_since_last_word(db, tuple(here), channel=CHANNEL)
        spendings = spent_by(db, account_ids=[one.id for one in here.values()], year=now.year)
        counts: Counter[str] = Counter(free=len(reached) - len(here))
        dong = 0
        for person_id, one in here.items():
            chosen = self._chosen(
                "broadcast",
                now=now,
                spoke_at=one.last_spoke_at,
                used=used.get(one.account, 0),
                spent_dong=spendings.get(one.id, 0),
                elsewhere=any(
                    other.id != one.id and (self.elsewhere is None or other.channel in self.elsewhere)
                    for other in known[person_id]
                ),
                parts=parts,
            )
            counts[chosen.kind] += 1
            dong += chosen.cost_dong
        return WaysCount(counts["free"], counts["paid"], counts["template"], counts["other"], counts["hold"], dong)

    @property
    def _each(self) -> int:
        """If free replies are unlimited, a platform that names no quota charges nothing."""
        return 0 if self.facts.free_replies is None else self.facts.paid_dong

    def _chosen(
        self, kind: str, *, now: datetime, spoke_at: datetime, used: int, spent_dong: int, elsewhere: bool, parts: int
    ) -> Choice:
        free = self.facts.free_replies
        return choose(
            now=now,
            last_interaction_at=spoke_at,
            quota=Quota(replies_left=None if free is None else max(free - used, 0)),
            budget=Budget(self.yearly_dong, spent_dong, self.reserve_dong),
            template_available=kind in self.templates,
            other_channel=elsewhere,
            critical=kind in CRITICAL,
            facts=self.facts,
            parts=parts,
        )


def most_parts(message: Message) -> int:
    """The most messages the platform makes of one: each piece of its text, each file, the question."""
    text = unmarked(tidy(message.text))
    said = len(pieces(with_list(message) if message.choices else text, MOST_TEXT))
    files = len(message.attachments)
    if message.ask == "contact":
        return files + (1 if not message.choices and len(text) <= MOST_SUBTITLE else said + 1)
    if files == 1 and message.attachments[0].kind == "photo" and not message.choices and said <= 1:
        return 1
    return max(1, files + said)
