"""The buttons of producers: forms, applications, learning, contact, accounts and data."""

from typing import Literal

from content.actions.action import Action

AddressForm = Literal["anh", "chi", "co", "chu", "bac"]


class AnswerInvitation(Action, spelled="/thamdu {gathering} {answer}"):
    """Accept (di), decline (khong) or postpone the answer (sau) to an invitation."""

    gathering: str
    answer: Literal["di", "khong", "sau"]


# --- forms and drafts -------------------------------------------------------------------------------------------------


class BeginAnother(Action, spelled="/dangky moi"):
    """Begin a further idea, although another one is unfinished."""


class RegisterLike(Action, spelled="/dangky giong {code}"):
    """Begin an idea of the same entity as the idea with this code; without a code, as the latest idea."""

    code: str | None = None


class RegisterFor(Action, spelled="/dangky cua {entity}"):
    """Begin an idea of one of one's entities."""

    entity: str


class RegisterAgain(Action, spelled="/dangky lai {code}"):
    """Begin an idea with the answers of one's declined or withdrawn application."""

    code: str


class ContinueDraft(Action, spelled="/tieptuc {draft}"):
    """Ask the question at which a draft was left."""

    draft: str


class DropDraft(Action, spelled="/bophieu {draft}"):
    """Drop an unfinished draft."""

    draft: str


class ReopenDraft(Action, spelled="/bophieu lai {draft}"):
    """Take back that a draft was dropped."""

    draft: str


class HandIn(Action, spelled="/gui {draft}"):
    """Submit a finished draft."""

    draft: str


class HandInAsOther(Action, spelled="/gui {draft} khac"):
    """Submit a finished draft: it is another product than the recognised one with a like name."""

    draft: str


# --- one application --------------------------------------------------------------------------------------------------


class AddToIdea(Action, spelled="/bosung {code}"):
    """Ask the optional questions of a submitted idea."""

    code: str


class CorrectAnswer(Action, spelled="/sua {which} {field}"):
    """
    Correct one answer, or show the summary where no field is named.

    `which` is the code of a submitted idea, or the number of an answer in the form that waits.
    """

    which: str
    field: str | None = None


class ShowPaper(Action, spelled="/phieu {code}"):
    """Send the filled paper of an application."""

    code: str


class ShowAnswers(Action, spelled="/xem {code}"):
    """Show every answer of an application."""

    code: str


class ShowStatus(Action, spelled="/trangthai {code}"):
    """Show the state of an application and its next step."""

    code: str


class AskWithdrawal(Action, spelled="/ruthoso {code}"):
    """Ask whether an application is really to be withdrawn."""

    code: str


class Withdraw(Action, spelled="/ruthoso {code} chac"):
    """Withdraw an application."""

    code: str


class InviteMember(Action, spelled="/moinguoi {entity}"):
    """Give a one-time code to a person who may act for an entity."""

    entity: str


class ShowChecklist(Action, spelled="/vieccanlam {code}"):
    """Show everything a product of this kind still needs."""

    code: str


class ShowTask(Action, spelled="/vieccanlam {code} {item}"):
    """Ask about one item of the checklist."""

    code: str
    item: str


class AnswerTask(Action, spelled="/vieccanlam {code} {item} {state}"):
    """Answer one item of the checklist: done (co), not yet (chua), or help is needed (giup)."""

    code: str
    item: str
    state: Literal["co", "chua", "giup"]


# --- entering for others, and confirming what was entered -------------------------------------------------------------


class BeginEntry(Action, spelled="/lamho moi"):
    """Begin an idea for another person."""


class ShowEntry(Action, spelled="/lamho xem {entry}"):
    """Show an entry and what can be done with it."""

    entry: str


class GetEntryCode(Action, spelled="/lamho ma {entry}"):
    """Give a fresh code to read out, which confirms the entry."""

    entry: str


class PrintEntry(Action, spelled="/lamho in {entry}"):
    """Send the paper of an entry, to be signed."""

    entry: str


class SendSignedPaper(Action, spelled="/lamho giay {entry}"):
    """Ask for a photo of the signed paper."""

    entry: str


class HandOverEntry(Action, spelled="/lamho giao {entry}"):
    """Give a code that hands a producer's own data over to their phone."""

    entry: str


class AskDropEntry(Action, spelled="/lamho bo {entry}"):
    """Ask whether an entry is really to be dropped."""

    entry: str


class DropEntry(Action, spelled="/lamho bo {entry} chac"):
    """Drop an entry."""

    entry: str


class ConfirmEntry(Action, spelled="/xacnhan {entry}"):
    """Confirm what was entered for oneself, by its id; a code that was read out shows the entry first."""

    entry: str


class LookAtEntry(Action, spelled="/xacnhan xem {entry}"):
    """Show every answer that was entered for oneself."""

    entry: str


class RefuseEntry(Action, spelled="/xacnhan khong {entry}"):
    """Refuse what was entered for oneself."""

    entry: str


class ConfirmByCode(Action, spelled="/xacnhan ma {code}"):
    """Confirm an entry by the code that was read out."""

    code: str


# --- learning and asking ----------------------------------------------------------------------------------------------


class ShowTopic(Action, spelled="/gioithieu {topic} {number}"):
    """Show a topic from one of its cards on, or an audience's list of topics from one of them on."""

    topic: str
    number: int | None = None


class Learn(Action, spelled="/gioithieu hoc {audience}"):
    """Receive one lesson a week."""

    audience: str


class StopLearning(Action, spelled="/gioithieu thoihoc"):
    """Receive no more lessons."""


class ChooseMeant(Action, spelled="/yla {asked} {number}"):
    """Choose one of the titles that were offered for a question, counted from 0."""

    asked: str
    number: int


class SendStory(Action, spelled="/lienhe chuyen {story}"):
    """Show the story that was told, ready to be sent to the official."""

    story: str


class AskElsewhere(Action, spelled="/lienhe doi"):
    """Ask the office of another commune."""


class Complain(Action, spelled="/lienhe tren {level}"):
    """Report an office to the one above it; without a level, the nearest office."""

    level: str | None = None


class ComplainElsewhere(Action, spelled="/lienhe doi tren {level}"):
    """Report an office of another commune to the one above it."""

    level: str | None = None


class ComplainAbout(Action, spelled="/lienhe ve {place} {level}"):
    """Report the office of a place that was named to the one above it."""

    place: str
    level: str | None = None


class StopAnswer(Action, spelled="/traloi dung {question}"):
    """Stop an answer before it leaves."""

    question: str


class AnswerQuestion(Action, spelled="/traloi {question}"):
    """Answer a question that a producer asked (for officials)."""

    question: str


# --- accounts, preferences, data --------------------------------------------------------------------------------------


class StartFromPoster(Action, spelled="/start xa_{place}"):
    """Start from the poster of a commune."""

    place: str


class MoveToPoster(Action, spelled="/start sang_{place}"):
    """Replace one's commune by that of a poster."""

    place: str


class StartAsOfficial(Action, spelled="/start cb_{code}"):
    """Take a role by invitation."""

    code: str


class StartAsTester(Action, spelled="/start thu_{code}"):
    """Take part in a trial by invitation."""

    code: str


class StartLinked(Action, spelled="/start lk_{code}"):
    """Link this account to the person who asked for the code."""

    code: str


class StartInvited(Action, spelled="/start moi_{code}"):
    """Act for an entity by invitation, or confirm an entry by its code."""

    code: str


class Link(Action, spelled="/lienket {code}"):
    """Link this account to the person who asked for the code, after one more question."""

    code: str


class LinkForSure(Action, spelled="/lienket {code} chac"):
    """Link this account to the person who asked for the code."""

    code: str


class DeclineLink(Action, spelled="/lienket {code} khong"):
    """Say that the other account belongs to another person."""

    code: str


class LinkByNumber(Action, spelled="/lienket so"):
    """Ask the account with the same phone number whether it belongs to the same person."""


class Unlink(Action, spelled="/bolienket chac"):
    """Take this account out of the linked accounts."""


class ChooseLanguage(Action, spelled="/ngonngu {language}"):
    """Speak Vietnamese or English."""

    language: Literal["vi", "en"]


class ChooseAddress(Action, spelled="/xungho {form}"):
    """Use this form of address, without its marks."""

    form: AddressForm


class PauseWeek(Action, spelled="/tamdung 7"):
    """Send only replies for seven days."""


class PauseMonth(Action, spelled="/tamdung 30"):
    """Send only replies for thirty days."""


class CopyMyData(Action, spelled="/dulieu banghi"):
    """Send a copy of everything that is stored about a person."""


class AskWithdrawConsent(Action, spelled="/dulieu rut"):
    """Ask whether consent is really to be withdrawn."""


class WithdrawConsent(Action, spelled="/dulieu rut chac"):
    """Withdraw consent."""


class AskErasure(Action, spelled="/dulieu xoa"):
    """Ask whether everything is really to be erased."""


class Erase(Action, spelled="/dulieu xoa chac"):
    """Erase a person."""
