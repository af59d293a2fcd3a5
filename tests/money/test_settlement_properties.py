"""What holds for every month (settlement.md §13), over random contracts, sessions and refunds."""

from __future__ import annotations

import copy
import json
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.money.canonical import canonical_json
from app.money.settle_json import settle_line
from tests.money.settlement_cases import Json, amount, contract, holding, month, refund, session, settle
from tests.money.settlement_months import PCTS, months, pick

MANY = settings(max_examples=40, deadline=None)
AMOUNTS = [
    "gross",
    "net",
    "vat",
    "settlement_net",
    "connection_net",
    "electricity_cost",
    "base",
    "share",
    "reimbursement",
    "partner",
    "operator",
]


def total(values: Any) -> Decimal:
    return sum((Decimal(value) for value in values), Decimal(0))


@MANY
@given(months())
def test_the_parts_add_up(value: Json) -> None:
    answer = settle(value)
    for found in answer["rows"]:
        assert total([found["partner"], found.get("sub_operator", "0"), found["operator"]]) == Decimal(found["net"])
        assert total([found["net"], found["vat"]]) == Decimal(found["gross"])
        assert [total(rate[name] for rate in found["vat_by_rate"]) for name in ("gross", "net", "vat")] == [
            Decimal(found[name]) for name in ("gross", "net", "vat")
        ]
        assert total([found["share"], found["reimbursement"]]) - total(found["fees"].values()) == Decimal(found["partner"])
        assert "-0" not in {found[name].rstrip("0").rstrip(".") for name in AMOUNTS}


@MANY
@given(months())
def test_totals_are_the_sums_of_rows_and_documents(value: Json) -> None:
    answer = settle(value)
    sums, carry = answer["totals"], answer["carry"]
    assert Decimal(sums["accrued"]) == total(sums[name] for name in ("collected", "awaited", "written_off"))
    assert Decimal(sums["accrued"]) == total(found["partner"] for found in answer["rows"])
    sign = {"invoice": -1}
    assert Decimal(sums["payout_net"]) == total(Decimal(tax["net"]) * sign.get(tax["document"], 1) for tax in sums["vat"])
    taxes = total(Decimal(tax["vat"]) * sign.get(tax["document"], 1) for tax in sums["vat"])
    assert Decimal(sums["payout_gross"]) == Decimal(sums["payout_net"]) + taxes
    assert total([carry["carried_in"], sums["payout_gross"]]) == total([carry["paid"], carry["carried_out"]]) - Decimal(carry["invoiced"])
    above = answer["sub_operator_totals"]
    assert Decimal(above["accrued"]) == total(found.get("received", "0") for found in answer["rows"])
    assert Decimal(above["payout_net"]) == total(Decimal(tax["net"]) * sign.get(tax["document"], 1) for tax in above["vat"])


@MANY
@given(months())
def test_every_entry_stands_on_one_list_or_is_settled(value: Json) -> None:
    answer = settle(value)
    names = ("rows", "held", "unassigned", "elsewhere", "refused")
    stands = Counter(found["id"] for name in names for found in answer[name])
    settled = {entry["id"] for entry in value["sessions"] if "settled_in" in entry}
    assert set(stands.values()) <= {1}
    assert {entry["id"] for entry in value["sessions"]} - settled <= set(stands)
    assert {found["id"] for found in answer["earlier"]} <= settled - set(stands)


@MANY
@given(months(), st.randoms())
def test_the_order_of_sessions_changes_no_amount(value: Json, chance: Any) -> None:
    mixed = copy.deepcopy(value)
    chance.shuffle(mixed["sessions"])
    assert settled(settle(value)) == settled(settle(mixed))


def settled(answer: Json) -> Json:
    """An answer with its lists in an order of their own."""
    found = copy.deepcopy(answer)
    for name in ("rows", "earlier", "held", "unassigned", "elsewhere", "refused"):
        found[name].sort(key=lambda entry: entry["id"])
    found["expenses"].sort(key=canonical_json)
    for receipt in found["receipts"]:
        receipt["sessions"].sort()
    return found


@MANY
@given(months())
def test_the_same_input_gives_the_same_bytes(value: Json) -> None:
    before = copy.deepcopy(value)
    first = settle_line(json.dumps(value))
    assert value == before
    assert first == settle_line(json.dumps({name: value[name] for name in reversed(value)}))


@MANY
@given(months())
def test_more_decimals_change_nothing(value: Json) -> None:
    prices = {"unit_price", "quantity", "rate_net", "ac_pct", "vat_pct", "per_session_ac", "handling_pct", "monthly_fixed", "amount", "kwh"}

    def longer(part: Any, name: str = "") -> Any:
        if isinstance(part, dict):
            return {key: longer(inner, key) for key, inner in part.items()}
        if isinstance(part, list):
            return [longer(inner, name) for inner in part]
        if isinstance(part, str) and name in prices:
            return f"{part}000000000000000000000000000000000" if "." in part else f"{part}.000000000000000000000000000000000"
        return part

    assert settle(longer(value)) == settle(value)


@MANY
@given(months(refunded=False), st.lists(pick("0", "10", "50", "100"), max_size=3), pick("operator", "partner"))
def test_a_chain_of_refunds_closed_by_a_full_one_leaves_nothing(value: Json, cuts: list[str], funded_by: str) -> None:
    for index, original in enumerate(list(value["sessions"])):
        for place, cut in enumerate(sorted(cuts, key=Decimal)):
            partial = {"discount": {"pct": cut, "funded_by": funded_by}}
            value["sessions"].append(refund(f"P{index}.{place}", original["id"], f"2026-10-2{place}", refund=partial))
        value["sessions"].append(refund(f"F{index}", original["id"], "2026-10-25"))
    answer = settle(value)
    if any(found["reason"] == "refund_increases_price" for found in answer["refused"]):
        return  # the session was discounted more deeply before
    sums: dict[str, list[dict[str, str]]] = {}
    for found in answer["rows"]:
        sums.setdefault(found.get("reverses", found["id"]), []).append(found)
    late = {entry["id"] for entry in value["sessions"] if "settled_in" in entry}
    for name, chain in sums.items():
        if name not in late:
            fields = {**{field: total(found[field] for found in chain) for field in AMOUNTS}}
            fields |= {f"fee {fee}": total(found["fees"][fee] for found in chain) for fee in ("per_session", "per_kwh", "handling")}
            assert set(fields.values()) == {Decimal(0)}, name


@MANY
@given(months(refunded=False))
def test_two_statements_have_the_rows_of_one(value: Json) -> None:
    whole = settle(value)["rows"]
    first, second = copy.deepcopy(value), copy.deepcopy(value)
    first["sessions"] = value["sessions"][::2]
    second |= {"sessions": value["sessions"][1::2], "month": "2026-11"}
    for found in second["sessions"]:
        found.pop("settled_in", None)
    parts = [found for part in (first, second) for found in settle(part)["rows"]]
    figures = {found["id"]: [found[name] for name in AMOUNTS] for found in parts}
    assert all(figures[found["id"]] == [found[name] for name in AMOUNTS] for found in whole)


@MANY
@given(months(refunded=False), pick(*PCTS), pick(*PCTS))
def test_a_higher_share_never_pays_less_while_there_is_something_to_share(value: Json, one: str, two: str) -> None:
    low, high = sorted([one, two], key=Decimal)
    answers = []
    for pct in (low, high):
        other = copy.deepcopy(value)
        other["contracts"] = [{**terms, "ac_pct": pct, "dc_pct": pct, "overrides": []} for terms in value["contracts"]]
        answers.append(settle(other))
    for less, more in zip(answers[0]["rows"], answers[1]["rows"], strict=True):
        assert Decimal(less["base"]) < 0 or Decimal(less["partner"]) <= Decimal(more["partner"])


@MANY
@given(months(refunded=False))
def test_a_floor_never_pays_less(value: Json) -> None:
    shares, floors = (
        settle(value | {"contracts": [{**terms, "negative_margin": policy} for terms in value["contracts"]]})["rows"]
        for policy in ("share", "floor_zero")
    )
    for shared, floored in zip(shares, floors, strict=True):
        assert Decimal(shared["partner"]) <= Decimal(floored["partner"])


@MANY
@given(months())
def test_corporate_and_driver_make_the_session_and_keep_the_limits(value: Json) -> None:
    answer = settle(value)
    booked: dict[str, list[Json]] = {}
    for line in answer["expenses"]:
        if line["kind"] == "corporate_session":
            booked.setdefault(line["session"], []).append(line)
    prices = {found["id"]: found for name in ("rows", "unassigned", "held") for found in answer[name]}
    for name, lines in booked.items():
        if name in prices and "reverses" not in prices[name] and name.startswith("S"):
            assert total(line["gross"] for line in lines) + total(line["driver_gross"] for line in lines) == Decimal(prices[name]["gross"])
            assert total(line["net"] for line in lines) + total(line["driver_net"] for line in lines) == Decimal(prices[name]["net"])
    october = {entry["id"] for entry in value["sessions"] if entry.get("start", "") > "2026-10-01"}
    used = total(line["gross"] for name, lines in booked.items() if name in october for line in lines)
    assert used <= Decimal(value["partner"]["corporate"]["monthly_limit"])


@MANY
@given(st.lists(st.integers(2, 31), min_size=1, max_size=3, unique=True), st.integers(1, 99_999), st.integers(1, 4))
def test_holders_by_the_day_pay_a_month_to_the_cent(days: list[int], price: int, outlets: int) -> None:
    edges = ["2026-01-01", *(f"2026-10-{day:02d}" for day in sorted(days))]
    ends: list[str | None] = [*edges[1:], None]
    fee = {"per_dc_evse": f"{price}.005", "policy": "daily"}
    evses = [{"id": str(index), "current": "DC"} for index in range(outlets)]
    paid = Decimal(0)
    for place in range(len(edges)):
        parts = [
            {"contract": "C1" if index == place else "C9", "from": since}
            | ({"to": end} if end else {})
            | ({} if index == place else {"partner": "P2"})
            for index, (since, end) in enumerate(zip(edges, ends, strict=True))
        ]
        answer = settle(month(contracts=[contract(platform_fee=fee)], holdings=[holding("CP1", *parts, evses=evses)]))
        paid += total(line["net"] for line in answer["expenses"])
    exact = Fraction(fee["per_dc_evse"]) * outlets
    assert paid == total([settle(month(contracts=[contract(platform_fee=fee)], holdings=[holding(evses=evses)]))["totals"]["expenses"]])
    assert abs(Fraction(paid) - exact) <= Fraction(1, 200)


@given(st.integers(0, 9_999))
def test_all_or_nothing_leaves_nothing_to_the_other(cents: int) -> None:
    gross = f"{cents // 100}.{cents % 100:02d}"
    for pct, nobody in (("0", "partner"), ("100", "operator")):
        answer = settle(month(session(lines=[amount(gross, "ENERGY")]), contracts=[contract(ac_pct=pct)]))
        assert answer["rows"][0][nobody] == "0.00"


@MANY
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner),
    )
)
def test_any_json_is_answered(value: Any) -> None:
    assert settle_line(json.dumps(value)).startswith('{"error":')


@MANY
@given(months(), st.data())
def test_a_broken_input_is_answered_with_code_and_place(value: Json, data: st.DataObject) -> None:
    part: Any = (value := copy.deepcopy(value))  # strategies share constants
    while isinstance(part, dict | list) and part:
        keys = list(part) if isinstance(part, dict) else list(range(len(part)))
        key = data.draw(st.sampled_from(keys))
        if data.draw(pick(True, False)) or not isinstance(part[key], dict | list) or not part[key]:
            part[key] = data.draw(st.sampled_from([None, 1, 0.5, "x", "", [], {}, True, "1e5", "-1", [1], {"a": 1}]))
            break
        part = part[key]
    answer = json.loads(settle_line(json.dumps(value)))
    assert "error" not in answer or (answer["error"]["code"] and isinstance(answer["error"]["at"], str))
