"""Answering an invitation: what the holder of a link sees, accepting as a new or a known person, declining.

The link is the permission: it leads to one invitation, and only its address may use it. Whoever is known already must be signed in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from app.access.actor import ALL, Actor, ActorKind
from app.access.roles import Role
from app.domain.people import checks
from app.domain.people.events import InvitationClosed
from app.domain.people.invitations import about
from app.domain.people.members import Limits, grant
from app.domain.people.models import Invitation, Operator, Partner, User
from app.domain.people.passkeys import Asked, Site, ask_first
from app.domain.people.passkeys import add as add_passkey
from app.domain.people.signin import PersonRow, check_password, hash_password, person_row
from app.kernel.errors import Conflict, NotAllowed, NotFound
from app.kernel.ids import uuid7
from app.kernel.tokens import token_hash
from app.work.unit import Work, enter_tenant


@dataclass(frozen=True, slots=True)
class OfferRow:
    """An open invitation as its receiver sees it."""

    id: UUID
    operator_id: UUID
    partner_id: UUID | None
    account: str
    time_zone: str
    name: str
    email: str
    role: str
    language: str
    invited_by_name: str
    expires_at: datetime
    locations: tuple[str, ...]
    networks: tuple[str, ...]
    #: somebody with this address signs in already
    is_known: bool


def offer(work: Work, token: str) -> OfferRow:
    """The invitation of a link. ``NotFound`` for an unknown one; ``Conflict`` as ``invitation_over`` when it was answered, taken back or
    ran out. The unit of work sees the invitation's account from now on, as nobody with a right."""
    invitation = _of_link(work, token)
    partner = work.session.get(Partner, invitation.partner_id) if invitation.partner_id is not None else None
    operator = work.session.get_one(Operator, invitation.operator_id)
    if partner is not None and partner.state == "closed":
        raise Conflict("invitation_over")
    sites = work.session.scalars(
        text("select name from location where id = any(:ids) order by name"), {"ids": list(invitation.location_ids or [])}
    )
    return OfferRow(
        id=invitation.id,
        operator_id=invitation.operator_id,
        partner_id=invitation.partner_id,
        account=partner.name if partner is not None else operator.name,
        time_zone=partner.time_zone if partner is not None else operator.time_zone,
        name=invitation.name,
        email=invitation.email,
        role=invitation.role,
        language=invitation.language,
        invited_by_name=invitation.invited_by_name,
        expires_at=invitation.expires_at,
        locations=tuple(sites),
        networks=tuple(invitation.networks or ()),
        is_known=_known(work, invitation.email) is not None,
    )


def accept_as_known(work: Work, token: str, user_id: UUID) -> None:
    """The person signed in takes the role; ``other_person_signed_in`` unless the invitation was sent to their address."""
    invitation = _of_link(work, token, lock=True)
    _act_as_person(work, invitation, user_id, "")
    person = work.session.get_one(User, user_id)
    if person.email.casefold() != invitation.email.casefold():
        raise NotAllowed("other_person_signed_in", email=person.email)
    _act_as_person(work, invitation, person.id, person.name)
    _take(work, invitation, person.id)


def accept_as_new(work: Work, token: str, name: str, password: str) -> PersonRow:
    """Somebody not known yet (or without a password) joins with name and password; refuses ``known_already`` for who should sign in."""
    invitation = _of_link(work, token, lock=True)
    called = checks.text(name, "name", longest=120)
    check_password(password, field="password", about=(invitation.email, called))
    user = _become(work, invitation, called, _without_password(work, invitation.email) or uuid7())
    user.password_hash, user.password_changed_at = hash_password(password), work.now
    work.session.flush()
    _take(work, invitation, user.id)
    return replace(person_row(user), is_first=True)


def ask_passkey(work: Work, token: str, site: Site) -> Asked:
    """Options for a passkey instead of a password, for somebody not known yet; refuses ``known_already``."""
    row = offer(work, token)
    if row.is_known:
        raise Conflict("known_already")
    return ask_first(site, _without_password(work, row.email) or row.id, row.email, row.name)


def accept_with_passkey(work: Work, token: str, name: str, site: Site, answer: str, challenge: bytes) -> tuple[PersonRow, list[str]]:
    """Somebody not known yet joins with a passkey: who they are now, and their recovery codes. Refuses ``passkey_refused``."""
    invitation = _of_link(work, token, lock=True)
    user = _become(work, invitation, checks.text(name, "name", longest=120), _without_password(work, invitation.email) or invitation.id)
    codes = add_passkey(work, site, user.id, answer, challenge, "")
    _take(work, invitation, user.id)
    return replace(person_row(user), is_first=True), codes


def decline(work: Work, token: str) -> str:
    """Say no; the link is used up. Returns the account's name."""
    shown = offer(work, token)
    invitation = _of_link(work, token, lock=True)
    invitation.declined_at = work.now
    work.session.flush()
    work.record(InvitationClosed(**about(invitation), person=invitation.name, email=invitation.email, how="declined"))
    return shown.account


def _of_link(work: Work, token: str, *, lock: bool = False) -> Invitation:
    door = work.session.execute(text("select * from door_invitation(:hash)"), {"hash": token_hash(token)}).first()
    if door is None:
        raise NotFound
    reach = frozenset({UUID(str(door.partner_id))}) if door.partner_id is not None else ALL
    work.actor = Actor(ActorKind.NOBODY, "invitation", operator_id=door.operator_id, partners=reach)
    enter_tenant(work.session, work.actor)
    invitation = work.session.get_one(Invitation, door.invitation_id, with_for_update=lock or None, populate_existing=lock)
    answered = invitation.accepted_at or invitation.declined_at or invitation.withdrawn_at
    if answered is not None or invitation.expires_at <= work.now:
        raise Conflict("invitation_over")
    return invitation


def _act_as_person(work: Work, invitation: Invitation, user_id: UUID, name: str) -> None:
    reach = frozenset({invitation.partner_id}) if invitation.partner_id is not None else ALL
    work.actor = Actor(ActorKind.USER, name, id=user_id, operator_id=invitation.operator_id, partners=reach)
    enter_tenant(work.session, work.actor)


def _become(work: Work, invitation: Invitation, name: str, user_id: UUID) -> User:
    """The person of the invitation, made or found without any way to sign in; the work is theirs from now on."""
    if _known(work, invitation.email) is not None:
        raise Conflict("known_already")
    _act_as_person(work, invitation, user_id, name)
    user = work.session.get(User, user_id)
    if user is None:
        user = User(id=user_id, email=invitation.email, name=name, language=invitation.language, created_at=work.now)
        user.region = {"de": "de_DE", "fr": "fr_FR"}.get(invitation.language, "en_GB")
        work.session.add(user)
    user.name, user.last_sign_in_at = name, work.now
    work.session.flush()
    return user


def _take(work: Work, invitation: Invitation, user_id: UUID) -> None:
    """The role is the person's, the link used up; a role taken in between makes the link useless all the same."""
    grant(
        work,
        operator_id=invitation.operator_id,
        partner_id=invitation.partner_id,
        user_id=user_id,
        limits=Limits(Role(invitation.role), invitation.location_ids, invitation.networks),
    )
    invitation.accepted_at = work.now
    work.session.flush()
    work.record(InvitationClosed(**about(invitation), person=invitation.name, email=invitation.email, how="accepted"))


def _door(work: Work, email: str) -> tuple[UUID, bool] | None:
    """The person of that address anywhere in the house, and whether they have a password."""
    row = work.session.execute(text("select user_id, password_hash from door_sign_in(:email)"), {"email": email}).first()
    return None if row is None else (UUID(str(row.user_id)), row.password_hash is not None)


def _known(work: Work, email: str) -> UUID | None:
    """The person of that address who can sign in: with a password, or with a passkey alone."""
    found = _door(work, email)
    if found is None:
        return None
    key, has_password = found
    if not has_password:
        enter_tenant(work.session, Actor(ActorKind.USER, "invitation", id=key))
        has_passkey = work.session.get_one(User, key).second_factor_at is not None
        enter_tenant(work.session, work.actor)
        return key if has_passkey else None
    return key


def _without_password(work: Work, email: str) -> UUID | None:
    found = _door(work, email)
    return found[0] if found is not None else None


__all__ = ["OfferRow", "accept_as_known", "accept_as_new", "accept_with_passkey", "ask_passkey", "decline", "offer"]
