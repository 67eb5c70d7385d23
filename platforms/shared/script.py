"""The next answers of a platform, given by a test; the same for every strict local server."""

from collections import defaultdict, deque

from platforms.telegram.refusals import Answer, Refusal, broken_page, lost_answer, slow, taken

__all__ = ["Answer", "Refusal", "Script", "broken_page", "lost_answer", "slow", "taken"]


class Script:
    """Answers in order, for a call by the end of its path; `*` is for every call without its own answers."""

    def __init__(self) -> None:
        self._answers: defaultdict[str, deque[Answer]] = defaultdict(deque)

    def add(self, path: str, answers: tuple[Answer, ...]) -> None:
        self._answers[path.strip("/").lower()].extend(answers)

    def take(self, path: str) -> Answer:
        """The next answer to a call; the ordinary one when nothing is left."""
        called = f"/{path.strip('/').lower()}"
        for key, answers in self._answers.items():
            if answers and key != "*" and called.endswith(f"/{key}"):
                return answers.popleft()
        return self._answers["*"].popleft() if self._answers["*"] else Answer()

    def left_over(self) -> dict[str, int]:
        """Answers that nobody fetched, by path."""
        return {path: len(answers) for path, answers in self._answers.items() if answers}
