"""Commands: who may send which, one-time keys, and what becomes of them."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.domain.network.actions import send_command
from app.domain.network.commands import RIGHTS
from app.domain.network.models import StationCommand, StationState
from app.domain.network.rows import CommandRow
from app.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from app.live.messages import COMMANDS_TOPIC, operator_topic, partner_topic
from app.work.audit import AuditEntry
from tests.cast import NOW, World


@pytest.fixture
def online(world: World) -> World:
    with world.owner() as session:
        for state in session.scalars(select(StationState)):
            state.connected, state.last_message_at = True, NOW
    return world


def _send(
    world: World, who: Any, action: str = "unlock", key: str = "k1", label: str = "NL-0417", params: dict[str, Any] | None = None
) -> CommandRow:
    with world.owner() as session:
        evse = world.cast.evse(session, label, 1).id
    with world.work(who) as work:
        return send_command(work, world.cast.stations[label].id, action, params or {}, key, evse_id=evse)


def test_a_wish_is_queued_audited_and_wakes_the_worker(online: World) -> None:
    row = _send(online, "aylin")
    assert (row.state, row.action, row.evse_label, row.requested_name) == ("queued", "unlock", "NL-0417/1", "Aylin Demir")
    assert online.bus.names() == ["CommandWanted", "CommandChanged"]
    wanted, changed = online.bus.messages
    assert COMMANDS_TOPIC in wanted.topics
    assert changed.topics == (operator_topic(row.operator_id), partner_topic(online.cast.partners["sommer"].id))
    with online.owner() as session:
        assert session.scalars(select(AuditEntry.act)).all() == ["CommandWanted"]


def test_the_second_click_finds_the_first_wish(online: World) -> None:
    first, second = _send(online, "theo"), _send(online, "theo")
    assert first.command_id == second.command_id
    assert online.bus.names() == ["CommandWanted", "CommandChanged"]
    with online.owner() as session:
        assert len(session.scalars(select(StationCommand)).all()) == 1
    with pytest.raises(Conflict, match="key_used"):
        _send(online, "theo", label="NL-0501")


def test_without_contact_it_is_not_sent_at_once(world: World) -> None:
    row = _send(world, "theo")
    assert (row.state, row.reason) == ("not_sent", "offline")


HELP = {
    "remote_stop",
    "unlock",
    "reset_soft",
    "reset_hard",
    "reconnect",
    "trigger_status",
    "trigger_meter",
    "trigger_boot",
    "trigger_heartbeat",
}


@pytest.mark.parametrize(
    ("who", "granted"),
    [
        ("theo", set(RIGHTS)),
        ("anke", set(RIGHTS)),
        ("aylin", HELP),
        ("fiona", set()),
        ("carla", set()),
        ("moritz", set(RIGHTS) - {"read_config"}),
        ("vera", set()),
    ],
)
def test_who_may_send_which(online: World, who: str, granted: set[str]) -> None:
    sent = set()
    for action in RIGHTS:
        try:
            _send(online, who, action, key=f"{who}-{action}")
            sent.add(action)
        except NotAllowed:
            pass
    assert sent == granted


def test_a_partner_only_sends_what_its_contract_gives(online: World) -> None:
    with pytest.raises(NotAllowed):
        _send(online, "willi", label="NL-0501")
    with pytest.raises(NotFound):
        _send(online, "willi", label="NL-0417")


def test_the_house_may_start_for_a_driver(online: World) -> None:
    row = _send(online, online.system(), "remote_start", params={"id_token": "QRabc"})
    assert row.params == {"id_token": "QRabc"}


def test_foreign_evses_and_unknown_actions_are_refused(online: World) -> None:
    with online.owner() as session:
        elsewhere = online.cast.evse(session, "NL-0418").id
    with pytest.raises(NotFound), online.work("theo") as work:
        send_command(work, online.cast.stations["NL-0417"].id, "unlock", {}, "k", evse_id=elsewhere)
    with pytest.raises(Invalid), online.work("theo") as work:
        send_command(work, online.cast.stations["NL-0417"].id, "explode", {}, "k")
    with pytest.raises(Invalid), online.work("theo") as work:
        send_command(work, online.cast.stations["NL-0417"].id, "unlock", {}, "k")
