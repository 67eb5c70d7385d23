"""The HTML parse mode: what becomes formatting, and the words for everything that does not."""

import pytest

from platforms.telegram.entities import MarkupError, parse_html, plain

TAKEN = {
    "bold counts from the shown text": ("xin <b>chào</b>", "xin chào", [("bold", 4, 4)]),
    "an emoji counts twice": ("😀<i>y</i>", "😀y", [("italic", 2, 1)]),
    "tags nest, the outer one first": ("<b><i>a</i></b>", "a", [("bold", 0, 1), ("italic", 0, 1)]),
    "tags in capitals": ("<B>a</B>", "a", [("bold", 0, 1)]),
    "an empty end tag closes what is open": ("<b>a</>", "a", [("bold", 0, 1)]),
    "an empty tag is nothing": ("<b></b>a", "a", []),
    "the four named references": ("&lt;b&gt; &amp; &quot;", '<b> & "', []),
    "other names stay as they are": ("a&nbsp;b", "a&nbsp;b", []),
    "numeric references": ("&#272;&#x1EA3;ng", "Đảng", []),
    "a reference without its semicolon": ("a &lt b", "a < b", []),
    "code with a language": ('<pre><code class="language-py">a</code></pre>', "a", [("pre", 0, 1)]),
    "a spoiler as span": ('<span class="tg-spoiler">a</span>', "a", [("spoiler", 0, 1)]),
    "a quotation that unfolds": ("<blockquote expandable>a</blockquote>", "a", [("expandable_blockquote", 0, 1)]),
    "blanks at the ends go, formatting moves along": (" \n <b>a</b> \n", "a", [("bold", 0, 1)]),
    "a link": ('<a href="https://ocop.gov.vn">a</a>', "a", [("text_link", 0, 1)]),
    "a link to nowhere stays text": ('<a href="javascript:x">a</a>', "a", []),
    "line breaks stay": ("a\nb", "a\nb", []),
}


@pytest.mark.parametrize(("raw", "text", "entities"), TAKEN.values(), ids=TAKEN)
def test_markup_becomes_formatting(raw, text, entities):
    parsed = parse_html(raw)

    assert parsed.text == text
    assert [(e.kind, e.offset, e.length) for e in parsed.entities] == entities


REFUSED = {
    "a tag of the web": ("<p>a</p>", 'Unsupported start tag "p" at byte offset 0'),
    "a line break tag": ("dòng<br>", 'Unsupported start tag "br" at byte offset 5'),
    "an open tag": ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
    "crossing tags": ("1234<i>a<b>a</i>", 'Unmatched end tag at byte offset 12, expected "</b>", found "</i>"'),
    "an end without a start": ("abc</b>", "Unexpected end tag at byte offset 3"),
    "a bare less-than": ("giá < 5 triệu", 'Unsupported start tag "" at byte offset 5'),
    "a tag cut off": ("ab<stro", "Unclosed start tag at byte offset 2"),
    "an end tag cut off": ("<i>a</i   ", "Unclosed end tag at byte offset 4"),
    "a span of any class": ('<span class="x">a</span>', 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    "an attribute without a value": (
        "🏟 🏟&lt;<i    aba>",
        'Expected equal sign in declaration of an attribute of the tag "i" at byte offset 13',
    ),
    "an attribute without a name": ("<i  =a>", 'Empty attribute name in the tag "i" at byte offset 0'),
    "a bare word that ends oddly": ("<i a=1,>", "Unexpected end of name token at byte offset 5"),
    "a quote that never ends": ('<i a="b>', "Unclosed start tag at byte offset 0"),
    "half a character": (
        "&#57311;",
        "Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate code units",
    ),
}


@pytest.mark.parametrize(("raw", "words"), REFUSED.values(), ids=REFUSED)
def test_wrong_markup_is_refused_in_the_words_of_the_platform(raw, words):
    with pytest.raises(MarkupError) as refused:
        parse_html(raw)

    assert str(refused.value) == words


LOST = {
    "bold inside code": ("<code>a<b>b</b></code>", ("bold inside code",)),
    "code inside bold": ("<b>a<code>b</code></b>", ("bold around code",)),
    "a quotation in a quotation": (
        "<blockquote>a<blockquote>b</blockquote></blockquote>",
        ("blockquote inside blockquote",),
    ),
    "more than a hundred": ("<b>a</b> " * 101, ("1 entities after the first 100",)),
}


@pytest.mark.parametrize(("raw", "lost"), LOST.values(), ids=LOST)
def test_formatting_that_is_lost_is_told(raw, lost):
    assert parse_html(raw).lost == lost


def test_blanks_alone_are_an_empty_text():
    assert plain(" \n\t ").text == ""
