"""The worked cases of the settlement, computed by hand, answer by answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.money.canonical import canonical_json
from app.money.settle_json import settle_line
from tests.money.settlement_cases import VECTORS, agree


def test_all_worked_cases_are_here() -> None:
    assert len({case["id"] for case in VECTORS}) == 54


@pytest.mark.parametrize("case", VECTORS, ids=lambda case: case["id"])
def test_worked_case(case: dict[str, Any]) -> None:
    answer = json.loads(settle_line(json.dumps(case["input"])))
    assert agree(case["expected"], answer) == []


@pytest.mark.parametrize("case", VECTORS, ids=lambda case: case["id"])
def test_the_same_input_gives_the_same_bytes(case: dict[str, Any]) -> None:
    line = settle_line(json.dumps(case["input"]))
    assert line == settle_line(json.dumps(case["input"], indent=1))
    assert line.encode() == canonical_json(json.loads(line))
