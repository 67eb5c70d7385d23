# ruff: noqa: F811  the fixture is imported by its name
"""`--lang vi`: the messages of `check`, `import`, `pack check` and of every error, in Vietnamese."""

import shutil
from pathlib import Path

import pytest

from content.programme.pack import PACKS
from platforms.telegram.server import TelegramServer
from tests.bot.shell import Shell, installed, shell  # noqa: F401  fixtures
from tests.bot.zalo.platform import serving


@pytest.fixture
def clock(shell: Shell) -> None:
    shell.set(PACK="quang-binh-2021", CLOCK__START="2021-06-01")


def test_check_speaks_vietnamese_and_names_the_same_subjects(shell: Shell, clock: None) -> None:
    with serving(TelegramServer()):
        shell.set(TELEGRAM__ENABLED="true", TELEGRAM__TOKEN="999:canary", TELEGRAM__BASE_URL="http://127.0.0.1:9")
        english, vietnamese = shell("check"), shell("--lang", "vi", "check")

    assert english.code == vietnamese.code == 1
    assert len(english.lines) == len(vietnamese.lines)
    assert "Không kết nối được http://127.0.0.1:9" in vietnamese.out
    assert "office còn trống" in vietnamese.out
    assert "chỗ hỏng, kể ở trên" in vietnamese.err
    for line in vietnamese.lines:
        assert not {"the", "is", "are"} & set(line.split()), line


def test_pack_check_speaks_vietnamese(shell: Shell, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(PACKS / "quang-binh-2021", broken)
    programme = (broken / "programme.yaml").read_text("utf-8")
    (broken / "programme.yaml").write_text(programme.replace("levels:", "levls:", 1), "utf-8")

    ran = shell("--lang", "vi", "pack", "check", str(broken))
    assert ran.code == 1
    assert "Thiếu khoá 'levels'" in ran.out
    assert "Có phải" in ran.out
    assert "lỗi trong bộ nội dung broken" in ran.err
    assert "không có lỗi" in shell("--lang", "vi", "pack", "check", "quang-binh-2021").out


def test_import_speaks_vietnamese(shell: Shell, clock: None, tmp_path: Path) -> None:
    template = tmp_path / "mau.xlsx"
    assert "Đã tạo" in shell("--lang", "vi", "import", "--template", str(template)).out

    assert shell("migrate").code == 0
    ran = shell("--lang", "vi", "import", str(template))
    assert "Chưa ghi gì" in ran.out
    (tmp_path / "x.xlsx").write_text("no workbook", "utf-8")
    assert "không phải tệp Excel" in shell("--lang", "vi", "import", str(tmp_path / "x.xlsx")).err
    assert "Ghi tên tệp Excel cần đọc" in shell("--lang", "vi", "import").err


def test_an_error_speaks_the_language_of_the_setting_or_the_terminal(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "There is no pack" in shell("pack", "check", "none-2020").err
    monkeypatch.setenv("LC_ALL", "vi_VN.UTF-8")
    assert "Không có bộ nội dung 'none-2020'" in shell("pack", "check", "none-2020").err
    shell.set(LANGUAGE="en")
    assert "There is no pack" in shell("pack", "check", "none-2020").err
    assert "Không có bộ nội dung" in shell("--lang=vi", "pack", "check", "none-2020").err


def test_a_configuration_with_faults_is_told_in_vietnamese(shell: Shell) -> None:
    shell.config("ofice: UBND\nlog:\n  level: LOUD\n")

    ran = shell("--lang", "vi", "check")
    assert "Cấu hình có 1 chỗ sai" in ran.err
    assert "Không có thiết lập 'ofice'" in ran.err


def test_another_language_is_refused(shell: Shell) -> None:
    assert shell("--lang", "fr", "check").code == 2


@pytest.mark.usefixtures("installed")
def test_backup_drill_restore_and_resume_speak_vietnamese(shell: Shell) -> None:
    kept = shell.folder / "kept.tar"
    ran = [shell("--lang", "vi", *words) for words in (("backup", str(kept)), ("backup", "drill"))]
    for file in (*shell.settings.data_dir.glob("ocopbot.db*"),):
        file.unlink()
    ran += [
        shell("--lang", "vi", *words) for words in (("restore", str(kept)), ("restore", str(kept)), ("resume", "--yes"))
    ]

    assert [one.code for one in ran] == [0, 1, 0, 1, 0]
    said = "\n".join(one.out + one.err for one in ran)
    for words in ("đã kiểm tra", "Chưa có bản sao nào", "Đang tạm dừng gửi tin", "Ở đó đã có", "Đã gửi tin trở lại"):
        assert words in said
    for line in said.splitlines():
        assert not {"the", "is", "are"} & set(line.split()), line
