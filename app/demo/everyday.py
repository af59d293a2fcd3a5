"""What a network in use has besides charging: a tariff group, an electricity rate, and the states its connectors were in."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.demo import builders as make
from app.demo.cast import AC_TERMS, Cast
from app.demo.network import TOKENS
from app.domain.network.models import Evse, Station
from app.domain.sessions.models import IdToken
from app.domain.tariffs.cascade_lines import Line
from app.domain.tariffs.electricity_models import ElectricityRate, ElectricityRateVersion
from app.kernel.ids import new_code
from app.money.electricity import Window, rate_terms
from app.money.terms_json import tariff_to_json

#: states are kept so far back; before it every connector was free
STATES = timedelta(days=14)

# A car is plugged in some seconds before its session and leaves soon after it; between the two it charges, then only stands there.
_STATES = text(
    """
    insert into status_change (operator_id, partner_id, station_id, connector_id, status, at, received_at)
    select c.operator_id, c.partner_id, c.station_id, c.id, h.status, h.at, h.at
    from connector c join station t on t.id = c.station_id and t.operator_id = :operator
    cross join lateral (
      select 'Available' as status, cast(:since as timestamptz) as at
      union all
      select p.status, p.at from charging_session s
      join session_phase f on f.session_id = s.id
      cross join lateral (values
        ('Preparing', s.started_at - interval '25 seconds', f.at = s.started_at),
        (f.state, f.at, true),
        ('Finishing', s.ended_at, f.at = s.started_at),
        ('Available', s.ended_at + interval '70 seconds', f.at = s.started_at)
      ) as p(status, at, told)
      where s.connector_id = c.id and p.told and p.at > :since and p.at <= :until
    ) h
    """
)


def add_everyday(session: Session, cast: Cast, now: datetime) -> None:
    """Once, after the sessions: group and rate count from now on and from the first of the month, the states lead up to now."""
    _group(session, cast, now)
    _rate(session, cast, now)
    session.execute(_STATES, {"operator": cast.operator.id, "since": now - STATES, "until": now})


def _group(session: Session, cast: Cast, now: datetime) -> None:
    """Sommer's garden: the team pays less, cards of other providers pay a little more, everybody else as ever."""
    sommer, site = cast.partners["sommer"], cast.locations["garten"]
    card = session.scalars(select(IdToken).where(IdToken.value == TOKENS[-1])).one()
    team = make.user_group(session, cast.operator, "Team Sommer", now, card, partner_id=sommer.id)
    cheap, dear = (
        make.tariff(session, cast.operator, name, AC_TERMS | {"id": key, "elements": _priced(price)}, now)
        for name, key, price in (("AC Team Sommer", "ac-team", "0.35"), ("AC Roaming", "ac-roaming", "0.55"))
    )
    lines = (
        Line(tariff_id=cheap.id, user_group_id=team.id, reason="Das Team lädt zum Einkaufspreis."),
        Line(tariff_id=dear.id, channels=("roaming",), reason="Die Roaming-Plattform nimmt 0,06 € je kWh."),
    )
    group = make.tariff_group(session, cast.operator, "Sommer Gartenlokal", cast.tariffs["ac"], lines, now)
    make.assign_group(session, "location", site, group, now)
    places = select(Evse).join(Station, Station.id == Evse.station_id).where(Station.location_id == site.id)
    for outlet in session.scalars(places.order_by(Evse.evse_uid)).all():
        # nothing of its own any more: the location's group counts
        make.assign_tariff(session, outlet, None, now)


def _priced(per_kwh: str) -> list[dict[str, Any]]:
    energy, *rest = AC_TERMS["elements"][0]["price_components"]
    return [{"price_components": [energy | {"price": per_kwh}, *rest]}]


def _rate(session: Session, cast: Cast, now: datetime) -> None:
    """What the café pays for its electricity: less at night."""
    site = cast.locations["marktplatz"]
    owned = {"operator_id": site.operator_id, "partner_id": site.partner_id}
    windows = (Window(gross=Decimal("0.2380"), start_minute=22 * 60, end_minute=6 * 60), Window(gross=Decimal("0.2975")))
    rate = ElectricityRate(**owned, code=new_code("R"), name="Strom Marktplatz", currency="EUR", location_id=site.id, created_at=now)
    made = make.add(session, rate)
    session.add(
        ElectricityRateVersion(
            **owned,
            rate_id=made.id,
            number=1,
            first_day=now.date().replace(day=1),
            terms=tariff_to_json(rate_terms(windows, Decimal(19), "EUR")),
            created_at=now,
            created_name="Demo",
        )
    )
    session.flush()
