"""Fixtures of the contracts room."""

from __future__ import annotations

from datetime import date

import pytest

from app.domain.settlement.models import Statement
from tests.cast import NOW, World


@pytest.fixture
def issued_september(world: World) -> None:
    """Sommer's statement of September 2026 is issued."""
    sommer = world.cast.partners["sommer"]
    sums = "accrued_minor collected_minor awaited_minor expenses_minor payout_net_minor payout_gross_minor".split()
    values = {
        "code": "ST-TEST01", "number": "ST-2609-01", "month": date(2026, 9, 1), "currency": "EUR", "time_zone": "Europe/Berlin",
        "state": "issued", "input": {}, "answer": {}, "input_hash": "", "answer_hash": "x", "calc_version": "1", "built_at": NOW,
        "built_name": "Fiona", "issued_at": NOW, "operator_id": sommer.operator_id, "partner_id": sommer.id,
    }  # fmt: skip
    with world.owner() as session:
        session.add(Statement(**values, **dict.fromkeys(sums, 0)))
