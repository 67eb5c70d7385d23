"""
Windows and payment: which people may be written to, and the payer of each message.

A consultation message is free within 48 hours of a person's message and refused after 7 days.  In
between it is paid by the package, by bought or given messages, or by the billing account.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from .refusals import OARefusal, refused, template_refused

FREE_SECONDS = 48 * 3600
OPEN_SECONDS = 7 * 24 * 3600
FREE_REPLIES = 8
CONSULTATION_PRICE = 55
VIET_NAM = timezone(timedelta(hours=7))


def local(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC).astimezone(VIET_NAM)


def is_night(at: float) -> bool:
    """22:00 to 05:59 in Viet Nam: nothing promotional goes out."""
    return not 6 <= local(at).hour < 22


@dataclass(frozen=True, slots=True)
class Payment:
    """The payer of one message: reply, sub_quota, purchase_quota, reward_quota, charged or nothing."""

    by: str
    price: int = 0
    shown: dict[str, Any] | None = None


class Quota:
    """
    The means of one account; all of them may be set by a test at any time.

    `free_replies` of `None` are unlimited replies inside 48 hours (reported since 2026); the counter
    that is shown then stands still.  A `balance` of `None` means that there is no billing account.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        oa_id: str,
        *,
        free_replies: int | None = FREE_REPLIES,
        package: int = 0,
        purchased: int = 0,
        rewards: int = 0,
        balance: int | None = None,
        daily_templates: int = 5000,
        late_code: int = -230,
    ) -> None:
        self.free_replies = free_replies
        self.package_total = package
        self.package_left = package
        self.purchased_left = purchased
        self.rewards_left = rewards
        self.balance = balance
        self.daily_templates = daily_templates
        self.late_code = late_code
        self.paid_by: Counter[str] = Counter()
        self.spent = 0
        self._clock = clock
        self._oa_id = oa_id
        self._templates_of_day: Counter[str] = Counter()
        self._used_replies: dict[str, tuple[float, int]] = {}

    def used_replies(self, user_id: str, last_interaction: float) -> int:
        """Free replies left since the last message."""
        since, used = self._used_replies.get(user_id, (last_interaction, 0))
        return used if since == last_interaction else 0

    def left_replies(self, user_id: str, last_interaction: float | None) -> int:
        """The value of `cs_reply.remain`."""
        if last_interaction is None or self._clock() > last_interaction + FREE_SECONDS:
            return 0
        if self.free_replies is None:
            return FREE_REPLIES
        return max(0, self.free_replies - self.used_replies(user_id, last_interaction))

    def consultation(self, user_id: str, last_interaction: float | None) -> Payment:
        """Find who pays for a consultation message, or refuse it; nothing is taken yet."""
        if last_interaction is None:
            raise refused(-232)
        age = self._clock() - last_interaction
        if age > OPEN_SECONDS:
            raise refused(self.late_code)
        total = FREE_REPLIES if self.free_replies is None else self.free_replies
        left = self.left_replies(user_id, last_interaction)
        if left > 0:
            after = left if self.free_replies is None else left - 1
            return Payment("reply", 0, {"quota_type": "reply", "remain": str(after), "total": str(total)})
        if self.package_left > 0:
            shown = {
                "quota_type": "sub_quota",
                "remain": str(self.package_left - 1),
                "total": str(self.package_total),
                "expired_date": _end_of_month(self._clock()),
            }
            return Payment("sub_quota", 0, shown)
        owned = {"owner_type": "OA", "owner_id": self._oa_id}
        if self.purchased_left > 0:
            return Payment("purchase_quota", 0, {"quota_type": "purchase_quota", **owned})
        if self.rewards_left > 0:
            return Payment("reward_quota", 0, {"quota_type": "reward_quota", **owned})
        return self._charged(CONSULTATION_PRICE, refused(-320), refused(-321))

    def template(self, price: int, *, by_phone: bool, paid: bool = True) -> Payment:
        """Find who pays for a template; in development mode nobody does."""
        if self.templates_left() <= 0:
            raise template_refused(-144)
        if not paid:
            return Payment("nothing")
        if by_phone:
            return self._charged(price, template_refused(-136), template_refused(-137))
        return self._charged(price, refused(-320), refused(-321))

    def take(self, payment: Payment, user_id: str, last_interaction: float | None) -> None:
        """Book a payment, after the message was taken."""
        self.paid_by[payment.by] += 1
        match payment.by:
            case "reply" if last_interaction is not None:
                self._used_replies[user_id] = (last_interaction, self.used_replies(user_id, last_interaction) + 1)
            case "sub_quota":
                self.package_left -= 1
            case "purchase_quota":
                self.purchased_left -= 1
            case "reward_quota":
                self.rewards_left -= 1
        self.spent += payment.price
        if self.balance is not None:
            self.balance -= payment.price

    def count_template(self) -> None:
        self._templates_of_day[_day(self._clock())] += 1

    def templates_left(self) -> int:
        """The number that may still be sent today."""
        return self.daily_templates - self._templates_of_day[_day(self._clock())]

    def _charged(self, price: int, without: OARefusal, poor: OARefusal) -> Payment:
        if self.balance is None:
            raise without
        if self.balance < price:
            raise poor
        return Payment("charged", price)


def _day(at: float) -> str:
    return local(at).strftime("%Y-%m-%d")


def _end_of_month(at: float) -> str:
    first = local(at).replace(day=28) + timedelta(days=4)
    return (first - timedelta(days=first.day)).strftime("%d/%m/%Y")
