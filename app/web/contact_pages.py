"""Contacts of a partner, the same for staff and for the partner itself: which one a page is about, saving, removing, asking it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import request

from app.domain.people.contacting import save_contact
from app.domain.people.queries import contacts
from app.domain.people.rows import ContactRow, PartnerRow
from app.kernel.errors import Invalid, NotFound
from app.web.shared_forms.people import ContactForm
from app.web.signin import current_work


def shown(row: PartnerRow, kind: str) -> dict[str, Any]:
    """The form of the contact that the address names."""
    contact = _which(row, kind)
    form = ContactForm(row=contact, formdata=None)
    if contact is None:
        form.language.data = row.language
    return {"form": form.shows(), "kind": kind, "contact": contact}


def saved(row: PartnerRow, kind: str) -> dict[str, Any] | None:
    """Save what was typed; None: it is saved, else the form with what is wrong or what others saved, and the answer's status."""
    contact = _which(row, kind)
    now = ContactForm(row=contact, formdata=None)
    form = ContactForm(formdata=ContactForm().merged(now) if contact else request.form)
    if form.validate():
        if contact and (clash := form.clash(now, "ContactSaved", ("contact", contact.id))):
            return {"form": form, "kind": kind, "contact": contact, "clash": clash, "status": 409}
        try:
            save_contact(current_work(), row.code, kind, form.to_input(), contact.id if contact else None)
        except Invalid as refusal:
            form.refuse(refusal)
        else:
            return None
    return {"form": form, "kind": kind, "contact": contact, "status": 422}


def _which(row: PartnerRow, kind: str) -> ContactRow | None:
    """``?of=`` its key, or ``new``; without it the first of the kind. None: one that is to be named."""
    wanted, known = request.args.get("of", ""), contacts(current_work(), row.id)[kind]
    if wanted == "new" or not (wanted or known):
        return None
    try:
        return next(c for c in known if not wanted or c.id == UUID(wanted))
    except (StopIteration, ValueError):
        raise NotFound from None
