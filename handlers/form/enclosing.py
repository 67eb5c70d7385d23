"""Keep a voice, a paper or a place with the question it was sent under, and say what is still needed."""

from collections.abc import Collection
from dataclasses import replace

from content.places.places import inline
from content.programme.form_spec import Field
from handlers.conversation.incoming import IncomingFile
from handlers.conversation.telling import Telling
from handlers.conversation.turn import Heard, Say, Turn
from handlers.form.additions import ask_again
from handlers.form.asking import SKIPPED, noted_said
from handlers.form.at_question import AtQuestion
from handlers.form.navigation import after
from handlers.form.reading import DOCUMENTS, VOICES, Taken, Unclear, keep_file, read_answer
from handlers.form.remarks import Words
from registry.listening import enclosures
from registry.people.roles import Reviewers

KINDS = {"voice": VOICES, "document": DOCUMENTS}
"""The kinds of files that are kept with any question, with their media types."""
DIGITS_FREE = frozenset({"text", "person_name", "place"})
"""Types that no digit alone answers: there it picks a button."""


def hear_enclosure(at: AtQuestion, heard: Heard) -> Turn | None:
    """
    Keep what was sent with the question that waits, which stays open; None for an answer, and for all else.

    A value that waits for its yes still waits.  A voice under a question that may be told is its full answer.
    """
    said = heard.said
    if heard.press or said.kind not in {"voice", "document", "location"}:
        return None
    if said.kind == "location":
        return None if said.place is None or at.field.type == "location" else _keep_spot(at, said.place)
    if said.kind == at.field.type or (said.kind == "document" and at.field.type == "photos"):
        return None
    if not said.files or any(file.mime not in KINDS[said.kind] for file in said.files):
        return None
    if said.kind == "voice" and (told := _told(at, heard)) is not None:
        return told
    return _keep_files(at, said.kind, said.files)


def _told(at: AtQuestion, heard: Heard) -> Turn | None:
    """Take a voice as the answer to a question that may be told; the office still types it."""
    field = next((one for one in at.form.fields if one.id == at.field.told_as), None)
    if field is None or at.is_asked:
        return None
    read = read_answer(at.desk, field, heard, Words(""), None)
    if isinstance(read, Unclear):
        return ask_again(at, noted=read.said)
    if not isinstance(read, Taken):
        return None
    try:
        _enclose(at, "voice", str(read.value))
    except enclosures.TooManyError:
        return _too_many(at)
    answers = {**at.draft.answers, field.id: read.value}
    answers[SKIPPED] = [*(one for one in answers.get(SKIPPED, ()) if one != at.field.id), at.field.id]
    kept = replace(at, draft=replace(at.draft, answers=answers))
    return after(kept, noted_said(at.desk, kept.draft, {field.id: read.value}))


def _keep_files(at: AtQuestion, kind: enclosures.Kind, files: Collection[IncomingFile]) -> Turn:
    """Keep each file; of one that is not taken the reason is said."""
    holder = None
    for file in files:
        kept = keep_file(at.desk, file)
        if isinstance(kept, Say):
            return _asked(at, kept)
        try:
            holder = _enclose(at, kind, kept)
        except enclosures.TooManyError:
            return _too_many(at)
    if kind == "document" or holder is None:
        return _asked(at, Say("form.document_enclosed", {"label": at.field.label}))
    values = {"label": at.field.label, "place": inline(at.desk.places.full_name(holder.holder))}
    return _asked(at, Say("form.voice_enclosed" if holder.roles else "form.voice_enclosed.unheld", values))


def _keep_spot(at: AtQuestion, spot: tuple[float, float]) -> Turn:
    """Keep a place with its question, and as the answer of the form's own question for one that has none yet."""
    try:
        _enclose(at, "location", None, spot)
    except enclosures.TooManyError:
        return _too_many(at)
    own = next((one for one in at.form.shown(at.draft.answers) if one.type == "location"), None)
    if own is not None and at.draft.answers.get(own.id) is None:
        at = at.saved({**at.draft.answers, own.id: [round(spot[0], 5), round(spot[1], 5)]})
    key = "form.spot_enclosed_place" if at.field.type == "place" else "form.spot_enclosed"
    return _asked(at, Say(key, {"label": at.field.label}))


def _too_many(at: AtQuestion) -> Turn:
    return _asked(at, Say("form.enclosed_enough", {"label": at.field.label}))


def _asked(at: AtQuestion, noted: Say) -> Turn:
    """Ask the question again behind what was kept; where no digit answers, it picks a button."""
    turn = ask_again(at, noted=noted)
    if at.waits.ask is not None or (not at.is_asked and at.field.type in DIGITS_FREE):
        *before, asked = turn.says
        turn = replace(turn, says=(*before, replace(asked, numbered=True)))
    return turn


def _enclose(
    at: AtQuestion, kind: enclosures.Kind, file_id: str | None, spot: tuple[float, float] | None = None
) -> Reviewers:
    desk = at.desk
    known = at.draft.answers.get("place") or desk.person.place
    _, reviewers = enclosures.enclose(
        desk.db, pack=desk.pack, draft=at.draft, field=at.field.id, kind=kind, file_id=file_id, spot=spot,
        place=None if known is None else str(known), now=desk.now, tell=Telling(desk.house, desk.db, desk.now),
    )  # fmt: skip
    return reviewers


def follow_answers(at: AtQuestion, fields: Collection[Field]) -> None:
    """Let the voices follow new answers: those of an answered question wait no longer, the others go to its place."""
    desk = at.desk
    enclosures.answered(desk.db, draft_key=at.draft.key, fields=[one.id for one in fields])
    if any(one.type == "place" for one in fields):
        place = str(at.draft.answers.get("place"))
        tell = Telling(desk.house, desk.db, desk.now)
        enclosures.place_known(desk.db, pack=desk.pack, draft_key=at.draft.key, place=place, now=desk.now, tell=tell)
