"""Contracts by the clock: charge points change hands, terms renew themselves, reminders; and the replay of a what-if."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from app.domain.contracts.actions import turn_day
from app.domain.contracts.renewing import endings_of, remind_due, renew_due
from app.domain.people.models import Operator
from app.domain.settlement.previewing import run_preview
from app.tasks.mailing import write_notice
from app.tasks.registry import job
from app.tasks.runner import report_progress
from app.text.locales import speaking
from app.text.words import gettext
from app.work.unit import Work


@job("contracts.turn_day")
def change_hands(work: Work) -> dict[str, Any]:
    """Every charge point belongs to whom the assignments of its contract's local day say."""
    return {"changed": turn_day(work)}


@job("contracts.preview")
def preview(work: Work, preview_id: str) -> dict[str, Any]:
    """Replay a month's sessions under a draft's terms."""
    return run_preview(work, UUID(preview_id), report_progress)


@job("contracts.renewals")
def renewals(work: Work) -> dict[str, Any]:
    """Renew what renews itself, and want reminders of what ends."""
    return {"renewed": renew_due(work), "reminders": remind_due(work)}


@job("contracts.remind")
def remind(work: Work, version_id: str, days: int) -> dict[str, Any]:
    """Tell a partner that its contract ends or renews itself; ``days`` before, at most."""
    endings = endings_of(work, UUID(version_id))
    operator = work.session.get_one(Operator, work.operator_id)
    for one in endings:
        name = one.version.contract_name
        with speaking(one.to.language):
            subject = gettext("%(contract)s renews itself", contract=name)
            if not one.version.auto_renewal:
                subject = gettext("%(contract)s ends", contract=name)
        values: dict[str, Any] = {"e": one, "operator": operator.name, "phone": operator.help_phone}
        write_notice(work, "contract_ends", one.to, "contract_ends", subject, partner_id=one.version.partner_id, **values)
    return {"days": days, "mails": len(endings)}
