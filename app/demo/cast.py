"""The standing cast of demo and tests: operator Nordlicht; partners Sommer (host) and Winter (stranger); sub-operator Küste; people.

Everybody's sign-in address is ``<first name>@<account>.example``; passwords are set by the demo only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.roles import Role
from app.demo import builders as make
from app.domain.contracts.models import ContractVersion
from app.domain.network.models import Connector, Evse, Location, Station
from app.domain.people.models import Operator, Partner, User
from app.domain.tariffs.models import Tariff

#: what everybody of the cast signs in with while the installation is a demo; the sign-in page says so
DEMO_PASSWORD = "Nordlicht-am-Abend-26"  # noqa: S105 - guards an installation that shows it to everybody

#: key -> (name, e-mail, role, account: None for the operator)
PEOPLE: dict[str, tuple[str, str, Role, str | None]] = {
    "anke": ("Anke Brandt", "anke@nordlicht.example", Role.ADMIN, None),
    "carla": ("Carla Möller", "carla@nordlicht.example", Role.CONTRACT_MANAGER, None),
    "conrad": ("Conrad Weiss", "conrad@nordlicht.example", Role.CONTRACT_MANAGER, None),
    "fiona": ("Fiona Petersen", "fiona@nordlicht.example", Role.FINANCE, None),
    "felix": ("Felix Aydin", "felix@nordlicht.example", Role.FINANCE, None),
    "theo": ("Theo Lindner", "theo@nordlicht.example", Role.TECHNICIAN, None),
    "aylin": ("Aylin Demir", "aylin@nordlicht.example", Role.HOTLINE, None),
    "olga": ("Olga Sommer", "olga@sommer.example", Role.OWNER, "sommer"),
    "moritz": ("Moritz Klein", "moritz@sommer.example", Role.MANAGER, "sommer"),
    "pia": ("Pia Engel", "pia@sommer.example", Role.ACCOUNTANT, "sommer"),
    "toni": ("Toni Frank", "toni@sommer.example", Role.PARTNER_TECHNICIAN, "sommer"),
    "vera": ("Vera Simon", "vera@sommer.example", Role.VIEWER, "sommer"),
    "willi": ("Willi Winter", "willi@winter.example", Role.OWNER, "winter"),
    "silke": ("Silke Jensen", "silke@kueste.example", Role.SUB_OPERATOR, "kueste"),
}

AC_TERMS: dict[str, Any] = {
    "id": "ac",
    "currency": "EUR",
    "tax_included": "YES",
    "elements": [
        {
            "price_components": [
                {"type": "ENERGY", "price": "0.49", "step_size": 1, "vat": "19"},
                {"type": "PARKING_TIME", "price": "6.00", "step_size": 60, "vat": "19"},
            ]
        }
    ],
    "ext": {
        "idle_grace": {"seconds": 3000, "scope": "phase", "mode": "deduct"},
        "caps": {"PARKING_TIME": "12.00"},
        "free_below": {"energy_kwh": "0.1", "seconds": 120},
    },
}
DC_TERMS: dict[str, Any] = AC_TERMS | {
    "id": "dc",
    "elements": [{"price_components": [{"type": "ENERGY", "price": "0.69", "step_size": 1, "vat": "19"}]}],
    "ext": {"free_below": {"energy_kwh": "0.1", "seconds": 120}},
}


@dataclass
class Cast:
    """Everybody and everything the demo starts with, by name."""

    operator: Operator
    partners: dict[str, Partner] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)
    locations: dict[str, Location] = field(default_factory=dict)
    stations: dict[str, Station] = field(default_factory=dict)
    tariffs: dict[str, Tariff] = field(default_factory=dict)
    contracts: dict[str, ContractVersion] = field(default_factory=dict)

    def evse(self, session: Session, label: str, number: int = 1) -> Evse:
        """The EVSE ``NL-0417/2``."""
        return session.scalars(select(Evse).where(Evse.station_id == self.stations[label].id, Evse.number == number)).one()

    def connector(self, session: Session, label: str, number: int = 1) -> Connector:
        """The connector of that EVSE."""
        return session.scalars(select(Connector).where(Connector.evse_id == self.evse(session, label, number).id)).one()


def seed_cast(session: Session, at: datetime, *, secret_key: str, first_month: date, password_hash: str | None = None) -> Cast:
    """The cast with two AC and one DC charge point for Sommer, one AC for Winter, contracts and tariffs since ``first_month``."""
    cast = Cast(make.operator(session, at))
    _partners(session, cast, at)
    for key, (name, email, role, account) in PEOPLE.items():
        language = "de" if account in (None, "sommer", "winter") else "en"
        cast.people[key] = make.user(
            session, name, email, at, password_hash, language=language, region="de_DE" if language == "de" else "en_GB"
        )
        make.member(session, cast.people[key], role, at, owner=cast.operator, account=cast.partners[account] if account else None)
    _network(session, cast, at, secret_key)
    _terms(session, cast, at, first_month)
    return cast


def _partners(session: Session, cast: Cast, at: datetime) -> None:
    owner = cast.operator
    cast.partners["kueste"] = make.partner(
        session, owner, "Küste", at, kind="sub_operator", city="Husum", postcode="25813", street="Am Hafen 7"
    )
    sommer = make.partner(
        session, owner, "Sommer", at, parent_id=cast.partners["kueste"].id, vat_id="DE123456788", legal_name="Café Sommer GmbH"
    )
    winter = make.partner(
        session, owner, "Winter", at, city="Lübeck", postcode="23552", street="Mühlenstraße 40", legal_name="Hotel Winter KG"
    )
    cast.partners |= {"sommer": sommer, "winter": winter}
    for account, domain in ((sommer, "sommer"), (winter, "winter")):
        make.contact(session, account, "administrative", f"{account.name} Verwaltung", f"office@{domain}.example", phone="+49 40 5550110")
        make.contact(session, account, "technical", f"{account.name} Technik", f"technik@{domain}.example", phone="+49 40 5550111")
        make.contact(session, account, "billing", f"{account.name} Buchhaltung", f"rechnung@{domain}.example", phone="+49 40 5550112")


def _network(session: Session, cast: Cast, at: datetime, secret_key: str) -> None:
    owner, sommer, winter = cast.operator, cast.partners["sommer"], cast.partners["winter"]
    cast.locations["marktplatz"] = make.location(session, owner, "Café Sommer, Marktplatz", at, held_by=sommer, max_w=150_000)
    cast.locations["hof"] = make.location(
        session, owner, "Hotel Winter, Hof", at, held_by=winter, city="Lübeck", postcode="23552", street="Mühlenstraße 40"
    )
    market, yard = cast.locations["marktplatz"], cast.locations["hof"]
    two_ac = (("AC", 22_000), ("AC", 22_000))
    plan = {
        "NL-0417": (market, two_ac, "EVBox", "Troniq Modular"),
        "NL-0418": (market, two_ac, "Alfen", "Eve Double"),
        "NL-0450": (market, (("DC", 150_000),), "Alpitronic", "HYC150"),
        "NL-0501": (yard, two_ac, "Mennekes", "Amtron 4You"),
    }
    for label, (site, evses, vendor, model) in plan.items():
        known: dict[str, Any] = {"vendor": vendor, "model": model, "card_terminal": True if label == "NL-0450" else None}
        cast.stations[label] = make.station(session, site, label, at, secret_key=secret_key, evses=evses, **known)


def _terms(session: Session, cast: Cast, at: datetime, first_month: date) -> None:
    cast.tariffs["ac"] = make.tariff(session, cast.operator, "AC standard", AC_TERMS, at)
    cast.tariffs["dc"] = make.tariff(session, cast.operator, "DC fast", DC_TERMS, at)
    platform = {
        "platform_fee": {
            "per_charge_point": "5.00",
            "per_ac_evse": "2.50",
            "per_dc_evse": "9.00",
            "monthly_fixed": "0",
            "policy": "whole_month",
        }
    }
    sommer, winter = cast.partners["sommer"], cast.partners["winter"]
    cast.contracts["sommer"] = make.contract(
        session, sommer, first_month, at, exclude_connection_fee=True, terms=platform, price_limits={"energy": "0.79"}
    )
    cast.contracts["winter"] = make.contract(session, winter, first_month, at, terms=platform, permissions=())
    for label, place in cast.stations.items():
        make.assign_station(session, place, cast.contracts["winter" if label == "NL-0501" else "sommer"], first_month, at)
        for outlet in session.scalars(select(Evse).where(Evse.station_id == place.id).order_by(Evse.number)):
            make.assign_tariff(session, outlet, cast.tariffs[outlet.current.lower()], at)
