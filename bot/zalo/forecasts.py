"""Forecasts of the routers' decisions, in the words officials get (`registry.deliveries.reaching`)."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection

from bot.zalo.watch import HeldWhileLost
from registry.deliveries.deliveries import Pending
from registry.deliveries.reaching import Forecast, Foreseen
from registry.deliveries.routing import Elsewhere, Go, Later, Park, Router, Unsure, Way
from registry.people.people import Account


def by_router(look: Router, *, lost: Callable[[], object] = lambda: False) -> Forecast:
    """
    Foresee by a router that reserves nothing.

    `lost` is true while the channel is closed until an operator opens it, although the router says `Park`.
    """

    def forecast(db: Connection, pending: Pending, now: datetime) -> Foreseen | Account:
        return _foreseen(look(db, pending, now), lost=bool(lost()))

    return forecast


def account_forecast(router: HeldWhileLost) -> Forecast:
    """Foresee the ways of the Zalo Official Account, with its tokens as they are now."""
    return by_router(router.look, lost=lambda: router.tokens.lost)


def _foreseen(way: Way, *, lost: bool) -> Foreseen | Account:
    match way:
        case Go(template=True):
            return Foreseen.SHORTENED
        case Go():
            return Foreseen.NOW
        case Elsewhere(account):
            return account
        case Park() if not lost:
            return Foreseen.WHEN_THEY_WRITE
        case Park() | Later() | Unsure():
            return Foreseen.LATER
