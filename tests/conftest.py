"""Settings and fixtures for every test."""

import os

# The library then hands out `retry_after` as a timedelta and warns of nothing; it is read when it is imported.
os.environ.setdefault("PTB_TIMEDELTA", "true")

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests import state_writes
from tests.postgres import postgres_server  # noqa: F401  one server for the whole run

# how long one example takes says more about the machine than about the program
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

state_writes.watch()


@pytest.fixture(autouse=True)
def only_the_owner_writes_the_state_of_a_delivery() -> Iterator[None]:
    """Fail a test in which other code than `registry/deliveries/states.py` wrote a state."""
    yield
    found, state_writes.found[:] = list(state_writes.found), []
    assert not found, f"These files write deliveries.state; only {state_writes.OWNER} may: {sorted(set(found))}"
