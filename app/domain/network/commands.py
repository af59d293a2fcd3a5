"""Commands to charge points: which there are and who may send them. What becomes of them the OCPP worker writes (``bulk_commands``)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from app.access.permissions import Permission

#: a wish that is not answered by then counts as not answered (a late answer still counts)
PATIENCE = timedelta(seconds=30)

#: command -> the right it needs; in the order of the page
RIGHTS: dict[str, Permission] = {
    "remote_start": Permission.COMMAND_START,
    "remote_stop": Permission.COMMAND_STOP,
    "unlock": Permission.COMMAND_UNLOCK,
    "reset_soft": Permission.COMMAND_RESTART,
    "reset_hard": Permission.COMMAND_RESTART,
    "trigger_status": Permission.COMMAND_TRIGGER,
    "trigger_meter": Permission.COMMAND_TRIGGER,
    "trigger_boot": Permission.COMMAND_TRIGGER,
    "trigger_heartbeat": Permission.COMMAND_TRIGGER,
    "availability_on": Permission.COMMAND_AVAILABILITY,
    "availability_off": Permission.COMMAND_AVAILABILITY,
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
}
#: commands that mean one EVSE, not the whole charge point
FOR_EVSE = frozenset({"remote_start", "remote_stop", "unlock"})
#: commands the hotline may give while somebody is on the phone
HELP = ("remote_stop", "unlock", "reset_soft", "trigger_status")


@dataclass(frozen=True, slots=True)
class Offered:
    """A command as a page offers it."""

    action: str
    for_evse: bool
    granted: bool
