"""Whatever is asked last may be answered in words: each row of the tables is played on a real village."""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from content.fold import fold
from tests.live.outcomes import FORMS, SAID, is_silent, outcomes
from tests.live.scenes import AMOUNT, SCENES, play, scene

HERE = Path(__file__).parent
INTENTS = ("yes", "no", "later", "done", "stop", "understood", "send", "wait", "back", "repeat", "whom")
DIALECT = "phương ngữ"


@dataclass(frozen=True)
class Row:
    utterance: str
    live: str
    outcome: str
    note: str

    @property
    def right(self) -> frozenset[str]:
        """The outcomes that are right: "ask|search" are two."""
        return frozenset(self.outcome.split("|"))

    @property
    def scene(self) -> str:
        """The scene of the row: a number may be asked for a price, or for an amount where the note says so."""
        return AMOUNT if self.live == "question_number" and "amount" in self.note.split(",") else self.live


@dataclass(frozen=True)
class Result:
    row: Row
    found: frozenset[str]
    silent: bool

    @property
    def right(self) -> bool:
        return not self.found.isdisjoint(self.row.right)

    def __str__(self) -> str:
        found = "/".join(sorted(self.found))
        return f"{self.row.live}: {self.row.utterance!r} is {self.row.outcome}, not {found}{' SILENT' * self.silent}"


def rows(name: str) -> list[Row]:
    with (HERE / name).open(encoding="utf-8") as file:
        return [Row(one["utterance"], one["live"], one["outcome"], one["note"] or "") for one in _read(file)]


def _read(file: Iterator[str]) -> Iterator[dict[str, str]]:
    return csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def results(name: str, folder: Path) -> list[Result]:
    found = []
    for live in SCENES:
        with scene(live, folder / live) as village:
            for row in rows(name):
                if row.scene == live:
                    played = play(village, row.utterance)
                    seen = outcomes(village, row.live, played)
                    found.append(Result(row, seen, is_silent(row.live, played, seen, row.right)))
    return found


def _judge(name: str, folder: Path, *, right: float, silent: float) -> None:
    found = results(name, folder)
    wrong = [str(one) for one in found if not one.right]
    assert len(found) == len(rows(name)), "a live thing of the table is not played"
    assert sum(one.silent for one in found) <= silent * len(found), "\n".join(one for one in wrong if "SILENT" in one)
    assert len(wrong) <= (1 - right) * len(found), f"{len(wrong)} of {len(found)} wrong:\n" + "\n".join(wrong)


def test_each_wording_ends_as_the_table_says_and_none_wrong_in_silence(tmp_path: Path) -> None:
    _judge("cases.tsv", tmp_path, right=0.98, silent=0)


@pytest.mark.skipif(not (HERE / "heldout.tsv").exists(), reason="the held-out table is not here")
def test_heldout_wordings_end_as_their_table_says(tmp_path: Path) -> None:
    _judge("heldout.tsv", tmp_path, right=0.92, silent=0.01)


def test_the_table_is_wide_enough() -> None:
    table = rows("cases.tsv")
    wordings = {fold(row.utterance) for row in table}
    per_intent = Counter(row.outcome for row in table)

    assert len(wordings) == len(table) >= 400
    assert {intent: per_intent[intent] for intent in INTENTS if per_intent[intent] < 25} == {}
    assert sum(row.utterance.isascii() for row in table) >= len(table) / 3
    assert sum(row.note == DIALECT for row in table) >= len(table) / 5
    assert {row.live for row in table} == SCENES.keys() - {AMOUNT} == FORMS.keys() | SAID.keys()
