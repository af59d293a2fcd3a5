"""The network in motion, for tests of pages: NL-0417 free and charging, NL-0418 silent, NL-0450 never seen, NL-0501 faulted."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from app.domain.network.models import StationState
from app.domain.people.models import User
from tests.cast import NOW, World


def in_motion(world: World) -> None:
    """States and contact of the cast's charge points."""
    with world.owner() as session:
        for label, ago in (("NL-0417", 1), ("NL-0418", 60), ("NL-0501", 1)):
            state = session.get_one(StationState, world.cast.stations[label].id)
            state.connected, state.last_message_at = ago < 15, NOW - timedelta(minutes=ago)
            state.connected_at = NOW - timedelta(hours=6)
        for label, number, status, watts in (
            ("NL-0417", 1, "Available", 0),
            ("NL-0417", 2, "Charging", 10_800),
            ("NL-0418", 1, "Charging", 0),
            ("NL-0501", 1, "Faulted", 0),
            ("NL-0501", 2, "Available", 0),
        ):
            plug = world.cast.connector(session, label, number)
            plug.status, plug.status_at, plug.power_w = status, NOW - timedelta(minutes=30), watts
            if status == "Faulted":
                plug.error_code, plug.error_info = "GroundFailure", "RCD open"


def all_speak_english(world: World) -> None:
    """Everybody of the cast reads English, so that tests compare English words."""
    with world.owner() as session:
        session.execute(update(User).values(language="en", region="en_GB"))
