"""Inputs that cannot be settled: the code, and where the offender stands."""

from __future__ import annotations

from typing import Any

import pytest

from app.kernel.errors import Invalid
from app.money.statement import build_statement
from tests.money.settlement_cases import Json, amount, contract, energy, holding, month, refund, session

OVERRIDE = {"name": "a", "priority": 1, "ac_pct": "80"}
PARENT = {"id": "PC1", "ac_pct": "80", "dc_pct": "80"}
SUB = {"id": "SO1", "tax": {"credit": "S19", "fees": "S19"}}


def partner(**members: Any) -> Json:
    return {"id": "P1", "tax": {"credit": "S19", "fees": "S19"}} | members


CASES: list[tuple[str, str, Any]] = [
    ("not_an_object", "", []),
    ("not_an_object", "partner", month(partner="P1")),
    ("not_an_object", "sessions[0]", month() | {"sessions": ["S1"]}),
    ("unknown_member", "note", month(note="x")),
    ("unknown_member", "sessions[0].note", month(session(note="x"))),
    ("unknown_member", "sessions[0].lines[0].price", month(session(lines=[energy("1", "1") | {"price": "1"}]))),
    ("unknown_member", "sessions[1].kwh", month(session(), refund(kwh="1"))),
    ("missing_member", "holdings", {name: value for name, value in month().items() if name != "holdings"}),
    ("missing_member", "partner.tax.fees", month(partner=partner(tax={"credit": "S19"}))),
    ("missing_member", "sessions[0].kwh", month(session(kwh=None))),
    ("missing_member", "sessions[0].payer", month(session(channel="corporate"))),
    ("missing_member", "sessions[0].lines[0].unit_price", month(session(lines=[{"dimension": "ENERGY", "quantity": "1"}]))),
    ("missing_member", "sessions[0].lines[0].quantity", month(session(lines=[{"dimension": "ENERGY", "unit_price": "1"}]))),
    ("missing_member", "sessions[0].electricity[0].rate_net", month(session(electricity=[{"kwh": "1"}]))),
    ("missing_member", "contracts[0].subscription_rate_per_kwh", month(contracts=[contract(subscription_settlement="rate_per_kwh")])),
    ("missing_member", "partner.tax[0].from", month(partner=partner(tax=[{"credit": "S19", "fees": "S19"}]))),
    ("bad_value", "month", month(month="2026-13")),
    ("bad_value", "currency", month(currency="EURO")),
    ("bad_value", "partner.carry_months", month(partner=partner(carry_months="3"))),
    ("bad_value", "partner.carry_months", month(partner=partner(carry_months=True))),
    ("bad_value", "contracts[0].version", month(contracts=[contract(version="2")])),
    ("bad_value", "contracts[0].overrides[0].channels[0]", month(contracts=[contract(overrides=[OVERRIDE | {"channels": ["web"]}])])),
    ("bad_value", "contracts[0].overrides[0].emsps", month(contracts=[contract(overrides=[OVERRIDE | {"emsps": []}])])),
    ("bad_value", "contracts[0].valid_to", month(contracts=[contract(valid_to="2025-12")])),
    ("bad_value", "contracts[0].fees.per_kwh_ac", month(contracts=[contract(fees={"per_kwh_ac": "-0.01"})])),
    ("bad_value", "holdings[1].charge_point", month(holdings=[holding(), holding()])),
    ("bad_value", "sessions[0].start", month(session(start="2026-10-14 08:00"))),
    ("bad_value", "sessions[0].end", month(session(end="2026-10-14T24:00:00Z"))),
    ("bad_value", "sessions[0].collected_on", month(session(collected_on="2026-02-29"))),
    ("bad_value", "sessions[0].tax_included", month(session(tax_included="true"))),
    ("bad_value", "sessions[0].payer", month(session(payer="P1"))),
    ("bad_value", "sessions[0].vat_pct", month(session(vat_pct=[]))),
    ("bad_value", "sessions[0].kwh", month(session(kwh="-1"))),
    ("bad_value", "sessions[0].id", month(session(id=" "))),
    ("not_a_decimal_string", "sessions[0].kwh", month(session(kwh=20))),
    ("not_a_decimal_string", "sessions[0].kwh", month(session(kwh="2e1"))),
    ("not_a_decimal_string", "sessions[0].kwh", month(session(kwh=""))),
    ("not_a_decimal_string", "sessions[0].lines[0].unit_price", month(session(lines=[energy("1", ".5")]))),
    ("not_a_decimal_string", "contracts[0].ac_pct", month(contracts=[contract(ac_pct=70)])),
    ("not_a_decimal_string", "partner.minimum_payout", month(partner=partner(minimum_payout=None))),
    ("too_many_decimals", "sessions[0].lines[0].amount", month(session(gross="1.005"))),
    ("too_many_decimals", "sessions[0].kwh", month(session(kwh="1.0005"))),
    ("too_many_decimals", "sessions[0].discount.amount", month(session(discount={"amount": "0.001"}))),
    ("too_many_decimals", "sessions[0].lines[0].amount", month(session(gross="100.5", currency="JPY"))),
    ("too_many_decimals", "sessions[1].refund.lines[0].amount", month(session(), refund(refund={"lines": [amount("0.001")]}))),
    ("too_many_decimals", "carried_in.amount", month(carried_in={"amount": "0.001", "months": 1})),
    ("amount_and_price", "sessions[0].lines[0]", month(session(lines=[energy("1", "1", amount="1.00")]))),
    ("bad_tax_code", "partner.tax.credit", month(partner=partner(tax={"credit": "19", "fees": "S19"}))),
    ("bad_tax_code", "partner.tax.credit", month(partner=partner(tax={"credit": "E19", "fees": "S19"}))),
    ("bad_tax_code", "partner.tax.credit", month(partner=partner(tax={"credit": "S0", "fees": "S19"}))),
    ("bad_tax_code", "partner.tax.credit", month(partner=partner(tax={"credit": 19, "fees": "S19"}))),
    ("pct_out_of_range", "contracts[0].ac_pct", month(contracts=[contract(ac_pct="100.1")])),
    ("pct_out_of_range", "sessions[0].vat_pct", month(session(vat_pct="-1"))),
    ("pct_out_of_range", "sessions[0].vat_pct[0].pct", month(session(vat_pct=[{"from": "2026-01-01", "pct": "101"}]))),
    ("unknown_time_zone", "time_zone", month(time_zone="Europe/Atlantis")),
    (
        "duplicate_priority",
        "contracts[0].overrides[1].priority",
        month(contracts=[contract(overrides=[OVERRIDE, OVERRIDE | {"name": "b"}])]),
    ),
    (
        "duplicate_priority",
        "contracts[0].parent.overrides[1].priority",
        month(contracts=[contract(parent=PARENT | {"overrides": [OVERRIDE, OVERRIDE]})], sub_operator=SUB),
    ),
    ("reimburse_without_deduct", "contracts[0].reimburse_electricity_cost", month(contracts=[contract(reimburse_electricity_cost=True)])),
    (
        "reimburse_without_deduct",
        "contracts[0].overrides[0].reimburse_electricity_cost",
        month(contracts=[contract(overrides=[OVERRIDE | {"reimburse_electricity_cost": True}])]),
    ),
    ("child_above_parent", "contracts[0].parent", month(contracts=[contract(ac_pct="81", parent=PARENT)], sub_operator=SUB)),
    (  # only sessions of one eMSP and one group would give the child more
        "child_above_parent",
        "contracts[0].parent",
        month(
            contracts=[
                contract(
                    overrides=[OVERRIDE | {"emsps": ["X"], "ac_pct": "75"}],
                    parent=PARENT | {"overrides": [OVERRIDE | {"user_groups": ["staff"], "ac_pct": "74"}]},
                )
            ],
            sub_operator=SUB,
        ),
    ),
    ("parent_without_sub_operator", "contracts[0].parent", month(contracts=[contract(parent=PARENT)])),
    ("overlapping_versions", "contracts[1]", month(contracts=[contract(valid_to="2026-10"), contract(valid_from="2026-10", version=2)])),
    ("overlapping_versions", "contracts[1]", month(contracts=[contract(valid_from="2026-10", version=2), contract(valid_to="2026-10")])),
    (
        "bad_value",
        "holdings[0].assignments",
        month(holdings=[holding("CP1", {"contract": "C1", "from": "2026-01-01", "platform_fee": {"monthly_fixed": "1"}})]),
    ),
    (
        "overlapping_assignments",
        "holdings[0].assignments[1]",
        month(
            holdings=[
                holding("CP1", {"contract": "C1", "from": "2026-01-01", "to": "2026-10-20"}, {"contract": "C1", "from": "2026-10-19"})
            ]
        ),
    ),
    (
        "empty_assignment",
        "holdings[0].assignments[0]",
        month(holdings=[holding("CP1", {"contract": "C1", "from": "2026-01-01", "to": "2026-01-01"})]),
    ),
    ("settled_in_not_earlier", "sessions[0].settled_in", month(session(settled_in="2026-10"))),
    ("settled_in_not_earlier", "sessions[1].settled_in", month(session(), refund(settled_in="2026-11"))),
]


@pytest.mark.parametrize(("code", "at", "value"), CASES, ids=[f"{code}-{at}" for code, at, _ in CASES])
def test_refused(code: str, at: str, value: object) -> None:
    with pytest.raises(Invalid) as refusal:
        build_statement(value)
    assert (refusal.value.code, refusal.value.field) == (code, at)


def test_every_code_of_the_interface_is_tried() -> None:
    codes = """unknown_member missing_member bad_value not_a_decimal_string not_an_object too_many_decimals amount_and_price bad_tax_code
        pct_out_of_range unknown_time_zone duplicate_priority reimburse_without_deduct child_above_parent parent_without_sub_operator
        overlapping_versions overlapping_assignments empty_assignment settled_in_not_earlier"""
    assert set(codes.split()) == {code for code, _, _ in CASES}


def test_what_only_touches_is_allowed() -> None:
    parts = [{"contract": "C1", "from": "2026-01-01", "to": "2026-10-19"}, {"contract": "C1", "from": "2026-10-19"}]
    versions = [contract(valid_from="2026-10", version=2), contract(valid_to="2026-09")]
    fee = {"monthly_fixed": "1"}
    parts += [{"contract": "C1", "partner": "P2", "from": "2025-01-01", "to": "2025-02-01", "platform_fee": fee}]
    parts += [{"contract": "C8", "from": "2025-02-01", "to": "2025-03-01", "platform_fee": fee}]
    build_statement(month(session(settled_in="2026-09"), contracts=versions, holdings=[holding("CP1", *parts)]))


def test_switching_deduction_off_switches_reimbursement_off_without_a_word() -> None:
    free = OVERRIDE | {"channels": ["emsp"], "deduct_electricity_cost": False}
    terms = contract(deduct_electricity_cost=True, reimburse_electricity_cost=True, overrides=[free])
    slices = [{"kwh": "20.000", "rate_net": "0.10"}]
    answer = build_statement(month(session(channel="emsp", electricity=slices), contracts=[terms])).answer()
    assert (answer["rows"][0]["electricity_cost"], answer["rows"][0]["reimbursement"]) == ("0.00", "0.00")
