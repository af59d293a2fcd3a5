"""Sessions to read: live rows for bus and pages, lists with sums, one session whole, and the doors for those who are not signed in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import fields
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Uuid, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.access.permissions import Permission
from app.domain.sessions.models import ChargingSession, MeterReading, SessionLine, SessionPhase
from app.domain.sessions.rows import CurvePoint, Door, LineRow, LiveSessionRow, PhaseRow
from app.kernel.errors import NotFound
from app.kernel.ids import read_code
from app.kernel.tokens import token_hash
from app.work.unit import Work

LIVE_SESSIONS = text(
    """
    select s.id as session_id, s.operator_id, s.partner_id, s.location_id, s.station_id, s.evse_id, s.code, s.state, s.channel,
           s.station_label, s.evse_number, coalesce(l.name, '') as location_name, s.time_zone, s.currency,
           s.language, coalesce(nullif(l.help_phone, ''), o.help_phone, '') as help_phone,
           s.requested_at, s.started_at, s.ended_at, s.last_reading_at, s.energy_wh, s.power_w, s.soc_pct, s.charging_state,
           s.stop_reason, s.running_gross_minor, s.gross_minor, s.hold_minor, s.failure, s.flags,
           -- prices that follow an exchange change by the hour: there is no one price to show
           case when s.tariff #> '{ext,dynamic}' is null then
             (jsonb_path_query_first(s.tariff, '$.elements[*].price_components[*] ? (@.type == "ENERGY")') ->> 'price')::numeric end
               as energy_price,
           case when s.state = 'charging' then idle.since end as idle_since, coalesce(idle.before_s, 0)::int as idle_before_s,
           (jsonb_path_query_first(s.tariff, '$.elements[*].price_components[*] ? (@.type == "PARKING_TIME")') ->> 'price')::numeric
               as idle_price,
           coalesce((s.tariff #>> '{ext,idle_grace,seconds}')::int, 0) as idle_grace_s,
           coalesce(s.tariff #>> '{ext,idle_grace,scope}', 'phase') as idle_scope,
           coalesce(s.tariff #>> '{ext,idle_grace,mode}', 'deduct') as idle_mode,
           (s.tariff #>> '{ext,caps,PARKING_TIME}')::numeric as idle_cap,
           case when s.connector_id is null then first.status else c.status end as connector_status,
           coalesce(sx.connected, false) as station_connected, sx.last_message_at,
           p.state as payment_state, p.failure as payment_failure, p.reserved_at, coalesce(p.captured_minor, 0) as captured_minor,
           coalesce(p.refunded_minor, 0) as refunded_minor, p.charged_at, p.released_at, s.collected_at, s.seq
    from charging_session s
    join operator o on o.id = s.operator_id
    left join location l on l.id = s.location_id
    left join connector c on c.id = s.connector_id
    left join lateral (select x.status from connector x where s.connector_id is null and x.evse_id = s.evse_id
                       order by x.number limit 1) first on true
    left join station_state sx on sx.station_id = s.station_id
    left join payment p on p.id = s.payment_id
    left join lateral (
        select min(h.at) filter (where not h.charging and h.at > last.charged) as since,
               sum(extract(epoch from h.until - h.at)) filter (where not h.charging and h.at <= last.charged) as before_s
        from (select q.at, q.charging, lead(q.at) over (order by q.at) as until from session_phase q where q.session_id = s.id) h,
             (select coalesce(max(q.at), '-infinity') as charged from session_phase q where q.session_id = s.id and q.charging) last
    ) idle on true
    where s.id = any(:ids)
    order by s.id
    """
).bindparams(bindparam("ids", type_=ARRAY(Uuid)))


def live_rows(session: Session, ids: Iterable[UUID], *, at: datetime | None = None) -> list[LiveSessionRow]:
    """The rows of these sessions as pages and bus show them, in one statement; what is out of sight is left out.

    ``at`` is the instant they are read; without it countdowns go by the charge point's last word.
    """
    wanted = list(ids)
    if not wanted:
        return []
    found = session.execute(LIVE_SESSIONS, {"ids": wanted}).mappings()
    return [LiveSessionRow(**{**row, "flags": tuple(row["flags"]), "at": at or row["last_message_at"]}) for row in found]


def live_row(session: Session, session_id: UUID, *, at: datetime | None = None) -> LiveSessionRow:
    """One live row; ``NotFound`` if there is none in sight."""
    found = live_rows(session, [session_id], at=at)
    if not found:
        raise NotFound
    return found[0]


def session_at_door(session: Session, secret: str) -> Door | None:
    """Whose session a secret link opens; asked before any tenant is known."""
    row = session.execute(text("select * from door_session(:hash)"), {"hash": token_hash(secret)}).one_or_none()
    return Door(*row) if row else None


def code_at_door(session: Session, typed: str) -> Door | None:
    """Whose session a typed code (``S-7KQ2M4``) names; asked before any tenant is known."""
    code = read_code("S", typed)
    row = session.execute(text("select * from door_session_code(:code)"), {"code": code}).one_or_none() if code else None
    return Door(*row) if row else None


def evse_of_check_code(session: Session, typed: str) -> tuple[UUID, UUID | None, UUID] | None:
    """Operator, partner and EVSE of the check code on a label; asked before any tenant is known."""
    code = re.sub(r"[^0-9A-Z]", "", typed.upper()).translate(str.maketrans("OIL", "011"))
    row = session.execute(text("select operator_id, partner_id, evse_id from door_check_code(:code)"), {"code": code}).one_or_none()
    return (row.operator_id, row.partner_id, row.evse_id) if row else None


def receipt_at_door(session: Session, label: str, number: int, day: date, last4: str) -> Door | None:
    """Whose rated session was charged at an EVSE on a day of its place and paid with a card of these last digits, whoever held it then.

    None as well where several fit; asked before any tenant is known.
    """
    asked = {"label": label, "number": number, "day": day, "last4": last4}
    rows = session.execute(text("select * from door_receipt(:label, :number, :day, :last4)"), asked).all()
    return Door(*rows[0]) if len(rows) == 1 else None


def is_mailed_to(session: Session, session_id: UUID, email: str) -> bool:
    """Whether a rated session's receipt went to that address."""
    found = session.scalar(select(ChargingSession.email).where(ChargingSession.id == session_id, ChargingSession.state == "rated"))
    return found is not None and found.casefold() == email.strip().casefold()


def own_part_at_door(session: Session, typed: str, email: str) -> Door | None:
    """The session of a typed code whose own part a driver of that address paid; asked before any tenant is known."""
    asked = {"code": read_code("S", typed), "email": email.strip()}
    row = session.execute(text("select * from door_own_part(:code, :email)"), asked).one_or_none()
    return Door(*row) if row else None


def session_id_by_code(work: Work, typed: str) -> UUID:
    """The session of that code among those the actor may see; ``NotFound`` otherwise."""
    code = read_code("S", typed)
    found = work.session.scalars(select(ChargingSession).where(ChargingSession.code == code)).one_or_none()
    if found is None or not work.can(Permission.SESSION_VIEW, partner_id=found.partner_id, location_id=found.location_id):
        raise NotFound
    return found.id


def charged_by(work: Work, typed: str) -> tuple[str, str, str | None, tuple[str, ...]]:
    """Of a session by its code, as typed: the code, the channel, the roaming partner, the groups of people; ``NotFound`` as above."""
    found = select(ChargingSession).where(ChargingSession.id == session_id_by_code(work, typed))
    row = work.session.scalars(found).one()
    return row.code, row.channel, row.provider, tuple(row.user_groups or ())


def lines_of(session: Session, session_id: UUID) -> tuple[LineRow, ...]:
    """The frozen price lines, in receipt order."""
    names = [f.name for f in fields(LineRow)]
    columns = [getattr(SessionLine, name) for name in names]
    rows = session.execute(select(*columns).where(SessionLine.session_id == session_id).order_by(SessionLine.position))
    return tuple(LineRow(**row) for row in rows.mappings())


def phases_of(session: Session, session_id: UUID) -> tuple[PhaseRow, ...]:
    """When the car charged and when it only stood there, in order."""
    return phases_by(session, [session_id])[session_id]


def phases_by(session: Session, ids: Iterable[UUID]) -> dict[UUID, tuple[PhaseRow, ...]]:
    """The phases of many sessions, in one statement; every one of them has its place, if an empty one."""
    found: dict[UUID, list[PhaseRow]] = {key: [] for key in ids}
    rows = session.execute(
        select(SessionPhase.session_id, SessionPhase.at, SessionPhase.charging, SessionPhase.state, SessionPhase.energy_wh)
        .where(SessionPhase.session_id.in_(found))
        .order_by(SessionPhase.session_id, SessionPhase.at)
    )
    for key, at, charging, state, energy_wh in rows:
        found[key].append(PhaseRow(at, charging, state, energy_wh))
    return {key: tuple(phases) for key, phases in found.items()}


def curve_of(session: Session, session_id: UUID, meter_start_wh: int | None, most: int = 2000) -> tuple[CurvePoint, ...]:
    """Samples of one session by the station's clock, at most ``most``, energy from its start."""
    rows = session.execute(
        select(MeterReading.at, MeterReading.energy_wh, MeterReading.power_w)
        .where(MeterReading.session_id == session_id)
        .order_by(MeterReading.at, MeterReading.id)
        .limit(most)
    )
    base = meter_start_wh or 0
    return tuple(CurvePoint(at, None if energy is None else energy - base, power) for at, energy, power in rows)


def masked(email: str | None, token: str, channel: str) -> str:
    """Who charged, as much as staff and hosts need: never a whole address or card number."""
    if email:
        name, _, domain = email.partition("@")
        return f"{name[:1]}…@{domain}"
    if channel == "adhoc":
        return ""
    return f"…{token[-4:]}" if len(token) > 4 else ""
