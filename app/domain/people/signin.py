"""Signing in: who has this e-mail and password, how often may be tried, changing one's own password and habits.

Unknown people and wrong passwords get the same answer after the same work. Attempts are counted before the password is looked at, in a unit
of work of their own, so that many guesses at once count too.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import timedelta
from functools import lru_cache
from typing import Any, ClassVar
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, text
from sqlalchemy.orm import Session

from app.access.actor import Actor, ActorKind
from app.domain.people import checks
from app.domain.people.models import Operator, SignInThrottle, User
from app.kernel.errors import Invalid, NotAllowed
from app.kernel.events import Event
from app.work.unit import Work, enter_tenant

WINDOW = timedelta(minutes=15)
#: misses in the window before waiting begins: for one account, and for one network address (which many people may share)
MISSES = {"account": 5, "address": 50}
SHORTEST, LONGEST = 12, 200
#: of 4, see ``strength``
STRONG_ENOUGH = 3
_LOOKED_AT = 72
#: words that make a long password easy to guess all the same, beside those every dictionary of passwords has
_COMMON = ("passwort", "motdepasse", "qwertz", "azerty", "voltpact")

_hasher = PasswordHasher()


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person as the web knows them while they are signed in."""

    user_id: UUID
    email: str
    name: str
    phone: str
    language: str
    region: str
    theme: str
    time_basis: str
    density: str
    #: do single keys do something on pages
    shortcuts: bool
    #: changes with the password, and when another person ended all sign-ins; a sign-in made before ends
    sign_in_stamp: str
    is_disabled: bool
    has_second_factor: bool
    has_password: bool
    #: nobody has signed in as this person before
    is_first: bool = False


@dataclass(frozen=True, slots=True)
class HabitsInput:
    """What people choose for themselves."""

    name: str
    language: str
    region: str
    theme: str
    time_basis: str
    density: str
    shortcuts: bool
    phone: str = ""


#: names of the habits
HABITS = tuple(f.name for f in fields(HabitsInput))


@dataclass(frozen=True, kw_only=True)
class SignedIn(Event):
    """Somebody signed in: by password, by password and code, or by passkey (``method``)."""

    email: str
    method: str = "password"


@dataclass(frozen=True, kw_only=True)
class PasswordChanged(Event):
    """Somebody changed their own password."""

    email: str


@dataclass(frozen=True, kw_only=True)
class HabitsChanged(Event):
    """Somebody changed their own name, habits or choice of mails."""

    audited: ClassVar[bool] = True
    before: dict[str, Any]
    after: dict[str, Any]


def hash_password(password: str) -> str:
    """The argon2id hash of a password."""
    return _hasher.hash(password)


def count_attempt(work: Work, email: str, address: str) -> int:
    """Count one attempt for the account (empty: nobody's) and the network address; how many minutes to wait (0: go on).

    Returns instead of refusing, because a refusal would roll the count back.
    """
    account = hashlib.sha256(email.strip().lower().encode()).hexdigest() if email.strip() else ""
    keys = (("account", account), ("address", address))
    wait = max((_count(work, f"{kind}:{value}", MISSES[kind]) for kind, value in keys if value), default=timedelta())
    return -(-int(wait.total_seconds()) // 60)


def _count(work: Work, key: str, allowed: int) -> timedelta:
    """Count one attempt under a key; how long to wait before the next."""
    row = work.session.execute(
        text(
            "insert into sign_in_throttle as t (key, failures, since) values (:key, 1, :now) on conflict (key) do update set "
            "failures = case when t.since < :start and coalesce(t.blocked_until, :now) <= :now then 1 else t.failures + 1 end, "
            "since = case when t.since < :start and coalesce(t.blocked_until, :now) <= :now then :now else t.since end "
            "returning failures, blocked_until"
        ),
        {"key": key, "now": work.now, "start": work.now - WINDOW},
    ).one()
    if row.blocked_until is not None and row.blocked_until > work.now:
        return timedelta(seconds=(row.blocked_until - work.now).total_seconds())
    if row.failures > allowed:
        until = work.now + WINDOW
        work.session.execute(text("update sign_in_throttle set blocked_until = :until where key = :key"), {"until": until, "key": key})
        return WINDOW
    return timedelta()


def forget_attempts(work: Work, email: str, address: str = "") -> None:
    """After a good sign-in the account's misses count no more; those of the network address stay, but for the attempt that was good."""
    if address:
        good = text("update sign_in_throttle set failures = failures - 1 where key = :key and failures > 0")
        work.session.execute(good, {"key": f"address:{address}"})
    key = "account:" + hashlib.sha256(email.strip().lower().encode()).hexdigest()
    work.session.execute(delete(SignInThrottle).where(SignInThrottle.key == key))


def verify(work: Work, email: str, password: str) -> UUID:
    """The person with this e-mail and password; ``sign_in_wrong`` for unknown and wrong, ``user_disabled`` only after the password."""
    found = work.session.execute(
        text("select user_id, password_hash, disabled_at from door_sign_in(:email)"), {"email": email.strip()}
    ).first()
    known = found is not None and found.password_hash is not None
    right = _matches(found.password_hash if found is not None and known else _nobodys_hash(), password)
    if found is None or not known or not right:
        raise NotAllowed("sign_in_wrong")
    if found.disabled_at is not None:
        raise NotAllowed("user_disabled")
    return UUID(str(found.user_id))


def welcome(work: Work, user_id: UUID, password: str) -> PersonRow:
    """After ``verify``: renew an outdated hash, return the person. The work's tenant becomes the person's own."""
    work.actor = Actor(ActorKind.USER, "sign-in", id=user_id)
    enter_tenant(work.session, work.actor)
    user = work.session.get_one(User, user_id)
    if user.password_hash and _hasher.check_needs_rehash(user.password_hash):
        user.password_hash = hash_password(password)
    return person_row(user)


def enter(work: Work, user_id: UUID) -> PersonRow:
    """Every factor was right: note the time. The work's tenant is the person's own."""
    user = work.session.get_one(User, user_id)
    is_first, user.last_sign_in_at = user.last_sign_in_at is None, work.now
    return replace(person_row(user), is_first=is_first)


def person(session: Session, user_id: UUID) -> PersonRow | None:
    """The signed-in person, fresh; None if gone. The session's tenant must be the person's own."""
    user = session.get(User, user_id, populate_existing=True)
    return person_row(user) if user is not None else None


def change_password(work: Work, user_id: UUID, present: str, wanted: str) -> PersonRow:
    """Change one's own password, knowing the present one; every other sign-in of this person ends."""
    user = work.session.get_one(User, user_id)
    if work.actor.id != user_id:
        raise NotAllowed
    if user.password_hash is None or not _matches(user.password_hash, present):
        raise Invalid("password_wrong", field="present")
    check_password(wanted, field="wanted", about=(user.email, user.name))
    if wanted == present:
        raise Invalid("password_same", field="wanted")
    user.password_hash = hash_password(wanted)
    user.password_changed_at = work.now
    record_own(work, PasswordChanged, user_id, email=user.email)
    return person_row(user)


def check_password(password: str, *, field: str, about: Sequence[str] = ()) -> None:
    """Refuse what is shorter than 12 characters or easily guessed; the person's own name and address make it easier to guess."""
    if len(password) < SHORTEST:
        raise Invalid("password_short", field=field)
    if len(password) > LONGEST:
        raise Invalid("too_long", field=field)
    if strength(password, about) < STRONG_ENOUGH:
        raise Invalid("password_common", field=field)


def strength(password: str, about: Sequence[str] = ()) -> int:
    """How hard a password is to guess, from 0 (at once) to 4 (very hard); its first characters count, so a long one costs no time."""
    parts = [p for one in about for p in re.split(r"[^\w]+", one.lower()) if len(p) > 2]
    rest = password.lower()
    for part in (*_COMMON, *parts):
        rest = rest.replace(part, "")
    if len(rest) < SHORTEST // 2:
        return 0
    from zxcvbn import zxcvbn

    return int(zxcvbn(password[:_LOOKED_AT], user_inputs=[*_COMMON, *parts])["score"])


def change_habits(work: Work, user_id: UUID, wanted: HabitsInput) -> PersonRow:
    """Change one's own name, phone and habits; refuses ``missing`` and ``bad_phone``.

    A number without country code is one of the region's.
    """
    if work.actor.id != user_id:
        raise NotAllowed
    user = work.session.get_one(User, user_id)
    before = {n: getattr(user, n) for n in HABITS}
    name = checks.text(wanted.name, "name", longest=120)
    after = asdict(replace(wanted, name=name, phone=checks.phone(wanted.phone, wanted.region[-2:])))
    changed = [n for n in HABITS if before[n] != after[n]]
    for name in changed:
        setattr(user, name, after[name])
    if changed:
        record_own(work, HabitsChanged, user_id, before={n: before[n] for n in changed}, after={n: after[n] for n in changed})
    return person_row(user)


def help_contact(session: Session, operator_id: UUID) -> tuple[str, str]:
    """Whom to ask for help: the operator's name and phone (empty: none is known)."""
    operator = session.get_one(Operator, operator_id)
    return operator.name, operator.help_phone or ""


def record_sign_in(work: Work, user_id: UUID, email: str, method: str) -> None:
    """Write the sign-in to the log of the account entered; without an account there is no log to write to."""
    record_own(work, SignedIn, user_id, email=email, method=method)


def record_own(work: Work, event: type[Event], user_id: UUID, **facts: object) -> None:
    """Write an act on one's own sign-in to the log of the account entered; without an account there is none."""
    if work.actor.operator_id is None:
        return
    reach = work.actor.partners
    partner_id = min(reach, default=None) if isinstance(reach, frozenset) else None
    work.record(event(operator_id=work.actor.operator_id, partner_id=partner_id, subject=("user", user_id), **facts))


def _matches(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    return hash_password("nobody has this password, it is only as slow as a real one")


def person_row(user: User) -> PersonRow:
    """The row of a person."""
    stamp = max((at for at in (user.password_changed_at, user.signed_out_at) if at is not None), default=None)
    return PersonRow(
        user_id=user.id,
        email=user.email,
        name=user.name,
        phone=user.phone,
        language=user.language,
        region=user.region,
        theme=user.theme,
        time_basis=user.time_basis,
        density=user.density,
        shortcuts=user.shortcuts,
        sign_in_stamp=stamp.isoformat() if stamp else "",
        is_disabled=user.disabled_at is not None,
        has_second_factor=user.second_factor_at is not None,
        has_password=user.password_hash is not None,
    )
