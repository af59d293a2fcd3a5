"""What should have moved on by now and has not: found by the sweep, so that no lost job leaves a session or a hold behind."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from app.domain.network.models import StationCommand
from app.domain.payments.models import Payment
from app.domain.sessions.models import ChargingSession
from app.domain.sessions.rows import START_WINDOW

#: the worker rates right behind its batch; only what is older is looked at here
_PATIENCE = timedelta(seconds=60)
_CARD_WINDOW = timedelta(minutes=30)


def unrated(session: Session, now: datetime, limit: int = 200) -> list[UUID]:
    """Sessions that stopped a while ago and have neither price nor doubt."""
    return list(
        session.scalars(
            select(ChargingSession.id)
            .where(
                ChargingSession.state == "stopped",
                ChargingSession.ended_at < now,
                ChargingSession.end_received_at < now - _PATIENCE,
                ~ChargingSession.flags.contains(["held"]),
            )
            .order_by(ChargingSession.ended_at)
            .limit(limit)
        )
    )


def unstarted(session: Session, now: datetime, limit: int = 200) -> list[UUID]:
    """Wishes whose time to plug in, or to enter a card, is over."""
    late = or_(
        and_(ChargingSession.state == "starting", Payment.reserved_at <= now - START_WINDOW),
        and_(ChargingSession.state == "requested", ChargingSession.created_at <= now - _CARD_WINDOW),
    )
    return list(
        session.scalars(select(ChargingSession.id).outerjoin(Payment, Payment.id == ChargingSession.payment_id).where(late).limit(limit))
    )


def uncollected(session: Session, now: datetime, limit: int = 200) -> list[UUID]:
    """Rated sessions whose hold still stands."""
    return list(
        session.scalars(
            select(ChargingSession.id)
            .join(Payment, Payment.id == ChargingSession.payment_id)
            .where(ChargingSession.state == "rated", ChargingSession.rated_at < now - _PATIENCE, Payment.state == "reserved")
            .limit(limit)
        )
    )


def unreleased(session: Session, limit: int = 200) -> list[UUID]:
    """Sessions that never began and whose hold still stands."""
    return list(
        session.scalars(
            select(ChargingSession.id)
            .join(Payment, Payment.id == ChargingSession.payment_id)
            .where(ChargingSession.state == "failed", Payment.state == "reserved")
            .limit(limit)
        )
    )


def refused(session: Session, limit: int = 200) -> list[tuple[UUID, str]]:
    """Starts the charge point said no to, or that never reached it, with the reason."""
    rows = session.execute(_REFUSED.limit(limit))
    return [(row.id, _WHY[row.state]) for row in rows]


def refused_by(session: Session, commands: Collection[UUID]) -> list[tuple[UUID, UUID, str]]:
    """The same for some commands whose outcome is new: session, operator, reason."""
    rows = session.execute(_REFUSED.where(StationCommand.id.in_(commands)))
    return [(row.id, row.operator_id, _WHY[row.state]) for row in rows]


#: outcome of a start -> why its session failed; one that was not answered may still begin
_WHY: Final = {"rejected": "rejected", "not_sent": "offline"}
_REFUSED: Final = (
    select(ChargingSession.id, ChargingSession.operator_id, StationCommand.state)
    .join(StationCommand, StationCommand.session_id == ChargingSession.id)
    .where(ChargingSession.state == "starting", StationCommand.action == "remote_start", StationCommand.state.in_(_WHY))
)
