"""Explain this cent: for both portals the ladder, one figure, and the case as a file; for a driver the price in words."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import Response, request

from app.access.permissions import Permission
from app.domain.sessions.explain import Explanation, case_of, explanation, price_explanation
from app.domain.sessions.queries import session_id_by_code
from app.domain.settlement.queries import statement_of_session
from app.kernel.errors import Conflict
from app.money.ladder import in_major
from app.money.priced_json import clause_path
from app.money.sheet import lines_of, places_of
from app.money.terms_json import parse_tariff
from app.text.tariff_words import line_words, rule_words
from app.web.pages import page
from app.web.session_pages import session_context
from app.web.signin import current_work
from app.work.unit import Work


def explain_page(template: str, base: str, code: str, figure: str = "") -> Any:
    """The ladder of a session or of one of its figures; ``?again=yes`` computes it anew. Not rated yet: the page says so."""
    work = current_work()
    session_id = session_id_by_code(work, code)
    staff = base == "/cpo"
    try:
        shown = explanation(work, session_id, figure, again=request.args.get("again") == "yes", whole=staff)
    except Conflict:
        context = session_context(work, code)
        work.require(Permission.SESSION_AMOUNTS, partner_id=context["row"].partner_id)
        return page(template, base=base, shown=None, **context)
    found = statement_of_session(work, session_id)
    values: dict[str, Any] = {"shown": shown, "row": shown.detail.live, "d": shown.detail, "statement": found, "headline": headline(shown)}
    return page(template, base=base, major=in_major, instant=datetime.fromisoformat, exact=Decimal, **values)


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of a session that was billed alike: seconds, and the energy in kWh; ``free``: standing idle that cost nothing."""

    start: datetime
    seconds: Decimal
    kind: str
    free: bool
    energy: Decimal


def driver_explanation(work: Work, session_id: UUID) -> dict[str, Any]:
    """What a driver's page tells of the price of the own charge: steps, the price behind every line in words, time, rules.

    Nothing of shares or of the partner. Refuses ``session_not_rated``.
    """
    shown = price_explanation(work, session_id)
    tariff = parse_tariff(shown.detail.tariff)
    lines = {
        clause_path(*place): line_words(line, tariff.currency) for place, line in zip(places_of(tariff), lines_of(tariff), strict=True)
    }
    priced = shown.detail.priced or {}
    why = {
        f"line-{number}": list(dict.fromkeys(lines[clause] for clause in line["clauses"] if clause in lines))
        for number, line in enumerate(priced.get("lines", ()), 1)
    }
    return {
        "shown": shown,
        "d": shown.detail,
        "row": shown.detail.live,
        "why": why,
        "rules": rule_words(tariff),
        "periods": _periods(priced.get("segments", ())),
        "major": in_major,
    }


def _periods(segments: Iterable[dict[str, Any]]) -> list[Period]:
    """The trace with neighbours of one kind put together."""
    found: list[Period] = []
    for each in segments:
        start, seconds = datetime.fromisoformat(each["start"]), Decimal(each["seconds"])
        free = each["in_grace"] or (each["kind"] == "parking" and "PARKING_TIME" not in each["clauses"])
        part = Period(start, seconds, each["kind"], free, Decimal(each["energy_kwh"]))
        last = found[-1] if found else None
        if (
            last
            and (last.kind, last.free) == (part.kind, part.free)
            and last.start + timedelta(microseconds=int(last.seconds * 10**6)) == part.start
        ):
            found[-1] = replace(last, seconds=last.seconds + part.seconds, energy=last.energy + part.energy)
        elif part.seconds or part.energy:
            found.append(part)
    return found


def headline(shown: Explanation) -> list[Any]:
    """The steps of the share in one line: what is deducted, base, share."""
    share = "share" if any(step.name == "share" for step in shown.steps) else "received"
    return [step for step in shown.steps if step.name in {"base", share}]


def explain_file(code: str, *, whole: bool) -> Response:
    """The case as JSON: ``voltpact price`` prices it and says whether it agrees."""
    work = current_work()
    case = case_of(work, session_id_by_code(work, code), whole=whole)
    answer = Response(json.dumps(case, ensure_ascii=False) + "\n", mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="{case["name"]}.json"'
    answer.headers["Cache-Control"] = "no-store"
    return answer
