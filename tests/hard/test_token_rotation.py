"""The tokens of a Zalo account and kill -9 at every step: never two uses of one, never one lost in silence."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from bot.zalo.consent import finish
from bot.zalo.tokens import tell_cut_off
from tests.hard.rotation import CONSENT_POINTS, DUE, LOST, OVER, POINTS, UNSURE, Account, settings_at, template

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("tokens")]


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    return template(tmp_path_factory.mktemp("tokens") / "empty")


async def check(account, step):
    """The conditions at the platform and in the database when all processes have ended."""
    pair, told = await account.kept()
    assert max(Counter(account.refreshes()).values(), default=0) <= 1, "one token was used twice"
    assert await account.lost() == (step in LOST)
    assert bool(told) == (step in LOST | UNSURE), told
    if told:
        assert "consent again" in told
    return pair, told


@pytest.mark.parametrize("step", POINTS)
async def test_a_process_killed_at_any_step_leaves_a_good_pair_or_an_alarm_and_a_way_out(empty, tmp_path, step):
    async with Account.open(empty, tmp_path / "account") as account:
        account.at += DUE

        assert await account.one(account.life(die_at=step)) is None, "it was not killed"
        end = await account.one(account.life())

        pair, told = await check(account, step)
        assert end.accepted, "the access token serves till its end, whatever became of the other"
        assert (end.token, bool(end.alarm)) == (pair.access_token, bool(told))
        if told:
            account.at += OVER
            late = await account.one(account.life(minutes=1))
            assert (late.token, late.alarm != "") == ("", True)
            assert len(account.refreshes()) == (step in LOST), "it asked again in spite of the alarm"

            again = await account.consent()
            assert again.token == account.server.tokens.access_token
            assert (await account.kept())[1] == ""
            assert not await account.lost()


@pytest.mark.parametrize("step", POINTS[2:-2])
async def test_of_two_processes_at_once_one_may_die_at_any_step(empty, tmp_path, step):
    async with Account.open(empty, tmp_path / "account") as account:
        account.at += DUE

        ends = await account.together(account.life(die_at=step), account.life())

        end = next(one for one in ends if one is not None)
        await account.one(account.life())  # the other may have ended before: the next one looks
        assert max(Counter(account.refreshes()).values(), default=0) <= 1, "one token was used twice"
        told = (await account.kept())[1]
        assert bool(told) or not await account.lost(), "it was lost in silence"
        assert end.accepted


async def test_two_processes_at_once_renew_once_a_day_and_share_the_pair(empty, tmp_path):
    async with Account.open(empty, tmp_path / "account") as account:
        for _ in range(5):
            account.at += DUE
            ends = await account.together(account.life(minutes=2), account.life(minutes=2))

            assert {(end.accepted, end.alarm) for end in ends} == {(True, "")}
            account.at += 300.0
            late = await account.one(account.life(minutes=1))
            assert late.token == account.server.tokens.access_token

        assert Counter(account.refreshes()) == Counter(
            pair.refresh_token for pair in account.server.tokens.history[:-1]
        )
        assert (await account.kept())[1] == ""


@pytest.mark.parametrize("step", CONSENT_POINTS)
async def test_a_consent_killed_at_any_step_leaves_the_old_pair_the_new_one_or_an_alarm(empty, tmp_path, step):
    async with Account.open(empty, tmp_path / "account") as account:
        before = (await account.kept())[0]

        assert await account.consents(step) is None, "it was not killed"

        pair, _ = await account.kept()
        lost = await account.lost()
        assert (pair == before) == (step != "after 3")
        assert lost == (step in {"inside 2", "after 2", "inside 3"})
        async with account.store() as store:
            later = datetime.now(UTC) + timedelta(minutes=10)
            assert store.write_now(tell_cut_off, now=later) == (step not in {"inside 1", "after 3"})
            settings = settings_at(account.folder, account.server.base_url)
            finished = await finish(settings, store, at=later)
        assert (finished is not None) == (step in {"after 2", "inside 3"}), "what was set aside is taken up"
        assert bool((await account.kept())[1]) == (step in {"after 1", "inside 2"})

        assert await account.consents("") == 3
        assert ((await account.kept())[1], await account.lost()) == ("", False)
