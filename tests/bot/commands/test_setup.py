# ruff: noqa: F811  the fixture is imported by its name
"""`ocopbot setup`, typed by an operator from nothing before the strict local platforms."""

import asyncio
import io
import json
import queue
import re
import socket
import stat
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from aiohttp import web
from sqlalchemy import Connection

from bot.channels.telegram.settings import Telegram
from bot.channels.zalo_oa.settings import ZaloOA
from bot.commands.setup.progress import NAME
from bot.commands.setup.steps import STEPS
from bot.serving.assembly import Assembly
from bot.web.application import OPEN, application
from content.phrases import Phrases
from platforms.telegram.server import TelegramServer
from platforms.zalo_bot.server import ZaloBotServer
from platforms.zalo_oa.server import APP_ID, APP_SECRET, OA_ID, OA_SECRET_KEY, ZaloOAServer
from registry.deliveries.web_history import said_since
from registry.people import trials
from tests.bot.shell import Ran, Shell, opened, shell  # noqa: F401  a fixture
from tests.bot.zalo.platform import serving
from tests.bot.zalo.test_consent import agree

ADMIN, STRANGER = f"w{'a' * 32}", f"w{'b' * 32}"
URL = "https://ocop.example"
OFFICE = ("", "UBND xã Mẫu", "không")


@dataclass
class Outside:
    """The platforms, a stick for the key, and the operator's hands."""

    shell: Shell
    telegram: TelegramServer
    zalo: ZaloOAServer
    zalo_bot: ZaloBotServer
    stick: Path
    link: str = ""
    seen: str = ""
    """All that was ever shown."""

    def type(self, *lines: str | Callable[[], str], step: str = "", language: str = "vi") -> Ran:
        """Run the setup; after the last line the input ends, as when the window is closed."""
        before = len(self.seen)
        self.shell.monkeypatch.setattr("sys.stdin", Typed(self, lines))
        ran = self.shell("--lang", language, "setup", *(["--step", step] if step else []))
        self.look(ran.out + ran.err)
        return Ran(ran.code, self.seen[before:], ran.err)

    def look(self, shown: str) -> None:
        """Read the screen, and remember the link for the consent."""
        self.seen += shown
        for link in re.findall(r"\S+/v4/oa/permission\?\S+", shown):
            self.link = link

    def consent(self) -> str:
        """The address at which the browser of the administrator ends."""
        return agree(self.link)

    def secrets(self) -> list[str]:
        return [self.telegram.token, self.zalo_bot.token, APP_SECRET, OA_SECRET_KEY, self.zalo.tokens.access_token]


class Typed(io.StringIO):
    """Lines of an operator, who reads the link for the consent before answering."""

    def __init__(self, outside: Outside, lines: tuple[str | Callable[[], str], ...]) -> None:
        super().__init__()
        self._outside, self._lines = outside, list(lines)

    def readline(self, *_: object) -> str:
        self._outside.look(self._outside.shell.capsys.readouterr().out)
        if not self._lines:
            return ""
        line = self._lines.pop(0)
        return (line if isinstance(line, str) else line()) + "\n"


@pytest.fixture
def outside(shell: Shell, tmp_path: Path) -> Iterator[Outside]:
    telegram, zalo, zalo_bot = TelegramServer(), ZaloOAServer(), ZaloBotServer()
    stick = tmp_path / "usb"
    stick.mkdir()
    with ExitStack() as stack:
        for server in (telegram, zalo, zalo_bot):
            stack.enter_context(serving(server))
        shell.set(
            TELEGRAM__BASE_URL=telegram.base_url,
            ZALO_OA__BASE_URL=zalo.openapi_url,
            ZALO_OA__BUSINESS_URL=zalo.business_url,
            ZALO_OA__OAUTH_URL=zalo.oauth_url,
            ZALO_BOT__BASE_URL=zalo_bot.base_url,
        )
        yield Outside(shell, telegram, zalo, zalo_bot, stick)
        asked = [one.method for one in (*telegram.requests, *zalo_bot.requests)]
        asked += [one.path for one in zalo.requests]
        assert {one.rpartition("/")[2] for one in asked} <= READ_ONLY


READ_ONLY = {"getMe", "getWebhookInfo", "getoa", "access_token", "permission"}
"""The consent is the only request that changes something, and it writes to nobody."""


def script(outside: Outside) -> list[str | Callable[[], str]]:
    """Every answer of an operator who wants everything."""
    return [
        "",  # the usual pack
        "UBND xã Mẫu",
        "0232 3000 000",
        URL,
        "8099",
        str(outside.stick),
        str(outside.stick),  # the backups
        "có",  # Telegram
        f"Use this token to access the HTTP API: {outside.telegram.token}",
        "co",  # the Official Account
        APP_ID,
        APP_SECRET,
        OA_SECRET_KEY,
        outside.consent,
        "c",  # the Zalo bot
        outside.zalo_bot.token,
        "",  # a trial
        "có",  # the administrator
        "nam trach",
        "không",
        "2",  # testers
        "Nam Trạch",  # a poster
        "",
        "không",  # not now
    ]


def config(outside: Outside) -> dict[str, object]:
    read: dict[str, object] = yaml.safe_load((outside.shell.folder / "config.yaml").read_text("utf-8"))
    return read


def check_whole(outside: Outside) -> None:
    """The installation an operator wanted, whatever way they came."""
    settings = outside.shell.settings
    assert settings.office == "UBND xã Mẫu"
    assert settings.trial
    assert settings.server.public_url == URL
    assert set(settings.enabled()) == {"telegram", "zalo_oa", "zalo_bot", "webchat"}
    written = (outside.shell.folder / "config.yaml").read_text("utf-8")
    progress = (settings.data_dir / NAME).read_text("utf-8")
    for secret in outside.secrets():
        assert secret not in outside.seen
        assert secret not in written
        assert secret not in progress
    for file in (settings.data_dir / "secrets").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert file.read_text("utf-8").strip() not in outside.seen
    assert stat.S_IMODE((settings.data_dir / "secrets").stat().st_mode) == 0o700
    key = (settings.data_dir / "secret.key").read_bytes()
    assert (outside.stick / "ocopbot-secret.key").read_bytes() == key
    assert key.decode().strip() not in outside.seen
    assert set(json.loads(progress)["done"]) == {step.name for step in STEPS}
    assert len(set(re.findall(r"/start cb_\w+", outside.seen))) == 2
    assert len(set(re.findall(r"/start thu_\w+", outside.seen))) == 2
    assert sorted(file.name for file in (settings.data_dir / "posters").iterdir()) == [
        "19198-telegram.pdf", "19198-web.pdf", "19198-zalo.pdf",
    ]  # fmt: skip
    assert settings.section(ZaloOA).oa_id == OA_ID
    assert settings.backup_folder == outside.stick.resolve()


def test_an_office_is_set_up_from_nothing_in_one_sitting(outside: Outside) -> None:
    ran = outside.type(*script(outside))

    assert ran.code == 0, ran.err
    assert "[ cần sửa ]" not in ran.out
    check_whole(outside)


def test_a_setup_that_is_killed_after_every_answer_comes_to_the_same_end(outside: Outside) -> None:
    answers = script(outside)
    for answer in answers:
        assert outside.type(answer).code == 0

    check_whole(outside)


async def test_it_ends_in_a_running_trial(outside: Outside) -> None:
    assert (await asyncio.to_thread(outside.type, *script(outside))).code == 0
    admin = re.findall(r"/start cb_\w+", outside.seen)[0]
    settings = outside.shell.settings

    with opened(settings) as store:
        assert store.read_now(trials.is_on)
    async with Assembly.open(settings) as bot:
        assert (await bot.readiness())["trial"] is True
        await bot.intake.accept("webchat", _typed(ADMIN, admin))
        await bot.intake.accept("webchat", _typed(STRANGER, "xin chao"))
        await bot.intake.settled()
        await bot.pump.drain()
        told = {who: str(await bot.store.read(_told, who)) for who in (ADMIN, STRANGER)}
    assert "Quản trị" in told[ADMIN] or "quản trị" in told[ADMIN]
    assert "đang chạy thử" in told[STRANGER]


def _typed(account: str, words: str) -> bytes:
    return json.dumps({"id": str(uuid.uuid4()), "kind": "text", "text": words, "account": account}).encode()


def _told(db: Connection, account: str) -> str:
    return "\n".join(str(message["text"]) for _, message in said_since(db, account=account, seq=0))


# --- every mishap -----------------------------------------------------------------------------------------------------


def test_a_wrong_token_is_told_and_can_be_typed_again_or_put_off(outside: Outside) -> None:
    outside.type(*OFFICE, "không", "8099", "da chep", "de sau")
    wrong = "999999:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    ran = outside.type("có", "tôi chưa có", wrong, "2", "1", "có", outside.telegram.token)

    assert "Em chưa thấy token" in ran.out
    assert ran.out.count("[ cần sửa ]") == 2
    assert "@" in ran.out
    assert wrong not in ran.out
    assert "telegram" in json.loads((outside.shell.settings.data_dir / NAME).read_text("utf-8"))["done"]

    assert outside.type(wrong, step="telegram").code == 0


def test_a_step_put_off_is_named_at_the_end_and_can_be_done_alone(outside: Outside) -> None:
    outside.type(*OFFICE, "không", "8099", "de sau", "de sau")
    outside.type("có", "999999:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "3")
    last = outside.type("3", "không", "không", "không", "không", "3", "không")
    assert "Các phần còn để lại: Áp phích có mã QR, Telegram, Zalo OA" in last.out

    ran = outside.type("có", outside.telegram.token, step="telegram")
    assert ran.code == 0
    assert outside.shell.settings.section(Telegram).enabled
    assert outside.shell.settings.section(Telegram).mode == "polling"


def test_without_an_address_the_official_account_waits_and_the_rest_is_done(outside: Outside) -> None:
    ran = outside.type(
        *OFFICE, "http://192.168.1.5:8080", "khong", "99999999", "8099", "da chep", "de sau", "không", "không"
    )

    assert "Em chưa dùng được http://192.168.1.5:8080" in ran.out
    assert "99999999 chưa phải số cổng" in ran.out
    assert "Zalo OA cần địa chỉ https" in ran.out
    assert "zalo_oa" in json.loads((outside.shell.settings.data_dir / NAME).read_text("utf-8"))["later"]


def test_a_list_ends_with_any_word_for_no_more(outside: Outside) -> None:
    outside.type(*OFFICE, "không", "8099", "da chep", "de sau", "k", "k", "có", "có")
    ran = outside.type("nam trach", "xong", "hai", "3", "k")

    assert len(set(re.findall(r"/start cb_\w+", ran.out))) == 1
    assert "từ 1 đến 50" in ran.out
    assert len(set(re.findall(r"/start thu_\w+", ran.out))) == 3


def test_the_key_is_not_copied_beside_itself_or_over_another_key(outside: Outside) -> None:
    (outside.stick / "ocopbot-secret.key").write_text("another", "utf-8")
    ran = outside.type(*OFFICE, "khong", "8099", "/khong/co", "var", str(outside.stick), "de sau")

    assert "Không có thư mục /khong/co" in ran.out
    assert "nằm trong thư mục dữ liệu" in ran.out
    assert "là chìa khoá của nơi khác nên được để nguyên" in ran.out
    assert (outside.stick / "ocopbot-secret.key").read_text("utf-8") == "another"
    assert "Chưa có bản chép chìa khoá" in ran.out


def test_a_taken_port_is_told_with_what_to_do(outside: Outside) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ran = outside.type(*OFFICE, "khong", str(port), "3")

    assert f"Cổng {port} đang có chương trình khác dùng" in ran.out


def test_the_running_bot_is_no_other_program_and_its_address_is_tried(outside: Outside) -> None:
    outside.shell.monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")  # nothing leaves this machine
    with _served() as port:
        ran = outside.type(*OFFICE, URL, str(port), "3")

    assert f"Bot đang chạy ở cổng {port}" in ran.out
    assert f"không mở được {URL}/healthz" in ran.out


@contextmanager
def _served() -> Iterator[int]:
    """The health page of a running bot, in a separate thread."""
    ports: queue.Queue[int] = queue.Queue()
    ends: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def ready() -> dict[str, object]:
        return {"ready": True}

    async def until_stopped() -> None:
        stop = asyncio.Event()
        ends.append((asyncio.get_running_loop(), stop))
        runner = web.AppRunner(application([], ready=ready, status=OPEN))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        ports.put(runner.addresses[0][1])
        await stop.wait()
        await runner.cleanup()

    thread = threading.Thread(target=lambda: asyncio.run(until_stopped()))
    thread.start()
    yield ports.get(timeout=60)
    ((loop, stop),) = ends
    loop.call_soon_threadsafe(stop.set)
    thread.join(60)


def test_a_second_run_asks_nothing_and_changes_nothing(outside: Outside) -> None:
    outside.type(*script(outside))
    before = (outside.shell.folder / "config.yaml").read_bytes()
    ran = outside.type("không")

    assert ran.out.count(": đã xong") == len(STEPS) - 1
    assert (outside.shell.folder / "config.yaml").read_bytes() == before
    check_whole(outside)


def test_a_setting_of_the_environment_is_shown_and_not_asked(outside: Outside) -> None:
    outside.shell.set(OFFICE="UBND xã Khác")
    ran = outside.type("", "0232 3000 000")

    assert "OCOPBOT_OFFICE" in ran.out
    assert 'office: ""' in (outside.shell.folder / "config.yaml").read_text("utf-8")


def test_an_answer_that_does_not_fit_is_told_and_nothing_is_changed(outside: Outside) -> None:
    outside.type(*OFFICE, URL, "8099", "da chep", "de sau", "không")
    ran = outside.type("có", "mười hai", "1" * 40, APP_ID)

    assert "mười hai chưa phải ID ứng dụng" in ran.out
    assert "cấu hình cũ vẫn giữ nguyên" in ran.out
    assert config(outside)["zalo_oa"]["app_id"] == APP_ID  # type: ignore[index]


def test_a_consent_that_fails_shows_the_link_again(outside: Outside) -> None:
    outside.type(*OFFICE, URL, "8099", "da chep", "de sau", "không")
    ran = outside.type(
        "có", APP_ID, APP_SECRET, OA_SECRET_KEY, "xong", "https://ocop.example/?nothing", outside.consent
    )

    assert ran.out.count("/v4/oa/permission?") == 3
    assert "Em chưa thấy OA đồng ý" in ran.out
    assert "đã đồng ý" in ran.out


def test_a_file_with_faults_is_told_and_left_alone(outside: Outside) -> None:
    outside.shell.config("ofice: UBND\n")
    ran = outside.type("")

    assert ran.code == 1
    assert "ofice" in ran.err
    assert (outside.shell.folder / "config.yaml").read_text("utf-8") == "ofice: UBND\n"


def test_help_and_leaving_work_at_every_question(outside: Outside) -> None:
    ran = outside.type("?", "thôi")

    assert "Bộ nội dung là luật" in ran.out
    assert "Đã dừng" in ran.out


def test_an_unknown_step_is_told(outside: Outside) -> None:
    ran = outside.type(step="telegramm")

    assert ran.code == 1
    assert "telegram, zalo_oa" in ran.err


def test_the_setup_speaks_english_where_asked_for(outside: Outside) -> None:
    assert "Name of the office" in outside.type("", language="en").out


def test_every_screen_and_question_exists_in_both_languages() -> None:
    phrases = Phrases.load()
    names = {key for key in phrases.keys("vi") if key.startswith("setup.")}
    assert names == {key for key in phrases.keys("en") if key.startswith("setup.")}
    assert {f"setup.{step.name}.{part}" for step in STEPS for part in ("title", "screen")} <= names


def test_every_screen_and_question_is_in_the_operators_guide() -> None:
    page = Path(__file__).resolve().parents[3] / "docs/van-hanh.md"
    quoted = set(re.findall(r"^```text (setup\.[\w.]+)$", page.read_text("utf-8"), re.MULTILINE))
    asked = {
        key
        for file in (Path(__file__).resolve().parents[3] / "bot/commands/setup/steps").glob("*.py")
        for key in re.findall(
            r'(?:ask|ask_secret|one_more|agree)\(\s*f?"(?:setup\.)?(\w+\.\w+)"', file.read_text("utf-8")
        )
    }
    screens = {f"{step.name}.screen" for step in STEPS} | {"zalo_oa.app", "zalo_oa.consent", "zalo_oa.webhook"}
    uses = {f"{name}.use" for name in ("telegram", "zalo_oa", "zalo_bot")}

    assert len(asked) > 12
    assert {f"setup.{key}" for key in asked | screens | uses} <= quoted


def test_backups_go_to_another_folder_that_can_be_written_to(outside: Outside) -> None:
    ran = outside.type(*OFFICE, "khong", "8099", "da chep", "/khong/co", "var", str(outside.stick))

    assert "Không có thư mục /khong/co" in ran.out
    assert "var nằm trong thư mục dữ liệu" in ran.out
    assert outside.shell.settings.backup.to == outside.stick.resolve()
