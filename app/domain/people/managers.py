"""Account managers: who of the operator's staff looks after a partner, for whom, and how they are reached (B3)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import exists, func, select, text
from sqlalchemy.orm import Session

from app.access.permissions import Permission
from app.db.paging import AnySelect
from app.domain.people.models import Contact, Membership, Partner, User
from app.kernel.errors import Invalid
from app.work.unit import Work


@dataclass(frozen=True, slots=True)
class ManagerRow:
    """Who looks after a partner. ``is_staff``: still has a role with the operator; ``phone`` is empty where none was said."""

    user_id: UUID
    name: str
    email: str
    phone: str
    is_staff: bool


def account_manager(session: Session, partner_id: UUID) -> ManagerRow | None:
    """Who looks after the partner, if it is within sight of the transaction; a partner's own people see it too. One statement."""
    row = session.execute(text("select * from partner_manager(:partner)"), {"partner": partner_id}).one_or_none()
    return None if row is None else ManagerRow(row.user_id, row.name, row.email, row.phone, row.is_staff)


def possible_managers(work: Work) -> list[tuple[str, str]]:
    """E-mail and name of the operator's own people, by name: who may look after partners. One statement."""
    work.require(Permission.PARTNER_EDIT)
    rows = work.session.execute(_staff(work).order_by(func.lower(User.name), User.id))
    return [(email, name) for _, email, name in rows]


def manager_id(work: Work, email: str, partner: Partner | None) -> UUID | None:
    """The key of the person with that e-mail, None for nobody; refuses ``unknown_manager``. Whoever looks after the partner may stay."""
    if not email.strip():
        return None
    now = account_manager(work.session, partner.id) if partner is not None else None
    if now is not None and now.email.lower() == email.strip().lower():
        return now.user_id
    row = work.session.execute(_staff(work).where(func.lower(User.email) == email.strip().lower())).first()
    if row is None:
        raise Invalid("unknown_manager", field="manager", value=email)
    return UUID(str(row.id))


def reply_address(session: Session, partner_id: UUID | None, to_address: str) -> str | None:
    """Where answers to a mail go that somebody of the partner gets: to who looks after it. None: to the sender, as before."""
    manager = account_manager(session, partner_id) if partner_id is not None else None
    if manager is None or not manager.is_staff:
        return None
    known = func.lower(to_address)
    contact = exists().where(Contact.partner_id == partner_id, func.lower(Contact.email) == known)
    member = exists().where(
        Membership.partner_id == partner_id, Membership.ended_at.is_(None), Membership.user_id == User.id, func.lower(User.email) == known
    )
    return manager.email if session.scalar(select(contact | member)) else None


def _staff(work: Work) -> AnySelect:
    here = exists().where(
        Membership.user_id == User.id, Membership.operator_id == work.operator_id, Membership.partner_id.is_(None),
        Membership.ended_at.is_(None),
    )  # fmt: skip
    return select(User.id, User.email, User.name).where(here, User.disabled_at.is_(None))
