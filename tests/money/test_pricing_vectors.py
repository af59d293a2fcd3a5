"""The hand-computed cases: equal strings, through the JSON edge, the command and the slow reference alike."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app.cli_price import agrees, bench_price, price
from app.money.price_json import price_case, price_line, read
from app.money.pricing import compile_tariff, price_total
from app.money.pricing import price as price_session
from app.money.terms_json import parse_tariff, tariff_from_json, tariff_to_json
from app.money.usage import parse_session
from tests.money.reference_pricing import reference

FILE = Path(__file__).parent.parent / "vectors" / "tariffs.json"
CASES: list[dict[str, Any]] = read(FILE.read_text(encoding="utf-8"))["vectors"]  # type: ignore[index]
PRICED = [case for case in CASES if "error" not in case["expected"]]


def names(cases: list[dict[str, Any]]) -> list[str]:
    return [case["name"] for case in cases]


def test_all_are_here() -> None:
    assert (len(CASES), len(PRICED)) == (58, 54)


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_vector(case: dict[str, Any]) -> None:
    answer = price_case(case)
    if "error" in case["expected"]:
        assert answer["error"] == case["expected"]["error"]
        assert answer["at"]
    else:
        assert answer == case["expected"]


@pytest.mark.parametrize("case", PRICED, ids=names(PRICED))
def test_reference_agrees_with_the_hand_computed(case: dict[str, Any]) -> None:
    assert reference(case["tariff"], case["session"]) == case["expected"]


@pytest.mark.parametrize("case", PRICED, ids=names(PRICED))
def test_totals_only(case: dict[str, Any]) -> None:
    tariff, session = parse_tariff(case["tariff"]), parse_session(case["session"])
    assert price_total(compile_tariff(tariff), session) == price_session(tariff, session).totals


@pytest.mark.parametrize("case", PRICED, ids=names(PRICED))
def test_terms_survive_a_json_store(case: dict[str, Any]) -> None:
    tariff = parse_tariff(case["tariff"])
    assert tariff_from_json(json.loads(json.dumps(tariff_to_json(tariff)))) == tariff


def test_command_on_the_vectors_file() -> None:
    result = CliRunner().invoke(price, [str(FILE)])
    assert result.exit_code == 0, result.output
    assert "58 of 58 as expected" in result.stderr
    assert len(result.stdout.splitlines()) == 58


def test_command_says_which_case_differs(tmp_path: Path) -> None:
    case = {**CASES[0], "expected": {**CASES[0]["expected"], "total_incl_vat": "8.83"}}
    file = tmp_path / "one.json"
    file.write_text(json.dumps({"vectors": [case]}, default=str))
    result = CliRunner().invoke(price, [str(file)])
    assert (result.exit_code, "differs: energy_with_vat" in result.stderr) == (1, True)


def test_command_answers_line_by_line() -> None:
    lines = [json.dumps({"tariff": case["tariff"], "session": case["session"]}, default=str) for case in CASES[:3]]
    result = CliRunner().invoke(price, ["-"], input="\n".join([lines[0], "", "{broken", lines[1], "[1]", lines[2]]) + "\n")
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [answer.get("error") for answer in answers] == [None, "bad_json", None, "bad_json", None]
    assert answers[2] == CASES[1]["expected"]


def test_command_reads_one_case_spread_over_lines() -> None:
    text = json.dumps({"tariff": CASES[0]["tariff"], "session": CASES[0]["session"]}, default=str, indent=1)
    result = CliRunner().invoke(price, ["-"], input=text)
    assert json.loads(result.stdout) == CASES[0]["expected"]


def test_full_answer_adds_lines_groups_and_trace() -> None:
    text = json.dumps({"tariff": CASES[1]["tariff"], "session": CASES[1]["session"]}, default=str)
    answer = json.loads(price_line(text, full=True))
    assert [(line["dimension"], line["amount"], line["exact"], line["clauses"]) for line in answer["lines"]] == [
        ("FLAT", "1.00", "1.00000000", ["elements[0].price_components[0]"]),
        ("ENERGY", "5.63", "5.62500000", ["elements[0].price_components[1]"]),
    ]
    assert [(each["pct"], each["net"], each["vat"], each["gross"]) for each in answer["vat_groups"]] == [
        ("9", "1.00", "0.09", "1.09"),
        ("21", "5.63", "1.18", "6.81"),
    ]
    assert answer["segments"][0]["start"] == "2025-06-11T08:00:00Z"


def test_answers_compare_as_a_whole_and_refusals_by_their_word() -> None:
    assert agrees({"error": "A", "at": "x"}, {"error": "A"})
    assert not agrees({"error": "B"}, {"error": "A"})
    assert not agrees({"energy": "1.00", "flags": ["X"]}, {"energy": "1.00"})


def test_bench_prints_all_figures_beside_the_reference() -> None:
    result = CliRunner().invoke(bench_price, ["--seconds", "0.01"])
    assert result.exit_code == 0, result.output
    for words in ("full result", "totals only", "naive reference", "× the reference"):
        assert words in result.output
