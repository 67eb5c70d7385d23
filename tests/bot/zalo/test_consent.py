# ruff: noqa: F811  the fixture is imported by its name
"""Consenting for a Zalo Official Account on the command line: what is kept, and what every mishap is told as."""

import asyncio
import io
import re
import sqlite3
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.error import HTTPError

import pytest

from bot.channels.zalo_oa.pair import Pair
from bot.zalo import tokens as zalo_tokens
from bot.zalo.consent import ConsentError, complete, read_answer
from bot.zalo.consent import begin as begin_consent
from platforms.shared.script import broken_page, lost_answer
from platforms.zalo_oa.refusals import no
from platforms.zalo_oa.server import APP_SECRET, OA_ID, ZaloOAServer
from registry.store import audit
from registry.store.store import Store
from tests.bot.shell import Ran, Shell, installed, opened, shell  # noqa: F401  a fixture
from tests.bot.zalo.platform import zalo  # noqa: F401  a fixture

OTHER = "999999999999999999"


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def agree(link: str) -> str:
    """An administrator opens the link and agrees; answers with the address the browser ended at."""
    try:
        urllib.request.build_opener(_Stay).open(link)
    except HTTPError as redirect:
        with redirect:
            return redirect.headers["Location"]
    raise AssertionError("The platform did not send the browser back.")


def shown_link(ran: Ran) -> str:
    found = re.search(r"\S+/v4/oa/permission\?\S+", ran.out)
    assert found is not None, ran
    return found[0]


def begin(shell: Shell) -> str:
    """Ask for the link, with nobody there to answer; the link."""
    shell.monkeypatch.setattr("sys.stdin", io.StringIO(""))
    ran = shell("zalo", "authorise")
    assert ran.code == 1
    assert "link stays good" in ran.err
    return shown_link(ran)


def authorise(shell: Shell) -> Ran:
    return shell("zalo", "authorise", "--code", agree(begin(shell)))


def pair(shell: Shell, key: str = zalo_tokens.PAIR) -> Pair | None:
    with opened(shell.settings) as store:
        found = store.read_now(zalo_tokens.kept, key=key)
    return None if found is None else found.pair


def test_consenting_keeps_the_first_pair_sealed_and_shows_no_secret(shell: Shell, zalo: ZaloOAServer) -> None:
    ran = authorise(shell)

    assert ran.code == 0, ran.err
    assert f"OCOP thử nghiệm ({OA_ID})" in ran.out
    assert pair(shell) == Pair(zalo.tokens.access_token, zalo.tokens.refresh_token, pair(shell).expires_at)
    assert pair(shell).expires_at - datetime.now(UTC) > timedelta(hours=24)
    files = b"".join(path.read_bytes() for path in (shell.folder / "var").glob("ocopbot.db*"))
    for secret in (zalo.tokens.access_token, zalo.tokens.refresh_token, APP_SECRET):
        assert secret not in ran.out + ran.err
        assert secret.encode() not in files


def test_consenting_is_written_into_the_audit_with_the_account(shell: Shell, zalo: ZaloOAServer) -> None:
    authorise(shell)

    with opened(shell.settings) as store:
        entries = store.read_now(audit.entries, noun="channel", noun_id="zalo_oa")
    assert [(entry.actor, entry.act, entry.facts) for entry in entries] == [
        ("operator", "zalo_oa.consent", {"account": OA_ID})
    ]


def test_the_address_may_be_given_on_the_terminal(
    shell: Shell, zalo: ZaloOAServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended_at = agree(begin(shell))
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{ended_at}\n"))

    ran = shell("zalo", "authorise")

    assert ran.code == 0, ran.err
    assert pair(shell).access_token == zalo.tokens.access_token


def test_who_agreed_while_the_bot_runs_has_nothing_to_paste(
    shell: Shell, zalo: ZaloOAServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Waiting(io.StringIO):
        """Whoever sits before the terminal agrees in the browser and presses enter."""

        def readline(self, *_: Any) -> str:
            with opened(shell.settings) as store:
                answer = read_answer(agree(begin_link(store, shell)))
                asyncio.run(complete(shell.settings, store, answer, at=datetime.now(UTC)))
            return "\n"

    monkeypatch.setattr("sys.stdin", Waiting())

    ran = shell("zalo", "authorise")

    assert ran.code == 0, ran.err
    assert "has consented in the browser" in ran.out
    assert pair(shell).access_token == zalo.tokens.access_token


def begin_link(store: Store, shell: Shell) -> str:
    return store.write_now(begin_consent, settings=shell.settings, now=datetime.now(UTC)).link


def test_a_bare_code_is_enough(shell: Shell, zalo: ZaloOAServer) -> None:
    code = read_answer(agree(begin(shell))).code

    assert shell("zalo", "authorise", "--code", code).code == 0


def test_within_a_day_the_same_link_is_shown_again(shell: Shell, zalo: ZaloOAServer) -> None:
    assert begin(shell) == begin(shell)


def test_every_consent_has_a_link_of_its_own(shell: Shell, zalo: ZaloOAServer) -> None:
    first = begin(shell)
    shell("zalo", "authorise", "--code", agree(first))

    assert begin(shell) != first


def test_a_code_that_was_used_is_told_and_keeps_the_pair(shell: Shell, zalo: ZaloOAServer) -> None:
    ended_at = agree(begin(shell))
    shell("zalo", "authorise", "--code", ended_at)
    kept = pair(shell)
    begin(shell)

    ran = shell("zalo", "authorise", "--code", read_answer(ended_at).code)

    assert ran.code == 1
    assert "older than ten minutes" in ran.err
    assert pair(shell) == kept


def test_an_address_of_an_older_consent_is_turned_away_before_anybody_is_asked(
    shell: Shell, zalo: ZaloOAServer
) -> None:
    ended_at = agree(begin(shell))
    shell("zalo", "authorise", "--code", ended_at)
    begin(shell)
    asked = len(zalo.requests)

    ran = shell("zalo", "authorise", "--code", ended_at)

    assert ran.code == 1
    assert "another consent" in ran.err
    assert len(zalo.requests) == asked


def test_a_code_of_another_link_is_told_as_that(shell: Shell, zalo: ZaloOAServer) -> None:
    begin(shell)
    code = zalo.tokens.consent("of-another-verifier")

    ran = shell("zalo", "authorise", "--code", code)

    assert ran.code == 1
    assert "Code Challenge" in ran.err


def test_a_wrong_app_secret_is_told_without_any_secret(shell: Shell, zalo: ZaloOAServer) -> None:
    link = begin(shell)
    shell.set(ZALO_OA__APP_SECRET="canary-of-a-wrong-secret")

    ran = shell("zalo", "authorise", "--code", agree(link))

    assert ran.code == 1
    assert "Compare zalo_oa.app_secret" in ran.err
    assert "canary" not in ran.out + ran.err
    assert pair(shell) is None


def test_a_refusal_nobody_knows_is_told_with_what_to_look_at(shell: Shell, zalo: ZaloOAServer) -> None:
    link = begin(shell)
    zalo.script("access_token", no(-14005, "Hmm"))

    ran = shell("zalo", "authorise", "--code", agree(link))

    assert (ran.code, pair(shell)) == (1, None)
    assert "Hmm" in ran.err and "for a new code" in ran.err


def test_a_platform_out_of_reach_leaves_the_code_to_be_used_again(shell: Shell, zalo: ZaloOAServer) -> None:
    ended_at = agree(begin(shell))
    shell.set(ZALO_OA__OAUTH_URL="http://127.0.0.1:9")
    ran = shell("zalo", "authorise", "--code", ended_at)
    shell.set(ZALO_OA__OAUTH_URL=zalo.oauth_url)

    assert ran.code == 1
    assert "http://127.0.0.1:9 cannot be reached" in ran.err
    assert "code was not used" in ran.err
    assert shell("zalo", "authorise", "--code", ended_at).code == 0


@pytest.mark.parametrize("answer", [lost_answer(), broken_page()], ids=["none", "a page"])
def test_an_answer_that_is_none_asks_for_a_new_code(shell: Shell, zalo: ZaloOAServer, answer: Any) -> None:
    link = begin(shell)
    zalo.script("access_token", answer)

    ran = shell("zalo", "authorise", "--code", agree(link))

    assert (ran.code, pair(shell)) == (1, None)
    assert "may be used up" in ran.err


def test_the_consent_of_another_account_is_turned_away_by_its_address(shell: Shell, zalo: ZaloOAServer) -> None:
    shell.set(ZALO_OA__OA_ID=OTHER)
    ended_at = agree(begin(shell))
    exchanged = [one for one in zalo.requests if one.path.endswith("access_token")]

    ran = shell("zalo", "authorise", "--code", ended_at)

    assert ran.code == 1
    assert OA_ID in ran.err and OTHER in ran.err
    assert exchanged == [one for one in zalo.requests if one.path.endswith("access_token")]


def test_the_tokens_of_another_account_never_serve(shell: Shell, zalo: ZaloOAServer) -> None:
    shell.set(ZALO_OA__OA_ID=OTHER)

    ran = shell("zalo", "authorise", "--code", read_answer(agree(begin(shell))).code)

    assert ran.code == 1
    assert "speaks for" in ran.err
    assert pair(shell) is None
    assert pair(shell, zalo_tokens.NEW_PAIR) is None


def test_the_first_account_that_consented_is_remembered(shell: Shell, zalo: ZaloOAServer) -> None:
    authorise(shell)
    kept = pair(shell)
    zalo.oa_id = OTHER

    ran = authorise(shell)

    assert ran.code == 1
    assert "OCOPBOT_ZALO_OA__OA_ID" in ran.err
    assert pair(shell) == kept


def test_a_pair_whose_account_could_not_be_asked_is_kept_aside_and_finished_later(
    shell: Shell, zalo: ZaloOAServer
) -> None:
    link = begin(shell)
    shell.set(ZALO_OA__BASE_URL="http://127.0.0.1:9")
    ran = shell("zalo", "authorise", "--code", agree(link))
    shell.set(ZALO_OA__BASE_URL=zalo.openapi_url)

    assert ran.code == 1
    assert "kept aside" in ran.err
    assert pair(shell) is None
    assert shell("zalo", "authorise").code == 0
    assert pair(shell).refresh_token == zalo.tokens.refresh_token


def test_a_pair_kept_aside_that_died_meanwhile_makes_room_for_a_new_consent(shell: Shell, zalo: ZaloOAServer) -> None:
    link = begin(shell)
    zalo.script("getoa", no(-212))
    shell("zalo", "authorise", "--code", agree(link))
    zalo.tokens.revoke()

    assert authorise(shell).code == 0
    assert pair(shell).access_token == zalo.tokens.access_token


@pytest.mark.parametrize(
    ("empty", "named"),
    [
        ("ZALO_OA__APP_ID", "OCOPBOT_ZALO_OA__APP_ID"),
        ("ZALO_OA__APP_SECRET", "OCOPBOT_ZALO_OA__APP_SECRET"),
        ("SERVER__PUBLIC_URL", "zalo_oa.callback_url"),
    ],
)
def test_what_is_not_configured_is_named(shell: Shell, zalo: ZaloOAServer, empty: str, named: str) -> None:
    shell.set(ZALO_OA__ENABLED="false")
    shell.set(**{empty: ""})

    ran = shell("zalo", "authorise")

    assert ran.code == 1
    assert named in ran.err


def test_a_code_without_an_open_consent_is_turned_away(shell: Shell, zalo: ZaloOAServer) -> None:
    ran = shell("zalo", "authorise", "--code", "abcdefgh")

    assert ran.code == 1
    assert "Begin without --code" in ran.err


@pytest.mark.parametrize(
    "pasted", ["https://ocop.example/zalo/oa/callback?error=1", "two words", "https://ocop.example"]
)
def test_what_holds_no_code_is_turned_away(pasted: str) -> None:
    with pytest.raises(ConsentError, match="no code"):
        read_answer(pasted)


def test_a_new_consent_ends_the_alarm(shell: Shell, zalo: ZaloOAServer) -> None:
    from registry.store.installation import set_fact

    with opened(shell.settings) as store:
        store.write_now(set_fact, zalo_tokens.ALARM, "lost")

    authorise(shell)

    with opened(shell.settings) as store:
        assert store.read_now(zalo_tokens.alarm) == ""


def test_status_tells_when_the_tokens_end_and_by_which_rules_is_sent(shell: Shell, zalo: ZaloOAServer) -> None:
    authorise(shell)
    asked = len(zalo.requests)
    shell.set(ZALO_OA__YEARLY_DONG="3000", ZALO_OA__RESERVE_DONG="1000", ZALO_OA__TEMPLATE_STATUS="123456")

    ran = shell("zalo", "status")

    told = dict(re.split(r"\s{2,}|\s(?=until|enabled)", line, maxsplit=1) for line in ran.lines if "  " in line)
    assert ran.code == 0
    assert told["account"] == OA_ID
    assert re.match(r"until \d{4}-\d\d-\d\d \d\d:\d\d \(\+07\), renewed", told["access"])
    assert "3.000 đ a year" in told["budget"]
    assert "decisions 123456" in told["later"] and "reminders, announcements are held" in told["later"]
    assert "the first 8 messages" in told["free"] and "48 hours" in told["free"]
    assert zalo.tokens.access_token not in ran.out
    assert len(zalo.requests) == asked


@pytest.mark.usefixtures("installed")
def test_status_without_tokens_names_the_command(shell: Shell) -> None:
    assert "none are kept. Run: ocopbot zalo authorise" in shell("zalo", "status").out


def test_the_verifier_lies_sealed_in_the_database(shell: Shell, zalo: ZaloOAServer) -> None:
    from bot.zalo.consent import begun

    begin(shell)
    with opened(shell.settings) as store:
        consent = store.read_now(begun, settings=shell.settings, now=datetime.now(UTC))
    assert consent is not None
    with sqlite3.connect(shell.folder / "var/ocopbot.db") as db:
        values = " ".join(row[0] for row in db.execute("select value from installation"))
    db.close()

    assert len(consent.verifier) == 43
    assert consent.verifier not in values + repr(consent)


def test_the_wordings_to_hand_in_are_shown_with_the_number_they_go_under(shell: Shell) -> None:
    shell.set(PACK="quang-tri-2026", ZALO_OA__TEMPLATE_REMINDER="210002")

    ran = shell("zalo", "templates")

    assert (ran.code, ran.err) == (0, "")
    assert "reminders: 210002" in ran.lines
    assert any(line.startswith("decisions: no number yet") for line in ran.lines)
    assert ran.out.count("parameter  noi_dung (address)") == 3
