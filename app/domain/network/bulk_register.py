"""Registering many charge points at once, for an import: one statement per table, whatever the number."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, any_, insert, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.access.permissions import Permission
from app.domain.network.check_codes import fresh_check_codes
from app.domain.network.events import StationRegistered
from app.domain.network.keys import key_hash
from app.domain.network.models import Connector, Evse, Location, Station, StationState
from app.domain.people.models import Operator
from app.kernel.ids import uuid7
from app.work.unit import Work


@dataclass(frozen=True, slots=True)
class NewStation:
    """A charge point to register: how it calls itself, its password, how many EVSEs of which kind."""

    identity: str
    password: str
    evses: int = 1
    current: str = "AC"
    max_w: int = 22_000


def taken(session: Session, identities: Sequence[str]) -> set[str]:
    """Which of these identities are registered already, with any operator."""
    return set(session.scalars(select(Station.identity).where(_among(Station.identity, identities))))


def _among(column: Any, values: Iterable[str]) -> ColumnElement[bool]:
    """One parameter, however many values."""
    found: ColumnElement[bool] = column == any_(literal(list(values), ARRAY(Text)))
    return found


def register_many(work: Work, wanted: Sequence[NewStation], *, secret_key: str, location: Location | None = None) -> list[str]:
    """Register charge points whose identities are free; their labels, in order: the identity in capitals where that is free.

    Without a location they belong to the operator itself, in its time zone and currency.
    """
    owner = work.session.get_one(Operator, work.operator_id)
    holder = location.partner_id if location else None
    work.require(Permission.NETWORK_EDIT, partner_id=holder)
    owned: dict[str, Any] = {"operator_id": owner.id, "partner_id": holder}
    labels = list(_labels(work.session, wanted))
    site = location.id if location else None
    stations = [_station(owned, one, label, site, secret_key, work.now) for one, label in zip(wanted, labels, strict=True)]
    evses = _evses(work.session, wanted, stations, f"{location.country if location else owner.country}*{owner.code}")
    _write(work.session, stations, evses, owned)
    for station in stations:
        mine = [evse["evse_uid"] for evse in evses.get(station["id"], [])]
        work.record(
            StationRegistered(
                **owned,
                subject=("station", station["id"]),
                label=station["label"],
                identity=station["identity"],
                location_code=location.code if location else "",
                evses=mine,
            )
        )
    return labels


def _station(owned: dict[str, Any], one: NewStation, label: str, site: UUID | None, secret_key: str, at: datetime) -> dict[str, Any]:
    return owned | {
        "id": uuid7(),
        "location_id": site,
        "label": label,
        "identity": one.identity,
        "key_hash": key_hash(secret_key, one.password),
        "vendor": "",
        "model": "",
        "serial": "",
        "firmware": "",
        "flags": [],
        "created_at": at,
    }


def _write(session: Session, stations: list[dict[str, Any]], evses: dict[UUID, list[dict[str, Any]]], owned: dict[str, Any]) -> None:
    if not stations:
        return
    every = [evse for group in evses.values() for evse in group]
    session.execute(insert(Station), stations)
    session.execute(insert(StationState), [owned | {"station_id": each["id"], "connected": False, "seq": 0} for each in stations])
    session.execute(insert(Evse), every)
    connectors = [
        owned
        | {
            "id": uuid7(),
            "station_id": evse["station_id"],
            "evse_id": evse["id"],
            "number": 1,
            "wire_number": evse["number"],
            "plug": "type2" if evse["current"] == "AC" else "ccs2",
            "seq": 0,
        }
        for evse in every
    ]
    session.execute(insert(Connector), connectors)


def _evses(
    session: Session, wanted: Sequence[NewStation], stations: Sequence[dict[str, Any]], party: str
) -> dict[UUID, list[dict[str, Any]]]:
    codes = fresh_check_codes(session, sum(one.evses for one in wanted))
    stems = _free(
        (f"{party}*E{re.sub(r'[^A-Z0-9]', '', station['label'])}" for station in stations),
        {uid.rpartition("*")[0] for uid in session.scalars(select(Evse.evse_uid).where(Evse.evse_uid.startswith(party)))},
        "*",
    )
    return {
        station["id"]: [
            {
                "id": uuid7(),
                "operator_id": station["operator_id"],
                "partner_id": station["partner_id"],
                "station_id": station["id"],
                "number": number,
                "evse_uid": f"{stem}*{number}",
                "current": one.current,
                "max_w": one.max_w,
                "check_code": next(codes),
            }
            for number in range(1, one.evses + 1)
        ]
        for one, station, stem in zip(wanted, stations, stems, strict=True)
    }


def _labels(session: Session, wanted: Sequence[NewStation]) -> Iterator[str]:
    wishes = [re.sub(r"[^A-Z0-9]+", "-", one.identity.upper()).strip("-") or "CP" for one in wanted]
    used = set(session.scalars(select(Station.label).where(_among(Station.label, wishes))))
    return _free(wishes, used, "-")


def _free(wishes: Iterable[str], used: set[str], joint: str) -> Iterator[str]:
    """Each wish, with a number behind it where it is used."""
    for wish in wishes:
        name, count = wish, 1
        while name in used:
            count += 1
            name = f"{wish}{joint}{count}"
        used.add(name)
        yield name
