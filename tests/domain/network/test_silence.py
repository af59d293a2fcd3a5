"""Silence is announced when its 15 minutes are over, to the people it concerns."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.domain.network.models import StationState
from app.domain.network.silence import announce_silence
from app.live.messages import partner_topic
from tests.cast import NOW, World


@pytest.mark.parametrize(("seconds", "announced"), [(14 * 60 + 59, 0), (15 * 60, 1), (16 * 60, 1), (18 * 60, 0)])
def test_silence_is_announced_once_it_is_over(world: World, seconds: int, announced: int) -> None:
    with world.owner() as session:
        session.get_one(StationState, world.cast.stations["NL-0417"].id).last_message_at = NOW - timedelta(seconds=seconds)
    with world.work(world.system()) as work:
        assert announce_silence(work) == announced
    assert world.bus.names() == ["StationChanged", "ConnectorChanged", "ConnectorChanged"][: 3 * announced]
    for message in world.bus.messages:
        assert partner_topic(world.cast.partners["sommer"].id) in message.topics
        assert message.facts.get("status", "Offline") == "Offline"
