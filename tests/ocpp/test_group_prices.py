"""A card in a group of people pays the group's price, over a real socket; also when it comes after the plug."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.demo import builders as make
from app.demo.cast import AC_TERMS
from app.domain.contracts.models import ContractVersion
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


def one_sheet_for_both(base: Base) -> None:
    """0.25 a kWh for employees, 0.49 for everybody else, on one sheet; of what employees charge the host gets nothing."""
    at = ago(days=2)
    energy = {"type": "ENERGY", "step_size": 1, "vat": "19"}
    cheap = {"price_components": [energy | {"price": "0.25"}], "restrictions": {"user_groups": ["Employees"]}}
    terms = AC_TERMS | {"elements": [cheap, {"price_components": [energy | {"price": "0.49"}]}]}
    line = {"name": "Team", "priority": 1, "user_groups": ["Employees"], "ac_pct": "0"}
    with Session(base.database.owner, expire_on_commit=False) as session:
        card = session.scalars(select(IdToken).where(IdToken.value == "CARD1")).one()
        make.user_group(session, base.cast.operator, "Employees", at, card)
        sheet = make.tariff(session, base.cast.operator, "one for both", terms, at)
        for number in (1, 2):
            make.assign_tariff(session, base.cast.evse(session, "NL-0417", number), sheet, at)
        session.execute(text("set local session_replication_role = replica"))
        for version in session.scalars(select(ContractVersion)):
            version.terms = version.terms | {"overrides": [line]}
        session.commit()


def energy_price(row: Any) -> str:
    return str(row["tariff"]["elements"][0]["price_components"][0]["price"])


async def test_each_card_its_price(base: Base, house: House) -> None:
    employees_pay(base, "0.25")
    async with house.charger() as charger:
        await charger.start(ago(minutes=5), tag="CARD1", connector=1)
        await charger.start(ago(minutes=5), tag="CARD2", connector=2)
    assert [energy_price(row) for row in base.sessions()] == ["0.25", "0.49"]


async def test_a_line_of_a_sheet_and_a_contract_for_a_group_count_for_its_cards_alone(base: Base, house: House) -> None:
    """10 kWh each: 10 × 0.25 = 2.50 for the employee, of which the host gets nothing; 10 × 0.49 = 4.90 for the other."""
    one_sheet_for_both(base)
    began, over = ago(minutes=30), ago(minutes=5)
    async with house.charger() as charger:
        for connector, tag in ((1, "CARD1"), (2, "CARD2")):
            number = await charger.start(began, meter=0, tag=tag, connector=connector)
            await charger.stop(number, over, 10_000)
        await house.base.until(lambda: all(row["state"] == "rated" for row in house.base.sessions()))
    employee, other = base.sessions()
    assert (employee["gross_minor"], other["gross_minor"]) == (250, 490)
    assert employee["user_groups"][1:] == ["Employees"]
    assert other["user_groups"] == []
    assert employee["partner_minor"] == 0
    assert other["partner_minor"] > 0


async def test_a_card_that_comes_after_the_plug_pays_its_price_from_the_start(base: Base, house: House) -> None:
    employees_pay(base, "0.25")
    start = ago(minutes=20)
    async with house.charger(protocol=V201) as charger:
        await charger.call("TransactionEvent", event("Started", start, 0, register=0, evse=EVSE, state="EVConnected"))
        assert energy_price(base.sessions()[0]) == "0.49"
        await charger.call("TransactionEvent", event("Updated", start + timedelta(minutes=1), 1, token="CARD1", state="Charging"))
    assert energy_price(base.sessions()[0]) == "0.25"
    assert base.sessions()[0]["user_groups"][1:] == ["Employees"]
