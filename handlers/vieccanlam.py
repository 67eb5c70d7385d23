"""/vieccanlam: the checklist of a product: have it, not yet, or help is needed; /cangiup: the requested help."""

from content.actions.action import parse_words
from content.actions.producers import AnswerTask, ShowChecklist, ShowTask
from content.places.places import inline
from content.programme.topics import Source
from handlers.conversation.command import Command
from handlers.conversation.desk import Desk
from handlers.conversation.telling import Telling, worded
from handlers.conversation.turn import KEEP, Button, Say, Turn
from handlers.gioithieu import law_line
from handlers.trangthai import entitled
from registry.applications import applications, checklists
from registry.applications.applications import Application
from registry.applications.checklists import ItemState
from registry.citing import sources_said
from registry.store.codes import tidy_code

STATES: dict[str, ItemState] = {"co": "have", "chua": "not_yet", "giup": "need_help"}
MARKS = {"have": "✅", "not_yet": "▫️", "need_help": "🙋", "": ""}


def tasks(desk: Desk, words: str) -> Turn:
    """The whole list; with an item its three answers; with an item and a state that answer is stored."""
    pressed = parse_words("vieccanlam", words)
    code, item = words.partition(" ")[0], ""
    if isinstance(pressed, ShowTask | AnswerTask):
        code, item = pressed.code, pressed.item
    mine = applications.applications_of(desk.db, person_id=desk.person.id)
    tidy = tidy_code(code) if code else (mine[0].code if len(mine) == 1 else None)
    application = entitled(desk, tidy) if tidy else None
    if application is None and not words and mine:
        buttons = tuple(Button(ShowChecklist(one.code), label=one.product[:40]) for one in mine[:8])
        return Turn((Say("vieccanlam.which", buttons=buttons),), KEEP)
    if not mine and not words:
        return Turn((Say("trangthai.none", buttons=(Button("/dangky", "menu.register"),)),), KEEP)
    if application is None or application.id not in {one.id for one in mine}:
        return Turn((Say("trangthai.not_found", {"heard": code[:40]}, (Button("/hoso", "front.files"),)),), KEEP)
    ticked = checklists.checklist(desk.db, pack=desk.pack, application=application)
    found = next((one for one in ticked if one.item.id == item), None)
    if found is None:
        return Turn((_list(desk, application),), KEEP)
    if not isinstance(pressed, AnswerTask):
        return Turn((_item(application, found),), KEEP)
    return _set(desk, application, found, pressed.state)


def _set(desk: Desk, application: Application, found: checklists.Ticked, state: str) -> Turn:
    reviewers = checklists.set_item(
        desk.db,
        pack=desk.pack,
        application_id=application.id,
        item_id=found.item.id,
        state=STATES[state],
        person_id=desk.person.id,
        now=desk.now,
        tell=Telling(desk.house, desk.db, desk.now),
    )
    says = [_next_item(desk, application, found.item.id)]
    if state == "giup" and reviewers is not None:
        key = "vieccanlam.help_asked" if reviewers.roles else "vieccanlam.help_noted"
        holder = inline(desk.places.full_name(reviewers.holder))
        says.insert(0, Say(key, {"item": found.item.label, "holder": holder}))
    return Turn(tuple(says), KEEP)


def _next_item(desk: Desk, application: Application, after: str) -> Say:
    """The next unanswered item, or the list when all are answered."""
    ticked = checklists.checklist(desk.db, pack=desk.pack, application=application)
    ids = [one.item.id for one in ticked]
    later = [*ticked[ids.index(after) + 1 :], *ticked[: ids.index(after)]]
    open_one = next((one for one in later if not one.state), None)
    return _item(application, open_one) if open_one is not None else _list(desk, application)


def _list(desk: Desk, application: Application) -> Say:
    ticked = checklists.checklist(desk.db, pack=desk.pack, application=application)
    marked = [" ".join(filter(None, (MARKS[one.state], one.item.label))) for one in ticked]
    lines = "\n".join(f"{number}. {words}" for number, words in enumerate(marked, 1))
    buttons = tuple(
        Button(ShowTask(application.code, one.item.id), "vieccanlam.item_number", values={"number": str(number)})
        for number, one in enumerate(ticked, 1)
    )
    source = Source(desk.pack.programme.kind(application.kind).source)
    values = {
        "product": application.product,
        "kind": desk.pack.programme.kind(application.kind).name,
        "lines": lines,
        "source": worded(desk, *sources_said(desk.pack, (source,), desk.today)) + law_line(desk),
    }
    return Say("vieccanlam.list", values, buttons)


def _item(application: Application, ticked: checklists.Ticked) -> Say:
    code, item = application.code, ticked.item.id
    buttons = [
        Button(AnswerTask(code, item, "co"), "vieccanlam.have"),
        Button(AnswerTask(code, item, "chua"), "vieccanlam.not_yet"),
    ]
    if ticked.item.help:
        buttons.append(Button(AnswerTask(code, item, "giup"), "vieccanlam.need_help"))
    buttons.append(Button(ShowChecklist(code), "vieccanlam.whole_list"))
    return Say("vieccanlam.item", {"item": ticked.item.label}, tuple(buttons))


def counts(desk: Desk, words: str) -> Turn:  # noqa: ARG001
    """/cangiup: the requested help by place, within an official's own."""
    lines: list[str] = []
    labels = {(kind.id, item.id): item.label for kind in desk.pack.programme.kinds for item in kind.items}
    for role in desk.roles:
        found = checklists.counts_by_place(desk.db, role=role, places=desk.places, on=desk.today)
        for place, items in sorted(found.items()):
            told = "; ".join(f"{labels.get(item, item[1])}: {count}" for item, count in items.items())
            lines.append(f"• {desk.places.full_name(place)}: {told}")
    lines = list(dict.fromkeys(lines))
    return Turn((Say("vieccanlam.counts" if lines else "vieccanlam.no_counts", {"lines": "\n".join(lines)}),), KEEP)


COMMANDS = (
    Command("vieccanlam", tasks, ("việc cần làm",), listed=False),
    Command("cangiup", counts, official=True),
)
