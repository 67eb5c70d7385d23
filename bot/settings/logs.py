"""
Logs: one JSON object per line, without secrets.

Everything that is logged passes the one handler at the root.  Its output is searched
for secrets last, tracebacks included: libraries put tokens into addresses and messages.
"""

import json
import logging
import sys
import threading
import traceback
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from typing import Any, Literal, TextIO
from urllib.parse import quote

import structlog
from structlog.typing import EventDict, Processor

QUIET = ("httpx", "httpcore", "aiohttp.access", "telegram", "apscheduler", "alembic")
"""Libraries that log every request, with its address, at INFO."""
HIDDEN = "[redacted]"
MOST_A_MINUTE = 100
"""Lines of one event in a minute; further ones are counted."""
_LONGEST_KEY = 200
_MOST_KEYS = 5000
_SHORTEST = 4
"""Shorter values are not secrets: redacting them would only remove words."""


class Redactor:
    """Removes secrets from a text, in every spelling: plain, in JSON, in an address."""

    def __init__(self, secrets: Collection[str]) -> None:
        shapes: set[str] = set()
        for secret in secrets:
            if len(secret) >= _SHORTEST:
                shapes |= {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
                shapes |= {repr(secret)[1:-1], quote(secret, safe=""), quote(secret)}
        self._shapes = sorted(shapes, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        for shape in self._shapes:
            text = text.replace(shape, HIDDEN)
        return text


class Throttle(logging.Filter):
    """
    Lets the same event through `MOST_A_MINUTE` times in a minute, so that a storm fills no disk.

    The same is: one logger, one level, one text before its values are filled in.  The first record of the next minute
    comes after a line for each event that was left out, with its count.
    """

    def __init__(self, most: int = MOST_A_MINUTE) -> None:
        super().__init__()
        self._most = most
        self._minute = 0
        self._seen: Counter[tuple[str, int, str]] = Counter()
        self._lock = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        words = record.msg.get("event", "") if isinstance(record.msg, dict) else record.msg
        of = (record.name, record.levelno, str(words)[:_LONGEST_KEY])
        with self._lock:
            left_out = self._next_minute(int(record.created // 60))
            if len(self._seen) >= _MOST_KEYS and of not in self._seen:
                of = ("", 0, "")
            self._seen[of] += 1
            passes = self._seen[of] <= self._most
        for (name, level, event), count in left_out:
            logging.getLogger(name).log(level, "left out of the log", extra={"of": event, "count": count})
        return passes

    def _next_minute(self, minute: int) -> list[tuple[tuple[str, int, str], int]]:
        if minute == self._minute:
            return []
        seen, self._seen, self._minute = self._seen, Counter(), minute
        return [(of, count - self._most) for of, count in seen.items() if count > self._most]


class RedactingFormatter(logging.Formatter):
    """Writes a record on one line without secrets; one that cannot be written says so, without its words."""

    def __init__(self, inner: logging.Formatter, redact: Redactor) -> None:
        super().__init__()
        self._inner = inner
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        try:
            written = self._inner.format(record)
        except Exception as trouble:  # noqa: BLE001  the library would print the record itself, secrets and all
            told = {"event": "a record could not be written", "logger": record.name, "trouble": type(trouble).__name__}
            return json.dumps(told)
        return self._redact(written).replace("\r", " ").replace("\n", " ")


def start_logging(
    *,
    secrets: Collection[str],
    level: str = "INFO",
    shape: Literal["json", "text"] = "json",
    stream: TextIO | None = None,
) -> logging.Handler:
    """
    Set the root handler up, for the standard library's loggers and structlog's alike.

    A second call replaces the first.  Returns the handler, so that a test can remove it.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_last(shape)],
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(RedactingFormatter(formatter, Redactor(secrets)))
    handler.addFilter(Throttle())
    root = logging.getLogger()
    for other in _ours(root):
        root.removeHandler(other)
    root.addHandler(handler)
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    return handler


def _ours(root: logging.Logger) -> Iterator[logging.Handler]:
    for handler in list(root.handlers):
        if isinstance(handler.formatter, RedactingFormatter):
            yield handler


def _last(shape: Literal["json", "text"]) -> list[Processor]:
    if shape == "json":
        return [structlog.processors.JSONRenderer(serializer=_as_json)]
    # repr keeps a line break or a colour code that somebody typed from acting on the terminal
    return [structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "logger", "event"])]


def _as_json(event: EventDict, **_: Any) -> str:
    """Vietnamese stays readable; half a letter that no encoding takes is written out."""
    return json.dumps(event, ensure_ascii=False, default=str).encode("utf-8", "backslashreplace").decode("utf-8")


def traceback_of(trouble: BaseException, redact: Callable[[str], str]) -> str:
    """The traceback of an unforeseen fault, without secrets, for standard error."""
    return redact("".join(traceback.format_exception(trouble)))
