"""Rows of the network: what a connector shows, and that the same row comes out of a message's facts."""

from __future__ import annotations

from datetime import timedelta

import orjson
from sqlalchemy.orm import Session

from app.domain.network.events import CommandChanged, ConnectorChanged
from app.domain.network.models import StationState
from app.domain.network.queries import connector_rows
from app.domain.network.rows import CommandRow, ConnectorRow
from app.kernel.ids import uuid7
from app.live.messages import message_of
from tests.cast import NOW, World


def _touch(world: World, label: str, status: str | None, *, minutes_ago: float = 1) -> ConnectorRow:
    with world.owner() as session:
        plug = world.cast.connector(session, label, 1)
        plug.status, plug.status_at, plug.power_w = status, NOW, 11_000
        state = session.get_one(StationState, plug.station_id)
        state.last_message_at, state.connected = NOW - timedelta(minutes=minutes_ago), True
        session.flush()
        return connector_rows(session, [plug.id], at=NOW)[0]


def test_a_connector_row_names_the_plug_and_its_state(world: World) -> None:
    row = _touch(world, "NL-0417", "Charging")
    assert (row.evse_label, row.slug, row.evse_uid) == ("NL-0417/1", "NL-0417-1", "DE*NLT*E0417*1")
    assert (row.status, row.power_w, row.currency, row.time_zone) == ("Charging", 11_000, "EUR", "Europe/Berlin")
    assert row.partner_id == world.cast.partners["sommer"].id


def test_silence_of_fifteen_minutes_is_offline_to_the_minute(world: World) -> None:
    assert _touch(world, "NL-0417", "Charging", minutes_ago=14.99).status == "Charging"
    assert _touch(world, "NL-0417", "Charging", minutes_ago=15).status == "Offline"


def test_a_charge_point_that_never_called_is_new(world: World) -> None:
    with world.owner() as session:
        row = connector_rows(session, [world.cast.connector(session, "NL-0450").id], at=NOW)[0]
    assert (row.status, row.last_message_at, row.station_connected) == ("New", None, False)


def test_rows_come_in_the_order_of_their_labels(world: World) -> None:
    with world.owner() as session:
        ids = [world.cast.connector(session, label, n).id for label, n in (("NL-0501", 1), ("NL-0417", 2), ("NL-0417", 1))]
        assert [r.evse_label for r in connector_rows(session, ids)] == ["NL-0417/1", "NL-0417/2", "NL-0501/1"]
    assert connector_rows(Session(world.database.web), []) == []


def test_a_row_survives_the_wire(world: World) -> None:
    row = _touch(world, "NL-0417", "Charging")
    message = message_of(ConnectorChanged.of(row))
    assert message.topics == (f"operator:{row.operator_id}", f"partner:{row.partner_id}")
    assert message.key == f"connector:{row.connector_id}"
    assert ConnectorRow.from_facts(orjson.loads(orjson.dumps(message.facts))) == row


def test_a_command_survives_the_wire_and_knows_its_milliseconds() -> None:
    row = CommandRow(
        command_id=uuid7(), station_id=uuid7(), operator_id=uuid7(), partner_id=None, location_id=None, station_label="NL-0417",
        evse_number=2, session_id=None, action="unlock", params={"connectorId": 2},
        state="accepted", reason=None, requested_name="Aylin Demir",
        created_at=NOW, sent_at=NOW, answered_at=NOW + timedelta(milliseconds=412), time_zone="Europe/Berlin",
    )  # fmt: skip
    assert CommandRow.from_facts(orjson.loads(orjson.dumps(CommandChanged.of(row).facts()))) == row
    assert (row.answer_ms, row.evse_label) == (412, "NL-0417/2")
