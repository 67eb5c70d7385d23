"""The consent to a registration: asked before the first personal question, in a form and before a claim alike."""

from content.actions.answers import Agree, ReadMore, SayNo, parse_press
from handlers.conversation.desk import Desk
from handlers.conversation.telling import fill_pack, said
from handlers.conversation.turn import Button, Heard, Say, Turn, Waiting
from handlers.form.remarks import Words, asks_something
from handlers.gioithieu import answered_beside
from handlers.reading.choice import read_choice
from registry.people import consents

PURPOSE = "registration"


def has_agreed(desk: Desk) -> bool:
    """True for a person who agreed to the present text; an earlier text does not count."""
    version = desk.pack.consent_texts[PURPOSE].version
    return consents.has_given(desk.db, person_id=desk.person.id, purpose=PURPOSE, text_version=version)


def ask_consent(desk: Desk, waits: Waiting, *, more: bool = False) -> Turn:
    """Explain purposes and rights.  No personal question comes before a clear yes; silence is not one."""
    consent = desk.pack.consent_texts[PURPOSE]
    text = fill_pack(desk.house, desk.person, "consent", consent.more if more else consent.text)
    buttons = [Button(Agree(), "dangky.agree"), Button(SayNo(), "dangky.disagree")]
    if not more:
        buttons.insert(1, Button(ReadMore(), "dangky.read_more"))
    return Turn((Say("dangky.consent", {"text": text}, tuple(buttons)),), waits)


def hear_consent(desk: Desk, heard: Heard, waits: Waiting) -> Turn | None:
    """Store a clear yes and return None; otherwise the turn that refuses, explains or asks again."""
    answer = Words(heard.text)
    agreed = answer.yesno.understood if heard.text else None
    match parse_press(heard.press):
        case ReadMore():
            return ask_consent(desk, waits, more=True)
        case Agree():
            agreed = True
        case SayNo():
            agreed = False
    if agreed is None:
        again = ask_consent(desk, waits)
        if read_choice(heard.text, [said(desk, "dangky.read_more")]).understood is not None:
            return ask_consent(desk, waits, more=True)
        if asks_something(answer):
            card = answered_beside(desk, heard.text)
            return Turn((card, *again.says), again.waits) if card else ask_consent(desk, waits, more=True)
        return Turn((Say("dangky.consent_unclear", buttons=again.says[0].buttons),), again.waits)
    if not agreed:
        return Turn((Say("dangky.no_consent", buttons=(Button("/gioithieu", "menu.learn"),)),))
    consents.give(
        desk.db, person_id=desk.person.id, purpose=PURPOSE, text_version=desk.pack.consent_texts[PURPOSE].version,
        channel=desk.said.channel, now=desk.now,
    )  # fmt: skip
    return None
