"""The charge points of the large demo: sites, EVSEs, plugs with a state, and under whose contract each stands."""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from app.demo.large.accounts import Account
from app.demo.large.copying import copy_rows, portions
from app.demo.large.places import STREETS, TOWNS, Town, codes
from app.demo.network import VAT
from app.domain.contracts.models import Assignment
from app.domain.network.keys import key_hash
from app.domain.network.models import Connector, Evse, Location, Station, StationState
from app.domain.people.models import Operator
from app.domain.tariffs.groups_models import GroupAssignment
from app.domain.tariffs.models import TariffAssignment
from app.kernel.ids import uuid7

#: charge points in one transaction: each assignment holds a lock until its end
PORTION = 2000
#: a site has so many charge points at most
_AT_A_SITE = 4
_AC22, _AC11, _DC150 = ("AC", 22_000), ("AC", 11_000), ("DC", 150_000)
#: kinds of charge points: EVSEs, vendor, model; the first ones are the usual ones
_KINDS: tuple[tuple[tuple[tuple[str, int], ...], str, str], ...] = (
    ((_AC22, _AC22), "Alfen", "Eve Double"),
    ((_AC22, _AC22), "Mennekes", "Amtron 4You"),
    ((_AC22, _AC22), "EVBox", "Troniq Modular"),
    ((_AC11,), "ABL", "eMH3"),
    ((_DC150,), "Alpitronic", "HYC150"),
    ((_AC22, _AC22, _AC22, _AC22), "Compleo", "eBox"),
    ((_DC150, _DC150), "Kempower", "Satellite"),
)
_KIND_WEIGHTS = (30, 20, 10, 20, 12, 3, 5)
_STATES = ("Available", "SuspendedEV", "Finishing", "Faulted", "Unavailable", None)
_STATE_WEIGHTS = (900, 30, 20, 12, 8, 2)


class Outlet(NamedTuple):
    """An EVSE with its plug, for the sessions that follow."""

    evse_id: UUID
    connector_id: UUID
    station_id: UUID
    current: str
    max_w: int
    label: str
    number: int


@dataclass
class Network:
    """Makes charge points portion by portion; the labels go on from NL-100000."""

    owner: Operator
    secret_key: str
    at: datetime
    now: datetime
    first_month: date
    #: the price sheet of DC outlets by country; AC ones have what the levels above say
    dc_sheets: dict[str, UUID]
    #: the group of everybody else's price outside the operator's country, for its own sites there
    groups: dict[str, UUID]
    draw: random.Random = field(default_factory=lambda: random.Random(2))
    outlets: list[Outlet] = field(default_factory=list)
    _written: set[UUID] = field(default_factory=set)
    _sites: Iterator[str] = field(default_factory=lambda: codes("L"))
    _checks: Iterator[str] = field(default_factory=lambda: codes("K", 5))
    _numbers: Iterator[int] = field(default_factory=lambda: count(100_000))

    def plan(self, accounts: Sequence[Account]) -> Iterator[list[tuple[Account | None, dict[str, Any]]]]:
        """Stations with their holders in portions; the sites are in the rows. One in thirty belongs to the operator itself."""
        return portions(self._stations(accounts), PORTION)

    def _stations(self, accounts: Iterable[Account]) -> Iterator[tuple[Account | None, dict[str, Any]]]:
        for account in accounts:
            holder = None if self.draw.randrange(30) == 0 and account.points < 10 else account
            for number in range(account.points):
                if number % _AT_A_SITE == 0:
                    site = self._site(holder, account.town)
                yield holder, self._station(holder, site)

    def add(self, session: Session, portion: list[tuple[Account | None, dict[str, Any]]]) -> None:
        """Write a portion with everything that hangs on it."""
        stations = [station for _, station in portion]
        sites = {station["site"]["id"]: station["site"] for station in stations if station["site"]["id"] not in self._written}
        copy_rows(session, Location, sites.values())
        self._written |= sites.keys()
        abroad = (site for site in sites.values() if site["partner_id"] is None and site["country"] in self.groups)
        copy_rows(session, GroupAssignment, (self._group(site) for site in abroad))
        copy_rows(session, Station, stations)
        copy_rows(session, StationState, map(self._state, stations))
        evses = [evse for station in stations for evse in self._evses(station)]
        copy_rows(session, Evse, evses)
        copy_rows(session, Connector, map(self._plug, evses))
        copy_rows(session, Assignment, (self._assignment(holder, station) for holder, station in portion if holder is not None))
        copy_rows(session, TariffAssignment, (self._sheet(evse) for evse in evses if evse["current"] == "DC"))

    def _site(self, holder: Account | None, town: Town) -> dict[str, Any]:
        draw, street = self.draw, self.draw.choice(STREETS)
        return {
            "id": uuid7(),
            "operator_id": self.owner.id,
            "partner_id": holder.id if holder else None,
            "code": next(self._sites),
            "name": f"{town.name}, {street} {draw.randint(1, 200)}",
            "street": f"{street} {draw.randint(1, 200)}",
            "postcode": f"{town.postcode:0<5}",
            "city": town.name,
            "country": town.country,
            "latitude": Decimal(round((town.latitude + draw.uniform(-0.08, 0.08)) * 10**6)) / 10**6,
            "longitude": Decimal(round((town.longitude + draw.uniform(-0.08, 0.08)) * 10**6)) / 10**6,
            "time_zone": town.zone,
            "vat_pct": VAT[town.country],
            "help_phone": self.owner.help_phone or "",
            "created_at": self.at,
        }

    def _station(self, holder: Account | None, site: dict[str, Any]) -> dict[str, Any]:
        number = next(self._numbers)
        evses, vendor, model = self.draw.choices(_KINDS, _KIND_WEIGHTS)[0]
        return {
            "id": uuid7(),
            "operator_id": self.owner.id,
            "partner_id": holder.id if holder else None,
            "location_id": site["id"],
            "site": site,
            "evses": evses,
            "label": f"NL-{number}",
            "identity": f"NL-{number}",
            "key_hash": key_hash(self.secret_key, secrets.token_bytes(20)),
            "vendor": vendor,
            "model": model,
            "serial": f"SN{number * 7919 % 10_000_000:07}",
            "protocol": self.draw.choice(("ocpp1.6", "ocpp2.0.1")),
            "created_at": self.at,
        }

    def _state(self, station: dict[str, Any]) -> dict[str, Any]:
        owned = {name: station[name] for name in ("operator_id", "partner_id")}
        return owned | {"station_id": station["id"], "connected": True, "connected_at": self.at, "last_message_at": self.now}

    def _evses(self, station: dict[str, Any]) -> Iterator[dict[str, Any]]:
        for number, (current, watts) in enumerate(station["evses"], 1):
            yield {
                "id": uuid7(),
                "operator_id": station["operator_id"],
                "partner_id": station["partner_id"],
                "station_id": station["id"],
                "country": station["site"]["country"],
                "label": station["label"],
                "number": number,
                "evse_uid": f"{station['site']['country']}*{self.owner.code}*E{station['label'].removeprefix('NL-')}*{number}",
                "current": current,
                "max_w": watts,
                "check_code": next(self._checks).removeprefix("K-"),
                "clock_approved": True,
            }

    def _plug(self, evse: dict[str, Any]) -> dict[str, Any]:
        key, status = uuid7(), self.draw.choices(_STATES, _STATE_WEIGHTS)[0]
        self.outlets.append(Outlet(evse["id"], key, evse["station_id"], evse["current"], evse["max_w"], evse["label"], evse["number"]))
        return {
            "id": key,
            "operator_id": evse["operator_id"],
            "partner_id": evse["partner_id"],
            "station_id": evse["station_id"],
            "evse_id": evse["id"],
            "wire_number": evse["number"],
            "plug": "type2" if evse["current"] == "AC" else "ccs2",
            "status": status,
            "status_at": self.now if status else None,
            "status_received_at": self.now if status else None,
            "error_code": "GroundFailure" if status == "Faulted" else None,
        }

    def _assignment(self, holder: Account, station: dict[str, Any]) -> dict[str, Any]:
        return {
            "operator_id": self.owner.id,
            "partner_id": holder.id,
            "station_id": station["id"],
            "contract_id": holder.contract_id,
            "valid_from": self.first_month,
            "created_at": self.at,
        }

    def _group(self, site: dict[str, Any]) -> dict[str, Any]:
        since = {"valid_from": self.at, "created_at": self.at, "created_name": "Demo"}
        return since | {"operator_id": self.owner.id, "level": "location", "place_id": site["id"], "group_id": self.groups[site["country"]]}

    def _sheet(self, evse: dict[str, Any]) -> dict[str, Any]:
        return {
            "operator_id": evse["operator_id"],
            "partner_id": evse["partner_id"],
            "evse_id": evse["id"],
            "tariff_id": self.dc_sheets[evse["country"]],
            "valid_from": self.at,
            "created_at": self.at,
            "created_name": "Demo",
        }


def sommers(account_id: UUID, contract_id: UUID, points: int) -> Account:
    """The partner that everybody signs in with, in Hamburg, with so many charge points."""
    return Account(account_id, contract_id, TOWNS[0], points)
