"""One session by itself, by the code path of a statement's row."""

from __future__ import annotations

import pytest

from app.kernel.errors import Conflict, Invalid
from app.money.sharing import SessionSplit, split_session
from app.money.statement import build_statement
from tests.money.settlement_cases import VECTORS, Json, contract, energy, session

STANDARD = {"credit": "S19", "fees": "S19"}


def split(one: Json, terms: Json | None = None, tax: Json | None = None) -> SessionSplit:
    return split_session(one, terms, tax, time_zone="Europe/Berlin", currency="EUR")


def test_e1_in_minor_units() -> None:
    found = split(session(lines=[energy("22.413", "0.49")], kwh="22.413"), contract(), STANDARD)
    # 10.98 = 9.23 + 1.75; 9.23 x 70 % = 6.461
    assert (found.paid.gross, found.paid.net, found.paid.vat, found.partner, found.operator) == (1098, 923, 175, 646, 277)
    assert (found.currency, found.supplier, found.held, found.sub_operator) == ("EUR", "operator", None, 0)


@pytest.mark.parametrize("case", [case for case in VECTORS if "error" not in case["expected"]], ids=lambda case: case["id"])
def test_a_split_is_the_row_of_the_statement(case: Json) -> None:
    value = case["input"]
    for row in build_statement(value).rows:
        entry = value["sessions"][row.placed.index]
        if "reverses" not in entry:
            terms = next(
                one
                for one in value["contracts"]
                if (one["id"], one.get("version", 1)) == (row.placed.applied.contract.id, row.placed.applied.contract.version)
            )
            found = split_session(entry, terms, value["partner"]["tax"], time_zone=value["time_zone"], currency=value["currency"])
            assert found.figures == row.placed.amounts
            assert (found.partner, found.operator) == (row.placed.amounts.partner, row.placed.amounts.operator)


@pytest.mark.parametrize(
    ("terms", "tax"),
    [(None, STANDARD), (contract(), None), (contract(valid_from="2026-11"), STANDARD), (contract(supplier="partner"), None)],
)
def test_without_terms_all_is_the_operators(terms: Json | None, tax: Json | None) -> None:
    found = split(session(), terms, tax)
    assert (found.partner, found.sub_operator, found.operator, found.supplier, found.paid.vat) == (0, 0, 1000, "operator", 190)


def test_a_share_that_is_not_known_yet_is_not_guessed() -> None:
    found = split(session(), contract(deduct_electricity_cost=True), STANDARD)
    assert (found.held, found.paid.net, found.figures) == ("missing_electricity_rate", 1000, None)
    for part in ("partner", "sub_operator", "operator"):
        with pytest.raises(Conflict, match="missing_electricity_rate"):
            getattr(found, part)


def test_what_cannot_be_read_is_refused_with_its_place() -> None:
    for values, at in [((session(kwh=1),), "session.kwh"), ((session(), contract(ac_pct="101"), STANDARD), "contract.ac_pct")]:
        with pytest.raises(Invalid) as refusal:
            split(*values)
        assert refusal.value.field == at
    with pytest.raises(Invalid, match="unknown_time_zone"):
        split_session(session(), None, None, time_zone="Mars", currency="EUR")
