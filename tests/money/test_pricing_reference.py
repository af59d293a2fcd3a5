"""The engine against a second, slow implementation on random tariffs around changes of the clock in six zones."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings

from app.money.priced_json import result_json
from app.money.pricing import compile_tariff, price, price_total
from app.money.terms_json import parse_tariff
from app.money.usage import parse_session
from tests.money.pricing_cases import cases
from tests.money.reference_pricing import reference

CALM = settings(deadline=None, max_examples=300, suppress_health_check=list(HealthCheck), database=None)


@CALM
@given(cases())
def test_equals_the_reference_and_totals_alone_equal_the_full_result(case: tuple[dict[str, Any], dict[str, Any]]) -> None:
    tariff, session = parse_tariff(case[0]), parse_session(case[1])
    full = price(tariff, session)
    assert result_json(full) == reference(*case)
    assert price_total(compile_tariff(tariff), session) == full.totals
