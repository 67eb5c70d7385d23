"""/trangthai, /hoso: the state of each application, its reviewer, its missing parts and its next step."""

from functools import partial

from content.actions.action import parse_words
from content.actions.producers import (
    AddToIdea,
    AskWithdrawal,
    ContinueDraft,
    CorrectAnswer,
    DropDraft,
    InviteMember,
    RegisterAgain,
    ShowAnswers,
    ShowChecklist,
    ShowPaper,
    ShowStatus,
    StartInvited,
    Withdraw,
)
from content.language.saying import days_left_said
from content.message import BOLD, PLAIN
from handlers.conversation.command import Command
from handlers.conversation.desk import Desk, title_of
from handlers.conversation.telling import Telling, day_to, said
from handlers.conversation.turn import KEEP, Button, Say, Turn
from handlers.dangky.idea import due_said, status_said
from handlers.form.answers import answered, said_answer, short
from handlers.handed_papers import paper_lines
from registry.applications import applications, drafts, entities, review
from registry.applications.applications import Application
from registry.deadlines import deadlines
from registry.people.official_names import first_known
from registry.people.roles import NotAllowedError, may_own, roles_at
from registry.products import recognitions
from registry.products.products import product
from registry.products.recognitions import State as RecognitionState
from registry.store.codes import tidy_code

MOST_LISTED = 8
DECLINED = ("_declined", "not_recognised")
"""The ends of the statuses that an office gave with a reason."""


def status(desk: Desk, words: str) -> Turn:
    """The only application, or a list to choose from; a code is answered only to those entitled."""
    if words:
        code = tidy_code(words)
        found = entitled(desk, code) if code else None
        if found is None:
            return Turn((Say("trangthai.not_found", {"heard": words[:40]}, (Button("/hoso", "front.files"),)),), KEEP)
        return Turn((standing(desk, found),), KEEP)
    mine = applications.applications_of(desk.db, person_id=desk.person.id)
    if not mine:
        left = drafts.open_drafts(desk.db, person_id=desk.person.id)
        way = Button("/tieptuc", "form.go_on") if left else Button("/dangky", "menu.register")
        return Turn((Say("trangthai.only_draft" if left else "trangthai.none", buttons=(way,)),), KEEP)
    if len(mine) == 1:
        return Turn((standing(desk, mine[0]),), KEEP)
    buttons = tuple(Button(ShowStatus(one.code), label=f"{one.product[:40]}") for one in mine[:MOST_LISTED])
    lines = "\n".join(f"• {one.product} ({one.code}): {status_said(desk, one.status)}" for one in mine[:MOST_LISTED])
    return Turn((Say("trangthai.which", {"lines": lines, "count": str(len(mine))}, buttons),), KEEP)


def entitled(desk: Desk, code: str) -> Application | None:
    """An application the person may see: one of their entities, or one in their office's place."""
    return applications.application_for(
        desk.db, person_id=desk.person.id, roles=desk.roles, places=desk.places, on=desk.today, code=code
    )


def standing(desk: Desk, application: Application) -> Say:
    """The state of an application, on the programme's steps and in plain words, with the next step."""
    programme = desk.pack.programme
    step = programme.status_step(application.status)
    told = (
        recognition_said(desk, application),
        set_said(desk, application),
        _next(desk, application),
        *paper_lines(desk, application),
    )
    values = {
        "product": application.product,
        "code": application.code,
        "bar": step_bar(step, len(programme.steps)),
        "step": str(step),
        "of": str(len(programme.steps)),
        "step_name": next((one.name for one in programme.steps if one.number == step), ""),
        "status": status_said(desk, application.status),
        "next": "\n".join(filter(None, told)),
        "deadline": _deadline(desk, application),
    }
    mine = application.person_id == desk.person.id or any(
        application.id == one.id for one in applications.applications_of(desk.db, person_id=desk.person.id)
    )
    buttons: list[Button] = []
    if mine and application.status in review.AGAIN:
        buttons.append(Button(RegisterAgain(application.code), "trangthai.register_again"))
    if mine:
        buttons += [
            Button(
                CorrectAnswer(application.code, defect.field),
                "trangthai.mend_field",
                values={"label": _label(desk, defect.field)},
            )
            for defect in applications.defects_of(desk.db, application)
            if not defect.mended and application.status.endswith("needs_changes")
        ]
        if not buttons and programme.transition("complete", application.status):
            buttons.append(Button(AddToIdea(application.code), "form.add_more"))
        buttons.append(Button(ShowChecklist(application.code), "dangky.checklist"))
    buttons.append(Button(ShowPaper(application.code), "dangky.paper"))
    buttons.append(Button(ShowAnswers(application.code), "trangthai.answers"))
    if mine:
        buttons.append(Button("/lienhe", "hoi.ask_official"))
    return Say("trangthai.standing", values, tuple(buttons))


def step_bar(step: int, steps: int) -> str:
    """The steps as a line of dots: done, present, to come."""
    return "".join("●" if number < step else "◉" if number == step else "○" for number in range(1, steps + 1))


def _next(desk: Desk, application: Application) -> str:
    """The next step: the producer's task, or the office that holds it, since when and until when."""
    say = partial(said, desk)
    if application.status.endswith("needs_changes"):
        lines = [
            say("trangthai.defect", number=number, label=_label(desk, defect.field), remark=defect.remark)
            for number, defect in enumerate(applications.defects_of(desk.db, application), 1)
            if not defect.mended
        ]
        return say("trangthai.to_mend", lines="\n".join(lines))
    waits = desk.pack.programme.waits_for(application.status)
    if waits in {level.id for level in desk.pack.programme.levels}:
        if not roles_at(desk.db, place=application.holder, on=desk.today):
            return unheld_said(desk, application)
        values = {
            "holder": desk.places.full_name(application.holder),
            "since": day_to(desk, application.holder_since.astimezone(desk.house.zone).date()),
        }
        known = first_known(desk.db, roles_at(desk.db, place=application.holder, on=desk.today))
        held = say("trangthai.held_by", official=known, **values) if known else say("trangthai.held", **values)
        if application.due_on is None:
            return held
        return f"{held} {say('trangthai.expected', day=due_said(desk, application))}"
    key = f"trangthai.next.{application.status}"
    following = say(key) if desk.house.phrases.has(key) else ""
    declined = application.status.endswith(DECLINED)
    if declined and (reason := applications.reason_of(desk.db, application)):
        return "\n".join(filter(None, (say("trangthai.reason", reason=reason), following)))
    return following


def set_said(desk: Desk, application: Application) -> str:
    """The set of the product, where an office chose one."""
    of = product(desk.db, application.product_id)
    sets = {one.number: one.name for group in desk.pack.programme.product_groups for one in group.sets}
    if of is None or of.product_set not in sets:
        return ""
    return said(desk, "certificate.set", number=of.product_set, name=sets[of.product_set])


def recognition_said(desk: Desk, application: Application) -> str:
    """The newest recognition of the product: stars, number, days, the office that issued it; empty without one."""
    found = recognitions.latest_of(desk.db, (application.product_id,)).get(application.product_id)
    if found is None or found.state not in {RecognitionState.STANDING, RecognitionState.REPORTED}:
        return ""
    values: dict[str, object] = {
        "stars": found.stars,
        "number": found.certificate,
        "day": f"{found.issued_on:%d/%m/%Y}",
        "issuer": said(desk, f"certificate.issuer.{found.issued_by or 'unknown'}"),
    }
    if found.state is RecognitionState.REPORTED:
        return said(desk, "certificate.reported", **values)
    standing_since = said(desk, "certificate.standing", **values)
    if found.ends_on is None:
        return standing_since
    ends = {
        "day": day_to(desk, found.ends_on),
        "left": days_left_said(found.ends_on, desk.today, desk.person.language),
    }
    key = "certificate.ended" if found.ended(desk.today) else "certificate.ends"
    return f"{standing_since} {said(desk, key, **ends)}"


def unheld_said(desk: Desk, application: Application) -> str:
    """Say that the office has no official, with the contact of the bot's office if there is one."""
    kept = said(desk, "trangthai.unheld", holder=desk.places.full_name(application.holder))
    contact = desk.house.contact
    return f"{kept} {said(desk, 'trangthai.unheld_call', contact=contact)}" if contact else kept


def _deadline(desk: Desk, application: Application) -> str:
    """The next deadline that concerns it, said as people say it."""
    ahead = [
        (deadline, spec)
        for deadline in deadlines.open_deadlines(desk.db, places=desk.places, place=application.place, now=desk.now)
        if (spec := desk.pack.programme.deadline(deadline.spec)) is not None
        and application.status in spec.concerns
        and application.status not in spec.done_when
    ]
    if not ahead:
        return ""
    deadline, spec = min(ahead, key=lambda pair: pair[0].closes_at)
    day = deadlines.last_day(desk.pack, deadline)
    return said(
        desk,
        "trangthai.deadline_sample" if deadline.sample else "trangthai.deadline",
        title=spec.title,
        day=day_to(desk, day),
        left=days_left_said(day, desk.today, desk.person.language),
    )


def _label(desk: Desk, field: str) -> str:
    try:
        return desk.pack.forms["idea"].field(field).label
    except KeyError:
        return field


def answers(desk: Desk, words: str) -> Turn:
    """/xem CODE: every answer of an application, for those entitled to it."""
    code = tidy_code(words)
    application = entitled(desk, code) if code else None
    if application is None:
        return Turn((Say("trangthai.not_found", {"heard": words[:40]}, (Button("/hoso", "front.files"),)),), KEEP)
    form = desk.pack.forms["idea"]
    lines = "\n".join(
        f"{number}. {field.label}: "
        f"{short(said_answer(desk.house, field, application.answers[field.id], desk.today, desk.person.language))}"
        for number, field in enumerate(answered(form, application.answers), 1)
    )
    mine = any(application.id == one.id for one in applications.applications_of(desk.db, person_id=desk.person.id))
    buttons: tuple[Button, ...] = (Button(ShowPaper(application.code), "dangky.paper"),)
    programme = desk.pack.programme
    if mine and (
        programme.transition("resubmit", application.status) or programme.transition("complete", application.status)
    ):
        buttons = (Button(CorrectAnswer(application.code), "form.mend_one"), *buttons)
    values = {"product": application.product, "code": application.code, "lines": lines}
    return Turn((Say("trangthai.all_answers", values, buttons),), KEEP)


def files(desk: Desk, words: str) -> Turn:  # noqa: ARG001
    """/hoso: the entities a person acts for, the unfinished drafts, and every application."""
    mine = applications.applications_of(desk.db, person_id=desk.person.id)
    left = drafts.open_drafts(desk.db, person_id=desk.person.id)
    if not mine and not left:
        return Turn((Say("trangthai.none", buttons=(Button("/dangky", "menu.register"),)),), KEEP)
    lines = []
    for entity in entities.entities_of(desk.db, person_id=desk.person.id):
        lines.append(f"{BOLD}{entity.name or ''}{PLAIN} ({desk.pack.programme.entity_kind(entity.kind).name})")
        lines += [
            f"• {one.product} ({one.code}): {status_said(desk, one.status)}"
            for one in mine
            if one.entity_id == entity.id
        ]
    buttons = [Button(ShowStatus(one.code), label=one.product[:40]) for one in mine[:MOST_LISTED]]
    for draft in left[:MOST_LISTED]:
        title = title_of(desk, draft)
        key = "hoso.draft" if draft.application_id is None else "hoso.supplement"
        lines.append(said(desk, key, title=title))
        buttons.append(Button(ContinueDraft(draft.key), "menu.resume", values={"title": title[:40]}))
        if draft.application_id is None:
            buttons.append(Button(DropDraft(draft.key), "hoso.drop", values={"title": title[:30]}))
    owned = _owned(desk)
    buttons += [Button(AskWithdrawal(one.code), "hoso.withdraw", values={"title": one.product[:30]}) for one in mine[:3]
                if one.entity_id in owned and desk.pack.programme.transition("withdraw", one.status)]  # fmt: skip
    if owned:
        buttons.append(Button("/moinguoi", "hoso.invite"))
    return Turn((Say("hoso.list", {"lines": "\n".join(lines)}, tuple(buttons)),), KEEP)


def _owned(desk: Desk) -> frozenset[str]:
    """The entities this person owns: only an owner withdraws and invites."""
    mine = entities.entities_of(desk.db, person_id=desk.person.id)
    parts = {one.id: entities.part_of(desk.db, entity_id=one.id, person_id=desk.person.id) for one in mine}
    return frozenset(entity for entity, part in parts.items() if may_own(part, "entity.invite_own"))


def withdraw(desk: Desk, words: str) -> Turn:
    """/ruthoso CODE: withdraw an application, after one more question."""
    sure = False
    match parse_words("ruthoso", words):
        case Withdraw(code):
            sure = True
        case _:
            code = words.partition(" ")[0]
    tidy = tidy_code(code)
    found = entitled(desk, tidy) if tidy else None
    if found is None or not desk.pack.programme.transition("withdraw", found.status):
        return Turn((Say("trangthai.not_found", {"heard": code[:40]}, (Button("/hoso", "front.files"),)),), KEEP)
    values = {"product": found.product, "code": found.code}
    if not sure:
        buttons = (
            Button(Withdraw(found.code), "hoso.withdraw_sure"),
            Button(ShowStatus(found.code), "hoso.withdraw_not"),
        )
        return Turn((Say("hoso.withdraw_ask", values, buttons),), KEEP)
    try:
        review.withdraw(
            desk.db,
            pack=desk.pack,
            application_id=found.id,
            person_id=desk.person.id,
            now=desk.now,
            tell=Telling(desk.house, desk.db, desk.now),
        )
    except NotAllowedError:
        return Turn((Say("hoso.withdraw_owner_only", values),), KEEP)
    return Turn((Say("hoso.withdrawn", values, (Button("/dangky", "menu.register"),)),), KEEP)


def invite(desk: Desk, words: str) -> Turn:
    """/moinguoi [số]: a one-time code for somebody to act for one's entity."""
    owned = entities.entities_of(desk.db, person_id=desk.person.id)
    if not owned:
        return Turn((Say("trangthai.none", buttons=(Button("/dangky", "menu.register"),)),), KEEP)
    chosen = next((one for one in owned if one.id == words), owned[0] if len(owned) == 1 else None)
    if chosen is None:
        buttons = tuple(Button(InviteMember(one.id), label=(one.name or "")[:60]) for one in owned)
        return Turn((Say("hoso.invite_which", buttons=buttons),), KEEP)
    try:
        code = entities.invite_member(desk.db, entity_id=chosen.id, person_id=desk.person.id, now=desk.now)
    except NotAllowedError:
        return Turn((Say("hoso.invite_owner_only"),), KEEP)
    return Turn((Say("hoso.invitation", {"entity": chosen.name or "", "code": StartInvited(code).command}),), KEEP)


COMMANDS = (
    Command(
        "trangthai",
        status,
        (
            *("trạng thái", "xem trạng thái", "status", "có gửi chưa", "gửi chưa", "nhận được chưa"),
            *("hồ sơ đến đâu rồi", "hs đến đâu rồi", "hồ sơ tới đâu rồi", "hồ sơ tới mô rồi"),
            *("hồ sơ của tôi đến đâu rồi", "hồ sơ của tôi tới đâu rồi", "hồ sơ của tôi tới mô rồi"),
            *("hồ sơ tôi đến đâu rồi", "hồ sơ của tôi sao rồi", "hồ sơ tôi sao rồi"),
        ),
    ),
    Command(
        "hoso",
        files,
        ("hồ sơ", "hồ sơ của tôi", "sửa hồ sơ", "sửa phiếu", "sửa ý tưởng", "rút hồ sơ", "tôi muốn rút hồ sơ"),
    ),
    Command("xem", answers, listed=False),
    Command("ruthoso", withdraw, listed=False),
    Command("moinguoi", invite, listed=False),
)
