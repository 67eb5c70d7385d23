"""The outcomes of one message, read from what was said and stored; some replies count as several outcomes."""

from collections.abc import Callable, Mapping

from content.actions.answers import parse_press, split_stamp
from tests.handlers.desk import Village
from tests.live.scenes import Played, says

Outcomes = frozenset[str]
ASK, SEARCH = frozenset({"ask"}), frozenset({"search"})
ASKED_BACK = ("front.which_live", "front.which_live_own", "front.which_offer", "front.not_taken")


def outcomes(village: Village, live: str, played: Played) -> Outcomes:
    """Return the outcomes of a message under this live thing."""
    seen = (_of_form if live in FORMS else _of_notice)(village, live, played)
    return seen or SEARCH


def is_silent(live: str, played: Played, found: Outcomes, expected: Outcomes) -> bool:
    """True if something was stored, sent or declined that the person did not mean, without a question back."""
    if found & (expected | {"ask", "repeat", "wait", "back"}):
        return False
    return played.before != played.after or bool(found & {"done", "stop", "later", "understood"})


def _says(village: Village, played: Played, *keys: str) -> bool:
    return any(says(village, key, played) for key in keys)


# --- notices ----------------------------------------------------------------------------------------------------------


def _of_notice(village: Village, live: str, played: Played) -> Outcomes:
    if _says(village, played, *ASKED_BACK):
        return ASK
    if any(action.startswith("/xacnhan") for action in played.actions) and live == "entry":
        return frozenset({"repeat"})
    if played.after.topic == "lienhe":
        return frozenset({"whom"})
    for outcome, keys in SAID[live].items():
        if _says(village, played, *keys):
            return frozenset(outcome.split())
    return SEARCH


SAID: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "invitation": {
        "yes": ("event.reply.yes", "event.reply.yes_soon"),
        "no": ("event.reply.no",),
        "later wait": ("event.reply.later",),
    },
    "reminder": {
        "later wait": ("nhacviec.snoozed", "nhacviec.too_late_to_snooze"),
        "done": ("nhacviec.done", "nhacviec.is_done", "paper.which", "paper.told", "paper.kept"),
        "stop": ("nhacviec.stopped", "tuychon.stopped"),
    },
    "announcement": {"understood": ("thongbao.noted",)},
    "opt_in": {"yes": ("nhacviec.on",), "no": ("nhacviec.off", "tuychon.stopped")},
    "entry": {"yes": ("entry.you_confirmed",), "no": ("entry.you_refused",)},
    "deadline": {"understood": ("nhacviec.day_again",)},
}


# --- forms ------------------------------------------------------------------------------------------------------------


def _of_form(village: Village, live: str, played: Played) -> Outcomes:
    if _says(village, played, *ASKED_BACK):
        return ASK
    return FORMS[live](village, played)


def _answers(stored: object) -> dict[str, object]:
    (_, answers), *_ = stored.drafts or (("", {}),)  # type: ignore[attr-defined]
    return {name: value for name, value in answers.items() if not name.startswith("_")}


def _new_value(played: Played) -> bool:
    """True if a value was stored, or is read back to be confirmed."""
    stored = _answers(played.after) != _answers(played.before)
    waits = played.after.waits
    return stored or (bool(waits.get("confirm")) and waits.get("pending") != played.before.waits.get("pending"))


def _presses(played: Played) -> set[str]:
    return {str(parse_press(split_stamp(one)[1])) if one.startswith("=") else one for one in played.actions}


def _of_question(village: Village, played: Played) -> Outcomes:
    if _says(village, played, "form.left"):
        return frozenset({"stop"})
    if _says(village, played, "form.waits_for_you"):
        return frozenset({"wait", "later"})
    if _says(village, played, "form.write_marks") or "Ghi vậy" in played.said:
        return ASK
    if _says(village, played, "form.skipped", "form.put_off"):
        return frozenset({"later"})
    if played.after.waits.get("ask") is not None:
        return ASK
    if len(played.texts) > 1:
        return SEARCH
    if _new_value(played):
        return ASK if _written(played) else frozenset({"value"})
    if _says(village, played, "form.nothing_before") or played.after.step != played.before.step:
        return frozenset({"back"})
    if "/huy" in played.actions:
        return frozenset({"ask", "stop", "wait"})
    if played.after.waits.get("write") is not None:
        return ASK
    return _of_card(village, played)


def _written(played: Played) -> bool:
    """True for words under a text question that are read back before they count."""
    return "FormAnswer(answer='help')" in _presses(played)


def _of_card(village: Village, played: Played) -> Outcomes:
    """
    A question answered by a card, or by the help of the form; else the question alone, once more.

    The help stands above the question: it is asked again, and explained.
    """
    if len(played.texts) > 1:
        return SEARCH
    if not _says(village, played, "form.question", "form.question_more"):
        return ASK  # not understood, with an example
    return frozenset({"repeat"}) if "\n\n" not in played.said else frozenset({"ask", "search", "repeat"})


def _of_confirmation(village: Village, played: Played) -> Outcomes:
    before, after = played.before, played.after
    if _answers(after) != _answers(before):
        return (
            frozenset({"yes"}) if after.drafts[0][1].get("price") == before.waits["pending"] else frozenset({"value"})
        )
    if after.waits.get("confirm"):
        if after.waits["pending"] != before.waits["pending"]:
            return frozenset({"correct", "value"})
        waits = _says(village, played, "form.waits_for_you")
        if waits:
            return frozenset({"wait", "later", "ask", *({"back"} if "/quaylai" in played.actions else ())})
        return frozenset({"search"}) if len(played.texts) > 1 else frozenset({"ask", "repeat"})
    if after.step != before.step:
        return frozenset({"back"})
    return frozenset({"no", "correct"})


def _of_summary(village: Village, played: Played) -> Outcomes:
    before, after = played.before, played.after
    if after.ideas > before.ideas:
        return frozenset({"send"})
    if _says(village, played, "form.left"):
        return frozenset({"later", "stop"})
    if _says(village, played, "form.waits_for_you"):
        return frozenset({"wait", "later"})
    if _says(village, played, "form.now_send", "form.summary_unclear", "form.ways", "form.not_sent"):
        return ASK
    if _says(village, played, "form.which_number"):
        return frozenset({"correct", "no"})
    if after.waits.get("confirm") or after.step != before.step:
        return frozenset({"correct"}) if after.waits.get("way") == "mend" else BACK
    return frozenset({"repeat"}) if played.actions else SEARCH


BACK = frozenset({"back"})


def _of_consent(village: Village, played: Played) -> Outcomes:
    if played.after.consents != played.before.consents:
        return frozenset({"yes"})
    if _says(village, played, "dangky.no_consent"):
        return frozenset({"no"})
    if _says(village, played, "dangky.consent_unclear"):
        return ASK
    if len(played.texts) > 1:
        return SEARCH
    return frozenset({"repeat", "search"}) if "ReadMore()" not in _presses(played) else frozenset({"ask"})


FORMS: Mapping[str, Callable[[Village, Played], Outcomes]] = {
    "question_text": _of_question,
    "question_choice": _of_question,
    "question_number": _of_question,
    "confirmation": _of_confirmation,
    "summary": _of_summary,
    "consent": _of_consent,
}
