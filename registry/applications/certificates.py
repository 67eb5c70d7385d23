"""The certificate a producer reports with an application: kept as a recognition, confirmed or refused by the office."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select

from content.programme.pack import Pack
from registry.applications.applications import Application, product_named
from registry.products import recognitions
from registry.products.products import correct_product
from registry.products.recognitions import Certificate
from registry.store.rows import applications

SUBMITTED = "certificate_submitted"


def certificate_in(answers: Mapping[str, Any]) -> Certificate | None:
    """The certificate in the answers of a form; None when a fact is missing."""
    stars, issued_on = str(answers.get("stars", "")), _day(answers.get("certified_on"))
    if not stars.isdecimal() or issued_on is None or not answers.get("certificate"):
        return None
    return Certificate(int(stars), str(answers["certificate"]), issued_on, _day(answers.get("certificate_ends")))


def report_certificate(db: Connection, pack: Pack, application: Application, now: datetime) -> None:
    """Keep the certificate of an application that waits for the office's confirmation; nothing for others."""
    found = certificate_in(application.answers) if application.status == SUBMITTED else None
    if found is not None:
        recognitions.report(
            db, programme=pack.programme, product_id=application.product_id, application_id=application.id,
            certificate=found, actor=application.person_id, now=now,
        )  # fmt: skip


def settle_certificate(db: Connection, *, application_id: str, act: str, actor: str, now: datetime) -> None:
    """Confirm the reported certificate of an application, or refuse it, after this act; nothing after others."""
    if act == "certificate_confirm":
        recognitions.confirm(db, application_id=application_id, actor=actor, now=now)
    elif act in {"certificate_decline", "withdraw"}:
        recognitions.refuse(db, application_id=application_id, actor=actor, now=now)


def follow_course(db: Connection, application: Application) -> None:
    """Correct a product after its newest course was corrected; an older course changes nothing."""
    newest = db.execute(
        select(applications.c.id)
        .where(applications.c.product_id == application.product_id)
        .order_by(applications.c.submitted_at.desc(), applications.c.code.desc())
        .limit(1)
    ).scalar_one_or_none()
    if newest == application.id and application.answers:
        correct_product(
            db, product_id=application.product_id, name=product_named(application.answers), place=application.place,
            product_group=application.product_group,
        )  # fmt: skip


def _day(stored: object) -> date | None:
    """A day as a form stores it; None for a month or a year."""
    try:
        return date.fromisoformat(str(stored))
    except ValueError:
        return None
