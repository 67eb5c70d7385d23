"""The buttons about the people of an office: their names, their roles, their leave."""

from typing import Literal

from content.actions.action import Action

# --- names ------------------------------------------------------------------------------------------------------------


class ShowOfficialName(Action, spelled="/tencanbo"):
    """Show the name, title and number producers see."""


class ChangeOfficialName(Action, spelled="/tencanbo sua {part} {role}"):
    """Change the name (ten), the title of one role (chucdanh) or the number (so)."""

    part: Literal["ten", "chucdanh", "so"]
    role: str | None = None


class HidePhone(Action, spelled="=nophone"):
    """Show no number."""


class SkipPart(Action, spelled="=skip"):
    """Leave this part of the name out."""
