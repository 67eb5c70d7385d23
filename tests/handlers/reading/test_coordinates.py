"""A place copied from a map, where none can be shared."""

import pytest

from handlers.reading.coordinates import read_coordinates


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("17.4834, 106.5997", (17.4834, 106.5997)),
        ("nhà em ở 17.48340 106.59970 ạ", (17.4834, 106.5997)),
        ("17.4834;106.5997.", (17.4834, 106.5997)),
        ("https://maps.google.com/?q=17.4834%2C106.5997", (17.4834, 106.5997)),
        ("https://www.google.com/maps/@17.4834,106.5997,15z", (17.4834, 106.5997)),
        ("-17.4834, -106.5997", (-17.4834, -106.5997)),
        ("91.00, 106.59", None),
        ("17.4834, 181.00", None),
        ("35.000 đ, 2 tạ", None),
        ("0912.345.678", None),
        ("17.4834", None),
        ("", None),
    ],
)
def test_coordinates(text: str, read: tuple[float, float] | None) -> None:
    assert read_coordinates(text) == read
