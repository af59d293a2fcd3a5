"""Compiled validators for OCPP messages, from the JSON schemas that the ``ocpp`` package ships. Loaded once, before the first link."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any, Final

import jsonschema_rs

V16: Final = "ocpp1.6"
V201: Final = "ocpp2.0.1"
#: sub-protocols this worker speaks, in the order it prefers them
PROTOCOLS: Final = (V201, V16)

_FOLDERS = {V16: ("ocpp.v16", ""), V201: ("ocpp.v201", "Request")}

#: what a charge point may send; anything else is answered NotImplemented (T24)
INCOMING: Final = {
    V16: (
        "Authorize BootNotification DataTransfer DiagnosticsStatusNotification FirmwareStatusNotification Heartbeat LogStatusNotification "
        "MeterValues SecurityEventNotification SignCertificate SignedFirmwareStatusNotification StartTransaction StatusNotification "
        "StopTransaction"
    ).split(),
    V201: (
        "Authorize BootNotification ClearedChargingLimit DataTransfer FirmwareStatusNotification GetCertificateStatus Heartbeat "
        "LogStatusNotification MeterValues NotifyChargingLimit NotifyCustomerInformation NotifyDisplayMessages NotifyEVChargingNeeds "
        "NotifyEVChargingSchedule NotifyEvent NotifyMonitoringReport NotifyReport PublishFirmwareStatusNotification "
        "ReportChargingProfiles ReservationStatusUpdate SecurityEventNotification SignCertificate StatusNotification TransactionEvent"
    ).split(),
}
#: calls of ours whose answers are checked
OUTGOING: Final = {
    V16: (
        "CancelReservation ChangeAvailability ClearChargingProfile GetCompositeSchedule GetConfiguration RemoteStartTransaction "
        "RemoteStopTransaction ReserveNow Reset SetChargingProfile TriggerMessage UnlockConnector UpdateFirmware"
    ).split(),
    V201: (
        "CancelReservation ChangeAvailability ClearChargingProfile GetBaseReport GetCompositeSchedule GetVariables RequestStartTransaction "
        "RequestStopTransaction ReserveNow Reset SetChargingProfile TriggerMessage UnlockConnector UpdateFirmware"
    ).split(),
}


class Schemas:
    """Every validator this worker needs, by protocol and action."""

    def __init__(self) -> None:
        self._requests = {v: {a: _validator(v, a + _FOLDERS[v][1]) for a in actions} for v, actions in INCOMING.items()}
        self._answers = {v: {a: _validator(v, a + "Response") for a in actions} for v, actions in OUTGOING.items()}

    def knows(self, protocol: str, action: str) -> bool:
        """Whether a charge point may send this."""
        return action in self._requests[protocol]

    def fits(self, protocol: str, action: str, payload: Any) -> bool:
        """Whether a request follows its schema."""
        return bool(self._requests[protocol][action].is_valid(payload))

    def wrong_at(self, protocol: str, action: str, payload: Any) -> tuple[str, str]:
        """Which keyword a request breaks first, and where: ``("required", "")``, ``("type", "connectorId")``."""
        for found in self._requests[protocol][action].iter_errors(payload):
            return _keyword(found), "/".join(map(str, found.instance_path))
        return "", ""

    def answer_fits(self, protocol: str, action: str, payload: Any) -> bool:
        """Whether the answer to a call of ours follows its schema; where we know none, yes."""
        validator = self._answers[protocol].get(action)
        return validator is None or bool(validator.is_valid(payload))


@cache
def load_schemas() -> Schemas:
    """The validators of this process; compiled once, which takes about half a second."""
    return Schemas()


def _keyword(found: Any) -> str:
    """The schema keyword that refused: the last word of the schema path that is no index."""
    words = [str(part) for part in found.schema_path if not str(part).isdigit()]
    return words[-1] if words else ""


def _validator(protocol: str, name: str) -> Any:
    folder = files(_FOLDERS[protocol][0]) / "schemas" / f"{name}.json"
    return jsonschema_rs.validator_for(json.loads(folder.read_text("utf-8-sig")))
