# ruff: noqa: F811  the fixture is imported by its name
"""A lesson attached to an invitation: chosen in the preview, opened from the invitation, taken away again."""

from tests.handlers.desk import COMMUNE, Village, words_of
from tests.handlers.taphuan.test_taphuan import (  # noqa: F401  helpers and fixtures
    TITLE,
    leave,
    office,
    only,
    planned,
    village,
)

READ = "Xem bài trước"


def to_the_preview(village: Village, kind: str) -> None:
    office(village)
    village.say("office", "/taphuan moi")
    village.tap("office", kind)
    village.tap("office", "Cả")
    for words in (TITLE, "14 giờ thứ Sáu 11/6", "Nhà văn hóa thôn Tân Định", "40"):
        village.say("office", words)


def labels(village: Village, account: str) -> list[str]:
    return [choice.label for choice in village.last(account).choices]


def first_lesson(village: Village, audience: str) -> str:
    return village.pack.topics[village.pack.lessons[audience][0]].title


def test_people_who_are_invited_open_the_lesson_from_their_invitation(village: Village) -> None:
    to_the_preview(village, "Tập huấn bà con")
    lesson = first_lesson(village, "new")
    village.tap("office", "Kèm bài học")
    shown = "\n".join(map(words_of, village.tap("office", lesson)))
    village.tap("office", "Mời")
    leave(village)

    assert f'Kèm bài "{lesson}"' in shown
    assert labels(village, "here") == ["Tôi đi được", "Không đi được", "Để sau", READ]
    assert lesson in "\n".join(map(words_of, village.tap("here", READ)))


def test_officials_get_a_lesson_of_officials(village: Village) -> None:
    village.official("here", "commune_official", COMMUNE, "Cán bộ xã")
    to_the_preview(village, "Hội đồng")
    lesson = first_lesson(village, "official")
    village.tap("office", "Kèm bài học")
    village.tap("office", lesson)
    village.tap("office", "Mời")
    leave(village)

    assert lesson in "\n".join(map(words_of, village.tap("here", READ)))


def test_a_lesson_is_taken_away_and_words_are_none(village: Village) -> None:
    to_the_preview(village, "Tập huấn bà con")
    village.tap("office", "Kèm bài học")
    village.tap("office", first_lesson(village, "new"))
    village.tap("office", "Kèm bài học")
    village.say("office", "bài gì cũng được")
    assert planned(village).lesson == ""
    village.tap("office", "Không kèm")
    village.tap("office", "Mời")
    leave(village)

    assert READ not in labels(village, "here")


def test_a_change_of_the_seats_keeps_the_lesson(village: Village) -> None:
    to_the_preview(village, "Tập huấn bà con")
    village.tap("office", "Kèm bài học")
    village.tap("office", first_lesson(village, "new"))
    village.tap("office", "Mời")
    village.say("office", f"/taphuan sua {only(village).id} 1")
    village.tap("office", "Sửa số chỗ")
    village.say("office", "30")
    village.tap("office", "Mời")
    leave(village)

    assert only(village).seats == 30
    assert READ in labels(village, "here")
