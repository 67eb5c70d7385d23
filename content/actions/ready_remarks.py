"""Buttons of the remarks a pack has ready for a return."""

from content.actions.action import Action


class ListReadyRemarks(Action, spelled="=ready"):
    """List the fields that have ready remarks."""


class ReadyRemarksOf(Action, spelled="=ready_of_{field}"):
    """Show the ready remarks about one field."""

    field: str


class UseReadyRemark(Action, spelled="=ready_take_{number}"):
    """Return the field in question with its ready remark of this number, counted from 0."""

    number: int
