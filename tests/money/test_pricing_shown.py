"""Around the engine: simple tariffs, the prices shown before a start, readings turned into periods, running and planned sessions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest

from app.kernel.errors import Invalid
from app.money.amount import Money
from app.money.board import describe_components
from app.money.pricing import price
from app.money.rate import Per, Rate
from app.money.readings import Asking, Reading, periods_from, planned
from app.money.simple import SimpleTerms, simple_tariff, simple_terms
from app.money.stop import Limits, Stop, stop_at
from app.money.terms_json import parse_tariff, tariff_from_json, tariff_to_json
from app.money.usage import METER_ROLLBACK, Period, Session

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
ZONE = "Europe/Berlin"
CAFE = simple_tariff(
    "EUR", Decimal("0.49"), Decimal("1.00"), Decimal("0.10"), 900, Decimal("12.00"), tax_included=True, vat_pct=Decimal(19)
)


def after(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def test_a_simple_tariff_prices_a_session() -> None:
    # 20 kWh × 0.49 = 9.80; start 1.00; idle 45 - 15 = 30 min × 0.10 = 3.00; together 13.80 gross
    # net 13.80 / 1.19 = 11.5966 -> 11.60, VAT 2.20
    priced = price(CAFE, planned(START, ZONE, Decimal(20), timedelta(hours=1), timedelta(minutes=45)))
    assert [(line.dimension, line.amount) for line in priced.lines] == [("FLAT", 100), ("ENERGY", 980), ("PARKING_TIME", 300)]
    assert (priced.net, priced.vat, priced.gross) == (Money(1160, "EUR"), Money(220, "EUR"), Money(1380, "EUR"))
    assert [line.clause for line in priced.lines] == [f"elements[0].price_components[{n}]" for n in range(3)]
    assert [(line.unit, line.shown_quantity()) for line in priced.lines] == [
        ("C62", Decimal("1.00")),
        ("KWH", Decimal("20.00")),
        ("HUR", Decimal("0.50")),
    ]


def test_the_idle_fee_stops_at_its_cap() -> None:
    # 5 h - 15 min = 285 min × 0.10 = 28.50, capped at 12.00; 0.49 + 1.00 more
    priced = price(CAFE, planned(START, ZONE, Decimal(1), timedelta(hours=1), timedelta(hours=5)))
    assert priced.gross == Money(49 + 100 + 1200, "EUR")
    assert priced.lines[-1].capped
    assert priced.lines[-1].exact == 12


def test_a_failed_start_costs_nothing() -> None:
    short = price(CAFE, planned(START, ZONE, Decimal("0.05"), timedelta(seconds=119)))
    assert (short.gross.minor, short.void, short.lines) == (0, True, ())
    assert price(CAFE, planned(START, ZONE, Decimal("0.05"), timedelta(seconds=120))).gross == Money(102, "EUR")  # 1.00 + 0.0245


def test_simple_terms_survive_form_and_store() -> None:
    terms = simple_terms(tariff_from_json(tariff_to_json(CAFE)))
    assert terms is not None
    assert (terms.energy, terms.start_fee, terms.idle_per_min) == (Decimal("0.49"), Decimal("1.00"), Decimal("0.10"))
    assert (terms.idle_grace_s, terms.idle_cap, terms.tax_included, terms.vat_pct) == (900, Decimal("12.00"), True, Decimal(19))
    assert terms.to_tariff() == CAFE


def test_a_tariff_the_form_cannot_say_is_not_shown_in_it() -> None:
    value = tariff_to_json(CAFE)
    assert simple_terms(parse_tariff({**value, "min_price": {"excl_vat": "1"}})) is None
    night = {"price_components": [{"type": "ENERGY", "price": "0.2", "step_size": 1}], "restrictions": {"start_time": "22:00"}}
    assert simple_terms(parse_tariff({**value, "elements": [night, *value["elements"]]})) is None


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        ({"energy": Decimal("-0.01")}, "energy", "negative_number"),
        ({"energy": None}, "energy", "missing"),
        ({"idle_cap": Decimal(1)}, "idle_cap", "cap_without_price"),
        ({"vat_pct": Decimal(101)}, "vat_pct", "bad_vat_rate"),
        ({"currency": "XXX"}, "currency", "unknown_currency"),
    ],
)
def test_simple_terms_refuse_at_the_forms_field(wrong: dict[str, object], field: str, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        SimpleTerms(**{"currency": "EUR", "energy": Decimal("0.4"), **wrong}).to_tariff()  # type: ignore[arg-type]
    assert (refusal.value.field, refusal.value.code) == (field, code)


NIGHT = parse_tariff(
    {
        "id": "t",
        "currency": "EUR",
        "elements": [
            {
                "price_components": [{"type": "ENERGY", "price": "0.30", "step_size": 1, "vat": 19}],
                "restrictions": {"start_time": "22:00", "end_time": "06:00"},
            },
            {"price_components": [{"type": "TIME", "price": "6", "step_size": 1, "vat": 19}], "restrictions": {"min_duration": 14400}},
            {
                "price_components": [{"type": "ENERGY", "price": "0.10", "step_size": 1, "vat": 19}],
                "restrictions": {"user_groups": ["staff"]},
            },
            {
                "price_components": [
                    {"type": "FLAT", "price": "1", "step_size": 1},
                    {"type": "PARKING_TIME", "price": "2.50", "step_size": 1, "vat": 19},
                    {"type": "ENERGY", "price": "0.40", "step_size": 1, "vat": 19},
                ]
            },
        ],
        "ext": {"idle_grace": {"seconds": 600}, "caps": {"PARKING_TIME": 20}},
    }
)


def test_board_shows_prices_in_the_order_of_the_law() -> None:
    board = describe_components(NIGHT, START, ZONE)  # 10:00 in Berlin
    assert [(each.dimension, each.gross.amount, each.gross.per) for each in board.prices if each.in_force] == [
        ("ENERGY", Decimal("0.476"), Per.KWH),
        ("PARKING_TIME", Decimal("0.04958"), Per.MINUTE),  # 2.50 × 1.19 / 60 = 0.049583
        ("FLAT", Decimal(1), Per.SESSION),
    ]
    idle = board.in_force("PARKING_TIME")
    assert idle is not None
    assert idle.grace is not None
    assert (idle.grace.seconds, idle.cap) == (600, Money(2000, "EUR"))
    assert [(each.dimension, each.when.min_duration, each.when.start_minute) for each in board.later] == [
        ("ENERGY", None, 22 * 60),
        ("TIME", 14400, None),
    ]
    assert board.changes_at == datetime(2026, 11, 21, 21, 0, tzinfo=UTC)  # 22:00 in Berlin


def test_board_follows_the_clock_and_the_driver() -> None:
    night = describe_components(NIGHT, START + timedelta(hours=14), ZONE).in_force("ENERGY")
    staff = describe_components(NIGHT, START, ZONE, ["staff"]).in_force("ENERGY")
    assert night is not None
    assert staff is not None
    assert (night.net, staff.net) == (Rate(Decimal("0.30"), "EUR", Per.KWH), Rate(Decimal("0.10"), "EUR", Per.KWH))
    assert describe_components(CAFE, START, ZONE).changes_at is None


def test_board_takes_tax_out_of_gross_prices() -> None:
    energy = describe_components(CAFE, START, ZONE).in_force("ENERGY")
    assert energy is not None
    assert (energy.gross.amount, energy.net.amount) == (Decimal("0.49"), Decimal("0.41176"))  # 0.49 / 1.19 = 0.411765


def test_a_running_session_is_priced_up_to_now() -> None:
    totals = [
        price(CAFE, Session.of(START, after(m), ZONE, [Period.of(START, after(m), Decimal(m) / 5)])).gross.minor for m in (0, 3, 10, 30)
    ]
    assert totals == [0, 129, 198, 394]  # 0.6, 2, 6 kWh × 0.49 + 1.00; at its very start nothing has happened


def test_energy_between_readings_belongs_to_the_time_the_car_asked() -> None:
    readings = [Reading(START, 1000), Reading(after(20), 6000), Reading(after(60), 7000)]
    states = [Asking(START, charging=True), Asking(after(30), charging=False)]
    periods = periods_from(START, after(60), readings, states)
    assert [((each.end - each.start) // 60_000_000, each.energy // 10**6, each.charging) for each in periods] == [
        (20, 5000, True),
        (10, 1000, True),
        (30, 0, False),
    ]


def test_no_energy_is_lost_between_readings() -> None:
    states = [Asking(after(m), charging=m % 2 == 0) for m in range(1, 50, 7)]
    readings = [Reading(after(Fraction(m, 3).__float__()), 100 + 7 * m) for m in range(0, 120, 11)]
    periods = periods_from(START, after(60), readings, states)
    assert sum(each.energy for each in periods) == 7 * 110 * 10**6
    assert all(one.end == two.start for one, two in pairwise(periods))


def test_without_a_state_nobody_idles_and_without_readings_no_energy_flows() -> None:
    assert [(each.charging, each.energy) for each in periods_from(START, after(5), [])] == [(True, 0)]


def test_energy_flowing_while_the_car_never_asked_is_still_billed() -> None:
    periods = periods_from(START, after(10), [Reading(START, 0), Reading(after(10), 500)], [Asking(START, charging=False)])
    assert [(each.charging, each.energy) for each in periods] == [(False, 500 * 10**6)]


def test_a_register_that_steps_back_is_flagged_not_billed_twice() -> None:
    readings = [Reading(START, 0), Reading(after(20), 5000), Reading(after(40), 4000), Reading(after(60), 7000)]
    session = Session.of(START, after(60), ZONE, periods_from(START, after(60), readings))
    assert (session.energy, session.flags) == (7 * 10**9, (METER_ROLLBACK,))


def test_rates_read_and_convert() -> None:
    assert Rate.parse(" 0.49 ", "EUR", Per.KWH) == Rate(Decimal("0.49"), "EUR", Per.KWH)
    assert Rate(Decimal("2.50"), "EUR", Per.HOUR).per_minute().amount == Decimal("0.04167")
    assert Rate(Decimal("0.10"), "EUR", Per.MINUTE).per_hour().amount == Decimal(6)
    for text, code in (("-1", "negative_number"), ("x", "not_a_number"), ("NaN", "not_a_number"), ("1.0000000001", "too_many_decimals")):
        with pytest.raises(Invalid) as refusal:
            Rate.parse(text, "EUR", Per.KWH, "energy")
        assert (refusal.value.code, refusal.value.field) == (code, "energy")


def running(minutes: int, kwh: str) -> Session:
    return Session.of(START, after(minutes), ZONE, [Period.of(START, after(minutes), Decimal(kwh))])


@pytest.mark.parametrize(
    ("limits", "seconds", "reason"),
    [
        (Limits(energy_kwh=Decimal(10)), 1800, "energy"),  # 5 kWh more at 10 kW
        (Limits(minutes=45), 900, "minutes"),
        # 10.214 kWh × 0.49 = 5.00486 -> 5.00, reached after 1877 s at 10 kW; a second more makes 10.217 kWh and 5.00633 -> 5.01
        (Limits(gross=Money(600, "EUR")), 1877, "cost"),
        (Limits(energy_kwh=Decimal(10), minutes=45, gross=Money(600, "EUR")), 900, "minutes"),
        (Limits(energy_kwh=Decimal(4)), 0, "energy"),
        (Limits(gross=Money(100, "EUR")), 0, "cost"),
    ],
)
def test_a_running_session_stops_at_its_first_limit(limits: Limits, seconds: int, reason: str) -> None:
    assert stop_at(CAFE, running(30, "5"), limits, Decimal(10)) == Stop(timedelta(seconds=seconds), reason)


def test_nothing_stops_what_has_no_limit_or_never_reaches_it() -> None:
    assert stop_at(CAFE, running(30, "5"), Limits(), Decimal(10)) is None
    assert stop_at(CAFE, running(30, "5"), Limits(energy_kwh=Decimal(10)), Decimal(0)) is None
    assert stop_at(CAFE, running(30, "5"), Limits(gross=Money(10**9, "EUR")), Decimal(10)) is None


def test_another_currency_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="JPY is not"):
        stop_at(CAFE, running(30, "5"), Limits(gross=Money(600, "JPY")), Decimal(10))
