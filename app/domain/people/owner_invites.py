"""Inviting the owners of many partners at once: whom each would get, and one of them invited. Who is invited already is left alone."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.access.permissions import Permission
from app.domain.people.invitations import invite
from app.domain.people.models import Contact, Invitation, Membership, Partner, User
from app.domain.people.queries import partner_statement, within
from app.domain.people.rows import LEADING_ROLES, InviteInput, LimitsInput, PartnerFilter
from app.kernel.errors import Conflict, Invalid, NotFound
from app.work.unit import Work

#: partners of one go
MOST = 1_000


@dataclass(frozen=True, slots=True)
class OwnerLine:
    """A partner and whom it would get as its owner.

    ``verdict``: ``invite``, ``done``, or why not: has_owner, no_contact, invited, works_here, closed.
    """

    code: str
    name: str
    person: str
    email: str
    language: str
    role: str
    verdict: str


def owner_plan(work: Work, codes: Collection[str]) -> list[OwnerLine]:
    """The administrative contact of each of these partners within sight, and whether it would be invited; by name. Four statements."""
    statement = select(Partner).where(
        Partner.operator_id == work.operator_id, Partner.code.in_(codes), within(Partner.id, work.scope(Permission.OWNER_EDIT))
    )
    partners = list(work.session.scalars(statement.order_by(Partner.name, Partner.id)))
    ids = [partner.id for partner in partners]
    named = select(Contact).where(Contact.partner_id.in_(ids), Contact.kind == "administrative")
    # of several the one named first
    contacts = {contact.partner_id: contact for contact in work.session.scalars(named.order_by(Contact.id.desc()))}
    roles, waiting = _roles(work, ids), _waiting(work, ids)
    return [_line(row, contacts.get(row.id), roles.get(row.id, {}), waiting.get(row.id, {})) for row in partners]


def codes_of(work: Work, wanted: PartnerFilter, also: Collection[Any]) -> list[str]:
    """Codes of the partners of a filter, by name; refuses ``too_many_partners`` above ``MOST``."""
    statement = partner_statement(work, wanted).where(*also).with_only_columns(Partner.code, maintain_column_froms=True)
    found = list(work.session.scalars(statement.order_by(Partner.name, Partner.id).limit(MOST + 1)))
    if len(found) > MOST:
        raise Invalid("too_many_partners", field="code", most=MOST)
    return found


def ask_owners(work: Work, codes: Collection[str], one_time_key: str) -> UUID:
    """Have the owners of these partners invited, in the name of who asks; the job. Refuses ``nobody_to_invite``."""
    work.require(Permission.OWNER_EDIT)
    plan = owner_plan(work, codes)
    if not any(line.verdict == "invite" for line in plan):
        raise Conflict("nobody_to_invite")
    key = f"owners:{work.actor.id}:{one_time_key}"
    return work.later("people.invite_owners", key=key, codes=[line.code for line in plan], by=str(work.actor.id))


def invite_owner(work: Work, code: str, link_of: Callable[[str], str]) -> OwnerLine:
    """Invite the owner of one partner if nothing speaks against it now: what became of it (``verdict`` ``done`` once invited)."""
    plan = owner_plan(work, [code])
    if not plan:
        raise NotFound
    (line,) = plan
    if line.verdict == "invite":
        who = InviteInput(line.person, line.email, LimitsInput(line.role), line.language)
        invite(work, code, who, link_of)
        return replace(line, verdict="done")
    return line


def _roles(work: Work, ids: list[UUID]) -> dict[UUID, dict[str, str]]:
    """By partner the role of each address."""
    rows = work.session.execute(
        select(Membership.partner_id, func.lower(User.email), Membership.role)
        .join(User, User.id == Membership.user_id)
        .where(Membership.partner_id.in_(ids), Membership.ended_at.is_(None))
    )
    return _by_partner(rows)


def _waiting(work: Work, ids: list[UUID]) -> dict[UUID, dict[str, str]]:
    """By partner the role that each address is invited to and may still take."""
    rows = work.session.execute(
        select(Invitation.partner_id, func.lower(Invitation.email), Invitation.role).where(
            Invitation.partner_id.in_(ids),
            Invitation.accepted_at.is_(None),
            Invitation.declined_at.is_(None),
            Invitation.withdrawn_at.is_(None),
            Invitation.expires_at > work.now,
        )
    )
    return _by_partner(rows)


def _by_partner(rows: Any) -> dict[UUID, dict[str, str]]:
    found: dict[UUID, dict[str, str]] = {}
    for partner_id, address, role in rows:
        found.setdefault(partner_id, {})[address] = role
    return found


def _line(partner: Partner, contact: Contact | None, roles: dict[str, str], waiting: dict[str, str]) -> OwnerLine:
    role = LEADING_ROLES[partner.kind]
    address = contact.email if contact else ""
    if partner.state == "closed":
        verdict = "closed"
    elif role in roles.values():
        verdict = "has_owner"
    elif contact is None:
        verdict = "no_contact"
    elif role in waiting.values() or address.lower() in waiting:
        verdict = "invited"
    else:
        verdict = "works_here" if address.lower() in roles else "invite"
    person, language = (contact.person, contact.language) if contact else ("", partner.language)
    return OwnerLine(partner.code, partner.name, person, address, language, role, verdict)
