"""The documented ways to install the program: what they install is all it may need, pinned and with hashes."""

import re
import sys
from pathlib import Path

from registry.store.engines import driver_url
from tools.runtime_start import foreign

ROOT = Path(__file__).resolve().parent.parent
_PIN = re.compile(
    r"^([a-z0-9][a-z0-9._-]*)==(\S+)[^\n]*\\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE
)


def pins(name: str) -> dict[str, tuple[str, frozenset[str]]]:
    """The packages of a lock file: version and hashes."""
    found = _PIN.findall((ROOT / name).read_text("utf-8"))
    return {package: (version, frozenset(hashes.split())) for package, version, hashes in found}


def test_the_driver_of_postgresql_is_part_of_what_an_operator_installs() -> None:
    driver = driver_url("postgresql://host/name").get_driver_name()
    installed = pins("requirements.lock")

    assert {driver, f"{driver}-binary"} <= installed.keys()
    assert all(installed[one] == pins("requirements-dev.lock")[one] for one in (driver, f"{driver}-binary"))


def test_everything_the_program_names_is_locked_with_its_hashes() -> None:
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    dependencies = re.search(r"^dependencies = \[(.*?)^\]", project, re.DOTALL | re.MULTILINE)
    extra = re.search(r"^postgres = \[(.*?)\]$", project, re.MULTILINE)
    assert dependencies is not None
    assert extra is not None
    named = re.findall(r'"([a-z0-9-]+)', dependencies[1] + extra[1])

    assert set(named) <= pins("requirements.lock").keys()


def test_every_documented_way_to_install_takes_the_locked_packages() -> None:
    image, makefile = ((ROOT / name).read_text("utf-8") for name in ("Dockerfile", "Makefile"))
    guide = (ROOT / "docs" / "operator.md").read_text("utf-8")

    assert "pip install --no-cache-dir --require-hashes -r requirements.lock" in image
    assert "install --require-hashes -r requirements.lock" in makefile
    assert "make -C /opt/ocopbot install" in guide
    (locking,) = re.findall(r"^\tuv pip compile .* -o requirements\.lock$", makefile, re.MULTILINE)
    assert "--extra postgres" in locking  # written again, the lock keeps the driver


def test_ci_runs_the_tests_alone_and_a_target_starts_the_program_from_the_run_time_lock_alone() -> None:
    ci, makefile = ((ROOT / name).read_text("utf-8") for name in (".ci/run", "Makefile"))
    recipe = re.search(r"^runtime:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)

    assert ci.rstrip().endswith("\nmake test")
    assert recipe is not None
    assert "install VENV=.venv-runtime" in recipe[1]
    assert "tools/runtime_start.py .venv-runtime" in recipe[1]


def test_an_environment_with_other_packages_is_noticed() -> None:
    found = foreign(Path(sys.prefix))

    assert {"pytest", "hypothesis"} <= found
    assert not {"psycopg", "sqlalchemy", "typer"} & found
