"""A claimed message whose time passes while it waits for its slot is not sent."""

from datetime import timedelta

import pytest

from tests.scheduler.platform import Platform, pump
from tests.scheduler.running import running, until
from tests.scheduler.virtual import START, played


@pytest.mark.parametrize(("seconds", "sent"), [(2, ["một"]), (600, ["một", "hai"])])
def test_a_message_that_becomes_too_late_before_its_slot_is_not_sent(store, ledger, seconds, sent):
    platform = Platform()
    ledger.enqueue("1", "một", "status")
    ledger.enqueue("2", "hai", "status", not_after=START + timedelta(seconds=seconds))

    async def play():
        async with running(pump(store, platform, rate=0.1)):
            await until(lambda: ledger.states()["owed"] + ledger.states()["claimed"] == 0, at_most=120)

    played(play())
    assert platform.texts == sent
    assert ledger.states()["sent"] == len(sent)
