"""Commands to charge points: which there are and who may send them. What becomes of them the OCPP worker writes (``bulk_commands``)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from app.access.permissions import Permission

#: a wish that is not answered by then counts as not answered (a late answer still counts)
PATIENCE = timedelta(seconds=30)

#: command -> the right it needs; in the order of the page
RIGHTS: dict[str, Permission] = {
    "remote_start": Permission.COMMAND_START,
    "remote_stop": Permission.COMMAND_STOP,
    "unlock": Permission.COMMAND_UNLOCK,
    "set_profile": Permission.COMMAND_PROFILE,
    "clear_profile": Permission.COMMAND_PROFILE,
    "get_schedule": Permission.COMMAND_SCHEDULE,
    "reserve": Permission.COMMAND_RESERVE,
    "cancel_reservation": Permission.COMMAND_UNRESERVE,
    "reset_soft": Permission.COMMAND_RESTART,
    "reset_hard": Permission.COMMAND_RESTART,
    "reconnect": Permission.COMMAND_RESTART,
    "firmware": Permission.COMMAND_FIRMWARE,
    "trigger_status": Permission.COMMAND_TRIGGER,
    "trigger_meter": Permission.COMMAND_TRIGGER,
    "trigger_boot": Permission.COMMAND_TRIGGER,
    "trigger_heartbeat": Permission.COMMAND_TRIGGER,
    "availability_on": Permission.COMMAND_AVAILABILITY,
    "availability_off": Permission.COMMAND_AVAILABILITY,
    "read_config": Permission.NETWORK_EDIT,
}
#: every message by which an operator tells a charge point what to do, in OCPP 1.6 and 2.0.1 -> the one right it needs
PROTOCOL: dict[str, Permission] = {
    "RemoteStartTransaction": Permission.COMMAND_START,
    "RequestStartTransaction": Permission.COMMAND_START,
    "RemoteStopTransaction": Permission.COMMAND_STOP,
    "RequestStopTransaction": Permission.COMMAND_STOP,
    "UnlockConnector": Permission.COMMAND_UNLOCK,
    "TriggerMessage": Permission.COMMAND_TRIGGER,
    "ExtendedTriggerMessage": Permission.COMMAND_TRIGGER,
    "SetChargingProfile": Permission.COMMAND_PROFILE,
    "ClearChargingProfile": Permission.COMMAND_PROFILE,
    "GetChargingProfiles": Permission.COMMAND_SCHEDULE,
    "GetCompositeSchedule": Permission.COMMAND_SCHEDULE,
    "ReserveNow": Permission.COMMAND_RESERVE,
    "CancelReservation": Permission.COMMAND_UNRESERVE,
    "Reset": Permission.COMMAND_RESTART,
    "UpdateFirmware": Permission.COMMAND_FIRMWARE,
    "SignedUpdateFirmware": Permission.COMMAND_FIRMWARE,
    "PublishFirmware": Permission.COMMAND_FIRMWARE,
    "UnpublishFirmware": Permission.COMMAND_FIRMWARE,
    "ChangeAvailability": Permission.COMMAND_AVAILABILITY,
    "GetConfiguration": Permission.NETWORK_EDIT,
    "GetBaseReport": Permission.NETWORK_EDIT,
}
#: commands that mean one EVSE, not the whole charge point
FOR_EVSE = frozenset(
    {"remote_start", "remote_stop", "unlock", "set_profile", "clear_profile", "get_schedule", "reserve", "cancel_reservation"}
)
#: whose answers a page shows
TOLD = frozenset({"set_profile", "get_schedule"})
#: commands the hotline may give while somebody is on the phone
HELP = ("remote_stop", "unlock", "reset_soft", "trigger_status")


def number_of(command_id: UUID) -> int:
    """31 bits of a command's id: what protocols know a wish by that want a number."""
    return command_id.int & 0x7FFFFFFF


@dataclass(frozen=True, slots=True)
class Offered:
    """A command as a page offers it."""

    action: str
    for_evse: bool
    granted: bool
