"""Rules are data; what they say about tariffs at kinds of places."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.domain.tariffs.law import Finding, PlaceClass, findings, rules
from app.money.terms import Tariff
from app.money.terms_json import parse_tariff
from app.text.messages import REFUSALS

TODAY = date(2026, 10, 14)
AC = PlaceClass("DE")
DC = PlaceClass("DE", "DC", 150_000)


def tariff(*parts: tuple[str, str], **more: Any) -> Tariff:
    elements = [{"price_components": [{"type": kind, "price": price, "step_size": 1, "vat": "19"}]} for kind, price in parts]
    return parse_tariff({"currency": "EUR", "tax_included": "YES", "elements": elements, **more})


def codes(found: list[Finding]) -> set[tuple[str, str]]:
    return {(each.code, each.severity) for each in found}


def test_every_rule_has_a_sentence() -> None:
    assert {rule.code for rule in rules()} <= set(REFUSALS)


def test_fast_points_have_no_start_fee_no_time_price_and_no_minimum_that_acts_like_one() -> None:
    sheet = tariff(("ENERGY", "0.49"), ("FLAT", "1"), ("TIME", "3"), min_price={"excl_vat": "1.68", "incl_vat": "2"})
    found = findings(sheet, [DC], TODAY)
    assert {("fast_start_fee", "blocks"), ("fast_time_price", "blocks"), ("fast_minimum", "warns")} <= codes(found)
    fee = next(each for each in found if each.code == "fast_start_fee")
    assert (fee.clause, fee.field, fee.fix) == ("AFIR Art. 5(4)", "elements[1].price_components[0].price", "remove-1")
    assert not [each for each in findings(sheet, [AC], TODAY) if each.code.startswith("fast_")]
    assert not [each for each in findings(sheet, [DC], date(2024, 4, 12)) if each.code.startswith("fast_")]
    assert not [each for each in findings(sheet, [PlaceClass("CH", "DC", 150_000)], TODAY) if each.code.startswith("fast_")]
    assert not [each for each in findings(sheet, [PlaceClass("DE", "DC", 150_000, public=False)], TODAY) if each.code.startswith("fast_")]


def test_a_fee_of_zero_and_a_fee_for_a_group_are_no_fee_for_everybody() -> None:
    sheet = parse_tariff(
        {
            "currency": "EUR",
            "tax_included": "YES",
            "elements": [
                {"price_components": [{"type": "ENERGY", "price": "0.49", "step_size": 1}, {"type": "FLAT", "price": "0", "step_size": 1}]},
                {"price_components": [{"type": "FLAT", "price": "1", "step_size": 1}], "restrictions": {"user_groups": ["fleet"]}},
            ],
        }
    )
    assert not [each for each in findings(sheet, [DC], TODAY) if each.blocks]


def test_germany_wants_energy_and_gross_prices_unless_all_is_free() -> None:
    assert ("energy_price_needed", "blocks") in codes(findings(tariff(("TIME", "3")), [AC], TODAY))
    assert ("energy_price_needed", "blocks") not in codes(findings(tariff(("TIME", "3")), [PlaceClass("FR")], TODAY))
    assert not [each for each in findings(tariff(("ENERGY", "0")), [AC], TODAY) if each.blocks]
    assert ("net_prices", "blocks") in codes(findings(tariff(("ENERGY", "0.49"), tax_included="NO"), [AC], TODAY))


def test_time_is_billed_only_by_an_approved_clock() -> None:
    plain = PlaceClass("DE", clock_approved=False)
    sheet = tariff(("ENERGY", "0.49"), ("TIME", "3"), ("PARKING_TIME", "6"))
    assert {("clock_time_price", "blocks"), ("clock_idle_fee", "warns")} <= codes(findings(sheet, [plain], TODAY))
    assert not [each for each in findings(sheet, [AC], TODAY) if each.code.startswith("clock_")]


def test_classes_are_told_together_and_each_thing_once() -> None:
    found = findings(tariff(("ENERGY", "0.49"), ("FLAT", "1")), [AC, DC, PlaceClass("DE", "DC", 300_000)], TODAY)
    fee = [each for each in found if each.code == "fast_start_fee"]
    assert [[place.max_w for place in each.places] for each in fee] == [[150_000, 300_000]]
    assert found[0].blocks


@pytest.mark.parametrize(
    ("when", "code"), [({"start_time": "08:00", "end_time": "18:00"}, "energy_free_hours"), ({"max_kwh": "20"}, "no_fallback")]
)
def test_energy_that_is_free_by_mistake_is_told(when: dict[str, str], code: str) -> None:
    part = {"type": "ENERGY", "price": "0.49", "step_size": 1}
    sheet = parse_tariff({"currency": "EUR", "tax_included": "YES", "elements": [{"price_components": [part], "restrictions": when}]})
    found = next(each for each in findings(sheet, [AC], TODAY) if each.code == code)
    assert (found.severity, found.fix) == ("warns", "fallback")


def test_where_energy_may_not_be_sold_time_and_a_limit_are_wanted() -> None:
    there, barred = [PlaceClass("PT")], {"PT": TODAY}
    both = {("energy_not_sold", "blocks"), ("limit_needed", "blocks")}
    sheet = tariff(("ENERGY", "0.49"))
    assert both <= codes(findings(sheet, there, TODAY, barred))
    for place, on in ((there, TODAY - timedelta(days=1)), ([PlaceClass("ES")], TODAY)):
        assert not both & codes(findings(sheet, place, on, barred))
    lawful = tariff(("TIME", "3"), ext={"limits": {"energy_kwh": "50"}})
    assert not [each for each in findings(lawful, there, TODAY, barred) if each.blocks]


def test_a_rule_nobody_understands_is_refused_at_the_first_look(tmp_path: Path) -> None:
    (tmp_path / "odd.toml").write_text('[[rule]]\ncode = "odd"\ncheck = "moon"\nseverity = "blocks"\n', encoding="utf-8")
    with pytest.raises(ValueError, match="unknown check"):
        rules(tmp_path)
