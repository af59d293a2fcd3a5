"""Plain functions that add one thing with every default; used by the demo and by tests. They flush, never commit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from app.access.permissions import Permission
from app.access.roles import DELEGATED, Role
from app.domain.contracts.models import Assignment, Contract, ContractVersion
from app.domain.network.keys import key_hash
from app.domain.network.models import Connector, Evse, Location, Station, StationState
from app.domain.people.models import Contact, Membership, Operator, Partner, User
from app.domain.people.user_groups import UserGroup, UserGroupToken
from app.domain.sessions.models import IdToken
from app.domain.tariffs.cascade_lines import Line
from app.domain.tariffs.groups_models import GroupAssignment, TariffGroup, TariffGroupLine, TariffGroupVersion
from app.domain.tariffs.models import Tariff, TariffAssignment, TariffVersion
from app.kernel.ids import new_code

T = TypeVar("T")


def add(session: Session, thing: T) -> T:
    """Add and flush, so that keys and constraints are real at once."""
    session.add(thing)
    session.flush()
    return thing


def operator(session: Session, at: datetime, **over: Any) -> Operator:
    """A charge point operator."""
    values = {
        "code": "NLT",
        "name": "Nordlicht",
        "legal_name": "Nordlicht Ladenetz GmbH",
        "country": "DE",
        "currency": "EUR",
        "time_zone": "Europe/Berlin",
        "language": "de",
        "vat_id": "DE136695976",
        "address": {"street": "Hafenstraße 12", "postcode": "24103", "city": "Kiel", "country": "DE"},
        "help_phone": "+49 431 5550100",
        "created_at": at,
    }
    return add(session, Operator(**values | over))


def partner(session: Session, owner: Operator, name: str, at: datetime, **over: Any) -> Partner:
    """An active site host in Hamburg."""
    values = {
        "operator_id": owner.id,
        "code": new_code("P"),
        "kind": "host",
        "state": "active",
        "name": name,
        "legal_name": f"{name} Betriebs GmbH",
        "street": "Marktplatz 3",
        "postcode": "20095",
        "city": "Hamburg",
        "country": "DE",
        "language": "de",
        "time_zone": owner.time_zone,
        "currency": owner.currency,
        "created_at": at,
    }
    return add(session, Partner(**values | over))


def contact(session: Session, of: Partner, kind: str, person: str, email: str, **over: Any) -> Contact:
    """One of the three contacts of a partner."""
    values = {"operator_id": of.operator_id, "partner_id": of.id, "kind": kind, "person": person, "email": email, "language": of.language}
    return add(session, Contact(**values | over))


def user(session: Session, name: str, email: str, at: datetime, password_hash: str | None = None, **over: Any) -> User:
    """A person who can sign in once a password hash is given."""
    values = {"name": name, "email": email, "password_hash": password_hash, "password_changed_at": at, "created_at": at}
    return add(session, User(**values | over))


def member(
    session: Session, who: User, role: Role, at: datetime, *, owner: Operator, account: Partner | None = None, **over: Any
) -> Membership:
    """A role in the operator, or in one partner account."""
    values = {
        "user_id": who.id,
        "operator_id": owner.id,
        "partner_id": account.id if account else None,
        "role": role.value,
        "created_at": at,
    }
    return add(session, Membership(**values | over))


def location(session: Session, owner: Operator, name: str, at: datetime, *, held_by: Partner | None = None, **over: Any) -> Location:
    """A public site in Hamburg, 19 % VAT."""
    values = {
        "operator_id": owner.id,
        "partner_id": held_by.id if held_by else None,
        "code": new_code("L"),
        "name": name,
        "street": "Marktplatz 3",
        "postcode": "20095",
        "city": "Hamburg",
        "country": "DE",
        "latitude": Decimal("53.550300"),
        "longitude": Decimal("10.000700"),
        "time_zone": "Europe/Berlin",
        "vat_pct": Decimal(19),
        "help_phone": owner.help_phone or "",
        "created_at": at,
    }
    return add(session, Location(**values | over))


def station(
    session: Session,
    site: Location,
    label: str,
    at: datetime,
    *,
    secret_key: str,
    password: str = "station-password",  # noqa: S107 - a default for tests and the demo's simulated stations
    evses: Iterable[tuple[str, int]] = (("AC", 22_000), ("AC", 22_000)),
    party: str = "DE*NLT",
    **over: Any,
) -> Station:
    """A charge point with EVSEs given as (current, watts), one connector each."""
    owned = {"operator_id": site.operator_id, "partner_id": site.partner_id}
    values = owned | {
        "location_id": site.id,
        "label": label,
        "identity": label,
        "key_hash": key_hash(secret_key, password),
        "created_at": at,
    }
    made = add(session, Station(**values | over))
    session.add(StationState(station_id=made.id, **owned))
    for number, (current, watts) in enumerate(evses, 1):
        place = add(
            session,
            Evse(
                **owned,
                station_id=made.id,
                number=number,
                evse_uid=f"{party}*E{label.rpartition('-')[2]}*{number}",
                current=current,
                max_w=watts,
                check_code=new_code("K", 5).removeprefix("K-"),
            ),
        )
        plug = "type2" if current == "AC" else "ccs2"
        session.add(Connector(**owned, station_id=made.id, evse_id=place.id, number=1, wire_number=number, plug=plug))
    session.flush()
    return made


def tariff(session: Session, owner: Operator, name: str, terms: dict[str, Any], at: datetime, *, held_by: Partner | None = None) -> Tariff:
    """A tariff with its first version."""
    owned = {"operator_id": owner.id, "partner_id": held_by.id if held_by else None}
    made = add(session, Tariff(**owned, code=new_code("T"), name=name, currency=terms["currency"], created_at=at))
    tariff_version(session, made, terms, at, number=1)
    return made


def tariff_version(session: Session, of: Tariff, terms: dict[str, Any], valid_from: datetime, *, number: int) -> TariffVersion:
    """Terms of a tariff from an instant on."""
    return add(
        session,
        TariffVersion(
            operator_id=of.operator_id,
            partner_id=of.partner_id,
            tariff_id=of.id,
            number=number,
            valid_from=valid_from,
            terms=terms,
            created_at=valid_from,
            created_name="Demo",
        ),
    )


def assign_tariff(session: Session, place: Evse, sheet: Tariff | None, valid_from: datetime) -> TariffAssignment:
    """From an instant on the EVSE has this tariff."""
    return add(
        session,
        TariffAssignment(
            operator_id=place.operator_id,
            partner_id=place.partner_id,
            evse_id=place.id,
            tariff_id=sheet.id if sheet else None,
            valid_from=valid_from,
            created_at=valid_from,
            created_name="Demo",
        ),
    )


def tariff_group(
    session: Session, owner: Operator, name: str, rest: Tariff, lines: Iterable[Line], at: datetime, *, held_by: Partner | None = None
) -> TariffGroup:
    """A tariff group with its first version."""
    owned = {"operator_id": owner.id, "partner_id": held_by.id if held_by else None}
    made = add(session, TariffGroup(**owned, code=new_code("G"), name=name, currency=rest.currency, created_at=at))
    values = {"number": 1, "valid_from": at, "rest_tariff_id": rest.id, "created_at": at, "created_name": "Demo"}
    version = add(session, TariffGroupVersion(**owned, group_id=made.id, **values))
    for position, line in enumerate(lines, 1):
        session.add(TariffGroupLine(**owned, version_id=version.id, position=position, **asdict(line) | {"channels": list(line.channels)}))
    session.flush()
    return made


def assign_group(session: Session, level: str, place: Any, group: TariffGroup | None, valid_from: datetime) -> GroupAssignment:
    """From an instant on a station, location, partner or operator has this tariff group."""
    of_partner = place.id if level == "partner" else None if level == "operator" else place.partner_id
    values = {"place_id": place.id, "group_id": group.id if group else None, "valid_from": valid_from, "created_at": valid_from}
    owned = {"operator_id": place.id if level == "operator" else place.operator_id, "partner_id": of_partner}
    return add(session, GroupAssignment(**owned, level=level, **values, created_name="Demo"))


def user_group(session: Session, owner: Operator, name: str, at: datetime, *cards: IdToken, partner_id: UUID | None = None) -> UserGroup:
    """People whose cards these are."""
    owned = {"operator_id": owner.id, "partner_id": partner_id}
    made = add(session, UserGroup(**owned, code=new_code("U"), name=name, created_at=at))
    for card in cards:
        join_group(session, made, card, at)
    return made


def join_group(session: Session, group: UserGroup, card: IdToken, at: datetime) -> None:
    """The card is in the group from then on."""
    owned = {"operator_id": group.operator_id, "partner_id": group.partner_id}
    add(session, UserGroupToken(**owned, group_id=group.id, token_id=card.id, since=at))


def contract(
    session: Session,
    of: Partner,
    first_month: date,
    at: datetime,
    *,
    permissions: Iterable[Permission] = DELEGATED,
    time_zone: str | None = None,
    **over: Any,
) -> ContractVersion:
    """A contract with one active version, open-ended, AC 70 %, DC 60 %."""
    agreed = add(
        session,
        Contract(
            operator_id=of.operator_id,
            partner_id=of.id,
            code=new_code("C"),
            name=f"{of.name} revenue share",
            currency=of.currency,
            time_zone=time_zone or of.time_zone,
            created_at=at,
        ),
    )
    values = {
        "operator_id": of.operator_id,
        "partner_id": of.id,
        "contract_id": agreed.id,
        "number": 1,
        "state": "active",
        "first_month": first_month,
        "ac_pct": Decimal(70),
        "dc_pct": Decimal(60),
        "permissions": sorted(p.value for p in permissions),
        "created_at": at,
        "activated_at": at,
    }
    return add(session, ContractVersion(**values | over))


def assign_station(session: Session, place: Station, terms: ContractVersion, valid_from: date, at: datetime) -> Assignment:
    """From a day on the charge point is under a contract."""
    return add(
        session,
        Assignment(
            operator_id=place.operator_id,
            partner_id=terms.partner_id,
            station_id=place.id,
            contract_id=terms.contract_id,
            valid_from=valid_from,
            created_at=at,
        ),
    )


def id_token(session: Session, owner: Operator, value: str, at: datetime, *, partner_id: UUID | None = None, **over: Any) -> IdToken:
    """A charging card that may start sessions."""
    values = {"operator_id": owner.id, "partner_id": partner_id, "value": value.upper(), "label": value, "created_at": at}
    return add(session, IdToken(**values | over))
