"""The person behind a question, for the official who answers it: name, number and product, after their consent."""

from sqlalchemy import Connection

from content.language.saying import phone_said
from registry.applications.applications import applications_of
from registry.people import consents
from registry.people.people import person


def asker_of(db: Connection, *, person_id: str, application_id: str | None, kind: str) -> str:
    """
    Name, number and product of somebody who asked, as one line; empty without their consent to be contacted.

    A question about an application names that one.  The author of a complaint is never named here.
    """
    known = person(db, person_id)
    if known is None or kind == "report":
        return ""
    if not consents.has_given(db, person_id=person_id, purpose="registration"):
        return ""
    mine = applications_of(db, person_id=person_id)
    about = next((one for one in mine if one.id == application_id), mine[0] if len(mine) == 1 else None)
    phone = known.phone or (str(about.answers["phone"]) if about is not None and about.answers.get("phone") else None)
    parts = (
        known.name,
        phone_said(phone) if phone else None,
        f"{about.product} ({about.code})" if about is not None else None,
    )
    return ", ".join(part for part in parts if part)
