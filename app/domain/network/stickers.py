"""What is printed on the labels of charge points, and the wish to print them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.access.permissions import Permission
from app.domain.network.events import LabelsWanted
from app.domain.network.models import Evse, Location, Station
from app.domain.network.queries import in_reach
from app.domain.people.models import Operator
from app.kernel.errors import NotFound
from app.kernel.ids import read_code
from app.work.unit import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class StickerRow:
    """One label: the EVSE, its check code, whom to call."""

    evse_id: UUID
    partner_id: UUID | None
    location_id: UUID | None
    station_label: str
    number: int
    evse_uid: str
    check_code: str
    current: str
    max_w: int
    place: str
    operator_name: str
    help_phone: str

    @property
    def evse_label(self) -> str:
        """``NL-0417/2``."""
        return f"{self.station_label}/{self.number}"

    @property
    def path(self) -> str:
        """Where the code leads, below the installation's address."""
        return f"/q/{self.station_label}-{self.number}"


def stickers_of_station(work: Work, label: str) -> list[StickerRow]:
    """The labels of one charge point; ``NotFound`` if the actor may not see it or it has no EVSE."""
    return _found(work, Station.label == label.upper())


def stickers_of_location(work: Work, code: str) -> list[StickerRow]:
    """The labels of all charge points of a site."""
    return _found(work, Location.code == (read_code("L", code) or ""))


def stickers_of_stations(work: Work, station_ids: Sequence[UUID]) -> list[StickerRow]:
    """The labels of these charge points."""
    return _found(work, Station.id.in_(station_ids))


def stickers_by_id(work: Work, evse_ids: Sequence[UUID]) -> list[StickerRow]:
    """The labels of these EVSEs, for the job that prints them."""
    return _found(work, Evse.id.in_(evse_ids))


def want_labels(work: Work, rows: Sequence[StickerRow], language: str) -> UUID:
    """Have a sheet with these labels made; returns the job. Needs the right to print labels for each of them."""
    for row in rows:
        work.require(Permission.LABEL_PRINT, partner_id=row.partner_id, location_id=row.location_id)
    work.record(LabelsWanted(operator_id=work.operator_id, partner_id=rows[0].partner_id, labels=sorted({row.evse_label for row in rows})))
    return work.later("documents.labels", evse_ids=[row.evse_id for row in rows], language=language)


def _found(work: Work, which: Any) -> list[StickerRow]:
    asked = (
        select(
            Evse.id.label("evse_id"),
            Station.partner_id,
            Station.location_id,
            Station.label.label("station_label"),
            Evse.number,
            Evse.evse_uid,
            Evse.check_code,
            Evse.current,
            Evse.max_w,
            func.coalesce(Location.street + ", " + Location.postcode + " " + Location.city, "").label("place"),
            Operator.name.label("operator_name"),
            func.coalesce(func.nullif(Location.help_phone, ""), Operator.help_phone, "").label("help_phone"),
        )
        .join(Station, Station.id == Evse.station_id)
        .join(Operator, Operator.id == Evse.operator_id)
        .outerjoin(Location, Location.id == Station.location_id)
        .where(which, Station.retired_at.is_(None), *in_reach(work.actor, Permission.NETWORK_VIEW, Station))
        .order_by(Station.label, Evse.number)
    )
    rows = [StickerRow(**row) for row in work.session.execute(asked).mappings()]
    if not rows:
        raise NotFound
    return rows
