"""Jobs of the month close."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from app.access.actor import Actor
from app.domain.people.models import Partner
from app.domain.settlement.actions import draft, note_progress
from app.kernel.errors import Conflict, Invalid
from app.kernel.periods import Month
from app.tasks.registry import job
from app.work.unit import Work


@job("settlement.draft")
def draft_partner(work: Work, run_id: str, partner: str, month: str, by: str | None, by_name: str) -> dict[str, Any]:
    """Build one partner's draft of a run. What cannot be settled is a problem of the run, not a failed job."""
    account = work.session.get_one(Partner, UUID(partner))
    work.actor = _for(work.actor, by, by_name)
    try:
        statement = draft(work, account.id, Month.parse(month))
    except (Conflict, Invalid) as refusal:
        note_progress(work, UUID(run_id), {"partner": account.name, "code": refusal.code, "at": refusal.field, "params": refusal.params})
        return {"problem": refusal.code}
    note_progress(work, UUID(run_id))
    return {"statement": statement.code}


def _for(actor: Actor, by: str | None, name: str) -> Actor:
    """The house at work, in the name of who asked: whoever asked for drafts may not issue them."""
    return Actor(
        actor.kind,
        actor.name,
        id=UUID(by) if by else None,
        operator_id=actor.operator_id,
        partners=actor.partners,
        grants=actor.grants,
        on_behalf_of=name,
    )
