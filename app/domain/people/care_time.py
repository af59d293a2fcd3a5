"""The time of a sub-operator's care. Each change is a row that stays (``partner_care``); it holds until the next one of the same partner.

People of a sub-operator read of a partner what is of the time in which it was in their care, not what was before.
"""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, and_, exists, func, or_, select, true, tuple_
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app.domain.people.models import Partner, PartnerCare
from app.work.unit import Work

Column = ColumnElement[UUID] | InstrumentedAttribute[UUID] | InstrumentedAttribute[UUID | None]
Instant = ColumnElement[datetime] | InstrumentedAttribute[datetime] | datetime
#: the end of a time that lasts
OPEN = datetime.max.replace(tzinfo=UTC)
#: when the care began: what stood from the beginning counts from the partner's own (needs ``Partner`` joined)
BEGAN = func.greatest(PartnerCare.since, Partner.created_at)


def ended() -> ScalarSelect[datetime]:
    """The instant of the next row of the same partner; null: none has come."""
    later = aliased(PartnerCare)
    comes = tuple_(later.since, later.id) > tuple_(PartnerCare.since, PartnerCare.id)
    return select(func.min(later.since)).where(later.partner_id == PartnerCare.partner_id, comes).correlate(PartnerCare).scalar_subquery()


def holds(at: Instant) -> ColumnElement[bool]:
    """The condition that a row of ``PartnerCare`` is the one that counted at the instant."""
    end = ended()
    return and_(PartnerCare.since <= at, or_(end.is_(None), end > at))


def looks_after(work: Work, partner_id: UUID) -> bool:
    """Whether the actor reads that account from above: as a sub-operator's, not as the account's own."""
    return work.actor.home is not None and work.actor.home != partner_id


def in_time_of_care(work: Work, partner: Column, at: Instant) -> ColumnElement[bool]:
    """The condition that what happened to a partner then is not from before or after the care of the actor's sub-operator."""
    home = work.actor.home
    if home is None:
        return true()
    return or_(partner == home, exists().where(PartnerCare.partner_id == partner, PartnerCare.parent_id == home, holds(at)))


def time_of_care(work: Work, partner_id: UUID, at: datetime) -> tuple[datetime, datetime] | None:
    """From when until when (excluded; ``OPEN``: still) the actor's sub-operator looked after the partner at the instant; None: not then."""
    found = work.session.execute(
        select(BEGAN, ended())
        .join(Partner, Partner.id == PartnerCare.partner_id)
        .where(PartnerCare.partner_id == partner_id, PartnerCare.parent_id == work.actor.home, holds(at))
    ).first()
    return None if found is None else (found[0], found[1] or OPEN)
