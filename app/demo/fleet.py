"""A company's drivers for the demo: Sommer pays for its people's charging, within limits; some sessions went on its account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from itertools import cycle
from typing import Any

from sqlalchemy.orm import Session

from app.demo import builders as make
from app.demo.builders import add
from app.demo.cast import Cast
from app.demo.history import Visit
from app.domain.drivers.models import Driver
from app.domain.people.feature_models import PartnerCorporate
from app.domain.sessions.models import IdToken
from app.kernel.ids import new_code

#: name, card, what the driver said to the company's offer (None: pays alone), group
PEOPLE = (
    ("Dora Lindner", "04A1SOMMER01", "accepted", "Belegschaft"),
    ("Emil Brandt", "04A1SOMMER02", "accepted", "Lieferwagen"),
    ("Fatma Yıldız", "04A1SOMMER03", "accepted", "Lieferwagen"),
    ("Gregor Thiel", "04A1SOMMER04", "invited", "Belegschaft"),
    ("Hanna Kruse", "04A1SOMMER05", None, ""),
)
#: one in so many of the operator's own cards that came to a charge point was one of the company's
EVERY = 8


def add_fleet(session: Session, cast: Cast, at: datetime) -> list[IdToken]:
    """The company's account from ``at`` on, its drivers with a card each; the cards that charge on the account."""
    sommer = cast.partners["sommer"]
    owned: dict[str, Any] = {"operator_id": cast.operator.id, "partner_id": sommer.id}
    limits: dict[str, Any] = {"monthly_limit_minor": 800_00, "driver_limit_minor": 300_00, "discount_pct": Decimal(10)}
    rest: dict[str, Any] = {"own_points_only": False, "private_points": False, "created_name": "Demo"}
    session.add(PartnerCorporate(**owned, number=1, valid_from=at, enabled=True, **limits, **rest))
    names = sorted({group for _, _, _, group in PEOPLE if group})
    groups = {name: make.user_group(session, cast.operator, name, at, partner_id=sommer.id) for name in names}
    cards = []
    for name, value, word, group in PEOPLE:
        mail = f"{name.split()[0].lower()}@sommer.example"
        told = {"corporate": word is not None, "company_state": word, "company_at": at if word else None}
        driver = add(
            session,
            Driver(
                **owned, code=new_code("D"), name=name, email=mail, phone="", language="de", state="active", **told,
                group_id=groups[group].id if group else None, created_at=at, created_name="Demo",
            ),
        )  # fmt: skip
        card = add(session, IdToken(**owned, driver_id=driver.id, value=value, label="", created_at=at))
        if group:
            make.join_group(session, groups[group], card, at)
        if word == "accepted":
            cards.append(card)
    return cards


def with_fleet(seen: Iterable[Visit], cards: list[IdToken]) -> Iterator[Visit]:
    """The same cars, some of them with a card of the company, turn by turn."""
    turn, own = cycle(cards), 0
    for visit in seen:
        own += visit.channel == "internal"
        if visit.channel == "internal" and own % EVERY == 0:
            yield replace(visit, channel="corporate", card=(card := next(turn)), token=card.value)
        else:
            yield visit
