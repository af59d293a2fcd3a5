"""Day-ahead curves handed in as CSV: checked line by line, stored whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from sqlalchemy import delete, insert
from sqlalchemy.engine import CursorResult

from app.access.permissions import Permission
from app.domain.tariffs.curve_models import DayAheadPrice
from app.domain.tariffs.events import CurveImported
from app.kernel.errors import Invalid
from app.kernel.sheets import Line, Problem, read_lines, read_sheet
from app.money.amount import decimals
from app.money.fixing import CurvePoint
from app.work.unit import Work

PER = {"mwh": Decimal(1000), "kwh": Decimal(1)}
MINUTES = (60, 30, 15)
_MOST_PER_KWH = Decimal(50)


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveInput:
    """Lines as they came: whose market, in which unit, and how long each line counts where it has no ``end``."""

    market: str
    currency: str
    per: str
    minutes: int
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class CurveReport:
    """What a file says: its points, or what is wrong with its lines."""

    points: tuple[CurvePoint, ...]
    problems: tuple[Problem, ...]

    @property
    def first(self) -> datetime | None:
        """Where it begins."""
        return self.points[0].start if self.points else None

    @property
    def last(self) -> datetime | None:
        """Where it ends."""
        return self.points[-1].end if self.points else None


def curve_lines(text: str) -> list[Line]:
    """The lines of a CSV; refuses at ``text`` what is none, or has no columns ``start`` and ``price``."""
    return read_sheet(text, ("start", "price"))


def check_curve(work: Work, wanted: CurveInput) -> CurveReport:
    """Read a file without storing anything. Refuses what concerns the whole file; lines are in the report."""
    work.require(Permission.CURVE_IMPORT)
    if not wanted.market.strip() or len(wanted.market) > 20:
        raise Invalid("missing" if not wanted.market.strip() else "bad_value", field="market", value=wanted.market[:20])
    if not wanted.market.isprintable():
        raise Invalid("bad_value", field="market", value="")
    decimals(wanted.currency)
    if wanted.per not in PER:
        raise Invalid("unknown_choice", field="per", value=wanted.per)
    if wanted.minutes not in MINUTES:
        raise Invalid("unknown_choice", field="minutes", value=str(wanted.minutes))
    found, problems = read_lines(wanted.lines, lambda line: _point(line, wanted))
    found.sort(key=lambda each: each[1].start)
    for (_, before), (number, after) in pairwise(found):
        if after.start < before.end:
            problems.append(Problem(number, Invalid("overlaps", field="start")))
    return CurveReport(tuple(point for _, point in found), tuple(sorted(problems, key=lambda each: each.line)))


def import_curve(work: Work, wanted: CurveInput) -> CurveReport:
    """Store a curve; what was known of the same hours is replaced. A file with a bad line changes nothing: look at ``problems``."""
    report = check_curve(work, wanted)
    if report.problems or report.first is None or report.last is None:
        return report
    market = wanted.market.strip()
    gone = work.session.execute(
        delete(DayAheadPrice).where(
            DayAheadPrice.operator_id == work.operator_id,
            DayAheadPrice.market == market,
            DayAheadPrice.currency == wanted.currency,
            DayAheadPrice.starts_at < report.last,
            DayAheadPrice.ends_at > report.first,
        )
    )
    about = {"operator_id": work.operator_id, "market": market, "currency": wanted.currency, "imported_at": work.now}
    work.session.execute(
        insert(DayAheadPrice), [about | {"starts_at": p.start, "ends_at": p.end, "per_kwh": p.per_kwh} for p in report.points]
    )
    work.record(
        CurveImported(
            operator_id=work.operator_id,
            partner_id=None,
            subject=None,
            market=market,
            currency=wanted.currency,
            first=report.first,
            last=report.last,
            points=len(report.points),
            replaced=gone.rowcount if isinstance(gone, CursorResult) else 0,
        )
    )
    return report


def _point(line: Line, wanted: CurveInput) -> tuple[int, CurvePoint]:
    start = line.instant("start").astimezone(UTC)
    end = line.instant("end").astimezone(UTC) if line.cells.get("end", "").strip() else start + timedelta(minutes=wanted.minutes)
    if start.minute % 15 or start.second or start.microsecond or end.minute % 15 or end.second or end.microsecond:
        raise Invalid("not_a_quarter", field="start")
    if not start < end <= start + timedelta(hours=1):
        raise Invalid("end_before_start", field="end")
    per_kwh = line.number_of("price") / PER[wanted.per]
    if abs(per_kwh) > _MOST_PER_KWH:
        raise Invalid("out_of_range", field="price")
    if per_kwh != round(per_kwh, 9):
        raise Invalid("too_many_decimals", field="price", places=9)
    return line.number, CurvePoint(start, end, per_kwh)
