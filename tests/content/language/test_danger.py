"""A swindle and a bribe are heard in plain words, with and without marks; harmless uses of the same words are not."""

from pathlib import Path

import pytest

from content.fold import fold
from content.language.danger import MOST_LETTERS, ORDER, asked_about, danger_in
from content.programme.pack import PACKS
from content.programme.topics import load_phrasings

QUESTIONS = Path(__file__).parents[1] / "questions"
PROTECTOR = [
    line.split("\t") for line in Path(__file__).with_name("protector.tsv").read_text(encoding="utf-8").splitlines()[1:]
]
"""Part, kind and words: "tuned" led the rules, "heldout" measured them, "added" came from attacking them."""

SWINDLES = (
    "có công ty gọi nói lo giấy chứng nhận OCOP giá 20 triệu",
    "hỏi mật khẩu ngân hàng để nhận hỗ trợ OCOP có phải lừa không",
    "trúng thưởng OCOP 50 triệu bấm link nhận quà",
    "em nhận được tin trúng thưởng OCOP, bấm vào đường dẫn này",
    "có người gọi bảo nộp 2 triệu để được cấp sao",
    "có người đòi tiền mới cho lên sao",
    "tôi bị lừa, có người đòi 5 triệu để được sao",
    "số lạ gọi kêu chuyển 500k mới xét hồ sơ",
    "người ta bảo đóng 3 triệu thì được 4 sao",
    "ai đó mạo danh cán bộ OCOP",
    "có kẻ tự xưng cán bộ xã đòi 2 triệu",
    "có người gọi điện xưng là cán bộ tỉnh bảo chuyển khoản trước",
    "có ông nhận lo được sao giá 10 triệu",
    "gặp người bảo chạy sao giá 10 triệu",
    "lừa đảo lo được sao ocop",
    "dịch vụ bao đậu 4 sao OCOP trọn gói 20 triệu",
    "có người hỏi mã OTP của em",
    "có người gọi xin số tài khoản ngân hàng",
    "tin nhắn bảo bấm link để nhận hỗ trợ OCOP",
    "OCOP hỗ trợ hộ 5.000.000đ, truy cập http://ocop-hotro.top để nhận tiền",
    "nhận hỗ trợ 5 triệu thì bấm link bit.ly/ocop",
    "tôi chuyển 2 triệu cho người ta rồi, giờ mới biết bị lừa",
    "có số lạ nhắn yêu cầu nạp tiền để giữ suất OCOP",
    "trên facebook có người hứa nộp 15 triệu là có sao",
    "nó gọi bảo đặt cọc 1 triệu để được chấm sao",
    "nộp 2 triệu để được cấp sao phải không",
    "chúc mừng bạn trúng giải đặc biệt, nộp phí 300k để nhận",
    "có chị trên zalo kêu gửi 700 nghìn tiền làm hồ sơ cho lên sao",
    "có trang facebook giả mạo cán bộ OCOP",
    "có người bảo quét mã QR để nhận tiền hỗ trợ",
    "mua 4 sao OCOP mất bao nhiêu, có người rao",
)

BRIBES = (
    "cán bộ tỉnh nhận phong bì 5 triệu",
    "không đưa tiền thì cán bộ không duyệt",
    "cán bộ bắt tôi mua quà biếu",
    "cán bộ xã đòi tiền bồi dưỡng",
    "cán bộ đòi phong bì mới chịu ký",
    "ông cán bộ xã đòi 2 triệu mới duyệt hồ sơ",
    "chị phụ trách OCOP gợi ý đưa 5 triệu cho dễ",
    "chủ tịch xã đòi tiền",
    "bên huyện đòi 3 triệu mới chấm",
    "cán bộ bảo nộp 2 triệu để được cấp sao",
    "cán bộ xã kêu đưa 500 nghìn mới nhận hồ sơ",
    "cán bộ yêu cầu chuyển khoản 1 triệu vào tài khoản riêng",
    "phải lót tay cho cán bộ à",
    "có phải hối lộ mới được sao không",
    "họ vòi vĩnh mãi, cán bộ xã mình đó",
    "hội đồng đòi phong bì",
    "ủy ban xã bắt nộp 1 triệu mới cho đăng ký",
    "đòi tiền bồi dưỡng mới chịu ký giấy",
    "phải đưa phong bì cho xã mới xong",
    "cán bộ tỉnh gợi ý bồi dưỡng",
    "xã thu 200 nghìn mỗi hộ mới cho làm OCOP",
    "công chức xã đòi lại quả",
    "phải đút lót mới được xét",
    "cán bộ xã làm tiền dân quá",
    "bồi dưỡng cho cán bộ bao nhiêu thì được sao",
    "anh phụ trách đòi 10 phần trăm tiền hỗ trợ",
    "cán bộ nhũng nhiễu bà con, đòi tiền cà phê",
    "cán bộ bắt chi 300k mới đóng dấu",
)

HARMLESS = (
    "tôi lo giấy chứng nhận OCOP hết hạn",
    "có bên nào in bao bì gửi giá 2 triệu",
    "đưa tiền mua giống thì xã duyệt không",
    "xã tặng quà biếu Tết cho cán bộ hưu",
    "giá tiền một hũ là 35 nghìn",
    "lệ phí kiểm nghiệm bao nhiêu tiền",
    "hỗ trợ 5 triệu là thật không em",
    "được hỗ trợ bao nhiêu tiền",
    "mã hồ sơ của tôi là gì",
    "nộp hồ sơ ở đâu",
    "nộp hồ sơ có mất tiền không",
    "đổi tiền ở đâu",
    "lúa có làm OCOP được không",
    "bao bì lúa gạo in thế nào",
    "chứng chỉ ISO làm ở đâu, mất mấy triệu",
    "phải có chứng chỉ gì không",
    "giả mạo hồ sơ thì bị gì",
    "5 sao quốc gia đòi hỏi những gì",
    "hội đồng đòi hỏi giấy tờ gì",
    "đạt 3 sao có được thưởng tiền không",
    "hộp quà đẹp có được cộng điểm không",
    "cán bộ xã bảo nộp hồ sơ trước thứ Sáu",
    "cán bộ xã bảo nộp 500 nghìn lệ phí kiểm nghiệm",
    "cán bộ yêu cầu bổ sung phiếu kiểm nghiệm",
    "cán bộ gợi ý làm hộp quà Tết",
    "cán bộ xã hướng dẫn tôi vay 50 triệu làm xưởng",
    "gửi hồ sơ trong phong bì được không",
    "lớp bồi dưỡng kiến thức kinh doanh khi nào mở",
    "đi tập huấn có tiền bồi dưỡng không",
    "xã có lớp bồi dưỡng cán bộ hợp tác xã không",
    "hợp tác xã đòi tiền công",
    "doanh thu năm ngoái 200 triệu",
    "vốn 100 triệu, vay ngân hàng 50 triệu",
    "mỗi năm thu hoạch 5 tấn, thu nhập 80 triệu",
    "thương lái ép giá, trả 20 nghìn một ký",
    "em gửi link đăng ký cho bà con được không",
    "cho em xin link đăng ký nhận hỗ trợ",
    "bấm vào đâu để gửi ảnh",
    "trên facebook có trang bán hàng OCOP không",
    "bán qua zalo, facebook, mỗi tháng 10 triệu",
    "nộp 5 sản phẩm mẫu để được chấm",
    "chuyển khoản tiền kiểm nghiệm cho trung tâm ở đâu",
    "phí đăng ký nhãn hiệu 1 triệu đúng không",
    "in tem 2 triệu, bao bì 5 triệu thì nhà nước hỗ trợ mấy phần trăm",
    "chuyển hồ sơ lên tỉnh mất mấy ngày",
    "khách mua sao được",
    "máy chạy sao cho đều",
    "giá dành cho đại lý là 30 nghìn",
    "thông tin giá cả lấy ở đâu",
    "tổng số lúa thu được 3 tấn",
    "5 bao đậu phộng giá 2 triệu",
    "đồi cà phê nhà em rộng 2 sào",
    "đồi hoa hồng làm du lịch được không",
    "người ta nói làm OCOP mất tiền à",
    "hộ kinh doanh phải nộp bao nhiêu tiền thuế",
    "với tiền vốn ấy tôi mua máy sấy",
    "sửa giá 45k",
    "hồ sơ gồm những gì",
    "Nguyễn Thị Mẫu, 0912345678",
    "mắm ruốc làm theo lối xưa, không pha chế, bán 50 nghìn một chai",
    "số tài khoản hợp tác xã để nhận hỗ trợ ghi ở mục nào",
    "quên mật khẩu wifi",
    "khi nào trả tiền hỗ trợ cho bà con",
    "chủ tịch hợp tác xã là ai ký cũng được à",
    "cán bộ xã trả lời giúp em giá tiền kiểm nghiệm",
    "đổi cách xưng hô",
)


QUESTIONS_ABOUT = {
    "mã OTP là gì": "secret",
    "otp là cái gì vậy em": "secret",
    "cho em hỏi mã xác thực nghĩa là gì ạ": "secret",
    "OTP dùng để làm gì": "secret",
    "phòng chống lừa đảo thì làm sao": "swindle",
    "làm sao để tránh bị lừa đảo": "swindle",
    "cách nhận biết tin giả": "swindle",
    "lừa đảo là gì": "swindle",
    "dấu hiệu lừa đảo qua mạng": "swindle",
    "hối lộ là gì": "bribe",
    "thế nào là nhũng nhiễu": "bribe",
}
STILL_ALARMS = {
    "có người gọi hỏi mã OTP là gì": "swindle",
    "nó nhắn mã otp là gì, em đọc rồi": "swindle",
    "em vừa đọc mã otp thì làm sao": "swindle",
    "bị lừa đảo thì làm sao": "swindle",
    "tôi bị lừa đảo, cách nào lấy lại tiền": "swindle",
    "lừa đảo phải không em": "swindle",
    "cán bộ đòi lót tay là sao": "bribe",
    "phải lót tay cho cán bộ à": "bribe",
    "hối lộ cán bộ xã thì làm sao": "bribe",
    "bón lót xong cán bộ đòi phong bì": "bribe",
}
GROUND = (
    "phân bón lót tay", "bón lót bằng phân chuồng", "phân lót tay cho lạc bao nhiêu", "miếng lót tay đan bằng cói",
    "găng lót tay", "bón lót tay hay bón máy",
)  # fmt: skip


@pytest.mark.parametrize("words", [one for text in QUESTIONS_ABOUT for one in (text, fold(text), text.upper())])
def test_a_question_about_a_danger_is_no_report_of_one(words: str) -> None:
    about = {fold(text): kind for text, kind in QUESTIONS_ABOUT.items()}

    assert danger_in(words) is None
    assert asked_about(words) == about[fold(words)]


@pytest.mark.parametrize("words", [one for text in STILL_ALARMS for one in (text, fold(text), text.upper())])
def test_a_report_with_the_words_of_a_question_is_still_heard(words: str) -> None:
    alarms = {fold(text): kind for text, kind in STILL_ALARMS.items()}

    assert danger_in(words) == alarms[fold(words)]
    assert asked_about(words) is None


@pytest.mark.parametrize("words", [one for text in GROUND for one in (text, fold(text))])
def test_fertiliser_and_pads_are_no_bribe(words: str) -> None:
    assert danger_in(words) is None


def both(texts: tuple[str, ...]) -> list[str]:
    return list(dict.fromkeys(one for text in texts for one in (text, fold(text), text.upper())))


@pytest.mark.parametrize("words", both(SWINDLES))
def test_a_swindle_is_heard(words: str) -> None:
    assert danger_in(words) == "swindle"


@pytest.mark.parametrize("words", both(BRIBES))
def test_a_bribe_is_heard(words: str) -> None:
    assert danger_in(words) == "bribe"


@pytest.mark.parametrize("words", both(HARMLESS))
def test_harmless_words_are_no_danger(words: str) -> None:
    assert danger_in(words) is None


def test_every_sentence_of_the_protector_gets_its_kind_with_and_without_marks() -> None:
    wrong = {
        (kind, said): danger_in(said)
        for _, kind, words in PROTECTOR
        for said in (words, fold(words), words.upper())
        if (danger_in(said) or "harmless") != kind
    }

    assert wrong == {}


def test_the_protector_has_sixty_dangers_half_without_marks_and_twice_as_many_harmless_sentences() -> None:
    first = [(kind, words) for part, kind, words in PROTECTOR if part != "added"]
    dangers = [words for kind, words in first if kind != "harmless"]

    assert (len(dangers), len(first) - len(dangers)) == (60, 120)
    assert sum(words.isascii() for words in dangers) == 30
    assert {kind for kind, _ in first} == {*ORDER, "harmless"}


def test_the_tables_are_long_enough_to_mean_something() -> None:
    assert min(len(SWINDLES), len(BRIBES)) >= 20
    assert len(HARMLESS) >= 40


REPORTS = ("lừa", "đòi tiền", "chạy sao", "lo được sao", "gọi bảo đóng 3 triệu")
"""Words of those practice questions that are reports indeed."""


@pytest.mark.parametrize("marked", [True, False], ids=["with marks", "without"])
def test_no_practice_question_of_a_topic_is_taken_for_danger_unless_it_is_one(marked: bool) -> None:
    files = [*PACKS.glob("*/phrasings.tsv"), *QUESTIONS.glob("*.tsv")]
    asked = {question for file in files for question, topic in load_phrasings(file)}

    heard = {one for one in asked if danger_in(one if marked else fold(one))}

    assert len(asked) > 2500
    assert {one for one in heard if not any(fold(word) in fold(one) for word in REPORTS)} == set()


@pytest.mark.parametrize("words", ["", "?", "0912345678", "…" * 50, "đòi", "tiền", "cán bộ", "link"])
def test_a_single_word_is_no_danger(words: str) -> None:
    assert danger_in(words) is None


def test_the_words_are_found_in_a_long_message_up_to_a_limit() -> None:
    long = "Kính gửi bà con. " * 20
    assert danger_in(f"{long} {SWINDLES[0]}") == "swindle"
    assert danger_in("a " * MOST_LETTERS + SWINDLES[0]) is None


def test_words_far_apart_are_not_put_together() -> None:
    story = "Có người hỏi mua từ năm 2019. " + "Nhà em làm mắm ngon. " * 8 + "Em đóng chai bán 50 nghìn."
    assert danger_in(story) is None
