"""The error of a command that could not do what it was asked."""


class CommandError(Exception):
    """A command could not do what it was asked; its text says what happened, what was kept, what to do."""
