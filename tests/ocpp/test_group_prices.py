"""A card in a group of people pays the group's price, over a real socket; also when it comes after the plug."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.demo import builders as make
from app.demo.cast import AC_TERMS
from app.domain.sessions.models import IdToken
from app.domain.tariffs.cascade_lines import Line
from tests.ocpp.conftest import V201, Base, House, ago
from tests.ocpp.test_transactions201 import EVSE, event


def employees_pay(base: Base, price: str) -> None:
    terms = AC_TERMS | {"elements": [{"price_components": [{"type": "ENERGY", "price": price, "step_size": 1, "vat": "19"}]}]}
    at = ago(days=2)
    with Session(base.database.owner, expire_on_commit=False) as session:
        card = session.scalars(select(IdToken).where(IdToken.value == "CARD1")).one()
        staff = make.user_group(session, base.cast.operator, "Employees", at, card)
        cheap = make.tariff(session, base.cast.operator, "staff", terms, at)
        line = Line(tariff_id=cheap.id, user_group_id=staff.id, reason="part of the pay")
        group = make.tariff_group(session, base.cast.operator, "Marktplatz", base.cast.tariffs["ac"], [line], at)
        for number in (1, 2):
            make.assign_tariff(session, base.cast.evse(session, "NL-0417", number), None, at)
        make.assign_group(session, "partner", base.cast.partners["sommer"], group, at)
        session.commit()


def energy_price(row: Any) -> str:
    return str(row["tariff"]["elements"][0]["price_components"][0]["price"])


async def test_each_card_its_price(base: Base, house: House) -> None:
    employees_pay(base, "0.25")
    async with house.charger() as charger:
        await charger.start(ago(minutes=5), tag="CARD1", connector=1)
        await charger.start(ago(minutes=5), tag="CARD2", connector=2)
    assert [energy_price(row) for row in base.sessions()] == ["0.25", "0.49"]


async def test_a_card_that_comes_after_the_plug_pays_its_price_from_the_start(base: Base, house: House) -> None:
    employees_pay(base, "0.25")
    start = ago(minutes=20)
    async with house.charger(protocol=V201) as charger:
        await charger.call("TransactionEvent", event("Started", start, 0, register=0, evse=EVSE, state="EVConnected"))
        assert energy_price(base.sessions()[0]) == "0.49"
        await charger.call("TransactionEvent", event("Updated", start + timedelta(minutes=1), 1, token="CARD1", state="Charging"))
    assert energy_price(base.sessions()[0]) == "0.25"
