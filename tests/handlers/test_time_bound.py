"""Announcements have an end, and their day above them where they come later: on an account with a closed window."""

from pathlib import Path

import pytest

from bot.serving.configuration import Settings

from .replay import play, read_transcript
from .stages.opening import stage_for

CASES = sorted((Path(__file__).parent / "cases").glob("*.txt"))
NO_MONEY = {"yearly_dong": 0, "reserve_dong": 0}


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
async def test_a_case_ends_right_on_an_account_that_pays_for_nothing(file: Path, tmp_path: Path) -> None:
    transcript = read_transcript(file)
    async with stage_for("zalo_oa", tmp_path, pack=transcript.pack, start=transcript.start) as stage:
        kept = stage.settings.model_dump()
        stage.settings = Settings.model_validate(kept | {"zalo_oa": kept["zalo_oa"] | NO_MONEY})
        await play(transcript, stage)
