"""Rights and commands: every message of the protocol needs one delegated right, and every delegated command right has a message."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.access.permissions import Permission
from app.access.roles import COMMANDS, DELEGATED
from app.domain.contracts.models import ContractPreview
from app.domain.network.commands import PROTOCOL, RIGHTS
from tests.cast import NOW, World

#: what a central system may tell a charge point to do (OCPP 1.6 with the security extension, and 2.0.1)
TOLD = """RemoteStartTransaction RemoteStopTransaction UnlockConnector TriggerMessage SetChargingProfile ClearChargingProfile
GetCompositeSchedule ReserveNow CancelReservation Reset UpdateFirmware ChangeAvailability ExtendedTriggerMessage SignedUpdateFirmware
RequestStartTransaction RequestStopTransaction GetChargingProfiles PublishFirmware UnpublishFirmware""".split()


#: what only people of the operator ask: how a charge point is set up
ASKED = {"GetConfiguration", "GetBaseReport"}


def test_each_message_of_the_protocol_needs_exactly_one_delegated_right() -> None:
    assert set(TOLD) | ASKED == set(PROTOCOL)
    assert {PROTOCOL[message] for message in TOLD} == COMMANDS
    assert {PROTOCOL[message] for message in ASKED} == {Permission.NETWORK_EDIT}
    assert set(RIGHTS.values()) - {Permission.NETWORK_EDIT} <= COMMANDS <= DELEGATED


@pytest.mark.parametrize("who", ["olga", "silke", "willi"])
def test_a_replay_is_never_seen_by_a_partner(world: World, who: str) -> None:
    """The database refuses by itself: a replay tells of drafts."""
    sommer = world.cast.contracts["sommer"]
    with world.owner() as session:
        session.add(
            ContractPreview(
                operator_id=sommer.operator_id, partner_id=sommer.partner_id, version_id=sommer.id, month=sommer.first_month,
                terms_hash="x", requested_name="Carla", created_at=NOW,
            )
        )  # fmt: skip
    with world.tenant(world.actor(who)) as session:
        assert session.scalars(select(ContractPreview)).all() == []
    with world.tenant(world.actor("carla")) as session:
        assert len(session.scalars(select(ContractPreview)).all()) == 1
