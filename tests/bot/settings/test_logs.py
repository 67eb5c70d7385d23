import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from bot.settings.logs import HIDDEN, MOST_A_MINUTE, QUIET, Throttle, start_logging

CANARY = '123456:AA"Bá\\n'
OTHER = "p@ss/word"


class Log:
    def __init__(self, shape: Any = "json") -> None:
        self.stream = io.StringIO()
        self.handler = start_logging(secrets=[CANARY, OTHER, ""], level="DEBUG", shape=shape, stream=self.stream)

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def log() -> Iterator[Log]:
    made = Log()
    yield made
    logging.getLogger().removeHandler(made.handler)
    logging.getLogger().setLevel(logging.WARNING)


def test_an_event_is_one_json_object_with_its_fields_and_readable_vietnamese(log: Log) -> None:
    structlog.get_logger("bot").info("đã gửi", delivery=17)
    logging.getLogger("x").warning("chậm", extra={"channel": "telegram"})

    assert [(one["event"], one["level"]) for one in log.records] == [("đã gửi", "info"), ("chậm", "warning")]
    assert (log.records[0]["delivery"], log.records[1]["channel"]) == (17, "telegram")
    assert "đã gửi" in log.text


def test_no_secret_comes_through_however_it_is_written(log: Log) -> None:
    from urllib.parse import quote

    logger = logging.getLogger("somebody else's")
    logger.info("token %s", CANARY)
    logger.info("address https://h/bot%s/getMe", quote(CANARY, safe=""))
    logger.info("fields", extra={"inner": {"token": CANARY, "other": [OTHER]}})
    structlog.get_logger().info(CANARY, token=CANARY)
    try:
        raise ValueError(f"token {CANARY} is wrong, {OTHER!r} too")
    except ValueError:
        logger.exception("trouble")

    assert log.text.count(HIDDEN) >= 7
    for shape in (CANARY, json.dumps(CANARY)[1:-1], quote(CANARY, safe=""), OTHER, repr(CANARY)[1:-1], "123456:AA"):
        assert shape not in log.text
    assert len(log.records) == 5


@pytest.mark.parametrize("shape", ["json", "text"])
def test_what_somebody_typed_makes_one_line_and_no_colours(shape: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Log(shape)
    monkeypatch.setattr(logging.getLogger(), "handlers", [made.handler])  # a report cannot carry half a letter
    hostile = 'a\nb\r\n{"event": "forged"}\x1b[31mred\u2028c\ud800'

    logging.getLogger("x").warning("heard %s", hostile)
    logging.getLogger("x").warning("heard", extra={"words": hostile})
    structlog.get_logger().warning(hostile)

    logging.getLogger().removeHandler(made.handler)
    assert len(made.text.split("\n")) == 4
    assert "\x1b" not in made.text


def test_a_record_that_cannot_be_written_is_told_without_its_words(log: Log) -> None:
    log.handler.handle(logging.LogRecord("x", logging.WARNING, "", 1, "two %s %s", (CANARY,), None))

    assert log.records[0]["event"] == "a record could not be written"
    assert "123456" not in log.text


def test_libraries_that_tell_of_every_request_are_quiet(log: Log) -> None:
    for name in QUIET:
        logging.getLogger(name).info("GET https://h/bot%s/getUpdates", "token")

    assert log.records == []
    assert {"httpx", "aiohttp.access", "telegram"} <= set(QUIET)


def test_starting_twice_writes_every_event_once(log: Log) -> None:
    again = start_logging(secrets=[], level="INFO", stream=log.stream)

    logging.getLogger("x").info("once")

    logging.getLogger().removeHandler(again)
    assert len(log.records) == 1


def _logged(log: Log, event: str, times: int, minute: int, level: int = logging.WARNING) -> None:
    for number in range(times):
        record = logging.getLogger("storm").makeRecord("storm", level, "x", 1, event, (number,), None)
        record.created = 60.0 * minute
        log.handler.handle(record)


def test_a_storm_of_one_event_is_cut_and_its_count_is_told(log: Log) -> None:
    _logged(log, "refused %s", MOST_A_MINUTE + 250, minute=1)
    _logged(log, "another %s", 1, minute=1)
    assert len(log.records) == MOST_A_MINUTE + 1

    logging.getLogger("storm").warning("another %s", 1)
    told = log.records[-2]
    assert (told["event"], told["of"], told["count"], told["level"], told["logger"]) == (
        "left out of the log", "refused %s", 250, "warning", "storm",
    )  # fmt: skip
    logging.getLogger("storm").warning("refused %s", 1)
    assert log.records[-1]["event"] == "refused 1"


def test_an_error_is_not_silenced_by_a_storm_of_warnings(log: Log) -> None:
    _logged(log, "refused %s", MOST_A_MINUTE + 1, minute=1)
    _logged(log, "refused %s", 1, minute=1, level=logging.ERROR)

    assert log.records[-1]["level"] == "error"


def test_a_storm_of_events_with_fields_is_one_event(log: Log) -> None:
    for number in range(MOST_A_MINUTE * 2 + 1):  # it may cross one minute
        structlog.get_logger("bot").warning("refused", number=number)

    assert len([one for one in log.records if one["event"] == "refused"]) <= MOST_A_MINUTE * 2


def test_texts_that_are_never_the_same_are_one_event_together() -> None:
    throttle = Throttle()
    records = [logging.makeLogRecord({"msg": f"refused {number}", "created": 60.0}) for number in range(6000)]

    assert sum(map(throttle.filter, records)) == 5000 + MOST_A_MINUTE
