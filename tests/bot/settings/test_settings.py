# ruff: noqa: F811  the fixture is imported by its name
from pathlib import Path

import pytest

from bot.serving.configuration import Settings, known_keys, load_settings
from bot.settings.faults import SettingsFaultsError, variable
from bot.settings.settings import day_of
from tests.bot.shell import Shell, shell  # noqa: F401  a fixture

REPOSITORY = Path(__file__).resolve().parents[3]
TOKEN = "123456:canary-of-the-token"


def faults(path: Path | None = None) -> tuple[str, ...]:
    with pytest.raises(SettingsFaultsError) as told:
        load_settings(path)
    return told.value.faults


def test_without_a_file_and_variables_the_usual_values_count(shell: Shell) -> None:
    settings = load_settings()

    assert (settings.pack, settings.server.host, settings.server.port) == ("quang-tri-2026", "127.0.0.1", 8080)
    assert settings.database_url == f"sqlite:///{shell.folder}/var/ocopbot.db"
    assert settings.key_file == Path("var/secret.key")


def test_the_environment_overrides_the_file(shell: Shell) -> None:
    shell.config("server:\n  port: 9000\n  host: 0.0.0.0\n")
    shell.set(SERVER__PORT="9001")

    assert (load_settings().server.port, load_settings().server.host) == (9001, "0.0.0.0")


def test_an_empty_variable_counts_as_not_set(shell: Shell) -> None:
    shell.set(SERVER__PORT="", TELEGRAM__TOKEN="")

    assert load_settings().server.port == 8080


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("OCOPBOT_TELEGRAM__TOKN", "OCOPBOT_TELEGRAM__TOKEN"),
        ("OCOPBOT_TELGRAM__TOKEN", "OCOPBOT_TELEGRAM__TOKEN"),
        ("OCOPBOT_PAK", "OCOPBOT_PACK"),
        ("OCOPBOT_SERVER_PORT", "OCOPBOT_SERVER__PORT"),
        ("ocopbot_data_dri", "OCOPBOT_DATA_DIR"),
    ],
)
def test_a_misspelt_variable_names_the_nearest_known_one(shell: Shell, name: str, nearest: str) -> None:
    shell.monkeypatch.setenv(name, "x")

    assert faults() == (f"{name}: There is no such variable. The nearest is {nearest}.",)


def test_variables_for_tests_are_left_aside(shell: Shell) -> None:
    shell.set(TEST_POSTGRES="postgresql://x")

    assert load_settings().pack == "quang-tri-2026"


def test_a_misspelt_key_is_told_with_its_line_and_the_nearest_one(shell: Shell) -> None:
    path = shell.config("pack: quang-tri-2026\ntelegram:\n  enabled: false\n  tokn: x\n")

    assert faults() == ("config.yaml:4: There is no setting 'telegram.tokn'. The nearest is 'telegram.token'.",)
    assert faults(path)[0].startswith(f"{path}:4:")


def test_all_faults_are_told_at_once(shell: Shell) -> None:
    shell.config("pak: x\nserver: 8080\npack: a\npack: b\n")
    shell.set(SEVER__PORT="1")

    assert len(faults()) == 4


@pytest.mark.parametrize("text", ["- a\n- b\n", "server: [\n", "server:\n\tport: 1\n"])
def test_a_file_that_is_no_list_of_keys_is_a_fault_with_its_line(shell: Shell, text: str) -> None:
    shell.config(text)

    assert faults()[0].startswith("config.yaml:")


def test_a_file_that_was_named_must_be_there(shell: Shell) -> None:
    assert "cannot be read" in faults(Path("nowhere.yaml"))[0]


def test_a_wrong_value_is_told_by_key_and_variable_without_the_value(shell: Shell) -> None:
    shell.set(SERVER__PORT="canary", TELEGRAM__SECRET_TOKEN="canary mit blank", TELEGRAM__ENABLED="true")

    told = faults()

    assert any(line.startswith("server.port:") and "OCOPBOT_SERVER__PORT" in line for line in told)
    assert any(line.startswith("telegram: It is enabled and has no token") for line in told)
    assert "canary" not in "".join(told)


@pytest.mark.parametrize(
    ("section", "missing"),
    [("zalo_oa", "OCOPBOT_ZALO_OA__APP_ID"), ("zalo_bot", "OCOPBOT_ZALO_BOT__TOKEN")],
)
def test_an_enabled_channel_names_the_secret_it_lacks(shell: Shell, section: str, missing: str) -> None:
    shell.config(f"{section}:\n  enabled: true\n")

    assert missing in faults()[0]


def test_a_webhook_needs_its_secret(shell: Shell) -> None:
    shell.set(TELEGRAM__ENABLED="true", TELEGRAM__TOKEN=TOKEN, TELEGRAM__MODE="webhook")

    assert "OCOPBOT_TELEGRAM__SECRET_TOKEN" in faults()[0]


def test_a_secret_may_lie_in_a_file_of_its_own(shell: Shell) -> None:
    (shell.folder / "token").write_text(f"{TOKEN}\n")
    (shell.folder / "token").chmod(0o600)
    shell.set(TELEGRAM__TOKEN_FILE=str(shell.folder / "token"))

    assert load_settings().telegram.token.get_secret_value() == TOKEN


@pytest.mark.parametrize(("mode", "content"), [(0o644, TOKEN), (0o600, "")])
def test_a_secret_file_that_anybody_reads_or_that_is_empty_is_refused(shell: Shell, mode: int, content: str) -> None:
    (shell.folder / "token").write_text(content)
    (shell.folder / "token").chmod(mode)
    shell.config("telegram:\n  token_file: token\n")

    told = faults()

    assert told[0].startswith("telegram: The file token")
    assert TOKEN not in told[0]


def test_a_secret_and_its_file_together_are_a_fault(shell: Shell) -> None:
    shell.set(TELEGRAM__TOKEN=TOKEN, TELEGRAM__TOKEN_FILE="token")

    assert "keep one" in faults()[0]


def test_a_configuration_with_a_secret_is_refused_when_anybody_may_read_it(shell: Shell) -> None:
    path = shell.config(f"telegram:\n  token: {TOKEN}\n", 0o644)

    told = faults()

    assert "chmod 600 config.yaml" in told[0]
    assert TOKEN not in told[0]
    path.chmod(0o600)
    assert load_settings().telegram.token.get_secret_value() == TOKEN


def test_every_secret_is_known_for_redaction_and_none_is_shown(shell: Shell) -> None:
    shell.set(TELEGRAM__TOKEN=TOKEN, ZALO_OA__APP_SECRET="zalo-canary", DATABASE__URL="postgresql://a:p%40ss@h/d")

    settings = load_settings()

    assert {TOKEN, "zalo-canary", "p@ss", "p%40ss"} == set(settings.secrets())
    assert not any(secret in repr(settings) for secret in settings.secrets())


def test_the_key_itself_is_a_secret_too(shell: Shell) -> None:
    shell("migrate")
    key = (shell.folder / "var/secret.key").read_text().strip()

    assert key in load_settings().secrets()


@pytest.mark.parametrize("written", ["2026-09-15", "'2026-09-15T08:00+07:00'", "2026-09-15T01:00:00Z"])
def test_the_clock_may_start_on_a_day_or_at_a_moment(shell: Shell, written: str) -> None:
    shell.config(f"clock:\n  start: {written}\n")
    settings = load_settings()

    from datetime import UTC, date, datetime

    assert day_of(settings, datetime(2030, 1, 1, tzinfo=UTC)) == date(2026, 9, 15)


def test_a_clock_that_starts_at_no_moment_is_a_fault(shell: Shell) -> None:
    shell.set(CLOCK__START="bald")

    assert faults()[0].startswith("clock: Give a day")


def test_the_sample_configuration_names_only_known_keys_and_changes_nothing(shell: Shell) -> None:
    assert load_settings(REPOSITORY / "config.yaml") == Settings()


def test_the_sample_configuration_and_the_operators_page_tell_of_every_section() -> None:
    sections = {key.partition(".")[0] for key in known_keys()} - {"clock"}  # for demo and tests only
    page = (REPOSITORY / "docs/operator.md").read_text("utf-8")
    sample = (REPOSITORY / "config.yaml").read_text("utf-8")

    assert [name for name in sections if f"`{name}" not in page or f"\n{name}:" not in sample] == []


def test_a_variable_is_named_after_section_and_key() -> None:
    assert variable("telegram.base_url") == "OCOPBOT_TELEGRAM__BASE_URL"


@pytest.mark.parametrize(
    "key", ["zalo_oa.free_replies", "zalo_bot.monthly_messages", "zalo_bot.most_people"], ids=lambda key: key
)
def test_no_limit_is_a_word_in_the_file_and_in_a_variable(shell: Shell, key: str) -> None:
    section, name = key.split(".")
    shell.config(f"{section}:\n  {name}: unlimited\n")
    assert getattr(getattr(load_settings(), section), name) is None

    shell.set(**{f"{section.upper()}__{name.upper()}": "7"})
    assert getattr(getattr(load_settings(), section), name) == 7

    shell.set(**{f"{section.upper()}__{name.upper()}": "unlimited"})
    assert getattr(getattr(load_settings(), section), name) is None


def test_a_number_of_zalo_may_be_written_without_quotes_and_loses_no_digit(shell: Shell) -> None:
    shell.config("zalo_oa:\n  app_id: 360846524940903967\n  oa_id: '388613280878808645'\n")

    assert (load_settings().zalo_oa.app_id, load_settings().zalo_oa.oa_id) == (
        "360846524940903967",
        "388613280878808645",
    )


@pytest.mark.parametrize("written", ["12a", "-1", "1.5"])
def test_what_is_no_number_of_zalo_is_a_fault(shell: Shell, written: str) -> None:
    shell.set(ZALO_OA__OA_ID=written)

    assert faults()[0].startswith("zalo_oa.oa_id:")


def test_the_callback_keeps_its_last_slash(shell: Shell) -> None:
    shell.set(ZALO_OA__CALLBACK_URL="https://ocop.example/back/", SERVER__PUBLIC_URL="https://ocop.example/")

    settings = load_settings()

    assert (settings.zalo_oa.callback_url, settings.server.public_url) == (
        "https://ocop.example/back/",
        "https://ocop.example",
    )


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"ZALO_OA__RESERVE_DONG": "10"}, "reserve_dong"),
        ({"ZALO_OA__FREE_HOURS": "49", "ZALO_OA__WINDOW_DAYS": "2"}, "free_hours"),
        ({"ZALO_BOT__SECRET_TOKEN": "short"}, "8 to 256"),
    ],
)
def test_zalo_settings_that_do_not_fit_together_are_a_fault(
    shell: Shell, variables: dict[str, str], words: str
) -> None:
    shell.set(**variables)

    assert words in faults()[0]


def test_every_figure_in_doubt_reaches_the_rules(shell: Shell) -> None:
    from datetime import timedelta

    from bot.zalo.account import ways

    shell.set(
        ZALO_OA__FREE_HOURS="24",
        ZALO_OA__FREE_REPLIES="unlimited",
        ZALO_OA__WINDOW_DAYS="5",
        ZALO_OA__PAID_DONG="66",
        ZALO_OA__TEMPLATE_DONG="130",
        ZALO_OA__OTHER_CHANNEL_FIRST="false",
    )

    facts = ways(load_settings(), {}).facts

    assert (facts.free_window, facts.window, facts.free_replies) == (timedelta(hours=24), timedelta(days=5), None)
    assert (facts.paid_dong, facts.template_dong, facts.other_channel_before_paying) == (66, 130, False)


def test_the_sample_configuration_names_every_zalo_setting() -> None:
    sample = (REPOSITORY / "config.yaml").read_text("utf-8")
    named = {key for key in known_keys() if key.startswith("zalo_")}

    lacking = [
        key
        for key in named
        if f"{key.partition('.')[2]}:" not in sample and f"{key.partition('.')[2]}_file:" not in sample
    ]
    assert [key for key in lacking if not key.endswith("_file")] == []
