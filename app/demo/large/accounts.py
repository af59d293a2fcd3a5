"""The partners of the large demo: accounts with contacts, an owner who can sign in, a contract, drivers with cards."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from app.access.roles import DELEGATED
from app.demo.large.copying import copy_rows
from app.demo.large.places import FAMILIES, FIRST_NAMES, STREETS, TOWNS, TRADES, Size, Town, codes, points_of_each
from app.domain.contracts.models import Contract, ContractVersion
from app.domain.drivers.models import Driver
from app.domain.people.models import Contact, Membership, Operator, Partner, User
from app.domain.sessions.models import IdToken
from app.kernel.ids import uuid7
from app.kernel.periods import Month

_RIGHTS = sorted(each.value for each in DELEGATED)
_CONTACTS = ("administrative", "technical", "billing")
#: one in so many partners looks after others; so many of a hundred are in somebody's care
_SUB_OPERATORS = 200
_IN_CARE = 10


class Account(NamedTuple):
    """What later steps need to know of a partner; how many charge points it shall have."""

    id: UUID
    contract_id: UUID
    town: Town
    points: int


@dataclass(frozen=True)
class Accounts:
    """What every row of this step needs."""

    owner: Operator
    at: datetime
    first_month: date
    password_hash: str
    draw: random.Random

    def add(self, session: Session, size: Size, parents: list[UUID]) -> Iterator[list[Account]]:
        """Make partners in portions; ``parents`` are sub-operators that are there already."""
        names, contracts = codes("P"), codes("C")
        shares = points_of_each(self.draw, size.partners, size.points - size.of_sommer)
        for first in range(0, size.partners, 2000):
            made = [self._partner(first + n, next(names), parents) for n in range(min(2000, size.partners - first))]
            parents += [row["id"] for row in made if row["kind"] == "sub_operator"]
            accounts = [
                Account(row["id"], uuid7(), row["town"], 0 if row["kind"] == "sub_operator" else points)
                for row, points in zip(made, shares[first:], strict=False)
            ]
            copy_rows(session, Partner, made)
            copy_rows(session, Contact, (self._contact(row, kind) for row in made for kind in _CONTACTS))
            self._people(session, made, first)
            self._contracts(session, made, accounts, contracts)
            yield accounts

    def _partner(self, number: int, code: str, parents: list[UUID]) -> dict[str, Any]:
        draw, town = self.draw, self.draw.choice(TOWNS)
        name = f"{draw.choice(TRADES)} {draw.choice(FAMILIES)}"
        is_sub = number % _SUB_OPERATORS == 0
        in_care = not is_sub and parents and draw.randrange(100) < _IN_CARE
        tax = "S19" if town.country == "DE" else "S20"
        return {
            "id": uuid7(),
            "town": town,
            "operator_id": self.owner.id,
            "code": code,
            "kind": "sub_operator" if is_sub else draw.choice(("host", "host", "host", "company")),
            "state": draw.choice(("active",) * 18 + ("draft", "paused")),
            "name": name,
            "legal_name": f"{name} {draw.choice(('GmbH', 'e.K.', 'KG', 'AG'))}",
            "street": f"{draw.choice(STREETS)} {draw.randint(1, 140)}",
            "postcode": _postcode(draw, town),
            "city": town.name,
            "country": town.country,
            "language": "fr" if town.country == "FR" else "de",
            "time_zone": town.zone,
            "currency": self.owner.currency,
            "external_id": f"DEB-{number:06}",
            "parent_id": draw.choice(parents) if in_care else None,
            "tax_credit": tax,
            "tax_fees": tax,
            "created_at": self.at,
        }

    def _contact(self, partner: dict[str, Any], kind: str) -> dict[str, Any]:
        person = f"{self.draw.choice(FIRST_NAMES)} {self.draw.choice(FAMILIES)}"
        email = f"{kind}.{partner['external_id'].lower()}@partner.example"
        owned = {"operator_id": partner["operator_id"], "partner_id": partner["id"], "language": partner["language"]}
        return owned | {"kind": kind, "person": person, "email": email, "phone": "+49 40 5550199"}

    def _people(self, session: Session, partners: list[dict[str, Any]], first: int) -> None:
        """An owner for each account, who signs in as ``owner.<number>@partner.example`` with the demo's password."""
        people = [
            {
                "id": uuid7(),
                "email": f"owner.{first + n}@partner.example",
                "name": f"{self.draw.choice(FIRST_NAMES)} {self.draw.choice(FAMILIES)}",
                "password_hash": self.password_hash,
                "password_changed_at": self.at,
                "language": row["language"],
                "created_at": self.at,
            }
            for n, row in enumerate(partners)
        ]
        roles = [
            {
                "user_id": person["id"],
                "operator_id": row["operator_id"],
                "partner_id": row["id"],
                "role": "sub_operator" if row["kind"] == "sub_operator" else "owner",
                "created_at": self.at,
            }
            for person, row in zip(people, partners, strict=True)
        ]
        copy_rows(session, User, people)
        copy_rows(session, Membership, roles)

    def _contracts(self, session: Session, partners: list[dict[str, Any]], accounts: list[Account], fresh: Iterator[str]) -> None:
        agreed = [
            {
                "id": account.contract_id,
                "operator_id": row["operator_id"],
                "partner_id": row["id"],
                "code": next(fresh),
                "name": f"{row['name']} revenue share",
                "currency": row["currency"],
                "time_zone": row["time_zone"],
                "created_at": self.at,
            }
            for row, account in zip(partners, accounts, strict=True)
        ]
        copy_rows(session, Contract, agreed)
        copy_rows(session, ContractVersion, map(self._version, agreed))

    def _version(self, contract: dict[str, Any]) -> dict[str, Any]:
        # one in forty ends within two months and wants a decision
        ends = Month.of(self.first_month).plus(3).first if self.draw.randrange(40) == 0 else None
        return {
            "operator_id": contract["operator_id"],
            "partner_id": contract["partner_id"],
            "contract_id": contract["id"],
            "number": 1,
            "state": "active",
            "first_month": self.first_month,
            "last_month": ends,
            "ac_pct": Decimal(self.draw.choice((60, 70, 80))),
            "dc_pct": Decimal(self.draw.choice((50, 60))),
            "terms": {"platform_fee": {"per_charge_point": "5.00", "policy": "whole_month"}},
            "permissions": _RIGHTS,
            "created_at": self.at,
            "activated_at": self.at,
        }


def add_drivers(session: Session, accounts: list[UUID], favourite: UUID, operator_id: UUID, at: datetime, count: int) -> None:
    """Drivers with a card each, a quarter of them with the favourite account."""
    draw, fresh = random.Random(3), codes("D")
    drivers = [
        {
            "id": uuid7(),
            "operator_id": operator_id,
            "partner_id": favourite if number % 4 == 0 else draw.choice(accounts),
            "code": next(fresh),
            "name": f"{draw.choice(FIRST_NAMES)} {draw.choice(FAMILIES)}",
            "email": f"driver.{number}@cars.example",
            "phone": "",
            "language": "de",
            "state": "active",
            "corporate": number % 8 == 0,
            "created_at": at,
            "created_name": "Demo",
        }
        for number in range(count)
    ]
    copy_rows(session, Driver, drivers)
    same = ("operator_id", "partner_id", "created_at")
    cards = (
        {name: row[name] for name in same} | {"driver_id": row["id"], "value": f"LRG-{number:08}", "label": f"Card {number}"}
        for number, row in enumerate(drivers)
    )
    copy_rows(session, IdToken, cards)


def _postcode(draw: random.Random, town: Town) -> str:
    digits = 4 if town.country == "AT" else 5
    return f"{town.postcode}{draw.randrange(10 ** (digits - len(town.postcode))):0{digits - len(town.postcode)}}"
