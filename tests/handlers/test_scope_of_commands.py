"""
Other people's ids in everybody's hands: typed after every command, in every button, mutated and forwarded.

No text of others is shown (their canary words are searched in every reply) and none of their rows changes.
"""

import itertools
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select

from content.message import Message
from handlers.conversation.telling import stamp
from handlers.rooms import COMMANDS
from registry.answers.answers import Written, approve, hand_in
from registry.answers.unanswered import note_unanswered, unanswered_in
from registry.applications import assisted, files, questions
from registry.applications.applications import Application
from registry.applications.drafts import draft as draft_of
from registry.applications.drafts import open_draft, open_drafts
from registry.applications.entities import add_member
from registry.deadlines import deadlines, papers
from registry.deadlines.occurrences import occurrences
from registry.gatherings.gatherings import Planned
from registry.listening import enclosures
from registry.people import roles
from registry.people.roles import OPERATOR
from registry.people.stories import keep_story
from registry.store.codes import tidy_code
from registry.store.rows import broadcasts as broadcast_rows
from tests.announced import announced, gathered
from tests.handlers.desk import (
    CHANNEL,
    COMMUNE,
    DISTRICT,
    OTHER_COMMUNE,
    OTHER_DISTRICT,
    PROVINCE,
    Village,
    open_village,
    words_of,
)

NAME, PHONE, WORDS = "Phan Thị Kín", "+84987000321", "xyzzybaothanh"
CANARIES = (NAME, "Kín", PHONE, "987000321", "0987 000 321", WORDS)
ROLES = ("guest", "producer", "helper", "commune_official", "district_official", "admin", "revoked", "expired")
"""Those who have no business in the other district; the province's official has."""


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as opened:
        yield opened


@dataclass
class Victim:
    """Somebody in the other district, with everything a person can have here."""

    person: str
    application: Application
    ids: dict[str, str] = field(default_factory=dict)
    watched: set[str] = field(default_factory=set)


def victim_of(village: Village) -> Victim:
    person = village.person("victim", NAME, place=OTHER_COMMUNE, phone=PHONE)
    village.say("victim", "/menu")
    application = village.idea(
        person, OTHER_COMMUNE, product_name=f"Nước mắm {WORDS}", entity_name=NAME, phone=PHONE, story=f"Chuyện {WORDS}"
    )
    draft = village.do(open_draft, person_id=person, form="idea", now=village.now, answers={"product_name": WORDS})
    dropped = village.do(open_draft, person_id=person, form="idea", now=village.now, answers={"product_name": WORDS})
    question, _ = village.do(
        questions.ask, pack=village.pack, person_id=person, place=OTHER_COMMUNE, text=WORDS, now=village.now,
        tell=lambda *_: Message("?"),
    )  # fmt: skip
    official = village.official("elsewhere", "district_official", OTHER_DISTRICT, f"Cán bộ {WORDS}")
    sent = village.do(
        announced, pack=village.pack, role=official, place=OTHER_DISTRICT, now=village.now,
        say=lambda number: Message(f"Bản tin {number} {WORDS}"), due_at=village.now + timedelta(days=20),
    )  # fmt: skip
    deadline = village.do(deadlines.open_deadlines, places=village.pack.places, place=None, now=village.now)[0]
    village.do(
        lambda db: db.execute(
            insert(occurrences).values(
                id="occurrencecanary", deadline_id=deadline.id, rule="14", subject=f"a:{application.id}",
                person_id=person, due_at=village.now + timedelta(days=3), state="planned",
            )
        )
    )  # fmt: skip
    file = village.do(
        files.want, person_id=person, channel=CHANNEL, ref="r", mime="image/jpeg", size=9, name=f"{WORDS}.jpg",
        now=village.now, application_id=application.id,
    )  # fmt: skip
    voice = village.do(
        files.want, person_id=person, channel=CHANNEL, ref="v", mime="audio/ogg", size=9, name=f"{WORDS}.ogg",
        now=village.now,
    )  # fmt: skip
    enclosed, _ = village.do(
        enclosures.enclose, pack=village.pack, draft=draft, field="story", kind="voice", place=OTHER_COMMUNE,
        now=village.now, tell=lambda *_: Message("?"), file_id=voice.id,
    )  # fmt: skip
    story = village.do(keep_story, person_id=person, text=WORDS, now=village.now)
    gathering = village.do(
        gathered, pack=village.pack, role=official, now=village.now,
        planned=Planned("producers", OTHER_DISTRICT, f"Tập huấn {WORDS}", WORDS, village.now + timedelta(days=9), 5),
    )  # fmt: skip
    entered = village.do(open_draft, person_id=official.person_id, form="idea", now=village.now)
    entry = village.do(
        assisted.enter, pack=village.pack, role=official, draft_key=entered.key, consent_version="v", now=village.now,
        answers={"product_name": WORDS, "phone": PHONE, "place": OTHER_COMMUNE, "entity_name": NAME},
        tell=lambda *_: Message("?"),
    )  # fmt: skip
    lost, answer = answered_in(village, OTHER_COMMUNE, official)
    said = village.do(
        papers.say_handed_in, pack=village.pack, person_id=person, deadline=deadline, application_id=application.id,
        now=village.now, tell=lambda *_: Message("?"),
    )  # fmt: skip
    assert said is not None
    paper, _ = said
    village.deliver()
    ids = {
        "enclosed": enclosed.id, "story": story, "gathering": gathering.id, "entry": entry.id, "paper": paper.id, "lost": lost, "answer": answer,
        "code": application.code, "application": application.id, "draft": draft.key, "dropped": dropped.key,
        "question": question.id, "broadcast": sent.id, "number": sent.number, "occurrence": "occurrencecanary",
        "entity": application.entity_id, "person": person, "file": file.id, "role": official.id,
        "deadline": deadline.id, "field": "story", "account": "victim", "item": village.pack.programme.kind("new").items[0].id,
    }  # fmt: skip
    watched = {person, application.id, application.entity_id, draft.key, dropped.key, question.id, sent.id, file.id}
    watched |= {"occurrencecanary", official.id, official.person_id, gathering.id, entry.id, paper.id, lost, answer}
    watched |= {enclosed.id, voice.id, story}
    return Victim(person, application, ids, watched)


def answered_in(village: Village, place: str, author: roles.Role) -> tuple[str, str]:
    """An open question of a place, and a published answer of its office to another one."""
    above = village.official("above", "province_official", PROVINCE)

    def make(db: Connection) -> tuple[str, str]:
        on, known = village.now.date(), {"places": village.pack.places, "on": village.now.date()}
        note_unanswered(db, text="Nuôi lươn trong bể", place=place, now=village.now)
        first = unanswered_in(db, role=author, **known)[0]
        written = Written(f"Nuôi lươn {WORDS}", f"Dạ {WORDS}", f"Thông báo {WORDS}", on + timedelta(days=99), place)
        made = hand_in(db, pack=village.pack, role=author, unanswered_id=first.id, written=written, now=village.now)
        approve(db, pack=village.pack, role=above, answer_id=made.id, now=village.now)
        note_unanswered(db, text="Trồng sâm dưới tán rừng", place=place, now=village.now)
        return unanswered_in(db, role=author, **known)[0].id, made.id

    return village.do(make)


def actor_of(village: Village, role: str) -> str:
    """Somebody of the first district who plays this part; their account."""
    person = village.person("actor", "Người thử", place=COMMUNE)
    if role in {"producer", "helper"}:
        owner = person if role == "producer" else village.person("owner", "Chủ hộ", place=COMMUNE)
        mine = village.idea(owner, COMMUNE)
        if role == "helper":
            village.do(add_member, entity_id=mine.entity_id, person_id=person, part="helper", now=village.now)
            village.official("actor", "helper", COMMUNE)
    elif role != "guest":
        given = {"revoked": "district_official", "expired": "district_official"}.get(role, role)
        place = {"commune_official": COMMUNE, "district_official": DISTRICT, "admin": PROVINCE}[given]
        until = village.now.date() - timedelta(days=1) if role == "expired" else None
        held = village.official("actor", given, place, until=until)
        if role == "revoked":
            village.do(
                roles.revoke, role_id=held.id, by=OPERATOR, places=village.pack.places, on=village.now.date(),
                now=village.now,
            )  # fmt: skip
    village.deliver()
    return "actor"


ANY_ID = ("{code}", "{application}", "{draft}", "{question}", "{broadcast}", "{occurrence}", "{entity}", "{person}")
CRAFTED: dict[str, tuple[str, ...]] = {
    "start": (
        "moi_{code}", "moi_{entity}", "moi_{draft}", "cb_{role}", "cb_{person}", "lk_{person}", "xa_{person}", "{person}",
    ),
    "tencanbo": (*ANY_ID, "sua chucdanh {role}"),
    "capquyen": (
        *ANY_ID, "xem {role}", "giahan {role} 2022-06-01", "thoi {role}", "thoihan {role}", "moi {role}", "trang 2",
    ),
    "nghiphep": (*ANY_ID, "moi {role}", "thoi {role}", "khong {role}"),
    "menu": ANY_ID,
    "trogiup": ANY_ID,
    "gioithieu": ("{code}", "{draft}", "{person} 1"),
    "hoi": ANY_ID,
    "dangky": ("giong {code}", "giong {application}", "moi {draft}", "{draft}"),
    "tieptuc": ("{draft}", "{dropped}", "{code}", "{application}", "{person}"),
    "gui": ("{draft}", "{dropped}", "{code}"),
    "bosung": ("{code}", "{application}", "{draft}"),
    "bophieu": ("{draft}", "lai {draft}", "lai {dropped}", "{dropped}", "{code}"),
    "sua": ("{code}", "{code} {field}", "{code} 1", "{draft} 1", "{application} 1", "1"),
    "phieu": ("{code}", "{application}"),
    "boqua": ANY_ID,
    "quaylai": ANY_ID,
    "huy": ANY_ID,
    "trangthai": ("{code}", "{application}", "{draft}"),
    "hoso": ANY_ID,
    "xem": ("{code}", "{application}", "{file}"),
    "ruthoso": ("{code}", "{code} chac", "{application} chac"),
    "nhan": ("{entity}", "so {entity}", "giong {draft} {application}", "{code}", "{person}"),
    "chuanhan": ("ma {entity}", "giao {entity}", "tuchoi {entity}", "giao {person}", "ma {person}", ""),
    "moinguoi": ("{entity}", "{person}", "{code}"),
    "vieccanlam": ("{code}", "{code} {item}", "{code} {item} co", "{code} {item} giup", "{application} {item} co"),
    "cangiup": ANY_ID,
    "nhacviec": (
        "xong {occurrence}", "thoi {occurrence}", "mai {occurrence}", "hoan 3 {occurrence}", "xong {deadline}",
        "giay {occurrence}", "giaylai {paper}", "giay {application}",
        "ics", "ics {person}", "{person}",
    ),
    "lienhe": ("{person}", "{question}", "doi", "chuyen {story}"),
    "giay": ("{paper}", "{paper} 1 nhan", "{paper} 1 chua", "{application} 1 nhan", "{person}", ""),
    "traloi": ("{question}", "{person}", "{code}"),
    "cauhoi": ("{question}", ""),
    "dulieu": ("{person}", "banghi", "banghi {person}", "rut chac {person}", "xoa chac {person}", "xoa {person}"),
    "ngonngu": ("{person}",),
    "xungho": ("{person}",),
    "tamdung": ("{person}",),
    "dung": ("{person}",),
    "nhantin": ("{person}",),
    "duyet": ("{code}", "{application}", "{draft}", "", "tai {code}"),
    "quyet": (
        "{code} 1 accept", "{code} 1 return", "{code} 1 decline", "{code} 1 withdraw", "{code} 1 escalate",
        "{application} 1 accept", "{code} 2 accept", "{code} x accept", "{code}",
    ),
    "thongbao": (
        "so {broadcast}", "dung {broadcast}", "xem", "so {number}", "dung {number}", "{broadcast}", "tamdung {broadcast}",
        "tieptuc {broadcast}", "guilai {broadcast}", "guilai {broadcast} kenhkhac", "guilai {broadcast} nghi",
        "dinhchinh {broadcast}", "chep {broadcast}", "nhan {broadcast}", "sua {broadcast}", "xemduyet {broadcast}",
        "duyet {broadcast} 1 1", "tuchoi {broadcast} 1", "duyet {number} 1 1",
    ),
    "hanchot": (
        "xem {deadline}", "doi {deadline}", "rieng {deadline}", "them {deadline}", "tralai {deadline} 2021-06-20",
        "bo {deadline}", "xem {occurrence}", "doi {draft}",
    ),
    "kiemtra": ("{number}", "{broadcast}", "{person}"),
    "lienket": ("{person}", "{code}", "{account}"),
    "bolienket": ("{person}", "{account}", "test", "{code}"),
    "taphuan": (
        "xem {gathering}", "sua {gathering}", "sua {gathering} 1", "giulai {gathering} 1",
        "dung {gathering} 1", "huy {gathering} 1 chac", "co {gathering} {person} 1", "tai {gathering}",
        "xemduyet {gathering}", "duyet {gathering} 1", "tuchoi {gathering} 1",
    ),
    "thamdu": ("{gathering} di", "{person} khong"),
    "lamho": ("xem {entry}", "ma {entry}", "in {entry}", "giay {entry}", "giao {entry}", "bo {entry} chac"),
    "xacnhan": ("{entry}", "xem {entry}", "khong {entry}", "ma {code}"),
    "soandap": (
        "{lost}", "bo {lost}", "xem {answer}", "duyet {answer}", "tuchoi {answer}", "thuhoi {answer}",
        "thuhoi {answer} chac", "{question}", "",
    ),
    "giaidap": ("{answer}", "{lost}", "{question}"),
    "dahieu": ("{broadcast}", "{number}", "{person}"),
    "goloi": ("{enclosed}", "{file}", "{person}", ""),
    "loinoi": ("{enclosed} dung", "{enclosed} sai", "{file} dung"),
    "nghe": ("{file}", "{enclosed}", "{person}"),
    "thuam": ("{enclosed}", "{file} xoa", "{person}"),
    "tuychon": ("{person}",),
    "yla": ("{question} 0", "{lost} 0", "{person} 0"),
}  # fmt: skip


def test_every_command_has_its_crafted_words() -> None:
    assert {command.name for command in COMMANDS} == set(CRAFTED)


def quiet(village: Village, account: str, before: int) -> None:
    """No text of others is in the new replies, nor in their attachments."""
    for message in village.heard[account][before:]:
        words = words_of(message)
        found = [canary for canary in CANARIES if canary in words]
        assert not found, words
        assert not [file for file in message.attachments if file.file.split(":")[1] != village.person(account)], words


@pytest.mark.parametrize("role", ROLES)
def test_crafted_ids_behind_every_command_show_and_change_nothing_of_others(village: Village, role: str) -> None:
    victim = victim_of(village)
    account = actor_of(village, role)
    kept = village.rows_with(victim.watched)
    told = len(village.heard["victim"])
    for command, templates in CRAFTED.items():
        if (role, command) == ("admin", "capquyen"):
            continue  # an administrator has business with every role
        for template in dict.fromkeys(templates):
            words = f"/{command} {template.format(**victim.ids)}".strip()
            if len(words.encode()) > 60 and "dulieu" not in words:
                continue
            before = len(village.heard.get(account, ()))
            village.press(account, words)
            typed = village.say(account, words)
            assert typed or command == "thongbao", words
            quiet(village, account, before)
            # the next question is answered too: it must not have accepted the id
            village.say(account, "1: điều cần sửa của người khác")
            quiet(village, account, before)
            village.say(account, "/huy")
        assert village.rows_with(victim.watched) == kept, command
    assert len(village.heard["victim"]) == told


@pytest.mark.parametrize("role", ["guest", "producer", "helper", "revoked", "expired"])
def test_the_commands_of_officials_are_as_if_they_were_not_there_or_do_nothing(village: Village, role: str) -> None:
    victim_of(village)
    account = actor_of(village, role)
    before = village.do(lambda db: db.execute(select(broadcast_rows.c.id)).scalars().all())
    for command in COMMANDS:
        if command.official:
            for way in (village.say, village.press):
                replies = way(account, f"/{command.name}")
                quiet(village, account, len(village.heard[account]) - len(replies))
            village.say(account, "Mời bà con đi họp lúc 8 giờ sáng mai tại huyện")
            village.say(account, "/huy")
    assert village.do(lambda db: db.execute(select(broadcast_rows.c.id)).scalars().all()) == before


def test_codes_that_are_guessed_answer_as_those_that_never_were(village: Village) -> None:
    victim = victim_of(village)
    account = actor_of(village, "producer")
    never = "YT-2021-000999-" + next(
        letter for letter in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" if tidy_code(f"YT-2021-000999-{letter}") is not None
    )
    for command in ("trangthai", "xem", "phieu", "sua", "bosung", "ruthoso", "vieccanlam", "duyet"):
        real = [words_of(one) for one in village.say(account, f"/{command} {victim.application.code}")]
        made_up = [words_of(one) for one in village.say(account, f"/{command} {never}")]
        assert [text.replace(victim.application.code, never) for text in real] == made_up, command


# --- buttons that were forwarded, kept too long, or changed -----------------------------------------------------------


def lived_in(village: Village) -> dict[str, list[str]]:
    """A whole day of a producer, a helper-to-be and an official; every button either was shown."""
    village.official("office", "district_official", DISTRICT, "Cán bộ huyện")
    village.say("maker", "/start")
    application = village.register(
        "maker", f"khoai {WORDS}", "sp moi", "thuc pham", "ho gia dinh", NAME, "0987000321", "hai ninh"
    )
    for words in ("/hoso", "/nhacviec", f"/trangthai {application.code}", f"/vieccanlam {application.code}", "/dulieu",
                  "/dulieu xoa", "/dulieu rut", f"/ruthoso {application.code}", f"/xem {application.code}"):  # fmt: skip
        village.say("maker", words)
    item = village.pack.programme.kind("new").items[0].id
    village.say("maker", f"/vieccanlam {application.code} {item}")
    village.say("maker", "/lienhe")
    village.say("maker", f"{WORDS} bao bì mua ở đâu?")
    village.say("maker", "/dangky moi")
    village.say("maker", f"mật ong {WORDS}")
    village.say("maker", "/huy")
    village.say("maker", "/hoso")
    for words in ("/duyet", f"/duyet {application.code}", "/cauhoi", "/thongbao"):
        village.say("office", words)
    village.tap("office", "Cả")
    village.say("office", f"Mai họp ở huyện {WORDS}, mời bà con")
    village.tap("office", "Gửi cho")
    village.say("office", "/thongbao xem")
    village.say("office", f"/quyet {application.code} {application.version} return")
    village.say("office", f"1: {WORDS} ghi rõ hơn")
    return {
        account: list(dict.fromkeys(choice.action for message in village.heard[account] for choice in message.choices))
        for account in ("maker", "office")
    }


def everything_of_the_maker(village: Village) -> set[str]:
    maker = village.person("maker")
    ids = {maker, village.person("office")}
    for rows in village.rows_with({maker}).values():
        ids |= {value for row in rows for value in row if isinstance(value, str) and len(value) == 16}
    return ids


@pytest.mark.parametrize("role", ["guest", "producer", "commune_elsewhere", "district_elsewhere"])
def test_buttons_forwarded_to_somebody_else_do_and_show_nothing(village: Village, role: str) -> None:
    offered = lived_in(village)
    village.person("thief", "Kẻ lạ", place=OTHER_COMMUNE)
    if role == "producer":
        village.idea(village.person("thief"), OTHER_COMMUNE)
    if role == "commune_elsewhere":
        village.official("thief", "commune_official", OTHER_COMMUNE)
    if role == "district_elsewhere":
        village.official("thief", "district_official", OTHER_DISTRICT)
    village.say("thief", "/menu")
    watched = everything_of_the_maker(village)
    kept = village.rows_with(watched)
    assert len(offered["maker"]) > 30
    assert len(offered["office"]) > 10
    for action in (*offered["maker"], *offered["office"]):
        before = len(village.heard["thief"])
        village.press("thief", action)
        village.say("thief", action)
        quiet(village, "thief", before)
        assert village.rows_with(watched) == kept, action
        village.say("thief", "/huy")


def mutations(action: str, lots: random.Random) -> Iterator[str]:
    """The same action as a changed client would send it: other ids, cut, doubled, odd letters, other verbs."""
    yield action[:-1]
    yield action + lots.choice("aZ9-_ \u0663²é")
    yield action.upper()
    yield action.replace(" ", "  ")
    yield action.replace("/", "=", 1) if action.startswith("/") else action.replace("=", "/", 1)
    token = re.search(r"[A-Za-z0-9_-]{6,}(?!.*[A-Za-z0-9_-]{6,})", action)
    if token:
        letters = list(token[0])
        letters[lots.randrange(len(letters))] = lots.choice("abcXYZ0129_-")
        yield action[: token.start()] + "".join(letters) + action[token.end() :]
        yield action[: token.start()] + token[0][::-1] + action[token.end() :]
    yield re.sub(r"\d+", lambda found: str(int(found[0]) + 1), action)
    yield re.sub(r"\d+", "9" * 40, action)


def test_mutated_buttons_are_answered_and_touch_nobody_else(village: Village) -> None:
    offered = lived_in(village)
    thief = village.person("thief", "Kẻ lạ", place=OTHER_COMMUNE)
    village.idea(thief, OTHER_COMMUNE)
    village.say("thief", "/menu")
    watched = everything_of_the_maker(village)
    kept = village.rows_with(watched)
    lots = random.Random(20210601)
    for action in (*offered["maker"], *offered["office"]):
        for changed in dict.fromkeys(mutations(action, lots)):
            before = len(village.heard["thief"])
            replies = village.press("thief", changed[:64])
            assert replies or changed.startswith("/dulieu"), changed
            quiet(village, "thief", before)
    assert village.rows_with(watched) == kept


def test_the_owner_may_press_every_old_button_again_without_harm(village: Village) -> None:
    offered = lived_in(village)
    harmless = [one for one in offered["maker"] if "chac" not in one and not one.startswith("/gui")]
    for action in harmless:
        assert village.press("maker", action), action


# --- values no button has ---------------------------------------------------------------------------------------------

LISTS = {"photos", "choices", "location"}
VALUES = (
    "", "_same", "_enough", "_stop", "_yes", "_no", "_none", "_pick0", "_pick99", "_pick²", "_fill", "_more", "_mend",
    "send", "send0", "clear", "edit", "agree", "no", "yes", DISTRICT, PROVINCE, OTHER_COMMUNE, "<b>", "{you}", "-1",
    "household", "null", "[]", "9" * 50,
)  # fmt: skip


def test_values_no_button_has_never_fail_a_turn_nor_spoil_a_form(village: Village) -> None:
    village.say("maker", "/dangky")
    village.tap("maker", "Đồng ý")
    person = village.person("maker")
    form = village.pack.forms["idea"]
    draft = village.do(open_drafts, person_id=person)[0]
    for one in form.fields:
        for value in ("_enough", "_same", "_yes", "_pick9", DISTRICT, "<b>", "[]"):
            village.say("maker", f"/sua {one.id}")
            assert village.press("maker", f"={stamp(village.talk('maker').version)}:{value}"), (one.id, value)
            kept = village.do(draft_of, key=draft.key, person_id=person)
            assert kept is not None
            answer = kept.answers.get(one.id)
            assert answer is None or isinstance(answer, list) == (one.type in LISTS), (one.id, answer)
    assert village.say("maker", "/sua")


def test_values_no_button_has_decide_and_send_nothing(village: Village) -> None:
    victim = victim_of(village)
    village.official("office", "district_official", OTHER_DISTRICT, "Cán bộ huyện")
    code, version = victim.application.code, victim.application.version
    begun = len(village.do(lambda db: db.execute(select(broadcast_rows.c.id)).scalars().all()))
    for start, step in itertools.product(
        (f"/quyet {code} {version} return", f"/quyet {code} {version} decline", "/thongbao"), VALUES
    ):
        village.say("office", start)
        talk = village.talk("office")
        assert village.press("office", f"={stamp(talk.version)}:{step}"), (start, step)
        village.say("office", "/huy")
    assert village.fresh(victim.application).version == version
    assert len(village.do(lambda db: db.execute(select(broadcast_rows.c.id)).scalars().all())) == begun


# --- groups -----------------------------------------------------------------------------------------------------------


def test_in_a_group_every_command_gives_one_fixed_line_and_nothing_personal(village: Village) -> None:
    victim = victim_of(village)
    village.official("victim", "province_official", PROVINCE)
    village.say("victim", "/menu")
    kept = village.rows_with(victim.watched)
    lines = set()
    for command, templates in CRAFTED.items():
        for template in ("", *templates):
            words = f"/{command} {template.format(**victim.ids)}".strip()
            lines |= {words_of(one) for one in village.say("victim", words, private=False)}
            assert village.press("victim", words, private=False) == []
    assert len(lines) == 1
    assert village.rows_with(victim.watched) == kept


@pytest.mark.parametrize("kind", ["text", "photo", "document", "voice", "sticker", "contact", "location", "other"])
def test_in_a_group_nothing_else_is_answered(village: Village, kind: str) -> None:
    village.person("group")
    assert village.send("group", kind, text="đăng ký", private=False) == []
