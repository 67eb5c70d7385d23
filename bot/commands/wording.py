"""The words of the command line in the language of the operator."""

from functools import cached_property

from content.phrases import Phrases
from content.translating import translator


class Words:
    """Phrases by key in one language, plain: a terminal shows no markup."""

    def __init__(self, language: str) -> None:
        self.language = language

    @cached_property
    def _phrases(self) -> Phrases:
        return Phrases.load()

    def say(self, key: str, **values: object) -> str:
        """Fill one phrase."""
        return self._phrases.say(key, self.language, **values)

    def has(self, key: str) -> bool:
        return self._phrases.has(key)

    def message(self, text: str) -> str:
        """Return a message of the program, which is written in English, in this language."""
        return text if self.language == "en" else translator(self.language)(text)
