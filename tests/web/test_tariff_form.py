"""Any tariff the engine can price goes into the editor's form and comes back as it was."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.kernel.errors import Invalid
from app.money.terms import Element, Tariff
from app.money.terms_json import parse_tariff
from app.web.shared_forms.tariff import TariffForm
from app.web.shared_forms.tariff_typed import act

VECTORS = Path(__file__).parent.parent / "vectors" / "tariffs.json"
MORE = {
    "currency": "EUR",
    "tax_included": "YES",
    "min_price": {"excl_vat": "1.68", "incl_vat": "2.00"},
    "max_price": {"excl_vat": "25", "incl_vat": "30"},
    "elements": [
        {
            "price_components": [
                {"type": "ENERGY", "price": "0.49", "step_size": 1, "vat": "19"},
                {"type": "FLAT", "price": "0.5", "step_size": 1},
            ],
            "restrictions": {"holidays": "never", "min_current": "16", "user_groups": ["fleet", "staff"], "end_date": "2027-01-01"},
        },
        {"price_components": [{"type": "PARKING_TIME", "price": "1.20", "step_size": 900, "vat": "7"}]},
    ],
    "ext": {
        "idle_grace": {"seconds": 90, "scope": "session", "mode": "threshold"},
        "limits": {"energy_kwh": "60", "minutes": 240, "cost": "50"},
        "caps": {"PARKING_TIME": "12", "ENERGY": "40"},
        "hold": "45",
        "free_energy_kwh": "2.5",
    },
}
DYNAMIC = {
    "currency": "EUR",
    "tax_included": "YES",
    "elements": [{"price_components": [{"type": "FLAT", "price": "1", "step_size": 1, "vat": "19"}]}],
    "ext": {"dynamic": {"market": "DE-LU", "fallback": "0.49", "markup": "0.1", "ceiling": "0.79", "vat": "19"}},
}


def pairs(fields: Iterable[Any]) -> list[tuple[str, str]]:
    """What a browser would send of a form."""
    found: list[tuple[str, str]] = []
    for field in fields:
        if field.type == "FieldList":
            for entry in field.entries:
                found += pairs(entry.form._fields.values())
        elif field.type in {"SelectMultipleField", "PeopleField"}:
            found += [(field.name, value) for value in field.data or []]
        elif field.type == "BooleanField":
            found += [(field.name, "y")] if field.data else []
        elif field.type in {"HiddenField", "StringField", "SelectField"}:
            found.append((field.name, str(field.data or "")))
        elif hasattr(field, "_value"):
            found.append((field.name, field._value()))
    return found


@pytest.fixture
def app() -> Flask:
    made = Flask("forms")
    made.secret_key = "forms"
    return made


def apart(tariff: Tariff) -> Tariff:
    """The same tariff with an element for each price, as the form makes it."""
    elements = tuple(Element((part,), each.restrictions) for each in tariff.elements for part in each.components)
    return replace(tariff, id="", elements=elements)


def test_every_tariff_of_the_vectors_survives_the_form(app: Flask) -> None:
    cases = json.loads(VECTORS.read_text(encoding="utf-8"), parse_float=Decimal)["vectors"]
    seen = 0
    with app.test_request_context("/", method="POST"):
        for case in [*(each["tariff"] for each in cases), MORE, DYNAMIC]:
            try:
                tariff = parse_tariff(case)
            except Invalid:
                continue
            shown = TariffForm.of("any", tariff)
            back = TariffForm.typed(pairs(shown._fields.values()), tariff.currency, shown=False)
            assert back.validate(), back.errors
            assert back.tariff() == apart(tariff)
            seen += 1
    assert seen > 55


def test_a_lowest_price_is_derived_without_vat(app: Flask) -> None:
    typed = [("lines-0-kind", "ENERGY"), ("lines-0-price", "0.49"), ("vat_pct", "19"), ("tax_included", "YES"), ("min_price", "2")]
    with app.test_request_context("/", method="POST"):
        tariff = TariffForm.typed(typed, "EUR", shown=False).tariff()
    assert tariff.min_price is not None
    assert (tariff.min_price.excl_vat, tariff.min_price.incl_vat) == (Decimal("1.68"), Decimal(2))  # 2.00 ÷ 1.19 = 1.6807


@pytest.mark.parametrize(
    ("wanted", "kinds"),
    [
        ("up-1", ["FLAT", "ENERGY", "TIME"]),
        ("down-1", ["ENERGY", "TIME", "FLAT"]),
        ("up-0", ["ENERGY", "FLAT", "TIME"]),
        ("down-2", ["ENERGY", "FLAT", "TIME"]),
        ("twice-1", ["ENERGY", "FLAT", "FLAT", "TIME"]),
        ("remove-0", ["FLAT", "TIME"]),
        ("add-PARKING_TIME", ["ENERGY", "FLAT", "TIME", "PARKING_TIME"]),
        ("add-GOLD", ["ENERGY", "FLAT", "TIME"]),
        ("remove-9", ["ENERGY", "FLAT", "TIME"]),
    ],
)
def test_buttons_move_lines_as_they_are_typed(wanted: str, kinds: list[str]) -> None:
    typed = [
        (f"lines-{n}-{name}", value)
        for n, kind in enumerate(("ENERGY", "FLAT", "TIME"))
        for name, value in (("kind", kind), ("price", f"{n}x"))
    ]
    after = act([("vat_pct", "19"), *typed], wanted)
    assert [value for name, value in after if name.endswith("-kind")] == kinds
    assert ("vat_pct", "19") in after
    prices = {kind: f"{n}x" for n, kind in enumerate(("ENERGY", "FLAT", "TIME"))} | {"PARKING_TIME": ""}
    assert [value for name, value in after if name.endswith("-price")] == [prices[kind] for kind in kinds]


def test_a_fallback_repeats_the_last_energy_price_without_conditions() -> None:
    typed = [("lines-0-kind", "ENERGY"), ("lines-0-price", "0,49"), ("lines-0-start_time", "08:00")]
    after = dict(act(typed, "fallback"))
    assert (after["lines-1-kind"], after["lines-1-price"], "lines-1-start_time" in after) == ("ENERGY", "0,49", False)
