"""Exchange prices of a market area, put by the program that fetches them every day; the same reader as the page's and the command's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from flask import request

from app.access.permissions import Permission
from app.api import bp
from app.domain.tariffs.curves_import import CurveInput, curve_lines, import_curve
from app.kernel.errors import Invalid
from app.kernel.sheets import MOST_LINES, Line, Problem
from app.text.messages import sentence
from app.web.errors import problem
from app.web.security import machine_endpoint
from app.web.signin import current_work

_LIST = "prices"


def curve_put(market: str) -> Any:
    """Store prices; what was known of the same hours is replaced, so a repeat changes nothing. A bad line stores nothing (422)."""
    work = current_work()
    work.require(Permission.CURVE_IMPORT)
    is_json = request.mimetype == "application/json"
    if not is_json and request.mimetype != "text/csv":
        raise Invalid("content_not_read", field="Content-Type")
    report = import_curve(work, _wanted(market, _json_lines() if is_json else _csv_lines()))
    if report.problems:
        refusal = Invalid("curve_rows_wrong", field=_LIST, count=len(report.problems))
        return problem(422, sentence(refusal), refusal=refusal, errors=[_told(each, is_json=is_json) for each in report.problems[:500]])
    span = {"first": report.first, "last": report.last}
    return {"market": market.strip(), "points": len(report.points), **{name: at.isoformat() if at else None for name, at in span.items()}}


bp.put("/curves/<market>")(machine_endpoint("api.curve_put", curve_put))


def _wanted(market: str, lines: Sequence[Line]) -> CurveInput:
    given = request.args
    minutes = given.get("minutes", "60")
    return CurveInput(
        market=market,
        currency=given.get("currency", "EUR").upper(),
        per=given.get("per", "mwh"),
        minutes=int(minutes) if minutes.isdecimal() and len(minutes) < 4 else 0,
        lines=lines,
    )


def _csv_lines() -> list[Line]:
    try:
        return curve_lines(request.get_data().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Invalid("assign_not_utf8", field=_LIST) from error


def _json_lines() -> list[Line]:
    """``{"prices": [{"start": …, "price": …}]}``; numbers are taken as they are written, so none becomes a binary float."""
    try:
        body = json.loads(request.get_data(), parse_float=str, parse_int=str)
    except (ValueError, RecursionError) as error:
        raise Invalid("not_json", field=_LIST) from error
    found = body.get(_LIST) if isinstance(body, dict) and set(body) == {_LIST} else None
    if not isinstance(found, list):
        raise Invalid("not_json", field=_LIST)
    if not found:
        raise Invalid("missing", field=_LIST)
    if len(found) > MOST_LINES:
        raise Invalid("too_many_lines", field=_LIST, most=MOST_LINES)
    return [Line(number, _cells(each)) for number, each in enumerate(found)]


def _cells(each: Any) -> dict[str, str]:
    return {name: "" if value is None else str(value) for name, value in each.items()} if isinstance(each, dict) else {}


def _told(each: Problem, *, is_json: bool) -> dict[str, Any]:
    """Where it is wrong: by the line of the file, or by the path in the JSON."""
    field = each.refusal.field
    where = {"field": f"{_LIST}[{each.line}].{field}"} if is_json else {"row": each.line, "field": field}
    return where | {"code": each.refusal.code, "detail": sentence(each.refusal)}
