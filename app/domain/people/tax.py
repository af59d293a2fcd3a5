"""A partner's tax status over time: which code a supply counts under is decided by the day of the supply, not by today."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.access.permissions import Permission
from app.domain.people import checks
from app.domain.people.bank_models import TaxStatus
from app.domain.people.events import TaxStatusEntered
from app.domain.people.general import find_partner
from app.domain.people.models import Partner
from app.kernel.errors import Conflict, Invalid
from app.work.unit import Work

#: categories a partner's supplies may have: with VAT, small business, reverse charge, outside of VAT, zero rate
CATEGORIES = ("S", "E", "AE", "O", "Z")
_EARLIEST = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class TaxStep:
    """Codes (UNTDID 5305 category and rate) from a day on; None: since ever."""

    valid_from: date | None
    credit: str
    fees: str
    evidence: str = ""
    entered_at: datetime | None = None
    entered_name: str = ""


@dataclass(frozen=True, slots=True)
class TaxInput:
    """A status as typed: categories, and the rate (per cent) where a category has one."""

    valid_from: date
    credit: str
    fees: str
    rate_pct: Decimal | None
    evidence: str


def tax_steps(session: Session, partner_ids: Collection[UUID]) -> dict[UUID, list[TaxStep]]:
    """By partner its status over time, oldest first, the first since ever. Two statements, no scope."""
    first = session.execute(select(Partner.id, Partner.tax_credit, Partner.tax_fees).where(Partner.id.in_(partner_ids)))
    found: dict[UUID, dict[date | None, TaxStep]] = {key: {None: TaxStep(None, credit, fees)} for key, credit, fees in first}
    later = select(TaxStatus).where(TaxStatus.partner_id.in_(partner_ids)).order_by(TaxStatus.valid_from, TaxStatus.number)
    for row in session.scalars(later):
        if row.partner_id in found:
            step = TaxStep(row.valid_from, row.tax_credit, row.tax_fees, row.evidence, row.entered_at, row.entered_name)
            found[row.partner_id][row.valid_from] = step
    return {key: list(steps.values()) for key, steps in found.items()}


def on_day(steps: Sequence[TaxStep], day: date) -> TaxStep:
    """The status of a supply on a local day."""
    return next(step for step in reversed(steps) if step.valid_from is None or step.valid_from <= day)


def enter_tax_status(work: Work, code: str, wanted: TaxInput) -> None:
    """Another status from a day on; what was supplied before keeps its own. For finance.

    Refuses at ``valid_from``: ``too_early``, ``tax_month_issued``; at ``rate_pct``: ``rate_missing``; at ``credit`` or ``fees``:
    ``unknown_choice``; ``same_tax`` where nothing would change.
    """
    partner = find_partner(work, code)
    work.require(Permission.BANK_VERIFY, partner_id=partner.id)
    credit, fees = _code(wanted.credit, wanted.rate_pct, "credit"), _code(wanted.fees, wanted.rate_pct, "fees")
    evidence = checks.text(wanted.evidence, "evidence", longest=500)
    _require_open(work, partner, wanted.valid_from)
    before = on_day(tax_steps(work.session, [partner.id])[partner.id], wanted.valid_from)
    if (before.credit, before.fees) == (credit, fees):
        raise Conflict("same_tax")
    last = work.session.scalar(select(func.max(TaxStatus.number)).where(TaxStatus.partner_id == partner.id))
    work.session.add(
        TaxStatus(
            operator_id=partner.operator_id, partner_id=partner.id, number=(last or 0) + 1, valid_from=wanted.valid_from, tax_credit=credit,
            tax_fees=fees, evidence=evidence, entered_at=work.now, entered_by=work.actor.id, entered_name=work.actor.name,
        )
    )  # fmt: skip
    work.session.flush()
    both = {"tax_credit": (before.credit, credit), "tax_fees": (before.fees, fees)}
    changed = {name: codes for name, codes in both.items() if codes[0] != codes[1]}
    facts: dict[str, Any] = {
        "before": {name: old for name, (old, _) in changed.items()},
        "after": {name: new for name, (_, new) in changed.items()},
    }
    subject = ("partner", partner.id)
    work.record(
        TaxStatusEntered(
            operator_id=partner.operator_id, partner_id=partner.id, subject=subject, code=partner.code, reason=evidence,
            valid_from=wanted.valid_from, **facts,
        )
    )  # fmt: skip


def _code(category: str, rate: Decimal | None, field: str) -> str:
    checks.one_of(category, CATEGORIES, field)
    if category != "S":
        return f"{category}0"
    if rate is None or not 0 < rate <= 100:
        raise Invalid("rate_missing", field="rate_pct")
    return f"S{rate.normalize():f}"


def _require_open(work: Work, partner: Partner, day: date) -> None:
    """Papers that are issued keep the status they were issued under."""
    if day < _EARLIEST:
        raise Invalid("too_early", field="valid_from")
    issued = text("select max(month) from statement where partner_id = :partner and state <> 'draft' and month >= :month")
    last = work.session.scalar(issued, {"partner": partner.id, "month": day.replace(day=1)})
    if last is not None:
        raise Invalid("tax_month_issued", field="valid_from", month=f"{last:%Y-%m}")
