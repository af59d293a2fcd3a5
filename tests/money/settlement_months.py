"""Random months of the settlement: contracts with everything switched on and off, sessions and refunds of every kind."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

from tests.money.settlement_cases import Json, holding

PLACES = {"EUR": 2, "JPY": 0, "TND": 3}
PCTS = ["0", "12.5", "33.3", "50", "70", "99.9", "100"]
LINES = ["FLAT", "ENERGY", "TIME", "PARKING_TIME"]
SUB = {"id": "SO1", "tax": {"credit": "S19", "fees": "S7", "reimbursement": "E0"}}


def pick(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


def money(places: int, most: int = 9_999) -> st.SearchStrategy[str]:
    """An amount from zero, in the decimals of a currency."""
    return st.integers(0, most).map(lambda units: f"{units // 10**places}.{units % 10**places:0{places}d}" if places else str(units))


@st.composite
def contracts(draw: st.DrawFn, name: str = "C1") -> Json:
    """A contract of one version, with or without a level above it."""
    found: Json = {"id": name, "valid_from": "2026-01", "ac_pct": draw(pick(*PCTS)), "dc_pct": draw(pick(*PCTS))}
    found["supplier"] = draw(pick("operator", "partner"))
    found["exclude_connection_fee"] = draw(st.booleans())
    found["deduct_electricity_cost"] = draw(st.booleans())
    found["reimburse_electricity_cost"] = found["deduct_electricity_cost"] and draw(st.booleans())
    found["negative_margin"] = draw(pick("share", "floor_zero"))
    found["subscription_settlement"] = draw(pick("reference_tariff", "rate_per_kwh", "as_charged"))
    found["subscription_rate_per_kwh"] = "0.123"
    found["operator_bears_credit_risk"] = draw(st.booleans())
    if draw(st.booleans()):
        found["overrides"] = [
            {"name": "roaming", "priority": 1, "channels": ["emsp"], "ac_pct": draw(pick(*PCTS)), "deduct_electricity_cost": False}
        ]
    if draw(st.booleans()):
        found["fees"] = {
            "per_session_ac": "0.15",
            "per_kwh_dc": "0.0123",
            "handling_pct": "2.5",
            "handling_base": draw(pick("net", "gross")),
        }
    if draw(st.booleans()):
        found["billing_floor"] = {"min_minutes": "2", "min_kwh": "0.5"}
    if draw(st.booleans()):
        found["parent"] = {"id": "PC", "ac_pct": "100", "dc_pct": "100", "fees": {"per_kwh_ac": "0.005"}}
    return found


@st.composite
def price_lines(draw: st.DrawFn, places: int) -> list[Json]:
    found: list[Json] = []
    for _ in range(draw(st.integers(0, 3))):
        line: Json = {"dimension": draw(pick(*LINES))}
        if draw(st.booleans()):
            line |= {"quantity": draw(pick("1", "7.333", "22.413")), "unit_price": draw(pick("0", "0.49", "0.4999", "3"))}
        else:
            line["amount"] = draw(money(places))
        if draw(st.booleans()):
            line["vat_pct"] = draw(pick("0", "7", "19", "8.1"))
        found.append(line)
    return found


@st.composite
def sessions(draw: st.DrawFn, name: str, places: int) -> Json:
    """A session around October 2026, at an own charge point, a foreign one or one that nobody holds."""
    when = draw(pick("2026-09-30T23:30:00+02:00", "2026-10-14T08:00:00+02:00", "2026-10-14T08:00:00+02:00", "2026-10-31T23:30:00+01:00"))
    minutes = draw(pick(1, 20, 60))
    end = f"{when[:10]}T{int(when[11:13]):02d}:{min(59, int(when[14:16]) + minutes):02d}:00{when[19:]}"
    channel = draw(pick("internal", "emsp", "adhoc", "corporate"))
    wh = draw(pick(0, 400, 7_333, 22_413))
    kwh = f"{wh // 1000}.{wh % 1000:03d}"
    found: Json = {"id": name, "start": when, "end": end, "charge_point": draw(pick("CP1", "CP1", "CP2", "CP8", "CP9")), "kwh": kwh}
    found |= {"evse_current": draw(pick("AC", "DC")), "channel": channel, "vat_pct": draw(pick("19", "7", "0"))}
    found |= {"tax_included": draw(st.booleans()), "lines": draw(price_lines(places)), "driver": draw(pick("D1", "D2"))}
    if channel == "corporate":
        found |= {"payer": draw(pick("P1", "P3")), "own_method": draw(st.booleans())}
    found["electricity"] = draw(pick([{"kwh": kwh, "rate_net": "0.25"}], [{"kwh": kwh, "rate_net": "0"}], [{"kwh": kwh, "rate_net": None}]))
    optional = {
        "reference_lines": price_lines_with_quantity(),
        "discount": st.builds(lambda pct, by: {"pct": pct, "funded_by": by}, pick(*PCTS), pick("operator", "partner")),
        "collected_on": pick("2026-09-30", "2026-10-14", "2026-11-02"),
        "written_off_on": pick("2026-10-20", "2026-09-20"),
        "supplier": pick("operator", "partner"),
        "paid_with": pick("card", "balance", "voucher"),
        "hold": pick("disputed", "excluded"),
    }
    for member, strategy in optional.items():
        if draw(pick(False, False, True)):
            found[member] = draw(strategy)
    if when < "2026-10" and draw(st.booleans()):
        found["settled_in"] = "2026-09"
    return found


def price_lines_with_quantity() -> st.SearchStrategy[list[Json]]:
    return st.just(
        [{"dimension": "ENERGY", "quantity": "12.5", "unit_price": "0.49"}, {"dimension": "FLAT", "quantity": "1", "unit_price": "1"}]
    )


@st.composite
def refunds(draw: st.DrawFn, name: str, originals: list[Json]) -> Json:
    """A full refund, or a partial one that takes lines away."""
    original = draw(st.sampled_from(originals))
    found: Json = {"id": name, "reverses": original["id"], "booked_on": draw(pick("2026-10-20", "2026-10-21", "2026-11-03", "2026-09-30"))}
    kept = draw(pick("all", "some", "half"))
    if kept == "some":
        found["refund"] = {"lines": original["lines"][: draw(st.integers(0, len(original["lines"])))]}
    if kept == "half":
        found["refund"] = {"discount": {"pct": "50", "funded_by": draw(pick("operator", "partner"))}}
    if draw(pick(False, False, True)):
        found["collected_on"] = draw(pick("2026-10-25", "2026-11-25"))
    return found


@st.composite
def months(draw: st.DrawFn, refunded: bool = True) -> Json:
    """A whole input: the partner P1 with two contracts, a foreign charge point CP9, nobody's CP8."""
    currency = draw(pick(*PLACES))
    places = PLACES[currency]
    entries = [draw(sessions(f"S{index}", places)) for index in range(draw(st.integers(1, 5)))]
    if refunded:
        entries += [draw(refunds(f"R{index}", entries)) for index in range(draw(st.integers(0, 3)))]
    corporate = {
        "discount_pct": draw(pick("0", "10", "33.3")),
        "monthly_limit": draw(money(places)),
        "driver_monthly_limit": draw(money(places)),
    }
    status = draw(pick("S19", "E0", "O0", "AE0"))
    fee = {
        "per_charge_point": "5.005",
        "per_ac_evse": "2.5",
        "monthly_fixed": draw(pick("0", "9.99")),
        "policy": draw(pick("daily", "whole_month")),
    }
    return {
        "month": "2026-10",
        "time_zone": "Europe/Berlin",
        "currency": currency,
        "partner": {"id": "P1", "tax": {"credit": status, "fees": "S19"}, "corporate": corporate, "minimum_payout": draw(money(places))},
        "sub_operator": copy.deepcopy(SUB),
        "contracts": [draw(contracts()), draw(contracts("C2")) | {"platform_fee": fee}],
        "holdings": [
            holding("CP1"),
            holding("CP2", {"contract": "C2", "from": draw(pick("2026-01-01", "2026-10-09"))}),
            holding("CP9", {"contract": "C9", "from": "2026-01-01", "partner": "P2"}),
        ],
        "sessions": entries,
        "carried_in": {"amount": draw(pick("0", "-7", "12")), "months": draw(st.integers(0, 4))},
    }
