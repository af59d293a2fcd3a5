"""Whether the clock of an EVSE may be billed by (Eichrecht); tariffs that price time are judged by it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from app.access.permissions import Permission
from app.domain.network.models import Evse
from app.domain.network.queries import station_by_label
from app.kernel.errors import NotFound
from app.kernel.events import Event
from app.work.unit import Work


@dataclass(frozen=True, kw_only=True)
class ClockJudged(Event):
    """The clock of an EVSE is approved for billing time, or no longer."""

    label: str
    number: int
    approved: bool


def judge_clock(work: Work, label: str, number: int, *, approved: bool) -> None:
    """Note that an EVSE's clock is approved for billing time, or no longer. Sessions and terms that stand are not touched."""
    place = station_by_label(work, label)
    work.require(Permission.NETWORK_EDIT, partner_id=place.partner_id, location_id=place.location_id)
    evse = work.session.scalars(select(Evse).where(Evse.station_id == place.station_id, Evse.number == number)).one_or_none()
    if evse is None:
        raise NotFound
    evse.clock_approved = approved
    work.record(
        ClockJudged(
            operator_id=evse.operator_id,
            partner_id=evse.partner_id,
            subject=("station", place.station_id),
            label=place.label,
            number=number,
            approved=approved,
        )
    )
