"""
The attacker, in a separate process: `python -m tests.hard.pressure.pressing KIND ADDRESS …`.

It says "pressing" when it is under way, presses until its standard input ends, and prints what it got.
"""

import asyncio
import json
import resource
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiohttp

from tests.hard.machine import ROOT, SECRET, SECRET_HEADER, WEBHOOK
from tests.hard.pressure.asking import Visitor

FLOODER = 6_900_000_000
FROM = "127.0.0.2"
"""The one address that attacks; everybody else comes from 127.0.0.1."""
A_SECOND = 60
"""Updates, or page visits, a second."""
SOCKETS = 3_000
OPENED_A_SECOND = 400
MOST_OPEN = "most open"
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(200_000)


async def account(address: str, got: Counter[str]) -> None:
    """One account writes as fast as the platform carries it."""
    async with aiohttp.ClientSession(headers={SECRET_HEADER: SECRET}) as http:
        first = time.time_ns() // 1000 % 1_000_000_000
        waiting: set[asyncio.Task[None]] = set()

        async def one(number: int) -> None:
            person = {"id": FLOODER, "is_bot": False, "first_name": "Lũ"}
            message = {
                "message_id": number, "from": person, "chat": {"id": FLOODER, "type": "private", "first_name": "Lũ"},
                "date": 1_622_509_200, "text": f"spam {number}",
            }  # fmt: skip
            update = {"update_id": 1_000_000_000 + first + number, "message": message}
            with suppress(aiohttp.ClientError, TimeoutError):
                async with http.post(address + WEBHOOK, json=update) as answer:
                    got[str(answer.status)] += 1

        number = 0
        while True:
            number += 1
            if len(waiting) < 40:  # the platform's most connections
                task = asyncio.create_task(one(number))
                waiting.add(task)
                task.add_done_callback(waiting.discard)
            await asyncio.sleep(1 / A_SECOND)


async def web(address: str, got: Counter[str]) -> None:
    """One address opens one session after another, writes, and uploads pictures."""
    connector = aiohttp.TCPConnector(local_addr=(FROM, 0), limit=40, force_close=True)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as http:

        async def visit() -> None:
            async with http.post(address + "/chat/session", headers={"Origin": address}) as answer:
                got[f"session {answer.status}"] += 1
                if answer.status != 200:
                    return
                session = (await answer.json())["session"]
            headers = {"Origin": address, "X-Chat-Session": session}
            async with http.post(address + "/chat/upload", data=PICTURE, headers=headers) as answer:
                got[f"upload {answer.status}"] += 1
            visitor = Visitor(http, address, session)
            await visitor.enter()
            for number in range(3):
                await visitor.says(f"spam {number}")
            got["visits"] += 1

        async def again() -> None:
            while True:
                try:
                    async with asyncio.timeout(5):
                        await visit()
                except (aiohttp.ClientError, AssertionError, TimeoutError, OSError) as met:
                    got[type(met).__name__] += 1
                await asyncio.sleep(20 / A_SECOND)

        async with asyncio.TaskGroup() as group:
            for _ in range(20):
                group.create_task(again())


async def idle(address: str, got: Counter[str]) -> None:
    """One address opens thousands of sockets, says half a sentence on each, and then a letter now and then."""
    host, port = address.removeprefix("http://").split(":")
    lines: set[asyncio.StreamWriter] = set()

    async def hold() -> None:
        try:
            async with asyncio.timeout(5):
                reader, writer = await asyncio.open_connection(host, int(port), local_addr=(FROM, 0))
        except (OSError, TimeoutError) as met:
            got[type(met).__name__] += 1
            return
        lines.add(writer)
        got[MOST_OPEN] = max(got[MOST_OPEN], len(lines))
        try:
            writer.write(b"GET /chat HTTP/1.1\r\nHost: x\r\nX-Slow: ")
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(5):
                        if not await reader.read(1024):
                            got["closed by the server"] += 1
                            return
                        got["answered"] += 1
                writer.write(b"a")
        except OSError:
            got["cut"] += 1
        finally:
            lines.discard(writer)
            writer.transport.abort()

    waiting: set[asyncio.Task[None]] = set()
    while True:
        if len(waiting) < SOCKETS:
            for _ in range(OPENED_A_SECOND // 20):
                task = asyncio.create_task(hold())
                waiting.add(task)
                task.add_done_callback(waiting.discard)
        await asyncio.sleep(1 / 20)


KINDS: dict[str, Callable[[str, Counter[str]], Coroutine[Any, Any, None]]] = {
    "account": account,
    "web": web,
    "idle": idle,
}


@asynccontextmanager
async def pressing(kind: str, address: str, got: Counter[str]) -> AsyncIterator[None]:
    """
    Press meanwhile, from another process; its counts are added to `got`.

    An attacker has other machines, so this one gives way to the program where a processor is short.
    """
    process = await asyncio.create_subprocess_exec(
        "nice", "-n", "10", sys.executable, "-m", "tests.hard.pressure.pressing", kind, address,
        cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert (await process.stdout.readline()).strip() == b"pressing"
        yield
    finally:
        process.stdin.close()
        counted = await process.stdout.read()
        await process.wait()
    for what, count in json.loads(counted).items():
        got[what] = max(got[what], count) if what == MOST_OPEN else got[what] + count


async def _press(kind: str, address: str) -> Counter[str]:
    got: Counter[str] = Counter()
    task = asyncio.create_task(KINDS[kind](address, got))
    sys.stdout.write("pressing\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return got


def main() -> None:
    """Press until the standard input ends."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    sys.stdout.write(json.dumps(asyncio.run(_press(*sys.argv[1:3]))))


if __name__ == "__main__":
    main()
