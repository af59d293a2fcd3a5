"""The second factor of a person: authenticator apps, recovery codes. A code counts once, and attempts are counted like passwords.

Passkeys are in ``passkeys.py``; they are factors too and stand in the same table.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import pyotp
from sqlalchemy import delete, func, select

from app.domain.people import checks
from app.domain.people.models import Factor, RecoveryCode, User
from app.domain.people.sealing import seal, unseal
from app.domain.people.signin import record_own
from app.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from app.kernel.events import Event
from app.kernel.ids import ALPHABET
from app.kernel.tokens import token_hash
from app.work.unit import Work

CODES = 10
_STEP_SECONDS = 30
#: a code may be one step early or late
_DRIFT = 1


@dataclass(frozen=True, kw_only=True)
class FactorAdded(Event):
    """Somebody set up a second factor."""

    kind: str
    label: str


@dataclass(frozen=True, kw_only=True)
class FactorRemoved(Event):
    """Somebody took a second factor away."""

    kind: str
    label: str


@dataclass(frozen=True, kw_only=True)
class RecoveryCodesMade(Event):
    """New recovery codes; those before are void."""

    count: int


@dataclass(frozen=True, kw_only=True)
class RecoveryCodeUsed(Event):
    """Somebody came in with a recovery code."""

    left: int


@dataclass(frozen=True, slots=True)
class FactorRow:
    """A second factor as its owner sees it."""

    id: UUID
    kind: str
    label: str
    created_at: datetime
    last_used_at: datetime | None


def new_secret(email: str) -> tuple[str, str]:
    """A secret for an authenticator app, and the address its QR code holds."""
    secret = pyotp.random_base32()
    return secret, otp_address(secret, email)


def otp_address(secret: str, email: str) -> str:
    """What the QR code of a secret holds."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name="Voltpact")


def factors_of(work: Work, user_id: UUID) -> list[FactorRow]:
    """The person's second factors, oldest first."""
    statement = select(Factor).where(Factor.user_id == user_id).order_by(Factor.created_at, Factor.id)
    return [FactorRow(f.id, f.kind, f.label, f.created_at, f.last_used_at) for f in work.session.scalars(statement)]


def codes_left(work: Work, user_id: UUID) -> int:
    """Recovery codes not used yet."""
    statement = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    return work.session.scalar(statement) or 0


def add_app(work: Work, user_id: UUID, secret: str, typed: str, label: str, *, secret_key: str) -> list[str]:
    """Keep an authenticator app that has shown a right code; returns new recovery codes with the first factor, else nothing."""
    step = _step_of(secret, _digits(typed), work.now)
    if step is None:
        raise Invalid("code_wrong", field="code")
    factor = Factor(user_id=user_id, kind="totp", secret=seal(secret_key, secret), last_count=step, last_used_at=work.now)
    return keep_factor(work, factor, label)


def keep_factor(work: Work, factor: Factor, label: str) -> list[str]:
    """Keep a proven factor; returns new recovery codes if it is the person's first."""
    user = _own(work, factor.user_id)
    factor.label = checks.text(label, "label", longest=60, required=False)
    factor.created_at = work.now
    is_first = user.second_factor_at is None
    work.session.add(factor)
    user.second_factor_at = user.second_factor_at or work.now
    work.session.flush()
    record_own(work, FactorAdded, user.id, kind=factor.kind, label=factor.label)
    return new_codes(work, user.id) if is_first else []


def new_codes(work: Work, user_id: UUID) -> list[str]:
    """Ten new recovery codes, shown now and never again; those before no longer work."""
    _own(work, user_id)
    work.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(10)) for _ in range(CODES)]
    work.session.add_all(RecoveryCode(user_id=user_id, code_hash=token_hash(code), created_at=work.now) for code in codes)
    work.session.flush()
    record_own(work, RecoveryCodesMade, user_id, count=len(codes))
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def remove_factor(work: Work, user_id: UUID, factor_id: UUID, *, is_required: bool) -> None:
    """Take a factor away; the last one stays while the person's roles need one (``last_factor``) or there is no password
    (``only_way_in``)."""
    user = _own(work, user_id)
    factors = list(work.session.scalars(select(Factor).where(Factor.user_id == user_id).with_for_update()))
    factor = next((f for f in factors if f.id == factor_id), None)
    if factor is None:
        raise NotFound
    if len(factors) == 1:
        if is_required:
            raise Conflict("last_factor")
        if user.password_hash is None:
            raise Conflict("only_way_in")
        user.second_factor_at = None
        work.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    work.session.delete(factor)
    work.session.flush()
    record_own(work, FactorRemoved, user_id, kind=factor.kind, label=factor.label)


def check_code(work: Work, user_id: UUID, typed: str, *, secret_key: str) -> str:
    """A code of an authenticator app (``code``) or a recovery code (``recovery_code``) is right and was never used: it is used now.

    Who used it is in no account yet: the entrance calls ``record_recovery_code`` once the person is. Refuses ``code_used`` ("Wait for
    the next one"), ``recovery_code_used`` and ``code_wrong``, all at ``code``.
    """
    digits = _digits(typed)
    if len(digits) == pyotp.TOTP("A" * 32).digits and digits.isascii() and digits.isdecimal():
        _check_app(work, user_id, digits, secret_key)
        return "code"
    code = "".join(c for c in typed.upper() if c.isalnum()).replace("O", "0").replace("I", "1").replace("L", "1")
    statement = select(RecoveryCode).where(RecoveryCode.user_id == user_id, RecoveryCode.code_hash == token_hash(code))
    found = work.session.scalars(statement.with_for_update()).one_or_none()
    if found is None:
        raise Invalid("code_wrong", field="code")
    if found.used_at is not None:
        raise Invalid("recovery_code_used", field="code")
    found.used_at = work.now
    work.session.flush()
    return "recovery_code"


def record_recovery_code(work: Work, user_id: UUID) -> None:
    """Write to the log of the account entered that a recovery code was used, and how many are left."""
    record_own(work, RecoveryCodeUsed, user_id, left=codes_left(work, user_id))


def _check_app(work: Work, user_id: UUID, digits: str, secret_key: str) -> None:
    apps = select(Factor).where(Factor.user_id == user_id, Factor.kind == "totp").order_by(Factor.created_at).with_for_update()
    was_used = False
    for factor in work.session.scalars(apps):
        step = _step_of(unseal(secret_key, factor.secret), digits, work.now)
        if step is not None and step > factor.last_count:
            factor.last_count, factor.last_used_at = step, work.now
            work.session.flush()
            return
        was_used = was_used or step is not None
    raise Invalid("code_used" if was_used else "code_wrong", field="code")


def _step_of(secret: str, digits: str, now: datetime) -> int | None:
    """The time step whose code this is, now or one step before or after; None: it is no such code."""
    present = int(now.timestamp()) // _STEP_SECONDS
    generator = pyotp.TOTP(secret)
    steps = [step for step in range(present - _DRIFT, present + _DRIFT + 1) if hmac.compare_digest(generator.generate_otp(step), digits)]
    return max(steps, default=None)


def _digits(typed: str) -> str:
    return "".join(typed.split())


def _own(work: Work, user_id: UUID) -> User:
    """Second factors are changed by their owner only."""
    if work.actor.id != user_id:
        raise NotAllowed
    return work.session.get_one(User, user_id, with_for_update=True)
