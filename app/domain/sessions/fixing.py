"""Terms at a start that follow a curve or name holidays, made plain for that very session."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.network.models import Location, Station
from app.domain.people.models import Operator
from app.domain.tariffs.curves import Site, fixed_terms, is_open

if TYPE_CHECKING:
    from app.domain.sessions.terms import Start, StartTerms


def fixed_starts(session: Session, found: dict[Start, StartTerms]) -> dict[Start, StartTerms]:
    """The same with plain terms only. Nothing is asked where all are plain already."""
    waiting = [start for start, terms in found.items() if is_open(terms.tariff)]
    if not waiting:
        return found
    places = session.execute(
        select(Station.id, func.coalesce(Location.country, Operator.country), func.coalesce(Location.region, ""))
        .join(Operator, Operator.id == Station.operator_id)
        .outerjoin(Location, Location.id == Station.location_id)
        .where(Station.id.in_({start.station_id for start in waiting}))
    )
    where = {station_id: (country, region) for station_id, country, region in places}
    for start in waiting:
        terms = found[start]
        site = Site(terms.operator_id, terms.time_zone, *where[start.station_id])
        if terms.tariff is not None:
            found[start] = replace(terms, tariff=fixed_terms(session, terms.tariff, start.at, site))
    return found
