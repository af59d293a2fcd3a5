"""The price changes at 18:00 while a car charges: what it costs so far, and when it must stop, know both prices."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.demo import builders as make
from app.demo.cast import AC_TERMS
from app.domain.sessions.actions import rate
from app.domain.sessions.models import ChargingSession, MeterReading, SessionLine
from app.domain.sessions.running import running
from app.kernel.ids import uuid7
from tests.cast import World
from tests.domain.sessions.arrange import charge

#: 17:00 in Hamburg
START = datetime(2026, 10, 14, 15, 0, tzinfo=UTC)
AT_SIX = START + timedelta(hours=1)
WATTS = 11_000


def terms(**ext: Any) -> dict[str, Any]:
    """0.39 a kWh, from 18:00 to 22:00 0.59."""
    energy = {"type": "ENERGY", "step_size": 1, "vat": "19"}
    evening = {"price_components": [energy | {"price": "0.59"}], "restrictions": {"start_time": "18:00", "end_time": "22:00"}}
    return AC_TERMS | {"elements": [evening, {"price_components": [energy | {"price": "0.39"}]}], "ext": ext}


def charging(world: World, until: datetime, sheet: dict[str, Any], **over: Any) -> ChargingSession:
    """11 kW since 17:00, read every ten minutes until an instant."""
    reads = [START + timedelta(minutes=10 * n) for n in range(1, (until - START) // timedelta(minutes=10) + 1)]
    values = {"state": "charging", "started_at": START, "ended_at": None, "full_at": until + timedelta(days=1), "power_w": WATTS}
    row = charge(world, tariff=sheet, energy_wh=energy(until), **values | over)
    about = {"operator_id": row.operator_id, "partner_id": row.partner_id, "station_id": row.station_id, "session_id": row.id}
    with world.owner() as session:
        for at in reads:
            make.add(session, MeterReading(id=uuid7(), received_at=at, at=at, energy_wh=100_000 + energy(at), **about))
    return row


def energy(at: datetime) -> int:
    return int((at - START).total_seconds()) * WATTS // 3600


def now(world: World, row: ChargingSession, at: datetime) -> tuple[int, str | None]:
    with world.work(world.system()) as work:
        found = running(work.session, [row.id], at)[row.id]
        return found.gross_minor, found.limit


@pytest.mark.parametrize(
    ("minutes", "cost"),
    [
        (30, 215),  # 5.5 × 0.39 = 2.145
        (60, 429),  # 11 × 0.39 = 4.29
        (90, 754),  # 4.29 and 5.5 × 0.59 = 3.245 -> 3.25
    ],
)
def test_what_it_costs_so_far_has_each_hour_at_its_price(world: World, minutes: int, cost: int) -> None:
    at = START + timedelta(minutes=minutes)
    assert now(world, charging(world, at, terms()), at) == (cost, None)


def test_the_bill_is_the_last_live_price(world: World) -> None:
    """Until 18:30: 11 kWh × 0.39 = 4.29 and 5.5 kWh × 0.59 = 3.25, together 7.54."""
    end = START + timedelta(minutes=90)
    row = charging(world, end, terms(), state="stopped", ended_at=end, end_received_at=end)
    assert now(world, row, end + timedelta(hours=3))[0] == 754
    with world.work(world.system()) as work:
        assert rate(work, row.id).gross_minor == 754
    with world.owner() as session:
        lines = session.query(SessionLine).filter(SessionLine.session_id == row.id).order_by(SessionLine.amount_minor)
        assert [(str(each.quantity.normalize()), each.amount_minor) for each in lines] == [("5.5", 325), ("11", 429)]


@pytest.mark.parametrize(
    ("sheet", "before", "after"),
    [
        # 8.00 − 4.29 = 3.71; 3.715 ÷ 0.59 = 6.29 kWh, at 11 kW 34 min 20 s after six; at 0.39 it would last 51 min
        ("8.00", AT_SIX + timedelta(minutes=34), AT_SIX + timedelta(minutes=34, seconds=10)),
        # 4.31 − 4.29 = 0.02: less than 0.025 ÷ 0.59 = 0.042 kWh, 13 s after six; at 0.39 it would last 20 s
        ("4.31", AT_SIX - timedelta(seconds=10), AT_SIX),
    ],
)
def test_a_limit_of_cost_that_is_reached_after_the_change(world: World, sheet: str, before: datetime, after: datetime) -> None:
    limited = terms(limits={"cost": sheet})
    assert now(world, charging(world, before, limited), before)[1] is None
    assert now(world, charging(world, after, limited, number=2), after)[1] == "cost"


def test_a_residents_evening_has_its_own_price(world: World) -> None:
    """Residents pay 0.29 after six as well: 11 × 0.39 = 4.29 and 5.5 × 0.29 = 1.595 -> 1.60; anybody else 7.54."""
    sheet = terms()
    evening = sheet["elements"][0]
    own = {
        "price_components": [evening["price_components"][0] | {"price": "0.29"}],
        "restrictions": evening["restrictions"] | {"user_groups": ["U-RESIDENT"]},
    }
    at = START + timedelta(minutes=90)
    shared = sheet | {"elements": [own, *sheet["elements"]]}
    costs = [now(world, charging(world, at, shared, number=n, user_groups=g), at)[0] for n, g in ((1, ["U-RESIDENT"]), (2, []))]
    assert costs == [589, 754]
