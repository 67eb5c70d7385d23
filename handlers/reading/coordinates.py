"""Where something is, as copied from a map: for channels on which a place cannot be shared."""

import re

_PAIR = re.compile(r"(?<![\d.])(-?\d{1,2}\.\d{2,15})(?:\s*[,;]\s*|\s+)(-?\d{1,3}\.\d{2,15})(?!\d|\.\d)")
MOST = 500
"""Letters that are looked at; the link of a map is shorter."""


def read_coordinates(text: str) -> tuple[float, float] | None:
    """Latitude and longitude in a text or in the link of a map; None where there are none on the globe."""
    found = _PAIR.search(text[:MOST].replace("%2C", ","))
    if found is None:
        return None
    latitude, longitude = float(found[1]), float(found[2])
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None
