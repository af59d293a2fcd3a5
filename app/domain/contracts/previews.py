"""Staff look at the partner portal as somebody of a partner sees it (ux 1.7): when it begins and ends stands in the partner's history."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from app.domain.contracts.events import PreviewEnded, PreviewStarted
from app.domain.contracts.grants import account_to_show
from app.domain.people.models import Partner
from app.work.unit import Work

#: a preview ends by itself
LASTS = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Preview:
    """A preview that was begun: the account, the role, and the instant from which on it shows nothing more."""

    code: str
    name: str
    role: str
    until: datetime


def begin_preview(work: Work, code: str, role: str) -> Preview:
    """Begin to look; refuses as ``account_to_show`` does."""
    account = account_to_show(work.session, work.actor, code, role)
    until = work.now + LASTS
    _for(work, account).record(PreviewStarted(**_about(account), role=role, until=until))
    return Preview(account.code, account.name, role, until)


def end_preview(work: Work, code: str, role: str) -> None:
    """Note that it is over. Whoever began it may always end it, whatever rights are left."""
    account = work.session.scalars(select(Partner).where(Partner.operator_id == work.operator_id, Partner.code == code)).one_or_none()
    if account is not None:
        _for(work, account).record(PreviewEnded(**_about(account), role=role))


def _for(work: Work, account: Partner) -> Work:
    return replace(work, actor=work.actor.acting_for(account.name))


def _about(account: Partner) -> dict[str, Any]:
    return {"operator_id": account.operator_id, "partner_id": account.id, "subject": ("partner", account.id)}
