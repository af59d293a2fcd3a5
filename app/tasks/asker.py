"""Jobs in the name of whoever asked for them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from app.domain.contracts.grants import load_actor
from app.work.unit import Work, enter_tenant


def act_for(work: Work, by: str, partner: str | None) -> None:
    """Go on as that person with the rights of now: staff, or somebody of the partner account with that code."""
    account: dict[str, Any] = {"partner_code": partner} if partner else {"operator_id": work.operator_id}
    work.actor = load_actor(work.session, UUID(by), **account)
    enter_tenant(work.session, work.actor)
