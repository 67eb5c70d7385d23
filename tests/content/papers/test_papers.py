import asyncio
import unicodedata
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from shutil import copytree
from zipfile import ZipFile

import pytest
import segno
import typst

from content.papers import papers
from content.papers.papers import (
    Paper,
    PaperError,
    PaperField,
    PaperSection,
    Poster,
    paper_docx,
    paper_pdf,
    paper_png,
    poster_pdf,
    poster_png,
)
from content.papers.typeface import FONTS, breakable, letters, printable
from tests.content.papers.printed import docx_text, pdf_pages, png_dots

PACKS = Path(papers.__file__).parents[1] / "packs"
FOLDERS = {name: PACKS / name / "papers" for name in ("quang-binh-2021", "quang-tri-2026")}
OLD = FOLDERS["quang-binh-2021"]
REMINDER = "Phiếu này ghi ý tưởng; chưa phải hồ sơ đánh giá và chưa được công nhận sao."
NFC_LETTERS = {
    unicodedata.normalize("NFC", base + tone)
    for base in "aăâeêioôơuưy"
    for tone in ("", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323")
} | set("bcdđghklmnpqrstvxfjwz")
ALPHABET = "".join(sorted(NFC_LETTERS | {letter.upper() for letter in NFC_LETTERS}))

IDEA = Paper(
    template="idea",
    title="",
    subtitle="",
    code="YT-2021-000123-K",
    programme="Chương trình Mỗi xã một sản phẩm tỉnh Quảng Bình",
    place_line="Hải Ninh",
    sections=(
        PaperSection("I. Chủ thể", (PaperField("Tên chủ thể", "Hộ bà Nguyễn Thị Mẫu"), PaperField("Email", ""))),
        PaperSection(
            "II. Thông tin ý tưởng",
            (PaperField("Tên sản phẩm", "Khoai deo Hải Ninh"), PaperField("Câu chuyện", "Dòng một.\nDòng hai.", 3)),
        ),
    ),
    declaration="Tôi cam đoan những điều ghi trên là đúng.",
    signer="Nguyễn Thị Mẫu",
    day=date(2021, 6, 1),
    notes=("Cán bộ xem và trả lời chậm nhất thứ Sáu 8/10.",),
)
EMPTY = Paper("idea", "", "", "", "", "", (PaperSection("", (PaperField("Email", ""),)),), "", "", date(2026, 9, 15))
POSTER = Poster(
    title="Bà con có sản phẩm hay? Đăng ký ý tưởng OCOP",
    lines=("Quét mã bằng điện thoại", "Trả lời bảy câu hỏi ngắn", "Nhận mã và phiếu"),
    place="Xã Cảnh Dương",
    link="https://example.org/chat?start=xa_18853",
)


def saying(value: str, *, lines: int = 1) -> Paper:
    return replace(IDEA, sections=(PaperSection("Thử", (PaperField("Ghi", value, lines),)),))


def pdf_text(paper: Paper, folder: Path = OLD) -> str:
    return "\n".join(pdf_pages(paper_pdf(paper, folder)))


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("face", sorted(FONTS.glob("*.ttf")), ids=lambda face: face.stem)
def test_every_face_has_every_vietnamese_letter_with_all_tones(face):
    missing = [letter for letter in ALPHABET + "₫“”–…•0123456789" if ord(letter) not in letters(face)]

    assert missing == []
    assert len(ALPHABET) == 2 * (12 * 6 + 21)


def test_the_cmap_reader_does_not_claim_letters_that_are_not_there():
    assert all(0x1F360 not in letters(face) and ord("你") not in letters(face) for face in FONTS.glob("*.ttf"))


def test_the_typesetter_finds_the_bundled_families_in_the_weights_we_use():
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS]).fonts()

    assert {(font.family, font.weight, font.style) for font in fonts} == {
        *(("Tinos", weight, style) for weight in (400, 700) for style in ("normal", "italic")),
        *(("Be Vietnam Pro", weight, "normal") for weight in (400, 500, 600, 700)),
    }


def test_every_bundled_typeface_comes_with_its_licence():
    assert all("SIL Open Font License" in (FONTS / f"OFL-{name}.txt").read_text() for name in ("Tinos", "BeVietnamPro"))


def test_an_unknown_typeface_in_a_template_is_a_fault_and_not_another_typeface(tmp_path):
    folder = copytree(OLD, tmp_path / "papers")
    (folder / "idea.typ").write_text('#set text(font: "No Such Face")\nXin chào')

    with pytest.raises(PaperError, match="unknown font family"):
        paper_pdf(IDEA, folder)


def test_a_missing_or_broken_template_is_named(tmp_path):
    folder = tmp_path / "papers"
    folder.mkdir()
    for make in (paper_pdf, paper_docx):
        with pytest.raises(PaperError, match="does not exist"):
            make(IDEA, folder)
    (folder / "idea.typ").write_text("#nothing()")

    with pytest.raises(PaperError, match=r"idea\.typ .* unknown variable: nothing"):
        paper_pdf(IDEA, folder)


@pytest.mark.parametrize(
    ("pack", "title"),
    [
        ("quang-binh-2021", "Phiếu thông tin ý tưởng sản phẩm (theo nội dung Biểu số 01)"),
        ("quang-tri-2026", "PHIẾU Ý TƯỞNG SẢN PHẨM"),
    ],
)
def test_both_files_of_a_pack_say_what_they_are_and_what_they_are_not(pack, title):
    for text in (flat(pdf_text(IDEA, FOLDERS[pack])), flat(docx_text(paper_docx(IDEA, FOLDERS[pack])))):
        for part in (
            "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
            "Độc lập - Tự do - Hạnh phúc",
            title,
            REMINDER,
            "Chương trình Mỗi xã một sản phẩm",
            "YT-2021-000123-K",
            "Tên chủ thể: Hộ bà Nguyễn Thị Mẫu",
            "Tên sản phẩm: Khoai deo Hải Ninh",
            "Dòng một. Dòng hai.",
            "Tôi cam đoan",
            "Hải Ninh, ngày 1 tháng 6 năm 2021",
            "Người đăng ký",
            "(ký, ghi rõ họ tên)",
            "Cán bộ xem và trả lời",
            "Trang 1/1",
        ):
            assert part in text, part


@pytest.mark.parametrize("folder", FOLDERS.values(), ids=FOLDERS)
def test_a_title_of_the_pack_goes_before_the_one_of_the_template(folder):
    paper = replace(IDEA, title="Phiếu thử", subtitle=REMINDER)

    for text in (flat(pdf_text(paper, folder)), flat(docx_text(paper_docx(paper, folder)))):
        assert "Phiếu thử" in text
        assert "Biểu số 01" not in text
        assert "PHIẾU Ý" not in text
        assert text.count(REMINDER) == 1


@pytest.mark.parametrize("folder", FOLDERS.values(), ids=FOLDERS)
def test_nothing_filled_in_leaves_dotted_lines_and_no_trace_of_the_template(folder):
    for text in (pdf_text(EMPTY, folder), docx_text(paper_docx(EMPTY, folder))):
        assert "ngày 15 tháng 9 năm 2026" in text
        assert "…" in text
        for trace in ("None", "{{", "{%", "[]", "()", "null", "none", "\ufffd", "Ghi chú", "mẫu"):
            assert trace not in text, trace


def test_an_empty_answer_has_as_many_dotted_lines_as_the_form_asks():
    assert "Ghi: \t\n\t\n\t\n" in docx_text(paper_docx(saying("", lines=3), OLD))
    dots = {lines: pdf_text(saying("", lines=lines)).count(".") for lines in (1, 3)}

    assert dots[3] > dots[1] + 150


@pytest.mark.parametrize(
    "said",
    [
        "=1+1",
        "<b>&amp; & \"x\" 'y'",
        '#panic() #import "x" $x$ *đậm* _n_ @a `x` // c -- /* d */ \\ ~ <l>',
        "{{ x }} {% if %} {# y #} {{r z }} {%p for %}",
        "</w:t></w:r>]]>",
        ALPHABET,
        "₫ • → ½ ≥ – — “ ” … ° × m² №",
    ],
)
def test_what_people_write_is_printed_letter_by_letter(said):
    written = "".join(docx_text(paper_docx(saying(said), OLD)).split())

    assert "".join(said.split()) in written
    assert "".join(said.split()) in "".join(pdf_text(saying(said)).split()).replace("\u200b", "")


def test_decomposed_letters_are_printed_composed():
    said = "Nước mắm Cảnh Dương"
    paper = saying(unicodedata.normalize("NFD", said))

    assert said in pdf_text(paper)
    assert said in docx_text(paper_docx(paper, OLD))


@pytest.mark.parametrize(
    ("said", "pdf", "docx"),
    [
        ("Khoai 🍠 deo 👩‍👩‍👧 số 1️⃣ 🇻🇳", "Khoai deo số 1", "Khoai deo số 1"),
        ("𝐊𝐡𝐨𝐚𝐢 ngon", "Khoai ngon", "Khoai ngon"),
        ("chữ 你好 và مرحبا", "chữ ? và ?", "chữ 你好 và مرحبا"),
        ("a\tb\x07c\u202ed", "a bcd", "a bcd"),
    ],
    ids=["emoji", "fancy letters", "other scripts", "control letters"],
)
def test_letters_the_typeface_lacks_never_become_boxes(said, pdf, docx):
    text = pdf_text(saying(said))

    assert f"Ghi: {pdf}" in flat(text)
    assert "\ufffd" not in text
    assert f"Ghi: {docx}" in flat(docx_text(paper_docx(saying(said), OLD)))


def test_a_pile_of_marks_does_not_run_over_the_lines_above():
    piled = saying("k" + "\u0301\u0302" * 30 + "hoai")

    assert "Ghi: \u1e31\u0302hoai" in flat(docx_text(paper_docx(piled, OLD)))
    assert pdf_text(piled).count("\u0302") <= 2


def test_the_page_says_when_letters_were_replaced_and_only_then():
    assert "Dấu ? thay cho" in flat(pdf_text(saying("你好")))
    assert "Dấu ? thay cho" not in flat(pdf_text(saying("Được không? 🍠")))


def test_an_answer_of_emoji_alone_is_an_empty_answer():
    assert "Ghi: \t" in docx_text(paper_docx(saying("🍠👍"), OLD))


def test_hebrew_runs_from_right_to_left_and_stays_whole():
    text = pdf_text(saying("שלום bạn"))

    assert set("שלום") <= set(text)


def test_a_long_answer_without_blanks_flows_over_pages_inside_the_margins():
    paper = saying("w" * 4096)
    pages = pdf_pages(paper_pdf(paper, OLD))
    dots = png_dots(paper_png(paper, OLD, page=1, ppi=40))
    right = int(len(dots[0]) * 19.3 / 21)

    assert len(pages) > 1
    assert sum(page.count("w") for page in pages) == 4096
    assert all(f"/{len(pages)}" in page for page in pages)
    assert all(sum(dot) > 700 for row in dots for dot in row[right:])
    assert any(sum(dot) < 400 for row in dots for dot in row[:right])


def test_a_long_note_stands_below_the_signature_and_loses_nothing():
    paper = replace(IDEA, notes=tuple(f"Ghi chú thứ {n} " + "dài " * 60 for n in range(40)))

    for text in (pdf_text(paper), docx_text(paper_docx(paper, OLD))):
        assert all(f"Ghi chú thứ {n} " in text for n in range(40))


@pytest.mark.parametrize("folder", FOLDERS.values(), ids=FOLDERS)
def test_sample_data_says_so_and_real_data_does_not(folder):
    for sample in (True, False):
        paper = replace(IDEA, sample=sample)
        assert ("Dữ liệu mẫu" in pdf_text(paper, folder)) is sample
        assert ("Dữ liệu mẫu" in docx_text(paper_docx(paper, folder))) is sample


def test_equal_papers_are_equal_files_and_archival():
    pdf = paper_pdf(IDEA, OLD)

    assert pdf == paper_pdf(IDEA, OLD)
    assert pdf != paper_pdf(replace(IDEA, signer="Trần Văn Mẫu"), OLD)
    assert b"<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>" in pdf
    assert paper_docx(IDEA, OLD) == paper_docx(IDEA, OLD)
    assert poster_pdf(POSTER) == poster_pdf(POSTER)


def test_a_paper_embeds_the_bundled_typeface_and_no_other():
    pdf = paper_pdf(replace(IDEA, sample=True), OLD)

    names = {name.split(b"+")[1].split(b"/")[0].strip() for name in pdf.split(b"/BaseFont/")[1:]}
    assert names == {b"Tinos-Regular", b"Tinos-Bold", b"Tinos-Italic"}


def test_a_misspelt_placeholder_in_the_word_template_is_a_fault_and_not_a_blank(tmp_path):
    folder = tmp_path / "papers"
    folder.mkdir()
    with ZipFile(OLD / "idea.docx") as parts, ZipFile(folder / "idea.docx", "w") as changed:
        for part in parts.infolist():
            changed.writestr(part, parts.read(part).replace(b"{{ declaration }}", b"{{ declaratoin }}"))

    with pytest.raises(PaperError, match="declaratoin"):
        paper_docx(IDEA, folder)


@pytest.mark.parametrize("folder", FOLDERS.values(), ids=FOLDERS)
def test_the_word_template_names_times_new_roman_and_no_author(folder):
    with ZipFile(BytesIO(paper_docx(IDEA, folder))) as parts:
        styles, core = parts.read("word/styles.xml").decode(), parts.read("docProps/core.xml").decode()

    assert 'w:ascii="Times New Roman"' in styles
    assert "python" not in core
    assert "<dc:creator></dc:creator>" in core or "<dc:creator/>" in core


async def test_papers_made_at_the_same_time_in_threads_do_not_mix():
    wanted = [saying(f"Sản phẩm số {n}") for n in range(8)]

    made = await asyncio.gather(*(asyncio.to_thread(paper_pdf, paper, OLD) for paper in wanted))

    for n, pdf in enumerate(made):
        assert f"Sản phẩm số {n}" in pdf_pages(pdf)[0]


def test_the_poster_says_what_it_is_for_on_one_page():
    (page,) = pdf_pages(poster_pdf(replace(POSTER, office="UBND xã Cảnh Dương")))

    text = flat(page)
    for part in (POSTER.title, *POSTER.lines, POSTER.place, "UBND xã Cảnh Dương", "example.org/chat?start=xa_18853"):
        assert part in text, part
    assert "Dữ liệu mẫu" not in text


def test_the_poster_stays_one_page_with_long_words():
    long = replace(
        POSTER,
        title="Đăng ký ý tưởng sản phẩm " * 12,
        lines=("x" * 200, "Trả lời câu hỏi " * 20, "🍠"),
        place="Xã " + "Dài" * 30,
        link="https://example.org/" + "a" * 300,
        office="Văn phòng " * 20,
        sample=True,
    )

    pages = pdf_pages(poster_pdf(long))
    assert len(pages) == 1
    assert "Dữ liệu mẫu" in pages[0]


@pytest.mark.parametrize("link", [POSTER.link, "https://t.me/ocop?start=xa_18901", "http://a.vn"])
def test_the_code_on_the_poster_is_the_link_dot_by_dot(link):
    dots = png_dots(poster_png(replace(POSTER, link=link), ppi=60))
    black = [(x, y) for y, row in enumerate(dots) for x, dot in enumerate(row) if dot == (0, 0, 0)]
    left, right = min(x for x, _ in black), max(x for x, _ in black) + 1
    top, bottom = min(y for _, y in black), max(y for _, y in black) + 1
    wanted = [[bool(cell) for cell in row] for row in segno.make(link, micro=False, error="m").matrix]
    size = len(wanted)

    seen = [
        [
            sum(
                dots[int(top + (row + 0.5) * (bottom - top) / size)][int(left + (column + 0.5) * (right - left) / size)]
            )
            < 380
            for column in range(size)
        ]
        for row in range(size)
    ]
    assert seen == wanted


def test_a_word_of_usual_length_gets_no_breaks():
    assert breakable("nghiêng " * 9) == "nghiêng " * 9
    assert breakable("a" * 31).replace("\u200b", "") == "a" * 31
    assert breakable("a" * 31).count("\u200b") == 30


def test_lines_stay_lines_and_blanks_are_one():
    assert printable("một   hai\u00a0ba \n bốn", "Tinos") == "một hai ba\nbốn"
