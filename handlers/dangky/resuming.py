"""/tieptuc, /bophieu: go on with an unfinished form, drop it, or take that back."""

from content.actions.action import parse_words
from content.actions.producers import ContinueDraft, DropDraft, ReopenDraft
from handlers.conversation.desk import Desk, title_of
from handlers.conversation.turn import Button, Say, Turn
from handlers.form import asking as form_asking
from handlers.form import navigation as form_navigation
from handlers.form.at_question import SUMMARY, Way, at_question
from handlers.form.series import with_producer
from registry.applications import drafts


def resume(desk: Desk, words: str) -> Turn:
    """Ask the question at which the draft was left, at any later time and on any channel."""
    left = drafts.open_drafts(desk.db, person_id=desk.person.id)
    chosen = next((one for one in left if one.key == words), None) or (left[0] if len(left) == 1 else None)
    if chosen is None and left:
        buttons = tuple(Button(ContinueDraft(one.key), label=title_of(desk, one)[:60]) for one in left[:8])
        return Turn((Say("dangky.which_unfinished", buttons=buttons),))
    if chosen is None:
        buttons = (Button("/dangky", "menu.register"), Button("/trangthai", "menu.status"))
        return Turn((Say("dangky.nothing_unfinished", buttons=buttons),))
    chosen = with_producer(desk, chosen)
    required = [field for field in desk.pack.forms[chosen.form].required if field.shown(chosen.answers)]
    done = sum(chosen.answers.get(field.id) is not None for field in required)
    values = {
        "title": title_of(desk, chosen),
        "done": str(done),
        "of": str(len(required)),
        "when": f"{chosen.updated_at.astimezone(desk.house.zone):%d/%m/%Y}",
    }
    named = bool(chosen.answers.get("product_name"))
    noted = Say("dangky.resumed" if named else "dangky.resumed_unnamed", values)
    if chosen.field == SUMMARY:
        return form_navigation.summary(desk, chosen, noted=noted)
    if chosen.field is None:
        return form_navigation.go_on(desk, chosen, "more" if chosen.application_id else "first", noted=noted)
    field = desk.pack.forms[chosen.form].field(chosen.field)
    way: Way = "first" if field.required else "more"
    if chosen.answers.get(field.id) is not None and field.type not in {"photos", "choices"}:
        way = "mend"
    return form_asking.ask(at_question(desk, chosen, field, way), noted=noted)


def drop(desk: Desk, words: str) -> Turn:
    """Drop a draft, or take that back.  The answers stay until the person asks for erasure."""
    match parse_words("bophieu", words):
        case ReopenDraft(key):
            drop_it = False
        case DropDraft(key):
            drop_it = True
        case _:
            return _gone()
    found = drafts.draft(desk.db, key=key, person_id=desk.person.id)
    if found is None or found.state == "submitted":
        return _gone()
    if not drop_it:
        drafts.reopen_draft(desk.db, key=found.key, now=desk.now)
        return resume(desk, found.key)
    drafts.close_draft(desk.db, key=found.key, state="dropped", now=desk.now)
    undo = (Button(ReopenDraft(found.key), "dangky.take_back"), Button("/menu", "front.menu"))
    return Turn((Say("dangky.dropped", {"title": title_of(desk, found)}, undo),))


def _gone() -> Turn:
    return Turn((Say("form.gone", buttons=(Button("/menu", "front.menu"),)),))
