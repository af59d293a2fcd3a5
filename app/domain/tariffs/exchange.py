"""Tariffs out to CSV and OCPI JSON, and in again: checked line by line, taken whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.access.permissions import Permission
from app.db.paging import every
from app.domain.tariffs.actions import create_tariff, publish_terms
from app.domain.tariffs.people_named import with_groups
from app.domain.tariffs.queries import tariff_by_code, tariffs, versions
from app.domain.tariffs.rows import TariffInput, TariffRow, VersionRow
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.sheets import Line, Problem, read_sheet
from app.money.price_json import read
from app.money.simple import SimpleTerms, simple_terms
from app.money.terms import Tariff
from app.money.terms_json import parse_tariff, tariff_to_json
from app.work.unit import Work

_SIMPLE = ("energy", "per_min", "start_fee", "idle_per_min", "idle_cap")
HEADS = ("code", "name", "owner", "currency", "valid_from", "state", *_SIMPLE, "idle_grace_min", "vat_pct", "ocpi")
_MOST = 1_000


@dataclass(frozen=True, slots=True)
class Taken:
    """What a line did or would do: ``act`` is new, changed or same."""

    line: int
    code: str
    name: str
    act: str
    starts_at: datetime | None


@dataclass(frozen=True, slots=True)
class ExchangeReport:
    """A file's lines, and those that cannot be taken."""

    taken: tuple[Taken, ...]
    problems: tuple[Problem, ...]


def lines_of(work: Work, row: TariffRow) -> Iterator[list[object]]:
    """What counts now and what is planned, one line each; simple prices in columns of their own, all of it as OCPI."""
    for version in _current(work, row):
        simple = simple_terms(version.tariff) if version.tariff else None
        prices = [_plain(getattr(simple, name)) if simple else None for name in _SIMPLE]
        grace = simple.idle_grace_s // 60 if simple and simple.idle_per_min is not None else None
        vat = _plain(simple.vat_pct) if simple else None
        about = [row.code, row.name, row.owner or "", row.currency, version.valid_from, version.state]
        yield [*about, *prices, grace, vat, json.dumps(version.terms, separators=(",", ":"))]


def exported_objects(work: Work) -> list[dict[str, Any]]:
    """The same as OCPI tariff objects; ``tariff_alt_text`` has the name, ``start_date_time`` when a planned one begins."""
    found = []
    for row in every(lambda cursor: tariffs(work, cursor=cursor, limit=500)):
        for version in _current(work, row):
            planned = {"start_date_time": version.valid_from.isoformat()} if version.state == "scheduled" else {}
            found.append({**version.terms, "id": row.code, "tariff_alt_text": [{"language": "en", "text": row.name}], **planned})
    return found


def _current(work: Work, row: TariffRow) -> list[VersionRow]:
    found = [each for each in (row.now, row.next) if each is not None]
    return found if row.next is None else [each for each in reversed(versions(work, row.id)) if each.state in {"active", "scheduled"}]


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"


def import_tariffs(work: Work, text: str, *, store: bool) -> ExchangeReport:
    """Check a CSV or a JSON list of OCPI tariffs, and take it if nothing is wrong and ``store``; else nothing changes.

    A line with the ``code`` of a tariff gives it new terms (from ``valid_from``, or the next quarter hour), one without makes a new
    tariff; terms that stand already are left alone. Refuses what concerns the whole file at ``text``.
    """
    work.require(Permission.TARIFF_EDIT)
    taken, problems = [], []
    # a savepoint, so that a file with a problem leaves no trace
    with work.session.begin_nested() as trial:
        for line in _lines(text):
            try:
                taken.append(_take(work, line))
            except Invalid as refusal:
                problems.append(Problem(line.number, refusal))
            except (Conflict, NotFound) as refusal:
                code = "unknown_tariff_code" if isinstance(refusal, NotFound) else refusal.code
                problems.append(Problem(line.number, Invalid(code, field="code", **refusal.params)))
        if problems or not store:
            trial.rollback()
    return ExchangeReport(tuple(taken), tuple(problems))


def _lines(text: str) -> list[Line]:
    """Lines of a CSV, or the objects of a JSON list as if they were lines."""
    if not text.lstrip("\ufeff \r\n\t").startswith(("[", "{")):
        return read_sheet(text, ("name",), most=_MOST)
    try:
        found = read(text.lstrip("\ufeff"))
    except ValueError as error:
        raise Invalid("bad_json", field="text") from error
    objects = found if isinstance(found, list) else [found]
    if len(objects) > _MOST:
        raise Invalid("too_many_lines", field="text", most=_MOST)
    return [Line(number, _cells(each)) for number, each in enumerate(objects, 1)]


def _cells(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        return {"ocpi": json.dumps(value, default=str)}
    alt = value.get("tariff_alt_text")
    first = alt[0] if isinstance(alt, list) and alt and isinstance(alt[0], dict) else {}
    name = str(first.get("text") or value.get("id") or "")
    start = str(value.get("start_date_time") or "")
    terms = {key: each for key, each in value.items() if key not in {"start_date_time", "tariff_alt_text"}}
    return {"code": str(value.get("id") or ""), "name": name, "valid_from": start, "ocpi": json.dumps(terms, default=str)}


def _take(work: Work, line: Line) -> Taken:
    terms = _terms(line)
    starts_at = line.instant("valid_from") if line.text("valid_from", "") else None
    known = _known(work, line.text("code", ""))
    if known is None:
        name = line.text("name")
        return Taken(line.number, create_tariff(work, TariffInput(name=name, terms=terms)), name, "new", None)
    if isinstance(terms, Tariff):
        terms = with_groups(work, terms, known.partner_id, known)
    standing = [each for each in (known.now, known.next) if each is not None]
    if any(each.tariff and replace(each.tariff, id=known.code) == _as(terms, known.code) for each in standing):
        return Taken(line.number, known.code, known.name, "same", None)
    # a time that has passed is that of the file's export: the change counts from the next quarter hour
    later = starts_at if starts_at is not None and starts_at > work.now else None
    return Taken(line.number, known.code, known.name, "changed", publish_terms(work, known.code, terms, starts_at=later))


def _known(work: Work, code: str) -> TariffRow | None:
    """The tariff of a code; a code of another house's tariff makes a new one only where it is none of ours by form."""
    if not code.upper().startswith("T-"):
        return None
    return tariff_by_code(work, code)


def _as(terms: Tariff | SimpleTerms, code: str) -> Tariff:
    found = terms if isinstance(terms, Tariff) else terms.to_tariff(code)
    return parse_tariff(tariff_to_json(found) | {"id": code})


def _terms(line: Line) -> Tariff | SimpleTerms:
    """The terms of a line: its OCPI object, or its simple columns; prices with VAT."""
    ocpi = line.text("ocpi", "")
    if ocpi:
        try:
            return parse_tariff(read(ocpi))
        except ValueError as error:
            raise Invalid("bad_json", field="ocpi") from error
    terms = SimpleTerms(
        currency=line.text("currency", "EUR").upper(),
        energy=_price(line, "energy"),
        per_min=_price(line, "per_min"),
        start_fee=_price(line, "start_fee"),
        idle_per_min=_price(line, "idle_per_min"),
        idle_grace_s=int(line.number_of("idle_grace_min", "15") * 60),
        idle_cap=_price(line, "idle_cap"),
        vat_pct=line.number_of("vat_pct"),
    )
    terms.to_tariff()
    return terms


def _price(line: Line, name: str) -> Decimal | None:
    return line.number_of(name) if line.text(name, "") else None
