"""Single settings are written into a configuration, and everything else in it stays."""

import stat
from pathlib import Path

import pytest
import yaml

from bot.serving.configuration import load_settings
from bot.settings.writing import NotWritableError, with_setting, write_privately, write_settings

GIVEN = """\
# a comment
office: "Cũ"   # who runs it
trial: false
telegram:
  # token_file: somewhere
  enabled: false
  rate_per_second: 28
security:
  # only a comment
log:
    level: INFO
"""


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("office", 'UBND xã "Mẫu": số 1 # không phải chú thích'),
        ("trial", True),
        ("contact", "0232 3000 000"),
        ("telegram.enabled", True),
        ("telegram.token_file", "/x/y"),
        ("security.key_file", "/k"),
        ("log.format", "text"),
        ("zalo_oa.app_id", "0012345678901234567890"),
        ("server.port", 8081),
    ],
)
def test_one_setting_is_written_and_all_others_stay(key: str, value: str | bool | int) -> None:
    written = with_setting(GIVEN, key, value)
    section, _, name = key.rpartition(".")
    before, after = yaml.safe_load(GIVEN), yaml.safe_load(written)
    got = (after[section] if section else after).pop(name)
    (before.get(section) or {} if section else before).pop(name, None)

    assert got == value
    assert {k: v for k, v in after.items() if v} == {k: v for k, v in before.items() if v}
    assert [line for line in GIVEN.splitlines() if line.lstrip().startswith("#")] == [
        line for line in written.splitlines() if line.lstrip().startswith("#")
    ]
    assert with_setting(written, key, value) == written


def test_a_comment_behind_a_value_stays() -> None:
    assert 'office: "Mới"   # who runs it\n' in with_setting(GIVEN, "office", "Mới")


def test_a_file_that_is_not_there_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "new" / "config.yaml"
    write_settings(file, {"office": "UBND xã Mẫu", "telegram.mode": "webhook"})

    assert load_settings(file).office == "UBND xã Mẫu"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_the_file_that_comes_along_keeps_every_line_but_one(tmp_path: Path) -> None:
    usual = Path("config.yaml").read_text("utf-8")
    file = tmp_path / "config.yaml"
    file.write_text(usual, "utf-8")
    write_settings(file, {"trial": True})

    changed = [(old, new) for old, new in zip(usual.splitlines(), file.read_text("utf-8").splitlines(), strict=True)
               if old != new]  # fmt: skip
    assert changed == [("trial: false", "trial: true")]


def test_a_file_that_is_no_configuration_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("- a list\n", "utf-8")

    with pytest.raises(NotWritableError):
        write_settings(file, {"trial": True})
    assert file.read_text("utf-8") == "- a list\n"


def test_a_secret_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    write_privately(tmp_path / "s" / "token", "x")

    assert stat.S_IMODE((tmp_path / "s" / "token").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "s").stat().st_mode) == 0o700
