"""`ocopbot zalo status`: the stored state of the Zalo channels, and the rules by which they send, as text."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection

from bot.channels.zalo_bot.settings import ZaloBot
from bot.channels.zalo_oa.account import AUTHORISE
from bot.channels.zalo_oa.pair import AHEAD
from bot.channels.zalo_oa.settings import KINDS, ZaloOA
from bot.settings.clock import moment, month_begins
from bot.settings.settings import Settings
from bot.zalo.plan import CHANNEL
from bot.zalo.refusals import refused, trouble_of
from bot.zalo.tokens import account_of, alarm, kept, waiting
from registry.deliveries.deliveries import sent_on
from registry.people.people import count_accounts


def lines(db: Connection, *, settings: Settings, now: datetime) -> tuple[tuple[str, str], ...]:
    """All lines, each with its subject."""
    return (*_account(db, settings, now), *_rules(settings.section(ZaloOA)), *_bot(db, settings, now))


def dong(amount: int) -> str:
    return f"{amount:,} đ".replace(",", ".")


def _account(db: Connection, settings: Settings, now: datetime) -> Iterator[tuple[str, str]]:
    given = settings.section(ZaloOA)
    account = account_of(db)
    yield "zalo_oa", f"{'enabled' if given.enabled else 'not enabled'}, app {given.app_id or '–'}"
    yield "account", account or "nobody has consented by this command yet"
    found = kept(db)
    if found is None:
        yield "tokens", f"none are kept. {AUTHORISE}"
    else:
        ends = found.pair.expires_at
        over = " (over)" if ends <= now else f", renewed by the running bot from {moment(ends - AHEAD)}"
        yield "access", f"until {moment(ends)}{over}"
        last = found.renewable_until
        if last is None:
            yield "refresh", "three months from when it was made, which was not written down"
        else:
            past = " (over)" if last <= now else "; each renewal begins it anew"
            yield "refresh", f"until {moment(last)} at the latest{past}"
    trouble = alarm(db)
    if trouble:
        yield "alarm", f"{trouble}. {AUTHORISE}"
    refusals = refused(db)
    if refusals:
        yield "refused", trouble_of(refusals)
    held = waiting(db)
    if held:
        yield "waiting", f"{held} message(s) wait for a consent"


def _rules(given: ZaloOA) -> Iterator[tuple[str, str]]:
    replies = "any number of" if given.free_replies is None else f"the first {given.free_replies}"
    yield "free", f"{replies} messages after each word of a person, for {given.free_hours} hours"
    later = (
        f"at {dong(given.paid_dong)} each, within the budget"
        if given.yearly_dong
        else "held until they write, since nothing may be paid"
    )
    yield "window", f"until {given.window_days} days after their word: {later}"
    named = [f"{KINDS[kind]} {number}" for kind, number in given.templates().items() if number]
    lacking = [KINDS[kind] for kind, number in given.templates().items() if not number]
    said = f"by template ({', '.join(named)}) at {dong(given.template_dong)}" if named else "no template"
    rest = f"; {', '.join(lacking)} are held until they write" if lacking else ""
    yield "later", said + rest
    if given.other_channel_first:
        yield "elsewhere", "announcements go to the person's other channel before they cost"
    yield (
        "budget",
        f"{dong(given.yearly_dong)} a year a person, {dong(given.reserve_dong)} of it for decisions and reminders"
        if given.yearly_dong
        else "0 đ: nothing that costs money is ever sent",
    )


def _bot(db: Connection, settings: Settings, now: datetime) -> Iterator[tuple[str, str]]:
    given = settings.section(ZaloBot)
    yield "zalo_bot", f"{'enabled' if given.enabled else 'not enabled'}, {given.mode}"
    sent = sent_on(db, channel=CHANNEL, since=month_begins(now))
    yield "plan", f"{sent} of {given.monthly_messages or 'any number of'} messages this month"
    yield "people", f"{count_accounts(db, channel=CHANNEL)} of {given.most_people or 'any number of'} have written"
