"""The answered questions and the finished steps of a setup, without any value."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from bot.settings.writing import write_privately

NAME = "setup.json"
_FORMAT = 1


@dataclass
class Progress:
    """One file in the data folder.  A file that cannot be read counts as none: answers are in the configuration."""

    file: Path
    answered: set[str] = field(default_factory=set)
    done: set[str] = field(default_factory=set)
    later: set[str] = field(default_factory=set)

    @classmethod
    def read(cls, folder: Path) -> "Progress":
        file = folder / NAME
        found = cls(file)
        try:
            kept = json.loads(file.read_text("utf-8"))
            if kept["format"] == _FORMAT:
                for name in ("answered", "done", "later"):
                    getattr(found, name).update(map(str, kept[name]))
        except (OSError, ValueError, KeyError, TypeError):
            return cls(file)
        return found

    def answer(self, question: str) -> None:
        self.answered.add(question)
        self._write()

    def finish(self, step: str) -> None:
        self.done.add(step)
        self.later.discard(step)
        self._write()

    def postpone(self, step: str) -> None:
        self.later.add(step)
        self.done.discard(step)
        self._write()

    def reopen(self, step: str, questions: Iterable[str] | None = None) -> None:
        """Ask again: some questions of a step, or all of them."""
        if questions is None:
            self.answered = {one for one in self.answered if not one.startswith(f"{step}.")}
        else:
            self.answered -= set(questions)
        self.done.discard(step)
        self.later.discard(step)
        self._write()

    def _write(self) -> None:
        kept = {
            "format": _FORMAT,
            "answered": sorted(self.answered),
            "done": sorted(self.done),
            "later": sorted(self.later),
        }
        write_privately(self.file, json.dumps(kept, indent=1) + "\n")
