"""The officials of the demo have names, and an empty commune's first official is told what waits."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bot.visitor import Visitor, visiting


@pytest.fixture
async def visitor(tmp_path: Path) -> AsyncIterator[Visitor]:
    async with visiting(tmp_path) as one:
        yield one


async def test_lienhe_names_a_person(visitor: Visitor) -> None:
    await visitor.guide(2)
    await visitor.says("/lienhe")

    told = (await visitor.lines())[-1].text
    assert "Trần Văn Huyện (mẫu)" in told
    assert "0900 000 011" in told


async def test_the_first_official_of_an_empty_commune_is_told_what_waits(visitor: Visitor) -> None:
    await visitor.guide(2)
    await visitor.says("/lienhe")
    await visitor.says("Hộ nhỏ lẻ nộp hồ sơ ở đâu?")
    await visitor.says("/capquyen moi commune_official", "official")
    await visitor.says("Hải Ninh", "official")
    code = re.search(r"/start cb_\w+", (await visitor.lines("official"))[-1].text)
    assert code is not None

    await visitor.says(code[0], "neighbour")

    told = "\n".join(line.text for line in await visitor.lines("neighbour"))
    assert "1 câu hỏi đã chờ sẵn" in told
