"""The second judge of the finder: letters instead of words, so that it errs at other questions than the first."""

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

_SHORTEST, _LONGEST = 3, 4
_NEIGHBOURS = 3


class Letters:
    """
    The spelled texts of the learned examples, compared by the runs of 3 and 4 letters they share.

    Only the candidates the caller names are compared, so one question costs some hundred microseconds.
    """

    __slots__ = ("_lengths", "_texts", "_topics", "_weights")

    def __init__(self, texts: Sequence[str], topics: Sequence[str]) -> None:
        """Learn one text per example, with its topic at the same place of `topics`."""
        runs = [_runs(text) for text in texts]
        seen = Counter(run for one in runs for run in one)
        self._weights = {run: (math.log((1 + len(texts)) / (1 + count)) + 1) ** 2 for run, count in seen.items()}
        self._texts = [f" {text} " for text in texts]
        self._topics = topics
        self._lengths = array("d", (math.sqrt(sum(self._weights[run] for run in one)) or 1.0 for one in runs))

    def favourite(self, text: str, candidates: Iterable[int]) -> str | None:
        """Return the topic whose nearest candidates share most with a spelled text; none without candidates."""
        asked = {run: self._weights[run] for run in _runs(text) if run in self._weights}
        by_topic: Mapping[str, list[float]] = defaultdict(list)
        for at in candidates:
            other = self._texts[at]
            shared = sum(weight for run, weight in asked.items() if run in other)
            by_topic[self._topics[at]].append(shared / self._lengths[at])
        return max(by_topic, key=lambda of: (_score(by_topic[of]), of), default=None)


def _score(shares: list[float]) -> float:
    best = sorted(shares, reverse=True)[:_NEIGHBOURS]
    return 0.6 * best[0] + 0.4 * sum(best) / _NEIGHBOURS


def _runs(text: str) -> set[str]:
    padded = f" {text} "
    return {padded[at : at + n] for n in range(_SHORTEST, _LONGEST + 1) for at in range(len(padded) - n + 1)}
