"""Single rules with the sum written out, beyond the hand-computed vectors."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from app.money.price_json import price_case


def component(kind: str, price: str, step: int = 1, vat: str | None = None) -> dict[str, Any]:
    return {"type": kind, "price": price, "step_size": step, **({} if vat is None else {"vat": vat})}


def element(*components: dict[str, Any], **restrictions: Any) -> dict[str, Any]:
    return {"price_components": list(components), **({"restrictions": restrictions} if restrictions else {})}


def tariff(*elements: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": "t", "currency": "EUR", "elements": list(elements), **more}


def clock(text: str) -> str:
    """``08:30`` of Wednesday, 11 June 2025 in UTC; ``+1 02:00`` is the day after."""
    days, _, time = text.rpartition(" ")
    return f"2025-06-{11 + int(days or 0)}T{time}:00Z"


def period(start: str, end: str, kwh: str = "0", *, charging: bool = True, **readings: str) -> dict[str, Any]:
    return {"start": clock(start), "end": clock(end), "energy_kwh": kwh, "charging": charging, **readings}


def parked(start: str, end: str) -> dict[str, Any]:
    return period(start, end, charging=False)


def session(*periods: dict[str, Any], **more: Any) -> dict[str, Any]:
    ends = {"start": periods[0]["start"], "end": periods[-1]["end"]} if periods else {}
    return {"time_zone": "UTC", "periods": list(periods), **ends, **more}


def ask(terms: dict[str, Any], *periods: dict[str, Any], **more: Any) -> dict[str, Any]:
    answer = price_case({"tariff": terms, "session": session(*periods, **more)})
    assert "error" not in answer, answer
    return answer


# step size


@pytest.mark.parametrize(
    ("wh", "step", "billed"), [("115.2", 1, "0.116"), ("115.2", 25, "0.125"), ("115.2", 500, "0.5"), ("500", 500, "0.5")]
)
def test_energy_is_billed_in_steps_of_watt_hours(wh: str, step: int, billed: str) -> None:
    answer = ask(tariff(element(component("ENERGY", "0.25", step))), period("08:00", "08:10", str(Decimal(wh) / 1000)))
    assert answer["billed"]["energy_kwh"] == f"{Decimal(billed):.6f}"


def test_the_last_price_takes_the_step_of_the_whole_session() -> None:
    # 25 min at 1.20 = 0.50; with 10 more 35 min -> 45 (step 15 of the last): 20 min at 2.40 = 0.80
    terms = tariff(element(component("TIME", "1.20", 1800), start_time="06:00", end_time="17:00"), element(component("TIME", "2.40", 900)))
    answer = ask(terms, period("16:35", "17:10", "1"))
    assert (answer["charging_time"], answer["billed"]["time_s"]) == ("1.30", "2700.000")


def test_time_without_a_price_does_not_fill_a_step() -> None:
    # 20 kWh after 20:00 are free of price; before: 5 min TIME at 2.40 -> 15 min = 0.60
    terms = tariff(element(component("TIME", "2.40", 900), end_time="20:00"))
    answer = ask(terms, period("19:55", "20:05", "1"))
    assert (answer["charging_time"], answer["unpriced"]) == ("0.60", ["ENERGY", "TIME"])


def test_idle_time_wholly_in_grace_leaves_the_rounding_to_charging() -> None:
    # idle 10 of 15 free minutes: nothing of it is priced, so charging 31 -> 45 min at 4 = 3.00
    terms = tariff(element(component("TIME", "4", 900), component("PARKING_TIME", "6", 600)), ext={"idle_grace": {"seconds": 900}})
    answer = ask(terms, period("08:00", "08:31", "1"), parked("08:31", "08:41"))
    assert (answer["charging_time"], answer["parking_time"]) == ("3.00", "0.00")


# reservation: the worked numbers of OCPI's own examples

WITH_FEE = tariff(
    element(component("FLAT", "4", 1, "20"), reservation="RESERVATION_EXPIRES"),
    element(component("TIME", "2", 600, "20"), reservation="RESERVATION"),
    element(component("FLAT", "0.50", 1, "20"), component("ENERGY", "0.25", 1, "10")),
)
WITH_EXPIRY_TIME = tariff(
    element(component("TIME", "6", 600, "20"), reservation="RESERVATION_EXPIRES"),
    element(component("TIME", "3", 600, "20"), reservation="RESERVATION"),
    element(component("FLAT", "0.50", 1, "20"), component("ENERGY", "0.25", 1, "10")),
)


@pytest.mark.parametrize(
    ("terms", "start", "reserved", "net", "gross"),
    [
        # 22 -> 30 min at 2.00 = 1.00; 0.50; 20 kWh 5.00; VAT 20 % of 1.50 and 10 % of 5.00
        (WITH_FEE, "07:38", "1.00", "6.50", "7.30"),
        # 22 -> 30 min at 3.00 = 1.50
        (WITH_EXPIRY_TIME, "07:38", "1.50", "7.00", "7.90"),
        # 15 min at 5.00 (step 1 min) = 1.25
        (
            tariff(element(component("TIME", "5", 60, "20"), reservation="RESERVATION"), WITH_FEE["elements"][2]),
            "07:45",
            "1.25",
            "6.75",
            "7.60",
        ),
        # fee 2.00 and 13 -> 15 min at 5.00: both fees are due, 2.00 and 0.50
        (
            tariff(
                element(component("FLAT", "2", 1, "20"), component("TIME", "5", 300, "20"), reservation="RESERVATION"),
                WITH_FEE["elements"][2],
            ),
            "07:47",
            "3.25",
            "8.75",
            "10.00",
        ),
    ],
)
def test_a_reservation_that_was_used(terms: dict[str, Any], start: str, reserved: str, net: str, gross: str) -> None:
    answer = ask(terms, period("08:00", "09:00", "20"), reservation={"start": clock(start), "end": clock("08:00")})
    assert (answer["reservation"], answer["total_excl_vat"], answer["total_incl_vat"]) == (reserved, net, gross)


@pytest.mark.parametrize(
    ("terms", "start", "net", "gross"),
    # 4.00 + 1 h at 2.00, as expiry has no time price of its own; 1.5 h at 6.00
    [(WITH_FEE, "07:00", "6.00", "7.20"), (WITH_EXPIRY_TIME, "06:30", "9.00", "10.80")],
)
def test_a_reservation_that_expired(terms: dict[str, Any], start: str, net: str, gross: str) -> None:
    reservation = {"start": clock(start), "end": clock("08:00"), "expired": True}
    answer = ask(terms, start=clock("08:00"), end=clock("08:00"), reservation=reservation)
    assert (answer["total_excl_vat"], answer["total_incl_vat"], answer["flat"]) == (net, gross, "0.00")


def test_ordinary_prices_never_count_for_reserved_time_nor_the_other_way_round() -> None:
    terms = tariff(element(component("TIME", "60"), reservation="RESERVATION"), element(component("ENERGY", "0.5")))
    assert ask(terms, period("08:00", "09:00", "2"))["total_excl_vat"] == "1.00"
    plain = tariff(element(component("FLAT", "5"), component("TIME", "60"), component("ENERGY", "0.5"), user_groups=["none"]))
    reservation = {"start": clock("07:00"), "end": clock("08:00")}
    assert ask(plain, period("08:00", "09:00", "2"), reservation=reservation)["total_excl_vat"] == "0.00"


# idle grace


def test_grace_starts_again_with_each_idle_phase() -> None:
    # idle 20 + 25 min, 15 free each time: 5 + 10 = 15 min at 6.00 = 1.50
    terms = tariff(element(component("PARKING_TIME", "6")), ext={"idle_grace": {"seconds": 900}})
    periods = [period("08:00", "08:10", "1"), parked("08:10", "08:30"), period("08:30", "08:40", "1"), parked("08:40", "09:05")]
    assert ask(terms, *periods)["parking_time"] == "1.50"


def test_an_idle_phase_reported_in_parts_is_one_phase() -> None:
    # 10 + 10 min, one grace of 15: 5 min at 6.00 = 0.50
    terms = tariff(element(component("PARKING_TIME", "6")), ext={"idle_grace": {"seconds": 900}})
    assert ask(terms, parked("08:00", "08:10"), parked("08:10", "08:20"))["parking_time"] == "0.50"


def test_grace_runs_while_parking_has_no_price() -> None:
    # idle 07:50-08:30, priced from 08:00, grace until 08:05: 25 min at 6.00 = 2.50
    terms = tariff(element(component("PARKING_TIME", "6"), start_time="08:00"), ext={"idle_grace": {"seconds": 900}})
    assert ask(terms, parked("07:50", "08:30"))["parking_time"] == "2.50"


def test_threshold_over_the_session_bills_all_idle_time_once_exceeded() -> None:
    # 10 + 10 min idle, 15 allowed: all 20 min at 6.00 = 2.00; with 20 allowed nothing
    periods = [parked("08:00", "08:10"), period("08:10", "08:30", "1"), parked("08:30", "08:40")]
    for seconds, fee in ((900, "2.00"), (1200, "0.00")):
        grace = {"seconds": seconds, "scope": "session", "mode": "threshold"}
        assert ask(tariff(element(component("PARKING_TIME", "6")), ext={"idle_grace": grace}), *periods)["parking_time"] == fee


# allowance, caps, free below


def test_allowances_of_tariff_and_plan_add_up_and_are_used_in_time_order() -> None:
    # 10 kWh, 5 per hour: 2 + 1 kWh free come off the first price: 2 × 0.20 + 5 × 0.40 = 2.40
    terms = tariff(
        element(component("ENERGY", "0.20"), end_time="09:00"), element(component("ENERGY", "0.40")), ext={"free_energy_kwh": "2"}
    )
    assert ask(terms, period("08:00", "10:00", "10"), allowance_kwh="1")["energy"] == "2.40"


def test_free_energy_still_counts_towards_thresholds() -> None:
    # 6 kWh, the first 4 free; from 5 kWh on 1.00: 1 × 0.10 + 1 × 1.00 = 1.10
    terms = tariff(element(component("ENERGY", "0.10"), max_kwh="5"), element(component("ENERGY", "1")), ext={"free_energy_kwh": "4"})
    assert ask(terms, period("08:00", "09:00", "6"))["energy"] == "1.10"


def test_a_cap_keeps_the_earliest_cost_and_its_tax() -> None:
    # 1 h at 8.00 (19 %), then 1 h at 6.00 (7 %), capped at 10: 8.00 + 2.00; VAT 1.52 + 0.14
    terms = tariff(
        element(component("PARKING_TIME", "8", 1, "19"), end_time="09:00"),
        element(component("PARKING_TIME", "6", 1, "7")),
        ext={"caps": {"PARKING_TIME": 10}},
    )
    answer = ask(terms, parked("08:00", "10:00"))
    assert (answer["parking_time"], answer["total_incl_vat"], answer["billed"]["parking_s"]) == ("10.00", "11.66", "7200.000")


def test_a_session_under_both_bounds_is_void_at_either_bound_it_is_not() -> None:
    terms = tariff(
        element(component("FLAT", "1"), component("ENERGY", "0.5")),
        min_price={"excl_vat": 3},
        ext={"free_below": {"energy_kwh": "0.1", "seconds": 120}},
    )
    assert ask(terms, period("08:00", "08:01", "0.0999"))["total_excl_vat"] == "0.00"
    assert ask(terms, period("08:00", "08:01", "0.1"))["total_excl_vat"] == "3.00"
    assert ask(terms, period("08:00", "08:02", "0"))["total_excl_vat"] == "3.00"


def test_neither_time_nor_energy_costs_nothing_whatever_the_minimum() -> None:
    terms = tariff(element(component("FLAT", "0.5"), component("ENERGY", "0.4")), min_price={"excl_vat": 2})
    answer = ask(terms, period("08:00", "08:00"))
    assert (answer["total_excl_vat"], answer["flat"], "adjustment" in answer, "unpriced" in answer) == ("0.00", "0.00", False, False)


def test_connected_with_nothing_reported_pays_the_start_fee() -> None:
    answer = ask(tariff(element(component("FLAT", "0.5"))), start=clock("08:00"), end=clock("08:20"))
    assert (answer["flat"], answer["flags"]) == ("0.50", ["PERIOD_GAP"])


# power and current


def test_power_minimum_meets_the_highest_reading_and_current_must_be_known() -> None:
    fast = tariff(element(component("ENERGY", "0.8"), min_power="50"), element(component("ENERGY", "0.4")))
    assert ask(fast, period("08:00", "09:00", "10", min_power_kw="2", max_power_kw="50"))["energy"] == "8.00"
    assert ask(fast, period("08:00", "09:00", "10", min_power_kw="2", max_power_kw="49.9"))["energy"] == "4.00"
    slow = tariff(element(component("ENERGY", "0.1"), max_current="32"), element(component("ENERGY", "0.4")))
    assert ask(slow, period("08:00", "09:00", "10"))["energy"] == "4.00"
    assert ask(slow, period("08:00", "09:00", "10", min_current_a="16"))["energy"] == "1.00"


def test_idle_time_has_no_power_to_be_tested() -> None:
    terms = tariff(element(component("PARKING_TIME", "6"), max_power="16"))
    assert ask(terms, parked("08:00", "09:00"))["unpriced"] == ["PARKING_TIME"]


# order of periods


@pytest.mark.parametrize(
    ("periods", "seconds", "kwh", "flags"),
    [
        ([period("08:00", "08:20", "1"), period("08:30", "08:40", "1")], 1800, 2, ["PERIOD_GAP"]),
        ([period("08:00", "08:30", "1"), period("08:30", "08:10", "1"), period("08:30", "08:40", "1")], 2400, 3, ["PERIOD_BACKWARDS"]),
        ([period("08:20", "08:40", "1"), period("08:00", "08:20", "1"), period("08:40", "08:40")], 2400, 2, ["PERIOD_OUT_OF_ORDER"]),
        ([period("08:00", "08:30", "1"), period("08:10", "08:20", "1"), period("08:30", "08:40", "1")], 2400, 3, ["PERIOD_OVERLAP"]),
        ([period("08:00", "08:20", "5"), period("08:20", "08:40", "-1")], 2400, 4, ["METER_ROLLBACK"]),
        ([period("08:00", "08:20", "-1"), period("08:20", "08:40", "3")], 2400, 2, ["METER_ROLLBACK"]),
    ],
)
def test_disorder_is_put_right_and_said(periods: list[dict[str, Any]], seconds: int, kwh: int, flags: list[str]) -> None:
    terms = tariff(element(component("ENERGY", "1"), component("TIME", "1")))
    answer = ask(terms, *periods, start=clock("08:00"), end=clock("08:40"))
    assert (answer["billed"]["time_s"], answer["billed"]["energy_kwh"]) == (f"{seconds}.000", f"{kwh}.000000")
    assert answer["flags"] == flags


# choosing


def test_each_dimension_looks_for_its_own_first_element() -> None:
    terms = tariff(element(component("ENERGY", "0.2"), max_kwh="100"), element(component("TIME", "3"), component("ENERGY", "9")))
    answer = ask(terms, period("08:00", "09:00", "10"))
    assert (answer["energy"], answer["charging_time"]) == ("2.00", "3.00")


def test_dates_count_from_the_first_and_until_not_including_the_last() -> None:
    # midnight in UTC cuts the hour: 5 kWh on the 11th at 1.00, 5 on the 12th at 0.10
    terms = tariff(element(component("ENERGY", "1"), start_date="2025-06-11", end_date="2025-06-12"), element(component("ENERGY", "0.1")))
    assert ask(terms, period("23:30", "1 00:30", "10"))["energy"] == "5.50"


def test_a_flat_fee_falls_due_where_it_first_matches() -> None:
    terms = tariff(element(component("FLAT", "2"), min_kwh="5"), element(component("ENERGY", "0.1")))
    assert ask(terms, period("08:00", "09:00", "5"))["flat"] == "0.00"
    assert ask(terms, period("08:00", "09:00", "5"), parked("09:00", "09:10"))["flat"] == "2.00"


def test_an_absent_rate_is_not_the_rate_zero() -> None:
    terms = tariff(element(component("ENERGY", "0.1", 1, "0"), max_kwh="5"), element(component("ENERGY", "0.1")))
    case = {"tariff": terms, "session": session(period("08:00", "09:00", "10"))}
    lines = price_case(case, full=True)["lines"]
    assert [(line["vat_pct"], line["amount"]) for line in lines] == [("0", "0.50"), (None, "0.50")]


def test_both_bounds_of_a_minimum_hold_even_where_a_maximum_bites() -> None:
    terms = tariff(element(component("ENERGY", "1", 1, "5")), min_price={"excl_vat": 4, "incl_vat": 5}, max_price={"excl_vat": 4})
    answer = ask(terms, period("08:00", "09:00", "10"))
    assert (answer["total_excl_vat"], answer["total_incl_vat"]) == ("4.00", "5.00")


@pytest.mark.parametrize(
    ("currency", "limits", "total"),
    [
        # 10 kWh × 1 = 10, at most 4.5 yen: 4 are no more than that, 5 would be
        ("JPY", {"max_price": {"excl_vat": "4.5"}}, "4"),
        # at least 10.5 yen: 11
        ("JPY", {"min_price": {"excl_vat": "10.5"}}, "11"),
        ("EUR", {"max_price": {"excl_vat": "8.409"}}, "8.40"),
        ("KWD", {"min_price": {"excl_vat": "10.0001"}}, "10.001"),
    ],
)
def test_a_bound_finer_than_the_currency_keeps_its_promise(currency: str, limits: dict[str, Any], total: str) -> None:
    terms = {**tariff(element(component("ENERGY", "1", 1, "0")), **limits), "currency": currency}
    answer = ask(terms, period("08:00", "09:00", "10"))
    assert (answer["total_excl_vat"], answer["total_incl_vat"]) == (total, total)
