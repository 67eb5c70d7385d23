"""Two announcements that say the same are alike, whatever they look like."""

from content.fold import ALIKE, likeness

ONE = "Sáng thứ Sáu 11/6, 8 giờ, họp ở nhà văn hóa xã, mời bà con đi đủ"


def test_marks_signs_and_letter_size_do_not_count():
    assert likeness(ONE, "SANG THU SAU 11/6 8 gio hop o nha van hoa xa!!! moi ba con di du") == 1.0


def test_a_word_or_two_changed_is_alike_still():
    assert likeness(ONE, ONE.replace("8 giờ", "9 giờ").replace("đi đủ", "đến dự")) >= ALIKE


def test_something_else_of_the_same_place_is_not():
    assert likeness(ONE, "Chiều thứ Hai phát tem cho các hộ có sản phẩm ba sao ở nhà văn hóa xã") < ALIKE


def test_no_words_are_like_nothing():
    assert likeness("", "") == likeness("!!!", ONE) == 0.0
