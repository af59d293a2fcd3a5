"""A reservation is billed with the session that uses it up, over a real socket, in both protocols; nobody else's start takes it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from app.demo import builders as make
from app.demo.cast import AC_TERMS
from app.domain.network.commands import number_of
from tests.ocpp.conftest import V16, V201, Base, Charger, House, ago, stamp
from tests.ocpp.test_commands import settled, wish
from tests.ocpp.test_transactions201 import ENDED, EVSE, event
from tests.ocpp.test_wider_commands import answer


def moment(minutes: int) -> datetime:
    """So many minutes ago, in whole seconds, as charge points tell the time."""
    return ago(minutes=minutes).replace(microsecond=0)


def element(kind: str, price: str, vat: str, reservation: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {"price_components": [{"type": kind, "price": price, "step_size": 1, "vat": vat}]}
    return found | ({"restrictions": {"reservation": reservation}} if reservation else {})


def reserving_costs(base: Base, at: datetime, per_hour: str = "3.00") -> None:
    """1.00 to reserve (7 %), so much per reserved hour and 0.49 per kWh (19 %), gross, at NL-0417/1 from then on."""
    elements = [
        element("FLAT", "1.00", "7", "RESERVATION"),
        element("TIME", per_hour, "19", "RESERVATION"),
        element("ENERGY", "0.49", "19"),
    ]
    with Session(base.database.owner, expire_on_commit=False) as session:
        sheet = make.tariff(session, base.cast.operator, f"reserved {per_hour}", AC_TERMS | {"elements": elements, "ext": {}}, at)
        make.assign_tariff(session, base.cast.evse(session, "NL-0417", 1), sheet, at)
        session.commit()


async def reserve(house: House, charger: Charger, since: datetime, until: datetime, card: str = "CARD1") -> UUID:
    """The charge point keeps EVSE 1 for a card; its yes is dated back."""
    command = wish(house, "reserve", 1, id_token=card, until=until.isoformat())
    await answer(charger, "ReserveNow", {"status": "Accepted"})
    await settled(house, command, "accepted")
    house.base.run("update station_command set answered_at = :at, created_at = :at where id = :id", at=since, id=command)
    return command


def start_16(at: datetime, tag: str = "CARD1", **more: Any) -> dict[str, Any]:
    return {"connectorId": 1, "idTag": tag, "meterStart": 1000, "timestamp": stamp(at)} | more


def lines(house: House) -> list[tuple[str, str, str, int]]:
    found = house.base.rows("select dimension, quantity, vat_pct, amount_minor from session_line order by session_id, position")
    return [(row["dimension"], f"{row['quantity'].normalize():f}", f"{row['vat_pct'].normalize():f}", row["amount_minor"]) for row in found]


#: reserved 20 minutes, then 4 kWh: 1.00 + 20/60 × 3.00 + 4 × 0.49 = 1.00 + 1.00 + 1.96 = 3.96
PRICED = [
    ("RESERVATION_FLAT", "1", "7", 100),
    ("RESERVATION_TIME", "0.333333", "19", 100),
    ("ENERGY", "4", "19", 196),
]


@pytest.mark.parametrize("named", [True, False])
async def test_16_from_the_reservation_to_the_price(house: House, named: bool) -> None:
    start = moment(60)
    since = start - timedelta(minutes=20)
    reserving_costs(house.base, since - timedelta(days=1))
    async with house.charger() as charger:
        command = await reserve(house, charger, since, start + timedelta(minutes=10))
        said = start_16(start, **({"reservationId": number_of(command)} if named else {}))
        first = await charger.call("StartTransaction", said)
        assert await charger.call("StartTransaction", said) == first
        # while it runs: nothing charged yet, the reservation is due already
        await charger.meter(first["transactionId"], start + timedelta(minutes=1), 1000)
        await house.base.until(lambda: house.base.sessions()[0]["running_gross_minor"] == 200)
        await charger.stop(first["transactionId"], start + timedelta(minutes=30), 5000)
        await house.base.until(lambda: house.base.sessions()[0]["state"] == "rated")
    row = house.base.sessions()[0]
    assert (row["reservation_id"], row["reserved_from"], row["reserved_until"]) == (command, since, start)
    assert lines(house) == PRICED
    # 7 %: 1.00 / 1.07 = 0.93; 19 %: 2.96 / 1.19 = 2.49; net 3.42, VAT 0.54
    assert (row["gross_minor"], row["net_minor"], row["vat_minor"]) == (396, 342, 54)
    assert row["priced"]["input"]["reservation"]["expired"] is False


@pytest.mark.parametrize("late", [False, True])
async def test_201_from_the_reservation_to_the_price_also_when_the_card_comes_after_the_plug(house: House, late: bool) -> None:
    start = moment(60)
    since = start - timedelta(minutes=20)
    reserving_costs(house.base, since - timedelta(days=1))
    async with house.charger(protocol=V201) as charger:
        command = await reserve(house, charger, since, start + timedelta(minutes=10))
        who = {"token": "CARD1", "reservationId": number_of(command)}
        first = event("Started", start, 0, register=1000, evse=EVSE, state="Charging", **({} if late else who))
        await charger.call("TransactionEvent", first)
        await charger.call("TransactionEvent", first)
        if late:
            await charger.call("TransactionEvent", event("Updated", start + timedelta(seconds=5), 1, **who))
        await charger.call("TransactionEvent", event("Ended", start + timedelta(minutes=30), 2, register=5000))
        await house.base.until(lambda: house.base.sessions()[0]["state"] == "rated")
    row = house.base.sessions()[0]
    assert (row["id_token"], row["reserved_from"], row["reserved_until"], row["gross_minor"]) == ("CARD1", since, start, 396)
    assert lines(house) == PRICED


async def test_it_is_billed_once_and_a_second_start_pays_none(house: House) -> None:
    start = moment(60)
    reserving_costs(house.base, ago(days=1))
    async with house.charger() as charger:
        command = await reserve(house, charger, start - timedelta(minutes=20), start + timedelta(minutes=30))
        number = await charger.start(start)
        await charger.stop(number, start + timedelta(minutes=15), 2000)
        again = await charger.call("StartTransaction", start_16(start + timedelta(minutes=16), reservationId=number_of(command)))
        await charger.stop(again["transactionId"], start + timedelta(minutes=40), 3000)
        await house.base.until(lambda: all(row["state"] == "rated" for row in house.base.sessions()))
    # 1.00 + 1.00 + 0.49; 2 kWh × 0.49
    assert [(row["reservation_id"], row["gross_minor"]) for row in house.base.sessions()] == [(command, 249), (None, 98)]


@pytest.mark.parametrize(
    "why", ["another card", "another card that names it", "another outlet", "too late", "cancelled", "refused", "ended by itself"]
)
async def test_who_pays_no_reservation(house: House, why: str) -> None:
    start = moment(30)
    reserving_costs(house.base, ago(days=1))
    until = start - timedelta(minutes=1) if why == "too late" else start + timedelta(minutes=10)
    protocol = V201 if why == "ended by itself" else V16
    async with house.charger(protocol=protocol) as charger:
        command = await reserve(house, charger, start - timedelta(minutes=20), until)
        more: dict[str, Any] = {"reservationId": number_of(command)} if why == "another card that names it" else {}
        if why == "cancelled":
            freed = wish(house, "cancel_reservation", 1, reservation_id=number_of(command), reserved_by=str(command))
            await answer(charger, "CancelReservation", {"status": "Accepted"})
            await settled(house, freed, "accepted")
            house.base.run("update station_command set answered_at = :at where id = :id", at=start - timedelta(minutes=5), id=freed)
        if why == "refused":
            house.base.run("update station_command set state = 'rejected' where id = :id", id=command)
        if why == "ended by itself":
            await charger.call("ReservationStatusUpdate", {"reservationId": number_of(command), "reservationUpdateStatus": "Removed"})
            await charger.call("TransactionEvent", event("Started", start, 0, register=1000, evse=EVSE, token="CARD1", state="Charging"))
        else:
            tag = "CARD2" if "card" in why else "CARD1"
            more |= {"connectorId": 2} if why == "another outlet" else {}
            await charger.call("StartTransaction", start_16(start, tag, **more))
        row = house.base.sessions()[0]
        assert (row["state"], row["reservation_id"], row["reserved_from"]) == ("charging", None, None)
        if why == "another card that names it":
            # it is still there for its own card
            await charger.call("StartTransaction", start_16(start + timedelta(minutes=1)))
            assert house.base.sessions()[1]["reservation_id"] == command


async def test_the_price_is_the_one_that_counted_when_it_was_reserved(house: House) -> None:
    """README P1: the tariff in force at the reservation's start prices all of it. 1.00 + 20/60 × 3.00 = 2.00, not 1.00 + 20/60 × 9.00."""
    start = moment(60)
    since = start - timedelta(minutes=20)
    reserving_costs(house.base, since - timedelta(days=1))
    reserving_costs(house.base, since + timedelta(minutes=5), "9.00")
    async with house.charger() as charger:
        await reserve(house, charger, since, start + timedelta(minutes=10))
        number = await charger.start(start)
        await charger.stop(number, start + timedelta(minutes=30), 1000)
        await house.base.until(lambda: house.base.sessions()[0]["state"] in ENDED and house.base.sessions()[0]["gross_minor"])
    assert house.base.sessions()[0]["gross_minor"] == 200
