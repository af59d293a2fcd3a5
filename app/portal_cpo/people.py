"""Who works in a partner's account (B9): people with their limits, open invitations."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from app.access.permissions import Permission
from app.domain.contracts.holdings import setup_steps
from app.domain.people.queries import linked_accounts, partner_by_code
from app.portal_cpo import bp
from app.web import people_pages
from app.web.confirm import confirmed
from app.web.signin import current_work


def _place(code: str, right: Permission = Permission.USER_EDIT) -> people_pages.Place:
    """The people of the partner of that code."""
    work = current_work()
    row = partner_by_code(work, code)
    work.require(right, partner_id=row.id)
    more = {"steps": setup_steps(work, row), "linked": linked_accounts(work, row.id)}
    pages = ("cpo/partners/people.html", "cpo/partners/person.html", "cpo/partners/lost_factor.html")
    return people_pages.Place("cpo.partner_people", *pages, row, {"code": row.code}, more)


@bp.get("/partners/<code>/people")
def partner_people(code: str) -> Any:
    """Who works in this account."""
    return people_pages.show(_place(code, Permission.USER_VIEW))


@bp.post("/partners/<code>/people")
def partner_people_invite(code: str) -> Any:
    """Invite somebody."""
    return people_pages.add(_place(code))


@bp.get("/partners/<code>/people/<uuid:membership_id>")
@confirmed
def partner_people_member(code: str, membership_id: UUID) -> Any:
    """Role and limits of somebody."""
    return people_pages.edit(_place(code), membership_id)


@bp.post("/partners/<code>/people/<uuid:membership_id>")
@confirmed
def partner_people_member_save(code: str, membership_id: UUID) -> Any:
    """Change them."""
    return people_pages.save(_place(code), membership_id)


@bp.get("/partners/<code>/people/<uuid:membership_id>/second-factor")
@confirmed
def partner_people_factor(code: str, membership_id: UUID) -> Any:
    """Before a lost second factor is removed."""
    return people_pages.lost_factor(_place(code, Permission.FACTOR_RESET), membership_id)


@bp.post("/partners/<code>/people/<uuid:membership_id>/second-factor")
@confirmed
def partner_people_factor_clear(code: str, membership_id: UUID) -> Any:
    """Remove it."""
    return people_pages.clear_factor(_place(code, Permission.FACTOR_RESET), membership_id)


@bp.post("/partners/<code>/people/<uuid:membership_id>/end")
def partner_people_end(code: str, membership_id: UUID) -> Any:
    """Take a role away."""
    return people_pages.end(_place(code), membership_id)


@bp.post("/partners/<code>/people/invitations/<uuid:invitation_id>/again")
def partner_people_resend(code: str, invitation_id: UUID) -> Any:
    """Send an invitation again."""
    return people_pages.send_again(_place(code), invitation_id)


@bp.post("/partners/<code>/people/invitations/<uuid:invitation_id>/withdraw")
def partner_people_withdraw(code: str, invitation_id: UUID) -> Any:
    """Withdraw an invitation."""
    return people_pages.take_back(_place(code), invitation_id)
