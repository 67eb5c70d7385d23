"""
The door for messages to many, walked: every way an official's words reach many has the guards its row names.

A way without a scene fails.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from sqlalchemy import Connection, select, update

from handlers.conversation.telling import Telling
from registry.addressing.ways import WAYS, Alone, Way
from registry.applications.questions import questions
from registry.deadlines import deadlines
from registry.people.people import set_preference
from registry.store.rows import applications, gatherings, roles
from scheduler import gatherings as evening
from scheduler import reminders
from tests.handlers.desk import COMMUNE, DISTRICT, SIBLING_COMMUNE, Village, open_village, words_of
from tests.handlers.thongbao.announcing import few, row

PEOPLE = ("lai", "mai")
PLAIN, RISKY = "Buổi gặp mặt bà con xã nhà", "Đợt nộp lệ phí 200.000 đ"


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as opened:
        for account in PEOPLE:
            opened.person(account, f"Bà {account}", place=COMMUNE)
        opened.person("beside", "Bà Bên", place=SIBLING_COMMUNE)
        opened.official("office", "commune_official", COMMUNE, "UBND xã")
        opened.official("colleague", "commune_official", COMMUNE, "Công chức xã")
        opened.official("above", "district_official", DISTRICT, "Phòng Nông nghiệp huyện")
        yield opened


class Scene:
    """How an official says some words one way; `stop` is the button those in charge get."""

    stop: ClassVar[str]
    readers: ClassVar[tuple[str, ...]] = PEOPLE
    plain = PLAIN

    def say(self, village: Village, words: str) -> None:
        """Begin where nothing is said yet, and hand the words in."""
        raise NotImplementedError

    def pass_time(self, village: Village, later: timedelta = timedelta(minutes=15)) -> None:
        """Let the jobs run, now and when every delay is over."""

        def jobs(db: Connection) -> None:
            tell = Telling(village.house, db, village.now)
            evening.sweep(db, pack=village.pack, tell=tell, now=village.now)
            reminders.sweep(db, pack=village.pack, tell=tell, now=village.now)

        for _ in range(2):
            village.do(jobs)
            village.deliver()
            village.now += later

    def tap(self, village: Village, *labels: str) -> None:
        """Press the first of these buttons that is there; none of them where the words were refused."""
        for label in labels:
            if village.button("office", label) is not None:
                village.tap("office", label)
                break
        village.deliver()


class Announcement(Scene):
    stop = "Dừng gửi"

    def say(self, village: Village, words: str) -> None:
        village.say("office", "/thongbao")
        village.say("office", words)
        self.tap(village, "Gửi cho", "Gửi người duyệt")


class Correction(Scene):
    stop = "Dừng gửi"

    def say(self, village: Village, words: str) -> None:
        given = village.house
        few(village, typed_above=50, second_official_above=200)
        Announcement().say(village, "Thông báo đầu tiên có một chỗ sai.")
        self.pass_time(village)
        village.house = given
        village.press("office", f"/thongbao dinhchinh {row(village).id}")
        village.say("office", words)
        self.tap(village, "Gửi cho", "Gửi người duyệt")


class Invitation(Scene):
    stop = "Dừng mời"

    def say(self, village: Village, words: str) -> None:
        village.say("office", "/taphuan moi")
        village.tap("office", "Tập huấn bà con")
        for said in (words, "14 giờ 11/6", "Nhà văn hóa", "40"):
            village.say("office", said)
        self.tap(village, "Mời", "Gửi người duyệt")


class OtherWords(Scene):
    stop = "Dừng mời"
    readers = ("lai",)

    def say(self, village: Village, words: str) -> None:
        given = village.house
        few(village, typed_above=50, second_official_above=200)
        Invitation().say(village, "Tập huấn ghi nhãn sản phẩm")
        self.pass_time(village)
        village.tap("lai", "Tôi đi được")
        village.house = given
        made = village.do(lambda db: db.execute(select(gatherings.c.id)).scalar_one())
        village.say("office", f"/taphuan sua {made}")
        village.tap("office", "Sửa tên")
        village.say("office", words)
        self.tap(village, "Lưu")


class RoundTitle(Scene):
    stop = "Bỏ hạn này"
    plain = "Đợt thêm cho bà con xã nhà"

    def say(self, village: Village, words: str) -> None:
        for account in PEOPLE:
            person = village.person(account)
            village.do(set_preference, person_id=person, reminders=True)
            village.idea(person)
        accepted = update(applications).values(status="idea_accepted")
        village.do(lambda db: db.execute(accepted).rowcount)
        known = village.do(deadlines.open_deadlines, places=village.pack.places, place=COMMUNE, now=village.now)
        plan = next(one.id for one in known if one.spec == "plan_due")
        village.say("office", f"/hanchot them {plan}")
        village.say("office", words)
        village.say("office", "12/6")
        self.tap(village, "Đúng, ghi lại")

    def pass_time(self, village: Village, later: timedelta = timedelta(days=4)) -> None:
        """Let people be reminded of the round and then be told another day of it, which repeats its title."""
        super().pass_time(village, later)
        known = village.do(deadlines.open_deadlines, places=village.pack.places, place=COMMUNE, now=village.now)
        for one in known:
            if one.round:
                village.say("office", f"/hanchot doi {one.id}")
                village.say("office", "14/6")
                self.tap(village, "Đúng, ghi lại")
                super().pass_time(village)


class Answers(Scene):
    stop = "Dừng câu trả lời"
    readers = ("lai",)

    def say(self, village: Village, words: str) -> None:
        given = village.house
        few(village, alone_a_day=1)
        for account in ("mai", "lai"):
            village.say(account, "/lienhe")
            village.say(account, "Nhà em muốn hỏi về nhãn sản phẩm thì hỏi ai ạ")
        asked = village.do(lambda db: db.execute(select(questions.c.id).order_by(questions.c.asked_at)).scalars().all())
        for question in asked:
            village.say("office", f"/traloi {question}")
            village.say("office", words)
        village.house = given
        village.deliver()


class OfficeAnswer(Scene):
    def say(self, village: Village, words: str) -> None:
        for who in PEOPLE:
            village.say(who, "làm sân bóng chuyền ở thôn thì xin ai")
        village.say("office", "/soandap")
        village.tap("office", "Soạn")
        for said in (words, "Quy chế 3/QC-UBND ngày 05/5/2021 của UBND xã", "30/6"):
            village.say("office", said)
        village.press("office", village.last("office").choices[0].action)
        self.tap(village, "Gửi")


SCENES: dict[str, Scene] = {
    "announcement": Announcement(),
    "correction": Correction(),
    "invitation": Invitation(),
    "changed place or title": OtherWords(),
    "title of an added round": RoundTitle(),
    "answers in series": Answers(),
    "office's answer": OfficeAnswer(),
}
IN_OWN_WORDS = [way for way in WAYS if way.risky is not Alone.FIXED]
SOMETIMES_ALONE = [way for way in IN_OWN_WORDS if not way.never_alone]


def read_by(village: Village, words: str) -> set[str]:
    return {who for who in (*PEOPLE, "colleague", "beside") if words in village.all_words(who)}


def alert(village: Village, account: str, words: str) -> Any:
    """The message about these words that an official got."""
    return next((one for one in reversed(village.heard.get(account, [])) if words in one.plain), None)


def test_every_way_in_an_officials_words_has_a_scene() -> None:
    assert {way.id for way in IN_OWN_WORDS} == SCENES.keys()


@pytest.mark.parametrize("way", SOMETIMES_ALONE, ids=lambda way: way.id)
def test_sent_alone_it_waits_and_those_above_read_it_at_once(village: Village, way: Way) -> None:
    scene = SCENES[way.id]
    few(village, typed_above=50)
    scene.say(village, scene.plain)

    assert (
        read_by(village, scene.plain) <= {"mai"} if way.id == "answers in series" else not read_by(village, scene.plain)
    )
    assert alert(village, "above", scene.plain) is not None
    scene.pass_time(village)
    assert set(scene.readers) <= read_by(village, scene.plain)
    assert "beside" not in read_by(village, scene.plain)


@pytest.mark.parametrize("way", SOMETIMES_ALONE, ids=lambda way: way.id)
def test_everybody_in_charge_stops_it_within_the_delay(village: Village, way: Way) -> None:
    scene = SCENES[way.id]
    scene.say(village, scene.plain)
    button = next(one.action for one in alert(village, "above", scene.plain).choices if one.label == scene.stop)
    village.press("colleague", button)
    scene.pass_time(village)

    assert read_by(village, scene.plain) & set(PEOPLE) <= ({"mai"} if way.id == "answers in series" else set())


@pytest.mark.parametrize("way", IN_OWN_WORDS, ids=lambda way: way.id)
def test_risky_words_do_not_leave_alone(village: Village, way: Way) -> None:
    scene = SCENES[way.id]
    scene.say(village, RISKY)
    assert not read_by(village, RISKY) & set(PEOPLE)
    if way.risky is Alone.DELAYED:
        assert alert(village, "above", RISKY) is not None
        return
    scene.pass_time(village)

    assert not read_by(village, RISKY) & set(PEOPLE)
    asked = any(
        one.label in {"Xem và duyệt", "Xem để duyệt", "Xem câu trả lời"}
        for said in village.heard.get("above", [])
        for one in said.choices
    )
    assert asked is (way.risky is Alone.SECOND)


@pytest.mark.parametrize("way", ["announcement", "invitation", "answers in series"])
def test_risky_words_in_the_title_of_an_office_count_as_its_words(village: Village, way: str) -> None:
    retitled = update(roles).where(roles.c.title == "UBND xã").values(title="UBND xã, chuyển khoản 1023456789012")
    village.do(lambda db: db.execute(retitled).rowcount)
    scene = SCENES[way]
    scene.say(village, scene.plain)

    assert not read_by(village, scene.plain) & set(PEOPLE)
    if way != "answers in series":
        scene.pass_time(village)
        assert not read_by(village, scene.plain) & set(PEOPLE)


@pytest.mark.parametrize("way", [way for way in IN_OWN_WORDS if way.many is not Alone.DELAYED], ids=lambda way: way.id)
def test_words_to_too_many_do_not_leave_alone(village: Village, way: Way) -> None:
    scene = SCENES[way.id]
    few(village, second_official_above=0)
    scene.say(village, scene.plain)
    scene.pass_time(village)

    assert not read_by(village, scene.plain) & set(PEOPLE)


@pytest.mark.parametrize("way", [way for way in IN_OWN_WORDS if way.typed], ids=lambda way: way.id)
def test_to_many_their_number_is_typed(village: Village, way: Way) -> None:
    scene = SCENES[way.id]
    few(village, typed_above=0)
    scene.say(village, scene.plain)
    asked = words_of(village.last("office"))

    assert "õ số" in asked
    assert not read_by(village, scene.plain) & set(PEOPLE)
    village.say("office", "gửi đi em ơi")
    again = words_of(village.heard["office"][-1]) + words_of(village.heard["office"][-2])
    assert "Gõ đúng số người nhận" in again
    number = next(word for word in reversed(asked.split()) if word.isdecimal())
    village.say("office", number)
    village.deliver()
    scene.pass_time(village)
    assert read_by(village, scene.plain) & set(PEOPLE)
