"""A forgotten password: the same answer for every address, a link that works once, for 30 minutes, and ends all other sign-ins."""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Select, func, select, text, update

from app.access.actor import ALL, Actor, ActorKind, system
from app.domain.people.models import Membership, PasswordReset, User
from app.domain.people.outbox import Mail, queue_mail
from app.domain.people.signin import PersonRow, check_password, forget_attempts, hash_password, person_row
from app.kernel.errors import Conflict, NotFound
from app.kernel.events import Event
from app.kernel.tokens import new_token, token_hash
from app.text.locales import speaking
from app.text.render import environment
from app.text.words import gettext
from app.work.unit import Work, enter_tenant

VALID = timedelta(minutes=30)


@dataclass(frozen=True, kw_only=True)
class PasswordResetDone(Event):
    """Somebody chose a new password by a link from their mail."""

    email: str


def ask(work: Work, email: str) -> None:
    """Somebody wants a link. The rest happens in a job, so a known and an unknown address take the same time and get the same answer."""
    work.later("people.reset", email=email.strip().lower())


def send_link(work: Work, email: str, link_of: Callable[[str], str]) -> bool:
    """The job's part, as the house: a new link, older ones void, a mail. False: nobody with that address may sign in."""
    user = work.session.scalars(select(User).where(func.lower(User.email) == email, User.disabled_at.is_(None))).one_or_none()
    place = work.session.scalars(_places(user.id)).first() if user is not None else None
    if user is None or place is None:
        return False
    open_ones = update(PasswordReset).where(PasswordReset.user_id == user.id, PasswordReset.used_at.is_(None))
    work.session.execute(open_ones.values(used_at=work.now))
    token, hashed = new_token()
    work.session.add(PasswordReset(user_id=user.id, token_hash=hashed, created_at=work.now, expires_at=work.now + VALID))
    with speaking(user.language):
        subject = gettext("Your link for a new password")
    shown = {"name": user.name, "link": link_of(token)}
    plain, rich = (environment(user.language).get_template(f"mail/reset.{kind}").render(**shown) for kind in ("txt", "html"))
    work.actor = system(place.operator_id)
    mail = Mail(
        to_address=user.email,
        subject=subject,
        body_text=html.unescape(plain),
        body_html=rich,
        language=user.language,
        partner_id=place.partner_id,
        is_secret=True,
    )
    queue_mail(work, mail)
    return True


def of_link(work: Work, token: str, *, lock: bool = False) -> tuple[PasswordReset, User]:
    """The link's entry and its person; ``reset_over`` when used, replaced or older than 30 minutes, ``NotFound`` when made up."""
    door = work.session.execute(text("select * from door_reset(:hash)"), {"hash": token_hash(token)}).first()
    if door is None:
        raise NotFound
    work.actor = Actor(ActorKind.USER, "reset", id=UUID(str(door.user_id)))
    enter_tenant(work.session, work.actor)
    reset = work.session.get_one(PasswordReset, door.reset_id, with_for_update=lock or None, populate_existing=lock)
    user = work.session.get_one(User, reset.user_id)
    if reset.used_at is not None or reset.expires_at <= work.now or user.disabled_at is not None:
        raise Conflict("reset_over")
    return reset, user


def set_password(work: Work, token: str, password: str) -> PersonRow:
    """The new password; the link is used up, waiting times end, every sign-in made before ends."""
    reset, user = of_link(work, token, lock=True)
    check_password(password, field="password", about=(user.email, user.name))
    reset.used_at = work.now
    user.password_hash, user.password_changed_at = hash_password(password), work.now
    forget_attempts(work, user.email)
    work.session.flush()
    place = work.session.scalars(_places(user.id)).first()
    if place is not None:
        reach = ALL if place.partner_id is None else frozenset({place.partner_id})
        work.actor = Actor(ActorKind.USER, user.name, id=user.id, operator_id=place.operator_id, partners=reach)
        enter_tenant(work.session, work.actor)
        subject = ("user", user.id)
        work.record(PasswordResetDone(operator_id=place.operator_id, partner_id=place.partner_id, subject=subject, email=user.email))
        work.session.flush()
    return person_row(user)


def _places(user_id: UUID) -> Select[Membership]:
    statement = select(Membership).where(Membership.user_id == user_id, Membership.ended_at.is_(None))
    return statement.order_by(Membership.created_at, Membership.id).limit(1)
