"""Staff look at the partner portal as somebody of a partner sees it (ux 1.7): when it begins and ends stands in the partner's history."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from app.domain.contracts.events import PreviewEnded, PreviewStarted
from app.domain.contracts.seeing import Eyes, seen_through
from app.domain.people.models import Partner
from app.work.unit import Work

#: a preview ends by itself
LASTS = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Preview:
    """A preview that was begun: the account, the role and perhaps the person, and the instant from which on it shows nothing more."""

    code: str
    name: str
    role: str
    person: str
    zone: str
    until: datetime


def begin_preview(work: Work, eyes: Eyes) -> Preview:
    """Begin to look; refuses as ``seen_through`` does."""
    seen = seen_through(work.session, work.actor, eyes, work.now)
    until = work.now + LASTS
    about = _about(seen.account)
    started = PreviewStarted(**about, role=seen.role.value, person=seen.person, seen_at=eyes.at, until=until)
    _for(work, seen.account).record(started)
    return Preview(seen.account.code, seen.account.name, seen.role.value, seen.person, seen.account.time_zone, until)


def end_preview(work: Work, code: str, role: str, person: str) -> None:
    """Note that it is over. Whoever began it may always end it, whatever rights are left."""
    account = work.session.scalars(select(Partner).where(Partner.operator_id == work.operator_id, Partner.code == code)).one_or_none()
    if account is not None:
        _for(work, account).record(PreviewEnded(**_about(account), role=role, person=person))


def _for(work: Work, account: Partner) -> Work:
    return replace(work, actor=work.actor.acting_for(account.name))


def _about(account: Partner) -> dict[str, Any]:
    return {"operator_id": account.operator_id, "partner_id": account.id, "subject": ("partner", account.id)}
