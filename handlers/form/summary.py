"""The summary of a form: take the number of an answer to correct, a yes or no, or a remark."""

from dataclasses import replace

from content.actions.answers import FormAnswer, parse_press
from content.language.intents import read_intent
from content.language.legacy import turned
from handlers.conversation.desk import Desk
from handlers.conversation.turn import KEEP, Heard, Say, Turn
from handlers.form.answers import answered
from handlers.form.corrections import asked_again, correct, correct_named, missing_fields
from handlers.form.navigation import at_summary, back, go_on, leave, summary
from handlers.form.remarks import Words, asks_something, said_aside, said_finish, says_right, sounds_upset
from handlers.gioithieu import answered_beside
from registry.applications.drafts import Draft


def hear_summary(desk: Desk, draft: Draft, heard: Heard) -> Turn:
    """Take a message while the summary is in view."""
    match parse_press(heard.press):
        case FormAnswer("fill"):
            return go_on(desk, asked_again(draft), "first")
        case FormAnswer("more"):
            return go_on(desk, asked_again(draft), "more")
        case FormAnswer("mend"):
            return _ask_number(desk, draft)
    words = Words(turned(heard.text))
    return _meant(desk, draft, words) or (
        correct(desk, draft, words)
        or correct_named(desk, draft, words)
        or _answered(desk, words)
        or _remark(desk, draft, words)
        or _unclear(desk, draft, words)
    )


def _meant(desk: Desk, draft: Draft, words: Words) -> Turn | None:
    """Go back, show the summary again, wait, or leave the form; None for other words."""
    meant = read_intent(words.text, "summary")
    if meant is None or meant.degree == "half":
        return None
    match meant.intent:
        case "back":
            return back(desk, "")
        case "repeat":
            return summary(desk, draft)
        case "stop":
            return leave(desk, "")
        case "wait":
            shown = summary(desk, draft).says[0]
            return Turn((replace(shown, key="form.waits_for_you", values={}),), at_summary(draft))
    return None


def _answered(desk: Desk, words: Words) -> Turn | None:
    """Answer a question about the programme; the summary stays as it was shown."""
    card = answered_beside(desk, words.text) if asks_something(words) else None
    return None if card is None else Turn((card,), KEEP)


def _remark(desk: Desk, draft: Draft, words: Words) -> Turn | None:
    """Explain to a yes how to send, to a no how to correct, to "thôi" how to stop; only a button acts."""
    shown = summary(desk, draft)
    finish, missing = said_finish(words), missing_fields(desk.pack.forms[draft.form], draft.answers)
    if finish is not None and missing:
        return shown
    right = says_right(words).understood
    if not missing and (right or (finish is not None and finish.agreed is not False)):
        return replace(shown, says=(replace(shown.says[0], key="form.now_send", values={}),))
    aside = said_aside(words)
    if aside in {"again", "greeting"}:
        return shown
    upset = sounds_upset(words)
    if aside is not None or upset:
        return summary(desk, draft, noted=Say("form.upset" if upset else "form.ways"))
    return _ask_number(desk, draft) if right is False else None


def _ask_number(desk: Desk, draft: Draft) -> Turn:
    most = len(answered(desk.pack.forms[draft.form], draft.answers))
    return Turn((Say("form.which_number", {"most": most}),), at_summary(draft))


def _unclear(desk: Desk, draft: Draft, words: Words) -> Turn:
    most = len(answered(desk.pack.forms[draft.form], draft.answers))
    number = words.text.strip()
    if number.isdecimal() and most:
        return summary(desk, draft, noted=Say("form.no_such_number", {"heard": number[:10], "most": most}))
    return summary(desk, draft, noted=Say("form.summary_unclear"))
