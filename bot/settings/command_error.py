"""How a command says that it could not do what it was asked."""


class CommandError(Exception):
    """A command could not do what it was asked; its words say what happened, what was kept, what to do."""
