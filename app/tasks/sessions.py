"""Jobs about sessions: late prices, wishes whose time is over, and the sweep that finds both."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from app.domain.payments.queries import left_open, undecided
from app.domain.payments.stored import cards_under_way
from app.domain.sessions.actions import give_up_start
from app.domain.sessions.actions import rate as rate_session
from app.domain.sessions.actions import start_refused as refuse_start
from app.domain.sessions.electricity import settle_known
from app.domain.sessions.forgetting import close_forgotten as close
from app.domain.sessions.forgetting import forgotten
from app.domain.sessions.overdue import refused, uncollected, unrated, unreleased, unstarted
from app.domain.sessions.own_part import PATIENCE, WAITING
from app.domain.sessions.quiet_sites import note_site_use
from app.tasks.registry import job
from app.work.unit import Work

#: how long a provider's event may take before the provider is asked
_WEBHOOK_PATIENCE = timedelta(seconds=60)


@job("sessions.rate")
def rate(work: Work, session_id: str) -> dict[str, Any]:
    """Price a stopped session."""
    return {"stage": rate_session(work, UUID(session_id)).stage}


@job("sessions.give_up")
def give_up(work: Work, session_id: str) -> dict[str, Any]:
    """End a wish whose time is over."""
    return {"stage": give_up_start(work, UUID(session_id)).stage}


@job("sessions.start_refused")
def start_refused(work: Work, session_id: str, reason: str) -> dict[str, Any]:
    """End a wish whose charge point said no."""
    return {"stage": refuse_start(work, UUID(session_id), reason).stage}


@job("sessions.close_forgotten")
def close_forgotten(work: Work, session_id: str) -> dict[str, Any]:
    """End a session its charge point does not know any more."""
    return {"stage": close(work, UUID(session_id)).stage}


@job("sessions.electricity")
def electricity(work: Work, rate_id: str) -> dict[str, Any]:
    """Settle what waited for an electricity rate; as long as there is more, go on."""
    count = settle_known(work, UUID(rate_id))
    if count:
        work.later("sessions.electricity", rate_id=rate_id)
    return {"sessions": count}


@job("sessions.site_use")
def site_use(work: Work) -> dict[str, Any]:
    """Keep when a session last began at each site."""
    note_site_use(work)
    return {}


@job("sessions.sweep")
def sweep(work: Work) -> dict[str, Any]:
    """Wish again for whatever is overdue; each wish names the minute, so that one that failed is tried anew."""
    minute = int(work.now.timestamp()) // 60
    found = {
        "sessions.rate": unrated(work.session, work.now),
        "sessions.give_up": unstarted(work.session, work.now),
        "sessions.close_forgotten": forgotten(work.session, work.now),
        "payments.capture": uncollected(work.session, work.now),
        "payments.release": unreleased(work.session),
    }
    for name, ids in found.items():
        for session_id in ids:
            work.later(name, key=f"swept:{name}:{session_id}:{minute}", session_id=session_id)
    for session_id, reason in refused(work.session):
        work.later("sessions.start_refused", key=f"swept:refused:{session_id}:{minute}", session_id=session_id, reason=reason)
    left = {
        "payments.capture_own": left_open(work.session, ["reserved"], work.now - _WEBHOOK_PATIENCE),
        "payments.forget_page": left_open(work.session, WAITING, work.now - PATIENCE),
    }
    for name, keys in left.items():
        for payment_id in keys:
            work.later(name, key=f"swept:{name}:{payment_id}:{minute}", payment_id=payment_id)
    cards = cards_under_way(work.session, work.now - _WEBHOOK_PATIENCE)
    for card_id in cards:
        work.later("payments.ask_card", key=f"swept:payments.ask_card:{card_id}:{minute}", card_id=card_id)
    asked = undecided(work.session, work.now - _WEBHOOK_PATIENCE)
    for held in asked:
        work.later("payments.ask", key=f"swept:payments.ask:{held.id}:{minute}", payment_id=held.id)
    return {name: len(ids) for name, ids in (found | left).items()} | {"payments.ask": len(asked), "payments.ask_card": len(cards)}
