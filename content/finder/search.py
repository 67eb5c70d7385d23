"""Finding the topic a person asks about: no network, no model file, the same on every machine."""

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import accumulate, pairwise
from sys import intern

from content.finder.documents import DocumentFinder
from content.finder.letters import Letters
from content.finder.wording import Wording
from content.fold import clean
from content.language.names import without_names
from content.programme.documents import Document
from content.programme.pack import Pack
from content.programme.topics import Topic

OUT_OF_SCOPE = "none"
"""The topic of learned questions that are outside the subject."""

_SMOOTHING = 0.3
_PAIR = 0.5
_PLAIN, _PLAIN_PAIR = 0.5, 0.4
_CONCEPT = 0.6
_NEIGHBOURS = 3
_BODY = 0.15
_NEAREST = 1.6
_NEAR = 0.2
_SAME = 5.0
"""Added to the topic of a learned question with exactly the same words, so that it always wins."""
_GATE = (3.0, 1.46, -0.12, -0.46, -0.49)
"""
Weights of the gate: a constant; the lead of out-of-scope; sum and maximum of the words' weights; the word count.

Fitted by logistic regression on the cross-validated learned questions.
"""
_UNSURE = -0.5
_MARGIN = 0.3
"""The lead of the best topic over the next below which it is only suggested."""
_CANDIDATES = 40
"""Learned questions, nearest by words, that the second judge compares by letters."""
MOST_SUGGESTIONS = 3
"""Suggestions shown with an answer, or instead of one."""


@dataclass(frozen=True, slots=True)
class Answer:
    """
    The result: a topic with neighbours, neighbours alone when unsure, nothing when out of scope.

    Suggestions never repeat the topic.  `document` is the one a question is about.
    """

    topic: str | None
    suggestions: tuple[str, ...]
    document: str | None = None


@dataclass(frozen=True, slots=True)
class Ranking:
    """
    Topics by score, best first; the topics near a learned question; and the strangeness of the question.

    Strangeness 0 is undecided, below 0 is in scope.  `second` is the topic the second judge prefers; `same` the one
    learned with exactly these words.
    """

    scores: tuple[tuple[str, float], ...]
    near: frozenset[str]
    strangeness: float
    second: str | None = None
    same: str | None = None

    @property
    def doubted(self) -> bool:
        """True where both judges would rather leave the question alone: titles need a word of it to be offered."""
        return self.scores[0][0] == OUT_OF_SCOPE == self.second

    def agreed(self, best: str) -> bool:
        """Return whether a topic leads clearly and for both judges, so that it may be said as the answer."""
        rivals = [score for of, score in self.scores if of not in {best, OUT_OF_SCOPE}]
        lead = dict(self.scores)[best] - max(rivals, default=-math.inf)
        return best == self.same or (best == self.second and lead >= _MARGIN)


class Answers:
    """
    The finder of one pack, built once.

    Learns from titles, synonyms, cards and learned questions.  Two scores are added: a complement naive Bayes over
    all words of a topic, and the nearest learned questions.  Pairs of an unknown topic are skipped, so that a pack
    may drop a topic.
    """

    def __init__(
        self,
        topics: Mapping[str, Topic],
        learned: Iterable[tuple[str, str]] = (),
        documents: Iterable[Document] = (),
    ) -> None:
        self._wording = Wording()
        self._documents = DocumentFinder(documents)
        self._named: dict[str, frozenset[str]] = {}
        self._generated = next((topic.id for topic in topics.values() if topic.documents), None)
        # a generated topic without written phrasings is found by the numbers of its documents
        topics = {of: topic for of, topic in topics.items() if topic.synonyms or not topic.documents}
        examples = [(phrase, topic.id) for topic in topics.values() for phrase in (topic.title, *topic.synonyms)]
        examples += [(question, of) for question, of in learned if of in topics or of == OUT_OF_SCOPE]
        cards = [(card, topic.id) for topic in topics.values() for card in topic.written]
        self._wording.learn([text for text, _ in (*examples, *cards)])
        for topic in topics.values():
            phrases = [self._wording.spelled(phrase) for phrase in (topic.title, *topic.synonyms)]
            self._named[topic.id] = frozenset(word for one in phrases for word in _bare(self._features(one)))
        learning = _Learning()
        for phrase, of in examples:
            learning.hear(self._features(self._wording.spelled(phrase)), of)
        self._numbers = learning.numbers
        self._rarity = learning.rarity()
        self._ours = learning.ours()
        self._same = learning.unambiguous()
        self._of = [of for _, of, _ in learning.heard]
        self._letters = Letters([" ".join(self._wording.spelled(phrase)) for phrase, _ in examples], self._of)
        self._postings = _Lists(learning.seen)
        sums = _Sums(sorted(set(self._of)), len(self._numbers))
        for at, (features, of, _) in enumerate(learning.heard):
            weights = self._weigh(features)
            sums.add(weights, of, 1.0)
            for feature, weight in weights.items():
                self._postings.add(feature, at, weight)
        for card, of in cards:
            sums.add(self._weigh(self._known(self._features(self._wording.spelled(card)))), of, _BODY)
        self._complement = _Complement(sums)

    def ask(self, question: str) -> Answer:
        """
        Answer when the scope is clear and both judges agree, else suggest; return nothing out of scope.

        Two judges that err alike are rare: their disagreement is the sign of a wrong answer (docs/decisions/0034).
        """
        about = self._about_document(question)
        if about is not None:
            return about
        ranking = self.rank(question)
        best = [of for of, _ in ranking.scores if of != OUT_OF_SCOPE]
        if not best or ranking.strangeness >= 0:
            return Answer(None, ())
        sure = ranking.strangeness < _UNSURE and ranking.agreed(best[0])
        others = [of for of in best[1 if sure else 0 :] if of in ranking.near]
        if not sure and ranking.doubted:
            asked = set(_bare(self._features(self._wording.spelled(without_names(clean(question))))))
            others = [of for of in others if not asked.isdisjoint(self._named[of])]
        if not sure and ranking.second in others[MOST_SUGGESTIONS:]:
            others.insert(MOST_SUGGESTIONS - 1, ranking.second)
        return Answer(best[0] if sure else None, tuple(others[:MOST_SUGGESTIONS]))

    def _about_document(self, question: str) -> Answer | None:
        """The answer to a question about a document: its topic or its card; the other one is suggested."""
        card = self._generated
        asked = None if card is None else self._documents.ask(question)
        if card is None or asked is None:
            return None
        if asked.document is None:
            return Answer(card, ()) if asked.all_of_them else Answer(None, (card,))
        if asked.topic:
            return Answer(asked.topic, (card,), asked.document)
        return Answer(card, (), asked.document)

    def rank(self, question: str) -> Ranking:
        """Score every topic: the numbers behind `ask`, for tuning and for editors."""
        spelled = self._wording.spelled(without_names(clean(question)))
        features = self._features(spelled)
        weighed = self._weigh(self._known(features))
        if not weighed:
            return Ranking((), frozenset(), 0.0)
        by_topic = self._complement.scores(weighed)
        cosines = self._cosines(weighed)
        nearest = self._nearest(cosines)
        for of, near in nearest.items():
            by_topic[of] += _NEAREST * (0.6 * near[0] + 0.4 * sum(near) / _NEIGHBOURS)
        same = self._same.get(frozenset(_bare(features)))
        if same is not None and same != OUT_OF_SCOPE:
            by_topic[same] += _SAME
        ordered = sorted(by_topic.items(), key=lambda pair: (-pair[1], pair[0]))
        near_enough = frozenset(of for of, near in nearest.items() if near[0] >= _NEAR)
        strangeness = self._strangeness(by_topic, _bare(features))
        second = self._letters.favourite(" ".join(spelled), nlargest(_CANDIDATES, cosines, key=cosines.__getitem__))
        return Ranking(tuple(ordered), near_enough, strangeness, second, same)

    def _strangeness(self, scores: Mapping[str, float], words: Sequence[str]) -> float:
        if OUT_OF_SCOPE not in scores:  # without a learned question that is out of scope
            return -math.inf if any(word in self._ours for word in words) else 0.0
        best = max((score for of, score in scores.items() if of != OUT_OF_SCOPE), default=0.0)
        ours = [self._ours[word] for word in words if word in self._ours]
        lead = scores[OUT_OF_SCOPE] - best
        signs = (1.0, lead, sum(ours), max(ours, default=-1.0), len(words))
        return sum(weight * sign for weight, sign in zip(_GATE, signs, strict=True))

    def _features(self, spelled: list[str]) -> dict[str, float]:
        """Words, their concepts, neighbours with and without the stop words between them, and the plain words."""
        words = self._wording.meant(spelled)
        idle = self._wording.ignored
        kept = [word for word in words if word not in idle]
        features: dict[str, float] = {}
        for word in kept:
            features[word] = features.get(word, 0.0) + 1.0
            for concept in self._wording.concepts(word):
                features[concept] = _CONCEPT
        for left, right in pairwise(words):
            features[f"{left} {right}"] = _PAIR
        for left, right in pairwise(kept):
            features[f"{left}+{right}"] = _PAIR
        for word in spelled:
            if word not in idle:
                features[f"~{word}"] = _PLAIN
        for left, right in pairwise(spelled):
            features[f"~{left} {right}"] = _PLAIN_PAIR
        return features

    def _known(self, features: Mapping[str, float]) -> list[tuple[int, float]]:
        """The features that were learned, by their numbers."""
        numbers = self._numbers
        return [(numbers[feature], count) for feature, count in features.items() if feature in numbers]

    def _weigh(self, features: Iterable[tuple[int, float]]) -> dict[int, float]:
        """Features by their rarity, brought to length 1."""
        weighed = {feature: count * self._rarity[feature] for feature, count in features}
        length = math.sqrt(sum(weight * weight for weight in weighed.values()))
        return {feature: weight / length for feature, weight in weighed.items()} if length else {}

    def _cosines(self, weighed: Mapping[int, float]) -> dict[int, float]:
        """The cosine of each learned question that shares a feature, by its place."""
        cosines: dict[int, float] = defaultdict(float)
        for feature, weight in weighed.items():
            for at, other in self._postings.of(feature):
                cosines[at] += weight * other
        return cosines

    def _nearest(self, cosines: Mapping[int, float]) -> dict[str, list[float]]:
        """The cosines of the few nearest learned questions, by topic, best first."""
        by_topic: dict[str, list[float]] = defaultdict(list)
        for at, cosine in cosines.items():
            by_topic[self._of[at]].append(cosine)
        return {of: sorted(found, reverse=True)[:_NEIGHBOURS] for of, found in by_topic.items()}


def answers_of(pack: Pack) -> Answers:
    """The finder of a pack, with the documents that are issued by its day."""
    documents = [one for one in pack.programme.documents if one.known(pack.places.on)]
    return Answers(pack.topics, pack.learned, documents)


def _bare(features: Iterable[str]) -> list[str]:
    """The words alone, without pairs, concepts and plain words."""
    return [feature for feature in features if " " not in feature and "+" not in feature and feature[0] not in "@~"]


class _Learning:
    """
    The learned examples: each as the numbers of its features, with its topic and its words.

    Each feature is stored once.  Stored as text for every example, features would take most of the program's memory.
    """

    __slots__ = ("heard", "numbers", "seen")

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.seen = array("I")
        self.heard: list[tuple[_Features, str, tuple[str, ...]]] = []

    def hear(self, features: Mapping[str, float], of: str) -> None:
        numbers = array("I")
        for feature in features:
            number = self.numbers.setdefault(feature, len(self.numbers))
            if number == len(self.seen):
                self.seen.append(0)
            self.seen[number] += 1
            numbers.append(number)
        words = tuple(map(intern, _bare(features)))
        self.heard.append((_Features(numbers, array("d", features.values())), of, words))

    def rarity(self) -> "array[float]":
        count = len(self.heard)
        return array("d", (math.log((1 + count) / (1 + seen)) + 1 for seen in self.seen))

    def ours(self) -> dict[str, float]:
        """The weight of each word for a question in scope (above 0) or out of scope (below)."""
        ours: Counter[str] = Counter()
        others: Counter[str] = Counter()
        for _, of, words in self.heard:
            (others if of == OUT_OF_SCOPE else ours).update(words)
        foreign = sum(of == OUT_OF_SCOPE for _, of, _ in self.heard)
        own = len(self.heard) - foreign
        return {
            word: math.log((ours[word] + _SMOOTHING) / (own + 2 * _SMOOTHING))
            - math.log((others[word] + _SMOOTHING) / (foreign + 2 * _SMOOTHING))
            for word in ours.keys() | others.keys()
        }

    def unambiguous(self) -> dict[frozenset[str], str]:
        """Sets of words learned for one topic alone."""
        topics: dict[frozenset[str], set[str]] = defaultdict(set)
        for _, of, words in self.heard:
            if words:
                topics[frozenset(words)].add(of)
        return {words: next(iter(of)) for words, of in topics.items() if len(of) == 1}


@dataclass(frozen=True, slots=True)
class _Features:
    """The features of one example."""

    numbers: "array[int]"
    counts: "array[float]"

    def __iter__(self) -> Iterator[tuple[int, float]]:
        return zip(self.numbers, self.counts, strict=True)


class _Lists:
    """A list of (place, value) for every feature, in one array: separate pairs take nine times the memory."""

    __slots__ = ("_ends", "_places", "_starts", "_values")

    def __init__(self, lengths: Sequence[int]) -> None:
        """Make room for lists of these lengths."""
        self._starts = array("I", accumulate(lengths, initial=0))
        self._ends = array("I", self._starts)
        self._places = array("I", bytes(array("I").itemsize * self._starts[-1]))
        self._values = array("d", bytes(array("d").itemsize * self._starts[-1]))

    def add(self, feature: int, place: int, value: float) -> None:
        at = self._ends[feature]
        self._places[at], self._values[at] = place, value
        self._ends[feature] += 1

    def of(self, feature: int) -> Iterable[tuple[int, float]]:
        start, end = self._starts[feature], self._ends[feature]
        return zip(self._places[start:end], self._values[start:end], strict=True)


class _Sums:
    """The weights of every feature, summed by topic and over all."""

    __slots__ = ("by_topic", "whole")

    def __init__(self, topics: Iterable[str], features: int) -> None:
        self.by_topic: dict[str, dict[int, float]] = {of: defaultdict(float) for of in topics}
        self.whole = array("d", bytes(array("d").itemsize * features))

    def add(self, weights: Mapping[int, float], of: str, share: float) -> None:
        own = self.by_topic[of]
        for feature, weight in weights.items():
            own[feature] += share * weight
            self.whole[feature] += share * weight


class _Complement:
    """
    Complement naive Bayes: the weight of a feature for a topic grows as the other topics lack it.

    Sparse: equal scores for every topic are left out, since only differences decide.
    """

    __slots__ = ("_rests", "_speaks", "_topics")

    def __init__(self, sums: _Sums) -> None:
        whole = sums.whole
        everything = sum(whole) + _SMOOTHING * len(whole)
        self._topics = tuple(sums.by_topic)
        self._rests = [math.log(everything - sum(own.values())) for own in sums.by_topic.values()]
        lengths = Counter(feature for own in sums.by_topic.values() for feature in own)
        self._speaks = _Lists([lengths[feature] for feature in range(len(whole))])
        for at, own in enumerate(sums.by_topic.values()):
            for feature, weight in own.items():
                value = math.log((whole[feature] + _SMOOTHING) / (max(whole[feature] - weight, 0.0) + _SMOOTHING))
                self._speaks.add(feature, at, value)

    def scores(self, weighed: Mapping[int, float]) -> dict[str, float]:
        length = sum(weighed.values())
        scores = [length * rest for rest in self._rests]
        for feature, weight in weighed.items():
            for at, value in self._speaks.of(feature):
                scores[at] += weight * value
        return dict(zip(self._topics, scores, strict=True))
