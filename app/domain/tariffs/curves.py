"""Day-ahead curves: reading them, and making the terms of starting sessions plain with them and with the holidays of the site."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access.permissions import Permission
from app.domain.people.models import Operator
from app.domain.tariffs.curve_models import DayAheadPrice
from app.domain.tariffs.holidays import holidays_between
from app.kernel.errors import Invalid
from app.kernel.periods import local_date
from app.money.fixing import CURVE_AHEAD, HOLIDAYS_AHEAD, HOLIDAYS_BEFORE, CurvePoint, fixed_at
from app.money.terms_json import parse_tariff, tariff_to_json
from app.work.unit import Work

_HOUR = timedelta(hours=1)


class Site(NamedTuple):
    """What the terms of a session depend on beside the tariff: whose curves, which clock, which holidays."""

    operator_id: UUID
    time_zone: str
    country: str
    region: str


@dataclass(frozen=True, slots=True)
class MarketRow:
    """A market area with how far its curve reaches."""

    market: str
    currency: str
    first: datetime
    last: datetime
    points: int
    imported_at: datetime


def is_open(terms: Mapping[str, Any] | None) -> bool:
    """Whether stored terms need a curve or holidays before they can be priced; looks only, reads nothing."""
    if not terms:
        return False
    dynamic = (terms.get("ext") or {}).get("dynamic")
    if dynamic and not dynamic.get("fixed"):
        return True
    return any("holidays" in (each.get("restrictions") or {}) for each in terms.get("elements", ()))


def fixed_terms(session: Session, terms: dict[str, Any], at: datetime, site: Site) -> dict[str, Any]:
    """Stored terms as a session that begins then and there keeps them. What cannot be read comes back as it is, and is refused where
    it is priced. At most one statement."""
    try:
        tariff = parse_tariff(terms)
    except Invalid:
        return terms
    today = local_date(at, site.time_zone)
    holidays = holidays_between(site.country, site.region, today - HOLIDAYS_BEFORE, today + HOLIDAYS_AHEAD)
    dynamic = tariff.ext.dynamic
    curve = curve_between(session, site.operator_id, dynamic.market, tariff.currency, at, at + CURVE_AHEAD) if dynamic else []
    return tariff_to_json(fixed_at(tariff, at, site.time_zone, curve, holidays))


def curve_between(session: Session, operator_id: UUID, market: str, currency: str, first: datetime, last: datetime) -> list[CurvePoint]:
    """The points of a curve that touch a span, oldest first. One statement."""
    found = session.execute(
        select(DayAheadPrice.starts_at, DayAheadPrice.ends_at, DayAheadPrice.per_kwh)
        .where(
            DayAheadPrice.operator_id == operator_id,
            DayAheadPrice.market == market,
            DayAheadPrice.currency == currency,
            DayAheadPrice.starts_at > first - _HOUR,
            DayAheadPrice.starts_at < last,
        )
        .order_by(DayAheadPrice.starts_at)
    )
    return [CurvePoint(*row) for row in found if row.ends_at > first]


def markets(work: Work) -> list[MarketRow]:
    """Every market area with a curve. One statement."""
    work.require(Permission.TARIFF_VIEW)
    found = work.session.execute(
        select(
            DayAheadPrice.market,
            DayAheadPrice.currency,
            func.min(DayAheadPrice.starts_at),
            func.max(DayAheadPrice.ends_at),
            func.count(),
            func.max(DayAheadPrice.imported_at),
        )
        .where(DayAheadPrice.operator_id == work.operator_id)
        .group_by(DayAheadPrice.market, DayAheadPrice.currency)
        .order_by(DayAheadPrice.market, DayAheadPrice.currency)
    )
    return [MarketRow(*row) for row in found]


def home_zone(work: Work) -> str:
    """The operator's own time zone, for pages about no single place. One statement."""
    return work.session.scalars(select(Operator.time_zone).where(Operator.id == work.operator_id)).one()


def known_markets(rows: Iterable[MarketRow]) -> list[str]:
    """Names of areas, each once."""
    return sorted({row.market for row in rows})
