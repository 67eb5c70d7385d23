"""The acts of the authorisation table, as people try them in the chat."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import Connection, delete, func, select, update

from content.message import Message
from handlers.conversation.incoming import IncomingFile
from registry.answers.answers import office_answers
from registry.answers.unanswered import note_unanswered, unanswered
from registry.applications import assisted, checklists, entities, files, questions
from registry.applications.applications import Application
from registry.applications.checklists import checklist_items
from registry.applications.drafts import open_draft
from registry.applications.office_list import office_list
from registry.applications.questions import questions as question_rows
from registry.broadcasts import audiences, broadcasts
from registry.broadcasts.audiences import tags as tag_rows
from registry.deadlines import deadlines, papers, pauses, rounds
from registry.deadlines import handed_papers as handed_papers_module
from registry.deadlines.deadlines import closing_moment
from registry.deadlines.deadlines import deadlines as deadline_rows
from registry.deadlines.handed_papers import handed_papers
from registry.deadlines.occurrences import occurrences
from registry.gatherings.gatherings import Planned
from registry.identity import claiming
from registry.imports.listed import ListedEntity
from registry.imports.taking import take_in
from registry.listening import enclosures, prompts
from registry.people import roles
from registry.people.invitations import invitations
from registry.people.official_names import set_official_name
from registry.store.rows import applications as application_rows
from registry.store.rows import broadcasts as broadcast_rows
from registry.store.rows import deliveries as delivery_rows
from registry.store.rows import drafts, gatherings, invitees
from registry.store.rows import enclosures as enclosure_rows
from registry.store.rows import prompts as prompt_rows
from registry.store.sealing import vault_of
from tests.announced import announced, gathered
from tests.handlers.actors import Thing
from tests.handlers.desk import (
    OTHER_COMMUNE,
    OTHER_DISTRICT,
    PROVINCE,
    Village,
)


def see_application(thing: Thing) -> bool:
    return thing.canary in thing.says(f"/duyet {thing.application().code}")


def accept(thing: Thing) -> bool:
    application = thing.application()
    thing.says(f"/quyet {application.code} {application.version} accept")
    return thing.village.fresh(application).status == "idea_accepted"


def return_(thing: Thing) -> bool:
    application = thing.application()
    thing.says(f"/quyet {application.code} {application.version} return")
    thing.says("1: xin ghi rõ tên hơn")
    thing.taps("Gửi trả")
    thing.says("/huy")
    return thing.village.fresh(application).status == "idea_needs_changes"


def decline(thing: Thing) -> bool:
    application = thing.application()
    thing.says(f"/quyet {application.code} {application.version} decline")
    thing.says("Sản phẩm không thuộc nhóm nào của chương trình")
    thing.taps("Gửi")
    thing.says("/huy")
    return thing.village.fresh(application).status == "idea_declined"


def announce(thing: Thing) -> bool:
    """Through the chat as far as it lets one, and past it at the function that sends."""
    sent = len(_broadcasts(thing.village))
    for held in thing.actor.held:
        try:
            thing.village.do(
                announced,
                pack=thing.village.pack,
                role=held,
                place=thing.place,
                say=Message,
                now=thing.village.now,
            )
        except roles.NotAllowedError:
            continue
    thing.says("/thongbao")
    thing.says("/huy")
    return len(_broadcasts(thing.village)) > sent


def _broadcasts(village: Village) -> list[str]:
    return list(village.do(lambda db: db.execute(select(broadcast_rows.c.id)).scalars().all()))


def _announced(thing: Thing) -> broadcasts.Broadcast:
    """A broadcast of this place under this actor's name, independent of their present role."""
    role = thing.village.official(f"sender-{thing.canary}", "district_official", OTHER_DISTRICT)
    sent = thing.village.do(
        announced, pack=thing.village.pack, role=role, place=OTHER_DISTRICT,
        say=lambda _number: Message("Bản tin"), now=thing.village.now,
    )  # fmt: skip
    thing.village.do(
        lambda db: db.execute(
            broadcast_rows.update()
            .where(broadcast_rows.c.id == sent.id)
            .values(author=thing.actor.person_id, place=thing.place)
        )
    )
    return sent


def report(thing: Thing) -> bool:
    sent = _announced(thing)
    return sent.number in thing.says(f"/thongbao so {sent.id}")


def cancel(thing: Thing) -> bool:
    sent = _announced(thing)
    thing.says(f"/thongbao dung {sent.id}")
    state = select(broadcast_rows.c.state).where(broadcast_rows.c.id == sent.id)
    return thing.village.do(lambda db: db.execute(state).scalar_one()) == "cancelled"


def _planned(thing: Thing) -> Planned:
    starts = thing.village.now + timedelta(days=9)
    return Planned("producers", thing.place, thing.canary, "Nhà văn hóa", starts, 40)


def invite_to_event(thing: Thing) -> bool:
    """Through the chat as far as it lets one, and past it at the function that invites."""
    count = select(func.count()).select_from(gatherings)
    before = thing.village.do(lambda db: db.execute(count).scalar_one())
    for held in thing.actor.held:
        try:
            planned = _planned(thing)
            thing.village.do(gathered, pack=thing.village.pack, role=held, planned=planned, now=thing.village.now)
        except roles.NotAllowedError:
            continue
    thing.says("/taphuan moi")
    thing.says("/huy")
    return thing.village.do(lambda db: db.execute(count).scalar_one()) > before


def _held(thing: Thing) -> str:
    """A gathering of this place under this actor's name, independent of their present role; somebody said yes."""
    role = thing.village.official(f"host-{thing.canary}", "district_official", OTHER_DISTRICT)
    planned = replace(_planned(thing), place=OTHER_DISTRICT)
    made = thing.village.do(gathered, pack=thing.village.pack, role=role, planned=planned, now=thing.village.now)
    somebody = thing.village.person("somebody")

    def move(db: Connection) -> None:
        own = gatherings.c.id == made.id
        db.execute(gatherings.update().where(own).values(author=thing.actor.person_id, place=thing.place))
        db.execute(invitees.insert().values(gathering_id=made.id, person_id=somebody, state="yes"))

    thing.village.do(move)
    return made.id


def see_event(thing: Thing) -> bool:
    return thing.canary in thing.says(f"/taphuan xem {_held(thing)}")


def change_event(thing: Thing) -> bool:
    gathering = _held(thing)
    thing.says(f"/taphuan sua {gathering}")
    thing.says("/huy")
    thing.says(f"/taphuan huy {gathering} 1 chac")
    state = select(gatherings.c.state).where(gatherings.c.id == gathering)
    return thing.village.do(lambda db: db.execute(state).scalar_one()) == "cancelled"


def tick_event(thing: Thing) -> bool:
    gathering = _held(thing)
    now = thing.village.now
    thing.village.do(
        lambda db: db.execute(gatherings.update().where(gatherings.c.id == gathering).values(starts_at=now))
    )
    thing.says(f"/taphuan co {gathering} {thing.village.person('somebody')} 1")
    came = select(invitees.c.came).where(invitees.c.gathering_id == gathering)
    return True in thing.village.do(lambda db: db.execute(came).scalars().all())


def take_list(thing: Thing) -> bool:
    """The list of ideas: whose role makes one of it, the functions refuse what lies elsewhere."""
    application = thing.application()
    thing.says("/duyet tai")
    found = False
    for held in thing.actor.held:
        try:
            listed = thing.village.do(
                office_list, pack=thing.village.pack, place=thing.place, by=held, on=thing.village.now.date()
            )
        except roles.NotAllowedError:
            continue
        found = found or application.code in {one.application.code for one in listed}
    return found


def hand_over(thing: Thing) -> bool:
    """The code to read out for an entity of the office's list, as the chat shows it."""
    listed = ListedEntity(thing.canary, thing.canary, "household", thing.place)
    thing.village.do(take_in, pack=thing.village.pack, listed=[listed], products=[], now=thing.village.now)
    of = thing.village.do(claiming.entity_named, thing.canary)
    assert of is not None
    return "/start moi_" in thing.says(f"/chuanhan ma {of.id}")


def enter_for_others(thing: Thing) -> bool:
    entered = False
    for held in thing.actor.held:
        draft = thing.village.do(open_draft, person_id=thing.actor.person_id, form="idea", now=thing.village.now)
        answers = {"product_name": thing.canary, "phone": "+84911222333", "place": thing.place}
        try:
            thing.village.do(
                assisted.enter, pack=thing.village.pack, role=held, draft_key=draft.key, answers=answers,
                consent_version="v", now=thing.village.now, tell=_silent,
            )  # fmt: skip
        except roles.NotAllowedError:
            continue
        entered = True
    return entered


def _announced_by_another(thing: Thing, text: str, **values: object) -> broadcasts.Broadcast:
    """One of the province's, laid into this place, with somebody there whom it did not reach."""
    thing.village.person("far", "Bà Xa", place=OTHER_COMMUNE)
    role = thing.village.official(f"province-{thing.canary}", "province_official", PROVINCE)
    sent = thing.village.do(
        announced, pack=thing.village.pack, role=role, place=PROVINCE, say=lambda _number: Message(text),
        now=thing.village.now,
    )  # fmt: skip
    given = {"place": thing.place, "wanted": {"place": thing.place}} | values
    thing.village.do(
        lambda db: db.execute(broadcast_rows.update().where(broadcast_rows.c.id == sent.id).values(**given))
    )
    thing.village.do(
        lambda db: db.execute(
            delivery_rows.update()
            .where(delivery_rows.c.broadcast_id == sent.id)
            .values(state="refused", understood_at=thing.village.now)
        )
    )
    return sent


def _state_of(thing: Thing, sent: broadcasts.Broadcast) -> str:
    state = select(broadcast_rows.c.state).where(broadcast_rows.c.id == sent.id)
    return str(thing.village.do(lambda db: db.execute(state).scalar_one()))


def approve(thing: Thing) -> bool:
    sent = _announced_by_another(thing, "Xem tại ocop.vn")
    role = roles.Role(sent.role_id, sent.author, "province_official", PROVINCE, None, thing.village.now.date())
    people = 0
    if thing.village.pack.places.get(thing.place) is not None:
        wanted = audiences.Wanted(thing.place)
        people = thing.village.do(
            audiences.count, pack=thing.village.pack, role=role, wanted=wanted, now=thing.village.now
        ).count
    thing.says(f"/thongbao xemduyet {sent.id}")
    thing.says(f"/thongbao duyet {sent.id} 1 {people}")
    return _state_of(thing, sent) == "going"


def pause(thing: Thing) -> bool:
    thing.village.person("far", "Bà Xa", place=OTHER_COMMUNE)  # with nobody to wait there is nothing to pause
    sent = _announced(thing)
    thing.says(f"/thongbao tamdung {sent.id}")
    return _state_of(thing, sent) == "paused"


def retry(thing: Thing) -> bool:
    sent = _announced_by_another(thing, "Bản tin", state="done", author=thing.actor.person_id)
    thing.says(f"/thongbao guilai {sent.id}")
    return _state_of(thing, sent) == "going"


def tag(thing: Thing) -> bool:
    sent = _announced_by_another(thing, "Bản tin")
    thing.says(f"/thongbao nhan {sent.id}")
    label = f"nhãn {thing.canary}"[:30]
    thing.says(label)
    thing.says("/huy")
    there = select(tag_rows.c.person_id).where(tag_rows.c.tag == label)
    return thing.village.do(lambda db: db.execute(there).first()) is not None


def _asked(thing: Thing) -> str:
    question, _ = thing.village.do(
        questions.ask, pack=thing.village.pack, person_id=thing.village.person("somebody"), place=thing.place,
        text=thing.canary, now=thing.village.now, tell=_silent,
    )  # fmt: skip
    return question.id


def _silent(person_id: str, key: str, values: object, actions: object) -> Message:
    return Message(f"{key} {person_id}"[:40])


def see_question(thing: Thing) -> bool:
    question = _asked(thing)
    seen = thing.canary in thing.says(f"/traloi {question}")
    thing.says("/huy")
    return seen


def answer_question(thing: Thing) -> bool:
    question = _asked(thing)
    thing.says(f"/traloi {question}")
    thing.says("Mời bà con tới Ủy ban sáng thứ Hai")
    answered = select(question_rows.c.answered_at).where(question_rows.c.id == question)
    return thing.village.do(lambda db: db.execute(answered).scalar_one()) is not None


def _reminded(thing: Thing, person_id: str, application: Application) -> str:
    """A reminder of the plan's last day, for somebody's accepted idea."""
    village = thing.village
    ahead = village.do(deadlines.open_deadlines, places=village.pack.places, place=None, now=village.now)
    plan = next(one for one in ahead if one.spec == "plan_due")
    row = {"rule": "7", "subject": f"a:{application.id}", "state": "said"}
    accepted = update(application_rows).where(application_rows.c.id == application.id).values(status="idea_accepted")
    village.do(lambda db: db.execute(accepted).rowcount)
    village.do(
        lambda db: db.execute(
            occurrences.insert().values(
                id=thing.canary, deadline_id=plan.id, person_id=person_id, due_at=village.now, **row
            )
        )
    )
    return thing.canary


def say_handed_in(thing: Thing) -> bool:
    """By the reminder, as a member; and past it at the function that records."""
    application = thing.application()
    thing.says(f"/nhacviec xong {_reminded(thing, thing.actor.person_id, application)}")
    said = select(handed_papers.c.id).where(handed_papers.c.application_id == application.id)
    return thing.village.do(lambda db: db.execute(said).first()) is not None


def type_recording(thing: Thing) -> bool:
    village = thing.village
    maker = village.person("speaker")
    draft = village.do(open_draft, person_id=maker, form="idea", now=village.now)
    one, _ = village.do(
        enclosures.enclose, pack=village.pack, draft=draft, field="product_name", kind="voice", place=thing.place,
        now=village.now, tell=lambda *_: Message("?"),
    )  # fmt: skip
    file = village.do(
        files.want, person_id=maker, channel="test", ref=one.id, mime="audio/ogg", size=9, now=village.now
    )
    village.do(lambda db: db.execute(update(files.files).values(state="kept")))
    village.do(lambda db: db.execute(update(enclosure_rows).values(file_id=file.id, place=thing.place)))
    village.deliver()
    heard = bool(thing.says(f"/goloi {one.id}")) and thing.village.talk(thing.actor.account).topic == "goloi"
    thing.says("Khoai deo")
    found = village.do(enclosures.enclosure, one.id)
    assert found is not None
    typed = found.state is enclosures.State.TYPED
    assert heard == typed
    return typed


def record_prompt(thing: Thing) -> bool:
    """Speak a text; the recording is there for everybody, or not at all."""
    village = thing.village
    thing.says("/thuam cau.product_name")
    voice = IncomingFile(f"prompt of {thing.actor.account}", "voice.ogg", "audio/ogg", 9)
    village.send(thing.actor.account, "voice", voice)
    found = village.do(prompts.prompt, pack=village.pack, key="cau.product_name")
    village.say(thing.actor.account, "/huy")
    village.do(lambda db: db.execute(delete(prompt_rows)))
    return found is not None and found.author == village.person(thing.actor.account)


def confirm_paper(thing: Thing) -> bool:
    application, village = thing.application(), thing.village
    owner = thing.actor.others["owner"] if thing.mine else village.person("somebody")
    ahead = village.do(deadlines.open_deadlines, places=village.pack.places, place=None, now=village.now)
    said = village.do(
        papers.say_handed_in, pack=village.pack, person_id=owner, deadline=ahead[0], application_id=application.id,
        now=village.now, tell=lambda *_: Message("?"),
    )  # fmt: skip
    assert said is not None
    paper, _ = said
    village.deliver()
    thing.says(f"/giay {paper.id} {paper.version} nhan")
    found = village.do(handed_papers_module.read, handed_papers.c.id == paper.id)[0].state
    for held in thing.actor.held:
        with suppress(roles.NotAllowedError, papers.MovedOnError):
            village.do(
                papers.answer, pack=village.pack, paper_id=paper.id, version=paper.version, received=True, role=held,
                now=village.now, tell=lambda *_: Message("?"),
            )  # fmt: skip
    assert found == village.do(handed_papers_module.read, handed_papers.c.id == paper.id)[0].state
    return found is handed_papers_module.State.RECEIVED


def see_unanswered(thing: Thing) -> bool:
    thing.village.do(note_unanswered, text=thing.canary, place=thing.place, now=thing.village.now)
    return thing.canary in thing.says("/cauhoi")


def write_answer(thing: Thing) -> bool:
    thing.village.do(note_unanswered, text=thing.canary, place=thing.place, now=thing.village.now)
    newest = select(unanswered.c.id).order_by(unanswered.c.asked_at.desc()).limit(1)
    lost = thing.village.do(lambda db: db.execute(newest).scalar_one())
    thing.says(f"/soandap {lost}")
    for words in ("Mời bà con tới Ủy ban sáng thứ Hai", "Thông báo 12/TB-UBND của xã"):
        thing.says(words)
    thing.taps("90 ngày")
    if thing.village.talk(thing.actor.account).step == "place":
        thing.village.press(thing.actor.account, thing.village.last(thing.actor.account).choices[0].action)
    thing.taps("Gửi người duyệt")
    thing.says("/huy")
    answered = select(unanswered.c.answer_id).where(unanswered.c.id == lost)
    return thing.village.do(lambda db: db.execute(answered).scalar_one()) is not None


def approve_answer(thing: Thing) -> bool:
    writer = thing.village.official("writer", "province_official", PROVINCE)
    question = thing.canary
    thing.village.do(note_unanswered, text=question, place=thing.place, now=thing.village.now)

    def insert(db: Connection) -> str:
        vault, on = vault_of(db), thing.village.now.date()
        sealed = {
            f"{part}_sealed": vault.seal_common(f"office_answers:{part}:{question}", "Mời bà con tới Ủy ban")
            for part in ("question", "text", "source")
        }
        db.execute(
            office_answers.insert().values(
                id=question,
                state="waiting",
                place=thing.place,
                author=writer.person_id,
                role_id=writer.id,
                until=on,
                written_at=thing.village.now,
                **sealed,
            )
        )
        return question

    answer_id = thing.village.do(insert)
    thing.says(f"/soandap duyet {answer_id}")
    state = select(office_answers.c.state).where(office_answers.c.id == answer_id)
    return thing.village.do(lambda db: db.execute(state).scalar_one()) == "published"


def see_counts(thing: Thing) -> bool:
    application = thing.application()
    item = thing.village.pack.programme.kind("new").items[0]
    thing.village.do(
        lambda db: db.execute(
            checklist_items.insert().values(
                application_id=application.id, item=item.id, state="need_help", updated_at=thing.village.now
            )
        )
    )
    places, today = thing.village.pack.places, thing.village.now.date()
    return any(
        thing.place in thing.village.do(checklists.counts_by_place, role=held, places=places, on=today)
        for held in thing.actor.held
    )


def see_own(thing: Thing) -> bool:
    application = thing.application()
    seen = {thing.canary in thing.says(f"/{command} {application.code}") for command in ("trangthai", "xem")} | {
        "paper:" in repr(thing.village.say(thing.actor.account, f"/phieu {application.code}"))
    }
    assert len(seen) == 1, "the ways of looking at an application do not agree"
    return seen.pop()


def edit_own(thing: Thing) -> bool:
    application = thing.application()
    thing.says(f"/sua {application.code} product_name")
    thing.says(f"{thing.canary} mới")
    thing.taps("Gửi")
    thing.says("/huy")
    opened = select(func.count()).select_from(drafts).where(drafts.c.application_id == application.id)
    begun = thing.village.do(lambda db: db.execute(opened).scalar_one()) > 0
    changed = thing.village.fresh(application).product == f"{thing.canary} mới"
    assert begun == changed
    return changed


def withdraw_own(thing: Thing) -> bool:
    application = thing.application()
    thing.says(f"/ruthoso {application.code} chac")
    return thing.village.fresh(application).status == "withdrawn"


def set_item(thing: Thing) -> bool:
    application = thing.application()
    item = thing.village.pack.programme.kind("new").items[0]
    thing.says(f"/vieccanlam {application.code} {item.id} co")
    ticked = thing.village.do(checklists.checklist, pack=thing.village.pack, application=application)
    return ticked[0].state == "have"


def see_entity(thing: Thing) -> bool:
    return thing.village.do(
        entities.entity_for, entity_id=thing.application().entity_id, person_id=thing.actor.person_id
    ) is not None  # fmt: skip


def invite_own(thing: Thing) -> bool:
    application = thing.application()
    codes = select(func.count()).select_from(invitations).where(invitations.c.entity_id == application.entity_id)
    before = thing.village.do(lambda db: db.execute(codes).scalar_one())
    thing.says(f"/moinguoi {application.entity_id}")
    return thing.village.do(lambda db: db.execute(codes).scalar_one()) > before


def move_day(thing: Thing) -> bool:
    """Through the chat as far as it lets one, and past it at the function that moves."""
    village, day = thing.village, date(2021, 7, 5)
    row = {"spec": "plan_due", "place": thing.place, "round": thing.canary, "sample": False}
    closes = closing_moment(village.pack, date(2021, 7, 7))
    village.do(lambda db: db.execute(deadline_rows.insert().values(id=thing.canary, closes_at=closes, **row)))
    thing.says(f"/hanchot doi {thing.canary}")
    thing.says(f"{day:%d/%m/%Y}")
    thing.taps("Đúng")
    thing.says("/huy")
    at = select(deadline_rows.c.closes_at).where(deadline_rows.c.id == thing.canary)
    by_chat = village.do(lambda db: db.execute(at).scalar_one()) != closes
    for held in thing.actor.held:
        with suppress(roles.NotAllowedError):
            village.do(
                rounds.move_deadline, pack=village.pack, deadline_id=thing.canary, last=day, role=held,
                on=village.now.date(), now=village.now,
            )  # fmt: skip
    assert by_chat == (village.do(lambda db: db.execute(at).scalar_one()) != closes)
    return by_chat


def pause_place(thing: Thing) -> bool:
    village = thing.village
    day = village.now.date() + timedelta(days=3)
    thing.says(f"/tamdung {thing.place} {day} chac")
    held = village.do(pauses.pauses_now, now=village.now)
    thing.says(f"/tamdung bo {thing.place}")
    return any(one.place == thing.place for one in held)


def see_roles(thing: Thing) -> bool:
    _helper_there(thing)
    return thing.canary in thing.says("/capquyen")


def invite_to_a_role(thing: Thing) -> bool:
    """By the chat where a helper may be at this place, else by the rule: no lower role belongs to that level."""
    village, on = thing.village, thing.village.now.date()
    found = village.pack.places.get(thing.place)
    level = village.pack.programme.roles.get("helper")
    if found is None or level not in {None, found.level}:
        return any(roles.may(held, "role.invite", thing.place, village.pack.places, on=on) for held in thing.actor.held)
    thing.says("/capquyen moi helper")
    said = thing.says(village.pack.places.full_name(thing.place))
    thing.says("/huy")
    return "/start cb_" in said


def end_role(thing: Thing) -> bool:
    one = _helper_there(thing)
    thing.village.press(thing.actor.account, f"/capquyen thoihan {one.id}")
    after = thing.village.do(roles.role_by_id, one.id)
    return after is not None and after.revoked


def _helper_there(thing: Thing) -> roles.Role:
    """A helper of this place, known by the canary."""
    held = thing.village.official(f"helper-{thing.canary}", "helper", thing.place)
    thing.village.do(
        set_official_name, person_id=held.person_id, name=thing.canary, now=thing.village.now, by="operator"
    )
    return held


TRIED: dict[str, Callable[[Thing], bool]] = {
    "deadline.move": move_day,
    "role.see": see_roles,
    "role.invite": invite_to_a_role,
    "role.revoke": end_role,
    "place.pause": pause_place,
    "review.see": see_application,
    "review.accept": accept,
    "review.return": return_,
    "review.decline": decline,
    "announce.send": announce,
    "announce.report": report,
    "announce.cancel": cancel,
    "announce.approve": approve,
    "announce.pause": pause,
    "announce.retry": retry,
    "announce.tag": tag,
    "event.invite": invite_to_event,
    "event.change": change_event,
    "event.see": see_event,
    "event.attend": tick_event,
    "export.run": take_list,
    "entity.hand_over": hand_over,
    "entry.for_others": enter_for_others,
    "question.see": see_question,
    "question.answer": answer_question,
    "recording.type": type_recording,
    "prompt.record": record_prompt,
    "paper.confirm": confirm_paper,
    "paper.say_own": say_handed_in,
    "unanswered.see": see_unanswered,
    "answer.write": write_answer,
    "answer.approve": approve_answer,
    "checklist.counts": see_counts,
    "application.see_own": see_own,
    "application.edit_own": edit_own,
    "application.withdraw_own": withdraw_own,
    "checklist.set_own": set_item,
    "entity.see_own": see_entity,
    "entity.invite_own": invite_own,
}
