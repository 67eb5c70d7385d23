"""An idea registered again from a declined or withdrawn one: its answers are checked like new ones."""

from content.programme.form_spec import Field
from handlers.conversation.desk import Desk
from handlers.conversation.turn import KEEP, Button, Say, Turn
from handlers.dangky.idea import FORM, own_application
from handlers.dangky.resuming import resume
from handlers.form import navigation as form_navigation
from handlers.form.plausible import act_in, judge
from handlers.form.reading import Taken, read_words
from handlers.form.remarks import Words
from registry.applications import drafts, review
from registry.applications.drafts import Answer, Answers
from registry.people.tallies import tally
from registry.store.codes import tidy_code

FROM = "_again"
"""The key, next to the answers, of the code of the application they were taken from."""
FREE = frozenset({"text", "person_name"})
TYPED = frozenset({*FREE, "phone", "place", "tax_code"})
"""Types whose stored answer is read again as if it were typed."""
FILES = frozenset({"photos", "document", "voice"})
"""Types whose files stay with the former application."""


def begin_again(desk: Desk, words: str) -> Turn:
    """
    Begin a draft with the answers of one's application, and say which were kept and which are asked again.

    A second call continues the draft of the first.
    """
    code = tidy_code(words)
    known = own_application(desk, code=code) if code else None
    if known is None or known.status not in review.AGAIN:
        return Turn((Say("trangthai.not_found", buttons=(Button("/hoso", "front.files"),)),), KEEP)
    open_now = drafts.open_drafts(desk.db, person_id=desk.person.id, form=FORM)
    begun = next((one for one in open_now if one.answers.get(FROM) == known.code), None)
    if begun is not None:
        return resume(desk, begun.key)
    kept, again = _checked(desk, known.answers)
    draft = drafts.open_draft(
        desk.db, person_id=desk.person.id, form=FORM, now=desk.now, answers={**kept, FROM: known.code}
    )
    tally(desk.db, day=desk.today, what="started", place=known.place)
    labels = [desk.pack.forms[FORM].field(name).label for name in kept]
    values = {"code": known.code, "kept": "; ".join(labels) or "–", "again": "; ".join(one.label for one in again)}
    noted = Say("dangky.filled_some" if again else "dangky.filled", values)
    return form_navigation.go_on(desk, draft, "first", noted=noted)


def _checked(desk: Desk, answers: Answers) -> tuple[dict[str, Answer], list[Field]]:
    """The answers that the form takes today, and the questions whose answer it does not."""
    kept: dict[str, Answer] = {}
    again = []
    for field in desk.pack.forms[FORM].fields:
        value = answers.get(field.id)
        if value is None or not field.shown(kept):
            continue
        if _is_taken(desk, field, value):
            kept[field.id] = value
        else:
            again.append(field)
    return kept, again


def _is_taken(desk: Desk, field: Field, value: Answer) -> bool:
    if field.type in FILES:
        return False
    if field.type in {"choice", "choices"}:
        listed = {choice.id for choice in field.choices}
        return set(value if isinstance(value, list) else [value]) <= listed
    if field.type not in TYPED:
        return True
    read = read_words(desk, field, Words(str(value)), None, pressed=False)
    if not isinstance(read, Taken) or read.value != value:
        return False
    return field.type not in FREE or (act_in(field, str(value)) is None and judge(field, str(value)).verdict == "value")
