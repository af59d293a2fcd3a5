"""Ledger entries: they balance, and the partner's account moves by what its statement pays."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings

from app.money.amount import Money
from app.money.entries import (
    Entry,
    Parties,
    Posting,
    UnbalancedEntryError,
    driver_receivable,
    emp_receivable,
    for_capture,
    for_payback,
    for_refund,
    for_release,
    for_reversal,
    for_session,
    for_statement,
    partner_payable,
)
from app.money.settlement.care import rows_above
from app.money.sharing import split_session
from app.money.statement import Statement, build_statement
from tests.money.settlement_cases import VECTORS, Json, contract, month, payer, session
from tests.money.settlement_months import months

DAY = date(2026, 10, 31)
STANDARD = {"credit": "S19", "fees": "S19"}
PARTIES = Parties(driver_receivable("S1"), "DE", "P1", "SO1")


def legs(entry: Entry | None) -> dict[str, int]:
    return {} if entry is None else {leg.account_code: leg.minor for leg in entry.postings}


def split(one: Json, terms: Json | None = None, tax: Json | None = STANDARD) -> object:
    return split_session(one, terms, tax, time_zone="Europe/Berlin", currency="EUR")


@pytest.mark.parametrize(
    "postings",
    [
        (),
        (Posting("bank", 1, "EUR"),),
        (Posting("bank", 1, "EUR"), Posting("suspense", -2, "EUR")),
        (Posting("bank", 1, "EUR"), Posting("suspense", -1, "CHF")),
    ],
)
def test_an_entry_balances_or_does_not_exist(postings: tuple[Posting, ...]) -> None:
    with pytest.raises(UnbalancedEntryError):
        Entry("x", DAY, postings)


@pytest.mark.parametrize(("account", "minor"), [("bank", 0), ("bank", 1.5), ("bank", True), ("petty_cash", 1)])
def test_a_leg_is_money_on_a_known_account(account: str, minor: int) -> None:
    with pytest.raises(UnbalancedEntryError):
        Posting(account, minor, "EUR")


def test_accounts_know_what_they_are() -> None:
    kinds = {
        code: Posting(code, 1, "EUR").account_kind
        for code in ("vat_output:DE:19", "partner_payable:P1", "emp_receivable:X", "charging_income")
    }
    assert kinds == {
        "vat_output:DE:19": "liability",
        "partner_payable:P1": "liability",
        "emp_receivable:X": "asset",
        "charging_income": "income",
    }


def test_a_session_the_operator_sells() -> None:
    # 11.90 = 7.00 + 3.00 + 1.90
    entry = for_session(split(session(), contract()), PARTIES, DAY)
    assert entry is not None
    assert (entry.kind, entry.effective_on) == ("session", DAY)
    assert legs(entry) == {"driver_receivable:S1": 1190, "partner_payable:P1": -700, "charging_income": -300, "vat_output:DE:19": -190}


def test_a_session_the_partner_sells_passes_the_tax_on() -> None:
    # 11.90 less the operator's 3.00 is the partner's: 7.00 and the tax of 1.90
    entry = for_session(split(session(), contract(supplier="partner")), PARTIES, DAY)
    assert legs(entry) == {"driver_receivable:S1": 1190, "partner_payable:P1": -890, "platform_fee_income": -300}


def test_a_session_with_a_level_between() -> None:
    terms = contract(parent={"id": "PC", "ac_pct": "80", "dc_pct": "80"})
    found = legs(for_session(split(session(), terms), Parties(emp_receivable("NL*ABC"), "DE", "P1", "SO1"), DAY))
    assert found == {
        "emp_receivable:NL*ABC": 1190,
        "partner_payable:P1": -700,
        "partner_payable:SO1": -100,
        "charging_income": -200,
        "vat_output:DE:19": -190,
    }


def test_nobodys_session_is_the_operators() -> None:
    found = legs(for_session(split(session()), Parties(driver_receivable("S1"), "DE"), DAY))
    assert found == {"driver_receivable:S1": 1190, "charging_income": -1000, "vat_output:DE:19": -190}


def test_a_free_session_is_no_entry() -> None:
    assert for_session(split(session(gross="0.00"), contract()), PARTIES, DAY) is None


def test_an_unknown_share_waits_in_suspense() -> None:
    terms = contract(deduct_electricity_cost=True)
    held = for_session(split(session(), terms), PARTIES, DAY)
    assert legs(held) == {"driver_receivable:S1": 1190, "suspense": -1000, "vat_output:DE:19": -190}
    known = split(session(electricity=[{"kwh": "20", "rate_net": "0.10"}]), terms)
    # (10.00 - 2.00) x 70 % = 5.60
    assert legs(for_release(known, PARTIES, DAY)) == {"suspense": 1000, "partner_payable:P1": -560, "charging_income": -440}
    both = legs(held)
    for account, minor in legs(for_release(known, PARTIES, DAY)).items():
        both[account] = both.get(account, 0) + minor
    assert {account: minor for account, minor in both.items() if minor} == legs(for_session(known, PARTIES, DAY))


def test_a_part_without_an_owner_is_refused() -> None:
    with pytest.raises(UnbalancedEntryError):
        for_session(split(session(), contract()), Parties(driver_receivable("S1"), "DE"), DAY)


def test_money_comes_and_goes() -> None:
    receivable = driver_receivable("S1")
    capture = for_capture({receivable: 1190}, "EUR", DAY)
    assert legs(capture) == {"psp_clearing": 1190, receivable: -1190}
    assert legs(for_payback(receivable, 350, "EUR", DAY)) == {receivable: 350, "psp_clearing": -350}
    assert for_capture({receivable: 0}, "EUR", DAY) is None
    assert capture is not None
    mirror = for_reversal(capture, date(2026, 11, 1))
    assert (mirror.kind, mirror.effective_on, legs(mirror)) == ("reversal", date(2026, 11, 1), {"psp_clearing": -1190, receivable: 1190})
    assert for_reversal(capture).effective_on == DAY


def booked(statement: Statement) -> dict[str, int]:
    """All accounts after the entries of a statement's payable rows and its own."""
    sums: dict[str, int] = {}
    entries = [for_statement(statement, "DE", DAY)]
    for row in statement.payable:
        placed = row.placed
        above = statement.sub_operator.id if statement.sub_operator else None
        parties = Parties(driver_receivable(placed.session.id), "DE", statement.partner_id, above)
        entries.append(for_refund(placed.amounts, placed.applied.supplier, statement.currency, parties, DAY))
    for entry in entries:
        for account, minor in legs(entry).items():
            sums[account] = sums.get(account, 0) + minor
    return sums


@pytest.mark.parametrize("case", [case for case in VECTORS if "error" not in case["expected"]], ids=lambda case: case["id"])
def test_the_partners_account_shows_the_payout(case: Json) -> None:
    statement = build_statement(case["input"])
    payout = sum(tax.cash for tax in statement.taxes)
    assert booked(statement).get(partner_payable(statement.partner_id), 0) == -payout


@settings(max_examples=30, deadline=None)
@given(months())
def test_every_month_balances_and_pays_both_levels(value: Json) -> None:
    statement = build_statement(value)
    accounts = booked(statement)
    assert sum(accounts.values()) == 0
    assert accounts.get("partner_payable:P1", 0) == -sum(tax.cash for tax in statement.taxes)
    above = build_statement(above_of(value, statement))
    assert sum(row.part for row in above.care) == sum(row.placed.amounts.sub_operator for row in (*statement.rows, *statement.earlier))
    own = legs(for_statement(above, "DE", DAY)).get("partner_payable:SO1", 0)
    assert accounts.get("partner_payable:SO1", 0) + own == -Money.parse(above.answer()["totals"]["payout_gross"], above.currency).minor


def above_of(value: Json, statement: Statement) -> Json:
    """The month of the sub-operator that has this partner in its care."""
    level = value.get("sub_operator") or {"id": "SO1", "tax": {"credit": "S19", "fees": "S19"}}
    empty: Json = {"contracts": [], "holdings": [], "sessions": []}
    kept = {name: value[name] for name in ("month", "time_zone", "currency")}
    return kept | empty | {"partner": level, "care": rows_above(statement)}


def test_e10_is_two_statements() -> None:
    """26.66 with 5.07 tax received, 21.66 with 4.12 (4.1154) passed on: 5.00 and 0.95 are left; payout 31.73 − 25.78 = 5.95."""
    value = next(case["input"] for case in VECTORS if case["id"] == "E10")
    below = build_statement(value)
    above = build_statement(above_of(value, below))
    answer = above.answer()
    (found,) = answer["rows"]
    assert {name: found[name] for name in ("base", "pct", "share", "received", "passed_on", "partner", "operator")} == {
        "base": "33.33", "pct": "80", "share": "26.66", "received": "26.66", "passed_on": "21.66", "partner": "5.00", "operator": "6.67",
    }  # fmt: skip
    assert (answer["totals"]["accrued"], answer["totals"]["payout_net"], answer["totals"]["payout_gross"]) == ("5.00", "5.00", "5.95")
    assert answer["totals"]["vat"] == [{"document": "self_billing", "code": "S19", "net": "26.66", "vat": "5.07"}]
    (passed,) = answer["care"]["partners"]
    assert (answer["care"]["received"], passed["net"], passed["gross"]) == ("26.66", "21.66", "25.78")
    assert legs(for_statement(above, "DE", DAY)) == {partner_payable(above.partner_id): -95, "vat_input:DE:19": 95}
    assert "65" not in str(answer), "nothing of the contract below"


def test_a_partner_outside_of_vat_leaves_the_tax_with_the_sub_operator() -> None:
    """Received 26.66 + 5.07, passed on 21.66 without tax: 10.07, of which 5.07 go to the tax office."""
    value = next(case["input"] for case in VECTORS if case["id"] == "E10")
    private = value | {"partner": value["partner"] | {"tax": {"credit": "O0", "fees": "S19"}}}
    answer = build_statement(above_of(private, build_statement(private))).answer()
    assert (answer["totals"]["payout_net"], answer["totals"]["payout_gross"]) == ("5.00", "10.07")
    assert answer["care"]["partners"][0]["vat"] == [{"document": "settlement_note", "code": "O0", "net": "21.66", "vat": "0.00"}]


def test_e11_expenses_with_their_tax() -> None:
    value = next(case["input"] for case in VECTORS if case["id"] == "E11")
    found = legs(for_statement(build_statement(value), "DE", DAY))
    # credited 220.34, debited 118.63 + 22.54; the three sessions of the own drivers 62.40 + 28.10 + 9.50, their tax 9.96 + 4.49 + 1.52
    # was booked with them: 22.54 - 15.97 = 6.57 is the tax of the fees of 43.00 less that of the discount of 8.40
    assert found == {
        "partner_payable:P1": -22034 + 11863 + 2254,
        "vat_input:DE:19": 22034,
        "vat_output:DE:19": -657,
        "platform_fee_income": -4300,
        "charging_income": 840,
        "driver_receivable:S1": -6240,
        "driver_receivable:S2": -2810,
        "driver_receivable:S3": -950,
    }


def test_the_receivable_of_a_session_may_have_another_name() -> None:
    value = month(session("S1", channel="corporate", payer="P1", collected_on=None), partner=payer())
    found = legs(for_statement(build_statement(value), "DE", DAY, {"S1": driver_receivable("0192")}.__getitem__))
    assert found["driver_receivable:0192"] == -1190


def test_a_statement_without_tax_and_expenses_is_no_entry() -> None:
    private = {"id": "P1", "tax": {"credit": "O0", "fees": "S19"}}
    assert for_statement(build_statement(month(session(), partner=private)), "DE", DAY) is None


def test_a_refund_of_an_own_drivers_session_gives_the_receivable_back() -> None:
    one = session("S1", channel="corporate", payer="P1", collected_on=None)
    value = month(one, {"id": "R1", "reverses": "S1", "booked_on": "2026-10-20"}, partner=payer())
    assert for_statement(build_statement(value), "DE", DAY) is None  # 11.90 - 11.90 of the same receivable
