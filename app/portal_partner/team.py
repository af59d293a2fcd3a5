"""Who works in one's own account (P11)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from app.access.permissions import Permission
from app.domain.people.managers import account_manager
from app.domain.people.queries import partner_by_code
from app.kernel.errors import NotFound
from app.portal_partner import bp
from app.web import people_pages
from app.web.confirm import confirmed
from app.web.signin import current_account, current_work


def _place(right: Permission = Permission.USER_EDIT) -> people_pages.Place:
    """The people of the account in the address."""
    work, account = current_work(), current_account()
    if account is None:
        raise NotFound
    work.require(right, partner_id=account.partner_id)
    row = partner_by_code(work, account.code)
    pages = ("partner/account/team.html", "partner/account/member.html", "partner/account/lost_factor.html")
    return people_pages.Place("partner.team", *pages, row, {}, {"manager": account_manager(work.session, row.id)})


@bp.get("/team")
def team() -> Any:
    """Who works in this account."""
    return people_pages.show(_place(Permission.USER_VIEW))


@bp.post("/team")
def team_invite() -> Any:
    """Invite somebody."""
    return people_pages.add(_place())


@bp.get("/team/<uuid:membership_id>")
@confirmed
def team_member(membership_id: UUID) -> Any:
    """Role and limits of somebody."""
    return people_pages.edit(_place(), membership_id)


@bp.post("/team/<uuid:membership_id>")
@confirmed
def team_member_save(membership_id: UUID) -> Any:
    """Change them."""
    return people_pages.save(_place(), membership_id)


@bp.get("/team/<uuid:membership_id>/second-factor")
@confirmed
def team_factor(membership_id: UUID) -> Any:
    """Before a lost second factor is removed."""
    return people_pages.lost_factor(_place(Permission.FACTOR_RESET), membership_id)


@bp.post("/team/<uuid:membership_id>/second-factor")
@confirmed
def team_factor_clear(membership_id: UUID) -> Any:
    """Remove it."""
    return people_pages.clear_factor(_place(Permission.FACTOR_RESET), membership_id)


@bp.post("/team/<uuid:membership_id>/end")
def team_end(membership_id: UUID) -> Any:
    """Take a role away."""
    return people_pages.end(_place(), membership_id)


@bp.post("/team/invitations/<uuid:invitation_id>/again")
def team_resend(invitation_id: UUID) -> Any:
    """Send an invitation again."""
    return people_pages.send_again(_place(), invitation_id)


@bp.post("/team/invitations/<uuid:invitation_id>/withdraw")
def team_withdraw(invitation_id: UUID) -> Any:
    """Withdraw an invitation."""
    return people_pages.take_back(_place(), invitation_id)
