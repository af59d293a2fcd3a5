"""Rules of the settlement that the worked cases do not touch. A session is 11.90 = 10.00 + 1.90; at 70 % it leaves 7.00 and 3.00."""

from __future__ import annotations

import pytest

from app.kernel.errors import Invalid
from tests.money.settlement_cases import amount, contract, energy, holding, lists, month, payer, refund, row, session, settle

AUGUST = {"start": "2026-08-14T06:00:00Z", "end": "2026-08-14T07:00:00Z", "settled_in": "2026-08"}
SUB = {"id": "SO1", "tax": {"credit": "S19", "fees": "S19"}}


def at(start: str, end: str, name: str = "S1", **members: object) -> dict[str, object]:
    return session(name, start=start, end=end, **members)


# --- which month, whose session -------------------------------------------------------------------------------------------------------


def test_the_month_is_cut_at_local_midnight() -> None:
    answer = settle(
        month(
            at("2026-10-31T22:00:00Z", "2026-10-31T22:59:59Z", "last"),  # 23:59:59 in Berlin
            at("2026-10-31T22:00:00Z", "2026-10-31T23:00:00Z", "next"),  # midnight sharp is November
            at("2026-09-30T21:00:00Z", "2026-09-30T22:00:00Z", "first"),  # 00:00 on 1 October, summer time
            at("2026-09-30T21:00:00", "2026-09-30T21:59:59", "late"),  # without an offset it is UTC: 23:59:59 on 30 September
        )
    )
    assert lists(answer) == {"last": "rows", "next": "elsewhere:later_month", "first": "rows", "late": "rows"}
    assert row(answer, "late")["flags"] == ["late"]


def test_late_for_staff_is_more_than_fourteen_days() -> None:
    ended = "2026-09-28T10:00:00Z"
    answer = settle(
        month(
            at("2026-09-28T09:00:00Z", ended, "A", received_at="2026-10-12T10:00:00Z"),
            at("2026-09-28T09:00:00Z", ended, "B", received_at="2026-10-12T10:00:01Z"),
            at("2026-10-01T09:00:00Z", "2026-10-01T10:00:00Z", "C", received_at="2026-10-30T10:00:00Z"),
        )
    )
    assert [found["flags"] for found in answer["rows"]] == [["late"], ["late", "late_over_14_days"], []]


def test_terms_of_the_start_tax_of_the_end() -> None:
    versions = [contract(valid_to="2026-09"), contract(valid_from="2026-10", version=2, ac_pct="50")]
    rates = [{"from": "2026-10-01", "pct": "19"}, {"from": "2026-01-01", "pct": "16"}]
    answer = settle(month(at("2026-09-30T23:00:00+02:00", "2026-10-01T01:00:00+02:00", vat_pct=rates), contracts=versions))
    assert (row(answer)["version"], row(answer)["partner"], row(answer)["flags"]) == (1, "7.00", ["vat_rate_changed"])
    assert row(answer)["vat_by_rate"] == [{"pct": "19", "net": "10.00", "vat": "1.90", "gross": "11.90"}]


def test_checks_come_in_their_order() -> None:
    other = holding("CP9", {"contract": "C9", "from": "2026-01-01", "partner": "P2"})
    unlisted = holding("CP8", {"contract": "C8", "from": "2026-01-01"})
    later = {"start": "2026-11-02T08:00:00Z", "end": "2026-11-02T09:00:00Z"}
    answer = settle(
        month(
            session("A", end="2026-10-14T05:00:00Z", currency="CHF"),
            session("B", currency="CHF", **later),
            session("C", charge_point="CP9", **later),
            session("D", charge_point="CP9", hold="disputed"),
            session("E", charge_point="CP8"),
            session("F", charge_point="CP7", hold="disputed"),
            session("G", hold="excluded"),
            session("H", "-1.00"),
            session("I", charge_point="CP9", settled_in="2026-09"),
            holdings=[holding(), other, unlisted],
        )
    )
    assert lists(answer) == {
        "A": "refused:end_before_start",
        "B": "elsewhere:other_currency",
        "C": "elsewhere:later_month",
        "D": "elsewhere:other_partner",
        "E": "elsewhere:other_partner",
        "F": "unassigned:unassigned",
        "G": "held:excluded",
        "H": "refused:negative_price",
        "I": "elsewhere:other_partner",  # a row can only be settled where it is a row
    }


def test_the_same_twice_counts_once() -> None:
    same = session("A", kwh="20.0", start="2026-10-14T06:00:00Z")
    answer = settle(month(session("A"), same, session("A", "5.00"), refund("A"), refund("R1", "A"), refund("R1", "A")))
    assert [found["id"] for found in answer["rows"]] == ["A", "R1"]
    assert [found["reason"] for found in answer["refused"]] == ["duplicate", "duplicate_conflict", "duplicate_conflict", "duplicate"]
    assert answer["totals"]["accrued"] == "0.00"


def test_a_price_below_zero_only_by_its_tax_is_negative() -> None:
    lines = [amount("1.00", "ENERGY", vat_pct="7"), amount("-1.00", vat_pct="19")]  # 1.07 - 1.19
    answer = settle(month(session("A", lines=lines, tax_included=False), session("B"), refund("R", "B", refund={"lines": lines})))
    assert lists(answer) == {"A": "refused:negative_price", "B": "rows", "R": "rows"}
    answer = settle(month(session("B", tax_included=False), refund("R", "B", refund={"lines": lines})))
    assert lists(answer) == {"B": "rows", "R": "refused:refund_exceeds_original"}


@pytest.mark.parametrize(
    ("lines", "list_of_it"),
    [
        ([energy("10", "-0.10"), amount("5.00", "FLAT")], "refused:negative_price"),  # one line is negative, the sum is not
        ([amount("5.00", "FLAT"), amount("-1.00")], "rows"),  # a maximum price takes something off
        ([amount("5.00", "FLAT"), amount("-5.01")], "refused:negative_price"),
        ([amount("5.00", "FLAT"), amount("-5.00")], "rows"),
    ],
)
def test_negative_prices(lines: list[dict[str, object]], list_of_it: str) -> None:
    assert lists(settle(month(session(lines=lines)))) == {"S1": list_of_it}


# --- from session to row --------------------------------------------------------------------------------------------------------------


def test_a_discount_by_amount_is_spread_over_the_lines() -> None:
    lines = [amount("1.00", "FLAT"), amount("2.00", "ENERGY"), amount("3.00", "TIME")]
    answer = settle(
        month(
            session(lines=lines, discount={"amount": "1.00", "funded_by": "partner"}, tax_included=False),
            contracts=[contract(exclude_connection_fee=True)],
        )
    )
    # 1.00 x 1/6 = 0.17, 1.00 x 2/6 = 0.33, the rest 0.50: 0.83 + 1.67 + 2.50 = 5.00 net, tax 0.95
    # without the connection 4.17; 70 % = 2.919
    found = row(answer)
    assert (found["gross"], found["net"], found["connection_net"], found["base"], found["share"]) == (
        "5.95",
        "5.00",
        "0.83",
        "4.17",
        "2.92",
    )


def test_a_percentage_is_cut_off_line_by_line() -> None:
    # 0.05 x 50 % = 0.025 -> 0.03 off each of three lines: 0.02 is left of each
    lines = [amount("0.05", "ENERGY")] * 3
    found = row(settle(month(session(lines=lines, discount={"pct": "50"}, tax_included=False))))
    # shared is the list price: 0.15 x 70 % = 0.105 -> 0.11, so the operator pays 0.05 of its own promotion
    assert (found["net"], found["settlement_net"], found["share"], found["operator"]) == ("0.06", "0.15", "0.11", "-0.05")


def test_a_waived_session_pays_the_partner_as_if_it_had_been_paid() -> None:
    found = row(settle(month(session(discount={"pct": "100"}, collected_on=None))))
    assert (found["gross"], found["partner"], found["operator"], found["state"]) == ("0.00", "7.00", "-7.00", "collected")
    assert found["vat_by_rate"] == [{"pct": "19", "net": "0.00", "vat": "0.00", "gross": "0.00"}]


def test_below_the_billing_floor_everything_is_zero() -> None:
    floor = contract(billing_floor={"min_minutes": "60", "min_kwh": "20"}, fees={"per_session_ac": "0.50"}, deduct_electricity_cost=True)
    slices = [{"kwh": "20.000", "rate_net": "0.10"}]
    answer = settle(
        month(
            session("A", electricity=slices),  # exactly an hour and 20 kWh: not below
            session("B", kwh="19.999"),
            session("C", end="2026-10-14T08:59:59+02:00"),
            session("D", kwh="19.999", driver="D1"),
            contracts=[floor],
        )
    )
    assert row(answer, "A")["partner"] == "5.10"  # (10.00 - 2.00) x 70 % - 0.50
    for name in "BC":
        found = row(answer, name)
        assert found["flags"] == ["below_billing_floor"]
        assert (found["gross"], found["partner"], found["operator"], found["state"]) == ("0.00", "0.00", "0.00", "collected")
    assert answer["receipts"][0]["gross"] == "0.00"


@pytest.mark.parametrize(
    ("members", "list_of_it"),
    [
        ({}, "held:missing_electricity_rate"),
        ({"electricity": [{"kwh": "19.000", "rate_net": "0.10"}]}, "held:electricity_kwh_mismatch"),
        ({"electricity": [{"kwh": "20", "rate_net": "0"}]}, "rows"),
        ({"electricity": [{"kwh": "20", "rate_net": "0.1"}, {"kwh": "0", "rate_net": None}]}, "rows"),
        ({"kwh": "0"}, "rows"),
        ({"hold": "disputed"}, "held:disputed"),
        ({"settled_in": "2026-09"}, "held:missing_electricity_rate"),
    ],
)
def test_unknown_electricity_holds_the_row(members: dict[str, object], list_of_it: str) -> None:
    answer = settle(month(session(**members), contracts=[contract(deduct_electricity_cost=True)]))
    assert lists(answer) == {"S1": list_of_it}


def test_marks_of_estimates_and_losses_in_their_order() -> None:
    slices = [{"kwh": "20", "rate_net": "1"}]
    terms = [contract(deduct_electricity_cost=True)]
    found = row(settle(month(session(electricity=slices, interval_metered=False), contracts=terms)))
    assert found["flags"] == ["not_interval_metered", "negative_margin"]


def test_a_supplier_without_registration_sells_untaxed_on_the_day_of_the_end() -> None:
    since = [{"from": "2026-01-01", "credit": "E0", "fees": "S19"}, {"from": "2026-10-15", "credit": "S19", "fees": "S19"}]
    answer = settle(
        month(
            session("A", tax_included=False, gross="10.00"),
            at("2026-10-14T23:00:00+02:00", "2026-10-15T00:00:00+02:00", "B"),
            session("C", paid_with="balance"),
            partner={"id": "P1", "tax": since},
            contracts=[contract(supplier="partner")],
        )
    )
    assert [(found["supplier"], found["gross"], found["net"], found["vat"]) for found in answer["rows"]] == [
        ("partner", "10.00", "10.00", "0.00"),
        ("partner", "11.90", "10.00", "1.90"),
        ("operator", "11.90", "10.00", "1.90"),
    ]
    # A is sold under E0, B under S19, C credited under E0 (its day's status); the operator's 3.00 of A and B are invoiced
    assert answer["totals"]["vat"] == [
        {"document": "self_billing", "code": "E0", "net": "7.00", "vat": "0.00"},
        {"document": "sales", "code": "E0", "net": "10.00", "vat": "0.00"},
        {"document": "sales", "code": "S19", "net": "10.00", "vat": "1.90"},
        {"document": "invoice", "code": "S19", "net": "6.00", "vat": "1.14"},
    ]
    assert answer["totals"]["payout_gross"] == "21.76"  # 7.00 + 10.00 + 11.90 - 7.14


def test_a_private_host_gets_a_note_and_reimbursement_has_its_own_code() -> None:
    terms = [contract(deduct_electricity_cost=True, reimburse_electricity_cost=True)]
    slices = [{"kwh": "20", "rate_net": "0.10"}]
    private = {"id": "P1", "tax": {"credit": "O0", "fees": "S19", "reimbursement": "S7"}}
    answer = settle(month(session(electricity=slices), contracts=terms, partner=private))
    # (10.00 - 2.00) x 70 % = 5.60 and 2.00 back
    assert answer["totals"]["vat"] == [
        {"document": "settlement_note", "code": "O0", "net": "5.60", "vat": "0.00"},
        {"document": "settlement_note", "code": "S7", "net": "2.00", "vat": "0.14"},
    ]


def test_a_contracts_own_rate_for_covered_energy_needs_quantities() -> None:
    terms = [contract(subscription_settlement="rate_per_kwh", subscription_rate_per_kwh="0.3")]
    covered = [energy("10", "0.49"), amount("1.00", "FLAT")]
    found = row(settle(month(session(lines=[], reference_lines=covered), contracts=terms)))
    assert (found["settlement_net"], found["share"]) == ("3.00", "2.10")  # 10 x 0.30, and nothing for the start
    for members, at in [
        ({"reference_lines": [amount("4.90", "ENERGY")]}, "sessions[0].reference_lines[0].quantity"),
        ({"lines": []}, "sessions[1].refund.reference_lines[0].quantity"),
    ]:
        correction = refund(refund={"reference_lines": [amount("4.90", "ENERGY")]})
        with pytest.raises(Invalid) as refusal:
            settle(month(session(**members), correction, contracts=terms))
        assert (refusal.value.code, refusal.value.field) == ("missing_member", at)


def test_a_session_of_no_length_is_a_session() -> None:
    assert lists(settle(month(session(end="2026-10-14T08:00:00+02:00")))) == {"S1": "rows"}


# --- refunds --------------------------------------------------------------------------------------------------------------------------


def test_refunds_follow_each_other_and_only_one_cancels() -> None:
    answer = settle(
        month(
            refund("R3", booked_on="2026-10-23"),
            refund("R2", booked_on="2026-10-22", refund={"lines": [amount("0.00", "ENERGY")]}),
            refund("R1", booked_on="2026-10-22", refund={"lines": [amount("5.95", "ENERGY")]}),
            refund("R4", booked_on="2026-10-24"),
            refund("R5", "R1"),
            refund("R6", "S9"),
            session(),
        )
    )
    # 10.00 -> 5.00 -> 0.00, and the cancellation of nothing
    assert [(found["id"], found["net"]) for found in answer["rows"]] == [("R3", "0.00"), ("R2", "-5.00"), ("R1", "-5.00"), ("S1", "10.00")]
    assert [(found["id"], found["reason"]) for found in answer["refused"]] == [
        ("R4", "already_reversed"),
        ("R5", "original_unknown"),
        ("R6", "original_unknown"),
    ]


def test_what_a_refund_does_not_name_stays_as_it_was_left() -> None:
    lines = [amount("11.90", "ENERGY"), amount("2.38", "PARKING_TIME")]
    answer = settle(
        month(
            session(lines=lines),  # 12.00 net
            refund("R1", booked_on="2026-10-21", refund={"lines": lines[:1]}),  # 10.00
            refund("R2", booked_on="2026-10-22", refund={"discount": {"pct": "50"}}),  # 5.00; the operator's gift: the share stays
        )
    )
    assert [(found["net"], found["partner"]) for found in answer["rows"]] == [("12.00", "8.40"), ("-2.00", "-1.40"), ("-5.00", "0.00")]


def test_a_refund_shares_the_fate_of_its_original() -> None:
    other = holding("CP9", {"contract": "C9", "from": "2026-01-01", "partner": "P2"})
    answer = settle(
        month(
            session("A", charge_point="CP9"),
            refund("RA", "A"),
            session("B", charge_point="CP7"),
            refund("RB", "B", refund={"lines": [amount("5.95", "ENERGY")]}),
            session("C", hold="disputed"),
            refund("RC", "C"),
            session("D", currency="CHF"),
            refund("RD", "D"),
            session("E", end="2026-10-14T05:00:00Z"),
            refund("RE", "E"),
            session("F"),
            refund("RF", "F", "2026-11-01"),
            session("G"),
            refund("RG", "G", hold="disputed"),
            holdings=[holding(), other],
        )
    )
    assert {name: place for name, place in lists(answer).items() if name.startswith("R")} == {
        "RA": "elsewhere:other_partner",
        "RB": "unassigned:unassigned",
        "RC": "held:original_held",
        "RD": "elsewhere:other_currency",
        "RE": "refused:original_unknown",
        "RF": "elsewhere:later_month",
        "RG": "held:disputed",
    }
    waiting = {found["id"]: found for name in ("held", "unassigned") for found in answer[name]}
    assert waiting["RB"] == {"id": "RB", "reason": "unassigned", "gross": "-5.95", "net": "-5.00", "vat": "-0.95", "operator": "-5.00"}
    assert waiting["RC"]["net"] == "-10.00"


def test_a_late_refund_does_not_reopen_what_was_settled() -> None:
    half = {"lines": [amount("5.95", "ENERGY")]}
    answer = settle(
        month(
            session(settled_in="2026-08", start="2026-08-14T06:00:00Z", end="2026-08-14T07:00:00Z", collected_on="2026-08-14"),
            refund("R1", booked_on="2026-09-20", refund=half, settled_in="2026-09"),
            refund("R0", booked_on="2026-09-10"),  # came in too late for September: it cancels what R1 left
        )
    )
    assert [(found["id"], found["net"], found["flags"]) for found in answer["rows"]] == [("R0", "-5.00", ["late"])]


def test_a_refund_that_waits_leaves_the_session_as_it_is() -> None:
    half = [amount("5.95", "ENERGY")]
    slices = [{"kwh": "20", "rate_net": "0.10"}]
    answer = settle(
        month(
            session("A", electricity=slices),
            refund("RA1", "A", "2026-10-20", refund={"kwh": "10", "lines": half}),  # the electricity of 10 kWh is not told
            refund("RA2", "A", "2026-10-21"),
            session("B", electricity=slices),
            refund("RB1", "B", "2026-10-20", hold="disputed", refund={"lines": half}),
            refund("RB2", "B", "2026-10-21"),
            contracts=[contract(deduct_electricity_cost=True)],
        )
    )
    assert [(found["id"], found["reason"], found["net"]) for found in answer["held"]] == [
        ("RA1", "electricity_kwh_mismatch", "-5.00"),
        ("RB1", "disputed", "-5.00"),
    ]
    assert [(found["id"], found["net"]) for found in answer["rows"]] == [
        ("A", "10.00"),
        ("RA2", "-10.00"),
        ("B", "10.00"),
        ("RB2", "-10.00"),
    ]


def test_settled_refunds_follow_in_the_order_of_their_statements() -> None:
    answer = settle(
        month(
            session(**AUGUST | {"collected_on": None}),
            refund("R1", booked_on="2026-08-20", settled_in="2026-09", refund={"lines": [amount("1.19", "ENERGY")]}),  # late: September's
            refund("R2", booked_on="2026-08-21", settled_in="2026-08", refund={"lines": [amount("5.95", "ENERGY")]}),
        )
    )
    # 10.00 -> 5.00 in August -> 1.00 in September
    assert [(found["id"], found["partner"]) for found in answer["earlier"]] == [("S1", "7.00"), ("R1", "-2.80"), ("R2", "-3.50")]


def test_a_refunds_amounts_have_the_decimals_of_its_sessions_currency() -> None:
    dinar = session("A", "1.190", currency="TND")
    answer = settle(month(dinar, refund("R", "A", refund={"lines": [amount("0.595", "ENERGY")]})))
    assert lists(answer) == {"A": "elsewhere:other_currency", "R": "elsewhere:other_currency"}


def test_a_refund_keeps_contract_override_and_percentage() -> None:
    gift = {"name": "gift", "priority": 1, "channels": ["internal"], "ac_pct": "90"}
    answer = settle(
        month(session(), refund(refund={"kwh": "1.000", "lines": [amount("1.19", "ENERGY")]}), contracts=[contract(overrides=[gift])])
    )
    assert [(found["pct"], found["override"], found["partner"]) for found in answer["rows"]] == [
        ("90", "gift", "9.00"),
        ("90", "gift", "-8.10"),
    ]


# --- collection -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("members", "state"),
    [
        ({"collected_on": "2026-10-31"}, "collected"),
        ({"collected_on": "2026-09-01"}, "collected"),
        ({"collected_on": "2026-11-01"}, "awaited"),
        ({"collected_on": None}, "awaited"),
        ({"collected_on": None, "written_off_on": "2026-10-31"}, "written_off"),
        ({"collected_on": None, "written_off_on": "2026-11-01"}, "awaited"),
        ({"collected_on": "2026-10-30", "written_off_on": "2026-10-20"}, "collected"),
        ({"collected_on": "2026-11-30", "written_off_on": "2026-10-20"}, "written_off"),
    ],
)
def test_state_of_a_row(members: dict[str, object], state: str) -> None:
    assert row(settle(month(session(**members))))["state"] == state


@pytest.mark.parametrize(
    ("members", "state"),
    [
        ({"collected_on": "2026-10-01"}, "collected"),
        ({"collected_on": "2026-10-31"}, "collected"),
        ({"collected_on": "2026-09-30"}, None),
        ({"collected_on": "2026-11-01"}, "awaited"),
        ({"collected_on": None}, "awaited"),
        ({"collected_on": None, "written_off_on": "2026-10-01"}, "written_off"),
        ({"collected_on": None, "written_off_on": "2026-10-31"}, "written_off"),
        ({"collected_on": None, "written_off_on": "2026-09-30"}, None),
        ({"collected_on": "2026-10-05", "written_off_on": "2026-09-30"}, "collected"),
        ({"collected_on": None, "gross": "0.00"}, None),
    ],
)
@pytest.mark.parametrize("bears", [False, True])
def test_state_of_an_earlier_row(members: dict[str, object], state: str | None, bears: bool) -> None:
    answer = settle(month(session(**AUGUST | members), contracts=[contract(operator_bears_credit_risk=bears)]))
    if bears and "written_off_on" in members:
        state = "collected" if str(members["written_off_on"]) >= "2026-10-01" else None  # paid on the day it was written off, once
    assert [found["state"] for found in answer["earlier"]] == ([] if state is None else [state])


def test_a_refund_is_collected_with_its_original() -> None:
    half = {"lines": [amount("5.95", "ENERGY")]}
    answer = settle(
        month(
            session("A", collected_on="2026-10-14"),
            refund("RA", "A", refund=half),
            session("B", collected_on=None),
            refund("RB", "B", refund=half),
            refund("RX", "B", "2026-10-21", collected_on="2026-10-22"),
            session("C", **AUGUST | {"collected_on": None}),
            refund("RC", "C", "2026-09-10", settled_in="2026-09", refund=half),
            session("D", **AUGUST | {"collected_on": "2026-10-02"}),
            refund("RD", "D", "2026-09-10", settled_in="2026-09", refund=half),
            session("E", collected_on=None, written_off_on="2026-10-15"),
            refund("RE", "E"),
        )
    )
    assert {found["id"]: found["state"] for found in answer["rows"]} == {
        "A": "collected",
        "RA": "collected",
        "B": "awaited",
        "RB": "awaited",
        "RX": "collected",
        "E": "written_off",
        "RE": "written_off",
    }
    assert {found["id"]: found["state"] for found in answer["earlier"]} == {
        "C": "awaited",
        "RC": "awaited",
        "D": "collected",
        "RD": "collected",
    }
    # 7.00 - 3.50 (A) - 3.50 (RX); earlier 7.00 - 3.50 (D)
    assert (answer["totals"]["collected"], answer["totals"]["collected_from_earlier"]) == ("0.00", "3.50")


# --- expenses -------------------------------------------------------------------------------------------------------------------------


def own(name: str, gross: str = "11.90", **members: object) -> dict[str, object]:
    """A session of one of the partner's own drivers, at its own charge point."""
    return session(name, gross, channel="corporate", payer="P1", **{"collected_on": None, "driver": "D1"} | members)


def lines_of(answer: dict[str, object]) -> list[tuple[str, ...]]:
    found = [line for line in answer["expenses"] if line["kind"] == "corporate_session"]
    return [(line["session"], line["gross"], line["driver_gross"], line["net"], line["driver_net"], *line["flags"]) for line in found]


def test_own_drivers_at_the_own_charge_point_are_collected_by_netting() -> None:
    answer = settle(month(own("A"), own("B"), partner=payer(monthly_limit="17.85")))
    # 17.85 - 11.90 = 5.95 for B: it is not wholly on the account, so its money is awaited
    assert [found["state"] for found in answer["rows"]] == ["collected", "awaited"]
    assert lines_of(answer) == [("A", "11.90", "0.00", "10.00", "0.00"), ("B", "5.95", "5.95", "5.00", "5.00", "corporate_limit_split")]
    assert answer["receipts"] == [{"driver": "D1", "seller": "operator", "gross": "5.95", "sessions": ["B"]}]


def test_limits_are_used_by_settled_rows_first_then_by_end_and_id() -> None:
    later = {"start": "2026-10-15T06:00:00Z", "end": "2026-10-15T07:00:00Z"}
    september = {"start": "2026-09-15T06:00:00Z", "end": "2026-09-15T07:00:00Z"}
    answer = settle(
        month(
            own("Z", **later),
            own("B"),
            own("A"),
            own("OLD", **september | {"start": "2026-09-16T06:00:00Z", "end": "2026-09-16T07:00:00Z", "settled_in": "2026-09"}),
            own("LATE", **september),
            partner=payer(monthly_limit="23.80", used={"2026-10": "5.95", "2026-09": "1.90"}),
        )
    )
    # October: 17.85 left: A 11.90, B 5.95, Z nothing. September: 21.90 left: OLD 11.90, LATE 10.00 (net 8.40) of 11.90
    assert lines_of(answer) == [
        ("Z", "0.00", "11.90", "0.00", "10.00", "corporate_limit_reached"),
        ("B", "5.95", "5.95", "5.00", "5.00", "corporate_limit_split"),
        ("A", "11.90", "0.00", "10.00", "0.00"),
        ("LATE", "10.00", "1.90", "8.40", "1.60", "corporate_limit_split"),
    ]


def test_a_driver_limit_and_a_driver_without_means_of_payment() -> None:
    answer = settle(
        month(
            own("A", own_method=False),
            own("B", driver="D2"),
            own("C", driver=None),
            partner=payer(monthly_limit="29.75", driver_monthly_limit="5.95"),
        )
    )
    # each driver 5.95; C has no driver: 29.75 - 5.95 - 5.95 = 17.85 is left for it
    assert lines_of(answer) == [
        ("A", "5.95", "5.95", "5.00", "5.00", "corporate_limit_split", "overage_without_method"),
        ("B", "5.95", "5.95", "5.00", "5.00", "corporate_limit_split"),
        ("C", "11.90", "0.00", "10.00", "0.00"),
    ]


def test_staff_holds_use_the_limit_and_are_not_booked() -> None:
    answer = settle(month(own("A", hold="disputed"), own("B"), partner=payer(monthly_limit="11.90")))
    assert lines_of(answer) == [("B", "0.00", "11.90", "0.00", "10.00", "corporate_limit_reached")]
    assert answer["receipts"] == [{"driver": "D1", "seller": "operator", "gross": "11.90", "sessions": ["B"]}]


def test_refunds_that_wait_are_not_booked() -> None:
    answer = settle(
        month(
            own("A", hold="disputed"),
            refund("RA", "A"),
            own("B"),
            refund("RB", "B", "2026-11-02"),
            own("C", start="2026-09-14T06:00:00Z", end="2026-09-14T07:00:00Z", settled_in="2026-09"),
            refund("RC", "C", "2026-09-20", settled_in="2026-09", refund={"lines": [amount("5.95", "ENERGY")]}),
            refund("RX", "C", "2026-10-20"),
            partner=payer(),
        )
    )
    assert lines_of(answer) == [("B", "11.90", "0.00", "10.00", "0.00"), ("RX", "-5.95", "0.00", "-5.00", "0.00")]


def test_a_refund_cuts_the_driver_first_and_gives_no_limit_back() -> None:
    answer = settle(
        month(
            own("A"),
            refund("R1", "A", "2026-10-20", refund={"lines": [amount("8.33", "ENERGY")]}),
            refund("R2", "A", "2026-10-21"),
            own("B", start="2026-10-22T06:00:00Z", end="2026-10-22T07:00:00Z"),
            partner=payer(monthly_limit="5.95", discount_pct="10"),
        )
    )
    # A: 5.95 of 11.90 on the account. R1 takes 3.57 off the driver's 5.95; R2 the other 2.38 and the 5.95
    assert lines_of(answer) == [
        ("A", "5.95", "5.95", "5.00", "5.00", "corporate_limit_split"),
        ("R1", "0.00", "-3.57", "0.00", "-3.00"),
        ("R2", "-5.95", "-2.38", "-5.00", "-2.00"),
        ("B", "0.00", "11.90", "0.00", "10.00", "corporate_limit_reached"),
    ]
    assert answer["totals"]["expenses"] == "0.00"


def test_a_split_session_of_two_rates() -> None:
    lines = [amount("11.90", "ENERGY"), amount("10.70", "PARKING_TIME", vat_pct="7")]
    answer = settle(month(own("A", lines=lines), partner=payer(monthly_limit="10.00", discount_pct="33")))
    # 10.00 x 10.70 / 22.60 = 4.7345 -> 4.73 at 7 % (net 4.42), the rest 5.27 at 19 % (net 4.43)
    assert lines_of(answer) == [
        ("A", "4.73", "5.97", "4.42", "5.58", "corporate_limit_split"),
        ("A", "5.27", "6.63", "4.43", "5.57", "corporate_limit_split"),
    ]
    # 8.85 x 33 % = 2.9205 -> 2.92; 2.92 x 4.42 / 8.85 = 1.458 -> 1.46, the rest 1.46
    discounts = [(line["base"], line["net"], line["tax_code"]) for line in answer["expenses"] if line["kind"] == "corporate_discount"]
    assert discounts == [("4.42", "-1.46", "S7"), ("4.43", "-1.46", "S19")]


def test_fees_fixed_by_month_and_others() -> None:
    terms = contract(platform_fee={"per_ac_evse": "2.505", "monthly_fixed": "9.995", "policy": "daily"})
    tax = [{"from": "2026-01-01", "credit": "S19", "fees": "S19"}, {"from": "2026-10-31", "credit": "S19", "fees": "AE0"}]
    other = {"kind": "service_visit", "text": "Cable", "quantity": "1.50", "unit_price": "80.00", "tax_code": "S19"}
    outlets = [
        {"id": "1", "current": "AC"},
        {"id": "2", "current": "AC", "status": "faulted"},
        {"id": "3", "current": "AC", "status": "never_connected"},
        {"id": "4", "current": "DC", "status": "decommissioned"},
    ]
    answer = settle(
        month(
            contracts=[terms, contract(id="C2", valid_to="2026-09", platform_fee={"monthly_fixed": "1"})],
            holdings=[holding("CP1", {"contract": "C1", "from": "2026-10-17"}, evses=outlets)],
            partner={"id": "P1", "tax": tax},
            other_expenses=[other],
        )
    )
    # 2 x 2.505 x 15 / 31 = 2.4242 -> 2.42; the fixed fee whole, 9.995 -> 10.00; 1.5 x 80
    assert [
        (line["kind"], line.get("item"), line["quantity"], line["unit_price"], line["net"], line["tax_code"]) for line in answer["expenses"]
    ] == [
        ("platform_fee", "ac_evse", "2", "2.505", "2.42", "AE0"),
        ("platform_fee", "monthly_fixed", "1", "9.995", "10.00", "AE0"),
        ("service_visit", None, "1.5", "80", "120.00", "S19"),
    ]
    assert [(tax["code"], tax["net"], tax["vat"]) for tax in answer["totals"]["vat"]] == [
        ("AE0", "12.42", "0.00"),
        ("S19", "120.00", "22.80"),
    ]


DAILY = {"per_charge_point": "10.00", "policy": "daily"}
P2 = {"contract": "C9", "partner": "P2", "from": "2026-01-01", "to": "2026-10-11"}
OURS = {"contract": "C1", "from": "2026-10-11"}


@pytest.mark.parametrize(
    ("own_fee", "first", "net", "note"),
    [
        (DAILY, P2, "6.77", "last_holder_takes_rest"),  # 10.00 - round(10 x 10 / 31 = 3.2258) = 6.77
        (DAILY, P2 | {"platform_fee": DAILY}, "6.77", "last_holder_takes_rest"),
        (DAILY, P2 | {"platform_fee": {"per_charge_point": "10.00"}}, "6.77", None),  # not by the day: 10 x 21 / 31 = 6.7741
        (DAILY, P2 | {"platform_fee": {"per_charge_point": "9", "policy": "daily"}}, "6.77", None),
        (DAILY, P2 | {"contract": "C2", "partner": "P1"}, "6.77", None),  # not in force: no holder
        ({"per_charge_point": "10.00"}, P2, "0.00", "earlier_holder_pays"),
        ({"per_charge_point": "10.00"}, P2 | {"contract": "C2", "partner": "P1"}, "10.00", None),
        ({"per_charge_point": "10.00"}, P2 | {"to": "2026-10-01"}, "10.00", None),
    ],
)
def test_who_pays_for_a_month_in_which_a_charge_point_moves(
    own_fee: dict[str, str], first: dict[str, object], net: str, note: str | None
) -> None:
    contracts = [contract(platform_fee=own_fee), contract(id="C2", valid_to="2026-09", platform_fee=own_fee)]
    answer = settle(month(contracts=contracts, holdings=[holding("CP1", first, OURS)]))
    found = answer["expenses"][0]
    assert (found["net"], found["note"], found["from"], found["days"]) == (net, note, "2026-10-11", 21)


# --- documents, carry-over, receipts, levels ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("carried", "gross", "options", "expected"),
    [
        # 7.00 + 1.33 = 8.33 in this month
        (None, "11.90", {}, ("8.33", "0.00", "0.00", 0)),
        (("0.00", 3), "-0.00", {}, ("0.00", "0.00", "0.00", 0)),
        (("-8.33", 2), "11.90", {}, ("0.00", "0.00", "0.00", 0)),
        (("-8.34", 2), "11.90", {}, ("0.00", "0.00", "-0.01", 3)),
        (("5.00", 2), "0.00", {"minimum_payout": "5.01"}, ("0.00", "0.00", "5.00", 0)),
        (("5.00", 2), "0.00", {"minimum_payout": "5.00"}, ("5.00", "0.00", "0.00", 0)),
        (("-5.00", 1), "0.00", {"carry_months": 1}, ("0.00", "5.00", "0.00", 0)),
        (("-5.00", 0), "0.00", {"carry_months": 1}, ("0.00", "0.00", "-5.00", 1)),
    ],
)
def test_carry_over(carried: tuple[str, int] | None, gross: str, options: dict[str, object], expected: tuple[object, ...]) -> None:
    more = {} if carried is None else {"carried_in": {"amount": carried[0], "months": carried[1]}}
    partner = {"id": "P1", "tax": {"credit": "S19", "fees": "S19"}} | options
    found = settle(month(session(gross=gross), partner=partner, **more))["carry"]
    assert (found["paid"], found["invoiced"], found["carried_out"], found["months"]) == expected


def test_a_first_negative_month_starts_the_count_anew() -> None:
    other = {"kind": "custom_fee", "text": "x", "quantity": "1", "unit_price": "10", "tax_code": "S19"}
    for before, left in [("1.00", "-10.90"), ("0.00", "-11.90")]:
        found = settle(month(other_expenses=[other], carried_in={"amount": before, "months": 3}))["carry"]
        assert found == {"carried_in": before, "paid": "0.00", "invoiced": "0.00", "carried_out": left, "months": 1}


def test_receipts_name_the_seller() -> None:
    other = holding("CP9", {"contract": "C9", "from": "2026-01-01", "partner": "P2"})
    answer = settle(
        month(
            session("A", driver="D2"),
            session("B", driver="D1", supplier="partner"),
            session("C", driver="D1", supplier="partner", hold="excluded"),
            session("D", driver="D1", charge_point="CP9", supplier="partner", paid_with="balance"),
            session("E", driver="D1", charge_point="CP9", supplier="partner"),
            session("F", driver="D1", charge_point="CP7", supplier="partner"),
            session("G", driver="D1", channel="adhoc"),
            session("H", driver="D1", **AUGUST),
            session("I", driver="D1", supplier="partner"),
            refund("R", "I"),
            session("J", driver="D1", channel="corporate", payer="P3"),
            session("K"),
            holdings=[holding(), other],
        )
    )
    assert [(found["driver"], found["seller"], found["sessions"]) for found in answer["receipts"]] == [
        ("D1", "P1", ["B", "I"]),
        ("D1", "P2", ["E"]),
        ("D1", "operator", ["D", "F"]),
        ("D2", "operator", ["A"]),
    ]
    assert answer["receipts"][0]["gross"] == "23.80"


def test_a_row_held_for_its_rate_is_billed_to_the_driver() -> None:
    answer = settle(month(session(driver="D1"), contracts=[contract(deduct_electricity_cost=True)]))
    assert answer["receipts"] == [{"driver": "D1", "seller": "operator", "gross": "11.90", "sessions": ["S1"]}]


def test_three_levels_with_fees_reimbursement_and_an_own_override() -> None:
    parent = {
        "id": "PC1",
        "ac_pct": "80",
        "dc_pct": "80",
        "fees": {"per_session_ac": "0.20"},
        "overrides": [{"name": "adhoc", "priority": 1, "channels": ["adhoc"], "ac_pct": "90"}],
    }
    terms = contract(parent=parent, deduct_electricity_cost=True, reimburse_electricity_cost=True, fees={"handling_pct": "2"})
    slices = [{"kwh": "20", "rate_net": "0.10"}]
    answer = settle(
        month(
            session("A", electricity=slices, channel="adhoc"),
            session("B", electricity=slices, collected_on=None),
            refund("R", "A"),
            contracts=[terms],
            sub_operator=SUB | {"tax": {"credit": "S19", "fees": "S19", "reimbursement": "E0"}},
        )
    )
    # base 8.00. A: 7.20 + 2.00 - 0.20 = 9.00 received, 5.60 + 2.00 - 0.20 = 7.40 partner. B: 6.40 + 2.00 - 0.20 = 8.20
    assert [
        (found["parent_pct"], found["received"], found["partner"], found["sub_operator"], found["operator"]) for found in answer["rows"]
    ] == [
        ("90", "9.00", "7.40", "1.60", "1.00"),
        ("80", "8.20", "7.40", "0.80", "1.80"),
        ("90", "-9.00", "-7.40", "-1.60", "-1.00"),
    ]
    above = answer["sub_operator_totals"]
    assert (above["accrued"], above["collected"], above["awaited"], above["retained"], above["payout_net"]) == (
        "8.20",
        "0.00",
        "8.20",
        "0.00",
        "0.00",
    )
    assert [(tax["code"], tax["net"]) for tax in above["vat"]] == [("E0", "0.00"), ("S19", "0.00")]


def test_floor_zero_holds_for_both_levels() -> None:
    terms = contract(parent={"id": "PC1", "ac_pct": "80", "dc_pct": "80"}, deduct_electricity_cost=True, negative_margin="floor_zero")
    answer = settle(month(session(electricity=[{"kwh": "20", "rate_net": "1"}]), contracts=[terms], sub_operator=SUB))
    assert (row(answer)["received"], row(answer)["partner"], row(answer)["operator"]) == ("0.00", "0.00", "10.00")
    tiny = settle(month(session(kwh="1"), contracts=[terms | {"billing_floor": {"min_kwh": "2"}}], sub_operator=SUB))
    assert (row(tiny)["received"], row(tiny)["sub_operator"]) == ("0.00", "0.00")
