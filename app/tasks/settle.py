"""Jobs of the month close."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.access.actor import Actor
from app.domain.contracts.grants import load_actor
from app.domain.people.models import Partner
from app.domain.settlement.actions import draft, issue, note_progress
from app.domain.settlement.models import Statement
from app.kernel.errors import Conflict, Invalid, Refusal
from app.kernel.periods import Month
from app.tasks.registry import job
from app.work.unit import Work, enter_tenant


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


@job("settlement.issue")
def issue_statement(work: Work, run_id: str, code: str, by: str) -> dict[str, Any]:
    """Issue one statement of a run as who asked, with that person's rights of now; a refusal is a problem of the run."""
    house = work.actor
    named = select(Partner.name).join(Statement, Statement.partner_id == Partner.id).where(Statement.code == code)
    partner = work.session.execute(named).scalar_one()
    try:
        with work.session.begin_nested():
            work.actor = load_actor(work.session, UUID(by), operator_id=work.operator_id)
            enter_tenant(work.session, work.actor)
            (number,) = issue(work, [code])
    except Refusal as refusal:
        work.actor = house
        enter_tenant(work.session, house)
        note_progress(work, UUID(run_id), {"partner": partner, "code": refusal.code, "at": refusal.field, "params": refusal.params})
        return {"problem": refusal.code}
    note_progress(work, UUID(run_id))
    return {"number": number}


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
