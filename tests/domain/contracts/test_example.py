"""The worked example of the editor, with its sums written out."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.domain.contracts.example import worked_example
from app.kernel.errors import Invalid

PLAIN = {"id": "c", "valid_from": "2026-11", "ac_pct": "70", "dc_pct": "60"}


def test_ac_at_seventy_per_cent_of_net() -> None:
    """20 kWh × 0.49 + 1.00 = 10.80 with 19 % VAT: net 9.08 (10.80 ÷ 1.19 = 9.0756), VAT 1.72; 70 % of 9.08 = 6.36; rest 2.72."""
    shown = worked_example(PLAIN, "AC", "EUR")
    assert (shown.gross, shown.net, shown.vat) == (1080, 908, 172)
    assert (shown.connection, shown.electricity, shown.base, shown.share) == (0, 0, 908, 636)
    assert (shown.partner, shown.operator, shown.pct) == (636, 272, Decimal(70))


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
    shown = worked_example(terms, "DC", "EUR")
    assert (shown.gross, shown.net, shown.connection, shown.electricity, shown.base) == (2860, 2403, 84, 1000, 1319)
    assert (shown.share, shown.reimbursement, shown.fees, shown.partner, shown.operator) == (791, 1000, 59, 1732, 671)
    assert shown.partner + shown.operator == shown.net


def test_terms_that_cannot_be_settled_are_refused() -> None:
    with pytest.raises(Invalid, match="reimburse_without_deduct"):
        worked_example(PLAIN | {"reimburse_electricity_cost": True}, "AC", "EUR")
