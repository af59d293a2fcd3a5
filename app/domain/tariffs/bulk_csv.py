"""Assignments as CSV: one line per EVSE with the tariff or group it has of its own. In again with errors per row.

Columns: ``evse`` (``NL-0417/2``), ``tariff``, ``group`` (codes; both empty: nothing of its own). Others are ignored, so an export can be
edited and sent back.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.access.permissions import Permission
from app.domain.network.models import Evse, Station
from app.domain.tariffs.bulk import Wish, bulk_start, write_bulk
from app.domain.tariffs.bulk_places import (
    MOST_EVSES,
    NOTHING,
    BulkFilter,
    BulkRow,
    Target,
    blocks_of,
    rows_by_id,
    rows_of,
    target_by_code,
    verdict,
)
from app.kernel.errors import Conflict, Invalid, NotFound
from app.work.unit import Work

HEAD = ("evse", "tariff", "group", "name", "since", "location", "partner", "current", "power_w")
#: bytes of a file
MOST_BYTES = 2_000_000
#: different tariffs and groups in a file
MOST_TARGETS = 100


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row of the file that cannot be followed: its line (the head is 1), what it names, and why."""

    line: int
    evse: str
    code: str


class Unreadable(Invalid):
    """Rows are wrong and all or nothing was asked; ``problems`` names them. Nothing was changed."""

    def __init__(self, problems: list[RowProblem]) -> None:
        super().__init__("assign_rows_wrong", field="file", count=len(problems))
        self.problems = problems


def export_rows(work: Work, wanted: BulkFilter) -> Iterator[list[Any]]:
    """The file's rows for a filter; refuses ``too_many_bulk_evses``."""
    found = rows_of(work, wanted, Permission.TARIFF_VIEW, work.now, MOST_EVSES + 1)
    if len(found) > MOST_EVSES:
        raise Invalid("too_many_bulk_evses", field="text", most=MOST_EVSES)
    for row in found:
        codes = [row.has_code if row.tariff_id else None, row.has_code if row.group_id else None]
        yield [row.label, *codes, row.has, row.since, row.location, row.partner, row.current, row.max_w]


def import_rows(work: Work, raw: bytes, *, whole: bool, starts_at: datetime | None, partner_id: UUID | None) -> str:
    """Give every EVSE of the file what its row says; returns the code of the change. Wrong rows are kept with it and left out.

    ``whole``: a single wrong row refuses everything (``Unreadable``). So does a file without a row that changes anything.
    """
    _require_any(work, partner_id)
    start = bulk_start(work, starts_at)
    lines = list(_lines(raw))
    targets = _targets(work, {code for _, _, code in lines})
    evses = _evses(work, {evse for _, evse, _ in lines})
    problems, wishes = [], []
    known: set[UUID] = set()
    rows = {right: rows_by_id(work, list(evses.values()), right, start) for right in {t.right for t in targets.values()}}
    every = {row.evse_id: row for found in rows.values() for row in found.values()}
    blocks = blocks_of(work, every.values(), {sheet for t in targets.values() for sheet in t.sheets})
    for line, evse, code in lines:
        target, evse_id = targets.get(code), evses.get(evse)
        row = rows[target.right].get(evse_id) if target and evse_id else None
        why = _problem(target, evse_id, row, known)
        why = why or (verdict(row, target, blocks) if row and target else None)
        if why is not None and why != "same":
            problems.append(RowProblem(line, evse, why))
        elif row is not None and target is not None:
            wishes.append((row, target, why))
            known.add(row.evse_id)
    return _write(work, wishes, problems, start, whole=whole, partner_id=partner_id)


def _write(work: Work, wishes: list[Wish], problems: list[RowProblem], start: datetime, *, whole: bool, partner_id: UUID | None) -> str:
    if problems and (whole or not wishes):
        raise Unreadable(problems)
    if not any(why is None for _, _, why in wishes):
        raise Invalid("nothing_to_assign", field="file")
    kept = [{"line": p.line, "evse": p.evse, "code": p.code} for p in problems]
    return write_bulk(work, wishes, start, source="csv", target=Target(), partner_id=partner_id, problems=kept).code


def _require_any(work: Work, partner_id: UUID | None) -> None:
    if not work.can(Permission.TARIFF_GROUP_EDIT, partner_id=partner_id):
        work.require(Permission.TARIFF_ASSIGN, partner_id=partner_id)


def _problem(target: Target | None, evse_id: UUID | None, row: BulkRow | None, known: set[UUID]) -> str | None:
    if evse_id is None:
        return "unknown_evse"
    if target is None:
        return "unknown_target"
    if row is None:
        return "not_yours"
    return "twice" if row.evse_id in known else None


def _lines(raw: bytes) -> Iterator[tuple[int, str, str]]:
    """Line number, EVSE and wanted code of each row; refuses files that are none."""
    if len(raw) > MOST_BYTES:
        raise Invalid("file_too_large", field="file", most=MOST_BYTES // 1_000_000)
    try:
        content = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid("assign_not_utf8", field="file") from None
    if "\0" in content:
        raise Invalid("assign_not_utf8", field="file")
    first = content.partition("\n")[0]
    reader = csv.DictReader(io.StringIO(content), delimiter=";" if first.count(";") > first.count(",") else ",")
    heads = {(name or "").strip().lower(): name for name in reader.fieldnames or ()}
    if not {"evse", "tariff", "group"} <= set(heads):
        raise Invalid("assign_columns", field="file", columns="evse, tariff, group")
    count = 0
    for row in reader:
        cells = {name: (row.get(heads[name]) or "").strip().lstrip("'") for name in ("evse", "tariff", "group")}
        if not any(cells.values()):
            continue
        count += 1
        if count > MOST_EVSES:
            raise Invalid("too_many_bulk_evses", field="file", most=MOST_EVSES)
        both = cells["tariff"] and cells["group"]
        yield reader.line_num, cells["evse"].upper(), "?" if both else (cells["tariff"] or cells["group"] or NOTHING)


def _targets(work: Work, codes: Iterable[str]) -> dict[str, Target]:
    """Sheets and groups by code; a file names few of them."""
    found = {}
    wanted = sorted(codes)
    if len(wanted) > MOST_TARGETS:
        raise Invalid("too_many_targets", field="file", most=MOST_TARGETS)
    for code in wanted:
        try:
            found[code] = target_by_code(work, code)
        except (Invalid, Conflict, NotFound):
            continue
    return found


def _evses(work: Work, labels: Iterable[str]) -> dict[str, UUID]:
    """EVSEs by label (``NL-0417/2``), those in sight of the database. One statement."""
    label = Station.label + "/" + func.cast(Evse.number, Station.label.type)
    statement = select(label, Evse.id).join(Station, Station.id == Evse.station_id).where(Evse.operator_id == work.operator_id)
    return dict(work.session.execute(statement.where(label.in_(list(labels)))).tuples().all())
