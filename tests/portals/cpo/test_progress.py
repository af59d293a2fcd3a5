"""What a charge point tells by itself after a command stands in words on the page of commands: firmware, reservations."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from app.domain.network.commands import number_of
from app.domain.network.models import MessageLog, StationCommand
from app.kernel.ids import uuid7
from tests.cast import NOW, World
from tests.pages import Pages

PAGE = "/cpo/charge-points/NL-0417/commands"


def accepted(world: World, action: str, **params: Any) -> UUID:
    """A command that the charge point has accepted; its id."""
    with world.owner() as session:
        station, evse = world.cast.stations["NL-0417"], world.cast.evse(session, "NL-0417")
        wish = StationCommand(
            id=uuid7(), operator_id=station.operator_id, partner_id=station.partner_id, station_id=station.id, action=action, params=params,
            evse_id=evse.id if action == "reserve" else None, state="accepted", requested_name="Theo",
            one_time_key=uuid7().hex, expires_at=world.clock() + timedelta(hours=1), created_at=world.clock(),
        )  # fmt: skip
        session.add(wish)
        return wish.id


def hear(world: World, action: str, after: int, **said: Any) -> None:
    """A message of the charge point, so many seconds after NOW."""
    with world.owner() as session:
        station = world.cast.stations["NL-0417"]
        session.add(
            MessageLog(
                received_at=NOW + timedelta(seconds=after), id=uuid7(), operator_id=station.operator_id, partner_id=station.partner_id,
                station_id=station.id, direction="in", action=action, message_id="1", frame=json.dumps([2, "1", action, said]),
                outcome="ok",
            )
        )  # fmt: skip


def answers(pages: Pages, who: str = "theo", page: str = PAGE) -> list[str]:
    """What the log says behind each command, the newest first."""
    seen = pages.as_(who).get(page)
    assert seen.status == 200, seen.words
    return [" ".join(cell.get_text(" ").split()) for cell in seen.soup.select("#main tbody td:nth-of-type(3)")]


def test_firmware_goes_on_in_words(pages: Pages, world: World) -> None:
    accepted(world, "firmware", url="https://example.org/1.bin")
    assert answers(pages) == ["–"]
    hear(world, "FirmwareStatusNotification", 10, status="Downloading")
    hear(world, "FirmwareStatusNotification", 60, status="Installing")
    world.clock.move(minutes=10)
    accepted(world, "firmware", url="https://example.org/2.bin")
    hear(world, "FirmwareStatusNotification", 700, status="DownloadFailed", requestId=7)
    hear(world, "FirmwareStatusNotification", 701, status="Idle")
    said = answers(pages)
    assert said[0].startswith("Die Firmware ließ sich nicht herunterladen 14.10.2026, 14:16:40")
    assert said[1].startswith("Sie installiert die Firmware 14.10.2026, 14:06:00"), "what is heard now is of the later update"
    mine = answers(pages, "olga", f"/partner/{world.cast.partners['sommer'].code}/charge-points/NL-0417/commands")
    assert mine[0].startswith("Die Firmware ließ sich nicht herunterladen")


@pytest.mark.parametrize(
    ("status", "words"), [("Expired", "Die Reservierung ist abgelaufen"), ("Removed", "Die Ladestation hat die Reservierung beendet")]
)
def test_a_reservation_ends_by_the_word_of_the_charge_point(pages: Pages, world: World, status: str, words: str) -> None:
    until = (NOW + timedelta(hours=2)).isoformat()
    wish = accepted(world, "reserve", id_token="NLT-CARD-0001", until=until)
    assert "NLT-CARD-0001" in pages.as_("theo").get(PAGE).words
    hear(world, "ReservationStatusUpdate", 30, reservationId=number_of(wish) + 1, reservationUpdateStatus=status)
    assert "NLT-CARD-0001" in pages.as_("theo").get(PAGE).words, "another one"
    hear(world, "ReservationStatusUpdate", 40, reservationId=[1], reservationUpdateStatus=status)
    assert "NLT-CARD-0001" in pages.as_("theo").get(PAGE).words, "no number at all: understood roughly, it means none of ours"
    hear(world, "ReservationStatusUpdate", 60, reservationId=number_of(wish), reservationUpdateStatus=status)
    assert answers(pages)[0].startswith(f"{words} 14.10.2026, 14:06:00")
    assert "NLT-CARD-0001" not in pages.as_("theo").get(PAGE).words, "the EVSE is free again"
    with world.owner() as session:
        session.execute(update(MessageLog).values(frame="[2,"))
        assert session.scalars(select(StationCommand.state)).all() == ["accepted"]
    assert answers(pages) == ["–"], "a frame cut short says nothing"
