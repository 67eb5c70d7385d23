import csv
import random
import unicodedata
from datetime import date
from pathlib import Path

import pytest

from content.fold import fold
from content.places.places import Places, faults
from content.places.said import place_label

PACKS = Path(__file__).parents[3] / "content" / "packs"
BEFORE = Places.load(PACKS / "quang-binh-2021", date(2021, 6, 1))
AFTER = Places.load(PACKS / "quang-tri-2026", date(2026, 9, 15))
ROWS = list(csv.DictReader((PACKS / "quang-tri-2026" / "places.csv").read_text(encoding="utf-8").splitlines()))
SHORT = {row["name"]: row["short_name"] for row in ROWS}
COMMUNES = [
    row
    for row in ROWS
    if row["level"] == "commune" and row["province_code"] == "44" and row["valid_to"] == "2025-06-30"
]
NAMES = {row["short_name"].lower() for row in ROWS}
FOLDED = {fold(name) for name in NAMES}
EARLIER_CODES = {"19207": "19201"}  # thị trấn Quán Hàu bore another number until it took in Lương Ninh
LETTERS = "aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạấầẩẫậắằẳẵặéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵfwjz"
FORMS = (
    "{short}",
    "{kind} {short}",
    "{short} {district}",
    "{kind} {short}, {full}",
    "{full} {short}",
    "{short}, {full}, Quảng Bình",
)


def written(row, short, form):
    return form.format(short=short, kind=row["type"], district=SHORT[row["parent_name"]], full=row["parent_name"])


def codes(found):
    return {match.place.code for match in found.matches}


def wanted(places, row):
    """The codes that are right: those of 2021 may be of the units a later one was made of."""
    if places is AFTER:
        return {row["new_code"]}
    return {row["code"], EARLIER_CODES.get(row["code"], row["code"])}


def slips(name, chance, count=60):
    yield from (name[:at] + name[at + 1 :] for at in range(len(name)))
    for _ in range(count):
        at, letter = chance.randrange(len(name)), chance.choice(LETTERS)
        match chance.choice(["insert", "replace", "transpose"]):
            case "insert":
                yield name[:at] + letter + name[at:]
            case "replace":
                yield name[:at] + letter + name[at + 1 :]
            case _:
                yield name[:at] + name[at : at + 2][::-1] + name[at + 2 :]


def names_another(slip, row, *, plain):
    """A slip that is itself the name of another place cannot be told from it."""
    own = row["short_name"].lower()
    if plain:
        return fold(slip) != fold(own) and fold(slip) in FOLDED
    return (slip.lower() != own and slip.lower() in NAMES) or (
        fold(slip) == slip.lower() and fold(slip) in FOLDED - {fold(own)}
    )


def test_there_are_145_old_communes_to_be_found():
    assert len(COMMUNES) == 145


@pytest.mark.parametrize("places", [BEFORE, AFTER], ids=["2021", "2026"])
@pytest.mark.parametrize("plain", [False, True], ids=["marks", "no marks"])
@pytest.mark.parametrize("form", FORMS)
def test_every_old_commune_is_found_in_at_most_one_question(places, plain, form):
    for row in COMMUNES:
        text = written(row, row["short_name"], form)
        found = places.find(fold(text) if plain else text)

        assert codes(found) & wanted(places, row), text
        assert len(found.matches) <= 8
        assert not found.sure or len(found.matches) == 1


@pytest.mark.parametrize("places", [BEFORE, AFTER], ids=["2021", "2026"])
@pytest.mark.parametrize("district", sorted({row["parent_name"] for row in COMMUNES}))
def test_one_letter_wrong_is_never_silently_another_place(places, district):
    chance = random.Random(f"{district} {places.on}")
    for row in COMMUNES:
        if row["parent_name"] != district:
            continue
        for slip in slips(row["short_name"], chance):
            plain = chance.random() < 0.5
            if names_another(slip, row, plain=plain):
                continue
            text = written(row, slip, chance.choice(FORMS))
            found = places.find(fold(text) if plain else text)

            assert codes(found) & wanted(places, row), (row["name"], text, found.sure, codes(found))
            assert len(found.matches) <= 8


@pytest.mark.parametrize("places", [BEFORE, AFTER], ids=["2021", "2026"])
def test_a_slip_in_the_type_word_or_the_district_does_not_mislead(places):
    chance = random.Random(11)
    for row in COMMUNES:
        form = chance.choice(FORMS[3:])
        text = written(row, row["short_name"], form)
        start = text.index(row["short_name"])
        at = chance.choice([i for i in range(len(text)) if not start <= i < start + len(row["short_name"])])
        slip = text[:at] + text[at + 1 :]

        found = places.find(slip)

        assert codes(found) & wanted(places, row), (slip, codes(found))


def test_marks_and_normal_forms_and_letters_of_any_size_are_the_same_name():
    for text in (
        "Xã Hải Ninh",
        "xa hai ninh",
        "HẢI NINH",
        unicodedata.normalize("NFD", "xã Hải Ninh"),
        "x.Hai Ninh",
        "haininh",
    ):
        found = BEFORE.find(text)

        assert found.sure, text
        assert codes(found) == {"19216"}


def test_the_tone_may_stand_on_either_vowel():
    assert BEFORE.find("Xã Hoà Trạch").matches == BEFORE.find("Xã Hòa Trạch").matches


@pytest.mark.parametrize(
    "text",
    [
        "hai ninh quang ninh",
        "xã Hải Ninh, huyện Quảng Ninh, Quảng Bình",
        "Hai Ninh - QN",
        "huyện Quảng Ninh xã Hải Ninh",
        "dạ em ở xã Hải Ninh ạ",
        "thôn Tân Định, xã Hải Ninh, huyện Quảng Ninh",
        "Hải Ninh (Quảng Ninh, QB)",
        "xã Hải Ninh, huyện Quảng Ninh, tỉnh Quảng Bình, Việt Nam",
        "số 5 đường liên thôn, x. Hải Ninh, h. Quảng Ninh, t. Quảng Bình",
    ],
)
def test_a_name_is_found_in_an_address(text):
    found = BEFORE.find(text)

    assert found.sure
    assert codes(found) == {"19216"}


ASKED = {  # text: codes among which it is asked, in 2026
    "xã Minh Hóa": {"18901", "18943"},
    "Hòa Trạch": {"19033", "19111"},
    "Mỹ Thủy": {"19741", "19291"},
    "Ái Tử": {"19669", "19624"},
    "Tân Thành": {"18919", "19432"},
    "Hải Phú": {"19159", "19702"},
    "quang phu": {"18859", "19021"},
    "Phường 1": {"19333", "19360"},
    "Quảng Ninh": {"19207", "19204", "19225", "19237"},
    "Đồng Hới": {"18880", "18859", "18871"},
    "Phú Trạch": {"19021", "19159"},
}


@pytest.mark.parametrize("text", ASKED)
def test_a_name_used_twice_is_asked(text):
    found = AFTER.find(text)

    assert not found.sure
    assert codes(found) == ASKED[text]


TAKEN = {  # text: the one code, in 2026
    "Quang Phú": "18859",
    "quang phu quang trach": "19021",
    "Tân Thành, Hướng Hóa": "19432",
    "Mỹ Thủy, Lệ Thủy": "19291",
    "Hải Phú, Bố Trạch": "19159",
    "Phường 1, Đông Hà": "19333",
    "xã Quảng Ninh": "19207",
    "phường Đồng Hới": "18880",
    "Nam Trạch": "19198",
    "Việt Trung": "19198",
    "fong nha": "19138",
    "Ninh Châu": "19225",
    "Hải Ninh, Ninh Châu": "19225",
}


@pytest.mark.parametrize("text", TAKEN)
def test_marks_a_parent_or_a_type_word_tell_names_apart(text):
    found = AFTER.find(text)

    assert found.sure
    assert codes(found) == {TAKEN[text]}


def test_an_old_name_tells_through_which_place_it_was_reached():
    match = AFTER.find("xã Bảo Ninh").matches[0]

    assert (match.place.name, match.through.name) == ("Phường Đồng Hới", "Xã Bảo Ninh")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Thanh hHóa", "18958"),  # and no xã Thanh of H. Hóa
        ("Bắc Là Đồng Hới", "18859"),  # and no 'bác là …'
        ("Vân Ninh", "19225"),  # Tân Ninh with a wrong letter, Vạn Ninh with a wrong mark
        ("Yên HóaMinh Hóa", "18901"),
        ("Quảng Long, tị xã Ba Đồn", "19009"),
    ],
)
def test_a_slip_that_looks_like_another_address_keeps_the_right_one(text, code):
    assert code in codes(AFTER.find(text))


def test_the_word_old_keeps_to_what_is_gone():
    assert codes(AFTER.find("xã Hòa Trạch cũ")) == {"19111"}
    assert codes(AFTER.find("xã Hòa Trạch mới")) == {"19033"}


def test_a_parent_that_does_not_fit_is_asked():
    found = BEFORE.find("Hải Ninh, Lệ Thủy")

    assert not found.sure
    assert "19216" in codes(found)


@pytest.mark.parametrize(
    ("text", "code"),
    [("Lý Hòa", "19144"), ("võ xá", "19213"), ("làng An Xá", "19279"), ("Tân An", "19072"), ("Sơn Trạch", "19165")],
)
def test_an_alias_only_proposes(text, code):
    found = BEFORE.find(text)

    assert not found.sure
    assert code in codes(found)
    assert any(match.alias for match in found.matches)


def test_a_name_of_a_later_merger_asks_among_its_parts():
    found = BEFORE.find("xã Phù Cảnh")

    assert not found.sure
    assert codes(found) == {"19048", "19063"}


def test_a_successor_nobody_has_confirmed_is_asked():
    assert AFTER.find("Hóa Tiến").sure
    assert not AFTER.find("Hóa Phúc").sure


@pytest.mark.parametrize("text", ["", " ", "xin chào", "1", "khoai deo", "👍", "xã", "?" * 500, "a " * 400])
def test_what_names_no_place_gives_nothing(text):
    assert AFTER.find(text).matches == ()


def test_an_abolished_code_gives_its_successor_and_old_forces_the_old_one():
    assert AFTER.get("18853").code == "18880"
    assert AFTER.resolve_code("18853").through.name == "Phường Hải Thành"
    assert AFTER.get("old:18853").name == "Phường Hải Thành"
    assert AFTER.get("18880").name == "Phường Đồng Hới"
    assert AFTER.get("old:18880").name == "Phường Đức Ninh Đông"
    assert AFTER.get("99999") is None
    assert BEFORE.get("18853").name == "Phường Hải Thành"


def test_every_place_is_found_again_by_its_own_code():
    for places in (BEFORE, AFTER):
        for place in places.all():
            assert places.get(place.code) is place


def test_the_tree_has_the_counts_of_its_day():
    assert (len(BEFORE.all("district")), len(BEFORE.all("commune"))) == (8, 151)
    assert (len(AFTER.all("district")), len(AFTER.all("commune"))) == (0, 78)
    assert (BEFORE.root.name, AFTER.root.name) == ("Tỉnh Quảng Bình", "Tỉnh Quảng Trị")
    assert BEFORE.subtree(BEFORE.root.code) == {place.code for place in BEFORE.all()}


def test_the_day_decides_what_stands():
    merged = Places.load(PACKS / "quang-binh-2021", date(2025, 3, 1))

    assert len(merged.all("commune")) == 145
    assert merged.get("19048").name == "Xã Phù Cảnh"
    assert len(Places.load(PACKS / "quang-tri-2026", date(2025, 3, 1)).all("commune")) == 145 + 119


def test_a_pack_of_the_past_is_read_as_its_last_day():
    assert len(Places.load(PACKS / "quang-binh-2021", date(2026, 11, 23)).all("commune")) == 145


def test_a_place_lies_in_its_district_and_an_old_one_also_in_its_successor():
    assert BEFORE.full_name("19216") == "Xã Hải Ninh, huyện Quảng Ninh"
    assert [place.code for place in BEFORE.ancestors("19216")] == ["456", "44"]
    assert BEFORE.within("19216", "456")
    assert not BEFORE.within("19216", "457")
    assert AFTER.within("old:456", "44")
    assert not any(AFTER.within("old:456", one) for one in AFTER.get("old:456").successors), (
        "it is in none of them alone"
    )
    assert AFTER.within("old:18853", "18880")
    assert not AFTER.within("old:18853", "18859")
    assert AFTER.subtree("456") == {"19207", "19204", "19225", "19237"}


def test_buttons_tell_places_of_one_name_apart():
    labels = {place_label(AFTER, match) for match in AFTER.find("Hòa Trạch").matches}

    assert labels == {
        "Xã Hòa Trạch (gồm Quảng Châu, Quảng Tùng, Cảnh Dương cũ)",
        "Xã Hoàn Lão (gồm xã Hòa Trạch cũ, huyện Bố Trạch)",
    }


@pytest.mark.parametrize("pack", ["quang-binh-2021", "quang-tri-2026"])
def test_the_packs_are_without_fault(pack):
    assert faults(PACKS / pack) == []


BROKEN = {  # the replaced text, its replacement, and the line and word of the fault
    "a parent that is missing": (",450,Thành phố Đồng Hới,44,,", ",999,Thành phố Đồng Hới,44,,", "parent 999"),
    "an unknown successor": (",18880,Phường Đồng Hới,,", ",18881,Phường Đồng Hới,,", "successor 18881"),
    "a code twice in one time": ("commune,18856,", "commune,18853,", "code 18853 is also in line"),
    "letters that are not composed": ("Xã Bảo Ninh,", unicodedata.normalize("NFD", "Xã Bảo Ninh,"), "NFC"),
    "a day that is none": (",2025-06-30,", ",2025-06-31,", "validity"),
    "a name unlike its parts": ("Xã Bảo Ninh,Xã", "Xã Bảo Minh,Xã", "type and short_name"),
    "a comma too many": ("Xã Bảo Ninh,", "Xã, Bảo Ninh,", "columns"),
    "a heading of its own": ("era,level", "level,era", "columns are not"),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_fault_is_told_with_its_line(tmp_path, broken):
    before, after, told = BROKEN[broken]
    sound = (PACKS / "quang-tri-2026" / "places.csv").read_text(encoding="utf-8")
    line = sound[: sound.index(before)].count("\n") + 1
    (tmp_path / "places.csv").write_text(sound.replace(before, after, 1), encoding="utf-8")

    found = faults(tmp_path)

    assert any(told in fault and f"places.csv:{line}:" in fault for fault in found), found


def test_an_alias_of_an_unknown_place_is_a_fault(tmp_path):
    for name in ("places.csv", "aliases.csv"):
        (tmp_path / name).write_text((PACKS / "quang-binh-2021" / name).read_text(encoding="utf-8"), encoding="utf-8")
    with (tmp_path / "aliases.csv").open("a", encoding="utf-8") as aliases:
        aliases.write("Đâu Đó,99999,hamlet,,,\n")

    found = faults(tmp_path)

    assert len(found) == 3
    assert all("aliases.csv:35:" in fault for fault in found), found
