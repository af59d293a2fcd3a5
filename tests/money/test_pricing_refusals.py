"""Every refusal has its word, a stable code and the path of the field; nothing is guessed."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kernel.errors import Invalid
from app.money.price_json import price_case, price_line
from app.money.terms_json import parse_tariff

TARIFF: dict[str, Any] = {
    "id": "t",
    "currency": "EUR",
    "elements": [
        {
            "price_components": [{"type": "ENERGY", "price": Decimal("0.2"), "step_size": 1, "vat": 19}],
            "restrictions": {"start_time": "22:00"},
        },
        {"price_components": [{"type": "FLAT", "price": 1, "step_size": 1}, {"type": "TIME", "price": 6, "step_size": 1}]},
    ],
    "ext": {"idle_grace": {"seconds": 60}, "caps": {"TIME": 5}, "free_below": {"energy_kwh": Decimal("0.1"), "seconds": 1}},
}
SESSION: dict[str, Any] = {
    "start": "2025-06-11T08:00:00Z",
    "end": "2025-06-11T09:00:00Z",
    "time_zone": "Europe/Berlin",
    "periods": [{"start": "2025-06-11T08:00:00Z", "end": "2025-06-11T09:00:00Z", "energy_kwh": 10, "charging": True}],
    "reservation": {"start": "2025-06-11T07:30:00Z", "end": "2025-06-11T08:00:00Z"},
}
GONE = object()


def changed(value: dict[str, Any], path: str, new: object) -> dict[str, Any]:
    """A copy with one member set, or removed."""
    found = copy.deepcopy(value)
    *way, last = [int(step) if step.isdigit() else step for step in path.replace("[", ".").replace("]", "").split(".")]
    inner: Any = found
    for step in way:
        inner = inner.setdefault(step, {}) if isinstance(inner, dict) else inner[step]
    if new is GONE:
        del inner[last]
    else:
        inner[last] = new
    return found


def test_the_base_is_fine() -> None:
    assert "error" not in price_case({"tariff": TARIFF, "session": SESSION})


COMPONENT = "elements[0].price_components[0]"
RULES = "elements[0].restrictions"


@pytest.mark.parametrize(
    ("path", "new", "code"),
    [
        ("currency", "XXX", "unknown_currency"),
        ("currency", "eur", "unknown_currency"),
        ("currency", GONE, "missing"),
        ("currency", 7, "bad_value"),
        ("elements", [], "no_elements"),
        ("elements", GONE, "no_elements"),
        ("elements", {}, "not_a_list"),
        ("elements[0]", 5, "not_an_object"),
        ("elements[1].price_components", [], "no_components"),
        (f"{COMPONENT}.price", Decimal("-0.01"), "negative_number"),
        (f"{COMPONENT}.price", GONE, "missing"),
        (f"{COMPONENT}.price", "cheap", "not_a_number"),
        (f"{COMPONENT}.price", 0.2, "not_a_number"),
        (f"{COMPONENT}.price", True, "not_a_number"),
        (f"{COMPONENT}.price", Decimal("0.1234567891"), "too_many_decimals"),
        (f"{COMPONENT}.price", Decimal("1E+12"), "out_of_range"),
        (f"{COMPONENT}.price", Decimal("1E-9999"), "too_many_decimals"),
        (f"{COMPONENT}.price", Decimal("1." + "0" * 80 + "1"), "too_many_decimals"),
        (f"{COMPONENT}.type", "VOLUME", "unknown_word"),
        (f"{COMPONENT}.step_size", Decimal("0.5"), "not_a_whole_number"),
        (f"{COMPONENT}.step_size", -1, "negative_number"),
        (f"{COMPONENT}.step_size", GONE, "missing"),
        (f"{COMPONENT}.vat", Decimal("100.1"), "bad_vat_rate"),
        (f"{COMPONENT}.vat", -1, "bad_vat_rate"),
        (f"{COMPONENT}.prices", 1, "unknown_field"),
        (f"{RULES}.start_time", "24:00", "bad_time"),
        (f"{RULES}.start_time", "7:00", "bad_time"),
        (f"{RULES}.start_time", 700, "bad_value"),
        (f"{RULES}.start_date", "2025-02-29", "bad_date"),
        (f"{RULES}.end_date", "20250301", "bad_date"),
        (f"{RULES}.max_kwh", -1, "negative_number"),
        (f"{RULES}.max_duration", Decimal("1.5"), "not_a_whole_number"),
        (f"{RULES}.reservation", "MAYBE", "unknown_word"),
        (f"{RULES}.user_groups", [], "empty_list"),
        (f"{RULES}.user_groups", "staff", "not_a_list"),
        (f"{RULES}.max_kw", 11, "unknown_field"),
        ("tax_included", "PERHAPS", "unknown_word"),
        ("min_price", 3, "not_an_object"),
        ("start_date_time", "2025-06-11", "bad_instant"),
        ("start_date_time", "2025-13-11T00:00:00Z", "bad_instant"),
        ("ext.idle_grace.scope", "week", "unknown_word"),
        ("ext.idle_grace.seconds", GONE, "missing"),
        ("ext.caps.VOLUME", 1, "unknown_field"),
        ("ext.caps.TIME", -1, "negative_number"),
        ("ext.rounding", "dimension", "unknown_field"),
        ("surcharge", 1, "unknown_field"),
    ],
)
def test_tariff(path: str, new: object, code: str) -> None:
    answer = price_case({"tariff": changed(TARIFF, path, new), "session": SESSION})
    assert answer == {"error": "TARIFF_INVALID", "reason": code, "at": path}


@pytest.mark.parametrize(
    ("path", "new", "code", "inner"),
    [
        (f"{RULES}.day_of_week", ["MONDAY", "FUNDAY"], "unknown_word", "[1]"),
        ("min_price", {"incl_vat": 1}, "missing", ".excl_vat"),
        ("min_price", {"excl_vat": 3, "incl_vat": 2}, "incl_below_excl", ".incl_vat"),
        ("ext.free_below", {}, "missing", ".energy_kwh"),
    ],
)
def test_the_path_leads_inside(path: str, new: object, code: str, inner: str) -> None:
    answer = price_case({"tariff": changed(TARIFF, path, new), "session": SESSION})
    assert answer == {"error": "TARIFF_INVALID", "reason": code, "at": path + inner}


@pytest.mark.parametrize(
    ("members", "code", "at"),
    [
        ({"min_price": {"excl_vat": 5}, "max_price": {"excl_vat": 4}}, "min_above_max", "min_price.excl_vat"),
        (
            {"min_price": {"excl_vat": 4, "incl_vat": 6}, "max_price": {"excl_vat": 4, "incl_vat": 5}},
            "min_above_max",
            "min_price.incl_vat",
        ),
        # no whole cent lies between 4.201 and 4.209
        ({"min_price": {"excl_vat": "4.201"}, "max_price": {"excl_vat": "4.209"}}, "min_above_max", "min_price.excl_vat"),
        ({"start_date_time": "2025-01-02T00:00:00Z", "end_date_time": "2025-01-02T00:00:00Z"}, "end_before_start", "end_date_time"),
        ({"tax_included": "N/A"}, "tax_not_applicable", "elements[0].price_components[0].vat"),
    ],
)
def test_what_single_fields_cannot_show(members: dict[str, Any], code: str, at: str) -> None:
    answer = price_case({"tariff": {**TARIFF, **members}, "session": SESSION})
    assert answer == {"error": "TARIFF_INVALID", "reason": code, "at": at}


@pytest.mark.parametrize(
    ("path", "new", "word", "code"),
    [
        ("end", "2025-06-11T07:59:59Z", "END_BEFORE_START", "end_before_start"),
        ("end", "2029-06-11T07:59:59Z", "SESSION_INVALID", "too_long"),
        ("start", GONE, "SESSION_INVALID", "missing"),
        ("start", "yesterday", "SESSION_INVALID", "bad_instant"),
        ("start", 1749628800, "SESSION_INVALID", "bad_value"),
        ("time_zone", "Mars/Olympus", "TIME_ZONE_UNKNOWN", "unknown_time_zone"),
        ("time_zone", "../../etc/passwd", "TIME_ZONE_UNKNOWN", "unknown_time_zone"),
        ("time_zone", "", "TIME_ZONE_UNKNOWN", "unknown_time_zone"),
        ("time_zone", GONE, "TIME_ZONE_UNKNOWN", "unknown_time_zone"),
        ("periods", GONE, "SESSION_INVALID", "missing"),
        ("periods[0].energy_kwh", GONE, "SESSION_INVALID", "missing"),
        ("periods[0].energy_kwh", "NaN", "SESSION_INVALID", "not_a_number"),
        ("periods[0].charging", 1, "SESSION_INVALID", "bad_value"),
        ("periods[0].start", "2025-06-11T07:59:59Z", "SESSION_INVALID", "period_outside_session"),
        ("periods[0].phases", 3, "SESSION_INVALID", "unknown_field"),
        ("allowance_kwh", -1, "SESSION_INVALID", "negative_number"),
        ("reservation.end", "2025-06-11T07:00:00Z", "END_BEFORE_START", "end_before_start"),
        ("reservation.end", "2025-06-11T08:00:01Z", "SESSION_INVALID", "reservation_overlaps_session"),
        ("reservation.end", GONE, "SESSION_INVALID", "missing"),
        ("discount", 1, "SESSION_INVALID", "unknown_field"),
    ],
)
def test_session(path: str, new: object, word: str, code: str) -> None:
    answer = price_case({"tariff": TARIFF, "session": changed(SESSION, path, new)})
    assert answer == {"error": word, "reason": code, "at": path}


def test_a_tariff_holds_from_its_start_until_not_including_its_end() -> None:
    begins = {**TARIFF, "start_date_time": "2025-06-11T07:30:00Z"}
    assert "error" not in price_case({"tariff": begins, "session": SESSION})
    late = {**TARIFF, "start_date_time": "2025-06-11T07:30:01Z"}
    assert price_case({"tariff": late, "session": SESSION}) == {
        "error": "TARIFF_NOT_ACTIVE",
        "reason": "tariff_not_active",
        "at": "reservation.start",
    }
    over = {**TARIFF, "end_date_time": "2025-06-11T07:30:00Z"}
    assert price_case({"tariff": over, "session": SESSION})["error"] == "TARIFF_NOT_ACTIVE"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[1]",
        "nul",
        '{"tariff": 1e999999999999999999999}',
        '{"tariff": NaN}',
        '{"tariff": 1, "tariff": 2}',
        "[" * 100_000,
        "1" * 9999,
    ],
)
def test_what_is_no_json_object_is_said_so(text: str) -> None:
    assert json.loads(price_line(text)) == {"error": "bad_json"}


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Berlin"])
def test_an_instant_at_the_end_of_the_calendar_is_answered(at: str, zone: str) -> None:
    answer = price_case({"tariff": TARIFF, "session": changed(SESSION, "periods[0].start", at) | {"time_zone": zone}})
    assert answer.get("error", "SESSION_INVALID") == "SESSION_INVALID"


def test_members_around_a_case_do_not_matter_but_the_case_does() -> None:
    assert price_case({"name": "x", "expected": {}, "tariff": TARIFF, "session": SESSION}) == price_case(
        {"tariff": TARIFF, "session": SESSION}
    )
    assert price_case({"session": SESSION}) == {"error": "TARIFF_INVALID", "reason": "missing", "at": ""}
    assert price_case({"tariff": TARIFF, "session": []}) == {"error": "SESSION_INVALID", "reason": "not_an_object", "at": ""}


def test_a_path_can_start_where_the_tariff_lies() -> None:
    with pytest.raises(Invalid) as refusal:
        parse_tariff(changed(TARIFF, "elements[1].price_components[1].price", -1), path="tariffs[3]")
    assert refusal.value.field == "tariffs[3].elements[1].price_components[1].price"


def test_numbers_may_be_decimal_strings_but_never_lose_a_digit() -> None:
    value = changed(TARIFF, f"{COMPONENT}.price", "0.123456789")
    assert parse_tariff(value).elements[0].components[0].price == Decimal("0.123456789")


JUNK = st.sampled_from(
    [
        None,
        True,
        "",
        "x",
        "\ud800",
        "1e9",
        "²",
        -1,
        0,
        10**30,
        Decimal("1E+40"),
        Decimal("-0"),
        Decimal("1E-40"),
        [],
        {},
        [None],
        [{}],
        {"a": 1},
        0.5,
    ]
)


def places(value: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of every member and item inside."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way for name, each in inner for way in [(*path, name), *places(each, (*path, name))]]


@settings(max_examples=200, deadline=None, database=None)
@given(st.data())
def test_junk_anywhere_gets_an_answer(data: st.DataObject) -> None:
    case = copy.deepcopy({"tariff": TARIFF, "session": SESSION})
    for _ in range(data.draw(st.integers(1, 2))):
        way = data.draw(st.sampled_from(places(case)))
        inner: Any = case
        for step in way[:-1]:
            inner = inner[step]
        inner[way[-1]] = copy.deepcopy(data.draw(JUNK))
    answer = price_case(case)
    assert ("error" in answer) != ("total_incl_vat" in answer)
    assert json.loads(json.dumps(answer)) == answer
