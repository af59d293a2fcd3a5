"""Every term that has a field stands on the paper: whatever is changed in the editor, the paper reads otherwise."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from app.documents.contract import contract_html
from app.domain.contracts.accepting import paper_of
from app.domain.contracts.drafts import with_part
from app.domain.contracts.parts import DraftPart, ElectricityPart, FeesPart, LimitsPart, OverridesPart, PermissionsPart, SharePart, TermPart
from app.domain.contracts.rows import ContractVersionRow
from app.domain.contracts.values import OverrideLine, PlatformFee, PriceLimits, SessionFees
from app.kernel.periods import Month
from tests.cast import World
from tests.domain.contracts.test_contract_actions import code_of, row_of

D = Decimal
TERM = TermPart("Sommer", Month(2026, 11), Month(2028, 10))
SHARE = SharePart(D(70), D(60), deduct_electricity=True)
ROAMING = OverrideLine("Roaming", ("emsp",), ac_pct=D(50))
BASE: tuple[DraftPart, ...] = (
    TERM, SHARE, FeesPart(PlatformFee(per_charge_point=D(5)), SessionFees(handling_pct=D(2))), ElectricityPart(D("0.30"), D(19)),
    OverridesPart((ROAMING,)), PermissionsPart(("command.start",)), LimitsPart(PriceLimits(energy=D("0.79"))),
)  # fmt: skip
CHANGED: list[DraftPart] = [
    replace(TERM, first_month=Month(2026, 12)), replace(TERM, last_month=Month(2028, 11)), replace(TERM, last_month=None),
    replace(TERM, auto_renewal=True), replace(TERM, supplier="partner"), replace(TERM, kind="payment_facilitation", supplier="partner"),
    replace(TERM, minimum_payout=D("12.34")), replace(TERM, carry_months=7),
    replace(SHARE, ac_pct=D("71.25")), replace(SHARE, dc_pct=D("62.75")), replace(SHARE, exclude_connection_fee=True),
    replace(SHARE, deduct_electricity=False), replace(SHARE, reimburse_electricity=True), replace(SHARE, negative_margin="floor_zero"),
    replace(SHARE, subscription_settlement="as_charged"), replace(SHARE, credit_risk=True),
    replace(SHARE, subscription_settlement="rate_per_kwh", subscription_rate=D("0.321")),
    *(FeesPart(PlatformFee(per_charge_point=D(5), **{name: D("3.21")}), SessionFees(handling_pct=D(2)))
      for name in ("per_ac_evse", "per_dc_evse", "monthly_fixed")),
    FeesPart(PlatformFee(per_charge_point=D(5), policy="daily"), SessionFees(handling_pct=D(2))),
    *(FeesPart(PlatformFee(per_charge_point=D(5)), SessionFees(handling_pct=D(2), **{name: D("0.11")}))
      for name in ("per_session_ac", "per_session_dc", "per_kwh_ac", "per_kwh_dc")),
    FeesPart(PlatformFee(per_charge_point=D(5)), SessionFees(handling_pct=D("2.5"))),
    FeesPart(PlatformFee(per_charge_point=D(5)), SessionFees(handling_pct=D(2), handling_base="gross")),
    *(FeesPart(PlatformFee(per_charge_point=D(5)), SessionFees(handling_pct=D(2)), **{name: D("0.5")})
      for name in ("floor_minutes", "floor_kwh", "reimbursement")),
    ElectricityPart(D("0.31"), D(19)), ElectricityPart(D("0.30"), D(7)), ElectricityPart(),
    *(OverridesPart((replace(ROAMING, **other),)) for other in (
        {"name": "Fremde"}, {"channels": ("adhoc",)}, {"emsps": ("DE-ABC",)}, {"ac_pct": D(51)}, {"dc_pct": D(51)},
        {"exclude_connection_fee": True}, {"deduct_electricity": False}, {"reimburse_electricity": True})),
    PermissionsPart(("command.start", "command.firmware")),
    *(LimitsPart(PriceLimits(energy=D("0.79"), **{name: D("0.5")})) for name in ("time", "idle", "start_fee", "minimum")),
]  # fmt: skip


def draft(version: ContractVersionRow, *parts: DraftPart) -> ContractVersionRow:
    for part in parts:
        version = with_part(version, part)
    return version


def said(world: World, version: ContractVersionRow) -> str:
    """The words of the paper, without the fingerprint."""
    with world.work("carla") as work:
        row = row_of(world, code_of(world, "sommer"))
        return contract_html(replace(paper_of(work, row, version), content_hash=""), draft=True)


def test_whatever_is_changed_the_paper_reads_otherwise(world: World) -> None:
    base = draft(row_of(world, code_of(world, "sommer")).versions[0], *BASE)
    paper = said(world, base)
    assert [part for part in CHANGED if said(world, draft(base, part)) == paper] == []


def test_electricity_that_only_an_exception_deducts_has_its_price_there(world: World) -> None:
    """0.357 with 19 % is 0.30 without."""
    parts = (ElectricityPart(D("0.357"), D(19)), OverridesPart((OverrideLine("Firmen", ("corporate",), deduct_electricity=True),)))
    words = said(world, draft(row_of(world, code_of(world, "sommer")).versions[0], *parts)).replace("&nbsp;", " ").replace("\xa0", " ")
    assert "0,30 €/kWh ohne MwSt." in words
    assert "Wenn der Strom mehr kostet, als übrig ist" in words


@pytest.mark.parametrize(("floors", "words"), [
    ({"floor_minutes": D(2)}, "Ladevorgänge unter 2 min werden nicht berechnet."),
    ({"floor_kwh": D("0.5")}, "Ladevorgänge unter 0,5 kWh werden nicht berechnet."),
])  # fmt: skip
def test_one_floor_is_said_alone(world: World, floors: dict[str, Decimal], words: str) -> None:
    version = draft(row_of(world, code_of(world, "sommer")).versions[0], FeesPart(**floors))
    assert words in said(world, version).replace("&nbsp;", " ").replace("\xa0", " ")
