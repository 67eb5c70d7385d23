"""Vietnamese as it looks when it was typed in a legacy font or read in a wrong encoding."""

from pathlib import Path

import yaml

from content.language import legacy

_TABLES = yaml.safe_load(Path(legacy.__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
_TCVN3 = dict(zip(_TABLES["tcvn3"]["letters"], _TABLES["tcvn3"]["signs"], strict=True))
_VNI = {letter: vowel + sign for vowel, signs in _TABLES["vni"]["pairs"].items() for sign, letter in signs.items()}
_VNI |= {letter: sign for sign, letter in _TABLES["vni"]["singles"].items()}


def in_tcvn3(text: str) -> str:
    """The signs a TCVN3 font shows the text with; a capital with a tone has the sign of its small letter."""
    return "".join(_TCVN3.get(letter) or _TCVN3.get(letter.lower(), letter) for letter in text)


def in_vni(text: str) -> str:
    """The signs a VNI-Windows font shows the text with."""
    return "".join(
        _VNI.get(letter) or (_VNI[letter.lower()].upper() if letter.lower() in _VNI else letter) for letter in text
    )


def misread(text: str, encoding: str) -> str:
    """The text when its UTF-8 is taken for another encoding; an unknown byte becomes a control character."""
    return "".join(bytes([byte]).decode(encoding, errors="ignore") or chr(byte) for byte in text.encode("utf-8"))
