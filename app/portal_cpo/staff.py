"""The operator's own people and what each role may do (B62)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from app.access.permissions import Permission
from app.access.roles import STAFF_ROLES, Role
from app.domain.people.queries import operator_defaults
from app.portal_cpo import bp
from app.web import people_pages
from app.web.confirm import confirmed
from app.web.rights import role_table
from app.web.signin import current_work


def _place() -> people_pages.Place:
    """The operator's own people, for administrators."""
    work = current_work()
    work.require(Permission.STAFF_EDIT)
    staff, partners = ([role.value for role in Role if (role in STAFF_ROLES) == own] for own in (True, False))
    more = {"zone": operator_defaults(work)["time_zone"], "staff_roles": staff, "staff_rights": role_table(staff)}
    more |= {"partner_roles": partners, "partner_rights": role_table(partners)}
    return people_pages.Place("cpo.staff", "cpo/staff/index.html", "cpo/staff/member.html", "cpo/staff/lost_factor.html", None, {}, more)


@bp.get("/staff")
def staff() -> Any:
    """Who works for the operator."""
    return people_pages.show(_place())


@bp.post("/staff")
def staff_invite() -> Any:
    """Invite somebody."""
    return people_pages.add(_place())


@bp.get("/staff/<uuid:membership_id>")
@confirmed
def staff_member(membership_id: UUID) -> Any:
    """The role of somebody."""
    return people_pages.edit(_place(), membership_id)


@bp.post("/staff/<uuid:membership_id>")
@confirmed
def staff_member_save(membership_id: UUID) -> Any:
    """Change it."""
    return people_pages.save(_place(), membership_id)


@bp.get("/staff/<uuid:membership_id>/second-factor")
@confirmed
def staff_factor(membership_id: UUID) -> Any:
    """Before a lost second factor is removed."""
    return people_pages.lost_factor(_place(), membership_id)


@bp.post("/staff/<uuid:membership_id>/second-factor")
@confirmed
def staff_factor_clear(membership_id: UUID) -> Any:
    """Remove it."""
    return people_pages.clear_factor(_place(), membership_id)


@bp.post("/staff/<uuid:membership_id>/end")
def staff_end(membership_id: UUID) -> Any:
    """Take a role away."""
    return people_pages.end(_place(), membership_id)


@bp.post("/staff/invitations/<uuid:invitation_id>/again")
def staff_resend(invitation_id: UUID) -> Any:
    """Send an invitation again."""
    return people_pages.send_again(_place(), invitation_id)


@bp.post("/staff/invitations/<uuid:invitation_id>/withdraw")
def staff_withdraw(invitation_id: UUID) -> Any:
    """Withdraw an invitation."""
    return people_pages.take_back(_place(), invitation_id)
