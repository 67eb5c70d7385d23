"""A skipped question is not asked again on the way; one that was answered after all is skipped no more."""

from tests.handlers.form.filling import TO_THE_END, WHO, answers, begun, say_all


def test_a_skipped_question_is_not_asked_again_on_the_way(tmp_path):
    with begun(tmp_path) as there:
        say_all(there, *TO_THE_END, "Bổ sung thêm")
        asked = []
        for _ in range(3):
            asked.append(there.talk(WHO).step)
            say_all(there, "/boqua")

        assert len(set(asked)) == 3
        assert there.talk(WHO).step not in asked


def test_a_skipped_question_that_was_answered_and_fell_away_is_asked_when_it_comes_back(tmp_path):
    with begun(tmp_path) as there:
        say_all(there, *TO_THE_END, "/sua entity_kind", "doanh nghiệp")
        there.tap(WHO, "Bổ sung thêm")
        while there.talk(WHO).step != "tax_code":
            say_all(there, "/boqua")
        say_all(there, "/boqua", "/quaylai", "3199999997")
        assert answers(there)["tax_code"] == "3199999997"
        say_all(there, "sửa loại hình: hộ gia đình", "đúng")
        assert "tax_code" not in answers(there)

        say_all(there, "sửa loại hình: doanh nghiệp", "đúng")

        assert there.talk(WHO).step == "tax_code"
