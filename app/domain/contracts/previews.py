"""Staff look at the partner portal as somebody of a partner sees it (ux 1.7): when it begins and ends stands in the partner's history."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.access.permissions import Permission
from app.domain.contracts.events import PreviewEnded, PreviewStarted
from app.domain.contracts.seeing import Eyes, seen_through
from app.domain.network.rows import evse_label
from app.domain.people.models import Partner
from app.kernel.errors import Invalid
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


@dataclass(frozen=True, slots=True)
class PointSeen:
    """The EVSE at which staff look as a driver; ``partner_id`` and ``partner`` (name): of the present holder."""

    station_id: UUID
    evse_id: UUID
    partner_id: UUID | None
    partner: str
    station: str
    number: int
    zone: str

    @property
    def label(self) -> str:
        """``NL-0417/2``."""
        return evse_label(self.station, self.number)


def begin_driver_preview(work: Work, point: PointSeen, at: datetime | None) -> datetime:
    """Begin to look at an EVSE as a driver; until when. Refuses who may not look, and ``in_the_future`` at ``at``."""
    work.require(Permission.PREVIEW_AS)
    if at is not None and at > work.now:
        raise Invalid("in_the_future", field="at")
    until = work.now + LASTS
    said = PreviewStarted(**_about_point(work, point), role="driver", person="", label=point.label, seen_at=at, until=until)
    replace(work, actor=work.actor.acting_for(point.partner)).record(said)
    return until


def end_driver_preview(work: Work, point: PointSeen) -> None:
    """Note that it is over."""
    said = PreviewEnded(**_about_point(work, point), role="driver", person="", label=point.label)
    replace(work, actor=work.actor.acting_for(point.partner)).record(said)


def _about_point(work: Work, point: PointSeen) -> dict[str, Any]:
    return {"operator_id": work.operator_id, "partner_id": point.partner_id, "subject": ("station", point.station_id)}


def _for(work: Work, account: Partner) -> Work:
    return replace(work, actor=work.actor.acting_for(account.name))


def _about(account: Partner) -> dict[str, Any]:
    return {"operator_id": account.operator_id, "partner_id": account.id, "subject": ("partner", account.id)}
