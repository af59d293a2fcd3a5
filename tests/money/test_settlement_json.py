"""The JSON edge and the command: text in, one line out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli_settle import settle
from app.money.canonical import CALC_VERSION, canonical_json, digest
from app.money.settle_json import settle_line
from app.money.statement import build_statement
from tests.money.settlement_cases import VECTORS, agree, month, session

ONE = json.dumps(month(session()))


def error(text: str) -> tuple[str, str]:
    found = json.loads(settle_line(text))["error"]
    assert sorted(found) == ["at", "code"]
    return found["code"], found["at"]


@pytest.mark.parametrize("text", ["", "{", "nope", '{"month":', "[" * 100_000, '{"a": ' + "9" * 5000 + "}", "'x'"])
def test_what_is_no_json(text: str) -> None:
    assert error(text) == ("bad_json", "")


@pytest.mark.parametrize("number", ["20", "20.0", "2e1", "NaN", "-Infinity", "1e999999999999"])
def test_a_number_where_a_decimal_belongs(number: str) -> None:
    assert error(ONE.replace('"20.000"', number)) == ("not_a_decimal_string", "sessions[0].kwh")


def test_a_member_said_twice() -> None:
    assert error(ONE.replace('"kwh"', '"kwh": "1", "kwh"')) == ("bad_value", "sessions[0].kwh")
    assert error('{"month": "2026-10", "month": "2026-11"}') == ("bad_value", "month")


def test_text_that_cannot_be_written() -> None:
    assert error(ONE.replace('"S1"', '"\\ud800"')) == ("bad_value", "sessions[0].id")
    assert error('{"\\ud800": 1}') == ("unknown_member", "\ud800")


def test_canonical_bytes() -> None:
    assert canonical_json({"b": [1, True, None, ("x",)], "a": "ü\n"}) == b'{"a":"\\u00fc\\n","b":[1,true,null,["x"]]}'
    for value in (1.5, {1: "a"}, {"a": {1, 2}}, float("nan")):
        with pytest.raises(TypeError):
            canonical_json(value)
    assert digest(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert CALC_VERSION.startswith("settlement-")


def test_a_stored_snapshot_gives_the_same_digest() -> None:
    value = month(session("ä"))
    snapshot = canonical_json(value)
    answer = canonical_json(build_statement(value).answer())
    assert digest(canonical_json(build_statement(json.loads(snapshot)).answer())) == digest(answer)


def run(text: str, *arguments: str) -> list[str]:
    found = CliRunner().invoke(settle, arguments or ("-",), input=text)
    assert (found.exit_code, found.exception) == (0, None)
    return found.output.splitlines()


def test_lines_in_lines_out() -> None:
    separator = json.dumps(month(session("A\u2028B")), ensure_ascii=False)
    answers = run(f"\n{ONE}\n\nnope\n{separator}\r\n")
    assert [min(json.loads(line)) for line in answers] == ["carry", "error", "carry"]
    assert answers[0] == settle_line(ONE)
    assert [min(json.loads(line)) for line in run(f"nope\n{ONE}")] == ["error", "carry"]
    assert run("") == []


def test_a_file_of_worked_cases(tmp_path: Path) -> None:
    file = tmp_path / "cases.json"
    file.write_text("\ufeff" + json.dumps({"vectors": VECTORS}, indent=1), encoding="utf-8")
    answers = [json.loads(line) for line in run("", str(file))]
    assert [line for case, answer in zip(VECTORS, answers, strict=True) for line in agree(case["expected"], answer)] == []
    assert [json.loads(line) for line in run(json.dumps({"vectors": VECTORS}))] == answers
    assert [json.loads(line)["error"]["code"] for line in run('{"vectors": [{}, 1]}')] == ["not_an_object", "not_an_object"]


def test_one_input_over_several_lines() -> None:
    assert run(json.dumps(json.loads(ONE), indent=2)) == [settle_line(ONE)]


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    file = tmp_path / "bytes"
    file.write_bytes(b"\xff\xfe{}")
    found = CliRunner().invoke(settle, [str(file)])
    assert found.exit_code == 1
    assert "is not UTF-8 text" in found.output
