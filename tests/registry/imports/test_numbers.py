"""Numbers of an office that are alike without being the same."""

import pytest

from registry.imports.numbers import alike


@pytest.mark.parametrize(
    ("listed", "known", "told"),
    [
        (["001"], {"1"}, {"001": "1"}),
        (["CT-1", "CT-01"], set(), {"CT-1": "CT-01", "CT-01": "CT-1"}),
        (["ct-001"], {"CT-001"}, {"ct-001": "CT-001"}),
        (["CT 1"], {"CT1"}, {"CT 1": "CT1"}),
        (["CT-1.07"], {"CT-1.7"}, {"CT-1.07": "CT-1.7"}),
        (["1", "10", "100", "CT-1", "0", "00-1", "1/2020"], {"11", "1/2021"}, {}),
        (["1", "001"], {"1", "001"}, {}),
        (["1", "01"], {"1", "001"}, {"01": "001"}),
    ],
)
def test_numbers_that_differ_by_zeros_capitals_or_blanks_are_told(
    listed: list[str], known: set[str], told: dict[str, str]
) -> None:
    assert alike(listed, known) == told
