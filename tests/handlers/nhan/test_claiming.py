"""
An entity of the office's list reaches its person by a code an official reads out, or by number and tap.

Attacks: guessed codes, somebody else's contact, a second claimant, an official who claims for themselves.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from registry.deliveries.reaching import Foreseen
from registry.identity import claiming
from registry.imports.listed import ListedEntity, ListedProduct
from registry.imports.outcomes import Act
from registry.imports.taking import take_in
from registry.people import people, trials
from registry.people.invitations import invitations
from registry.people.roles import OPERATOR
from registry.store.audit import audit
from registry.store.rows import members, roles
from tests.handlers.desk import Village, open_village, words_of

COMMUNE, OTHER = "19225", "19207"
LISTED = "+84900000001"
ENTITY, PRODUCT = "Hợp tác xã Khoai deo Mẫu", "Khoai deo Mẫu"


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path, "quang-tri-2026") as opened:
        opened.do(
            take_in,
            pack=opened.pack,
            listed=[ListedEntity("CT-001", ENTITY, "cooperative", COMMUNE, None, "Nguyễn Thị Mẫu", LISTED)],
            products=[
                ListedProduct(
                    "SP-001",
                    "CT-001",
                    PRODUCT,
                    "food",
                    "12/GCN",
                    4,
                    date(2025, 12, 15),
                    date(2028, 12, 15),
                    end_printed=False,
                )
            ],
            now=opened.now,
        )
        opened.official("xa", "commune_official", COMMUNE, "Cán bộ OCOP xã")
        yield opened


def listed(village: Village) -> str:
    found = village.do(claiming.entity_named, "CT-001")
    assert found is not None
    return found.id


def code_of(village: Village, account: str = "xa") -> str:
    """The code as an official sees it after two presses, as it is read out."""
    village.say(account, "/duyet")
    village.tap(account, "Chưa có người nhận")
    text = words_of(village.tap(account, ENTITY)[-1])
    return text.split("**")[3] if "**" in text else text.split(": ")[1].split("\n")[0]


def owners(village: Village) -> set[str]:
    of = listed(village)
    return set(
        village.do(lambda db: db.execute(select(members.c.person_id).where(members.c.entity_id == of)).scalars().all())
    )


def heard(village: Village, account: str) -> str:
    village.deliver()
    return village.all_words(account)


def agree(village: Village, account: str, words: str = "/nhan") -> None:
    village.say(account, words)
    village.tap(account, "Đồng ý")


def claim(village: Village, account: str, code: str) -> str:
    agree(village, account)
    village.say(account, code.lower())
    return words_of(village.tap(account, "Đúng, nhận về")[0])


def test_the_person_of_a_listed_entity_takes_it_by_the_code_that_was_read_out(village: Village) -> None:
    code = code_of(village)

    assert ENTITY in claim(village, "lan", code)

    assert PRODUCT in "".join(map(words_of, village.say("lan", "/hoso")))
    status = "".join(map(words_of, village.say("lan", "/trangthai")))
    assert "4 sao, giấy số 12/GCN, cấp ngày 15/12/2025, do UBND tỉnh cấp" in status
    assert "15/12/2028" in status
    assert owners(village) == {village.person("lan")}
    assert "đã nhận" in heard(village, "xa")
    assert "Chưa có người nhận" not in "".join(map(words_of, village.say("xa", "/duyet")))


def test_a_code_opens_by_its_link_too_and_nothing_moves_before_the_yes(village: Village) -> None:
    code = code_of(village).replace(" ", "")
    village.say("lan", f"/start moi_{code}")
    before = owners(village)
    village.tap("lan", "Đồng ý")
    assert ENTITY in village.last("lan").text
    assert owners(village) == before

    village.tap("lan", "Không phải")

    assert owners(village) == before
    assert ENTITY in claim_again(village, code)


def claim_again(village: Village, code: str) -> str:
    village.say("lan", f"/nhan {code}")
    return words_of(village.tap("lan", "Đúng, nhận về")[0])


def test_a_code_works_once_for_a_day_and_the_latest_only(village: Village) -> None:
    first, second = code_of(village), code_of(village)
    agree(village, "lan")
    assert "không đúng" in words_of(village.say("lan", first)[0])
    village.now += timedelta(hours=24, seconds=1)
    assert "không đúng" in words_of(village.say("lan", second)[0])
    assert len(owners(village)) == 1
    assert village.person("lan") not in owners(village)


def test_a_code_is_stored_as_a_hash_and_its_use_is_in_the_audit(village: Village) -> None:
    code = code_of(village).replace(" ", "")
    claim(village, "lan", code)

    stored = village.do(lambda db: db.execute(select(invitations.c.code_print)).scalars().all())
    acts = village.do(lambda db: db.execute(select(audit.c.act).where(audit.c.act.like("claim.%"))).scalars().all())
    assert code not in stored
    assert {"claim.code", "claim.join"} <= set(acts)


def test_guessing_is_stopped_after_five_wrong_codes_even_for_the_right_one(village: Village) -> None:
    code = code_of(village)
    agree(village, "la")
    for number in range(5):
        village.say("la", f"ABCDE 2345{number + 2}")
    assert "nhiều lần" in words_of(village.say("la", code)[0])
    assert village.person("la") not in owners(village)

    village.now += timedelta(hours=1, seconds=1)
    village.say("la", f"/nhan {code}")
    assert ENTITY in village.last("la").text


def test_a_second_claimant_gets_nothing_and_the_owner_and_the_official_learn_of_it(village: Village) -> None:
    code = code_of(village)
    claim(village, "lan", code)

    agree(village, "la")
    assert "không đúng" in words_of(village.say("la", code)[0])

    assert owners(village) == {village.person("lan")}
    assert "Có người khác muốn nhận" in heard(village, "lan")
    assert "đã có người nhận" in heard(village, "xa")
    assert ENTITY not in village.all_words("la")


def test_an_official_makes_no_code_for_what_has_somebody(village: Village) -> None:
    code = code_of(village)
    claim(village, "lan", code)

    assert "đã có người nhận" in words_of(village.press("xa", f"/chuanhan ma {listed(village)}")[0])


def test_an_official_takes_nothing_by_their_own_code(village: Village) -> None:
    code = code_of(village)
    agree(village, "xa")
    assert "không đúng" in words_of(village.say("xa", code)[0])
    assert village.person("xa") not in owners(village)


def test_an_official_of_another_commune_sees_and_gets_nothing(village: Village) -> None:
    village.official("khac", "commune_official", OTHER)

    assert ENTITY not in "".join(map(words_of, village.say("khac", "/chuanhan")))
    assert ENTITY not in "".join(map(words_of, village.press("khac", f"/chuanhan ma {listed(village)}")))


def test_a_code_is_worth_nothing_once_its_official_has_no_role(village: Village) -> None:
    code = code_of(village)
    village.do(lambda db: db.execute(update(roles).values(revoked_at=village.now)).rowcount)
    agree(village, "lan")
    assert "không đúng" in words_of(village.say("lan", code)[0])


# --- by a number a platform vouches for, and a tap --------------------------------------------------------------------


def shared(village: Village, account: str, phone: str) -> None:
    """The person registers and shares a contact at the question for the phone."""
    village.say(account, "/dangky")
    village.tap(account, "Đồng ý")
    for words in (PRODUCT, "Đã có sao", "thực phẩm", "hợp tác xã", ENTITY):
        village.say(account, words)
    village.send(account, "contact", phone=phone)


def press_offer(village: Village, account: str) -> None:
    """Press the button of the offer, which is above the question that waits."""
    offers = [one.action for message in village.heard[account] for one in message.choices if "Nhận" in one.label]
    village.press(account, offers[-1])


def test_a_verified_number_of_the_list_is_offered_its_entity_and_an_official_decides(village: Village) -> None:
    shared(village, "lan", LISTED)
    assert ENTITY in heard(village, "lan")
    before = owners(village)

    press_offer(village, "lan")
    assert "Em đã hỏi cán bộ" in village.all_words("lan")
    assert owners(village) == before
    assert "muốn nhận" in heard(village, "xa")
    assert "0900 000 001" in village.all_words("xa")

    grants = [one.action for message in village.heard["xa"] for one in message.choices if "Giao" in one.label]
    village.foresees(Foreseen.WHEN_THEY_WRITE)
    told = words_of(village.press("xa", grants[-1])[0])

    assert "0900 000 001" in told  # the number to call, since the message waits
    assert owners(village) == {village.person("lan")}
    assert "Cán bộ đã xác nhận" in heard(village, "lan")
    again = words_of(village.press("xa", grants[-1])[0])
    assert "đã được giao" in again


def test_a_refused_claim_is_answered_and_not_offered_again(village: Village) -> None:
    shared(village, "lan", LISTED)
    press_offer(village, "lan")
    village.deliver()
    before = owners(village)

    village.tap("xa", "Không phải")

    assert owners(village) == before
    assert "không phải của" in heard(village, "lan")
    assert "không nối được" in words_of(village.press("lan", f"/nhan so {listed(village)}")[0])


def test_somebody_elses_contact_and_a_typed_number_offer_nothing(village: Village) -> None:
    shared(village, "la", "")
    village.say("la", "0900000001")

    assert f"Nhận {ENTITY}" not in str(village.heard["la"])
    assert "không nối được" in words_of(village.press("la", f"/nhan so {listed(village)}")[0])
    assert village.person("la") not in owners(village)


def test_a_listed_number_on_a_second_account_does_not_take_from_the_first(village: Village) -> None:
    claim(village, "lan", code_of(village))

    shared(village, "la", LISTED)

    assert owners(village) == {village.person("lan")}
    assert "Có người khác muốn nhận" in heard(village, "lan")
    assert "đã có người nhận" in heard(village, "xa")
    assert f"Nhận {ENTITY}" not in str(village.heard["la"])


def test_of_two_with_one_number_the_other_one_learns_that_it_is_gone(village: Village) -> None:
    for account in ("lan", "la"):
        shared(village, account, LISTED)
        press_offer(village, account)
    village.deliver()
    grants = [one.action for message in village.heard["xa"] for one in message.choices if "Giao" in one.label]

    village.press("xa", grants[0])

    assert owners(village) == {village.person("lan")}
    assert "đã có người khác nhận" in heard(village, "la")
    assert "không còn nữa" in words_of(village.press("xa", grants[-1])[0])
    assert owners(village) == {village.person("lan")}


def test_a_helper_of_the_commune_sees_and_makes_nothing(village: Village) -> None:
    village.official("giup", "helper", COMMUNE)

    for words in ("/chuanhan", f"/chuanhan ma {listed(village)}"):
        assert ENTITY not in "".join(map(words_of, village.say("giup", words)))


def test_one_official_makes_no_more_than_thirty_codes_a_day(village: Village) -> None:
    press = f"/chuanhan ma {listed(village)}"
    codes = [words_of(village.press("xa", press)[0]) for _ in range(claiming.MOST_CODES)]
    assert all("Mã của" in one for one in codes)
    assert "nhiều mã" in words_of(village.press("xa", press)[0])
    village.now += timedelta(days=1)
    assert "Mã của" in words_of(village.press("xa", press)[0])


def test_an_official_does_not_grant_their_own_claim(village: Village) -> None:
    shared(village, "xa", LISTED)
    press_offer(village, "xa")
    village.deliver()
    before = owners(village)

    village.tap("xa", "Giao cho người này")

    assert owners(village) == before
    assert "chính anh/chị" in village.all_words("xa")


# --- afterwards -------------------------------------------------------------------------------------------------------


def test_the_same_list_again_leaves_a_claimed_entity_with_its_person(village: Village) -> None:
    claim(village, "lan", code_of(village))
    village.do(people.set_name, person_id=village.person("lan"), name="Lan")

    taken = village.do(
        take_in, pack=village.pack, now=village.now, products=[],
        listed=[ListedEntity("CT-001", ENTITY, "cooperative", COMMUNE, None, "Người khác", "+84900000009")],
    )  # fmt: skip

    assert taken.counts == {("entity", Act.UNCHANGED): 1}
    known = village.do(people.person, village.person("lan"))
    assert known is not None
    assert (known.name, known.phone) == ("Lan", LISTED)


def test_an_erasure_after_claiming_makes_the_texts_of_the_list_unreadable(village: Village) -> None:
    claim(village, "lan", code_of(village))
    of = listed(village)

    village.press("lan", "/dulieu xoa chac")

    found = village.do(lambda db: claiming.entity(db, of))
    assert found is not None
    assert found.name is None


def test_an_operator_makes_a_code_too(village: Village) -> None:
    code, found = village.do(
        claiming.claim_code, pack=village.pack, entity_id=listed(village), by=OPERATOR, now=village.now
    )

    assert found.products == (PRODUCT,)
    assert ENTITY in claim(village, "lan", code)


@pytest.mark.parametrize("way", ["/nhan {0}", "/nhan {1}", "/start moi_{0}"])
def test_during_a_trial_the_code_of_an_official_lets_the_person_in(village: Village, way: str) -> None:
    village.do(trials.follow, wanted=True, now=village.now)
    code = village.do(claiming.claim_code, pack=village.pack, entity_id=listed(village), by=OPERATOR, now=village.now)[
        0
    ]

    assert "đang chạy thử" in village.say("nguoi la", "/nhan ABCDEFGHJK")[-1].plain
    village.say("chu", way.format(code, f"{code[:5].lower()} {code[5:]}"))
    assert "đang chạy thử" not in village.all_words("chu")
    village.tap("chu", "Đồng ý")
    village.tap("chu", "Đúng, nhận về")
    assert owners(village) == {village.person("chu")}


def test_words_that_are_no_code_are_no_wrong_guess(village: Village) -> None:
    """Once "tôi không có mã" counted as a guess, and five such words locked the person out for an hour."""
    agree(village, "lan")
    for words in ("ma gi", "toi khong co ma", "ABCD1234", "duoi xa", "hoi ai", "khong biet", "tinh dau tram"):
        said = words_of(village.say("lan", words)[0])
        assert "Em chưa thấy mã" in said, said

    assert ENTITY in words_of(village.say("lan", f"mã là {code_of(village).lower()}")[0])


def test_a_code_is_put_off_in_plain_words(village: Village) -> None:
    agree(village, "lan")
    assert "Khi nào có mã" in words_of(village.say("lan", "thoi")[0])
    assert village.talk("lan").topic is None


def test_an_attempt_of_somebody_without_a_name_or_number_asks_nobody_to_call_them(village: Village) -> None:
    """Once officials read "— (—) … Anh/chị gọi hỏi cả hai", with nobody to call."""
    code = code_of(village)
    claim(village, "lan", code)
    agree(village, "khac")
    village.say("khac", code)
    told = heard(village, "xa")
    assert "Một người chưa để tên và số" in told
    assert "— (—)" not in told


@pytest.mark.parametrize(("words", "told"), [("có mất tiền không", "Nguồn:"), ("đọc kỹ", "Đồng ý"), ("hả", "Đồng ý")])
def test_words_at_the_consent_before_a_claim_are_answered_as_in_the_form(
    village: Village, words: str, told: str
) -> None:
    village.say("lan", "/nhan")
    assert village.talk("lan").step == "consent"

    answers = "\n".join(map(words_of, village.say("lan", words)))

    assert told in answers
    assert village.talk("lan").step == "consent"
    village.tap("lan", "Đồng ý")
    assert village.talk("lan").step == "code"
