"""The service behind each wish: the command that serves it, or one message with its buttons."""

from collections.abc import Callable, Mapping

from content.actions.action import Action
from content.actions.offices import ShowOfficialName
from content.actions.officials import PlanGathering
from content.actions.producers import (
    AddToIdea,
    AskWithdrawal,
    ContinueDraft,
    CorrectAnswer,
    DropDraft,
    Learn,
    ShowPaper,
    StopLearning,
)
from content.actions.reminding import AskReminderHour, LeaveDraft
from handlers import dulieu, gioithieu, kiemtra, lienhe, lienket, nhacviec, start, trangthai, tuychon
from handlers.conversation.desk import Desk, title_of
from handlers.conversation.telling import said
from handlers.conversation.turn import KEEP, Button, Say, Turn
from handlers.dangky.correcting import paper as paper_of
from handlers.dangky.dangky import register
from handlers.dangky.resuming import resume
from handlers.wishes import just_happened
from registry.applications import applications, drafts
from registry.applications.applications import Application
from registry.applications.drafts import Draft

MOST_OFFERED = 4
Service = Callable[[Desk], Turn | None]
"""Serves a wish; None where this person has nothing it could be about, so that the search answers."""
_OFFICIAL, _MENU = Button("/lienhe", "hoi.ask_official"), Button("/menu", "front.menu")


def _mine(desk: Desk) -> tuple[Application, ...]:
    return applications.applications_of(desk.db, person_id=desk.person.id)


def _begun(desk: Desk) -> list[Draft]:
    """The unfinished forms of a new idea."""
    return [one for one in drafts.open_drafts(desk.db, person_id=desk.person.id) if one.application_id is None]


def _withdrawable(desk: Desk) -> list[Application]:
    return [one for one in _mine(desk) if desk.pack.programme.transition("withdraw", one.status)]


def _correctable(desk: Desk) -> list[Application]:
    programme = desk.pack.programme
    return [
        one
        for one in _mine(desk)
        if programme.transition("resubmit", one.status) or programme.transition("complete", one.status)
    ]


def withdraw(desk: Desk) -> Turn:
    """Ask before anything is withdrawn; of several ideas and forms, ask which."""
    sent, begun = _withdrawable(desk), _begun(desk)
    if len(sent) == 1 and not begun:
        return trangthai.withdraw(desk, sent[0].code)
    if not sent and not begun:
        return Turn((Say("wishes.nothing_to_withdraw", buttons=(Button("/dung", "tuychon.stop"), _MENU)),), KEEP)
    return Turn((Say("wishes.withdraw_which", buttons=(*_ways_out(sent, begun, desk), _MENU)),), KEEP)


def _ways_out(sent: list[Application], begun: list[Draft], desk: Desk) -> tuple[Button, ...]:
    dropping = [Button(DropDraft(one.key), "hoso.drop", values={"title": title_of(desk, one)[:30]}) for one in begun]
    leaving = [Button(AskWithdrawal(one.code), "hoso.withdraw", values={"title": one.product[:30]}) for one in sent]
    return (*dropping[:MOST_OFFERED], *leaving[:MOST_OFFERED])


def no_more(desk: Desk) -> Turn:
    """Offer each way to stop, the gentlest first; nothing is dropped by itself."""
    sent, begun = _withdrawable(desk), _begun(desk)
    quiet = [Button(LeaveDraft(one.key), "wishes.ask_no_more") for one in begun[:1]]
    buttons = (*quiet, *_ways_out(sent, begun, desk), Button("/dung", "tuychon.stop"), _OFFICIAL, _MENU)
    return Turn((Say("wishes.no_more", buttons=buttons),), KEEP)


def _correcting(field: str) -> Service:
    """Offer to correct one answer of each idea and form; `field` is the answer's id in the form of an idea."""

    def offered(desk: Desk) -> Turn:
        label = desk.pack.forms["idea"].field(field).label
        ways = [
            Button(CorrectAnswer(one.code, field), "wishes.correct_in", values={"title": one.product[:30]})
            for one in _correctable(desk)[:MOST_OFFERED]
        ]
        ways += [
            Button(ContinueDraft(one.key), "menu.resume", values={"title": title_of(desk, one)[:40]})
            for one in _begun(desk)[:MOST_OFFERED]
        ]
        if desk.roles and field == "phone":
            ways.append(Button(ShowOfficialName(), "wishes.official_name"))
        if ways:
            return Turn((Say("wishes.correct", {"label": label}, (*ways, _MENU)),), KEEP)
        key = "wishes.correct_too_late" if _mine(desk) else "wishes.correct_nothing"
        return Turn((Say(key, {"label": label}, (_OFFICIAL, _MENU)),), KEEP)

    return offered


def change_name(desk: Desk) -> Turn:
    """Offer both names an idea has."""
    found = _correctable(desk)[: MOST_OFFERED // 2]
    if not found:
        return _correcting("entity_name")(desk) or trangthai.files(desk, "")
    fields = desk.pack.forms["idea"]
    ways = [
        Button(CorrectAnswer(one.code, field), "wishes.correct_field_in", values={
            "label": fields.field(field).label, "title": one.product[:30]})
        for one in found
        for field in ("entity_name", "product_name")
    ]  # fmt: skip
    return Turn((Say("wishes.correct_which_name", buttons=(*ways, _MENU)),), KEEP)


def paper(desk: Desk) -> Turn | None:
    """Send the paper of the only idea, or ask of which; None without one."""
    mine = _mine(desk)
    if len(mine) == 1:
        return paper_of(desk, mine[0].code)
    ways = tuple(Button(ShowPaper(one.code), label=one.product[:40]) for one in mine[: 2 * MOST_OFFERED])
    return Turn((Say("wishes.which_paper", buttons=ways),), KEEP) if ways else None


def code(desk: Desk) -> Turn | None:
    """Say the codes of the person's ideas; None without one."""
    mine = _mine(desk)
    if not mine:
        return None
    lines = "\n".join(f"• {one.product}: {one.code}" for one in mine[: 2 * MOST_OFFERED])
    return Turn((Say("wishes.codes", {"lines": lines}, (Button("/trangthai", "menu.status"),)),), KEEP)


def photo(desk: Desk) -> Turn | None:
    """Lead to the question that takes photos; None without an idea and a form."""
    ways = [
        Button(AddToIdea(one.code), "wishes.add_to", values={"title": one.product[:30]}) for one in _correctable(desk)
    ]
    ways += [
        Button(ContinueDraft(one.key), "menu.resume", values={"title": title_of(desk, one)[:40]})
        for one in _begun(desk)
    ]
    return Turn((Say("wishes.photo", buttons=tuple(ways[:MOST_OFFERED])),), KEEP) if ways else None


def lessons(desk: Desk) -> Turn:
    """Offer the course that fits; None is begun without a tap."""
    fits = "completing" if _mine(desk) else "new"
    chosen = fits if fits in desk.pack.lessons else next(iter(desk.pack.lessons), "")
    if not chosen:
        return gioithieu.introduce(desk, "")
    values = {"audience": said(desk, f"gioithieu.audience.{chosen}")}
    ways = (Button(Learn(chosen), "lesson.button.learn"), Button("/gioithieu", "menu.learn"))
    return Turn((Say("wishes.lessons", values, ways),), KEEP)


def letter(desk: Desk) -> Turn:
    """Say that the bot writes no letters; officials are shown what it can do instead."""
    if desk.role_for("event.invite") is not None:
        ways = (Button(PlanGathering(), "taphuan.new"), Button("/thongbao", "menu.announce"), _MENU)
        return Turn((Say("wishes.letter_official", buttons=ways),), KEEP)
    return Turn((Say("wishes.letter", buttons=(_OFFICIAL, _MENU)),), KEEP)


def _with_an_idea(serve: Service) -> Service:
    """Serve only somebody who has an idea or a form; the question of others is one about the programme."""
    return lambda desk: serve(desk) if _mine(desk) or _begun(desk) else None


def _command(run: Callable[[Desk, str], Turn], action: Action | str = "") -> Service:
    """Run a command as if its button was pressed; `action` is a command, whose words follow its name."""
    words = (action if isinstance(action, str) else action.command).partition(" ")[2]
    return lambda desk: run(desk, words)


def next_step(desk: Desk) -> Turn | None:
    """Go on with an unfinished form, else show the state of an idea, which names the next step."""
    return resume(desk, "") if _begun(desk) else trangthai.status(desk, "")


SERVICES: Mapping[str, Service] = {
    "withdraw": withdraw,
    "no_more": no_more,
    "change_number": _correcting("phone"),
    "change_place": _correcting("place"),
    "change_name": change_name,
    "mend": _with_an_idea(_command(trangthai.files)),
    "other_handset": _command(lienket.link),
    "language": _command(tuychon.language),
    "address_form": _command(tuychon.address),
    "no_reminders": _command(nhacviec.reminders),
    "messages_again": _command(tuychon.resume),
    "remind_me": _command(nhacviec.reminders),
    "reminder_hour": _command(nhacviec.reminders, AskReminderHour()),
    "my_data": _command(dulieu.mine),
    "erase": _command(dulieu.mine, "/dulieu xoa"),
    "arrived": _with_an_idea(_command(trangthai.status)),
    "status": _with_an_idea(_command(trangthai.status)),
    "next_step": _with_an_idea(next_step),
    "paper": paper,
    "code": code,
    "together": _command(trangthai.invite),
    "another": _with_an_idea(_command(register)),
    "photo": photo,
    "official": _command(lienhe.contact),
    "check_message": _command(kiemtra.check),
    "calendar": _command(nhacviec.reminders, "/nhacviec ics"),
    "no_lessons": _command(gioithieu.introduce, StopLearning()),
    "lessons": lessons,
    "continue": _command(resume),
    "deadline": just_happened.deadline,
    "today": just_happened.today,
    "robot": lambda desk: Turn(start.greeting(desk)),
    "letter": letter,
    "why_refused": just_happened.refused,
    "redo": just_happened.refused,
}
"""Every wish of `content.language.wishes` with its service."""
