"""OCPP 1.6 payloads as facts. Pure and lenient: what can be understood is, whatever the schema says; None where nothing can."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from app.ocpp.facts import Booted, Fact, Heard, Metered, Note, Place, Started, StatusSaid, Stopped, TokenAsked
from app.ocpp.reading import believed, fields, instant, small, text, token, whole
from app.ocpp.samples import readings

STATUSES = {
    word.lower(): word
    for word in (
        "Available",
        "Preparing",
        "Charging",
        "SuspendedEV",
        "SuspendedEVSE",
        "Finishing",
        "Reserved",
        "Unavailable",
        "Faulted",
    )
} | {"occupied": "Occupied"}

#: these are answered whatever they hold; a refusal would be repeated for ever and block the station's queue
TRANSACTIONAL = frozenset({"StartTransaction", "StopTransaction", "MeterValues"})


def translate(action: str, payload: dict[str, Any], received_at: datetime, message_id: str) -> Fact | None:
    """The fact in a request, or None if what it is about cannot be made out."""
    reader = _READERS.get(action)
    return reader(payload, received_at, message_id) if reader else Note()


def _boot(payload: dict[str, Any], _at: datetime, _id: str) -> Fact | None:
    # a 2.0.1 boot on a 1.6 socket and the reverse are both met in the field (T29)
    inner = fields(payload.get("chargingStation"))
    serial = payload.get("chargePointSerialNumber") or payload.get("chargeBoxSerialNumber") or inner.get("serialNumber")
    said = Booted(
        vendor=text(payload.get("chargePointVendor") or inner.get("vendorName"), 100),
        model=text(payload.get("chargePointModel") or inner.get("model"), 100),
        serial=text(serial, 100),
        firmware=text(payload.get("firmwareVersion") or inner.get("firmwareVersion"), 100),
    )
    return said if any(said) else None


def _status(payload: dict[str, Any], received_at: datetime, _id: str) -> Fact | None:
    said = payload.get("status")
    connector = small(payload.get("connectorId"))
    if said is None or connector is None:
        return None
    raw = text(said, 100)
    error = text(payload.get("errorCode"), 100)
    info = ", ".join(part for part in (text(payload.get("vendorErrorCode"), 100), text(payload.get("info"))) if part)
    return StatusSaid(
        place=Place(connector or None),
        status=STATUSES.get(raw.lower()),
        raw=raw,
        error_code=None if error in ("", "NoError") else error,
        error_info=info or None,
        at=believed(payload.get("timestamp"), received_at)[0],
    )


def _authorize(payload: dict[str, Any], _at: datetime, _id: str) -> Fact | None:
    said = payload.get("idTag")
    return TokenAsked(token(said)) if said is not None else None


def _start(payload: dict[str, Any], received_at: datetime, message_id: str) -> Fact | None:
    if not payload:
        return None
    connector = small(payload.get("connectorId"))
    tag = token(payload.get("idTag"))
    meter = whole(payload.get("meterStart"))
    said_at = instant(payload.get("timestamp"))
    at, clock = believed(payload.get("timestamp"), received_at)
    # without a time the message id is the best sign of a repeat
    mark = said_at.isoformat() if said_at else f"id {message_id}"
    flags = (*(() if clock else ("clock",)), *(() if meter is not None else ("no_meter_start",)))
    key = f"{connector}|{tag}|{mark}|{meter}"
    return Started(Place(connector), tag, at, meter, key, flags, small(payload.get("reservationId")))


def _stop(payload: dict[str, Any], received_at: datetime, _id: str) -> Fact | None:
    if not payload:
        return None
    said = payload.get("transactionId")
    meter = whole(payload.get("meterStop"))
    found = readings(payload.get("transactionData"), received_at)
    at, clock = believed(payload.get("timestamp"), received_at)
    if meter is None:
        # some stations send the final register in transactionData only (T62)
        meter = max((r.energy_wh for r in found if r.energy_wh is not None), default=None)
    flags = (*(() if clock else ("clock",)), *(() if meter is not None else ("no_meter_stop",)))
    reason = text(payload.get("reason"), 50) or "Local"
    return Stopped(_transaction(said), text(said, 60), token(payload.get("idTag")), at, meter, reason, found, flags)


def _meter(payload: dict[str, Any], received_at: datetime, _id: str) -> Fact | None:
    if not payload:
        return None
    said = payload.get("transactionId")
    found = readings(payload.get("meterValue"), received_at)
    return Metered(Place(small(payload.get("connectorId")) or None), _transaction(said), text(said, 60), found)


def _transaction(said: Any) -> int | None:
    """A transaction number that can be ours: the sequence starts far above 0; 0 and -1 mean none."""
    found = small(said)
    return found or None


_READERS: dict[str, Callable[[dict[str, Any], datetime, str], Fact | None]] = {
    "Heartbeat": lambda _payload, _at, _id: Heard(),
    "StatusNotification": _status,
    "MeterValues": _meter,
    "StartTransaction": _start,
    "StopTransaction": _stop,
    "Authorize": _authorize,
    "BootNotification": _boot,
}
