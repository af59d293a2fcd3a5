"""What is to be said about a draft before it is agreed: what forbids it, what somebody should know. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from app.access.permissions import Permission
from app.domain.contracts.rows import ContractRow, ContractVersionRow


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about a draft: its code, the tab where it is put right, and whether it forbids agreeing."""

    code: str
    tab: str
    blocks: bool = False


def findings(draft: ContractVersionRow, contract: ContractRow, points: int) -> list[Finding]:
    """Findings in the order of the tabs; ``points``: charge points that the partner has today, or partners in its care."""
    found = []
    if draft.kind == "payment_facilitation" and not draft.leaves_all:
        found.append(Finding("facilitation_share", "revenue-share", blocks=True))
    if draft.supplier == "partner" and draft.kind == "revenue_sharing":
        found.append(Finding("partner_sells", "term"))
    if draft.deduct_electricity and draft.electricity_net is None:
        found.append(Finding("no_electricity_rate", "electricity"))
    if draft.electricity_net is not None and not draft.deducts:
        found.append(Finding("electricity_unused", "electricity"))
    if not points and not contract.points:
        found.append(Finding("no_points", "charge-points"))
    if draft.price_limits and Permission.TARIFF_EDIT.value not in draft.permissions:
        found.append(Finding("limits_unused", "price-limits"))
    if not draft.permissions:
        found.append(Finding("no_permissions", "permissions"))
    return found


def changes_money(draft: ContractVersionRow, before: ContractVersionRow | None) -> bool:
    """Whether a draft moves an amount against the version it replaces; a first version always does."""
    return before is None or _money(before) != _money(draft)


def _money(v: ContractVersionRow) -> tuple[object, ...]:
    switches = (v.exclude_connection_fee, v.deduct_electricity, v.reimburse_electricity, v.terms)
    rates = (v.electricity_price, v.electricity_vat_pct, v.reimbursement_fee, v.price_limits)
    return (v.kind, v.ac_pct, v.dc_pct, *switches, v.minimum_payout_minor, v.carry_months, *rates)
