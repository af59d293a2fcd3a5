"""Explain this cent: each rung's terms make its exact value, its exact value its amount; the worked example of journey 9."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from app.domain.sessions.rows import LineRow
from app.money.ladder import Metered, Step, in_major, price_ladder, share_ladder, upto
from app.money.rounding import half_away
from app.money.sharing import SessionSplit, split_session
from app.money.vat import group

D = Decimal


def line(dimension: str, quantity: str, unit: str, price: str, amount: int) -> LineRow:
    exact = D(quantity) * D(price)
    return LineRow(
        dimension=dimension,
        quantity=D(quantity),
        unit=unit,
        unit_price=D(price),
        vat_pct=D(19),
        amount_minor=amount,
        exact=exact,
        element=0,
        reason="elements[0].price_components[0]",
    )


#: E2: 1.00 to start, 18 kWh at 0.55, 35 min at 6.00 per hour, gross 14.40
E2 = (
    line("FLAT", "1", "C62", "1.00", 100),
    line("ENERGY", "18", "KWH", "0.55", 990),
    line("PARKING_TIME", "0.583333", "HUR", "6.00", 350),
)


def e2(**contract: Any) -> SessionSplit:
    session = {
        "id": "E2", "start": "2026-10-14T10:00:00+00:00", "end": "2026-10-14T12:00:00+00:00", "charge_point": "X", "kwh": "18.000",
        "evse_current": "AC", "channel": "adhoc", "vat_pct": "19", "tax_included": True, "currency": "EUR", "paid_with": "card",
        "lines": [
            {"dimension": "FLAT", "amount": "1.00", "vat_pct": "19"},
            {"dimension": "ENERGY", "amount": "9.90", "vat_pct": "19"},
            {"dimension": "PARKING_TIME", "amount": "3.50", "vat_pct": "19"},
        ],
    }  # fmt: skip
    terms = {"id": "C", "version": 1, "valid_from": "2026-08", "ac_pct": "70", "dc_pct": "60", "exclude_connection_fee": True}
    slices = contract.pop("electricity", None)
    if slices:
        session["electricity"] = slices
    tax = {"credit": "S19", "fees": "S19"}
    return split_session(session, terms | contract, contract.pop("tax", tax), time_zone="Europe/Berlin", currency="EUR")


def ladder(split: SessionSplit, lines: tuple[LineRow, ...] = E2) -> tuple[Step, ...]:
    groups = [group(sum(each.amount_minor for each in lines), D(19), tax_included=True)]
    return price_ladder(lines, groups, gross_prices=True) + share_ladder(
        split, lines, Metered(18_000, "AC", ((D(18), D("0.25")),)), gross_prices=True
    )


def told(steps: tuple[Step, ...]) -> dict[str, tuple[int, list[str]]]:
    return {step.name: (step.amount, [f"{t.sign}{t.value}" for t in step.terms]) for step in steps}


def test_the_ladder_of_journey_9() -> None:
    """12.10 − 0.84 = 11.26 × 70 % = 7.882 → 7.88; 14.40 ÷ 1.19 = 12.1008 → 12.10; 1.00 ÷ 1.19 = 0.8403 → 0.84; 12.10 − 7.88 = 4.22."""
    steps = ladder(e2())
    found = told(steps)
    assert found["net"] == (1210, ["1440", "÷1.19"])
    assert found["connection"] == (84, ["100", "÷1.19"])
    assert found["base"] == (1126, ["1210", "−84"])
    assert found["share"] == (788, ["1126", "×70"])
    assert found["partner"] == (788, ["788"])
    assert found["operator"] == (422, ["1210", "−788"])
    share = next(step for step in steps if step.name == "share")
    assert in_major(share, "EUR") == D("7.882")


def test_electricity_and_fees_are_rungs() -> None:
    """12.10 − 0.84 − 4.50 = 6.76 × 70 % = 4.732 → 4.73; + 4.50 back − 0.30 − 18 × 0.01 = 0.18; partner 8.75."""
    fees = {"fees": {"per_session_ac": "0.30", "per_kwh_ac": "0.01"}}
    slices = [{"kwh": "18.000", "rate_net": "0.25"}]
    found = told(ladder(e2(deduct_electricity_cost=True, reimburse_electricity_cost=True, electricity=slices, **fees)))
    assert found["base"] == (676, ["1210", "−84", "−450"])
    assert found["electricity"] == (450, ["18", "×0.25"])
    assert found["share"][0] == 473
    assert found["fee-kwh"] == (18, ["18", "×0.01"])
    assert found["partner"] == (875, ["473", "+450", "−30", "−18"])


def test_what_is_held_has_no_share() -> None:
    assert [step.name for step in ladder(e2(deduct_electricity_cost=True))] == ["line-1", "line-2", "line-3", "gross", "net", "vat"]


def test_every_rung_rounds_to_its_amount_and_sums_are_sums() -> None:
    fees = {"fees": {"handling_pct": "2.9", "handling_base": "gross", "per_session_ac": "0.30"}}
    for step in ladder(e2(**fees)):
        exact = in_major(step, "EUR")
        if exact is not None:
            assert abs(half_away(exact * 100) - step.amount) <= (1 if step.dimension == "PARKING_TIME" else 0), step
        elif step.terms and all(term.kind == "money" for term in step.terms):
            signs = {"": 1, "+": 1, "−": -1}
            assert sum(signs[t.sign] * t.value for t in step.terms) == step.amount, step


def test_net_prices_add_tax_on_top() -> None:
    lines = (line("ENERGY", "10", "KWH", "0.50", 500),)
    found = told(price_ladder(lines, [group(500, D(19), tax_included=False)], gross_prices=False))
    assert found == {"line-1": (500, ["10", "×0.50"]), "net": (500, ["500"]), "vat": (95, ["500", "×19"]), "gross": (595, ["500", "+95"])}


@pytest.mark.parametrize(
    ("figure", "names"),
    [
        ("line-2", ["line-2"]),
        ("vat", ["line-1", "line-2", "line-3", "gross", "net", "vat"]),
        ("share", ["line-1", "line-2", "line-3", "gross", "net", "connection", "base", "share"]),
        ("nonsense", []),
    ],
)
def test_a_figure_has_the_rungs_that_lead_to_it(figure: str, names: list[str]) -> None:
    assert [step.name for step in upto(ladder(e2()), figure)] == names
