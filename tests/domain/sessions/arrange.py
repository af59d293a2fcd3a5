"""Charges of the cast, as charge points would have reported them, and a provider whose clock is the test's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.access.actor import NOBODY
from app.demo import builders as make
from app.domain.network.models import Evse
from app.domain.payments.actions import open_page
from app.domain.payments.testcard import cards
from app.domain.payments.testcard.provider import TestCardProvider
from app.domain.sessions.actions import collect, give_back, hold_answered, request_start
from app.domain.sessions.models import ChargingSession, SessionPhase
from app.domain.sessions.rows import StartRow
from app.domain.sessions.terms import Start, terms_at_start
from app.kernel.ids import new_code
from tests.cast import World

VISA, DECLINED, CONFIRM, LATE, TWICE = "4242424242424242", "4000000000000002", "4000002500003155", "4000000000000259", "4000000000000101"
#: journey 6: plugged in at 17:00, full at 20:10, unplugged at 21:35, Hamburg, 14 October 2026
PLUGGED = datetime(2026, 10, 14, 15, 0, tzinfo=UTC)
FULL = PLUGGED + timedelta(hours=3, minutes=10)
UNPLUGGED = FULL + timedelta(minutes=85)


def in_service(world: World, label: str = "NL-0417", status: str = "Available", **state: Any) -> None:
    """The charge point is connected, has just said something, and its plugs are in that state."""
    values = {"connected": True, "last_message_at": world.clock()} | state
    station_id = world.cast.stations[label].id
    with world.owner() as session:
        sets = ", ".join(f"{name} = :{name}" for name in values)
        session.execute(text(f"update station_state set {sets} where station_id = :id"), values | {"id": station_id})
        session.execute(
            text("update connector set status = :status, status_at = :at where station_id = :id"),
            {"status": status, "at": world.clock(), "id": station_id},
        )


def move(session: Session, partner_id: UUID, zone: str) -> None:
    """Let a partner have been somewhere else from the beginning, its agreed contracts too."""
    session.execute(text("set local session_replication_role = replica"))  # the zone of agreed months stays otherwise
    for table, key in (("partner", "id"), ("contract", "partner_id")):
        session.execute(text(f"update {table} set time_zone = :zone where {key} = :id"), {"zone": zone, "id": partner_id})
    session.execute(text("set local session_replication_role = origin"))


def charge(world: World, label: str = "NL-0417", number: int = 1, *, energy_wh: int = 28_640, **over: Any) -> ChargingSession:
    """A session that has stopped and waits for its price; times as in journey 6 unless given."""
    with world.owner() as session:
        station = world.cast.stations[label]
        evse = world.cast.evse(session, label, number)
        started, ended = over.pop("started_at", PLUGGED), over.pop("ended_at", UNPLUGGED)
        full = over.pop("full_at", min(FULL, ended or FULL))
        terms = terms_at_start(session, [Start(station.id, evse.id, started)])[Start(station.id, evse.id, started)]
        values: dict[str, Any] = {
            "operator_id": terms.operator_id,
            "partner_id": terms.partner_id,
            "location_id": terms.location_id,
            "station_id": station.id,
            "evse_id": evse.id,
            "code": new_code("S"),
            "channel": "internal",
            "id_token": "DEMO0001",
            "state": "stopped",
            "started_at": started,
            "start_received_at": started,
            "ended_at": ended,
            "end_received_at": ended,
            "meter_start_wh": 100_000,
            "meter_last_wh": 100_000 + energy_wh,
            "meter_stop_wh": 100_000 + energy_wh,
            "energy_wh": energy_wh,
            "time_zone": terms.time_zone,
            "currency": terms.currency,
            "vat_pct": terms.vat_pct,
            "evse_current": terms.evse_current,
            "tariff_version_id": terms.tariff_version_id,
            "tariff": terms.tariff,
            "contract_version_id": terms.contract_version_id,
            "parent_version_id": terms.parent_version_id,
            "created_at": started,
        }
        row = make.add(session, ChargingSession(**values | over))
        phase(session, row, started, "Charging", 0)
        if ended is None or full < ended:
            phase(session, row, full, "SuspendedEV", energy_wh)
    return row


def phase(session: Session, row: ChargingSession, at: datetime, state: str, energy_wh: int) -> None:
    """From then on the car charged or stood."""
    make.add(
        session,
        SessionPhase(
            session_id=row.id,
            at=at,
            operator_id=row.operator_id,
            partner_id=row.partner_id,
            charging=state in {"Charging", "SuspendedEVSE"},
            state=state,
            energy_wh=energy_wh,
        ),
    )


def provider(world: World) -> TestCardProvider:
    """The test provider on the test's database and clock."""
    return TestCardProvider(world.room, "http://voltpact.test", "a webhook secret for tests")


def evse_id(world: World, label: str = "NL-0417", number: int = 1) -> UUID:
    """The key of an EVSE."""
    with world.owner() as session:
        station = world.cast.stations[label].id
        return session.scalars(select(Evse.id).where(Evse.station_id == station, Evse.number == number)).one()


def ask(world: World, label: str = "NL-0417", number: int = 1, *, key: str = "k" * 32, **over: Any) -> tuple[StartRow, str]:
    """A driver wants to charge there and comes as far as the card page."""
    values: dict[str, Any] = {"email": None, "language": "fr", "key": key, "provider": "test"}
    with world.work(world.driver_at(label)) as work:
        started, secret = request_start(work, evse_id(world, label, number), **values | over)
    return started, secret


def open_card_page(world: World, started: StartRow) -> str:
    """Ask the provider for the card page; its reference."""
    with world.work(world.system()) as work:
        address = open_page(
            work, started.payment_id, provider(world), seller="Nordlicht", description="NL-0417/1", language="fr", return_url="/s/x"
        )
    return address.rpartition("/")[2]


def pay(world: World, ref: str, number: str = VISA) -> None:
    """Enter that card on the provider's page."""
    with world.room.open(NOBODY) as work:
        cards.enter_card(work, ref, number, "12/30", "123")


def tell(world: World, started: StartRow, ref: str) -> None:
    """What the webhook's job does: ask the provider, take its word."""
    answer = provider(world).get(ref)
    with world.work(world.system()) as work:
        hold_answered(work, started.session_id, answer)


def settle_up(world: World, session_id: UUID) -> None:
    """What the capture job does."""
    with world.work(world.system()) as work:
        collect(work, session_id, provider(world))


def hand_back(world: World, session_id: UUID) -> None:
    """What the release job does."""
    with world.work(world.system()) as work:
        give_back(work, session_id, provider(world))


def stored(world: World, session_id: UUID) -> ChargingSession:
    """The session as it lies in the database."""
    with world.owner() as session:
        return session.get_one(ChargingSession, session_id)


def legs(world: World) -> dict[str, int]:
    """Balance of every account, those of sessions and partners without their keys."""
    with world.owner() as session:
        rows = session.execute(
            text(
                """
                select split_part(a.code, ':', 1) || case when a.code like 'vat%' then ':' || split_part(a.code, ':', 3) else '' end,
                       sum(p.amount_minor)
                from ledger_posting p join ledger_account a on a.id = p.account_id group by 1
                """
            )
        )
        return {name: int(total) for name, total in rows}


def energy_price(world: World, evse: UUID, at: datetime) -> str:
    """The first price of the sheet that a session beginning there would have."""
    with world.owner() as session:
        start = Start(session.get_one(Evse, evse).station_id, evse, at)
        sheet = terms_at_start(session, [start])[start].tariff
    assert sheet is not None
    return str(sheet["elements"][0]["price_components"][0]["price"])
