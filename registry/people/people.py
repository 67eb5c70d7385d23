"""People and their accounts on channels.  A person is met by speaking; nothing personal is asked for that."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, case, delete, func, insert, null, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from registry.store.prepared import Prepared, inserting
from registry.store.rows import accounts, drafts, new_id, people, roles
from registry.store.sealing import data_key, forget_keys, know_key, vault_of
from registry.store.tombstones import Kind, note

CLOCKS_DIFFER = timedelta(minutes=1)
"""Between the platform's clock and ours."""

_WISHES = ("stopped_at", "paused_until", "reminders", "lessons")
"""The preferences that keep messages away."""

_PERSON = Prepared(select(people).where(people.c.id == bindparam("of_person")))
_MERGED_INTO = select(people.c.id).where(people.c.merged_into == bindparam("of_person"))
_MERGED_IDS = Prepared(_MERGED_INTO)
_SPOKE_AT = bindparam("spoke_at", type_=accounts.c.last_spoke_at.type)
_SPOKE = Prepared(
    update(accounts)
    .where(accounts.c.channel == bindparam("on_channel"), accounts.c.account == bindparam("as_account"))
    .values(
        last_spoke_at=case((accounts.c.last_spoke_at < _SPOKE_AT, _SPOKE_AT), else_=accounts.c.last_spoke_at),
        state=case((accounts.c.last_spoke_at <= _SPOKE_AT, "open"), else_=accounts.c.state),
    )
    .returning(accounts)
)
_NEW_PERSON = inserting(people, "id", "data_key", "sample", "created_at", language="vi")
_NEW_ACCOUNT = Prepared(
    insert(accounts)
    .values({name: bindparam(name) for name in ("id", "person_id", "channel", "account", "last_spoke_at")})
    .values(state="open")
    .returning(accounts)
)
_ACCOUNTS_OF = Prepared(
    select(accounts).where(accounts.c.person_id == bindparam("of_person")).order_by(accounts.c.last_spoke_at.desc())
)
_SET_NAME = Prepared(
    update(people).where(people.c.id == bindparam("of_person")).values(name_sealed=bindparam("name_sealed"))
)
_SET_PHONE = Prepared(
    update(people)
    .where(people.c.id == bindparam("of_person"))
    .values(
        phone_sealed=bindparam("phone_sealed"),
        phone_print=bindparam("found_by"),
        phone_verified_at=case(
            (people.c.phone_print == bindparam("found_by"), people.c.phone_verified_at), else_=null()
        ),
    )
)


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    name: str | None
    phone: str | None
    address_form: str | None
    language: str
    place: str | None
    reminders: bool
    remind_hour: int | None
    paused_until: datetime | None
    stopped_at: datetime | None
    lessons: str | None
    heard_aloud: int
    sample: bool
    created_at: datetime

    def wants_unasked(self, now: datetime) -> bool:
        """True when the person takes messages they did not ask for."""
        return self.stopped_at is None and (self.paused_until is None or self.paused_until <= now)


@dataclass(frozen=True, slots=True)
class Account:
    id: str
    person_id: str
    channel: str
    account: str
    state: str  # open, unreachable
    last_spoke_at: datetime


def meet(
    db: Connection,
    *,
    channel: str,
    account: str,
    now: datetime,
    spoke_at: datetime | None = None,
    sample: bool = False,
) -> tuple[Person, Account]:
    """
    Return the person behind an account; the first message makes a new one.

    `spoke_at` is the platform's time of the message, where it gives one: a late message does not open a reply window
    again. A message reopens an account that could not be reached, and makes it the one where notices arrive.
    """
    found = _SPOKE.row(db, on_channel=channel, as_account=account, spoke_at=spoke_at or now)
    if found is not None:
        known = person(db, found.person_id)
        if known is not None:
            return known, _account(found)
        # erased before, and now back: a new person without a past
        person_id = new_person(db, now=now, sample=sample)
        db.execute(update(accounts).where(accounts.c.id == found.id).values(person_id=person_id))
        found = db.execute(select(accounts).where(accounts.c.id == found.id)).one()
    else:
        person_id = new_person(db, now=now, sample=sample)
        found = _NEW_ACCOUNT.row(
            db, id=new_id(), person_id=person_id, channel=channel, account=account, last_spoke_at=spoke_at or now
        )
    met = person(db, person_id)
    assert met is not None  # noqa: S101  made three lines above
    return met, _account(found)


def new_person(db: Connection, *, now: datetime, sample: bool = False) -> str:
    """Make a person with a data key and nothing else; also for people an office's list names."""
    person_id = new_id()
    _NEW_PERSON.count(db, id=person_id, data_key=vault_of(db).new_data_key(), sample=sample, created_at=now)
    return person_id


def person(db: Connection, person_id: str) -> Person | None:
    """One person; None when there is none or they were erased."""
    row = _PERSON.row(db, of_person=person_id)
    if row is None or row.data_key is None:
        return None
    know_key(db, person_id, row.data_key)
    vault = vault_of(db)

    def opened(column: str, sealed: bytes | None) -> str | None:
        if sealed is None:
            return None
        return vault.unseal(row.data_key, f"people:{column}:{person_id}", sealed)

    return Person(
        id=row.id,
        name=opened("name", row.name_sealed),
        phone=opened("phone", row.phone_sealed),
        address_form=row.address_form,
        language=row.language,
        place=row.place,
        reminders=row.reminders,
        remind_hour=row.remind_hour,
        paused_until=row.paused_until,
        stopped_at=row.stopped_at,
        lessons=row.lessons,
        heard_aloud=row.heard_aloud,
        sample=row.sample,
        created_at=row.created_at,
    )


def set_name(db: Connection, *, person_id: str, name: str) -> None:
    vault, key = vault_of(db), _key(db, person_id)
    sealed = vault.seal(key, f"people:name:{person_id}", name)
    _SET_NAME.count(db, of_person=person_id, name_sealed=sealed)


def set_phone(db: Connection, *, person_id: str, phone: str) -> None:
    """
    Keep a phone number in E.164, sealed, with a keyed hash to find it by.

    A number stays vouched for only while it is the same.
    """
    vault, key = vault_of(db), _key(db, person_id)
    found_by = vault.fingerprint("phone", phone)
    sealed = vault.seal(key, f"people:phone:{person_id}", phone)
    _SET_PHONE.count(db, of_person=person_id, phone_sealed=sealed, found_by=found_by)


def set_preference(db: Connection, *, person_id: str, **values: str | int | bool | datetime | None) -> None:
    """
    Change how a person wants to be spoken to.

    Takes language, place, address_form, reminders, remind_hour, paused_until,
    stopped_at, lessons and heard_aloud; anything else is a fault of the caller.
    """
    unknown = set(values) - {
        "language", "place", "address_form", "reminders", "remind_hour", "paused_until", "stopped_at", "lessons",
        "heard_aloud",
    }  # fmt: skip
    if unknown:
        raise ValueError(f"A person has no preference {', '.join(sorted(unknown))}.")
    db.execute(update(people).where(people.c.id == person_id).values(**values))
    if "place" in values:  # other deadlines may hold there
        db.execute(update(drafts).where(drafts.c.person_id == person_id).values(planned_for=None))
    wishes = {name: values[name] for name in _WISHES if name in values}
    if wishes:
        facts: dict[str, Any] = {
            name: one.isoformat() if isinstance(one, datetime) else one for name, one in wishes.items()
        }
        note(db, Kind.MESSAGES, person_id, **facts)


def accounts_of(db: Connection, person_id: str) -> tuple[Account, ...]:
    """All accounts of a person, the one that last spoke first."""
    return tuple(_account(row) for row in _ACCOUNTS_OF.rows(db, of_person=person_id))


def open_account(db: Connection, *, channel: str, account: str) -> Account | None:
    """Return an account that can be reached; None when it is closed or unknown."""
    which = (accounts.c.channel == channel, accounts.c.account == account, accounts.c.state == "open")
    row = db.execute(select(accounts).where(*which)).one_or_none()
    return None if row is None else _account(row)


def count_accounts(db: Connection, *, channel: str) -> int:
    """Return how many accounts of a channel ever wrote to the bot."""
    return db.execute(select(func.count()).select_from(accounts).where(accounts.c.channel == channel)).scalar_one()


def admins(db: Connection, *, on: date) -> tuple[str, ...]:
    """Return the people who have the role of administrator on a day."""
    held = (roles.c.role == "admin", roles.c.revoked_at.is_(None), roles.c.until >= on, people.c.erased_at.is_(None))
    found = select(roles.c.person_id).join(people, people.c.id == roles.c.person_id).where(*held).distinct()
    return tuple(db.execute(found).scalars())


def reach(db: Connection, person_id: str) -> Account | None:
    """The account a notice goes to: the open one that last spoke."""
    found = next((account for account in accounts_of(db, person_id) if account.state == "open"), None)
    if found is not None:
        return found
    into = current(db, person_id)
    return None if into == person_id else reach(db, into)


def current(db: Connection, person_id: str) -> str:
    """Return the present id of a person: theirs, or the person they were merged into."""
    row = _PERSON.row(db, of_person=person_id)
    return person_id if row is None or row.merged_into is None else str(row.merged_into)


def account_person(db: Connection, *, channel: str, account: str) -> str | None:
    """Whose account this is, without meeting them."""
    found: str | None = db.execute(
        select(accounts.c.person_id).where(accounts.c.channel == channel, accounts.c.account == account)
    ).scalar_one_or_none()
    return found


def mark_unreachable(db: Connection, *, channel: str, account: str) -> None:
    """Set an account aside that blocked us or is gone; its next word reopens it."""
    db.execute(
        update(accounts).where(accounts.c.channel == channel, accounts.c.account == account).values(state="unreachable")
    )


def leave(db: Connection, *, channel: str, account: str, at: datetime) -> None:
    """
    Mark the account of a person who left unreachable.

    Events may arrive out of order: a leave older than the last message is ignored, and so is a message older than the
    leave.
    """
    db.execute(
        update(accounts)
        .where(
            accounts.c.channel == channel,
            accounts.c.account == account,
            accounts.c.last_spoke_at <= at + CLOCKS_DIFFER,
        )
        .values(
            state="unreachable",
            last_spoke_at=case((accounts.c.last_spoke_at < at, at), else_=accounts.c.last_spoke_at),
        )
    )


def merged_ids(db: Connection, person_id: str) -> tuple[str, ...]:
    """A person with all those merged into them: under whose keys their words lie."""
    return (person_id, *(row.id for row in _MERGED_IDS.rows(db, of_person=person_id)))


def of_them(column: ColumnElement[str]) -> ColumnElement[bool]:
    """The same as a condition of a prepared statement, on a column that names a person; asks for `of_person`."""
    return or_(column == bindparam("of_person"), column.in_(_MERGED_INTO))


def by_phone(db: Connection, phone: str) -> str | None:
    """Return the person with this number (E.164), on any account; for offices that know a producer by phone."""
    found = db.execute(
        select(people.c.id)
        .where(people.c.phone_print == vault_of(db).fingerprint("phone", phone))
        .order_by(people.c.merged_into.is_not(None), people.c.created_at)
        .limit(1)
    ).scalar_one_or_none()
    return None if found is None else current(db, found)


def share_a_number(db: Connection, one: str, other: str) -> bool:
    """True when platforms vouched for the same number of both."""
    prints = db.execute(
        select(people.c.phone_print).where(
            people.c.id.in_((one, other)),
            people.c.phone_verified_at.is_not(None),
            people.c.erased_at.is_(None),
            people.c.merged_into.is_(None),
        )
    ).scalars()
    found = list(prints)
    return one != other and len(found) == 2 and found[0] is not None and found[0] == found[1]


def take_over(db: Connection, *, keep: str, gone: str, now: datetime) -> None:  # noqa: ARG001  every noun is called alike
    """
    Move the accounts over, and fill in what only the other person's row knows.

    Where both rows have a value, the kept one wins.  A "stop" and the longer pause of either count.
    """
    mine, theirs = person(db, keep), person(db, gone)
    if mine is None or theirs is None:
        raise LookupError("One of the two was erased; nothing was linked.")
    if mine.name is None and theirs.name is not None:
        set_name(db, person_id=keep, name=theirs.name)
    if theirs.phone is not None and (mine.phone is None or share_a_number(db, keep, gone)):
        set_phone(db, person_id=keep, phone=theirs.phone)
        vouched = select(people.c.phone_verified_at).where(people.c.id == gone).scalar_subquery()
        db.execute(update(people).where(people.c.id == keep).values(phone_verified_at=vouched))
    filled = {
        name: getattr(theirs, name)
        for name in ("place", "address_form", "remind_hour", "lessons")
        if getattr(mine, name) is None and getattr(theirs, name) is not None
    }
    if theirs.stopped_at is not None and mine.stopped_at is None:
        filled["stopped_at"] = theirs.stopped_at
    if theirs.paused_until is not None and (mine.paused_until is None or mine.paused_until < theirs.paused_until):
        filled["paused_until"] = theirs.paused_until
    if theirs.reminders:
        filled["reminders"] = True  # asked for on one of them; the consent moves over too
    if theirs.heard_aloud > mine.heard_aloud:
        filled["heard_aloud"] = theirs.heard_aloud
    if filled:
        set_preference(db, person_id=keep, **filled)
    db.execute(update(accounts).where(accounts.c.person_id == gone).values(person_id=keep))


def mark_merged(db: Connection, *, keep: str, gone: str, now: datetime) -> None:
    """
    Point one person, and everyone merged into them before, to the person they are now.

    The chain is therefore never longer than one step.
    """
    db.execute(update(people).where(people.c.id == gone).values(stopped_at=now))
    db.execute(update(people).where(or_(people.c.id == gone, people.c.merged_into == gone)).values(merged_into=keep))


def forget(db: Connection, *, person_id: str, now: datetime) -> None:
    """
    Delete the accounts and destroy the data key, and with it every sealed text of this database.

    The row stays without texts, so that what names it still points to a person.  A backup made before still holds
    the key until it is deleted.  Idempotent.
    """
    db.execute(delete(accounts).where(accounts.c.person_id == person_id))
    db.execute(
        update(people)
        .where(people.c.id == person_id, people.c.erased_at.is_(None))
        .values(
            data_key=None,
            name_sealed=None,
            phone_sealed=None,
            phone_print=None,
            place=None,
            address_form=None,
            lessons=None,
            heard_aloud=0,
            reminders=False,
            stopped_at=now,
            erased_at=now,
        )
    )
    forget_keys(db)
    note(db, Kind.ERASED, person_id, now=now)


def names_of(db: Connection, person_ids: tuple[str, ...]) -> Mapping[str, str | None]:
    """Names by person, for those who may see them; the caller guards the scope."""
    return {person_id: (found.name if (found := person(db, person_id)) else None) for person_id in person_ids}


def _key(db: Connection, person_id: str) -> bytes:
    key = data_key(db, person_id)
    if key is None:
        raise LookupError(f"Person {person_id} is not here (any more); nothing was kept.")
    return key


def _account(row: Row[Any]) -> Account:
    return Account(row.id, row.person_id, row.channel, row.account, row.state, row.last_spoke_at)
