"""The worked example of the editor, with its sums written out."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from app.domain.contracts.example import EXAMPLES, worked_example
from app.kernel.errors import Invalid

PLAIN = {"id": "c", "valid_from": "2026-11", "ac_pct": "70", "dc_pct": "60"}


def test_ac_at_seventy_per_cent_of_net() -> None:
    """30 kWh × 0.59 + 1.00 + 20 min × 0.10 = 20.70 with 19 % VAT: net 17.39, VAT 3.31; 70 % of 17.39 = 12.17; rest 5.22."""
    shown = worked_example(PLAIN, EXAMPLES["AC"], "EUR")
    assert (shown.gross, shown.net, shown.vat) == (2070, 1739, 331)
    assert (shown.connection, shown.electricity, shown.base, shown.share) == (0, 0, 1739, 1217)
    assert (shown.partner, shown.operator, shown.pct) == (1217, 522, Decimal(70))


def test_all_switches_of_journey_2() -> None:
    """E12: 20.70, net 17.39; less start fee 0.84 and 30 × 0.25 = 7.50: 9.05; 60 % = 5.43.

    Plus 7.50 back; less 0.20 + 30 × 0.01 + 2 % of 17.39 = 0.20 + 0.30 + 0.35 = 0.85: 12.08. Rest 5.31.
    """
    terms = PLAIN | {
        "ac_pct": "60",
        "exclude_connection_fee": True,
        "deduct_electricity_cost": True,
        "reimburse_electricity_cost": True,
        "fees": {"per_session_ac": "0.20", "per_kwh_ac": "0.01", "handling_pct": "2"},
    }
    e = worked_example(terms, EXAMPLES["AC"], "EUR")
    assert (e.gross, e.net, e.connection, e.electricity, e.base) == (2070, 1739, 84, 750, 905)
    assert (e.share, e.reimbursement, e.fees, e.partner, e.operator) == (543, 750, 85, 1208, 531)


def test_an_exception_says_its_name_and_electricity_without_a_price_is_asked_for() -> None:
    roaming = {"name": "Roaming 90", "priority": 1, "channels": ["emsp"], "ac_pct": "90"}
    shown = worked_example(PLAIN | {"overrides": [roaming]}, replace(EXAMPLES["AC"], channel="emsp"), "EUR")
    assert (shown.pct, shown.override) == (Decimal(90), "Roaming 90")
    with pytest.raises(Invalid, match="example_without_rate"):
        worked_example(PLAIN | {"deduct_electricity_cost": True}, replace(EXAMPLES["AC"], electricity_rate=None), "EUR")


def test_dc_after_connection_fee_and_electricity_with_fees() -> None:
    """40 kWh × 0.69 + 1.00 = 28.60: net 24.03, VAT 4.57. Less 0.84 (1.00 ÷ 1.19), less 40 × 0.25 = 10.00: base 13.19.

    60 % of 13.19 = 7.91; plus electricity back 10.00; less 0.30 per session and 1 % of 28.60 gross = 0.29: 17.32.
    Rest 24.03 − 17.32 = 6.71.
    """
    terms = PLAIN | {
        "exclude_connection_fee": True,
        "deduct_electricity_cost": True,
        "reimburse_electricity_cost": True,
        "fees": {"per_session_dc": "0.30", "handling_pct": "1", "handling_base": "gross"},
    }
    shown = worked_example(terms, EXAMPLES["DC"], "EUR")
    assert (shown.gross, shown.net, shown.connection, shown.electricity, shown.base) == (2860, 2403, 84, 1000, 1319)
    assert (shown.share, shown.reimbursement, shown.fees, shown.partner, shown.operator) == (791, 1000, 59, 1732, 671)
    assert shown.partner + shown.operator == shown.net


def test_terms_that_cannot_be_settled_are_refused() -> None:
    with pytest.raises(Invalid, match="reimburse_without_deduct"):
        worked_example(PLAIN | {"reimburse_electricity_cost": True}, EXAMPLES["AC"], "EUR")
