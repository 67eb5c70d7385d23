"""Settings and fixtures for every test."""

import os

# The library then hands out `retry_after` as a timedelta and warns of nothing; it is read when it is imported.
os.environ.setdefault("PTB_TIMEDELTA", "true")

from hypothesis import settings

from tests.postgres import postgres_server  # noqa: F401  one server for the whole run

# how long one example takes says more about the machine than about the program
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
