"""The transcripts, replayed on every channel with a new bot between every two lines."""

from pathlib import Path

import pytest

from tests.postgres import PostgresServer

from .replay import PRODUCER, Line, Told, TranscriptError, check, parse, play, read_transcript, transcripts
from .stages.opening import STAGES, stage_for
from .stages.stage import Heard

FILES = transcripts()
TWELVE = {
    "khoai-deo-hai-ninh",
    "nuoc-mam-canh-duong",
    "mat-ong-tuyen-hoa",
    "non-la-quang-tan",
    "ruou-vo-xa",
    "tieu-bo-trach",
    "ca-gai-leo",
    "tinh-dau-tram",
    "banh-trang-tan-an",
    "ruoc-ly-hoa",
    "homestay-phong-nha",
    "chieu-coi-an-xa",
}
HEAD = "# gói: quang-binh-2021\n# đồng hồ: 2021-06-01\n"


@pytest.mark.parametrize("kind", STAGES)
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_a_transcript_is_answered_as_written(
    file: Path, kind: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    transcript = read_transcript(file)
    async with stage_for(kind, tmp_path, pack=transcript.pack, start=transcript.start) as stage:
        await play(transcript, stage)
    assert "a choice cannot be a button" not in caplog.text


@pytest.mark.postgres
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_a_transcript_is_answered_as_written_on_postgresql(
    file: Path, tmp_path: Path, postgres_server: PostgresServer
) -> None:
    transcript = read_transcript(file)
    with postgres_server.database() as url:
        async with stage_for(
            "telegram_webhook", tmp_path, pack=transcript.pack, start=transcript.start, database=url
        ) as stage:
            await play(transcript, stage)


def test_the_twelve_ideas_are_all_there() -> None:
    assert {file.stem for file in FILES} >= TWELVE


def test_both_packs_are_spoken() -> None:
    assert {read_transcript(file).pack for file in FILES} == {"quang-binh-2021", "quang-tri-2026"}


# The runner itself


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "người dùng: chào",  # nobody answers
        HEAD + "bot: chào",  # nobody has spoken
        HEAD + "ai đó: chào\nbot: chào",
        HEAD + "người dùng: [nhảy: cao]\nbot: chào",
        HEAD + "[chờ: lâu]",
        "người dùng: chào\nbot: chào",  # no head
    ],
)
def test_a_slip_in_a_transcript_is_told(text: str) -> None:
    with pytest.raises(TranscriptError):
        parse("x", text)


@pytest.mark.parametrize(
    "told",
    [
        Told(1, PRODUCER, "Chào chị"),
        Told(1, PRODUCER, "Chào anh", ("Gửi",)),
        Told(1, PRODUCER, "Chào", never=True),
        Told(1, PRODUCER, silent=True),
    ],
    ids=["other words", "a button that is not there", "what must not be said", "words instead of silence"],
)
def test_what_does_not_come_as_written_is_told(told: Told) -> None:
    heard = {PRODUCER: [Heard("Chào\nanh", ("Sửa",))]}
    with pytest.raises(AssertionError):
        check("x", Line(1, PRODUCER, told=[told]), heard)


def test_pieces_must_come_in_their_order() -> None:
    heard = {PRODUCER: [Heard("Chào anh"), Heard("Câu 1/7")]}
    check("x", Line(1, PRODUCER, told=[Told(1, PRODUCER, "Chào"), Told(2, PRODUCER, "Câu 1/7")]), heard)
    with pytest.raises(AssertionError):
        check("x", Line(1, PRODUCER, told=[Told(1, PRODUCER, "Câu 1/7"), Told(2, PRODUCER, "Chào")]), heard)
