"""The buttons about the people of an office: their names, their roles, their leave."""

from datetime import date
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


# --- roles below one's own --------------------------------------------------------------------------------------------


class ListRoles(Action, spelled="/capquyen"):
    """List the roles below one's own."""


class ListFurtherRoles(Action, spelled="/capquyen trang {page}"):
    """List the next ones, counted from 1."""

    page: int


class ChooseRole(Action, spelled="/capquyen moi"):
    """Choose the role to invite somebody to."""


class InviteTo(Action, spelled="/capquyen moi {role}"):
    """Ask for the place of an invitation."""

    role: str


class ShowRole(Action, spelled="/capquyen xem {role}"):
    """Show one role, with what can be done with it."""

    role: str


class ExtendRole(Action, spelled="/capquyen giahan {role} {until}"):
    """Set a later last day; the same press again does nothing more."""

    role: str
    until: date


class AskEndRole(Action, spelled="/capquyen thoi {role}"):
    """Ask whether to end a role."""

    role: str


class EndRole(Action, spelled="/capquyen thoihan {role}"):
    """End a role."""

    role: str
