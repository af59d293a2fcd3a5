"""Finding a receipt again (D7): by label, day and card, or by session code and e-mail. Any mismatch gets one and the same sentence."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import redis
from flask import current_app, request, session, url_for

from app.access.actor import driver
from app.domain.network.labels import spoken_label
from app.domain.sessions.queries import code_at_door, is_mailed_to, own_part_at_door, receipt_at_door
from app.kernel.errors import Conflict, Invalid, NotFound
from app.portal_driver import bp
from app.portal_driver.doors import AtSession
from app.portal_driver.forms.receipts import ReceiptForm
from app.portal_driver.session import pdf_answer, receipt_context
from app.web.database import act_as
from app.web.explain_pages import driver_explanation
from app.web.pages import go, page
from app.web.signin import current_work

#: tries per address and hour
MOST_TRIES = 10
_HOUR_S = 3600


@bp.get("/receipts")
def receipts() -> Any:
    """Where to type what is on the charge point, or in the mail."""
    return page("driver/receipts/find.html", form=ReceiptForm(formdata=None))


@bp.post("/receipts", endpoint="receipts_post")
def find_receipt() -> Any:
    """Open the receipt that fits; after some tries the address has to wait."""
    form = ReceiptForm()
    if not form.validate():
        return page("driver/receipts/find.html", form=form, status=422)
    if _tries() > MOST_TRIES:
        return page("driver/receipts/find.html", form=form.refuse(Conflict("too_many_tries")), status=429)
    found = _by_mail(form) if form.code.data else _by_card(form)
    if found is None:
        return page("driver/receipts/find.html", form=form.refuse(Invalid("no_receipt", field="")), status=422)
    operator_id, partner_id, session_id = found
    session["receipts"] = {"operator": str(operator_id), "partner": str(partner_id) if partner_id else None, "session": str(session_id)}
    return go("driver.found_receipt")


@bp.get("/receipts/found")
def found_receipt() -> Any:
    """The receipt that was found in this browser."""
    at = _found()
    ways = {"pdf": url_for("driver.found_receipt_pdf"), "explain": url_for("driver.found_receipt_explain"), "papers": "/receipts/found"}
    shown = receipt_context(at) | ways
    return page("driver/session/receipt.html", part="driver/session/_receipt.html", **shown)


@bp.get("/receipts/found/explain", endpoint="found_receipt_explain")
def explain_found() -> Any:
    """How its price came about."""
    at = _found()
    return page("driver/session/explain.html", back=url_for("driver.found_receipt"), **driver_explanation(at.work, at.session_id))


@bp.get("/receipts/found.pdf")
def found_receipt_pdf() -> Any:
    """Its file."""
    return pdf_answer(_found())


@bp.get("/receipts/found/<number>.pdf")
def found_paper(number: str) -> Any:
    """A paper that corrects it."""
    return pdf_answer(_found(), number)


def _found() -> AtSession:
    kept = session.get("receipts")
    if not kept:
        raise NotFound
    partner_id = UUID(kept["partner"]) if kept["partner"] else None
    work = act_as(driver(UUID(kept["operator"]), partner_id))
    return AtSession(work, UUID(kept["session"]), "")


def _by_mail(form: ReceiptForm) -> tuple[UUID, UUID | None, UUID] | None:
    own = own_part_at_door(current_work().session, form.code.data or "", form.email.data or "")
    if own is not None:
        return own.operator_id, own.partner_id, own.session_id
    door = code_at_door(current_work().session, form.code.data or "")
    if door is None:
        return None
    work = act_as(driver(door.operator_id, door.partner_id))
    fits = is_mailed_to(work.session, door.session_id, form.email.data or "")
    return (door.operator_id, door.partner_id, door.session_id) if fits else None


def _by_card(form: ReceiptForm) -> tuple[UUID, UUID | None, UUID] | None:
    said = spoken_label(form.label.data or "")
    last4 = (form.last4.data or "").strip()
    if said is None or said.label is None or form.day.data is None or len(last4) != 4:
        return None
    door = receipt_at_door(current_work().session, said.label, said.evse or 1, form.day.data, last4)
    return None if door is None else (door.operator_id, door.partner_id, door.session_id)


def _tries() -> int:
    """How often this address has tried within the hour; without Redis nobody can count, so nobody is let in."""
    client: redis.Redis = current_app.config["SESSION_REDIS"]
    key = f"voltpact:receipt-tries:{request.remote_addr}"
    with client.pipeline() as pipeline:
        pipeline.set(key, 0, ex=_HOUR_S, nx=True)
        pipeline.incr(key)
        return int(pipeline.execute()[1])
