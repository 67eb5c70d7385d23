"""
The memory of a conversation between two messages: one frozen value per conversation, with a tag and a version.

`class Moving(State, frozen=True, tag="hanchot.1")` lists the fields.  It is stored sealed with the question that waits
(`registry.people.conversations`).  After an upgrade in mid-conversation the value of the previous release is read.
Removed fields are ignored, new ones need a default, and `upgrade` translates renamed ones.
"""

from collections.abc import Mapping
from typing import Any, Self

import msgspec

_TAG = "state"
Plain = dict[str, Any]
"""Values of JSON, before they are read and after they are written."""


class State(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, tag_field=_TAG):
    """The base of every remembered value."""

    @classmethod
    def upgrade(cls, old: Plain) -> Plain:
        """Translate the fields of an older version, or of the untagged values before it.  Idempotent."""
        return old

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read a stored value of this or the previous version.  Raises msgspec.ValidationError for another shape."""
        values = {name: value for name, value in stored.items() if name != _TAG}
        if stored.get(_TAG) != cls.__struct_config__.tag:
            values = cls.upgrade(values)
        return msgspec.convert(values, cls, strict=False)

    def replace(self, **changes: Any) -> Self:
        """The same value with some fields changed."""
        return msgspec.structs.replace(self, **changes)

    def to_json(self) -> Plain:
        """Plain values with the tag; fields at their default are left out."""
        plain: Plain = msgspec.to_builtins(self)
        return plain
