"""Own data, contacts and history of a partner account (P12 and the partner's part of B12)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import request

from app.access.permissions import Permission
from app.domain.contracts.switches import corporate_of, features_of, package_of
from app.domain.people.contacting import ask_contact, remove_contact
from app.domain.people.managers import account_manager
from app.domain.people.queries import contacts, history, partner_by_code
from app.domain.people.rows import PartnerRow
from app.kernel.errors import NotFound
from app.portal_partner import bp
from app.web import contact_pages
from app.web.pages import go, page
from app.web.signin import current_account, current_work


def _own() -> PartnerRow:
    """The partner of the address."""
    account = current_account()
    if account is None:
        raise NotFound
    return partner_by_code(current_work(), account.code)


def _to_change() -> PartnerRow:
    """The same, for somebody who may change its contacts: asked before a form is read."""
    row = _own()
    current_work().require(Permission.CONTACT_EDIT, partner_id=row.id)
    return row


@bp.get("/settings", endpoint="settings")
def settings_page() -> Any:
    """Who we are to the operator, and the three contacts."""
    work, row = current_work(), _own()
    shown: dict[str, Any] = {"contacts": contacts(work, row.id), "manager": account_manager(work.session, row.id)}
    if work.can(Permission.FEATURE_VIEW, partner_id=row.id):
        _, corporate, use = corporate_of(work, row.code)
        shown |= {"switches": features_of(work, row.code)[1], "corporate": corporate, "use": use, "package": package_of(work, row.id)}
    return page("partner/account/settings.html", row=row, **shown)


@bp.get("/settings/contacts/<any(administrative, technical, billing):kind>")
def contact(kind: str) -> Any:
    """One contact in a form."""
    row = _to_change()
    return page("partner/account/contact.html", row=row, **contact_pages.shown(row, kind))


@bp.post("/settings/contacts/<any(administrative, technical, billing):kind>")
def contact_save(kind: str) -> Any:
    """Save one contact."""
    row = _to_change()
    wrong = contact_pages.saved(row, kind)
    return page("partner/account/contact.html", row=row, **wrong) if wrong else go("partner.settings", note="contact-saved")


@bp.post("/settings/contacts/<uuid:contact_id>/remove")
def contact_remove(contact_id: UUID) -> Any:
    """Take a contact away."""
    remove_contact(current_work(), _own().code, contact_id)
    return go("partner.settings", note="contact-removed")


@bp.post("/settings/contacts/<uuid:contact_id>/ask")
def contact_ask(contact_id: UUID) -> Any:
    """Have a contact confirm its address by mail."""
    ask_contact(current_work(), _own().code, contact_id)
    return go("partner.settings", note="contact-asked")


@bp.get("/history", endpoint="history")
def history_page() -> Any:
    """What was changed about us, and by whom."""
    row = _own()
    return page("partner/account/history.html", row=row, found=history(current_work(), row.id, cursor=request.args.get("after")))
