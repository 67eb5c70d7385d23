"""How a notice reaches somebody on a Zalo Official Account: the rules of `zalo_oa_windows` on our rows."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from bot.channels.zalo_oa_windows import Budget, Quota, ZaloOAFacts, choose
from registry.deliveries import Owed
from registry.ways import Elsewhere, Go, Hold, Way, last_word, other_account, reserve, sent_since, spent

CRITICAL = frozenset({"status", "reminder"})
"""What may touch the reserve: decisions and deadlines; announcements never do."""


@dataclass(frozen=True, slots=True)
class ZaloWays:
    """
    The router of the pump for one account (`registry.ways.Router`).

    Money is reserved in the same unit in which the way is chosen, so that two
    processes together never spend more than the budget.
    """

    templates: frozenset[str]  # the kinds of notice there is an approved template for
    yearly_dong: int = 0
    reserve_dong: int = 0
    facts: ZaloOAFacts = field(default_factory=ZaloOAFacts)

    def __call__(self, db: Connection, owed: Owed, now: datetime) -> Way:
        known = last_word(db, channel=owed.channel, account=owed.account)
        if known is None:
            return Hold("nobody knows this account any more")
        account_id, spoke_at = known
        other = other_account(db, owed)
        left = None
        if self.facts.free_replies is not None:
            used = sent_since(db, channel=owed.channel, account=owed.account, since=spoke_at)
            left = max(self.facts.free_replies - used, 0)
        chosen = choose(
            now=now,
            last_interaction_at=spoke_at,
            quota=Quota(replies_left=left),
            budget=Budget(self.yearly_dong, spent(db, account_id=account_id, year=now.year), self.reserve_dong),
            template_available=owed.kind in self.templates,
            other_channel=other is not None and owed.kind != "reply",
            critical=owed.kind in CRITICAL,
            facts=self.facts,
        )
        match chosen.kind:
            case "other" if other is not None:
                return Elsewhere(other, chosen.reason)
            case "free":
                return Go(chosen.reason)
            case "paid" | "template":
                reserve(db, delivery_id=owed.id, account_id=account_id, year=now.year, dong=chosen.cost_dong, now=now)
                return Go(chosen.reason, chosen.cost_dong, template=chosen.kind == "template")
            case _:
                return Hold(chosen.reason)
