"""The demonstration network beyond the cast: towns, partners, charge points, tariffs per country, and how each charge point behaves."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.demo import builders as make
from app.demo.cast import AC_TERMS, DC_TERMS, Cast
from app.domain.network.keys import key_hash
from app.domain.network.models import Evse

AC22 = ("AC", 22_000)
AC11 = ("AC", 11_000)
DC50 = ("DC", 50_000)
DC150 = ("DC", 150_000)


@dataclass(frozen=True)
class Town:
    """A site of the demo: address, country, partner (None: the operator's own)."""

    name: str
    street: str
    postcode: str
    city: str
    country: str
    latitude: str
    longitude: str
    partner: str | None


TOWNS = {
    "marktplatz": Town("Café Sommer, Marktplatz", "Marktplatz 3", "20095", "Hamburg", "DE", "53.550300", "10.000700", "sommer"),
    "hof": Town("Hotel Winter, Hof", "Mühlenstraße 40", "23552", "Lübeck", "DE", "53.862800", "10.688000", "winter"),
    "hafen": Town("Fähranleger Kiel", "Hafenstraße 12", "24103", "Kiel", "DE", "54.318700", "10.138300", None),
    "garten": Town("Sommer Gartenlokal", "Elbchaussee 110", "22763", "Hamburg", "DE", "53.544900", "9.907700", "sommer"),
    "leipzig": Town("Kaufhaus am Ring", "Goethestraße 2", "04109", "Leipzig", "DE", "51.341600", "12.379900", "ring"),
    "muenchen": Town("Ring Parkhaus Süd", "Lindwurmstraße 88", "80337", "München", "DE", "48.128300", "11.556900", "ring"),
    "wien": Town("Alpenblick Stadthotel", "Mariahilfer Straße 60", "1070", "Wien", "AT", "48.199100", "16.349600", "alpenblick"),
    "salzburg": Town("Alpenblick Gasthof", "Linzer Gasse 21", "5020", "Salzburg", "AT", "47.803900", "13.047100", "alpenblick"),
    "strasbourg": Town("Hôtel du Parc", "12 quai Kléber", "67000", "Strasbourg", "FR", "48.587300", "7.744200", "parc"),
    "lyon": Town("Parc Confluence", "8 cours Charlemagne", "69002", "Lyon", "FR", "45.743600", "4.818700", "parc"),
}

PARTNERS: dict[str, dict[str, Any]] = {
    "ring": {
        "name": "Ring Handel",
        "legal_name": "Ring Handels AG",
        "kind": "company",
        "city": "Leipzig",
        "postcode": "04109",
        "street": "Goethestraße 2",
    },
    "alpenblick": {
        "name": "Alpenblick",
        "legal_name": "Alpenblick Hotellerie GmbH",
        "country": "AT",
        "city": "Salzburg",
        "postcode": "5020",
        "street": "Linzer Gasse 21",
        "tax_credit": "S20",
        "tax_fees": "S20",
        "time_zone": "Europe/Vienna",
    },
    "parc": {
        "name": "Hôtel du Parc",
        "legal_name": "SARL Hôtel du Parc",
        "country": "FR",
        "city": "Strasbourg",
        "postcode": "67000",
        "street": "12 quai Kléber",
        "language": "fr",
        "tax_credit": "S20",
        "tax_fees": "S20",
        "time_zone": "Europe/Paris",
    },
}

ZONES = {"DE": "Europe/Berlin", "AT": "Europe/Vienna", "FR": "Europe/Paris"}
VAT = {"DE": Decimal(19), "AT": Decimal(20), "FR": Decimal(20)}


@dataclass(frozen=True)
class Machine:
    """A charge point of the demo and its character."""

    town: str
    evses: tuple[tuple[str, int], ...]
    vendor: str
    model: str
    protocol: str = "ocpp1.6"
    busy: float = 0.5
    faults: float = 0.0
    offline: float = 0.0
    #: cars come by themselves; not where the README sends a visitor to charge
    walk_ins: bool = True
    card_terminal: bool | None = None


MACHINES: dict[str, Machine] = {
    "NL-0417": Machine("marktplatz", (AC22, AC22), "EVBox", "Troniq Modular", busy=0.8, walk_ins=False),
    "NL-0418": Machine("marktplatz", (AC22, AC22), "Alfen", "Eve Double", "ocpp2.0.1", busy=0.7),
    "NL-0450": Machine("marktplatz", (DC150,), "Alpitronic", "HYC150", busy=0.9),
    "NL-0501": Machine("hof", (AC22, AC22), "Mennekes", "Amtron 4You", busy=0.4),
    "NL-0419": Machine("garten", (AC11, AC11), "ABL", "eMH3", busy=0.5, faults=0.15),
    "NL-0420": Machine("garten", (AC11,), "ABL", "eMH3", "ocpp2.0.1", busy=0.4),
    "NL-0600": Machine("hafen", (DC150, DC150, AC22), "Kempower", "Satellite", "ocpp2.0.1", busy=0.9, card_terminal=True),
    "NL-0601": Machine("hafen", (AC22, AC22), "Alfen", "Eve Double", busy=0.6, offline=0.4),
    "NL-0610": Machine("leipzig", (AC22, AC22), "Keba", "P40", busy=0.7),
    "NL-0611": Machine("leipzig", (DC50,), "ABB", "Terra 54", busy=0.6, faults=0.1),
    "NL-0620": Machine("muenchen", (AC22, AC22, AC22, AC22), "Compleo", "eBox", "ocpp2.0.1", busy=0.8),
    "NL-0700": Machine("wien", (AC22, AC22), "Keba", "P40", busy=0.6),
    "NL-0701": Machine("wien", (DC150,), "Alpitronic", "HYC150", "ocpp2.0.1", busy=0.7, card_terminal=True),
    "NL-0710": Machine("salzburg", (AC11, AC11), "go-e", "Pro", busy=0.4, offline=0.3),
    "NL-0800": Machine("strasbourg", (AC22, AC22), "Hager", "Witty Park", busy=0.6),
    "NL-0801": Machine("strasbourg", (DC50,), "ABB", "Terra 54", busy=0.5, card_terminal=False),
    "NL-0810": Machine("lyon", (AC22, AC22), "Hager", "Witty Park", "ocpp2.0.1", busy=0.7, faults=0.1),
}

TOKENS = ("NLT-CARD-0001", "NLT-CARD-0002", "NLT-CARD-0003", "NLT-CARD-0004", "NLT-CARD-0005")
ROAMING_TOKENS = ("FRB-EMP-7Q01", "FRB-EMP-7Q02")


def station_password(secret_key: str, identity: str) -> str:
    """The demo's station password: the seed and the simulated station derive the same one; exists in demo mode only."""
    return hmac.new(secret_key.encode(), f"demo station {identity}".encode(), hashlib.sha256).hexdigest()[:40]


_ABOVE: dict[str, Any] = {"ac_pct": Decimal(80), "dc_pct": Decimal(75)}


def seed_network(session: Session, cast: Cast, at: datetime, *, secret_key: str, first_month: date) -> None:
    """Add the rest of the network to the cast, and give every demo station its own password."""
    for key, values in PARTNERS.items():
        cast.partners[key] = make.partner(session, cast.operator, at=at, **values)
        cast.contracts[key] = make.contract(
            session, cast.partners[key], first_month, at, terms=cast.contracts["sommer"].terms, time_zone=cast.partners[key].time_zone
        )
        _contacts(session, cast, key)
    # Küste's own, above Sommer's
    cast.contracts["kueste"] = make.contract(session, cast.partners["kueste"], first_month, at, permissions=(), **_ABOVE)
    for key, town in TOWNS.items():
        if key not in cast.locations:
            cast.locations[key] = _location(session, cast, town, at)
    sheets = {"DE": (cast.tariffs["ac"], cast.tariffs["dc"])} | {c: _tariffs(session, cast, c, at) for c in ("AT", "FR")}
    for label, machine in MACHINES.items():
        town = TOWNS[machine.town]
        if label in cast.stations:
            cast.stations[label].key_hash = key_hash(secret_key, station_password(secret_key, label))
            continue
        place = make.station(
            session,
            cast.locations[machine.town],
            label,
            at,
            secret_key=secret_key,
            password=station_password(secret_key, label),
            evses=machine.evses,
            vendor=machine.vendor,
            model=machine.model,
            card_terminal=machine.card_terminal,
        )
        cast.stations[label] = place
        if town.partner:
            make.assign_station(session, place, cast.contracts[town.partner], first_month, at)
        for outlet in session.scalars(select(Evse).where(Evse.station_id == place.id).order_by(Evse.number)):
            make.assign_tariff(session, outlet, sheets[town.country][outlet.current == "DC"], at)
    for value in TOKENS:
        make.id_token(session, cast.operator, value, at)
    for value in ROAMING_TOKENS:
        make.id_token(session, cast.operator, value, at, channel="emsp")


def _contacts(session: Session, cast: Cast, key: str) -> None:
    account = cast.partners[key]
    for kind in ("administrative", "technical", "billing"):
        make.contact(session, account, kind, f"{account.name} {kind}", f"{kind}@{key}.example")


def _location(session: Session, cast: Cast, town: Town, at: datetime) -> Any:
    return make.location(
        session,
        cast.operator,
        town.name,
        at,
        held_by=cast.partners[town.partner] if town.partner else None,
        street=town.street,
        postcode=town.postcode,
        city=town.city,
        country=town.country,
        latitude=Decimal(town.latitude),
        longitude=Decimal(town.longitude),
        time_zone=ZONES[town.country],
        vat_pct=VAT[town.country],
    )


def _tariffs(session: Session, cast: Cast, country: str, at: datetime) -> tuple[Any, Any]:
    made = []
    for name, terms in ((f"AC {country}", AC_TERMS), (f"DC {country}", DC_TERMS)):
        taxed = [
            element | {"price_components": [part | {"vat": str(VAT[country])} for part in element["price_components"]]}
            for element in terms["elements"]
        ]
        made.append(make.tariff(session, cast.operator, name, terms | {"id": f"{terms['id']}-{country.lower()}", "elements": taxed}, at))
    return made[0], made[1]
