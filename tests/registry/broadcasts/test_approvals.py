"""The second official: when one is needed, who may be it, and that an edit voids what was said."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, func, select

from content.message import Message
from registry.broadcasts.approvals import OwnApprovalError, approvals, approvers_for
from registry.broadcasts.audiences import Wanted
from registry.broadcasts.broadcasts import Broadcast, Draft, MovedOnError, one, words_of
from registry.broadcasts.handing_in import approve, hand_in, hand_in_again, refuse
from registry.broadcasts.running import cancel_broadcast
from registry.people.roles import NotAllowedError, grant, revoke
from registry.store.rows import deliveries
from registry.store.sealing import vault_of
from tests.announced import alone
from tests.registry.town import COMMUNE, DISTRICT, NOW, OTHER_COMMUNE, OTHER_DISTRICT, PROVINCE, TODAY, Town, days

LINK = "Bà con đăng ký tại ocop.gov.vn nhé"
PLAIN = "Sáng thứ Hai họp ở nhà văn hóa"
HOLD = timedelta(minutes=5)


def draft(text: str = LINK, **more) -> Draft:
    return Draft(text, lambda number: Message(f"Thông báo {number}: {text}"), **more)


def handed(town: Town, role, text: str = LINK, place: str = COMMUNE, **more):
    return town.do(
        hand_in, pack=town.pack, role=role, wanted=Wanted(place), draft=draft(text, **more), now=NOW, tell=town.told
    )


def pending(town: Town) -> int:
    query = select(func.count()).select_from(deliveries).where(deliveries.c.kind == "broadcast")
    return town.do(lambda db: db.execute(query).scalar_one())


def approving(town: Town, made, role, people: int = 1, version: int | None = None):
    return town.do(
        approve,
        pack=town.pack,
        broadcast_id=made.id,
        version=version or made.version,
        people=people,
        role=role,
        now=NOW,
        tell=town.told,
    )


def verdicts(town: Town, made: Broadcast, version: int) -> list[tuple[str, str, str]]:
    """The officials who decided on a version, with their word and their reason."""

    def read(db: Connection) -> list[tuple[str, str, str]]:
        query = select(approvals).where(approvals.c.broadcast_id == made.id, approvals.c.version == version)
        place = f"approvals:reason:{made.id}:{version}"
        return [
            (
                row.person_id,
                row.verdict,
                vault_of(db).unseal_common(place, row.reason_sealed) if row.reason_sealed else "",
            )
            for row in db.execute(query)
        ]

    return town.do(read)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (LINK, "link"),
        ("Bà con vào ocop-gov.vn nhận quà", "elsewhere"),
        ("Gọi số 0912345678 để hỏi", "phone"),
        ("Chuyển vào 10234567890", "account"),
    ],
)
def test_what_sends_people_elsewhere_waits(town: Town, text: str, reason: str) -> None:
    author = town.official("commune_official", COMMUNE)
    town.person()

    made = handed(town, author, text)

    assert (made.state, made.reasons, made.people) == ("waiting", (reason,), 0)
    assert pending(town) == 0


@pytest.mark.parametrize(
    ("kind", "name", "reasons"),
    [("photo", "anh.jpg", ("file",)), ("document", "vao ocop.vn.pdf", ("elsewhere", "file"))],
)
def test_what_nobody_can_look_into_waits_and_its_name_is_read(
    town: Town, kind: str, name: str, reasons: tuple[str, ...]
) -> None:
    author = town.official("commune_official", COMMUNE)
    town.person()

    made = handed(town, author, PLAIN, files=({"kind": kind, "file": "f", "name": name},))

    assert (made.state, made.reasons, pending(town)) == ("waiting", reasons, 0)


def test_a_plain_one_by_day_goes_by_itself_once_it_was_held_for_those_in_charge(town: Town) -> None:
    author = town.official("commune_official", COMMUNE)
    town.person()

    made = handed(town, author, PLAIN)

    assert (made.state, made.people, made.due_at) == ("going", 1, NOW + HOLD)


def test_an_hour_within_the_hold_is_its_end_and_one_behind_it_is_kept(town: Town) -> None:
    author = town.official("commune_official", COMMUNE)
    town.person()

    soon = handed(town, author, PLAIN, at=NOW + HOLD / 2)
    later = handed(town, author, "Tin khác hẳn, chiều nay họp thôn", at=NOW + 2 * HOLD)

    assert [soon.due_at, later.due_at] == [NOW + HOLD, NOW + 2 * HOLD]


def test_what_a_second_official_let_go_leaves_at_once(town: Town) -> None:
    author, second = town.official("commune_official", COMMUNE), town.official("district_official", DISTRICT)
    town.person()

    made = approving(town, handed(town, author), second)

    assert (made.state, made.due_at) == ("going", NOW)


def test_after_so_many_in_a_day_the_next_waits_for_a_second_official(town: Town) -> None:
    town.pack = alone(town.pack, alone_a_day=2)
    author, colleague = town.official("commune_official", COMMUNE), town.official("commune_official", COMMUNE)
    town.person()
    first = handed(town, author, PLAIN)
    handed(town, author, PLAIN, at=NOW + days(3))

    assert handed(town, author, PLAIN).reasons == ("often",)
    assert handed(town, colleague, PLAIN).reasons == ()

    town.do(cancel_broadcast, broadcast_id=first.id, role=author, pack=town.pack, now=NOW)
    assert handed(town, author, PLAIN).reasons == ()


def few(town: Town, most: int) -> Town:
    town.pack = alone(town.pack, second_official_above=most)
    return town


def test_more_people_than_the_pack_says_wait_also_when_they_are_cut_into_parts(town: Town) -> None:
    few(town, 3)
    author = town.official("district_official", DISTRICT)
    for place in (COMMUNE, COMMUNE, "19210", "19210"):
        town.person(place=place)

    assert handed(town, author, PLAIN, DISTRICT).reasons == ("many",)
    assert handed(town, author, PLAIN, COMMUNE).state == "going"
    assert handed(town, author, "Một tin khác cho cùng nơi ấy", COMMUNE).state == "going"
    assert handed(town, author, PLAIN, "19210").reasons == ("many",)


def test_after_a_day_the_count_begins_again_and_an_approved_one_is_not_counted(town: Town) -> None:
    few(town, 1)
    author, second = town.official("district_official", DISTRICT), town.official("province_official", PROVINCE)
    town.person()
    town.person(place="19210")
    handed(town, author, PLAIN, COMMUNE)
    wide = handed(town, author, "Tin cho cả huyện đây", DISTRICT)
    assert approving(town, wide, second, people=2).state == "going"

    def next_day(place: str):
        wanted, now = Wanted(place), NOW + timedelta(hours=25)
        return town.do(hand_in, pack=town.pack, role=author, wanted=wanted, draft=draft(PLAIN), now=now, tell=town.told)

    assert next_day("19210").state == "going"
    assert next_day(COMMUNE).reasons == ("many",)


def test_at_night_it_waits_for_the_morning_or_for_a_second_official(town: Town) -> None:
    author = town.official("commune_official", COMMUNE)
    night = NOW + timedelta(hours=14)  # 22:00

    def at_night(**more):
        wanted = Wanted(COMMUNE)
        return town.do(
            hand_in, pack=town.pack, role=author, wanted=wanted, draft=draft(PLAIN, **more), now=night, tell=town.told
        )

    assert at_night().due_at == NOW + timedelta(hours=23)  # 07:00
    assert at_night(by_night=True).reasons == ("night",)
    assert at_night(at=night + timedelta(hours=2)).due_at == NOW + timedelta(hours=23)


def test_leave_for_the_night_is_not_had_by_day(town: Town) -> None:
    made = handed(town, town.official("commune_official", COMMUNE), PLAIN, by_night=True)

    assert (made.state, made.by_night) == ("going", False)


def test_an_edit_is_counted_in_the_place_of_what_it_replaces(town: Town) -> None:
    few(town, 1)
    author = town.official("district_official", DISTRICT)
    town.person()
    town.person(place="19210")
    made = handed(town, author, PLAIN, COMMUNE, at=NOW + days(1))

    edited = town.do(
        hand_in_again, pack=town.pack, role=author, broadcast_id=made.id, version=1,
        draft=draft(PLAIN, at=NOW + days(1)), wanted=Wanted("19210"), now=NOW, tell=town.told,
    )  # fmt: skip

    assert (edited.state, edited.people, pending(town)) == ("going", 1, 1)


def test_the_second_official_lets_it_go_to_exactly_those_shown(town: Town) -> None:
    author, second = town.official("commune_official", COMMUNE), town.official("district_official", DISTRICT)
    town.person()
    made = handed(town, author)

    gone = approving(town, made, second)

    assert (gone.state, gone.people, pending(town)) == ("going", 1, 1)
    assert verdicts(town, made, version=1) == [(second.person_id, "approved", "")]


def test_nobody_approves_their_own_under_any_of_their_roles(town: Town) -> None:
    author = town.official("commune_official", COMMUNE)
    wider = town.do(
        grant, person_id=author.person_id, role="district_official", place=DISTRICT, granted_by="operator", now=NOW
    )
    town.person()
    made = handed(town, author)

    for role in (author, wider):
        with pytest.raises(OwnApprovalError):
            approving(town, made, role)
    assert pending(town) == 0


@pytest.mark.parametrize(
    ("role", "place"),
    [
        ("commune_official", OTHER_COMMUNE),
        ("commune_official", "19210"),
        ("district_official", OTHER_DISTRICT),
        ("admin", PROVINCE),
        ("helper", COMMUNE),
    ],
)
def test_who_does_not_reach_the_whole_place_is_no_second_official(town: Town, role: str, place: str) -> None:
    author = town.official("commune_official", COMMUNE)
    town.person()
    made = handed(town, author)

    with pytest.raises(NotAllowedError):
        approving(town, made, town.official(role, place))


def test_an_official_of_the_authors_own_making_is_no_second_one(town: Town) -> None:
    author = town.official("district_official", DISTRICT)
    made_up = town.person(place=None)
    friend = town.do(
        grant, person_id=made_up, role="commune_official", place=COMMUNE, granted_by=author.person_id, now=NOW
    )
    town.person()
    made = handed(town, author)

    with pytest.raises(NotAllowedError):
        approving(town, made, friend)
    assert town.do(approvers_for, pack=town.pack, author=author.person_id, place=COMMUNE, on=TODAY) == ()


def test_the_nearest_officials_are_asked_first(town: Town) -> None:
    author = town.official("commune_official", COMMUNE)
    province, beside = town.official("province_official", PROVINCE), town.official("commune_official", COMMUNE)
    district = town.official("district_official", DISTRICT)
    town.official("commune_official", OTHER_COMMUNE)

    able = town.do(approvers_for, pack=town.pack, author=author.person_id, place=COMMUNE, on=TODAY)

    assert [one.id for one in able] == [beside.id, district.id, province.id]


def test_what_has_grown_since_it_was_shown_is_looked_at_again(town: Town) -> None:
    author, second = town.official("commune_official", COMMUNE), town.official("district_official", DISTRICT)
    town.person()
    made = handed(town, author)
    town.person()

    with pytest.raises(MovedOnError):
        approving(town, made, second, people=1)
    assert approving(town, made, second, people=2).people == 2


def test_an_edit_voids_the_approval(town: Town) -> None:
    author, second = town.official("commune_official", COMMUNE), town.official("district_official", DISTRICT)
    town.person()
    made = handed(town, author, at=NOW + days(1))
    approving(town, made, second)
    assert pending(town) == 1

    edited = town.do(
        hand_in_again, pack=town.pack, role=author, broadcast_id=made.id, version=1,
        draft=draft("Vào trang lua-dao.com nhé", at=NOW + days(1)), wanted=Wanted(COMMUNE), now=NOW, tell=town.told,
    )  # fmt: skip

    assert (edited.state, edited.version, edited.number, pending(town)) == ("waiting", 2, made.number, 0)
    assert verdicts(town, made, version=2) == []
    with pytest.raises(MovedOnError):
        approving(town, made, second, version=1)
    assert pending(town) == 0
    assert approving(town, made, second, version=2).state == "going"
    said = town.do(words_of, made.id)
    assert said is not None
    assert "lua-dao" in said.text


def test_an_edit_after_it_left_by_another_or_of_an_old_version_changes_nothing(town: Town) -> None:
    author, colleague = town.official("commune_official", COMMUNE), town.official("commune_official", COMMUNE)
    town.person()
    gone = approving(town, handed(town, author), town.official("district_official", DISTRICT))
    later = handed(town, author, PLAIN, at=NOW + days(1))

    def edit(made, role, version=1, place=COMMUNE):
        return town.do(
            hand_in_again, pack=town.pack, role=role, broadcast_id=made.id, version=version, draft=draft("Nội dung mới đây"),
            wanted=Wanted(place), now=NOW, tell=town.told,
        )  # fmt: skip

    with pytest.raises(MovedOnError):
        edit(gone, author)
    with pytest.raises(MovedOnError):
        edit(later, author, version=2)
    with pytest.raises(NotAllowedError):
        edit(later, colleague)
    with pytest.raises(NotAllowedError):
        edit(later, author, place=OTHER_COMMUNE)
    assert town.do(one, later.id) == later
    assert pending(town) == 2


def test_sent_back_with_a_reason_it_can_be_mended_and_handed_in_again(town: Town) -> None:
    author, second = town.official("commune_official", COMMUNE), town.official("district_official", DISTRICT)
    town.person()
    made = handed(town, author)

    back = town.do(refuse, pack=town.pack, broadcast_id=made.id, version=1, reason="Ghi sai ngày", role=second, now=NOW)
    with pytest.raises(MovedOnError):
        approving(town, made, second)
    again = town.do(
        hand_in_again, pack=town.pack, role=author, broadcast_id=made.id, version=1, draft=draft(PLAIN),
        wanted=Wanted(COMMUNE), now=NOW, tell=town.told,
    )  # fmt: skip

    assert back.state == "refused"
    assert verdicts(town, made, version=1) == [(second.person_id, "refused", "Ghi sai ngày")]
    assert (again.state, again.people) == ("going", 1)


def test_what_waits_from_an_official_whose_role_was_taken_is_not_let_go(town: Town) -> None:
    author, second = town.official("commune_official", COMMUNE), town.official("district_official", DISTRICT)
    town.person()
    made = handed(town, author)
    town.do(revoke, role_id=author.id, by="operator", places=town.pack.places, on=TODAY, now=NOW)

    with pytest.raises(MovedOnError):
        approving(town, made, second)
