"""Several products named in one answer: one draft for each, begun on one tap and filled in one after the other."""

from dataclasses import replace

from handlers.conversation.desk import Desk, title_of
from handlers.conversation.turn import Say, Turn
from handlers.form.asking import for_somebody_else
from handlers.form.at_question import AtQuestion
from handlers.form.navigation import go_on
from registry.applications import drafts
from registry.applications.drafts import Answer, Draft

SERIES = "_series"
"""The key, next to the answers, of the first draft of a series and the place in it."""
PRODUCER = ("entity_kind", "entity_name", "phone", "place")
"""The answers about the producer, which are the same for every product."""
MOST = 8
"""Products that are begun on one tap."""


def may_begin(at: AtQuestion, products: tuple[Answer, ...]) -> bool:
    """True under the first way through one's own new form."""
    own = at.draft.application_id is None and not for_somebody_else(at.draft.answers)
    return own and at.way == "first" and 1 < len(products) <= MOST and SERIES not in at.draft.answers


def begin(at: AtQuestion, products: tuple[Answer, ...]) -> AtQuestion:
    """Open a draft for each further product; the question that waits is that of the first."""
    known = {field: at.draft.answers[field] for field in PRODUCER if field in at.draft.answers}
    for place, product in enumerate(products[1:], 1):
        answers = {**known, at.field.id: product, SERIES: {"of": at.draft.key, "place": place}}
        drafts.open_draft(at.desk.db, person_id=at.desk.person.id, form=at.draft.form, now=at.desk.now, answers=answers)
    noted = {**at.draft.answers, SERIES: {"of": at.draft.key, "place": 0}}
    return replace(at, draft=replace(at.draft, answers=noted))


def with_producer(desk: Desk, draft: Draft) -> Draft:
    """The draft with the answers about the producer that the first one of its series has by now."""
    series = draft.answers.get(SERIES)
    first = drafts.draft(desk.db, key=series["of"], person_id=desk.person.id) if series else None
    if first is None or first.key == draft.key:
        return draft
    shared = {
        field: first.answers[field]
        for field in PRODUCER
        if first.answers.get(field) is not None and draft.answers.get(field) is None
    }
    return replace(draft, answers={**draft.answers, **shared}) if shared else draft


def ask_next(desk: Desk, sent: Draft) -> Turn | None:
    """Ask the first open question of the next product after one was handed in; None after the last."""
    series = sent.answers.get(SERIES)
    if not series:
        return None
    left = sorted(
        (
            one
            for one in drafts.open_drafts(desk.db, person_id=desk.person.id, form=sent.form)
            if one.answers.get(SERIES, {}).get("of") == series["of"]
        ),
        key=lambda one: int(one.answers[SERIES]["place"]),
    )
    if not left:
        return None
    values = {"product": title_of(desk, left[0]), "left": len(left)}
    return go_on(desk, with_producer(desk, left[0]), "first", noted=Say("form.series_next", values))
