"""
Requests for money: words such as "nộp lệ phí" and "đem tiền mặt", and sums such as "mỗi người 200.000 đ".

The text is read without diacritics, as many people write.  Words that differ from these only by their diacritics
("dòng tiền") are removed first.  Money that people get, and prices of products, are not requests.
"""

import re
import unicodedata
from collections.abc import Callable

_OTHERS = re.compile(
    r"\b(?:dòng|đông|động|dông|dọng|đêm|đếm|đệm|mạng|măng|màng|máng|cam(?!\s+theo)|cám|cảm|cấm|chuyện|chuyên|chuyến|"
    r"dưa|dừa|dứa|đua|thứ|thử|thư|thú|thủ|quý|nhãn|tăng|tầng|gộp|ưng|úng|họ|phì|phỉ|tiên|tiến|tiễn|cóc|cốc|cũ|cụ|cứ|vẽ|vè|về)\b"
)
"""Words that without their diacritics would read as one of those below."""
_COIN = re.compile(r"\bđồng\b")

_WHO = (
    r"(?:nguoi|ho|nha|gia dinh|co so|chu the|don vi|suat|xuat|gian(?: hang)?|hoi vien|xa vien|thanh vien|hoc vien|ng)"
)
_COUNTED = (
    r"(?:san pham|cay|con|hop|chai|goi|tui|bao|hu|lo|lit|ta|tan|kg|met|m2|luot|ban|to|phieu|"
    r"nguoi(?! mot)|ho so|lop|cai)"
)
_WORDED = r"(?:(?:mot|hai|ba|bon|nam|sau|bay|tam|chin|muoi|tram|chuc|linh|le|ruoi|vai)\s+)+"
_ROOTS = r"(?:khoai|san|gung|nghe|hanh|toi|cai|giong|mai|sam|rieng|sen|nen|hoa|mi|tu|lac|ca rot|dong rieng)"
"""Củ is a root, and in slang a million."""
_PAPERS = (
    r"(?:tai lieu|giao trinh|sach|bo ho so|mau ho so|bieu mau|mau phieu|phieu|tem|giay chung nhan|chung chi|the|ve|"
    r"bang khen|khung|bien hieu|dong phuc)"
)
_BEHIND = r"(?:\s*(?:vnd|dong|d))?(?![a-z0-9])"
_SUM = (
    rf"(?:(?<![\d.,])[1-9]\d{{0,2}}(?:[., ]\d{{3}})+{_BEHIND}"
    rf"|(?<![\d.,])[1-9]\d*(?:[.,]\d+)?\s*(?:k|nghin|ngan|trieu|tr|vnd|dong|d)(?:\s*\d{{1,3}})?{_BEHIND}"
    rf"|(?<![\d.,])[1-9]\d*(?:[.,]\d+)?\s*cu(?![a-z0-9])(?!\s+{_ROOTS}\b)"
    rf"|{_WORDED}(?:nghin|ngan|trieu){_BEHIND})(?!\s+{_COUNTED}\b)"
)
_BETWEEN = (
    r"(?:theo|them|truoc|ngay|san|du|day|it|mot|cac|khoan|so|la|tien|mat|le|phi|quy|von|coc|khoang|chi|cho|moi|tung|"
    rf"{_WHO}|can bo|xa|thon|ca|toi thieu|it nhat|luon|lai|dung|bang|trong|gop|kinh)"
)
_FILLED = rf"(?:\s+{_BETWEEN}){{0,4}}\s+"
_PAY = r"(?:nop|dong|dem|mang|cam|gop|ung|coc|chuyen|gui|chuan bi)"
_FEE = r"(?:le phi|hoc phi|hoi phi|kinh phi|chi phi|phi|tien)"
_FEW = r"(?:\s+(?:theo|them|truoc|ngay|san|du|day|it|mot|cac|khoan|bang|gop|quy)){0,3}\s+"

_ASKED = (
    rf"\b(?:nop|dong|dem|mang|cam|gop|gui|dua|thu|chuyen|ung|nap|tra){_FEW}{_FEE}\b",
    r"\b(?:nop|dong|gop)\s+quy\b",
    r"\bchuyen\s+khoan\b",
    r"\bdat\s+coc\b|\btien\s+coc\b|\bcoc\s+(?:tien|truoc)\b",
    r"\bnap\s+the\b",
    rf"\b{_PAY}{_FILLED}{_SUM}",
    rf"(?<!chi )(?<!kinh )\bphi(?:\s+[a-z]+){{0,3}}\s+{_SUM}",
)
_OWN = (
    (
        rf"\b(?:khong|ko|chang)(?:\s+(?:ai|he|co|duoc|duoc phep|bao gio))*\s+(?:(?:phai|can)\s+{_PAY}|thu|mat|ton)"
        rf"(?:\s+{_BETWEEN}){{0,4}}?\s+(?:{_FEE}(?:\s+mat)?|{_SUM})"
    ),
    rf"\bmien\s+(?:thu\s+)?{_FEE}(?:\s+{_SUM})?",
)
"""Free of charge: "không thu phí".  "Không nộp tiền thì …" is a threat and does not match."""
_GIVEN = (
    r"(?:ho tro|tro cap|phu cap|thuong|tang|cap|duoc|nhan|thu nhap|binh quan|doanh thu|loi nhuan|lai|qua|tri gia|vay)"
)
_EACH = re.compile(rf"(?P<before>(?:\b[a-z]+\s+){{0,5}})\bmoi\s+{_WHO}\b(?P<between>(?:\s+[a-z~]+){{0,4}}?)\s+{_SUM}")
_SOLD = re.compile(rf"(?P<before>(?:\b[a-z]+\s+){{0,5}})\b{_PAPERS}(?:\s+[a-z~]+){{0,3}}?\s+{_SUM}(?!\s*/)")
"""Something an office gives out, with a price: "mua tài liệu 150k"."""
_SPELLED = re.compile(r"(?<![^\W_])(?:[^\W\d_][ .\-_*·]{1,3}){4,}[^\W\d_](?![^\W_])")
"""Letters set apart, as "c h u y ể n k h o ả n"."""
_TOGETHER = re.compile(
    r"chuyenkhoan|chuyentien|noptien|nopphi|nople|lephi|datcoc|tiencoc|coctruoc|dongtien|dongphi|donggop|guitien|"
    r"napthe|thutien|thuphi|demtien|mangtien|sotaikhoan|naptien"
)
_A_HEAD = re.compile(rf"(?P<before>(?:\b[a-z]+\s+){{0,5}}){_SUM}\s*(?:/|\b(?:cho\s+)?(?:mot|moi|1|tren)\s)\s*{_WHO}\b")


def asks_money(text: str, plain: Callable[[str], str]) -> bool:
    """True when a text asks for money.  `plain` removes disguises, diacritics and capitals."""
    exact = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text).casefold())
    words = plain(_COIN.sub("vnd", _OTHERS.sub("~", exact)))
    words = re.sub(r"[-_*:()\"'“”\s]+", " ", words)
    for own in _OWN:
        words = re.sub(own, " ; ", words)
    if any(re.search(asked, words) for asked in _ASKED):
        return True
    if any(_TOGETHER.search(re.sub(r"[^a-z]", "", plain(run[0]))) for run in _SPELLED.finditer(text)):
        return True
    return any(not _is_given(found) for form in (_EACH, _A_HEAD, _SOLD) for found in form.finditer(words))


def _is_given(found: re.Match[str]) -> bool:
    """True for money that people get: the giving is just before "mỗi hộ", or between it and the sum."""
    parts = found.groupdict()
    if "between" not in parts:
        return re.search(rf"\b{_GIVEN}\b", parts["before"]) is not None
    return re.search(rf"\b{_GIVEN}\s*$", parts["before"]) is not None or (
        re.search(rf"\b{_GIVEN}\b", parts["between"]) is not None
    )
