"""OCPP 2.0.1 payloads as facts. Pure and lenient, as ``translate16``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from app.ocpp.facts import Booted, ConfigTold, Fact, Heard, Metered, Note, Place, StatusSaid, TokenAsked, TransactionSaid
from app.ocpp.reading import believed, fields, items, small, text, token
from app.ocpp.samples import readings
from app.ocpp.translate16 import STATUSES

TRANSACTIONAL = frozenset({"TransactionEvent", "MeterValues"})

CHARGING_STATES = frozenset({"Charging", "SuspendedEV", "SuspendedEVSE", "EVConnected", "Idle"})


def translate(action: str, payload: dict[str, Any], received_at: datetime, message_id: str) -> Fact | None:
    """The fact in a request, or None if what it is about cannot be made out."""
    reader = _READERS.get(action)
    return reader(payload, received_at, message_id) if reader else Note()


def _boot(payload: dict[str, Any], _at: datetime, _id: str) -> Fact | None:
    inner = fields(payload.get("chargingStation"))
    said = Booted(
        vendor=text(inner.get("vendorName") or payload.get("chargePointVendor"), 100),
        model=text(inner.get("model") or payload.get("chargePointModel"), 100),
        serial=text(inner.get("serialNumber") or payload.get("chargePointSerialNumber"), 100),
        firmware=text(inner.get("firmwareVersion") or payload.get("firmwareVersion"), 100),
    )
    return said if any(said) else None


def _status(payload: dict[str, Any], received_at: datetime, _id: str) -> Fact | None:
    said = payload.get("connectorStatus")
    evse = small(payload.get("evseId"))
    if said is None or evse is None:
        return None
    raw = text(said, 100)
    at, _ = believed(payload.get("timestamp"), received_at)
    place = Place(small(payload.get("connectorId")) or 1, evse) if evse else Place()
    return StatusSaid(place, STATUSES.get(raw.lower()), raw, None, None, at)


def _authorize(payload: dict[str, Any], _at: datetime, _id: str) -> Fact | None:
    said = fields(payload.get("idToken")).get("idToken")
    return TokenAsked(token(said)) if said is not None else None


def _meter(payload: dict[str, Any], received_at: datetime, _id: str) -> Fact | None:
    if not payload:
        return None
    evse = small(payload.get("evseId")) or None
    return Metered(Place(None, evse), None, "", readings(payload.get("meterValue"), received_at))


def _event(payload: dict[str, Any], received_at: datetime, _id: str) -> Fact | None:
    info = fields(payload.get("transactionInfo"))
    ref = text(info.get("transactionId"), 60)
    if not payload:
        return None
    kind = text(payload.get("eventType"), 20)
    evse = fields(payload.get("evse"))
    state = text(info.get("chargingState"), 20)
    said_token = fields(payload.get("idToken"))
    at, clock = believed(payload.get("timestamp"), received_at)
    flags = (*(() if clock else ("clock",)), *(("offline",) if payload.get("offline") is True else ()))
    return TransactionSaid(
        kind=kind if kind in ("Started", "Updated", "Ended") else "Updated",
        ref=ref,
        place=Place(small(evse.get("connectorId")) or None, small(evse.get("id")) or None),
        token=token(said_token.get("idToken")),
        at=at,
        charging_state=state if state in CHARGING_STATES else None,
        remote_start_id=small(info.get("remoteStartId")),
        reason=text(info.get("stoppedReason"), 50) or None,
        readings=readings(payload.get("meterValue"), received_at),
        flags=flags,
        token_given="idToken" in payload,
        reservation=small(payload.get("reservationId")),
    )


def _report(payload: dict[str, Any], _at: datetime, _id: str) -> Fact | None:
    number = small(payload.get("requestId"))
    if number is None:
        return None
    entries = items(payload.get("reportData"))
    return ConfigTold(number, small(payload.get("seqNo")) or 0, payload.get("tbc") is not True, entries)


_READERS: dict[str, Callable[[dict[str, Any], datetime, str], Fact | None]] = {
    "Heartbeat": lambda _payload, _at, _id: Heard(),
    "StatusNotification": _status,
    "TransactionEvent": _event,
    "MeterValues": _meter,
    "Authorize": _authorize,
    "BootNotification": _boot,
    "NotifyReport": _report,
}
