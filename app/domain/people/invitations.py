"""Inviting people into an account: a mail with a link that works once, for seven days, for the address it was sent to."""

from __future__ import annotations

import html
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.access.permissions import Permission
from app.db.constraints import refusing
from app.domain.people import checks
from app.domain.people.events import InvitationClosed, PersonInvited
from app.domain.people.general import find_partner
from app.domain.people.members import checked_limits, require_people_right
from app.domain.people.models import Invitation, Membership, Operator, Partner, User
from app.domain.people.outbox import Mail, queue_mail
from app.domain.people.queries import within
from app.domain.people.rows import InvitationRow, InviteInput
from app.domain.people.service_packages import seats_of
from app.kernel.errors import Invalid, NotFound
from app.kernel.tokens import new_token
from app.text.locales import speaking
from app.text.render import environment
from app.text.words import gettext
from app.work.locks import hold
from app.work.unit import Work

VALID = timedelta(days=7)


def invite(work: Work, partner_code: str | None, wanted: InviteInput, link_of: Callable[[str], str]) -> UUID:
    """Invite somebody into a partner account (None: the operator's own) and write the mail; ``link_of`` makes the address of a token.

    Refuses at ``email``: ``bad_email``, ``already_member``, ``already_invited``, ``no_seat``;
    ``role``, ``location_ids``, ``networks`` as typed wrong.
    """
    partner = find_partner(work, partner_code) if partner_code is not None else None
    require_people_right(work, partner.id if partner else None, wanted.limits.role)
    if partner is not None and partner.state == "closed":
        raise NotFound
    limits = checked_limits(work, partner, wanted.limits)
    address = checks.email(wanted.email)
    _require_new(work, partner, address)
    _require_seat(work, partner.id if partner else None)
    token, hashed = new_token()
    invitation = Invitation(
        operator_id=work.operator_id,
        partner_id=partner.id if partner else None,
        token_hash=hashed,
        email=address,
        name=checks.text(wanted.name, "name", longest=120),
        role=limits.role.value,
        language=checks.language(wanted.language),
        location_ids=limits.location_ids,
        networks=limits.networks,
        invited_by=work.actor.id,
        invited_by_name=work.actor.name,
        created_at=work.now,
        expires_at=work.now + VALID,
    )
    with refusing(work.session, {"uq_invitation_open": Invalid("already_invited", field="email")}):
        work.session.add(invitation)
    work.record(PersonInvited(**about(invitation), person=invitation.name, email=address, role=invitation.role))
    _write(work, invitation, link_of(token))
    return invitation.id


def resend(work: Work, invitation_id: UUID, link_of: Callable[[str], str]) -> None:
    """A new link and seven new days; the link before no longer works. One that ran out needs room again: ``no_seat``."""
    invitation = _find(work, invitation_id)
    require_people_right(work, invitation.partner_id, invitation.role)
    if invitation.expires_at <= work.now:
        _require_seat(work, invitation.partner_id)
    token, invitation.token_hash = new_token()
    invitation.expires_at = work.now + VALID
    invitation.invited_by, invitation.invited_by_name = work.actor.id, work.actor.name
    work.session.flush()
    work.record(PersonInvited(**about(invitation), person=invitation.name, email=invitation.email, role=invitation.role, again=True))
    _write(work, invitation, link_of(token))


def withdraw(work: Work, invitation_id: UUID) -> None:
    """Take an invitation back: its link no longer works."""
    invitation = _find(work, invitation_id)
    require_people_right(work, invitation.partner_id, invitation.role)
    invitation.withdrawn_at = work.now
    work.record(InvitationClosed(**about(invitation), person=invitation.name, email=invitation.email, how="withdrawn"))


def open_invitations(work: Work, partner_id: UUID | None) -> list[InvitationRow]:
    """Invitations of an account (None: the operator's own) that wait for an answer or have run out, the newest first."""
    if partner_id is None:
        work.require(Permission.STAFF_EDIT)
    statement = _waiting().where(Invitation.operator_id == work.operator_id, Invitation.partner_id.is_not_distinct_from(partner_id))
    if partner_id is not None:
        statement = statement.where(within(Invitation.partner_id, work.scope(Permission.USER_VIEW)))
    return [_row(found, work) for found in work.session.scalars(statement.order_by(Invitation.created_at.desc(), Invitation.id))]


def about(invitation: Invitation) -> dict[str, Any]:
    """Whom an event about an invitation belongs to, and its subject."""
    subject = ("invitation", invitation.id)
    return {"operator_id": invitation.operator_id, "partner_id": invitation.partner_id, "subject": subject}


def _waiting() -> Any:
    return select(Invitation).where(Invitation.accepted_at.is_(None), Invitation.declined_at.is_(None), Invitation.withdrawn_at.is_(None))


def _find(work: Work, invitation_id: UUID) -> Invitation:
    found = work.session.scalars(_waiting().where(Invitation.id == invitation_id).with_for_update()).one_or_none()
    if found is None or found.operator_id != work.operator_id:
        raise NotFound
    reach = work.scope(Permission.USER_VIEW)
    if found.partner_id is None:
        if not work.can(Permission.STAFF_EDIT):
            raise NotFound
    elif isinstance(reach, frozenset) and found.partner_id not in reach:
        raise NotFound
    return found  # type: ignore[no-any-return]


def _require_new(work: Work, partner: Partner | None, address: str) -> None:
    """Nobody is invited where they have a role already; an invitation that ran out makes room for a new one."""
    same_place = Membership.partner_id.is_not_distinct_from(partner.id if partner else None)
    member = (
        select(Membership.role)
        .join(User, User.id == Membership.user_id)
        .where(func.lower(User.email) == address.lower(), Membership.operator_id == work.operator_id)
        .where(same_place, Membership.ended_at.is_(None))
    )
    role = work.session.scalar(member)
    if role is not None:
        raise Invalid("already_member", field="email", role=role)
    old = _waiting().where(
        func.lower(Invitation.email) == address.lower(),
        Invitation.operator_id == work.operator_id,
        Invitation.partner_id.is_not_distinct_from(partner.id if partner else None),
    )
    for invitation in work.session.scalars(old):
        if invitation.expires_at > work.now:
            raise Invalid("already_invited", field="email")
        invitation.withdrawn_at = work.now
    work.session.flush()


def _require_seat(work: Work, partner_id: UUID | None) -> None:
    """The account's service package has room for one more; two who invite at once are counted one after the other."""
    if partner_id is None:
        return
    hold(work.session, "seats", partner_id)
    seats = seats_of(work, partner_id)
    if seats is not None and seats[0] >= seats[1]:
        raise Invalid("no_seat", field="email", most=seats[1])


def _row(found: Invitation, work: Work) -> InvitationRow:
    return InvitationRow(
        id=found.id,
        name=found.name,
        email=found.email,
        role=found.role,
        language=found.language,
        location_ids=None if found.location_ids is None else tuple(found.location_ids),
        networks=None if found.networks is None else tuple(found.networks),
        invited_by_name=found.invited_by_name,
        created_at=found.created_at,
        expires_at=found.expires_at,
        is_expired=found.expires_at <= work.now,
    )


def _write(work: Work, invitation: Invitation, link: str) -> None:
    """The mail, in the language the inviter chose for the receiver."""
    partner = work.session.get(Partner, invitation.partner_id) if invitation.partner_id is not None else None
    account = partner.name if partner is not None else work.session.get_one(Operator, invitation.operator_id).name
    with speaking(invitation.language):
        subject = gettext("%(person)s invites you to %(account)s", person=invitation.invited_by_name, account=account)
    zone = partner.time_zone if partner is not None else work.session.get_one(Operator, invitation.operator_id).time_zone
    shown = {"row": invitation, "account": account, "link": link, "zone": zone}
    env = environment(invitation.language)
    plain, rich = (env.get_template(f"mail/invitation.{kind}").render(**shown) for kind in ("txt", "html"))
    queue_mail(
        work,
        Mail(
            to_address=invitation.email,
            subject=subject,
            body_text=html.unescape(plain),
            body_html=rich,
            language=invitation.language,
            partner_id=invitation.partner_id,
            is_secret=True,
        ),
    )
