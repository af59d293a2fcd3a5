"""What holds for every tariff and session: sums, limits, cuts that change nothing, order that does not matter, nothing negative."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from app.money.amount import decimals
from app.money.price_json import price_case
from app.money.priced import PricedSession
from app.money.pricing import price
from app.money.terms_json import parse_tariff
from app.money.usage import METER_ROLLBACK, PERIOD_BACKWARDS, PERIOD_ORDER, PERIOD_OUTSIDE, PERIOD_OVERLAP, parse_session
from tests.money.pricing_cases import cases

CALM = settings(deadline=None, max_examples=100, suppress_health_check=list(HealthCheck), database=None)
Case = tuple[dict[str, Any], dict[str, Any]]


def priced(case: Case) -> PricedSession:
    return price(parse_tariff(case[0]), parse_session(case[1]))


def lines_and_adjustment_make_the_total(found: PricedSession) -> None:
    lines = sum(line.amount for line in found.lines)
    moved_net, moved_gross = (found.adjustment.net, found.adjustment.gross) if found.adjustment else (0, 0)
    if found.tariff.gross_prices:
        assert found.gross_minor == lines + moved_gross
    else:
        assert found.net_minor == lines + moved_net
    assert sum(each.vat for each in found.groups) == found.gross_minor - found.net_minor
    assert sum(each.net for each in found.groups) == found.net_minor
    assert all(each.net + each.vat == each.gross for each in found.groups)


def every_line_is_its_price_times_its_quantity_rounded_once(found: PricedSession) -> None:
    scale = 10 ** decimals(found.currency)
    keys = [(line.dimension, line.unit_price, line.vat_pct) for line in found.lines]
    assert len(keys) == len(set(keys))
    for line in found.lines:
        assert line.capped or line.exact == line.quantity * Fraction(line.unit_price)
        assert abs(line.amount - line.exact * scale) <= Fraction(1, 2)
        for element, component in line.clauses:
            clause = found.tariff.elements[element].components[component]
            assert (clause.price, clause.vat_pct) == (line.unit_price, line.vat_pct)


def totals_stay_within_their_limits_and_nothing_is_negative(found: PricedSession) -> None:
    scale = 10 ** decimals(found.currency)
    low, high = found.tariff.min_price, found.tariff.max_price
    if low and not found.void:
        assert found.net_minor >= low.excl_vat * scale
        assert low.incl_vat is None or found.gross_minor >= low.incl_vat * scale
    if high:
        assert found.net_minor <= high.excl_vat * scale
        assert high.incl_vat is None or found.gross_minor <= high.incl_vat * scale
    assert 0 <= found.net_minor <= found.gross_minor
    assert all(line.amount >= 0 and line.quantity >= 0 for line in found.lines)
    assert all(each.net >= 0 and each.vat >= 0 for each in found.groups)


def the_trace_covers_all_time_and_energy_once(found: PricedSession) -> None:
    pieces = [each for each in found.segments if not each.reserved]
    if found.void:
        assert pieces == []
        return
    assert sum((each.energy_kwh for each in pieces), Fraction(0)) == Fraction(found.session.energy, 10**9)
    assert sum((each.seconds for each in pieces), Fraction(0)) * 10**6 == found.session.charging_time + found.session.parking_time
    assert all(one.start + one.seconds * 10**6 <= two.start for one, two in pairwise(pieces))


@settings(CALM, max_examples=250)
@given(cases())
def test_every_result_is_sound(case: Case) -> None:
    found = priced(case)
    lines_and_adjustment_make_the_total(found)
    every_line_is_its_price_times_its_quantity_rounded_once(found)
    totals_stay_within_their_limits_and_nothing_is_negative(found)
    the_trace_covers_all_time_and_energy_once(found)


@CALM
@given(cases(), st.integers(0, 4), st.integers(0, 20))
def test_a_cut_anywhere_changes_nothing(case: Case, place: int, twentieths: int) -> None:
    tariff, session = case
    # a period that repays a register's step back is repaid as a whole, so there a cut is a statement
    disorder = {METER_ROLLBACK, PERIOD_BACKWARDS, PERIOD_ORDER, PERIOD_OUTSIDE, PERIOD_OVERLAP}
    assume(place < len(session["periods"]) and not disorder & set(parse_session(session).flags))
    period = session["periods"][place]
    start, end = datetime.fromisoformat(period["start"]), datetime.fromisoformat(period["end"])
    middle = (start + (end - start) * twentieths / 20).isoformat().replace("+00:00", "Z")
    assume(end == start or start < datetime.fromisoformat(middle) < end)
    energy = period["energy_kwh"] * twentieths / 20
    halves = [
        {**period, "end": middle, "energy_kwh": energy},
        {**period, "start": middle, "energy_kwh": period["energy_kwh"] - energy},
    ]
    cut = {**session, "periods": [*session["periods"][:place], *halves, *session["periods"][place + 1 :]]}
    assert price_case({"tariff": tariff, "session": cut}) == price_case({"tariff": tariff, "session": session})


@CALM
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_dimensions_in_an_element_does_not_matter(case: Case, random: Any) -> None:
    tariff, session = case
    # a minimum where nothing was consumed takes the VAT rate of the first component, so there order is a statement
    tariff = {name: value for name, value in tariff.items() if name != "min_price"}
    elements = []
    for element in tariff["elements"]:
        names = sorted({each["type"] for each in element["price_components"]})
        random.shuffle(names)
        mixed = sorted(element["price_components"], key=lambda each: names.index(each["type"]))
        elements.append({**element, "price_components": mixed})
    assert price_case({"tariff": {**tariff, "elements": elements}, "session": session}) == price_case(
        {"tariff": tariff, "session": session}
    )
