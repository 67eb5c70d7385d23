"""The dialogue with one operator: lines in, lines out.  A typed secret is never shown."""

import getpass
import sys
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from bot.commands.chosen import Words
from content.fold import fold

LEAVE = ("thoi", "thoat", "quit", "exit")
HELP = ("?", "giup")
_YES = ("c", "co", "u", "y", "yes", "dung")
NO = ("k", "khong", "n", "no", "ko")
NOTHING: Mapping[str, object] = MappingProxyType({})


class LeftError(Exception):
    """The operator stops here; everything answered is kept."""


class Terminal:
    """Asks one question at a time, in one language."""

    def __init__(self, words: Words) -> None:
        self.words = words

    def say(self, key: str, **values: object) -> None:
        self.show(self.words.say(key, **values))

    def show(self, text: str) -> None:
        print(text, flush=True)

    def ask(self, key: str, values: Mapping[str, object] = NOTHING, *, usual: str = "", secret: bool = False) -> str:
        """
        Ask until something is answered; an empty line takes the usual answer.

        Raises `LeftError` when the operator leaves, or when nobody is there.
        """
        while True:
            shown = f" [{usual}]" if usual and not secret else ""
            typed = self._line(f"{self.words.say(key, **values)}{shown}: ", secret=secret)
            if fold(typed) in LEAVE:
                raise LeftError
            if typed in HELP or fold(typed) in HELP:
                self.say(f"{key}.help" if self.words.has(f"{key}.help") else "setup.help", **values)
                continue
            if typed or usual or secret:
                return typed or usual
            self.say("setup.empty")

    def choose(self, key: str, options: Sequence[str], *, usual: int = 0) -> int:
        """Ask for one of several options by its number; return its place."""
        for number, option in enumerate(options, 1):
            self.show(f"  {number}. {option}")
        while True:
            typed = self.ask(key, usual=str(usual + 1))
            if typed.isdecimal() and 1 <= int(typed) <= len(options):
                return int(typed) - 1
            self.say("setup.not_a_number", most=len(options))

    def agree(self, key: str, *, usual: bool) -> bool:
        """Ask for yes or no."""
        while True:
            typed = fold(self.ask(key, usual=self.words.say("setup.yes" if usual else "setup.no")))
            if typed in _YES:
                return True
            if typed in NO:
                return False
            self.say("setup.yes_or_no")

    def _line(self, prompt: str, *, secret: bool) -> str:
        try:
            if secret and sys.stdin.isatty():
                return getpass.getpass(prompt).strip()
            print(prompt, end="", flush=True)
            line = sys.stdin.readline()
        except (EOFError, KeyboardInterrupt):
            raise LeftError from None
        if not line:
            raise LeftError
        print(flush=True)  # a typed line ends here when the input is a file
        return line.strip()
