"""Lists of sessions: filters, keyset pages, sums. A constant number of statements, amounts only for those who may see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, text, true

from app.access.permissions import Permission
from app.db.paging import PAGE, Page, take_page
from app.domain.network.labels import spoken_label
from app.domain.network.meant import Meant, meant_stations
from app.domain.network.models import Location, Station
from app.domain.network.queries import in_reach
from app.domain.payments.models import Payment
from app.domain.people.models import Operator, Partner
from app.domain.sessions.models import ChargingSession
from app.domain.sessions.queries import masked
from app.domain.sessions.rows import Shown
from app.kernel.ids import read_code
from app.kernel.periods import day_start, local_date
from app.work.unit import Work

#: views of the list, in the order of the bar; the empty word is everything that began
VIEWS = ("", "running", "today", "held", "awaited", "not_started")
CHANNELS = ("adhoc", "internal", "emsp", "corporate")


@dataclass(frozen=True, slots=True)
class SessionFilter:
    """What a list is narrowed to; everything optional. Days are those of the operator's zone, both included."""

    view: str = ""
    text: str = ""
    #: a charge point's whole label
    station: str = ""
    location: str = ""
    partner: str = ""
    channel: str = ""
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow(Shown):
    """A session in a list: what a page of many shows. Amounts are None for those who may not see them."""

    id: UUID
    partner_id: UUID | None
    code: str
    state: str
    channel: str
    charging_state: str | None
    started_at: datetime | None
    ended_at: datetime | None
    requested_at: datetime | None
    created_at: datetime
    station_label: str
    evse_number: int | None
    location_name: str
    partner_name: str | None
    partner_code: str | None
    driver: str
    energy_wh: int
    power_w: int | None
    idle_s: int
    time_zone: str
    currency: str
    running_gross_minor: int | None
    gross_minor: int | None
    net_minor: int | None
    partner_minor: int | None
    payment_state: str | None
    collected_at: datetime | None
    flags: tuple[str, ...]
    failure: str | None

    @property
    def evse_label(self) -> str:
        """``NL-0417/2``."""
        return self.station_label if self.evse_number is None else f"{self.station_label}/{self.evse_number}"

    @property
    def shown_at(self) -> datetime:
        """The instant a list is ordered by: its start, or the wish where it never started."""
        return self.started_at or self.requested_at or self.created_at

    def lasted_s(self, now: datetime) -> int:
        """How long it took so far, in seconds."""
        return 0 if self.started_at is None else max(0, int(((self.ended_at or now) - self.started_at).total_seconds()))


@dataclass(frozen=True, slots=True)
class SessionSums:
    """What a filter adds up to. Amounts only where all of its sessions have one currency."""

    count: int
    energy_wh: int
    currency: str | None
    gross_minor: int
    net_minor: int
    partner_minor: int


def sessions(work: Work, narrowed: SessionFilter | None = None, cursor: str | None = None, limit: int = PAGE) -> Page[SessionRow]:
    """Sessions the actor may see, newest first; those that never began only in their own view. Five statements at most.

    Where words find very many charge points, sessions are not counted (``Page.counted``).
    """
    asked = narrowed or SessionFilter()
    began, meant = _order(asked), _meant(work, asked)
    page = take_page(
        work.session,
        _select(),
        [began, ChargingSession.id],
        lambda row: [getattr(row.ChargingSession, began.key), row.ChargingSession.id],
        where=_conditions(work, asked, meant),
        cursor=cursor,
        limit=limit,
        descending=True,
        count=not meant.many,
    )
    return replace(page, rows=_rows(work, page.rows))


def sums(work: Work, narrowed: SessionFilter | None = None) -> SessionSums:
    """What the filter adds up to, over the amounts the actor may see; None as currency where there are several."""
    asked = narrowed or SessionFilter()
    reach = _amount_reach(work)
    money = true() if reach is None else ChargingSession.partner_id.in_(reach)
    found = work.session.execute(
        _select()
        .where(*_conditions(work, asked, _meant(work, asked)))
        .with_only_columns(
            func.count(),
            func.coalesce(func.sum(ChargingSession.energy_wh), 0),
            func.min(ChargingSession.currency),
            func.max(ChargingSession.currency),
            *(
                func.coalesce(func.sum(column).filter(money), 0)
                for column in (ChargingSession.gross_minor, ChargingSession.net_minor, ChargingSession.partner_minor)
            ),
        )
    ).one()
    energy, gross, net, partner = (int(found[place]) for place in (1, 4, 5, 6))
    return SessionSums(found[0], energy, found[2] if found[2] == found[3] else None, gross, net, partner)


def _order(asked: SessionFilter) -> Any:
    return ChargingSession.created_at if asked.view == "not_started" else ChargingSession.started_at


def _select() -> Any:
    return (
        select(
            ChargingSession,
            func.coalesce(Location.name, "").label("location_name"),
            Partner.name.label("partner_name"),
            Partner.code.label("partner_code"),
            Payment.state.label("payment_state"),
        )
        .outerjoin(Location, Location.id == ChargingSession.location_id)
        .outerjoin(Partner, Partner.id == ChargingSession.partner_id)
        .outerjoin(Payment, Payment.id == ChargingSession.payment_id)
    )


def _conditions(work: Work, asked: SessionFilter, meant: Meant) -> list[ColumnElement[bool]]:
    conditions = [*in_reach(work.actor, Permission.SESSION_VIEW, ChargingSession), *_view(work, asked.view)]
    if asked.station:
        conditions.append(ChargingSession.station_id.in_(select(Station.id).where(Station.label == asked.station.upper())))
    if asked.location:
        conditions.append(Location.code == (read_code("L", asked.location) or ""))
    if asked.partner:
        conditions.append(Partner.code == (read_code("P", asked.partner) or ""))
    if asked.channel in CHANNELS:
        conditions.append(ChargingSession.channel == asked.channel)
    if asked.text.strip():
        conditions.append(_matches(asked.text.strip(), meant))
    return [*conditions, *_period(work, asked)]


def _view(work: Work, view: str) -> list[ColumnElement[bool]]:
    if view == "not_started":
        return [ChargingSession.state.in_(("requested", "starting", "failed"))]
    began: list[ColumnElement[bool]] = [ChargingSession.started_at.is_not(None)]
    if view == "running":
        return [*began, ChargingSession.state == "charging"]
    if view == "today":
        return [*began, ChargingSession.started_at >= day_start(_today(work), _zone(work))]
    if view == "held":
        return [*began, ChargingSession.state == "stopped", ChargingSession.flags.contains(["held"])]
    if view == "awaited":
        unpaid = and_(ChargingSession.collected_at.is_(None), ChargingSession.gross_minor > 0)
        return [*began, ChargingSession.state == "rated", unpaid]
    return began


def _period(work: Work, asked: SessionFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if asked.first:
        conditions.append(_order(asked) >= day_start(asked.first, _zone(work)))
    if asked.last:
        conditions.append(_order(asked) < day_start(asked.last + timedelta(days=1), _zone(work)))
    return conditions


def _zone(work: Work) -> str:
    return work.session.get_one(Operator, work.operator_id).time_zone


def _today(work: Work) -> date:
    return local_date(work.now, _zone(work))


def _meant(work: Work, asked: SessionFilter) -> Meant:
    return Meant() if read_code("S", asked.text) else meant_stations(work.session, asked.text)


def _matches(typed: str, meant: Meant) -> ColumnElement[bool]:
    """A session code, a label as said, or what finds charge points: site or partner by name."""
    code = read_code("S", typed)
    if code:
        return ChargingSession.code == code
    found = meant.of(ChargingSession.station_id)
    said = spoken_label(typed)
    if said is not None and said.label:
        # whoever held it then still finds it, though the charge point itself is out of sight
        return or_(found, ChargingSession.station_label == said.label)
    return found


def _amount_reach(work: Work) -> list[UUID] | None:
    """Partner accounts whose amounts the actor may see; None: all."""
    reach = work.scope(Permission.SESSION_AMOUNTS)
    return list(reach) if isinstance(reach, frozenset) else None


def _rows(work: Work, found: Sequence[Any]) -> list[SessionRow]:
    idle = _idle_seconds(work, [row.ChargingSession.id for row in found])
    return [_row(work, row, idle.get(row.ChargingSession.id, 0)) for row in found]


def _idle_seconds(work: Work, ids: list[UUID]) -> dict[UUID, int]:
    """How long the cars of these sessions only stood there, in one statement."""
    if not ids:
        return {}
    found = work.session.execute(
        text(
            """
            select p.session_id, sum(extract(epoch from p.until - p.at))::bigint from (
              select q.session_id, q.at, q.charging, coalesce(lead(q.at) over w, s.ended_at, :now) as until
              from session_phase q join charging_session s on s.id = q.session_id where q.session_id = any(:ids)
              window w as (partition by q.session_id order by q.at)
            ) p where not p.charging group by p.session_id
            """
        ),
        {"ids": ids, "now": work.now},
    )
    return {session_id: max(0, int(seconds)) for session_id, seconds in found}


_SAME = "id partner_id code state channel charging_state started_at ended_at requested_at created_at".split()
_SAME += "energy_wh power_w time_zone currency collected_at failure station_label evse_number".split()
_JOINED = "location_name partner_name partner_code payment_state".split()
_AMOUNTS = "running_gross_minor gross_minor net_minor partner_minor".split()


def _row(work: Work, found: Any, idle_s: int) -> SessionRow:
    row: ChargingSession = found.ChargingSession
    amounts = work.can(Permission.SESSION_AMOUNTS, partner_id=row.partner_id)
    values: dict[str, Any] = {name: getattr(row, name) for name in _SAME} | {name: getattr(found, name) for name in _JOINED}
    values |= {name: getattr(row, name) if amounts else None for name in _AMOUNTS}
    return SessionRow(**values, driver=masked(row.email, row.id_token, row.channel), idle_s=idle_s, flags=tuple(row.flags))
