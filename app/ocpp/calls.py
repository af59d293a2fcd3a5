"""Commands in the words of each protocol, and what a station's answer means. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from app.domain.network.bulk_commands import Wish
from app.ocpp.codec import Failure, Result
from app.ocpp.schemas import V16

#: answers that mean: it will be done
_YES = frozenset({"Accepted", "Unlocked", "Scheduled", "RebootRequired"})
#: answers that have no status, and mean yes if they hold what was asked for; 1.6 answers an update with nothing at all
_PLAIN_YES: dict[str, Callable[[dict[str, Any]], bool]] = {
    "GetConfiguration": lambda payload: isinstance(payload.get("configurationKey"), list) or isinstance(payload.get("unknownKey"), list),
    "UpdateFirmware": lambda payload: "status" not in payload,
}


class Outgoing(NamedTuple):
    """A call as it goes over the wire."""

    action: str
    payload: dict[str, Any]


def outgoing(protocol: str, wish: Wish) -> Outgoing | str:
    """The call for a wish, or the code of why there is none (``no_transaction``, ``unknown_action``)."""
    builder = (_BUILD_16 if protocol == V16 else _BUILD_201).get(wish.action)
    return builder(wish) if builder else "unknown_action"


def verdict(answer: Result | Failure, action: str = "") -> tuple[str, str | None]:
    """State and reason for an answer to a call of that name. What breaks the schema is read as far as it goes (T21)."""
    if isinstance(answer, Failure):
        return "rejected", answer.code or "error"
    plain = _PLAIN_YES.get(action)
    if plain is not None and isinstance(answer.payload, dict) and plain(answer.payload):
        return "accepted", None
    status = answer.payload.get("status") if isinstance(answer.payload, dict) else None
    if status in _YES:
        return "accepted", None
    return "rejected", status[:100] if isinstance(status, str) and status else "no_status"


def _token(wish: Wish) -> str:
    return str(wish.params.get("id_token") or wish.id_token or "")


def _remote_start_number(wish: Wish) -> int:
    """2.0.1 wants a number that comes back with the transaction: the session's, else the wish's own."""
    given = wish.params.get("remote_start_id")
    return given if isinstance(given, int) else wish.number


def _start_16(wish: Wish) -> Outgoing:
    payload: dict[str, Any] = {"idTag": _token(wish)[:20]}
    if wish.wire_number:
        payload["connectorId"] = wish.wire_number
    return Outgoing("RemoteStartTransaction", payload)


def _start_201(wish: Wish) -> Outgoing:
    token = {"idToken": _token(wish)[:36], "type": "Central"}
    payload: dict[str, Any] = {"remoteStartId": _remote_start_number(wish), "idToken": token}
    if wish.evse_number:
        payload["evseId"] = wish.evse_number
    return Outgoing("RequestStartTransaction", payload)


def _stop_16(wish: Wish) -> Outgoing | str:
    number = wish.params.get("transaction_number") or wish.transaction_number
    return Outgoing("RemoteStopTransaction", {"transactionId": number}) if number else "no_transaction"


def _stop_201(wish: Wish) -> Outgoing | str:
    ref = wish.params.get("transaction_ref") or wish.transaction_ref
    return Outgoing("RequestStopTransaction", {"transactionId": ref}) if ref else "no_transaction"


def _unlock_16(wish: Wish) -> Outgoing:
    return Outgoing("UnlockConnector", {"connectorId": wish.wire_number or 1})


def _unlock_201(wish: Wish) -> Outgoing:
    return Outgoing("UnlockConnector", {"evseId": wish.evse_number or 1, "connectorId": 1})


def _trigger_16(wish: Wish) -> Outgoing:
    place = {"connectorId": wish.wire_number} if wish.wire_number and wish.action in _PLACED else {}
    return Outgoing("TriggerMessage", {"requestedMessage": _TRIGGERS[wish.action], **place})


def _trigger_201(wish: Wish) -> Outgoing:
    place = {"evse": {"id": wish.evse_number, "connectorId": 1}} if wish.evse_number and wish.action in _PLACED else {}
    return Outgoing("TriggerMessage", {"requestedMessage": _TRIGGERS[wish.action], **place})


def _availability_16(wish: Wish) -> Outgoing:
    return Outgoing("ChangeAvailability", {"connectorId": wish.wire_number or 0, "type": _AVAILABILITY[wish.action]})


def _availability_201(wish: Wish) -> Outgoing:
    place = {"evse": {"id": wish.evse_number}} if wish.evse_number else {}
    return Outgoing("ChangeAvailability", {"operationalStatus": _AVAILABILITY[wish.action], **place})


def _reserve_16(wish: Wish) -> Outgoing:
    payload = {"connectorId": wish.wire_number or 1, "expiryDate": _time(wish, "until"), "idTag": _token(wish)[:20]}
    return Outgoing("ReserveNow", payload | {"reservationId": wish.number})


def _reserve_201(wish: Wish) -> Outgoing:
    token = {"idToken": _token(wish)[:36], "type": "ISO14443"}
    payload = {"id": wish.number, "expiryDateTime": _time(wish, "until"), "idToken": token, "evseId": wish.evse_number or 1}
    return Outgoing("ReserveNow", payload)


def _unreserve(wish: Wish) -> Outgoing:
    return Outgoing("CancelReservation", {"reservationId": int(wish.params.get("reservation_id") or 0)})


def _firmware_16(wish: Wish) -> Outgoing:
    return Outgoing("UpdateFirmware", {"location": wish.params.get("url"), "retrieveDate": _time(wish, "at")})


def _firmware_201(wish: Wish) -> Outgoing:
    firmware = {"location": wish.params.get("url"), "retrieveDateTime": _time(wish, "at")}
    return Outgoing("UpdateFirmware", {"requestId": wish.number, "firmware": firmware})


def _time(wish: Wish, name: str) -> str:
    return str(wish.params.get(name) or "").replace("+00:00", "Z")


_TRIGGERS = {
    "trigger_status": "StatusNotification",
    "trigger_meter": "MeterValues",
    "trigger_boot": "BootNotification",
    "trigger_heartbeat": "Heartbeat",
}
#: messages about one connector
_PLACED = frozenset({"trigger_status", "trigger_meter"})
_AVAILABILITY = {"availability_on": "Operative", "availability_off": "Inoperative"}

_BUILD_16 = {
    "remote_start": _start_16,
    "remote_stop": _stop_16,
    "unlock": _unlock_16,
    "reset_soft": lambda _wish: Outgoing("Reset", {"type": "Soft"}),
    "reset_hard": lambda _wish: Outgoing("Reset", {"type": "Hard"}),
    "reserve": _reserve_16,
    "cancel_reservation": _unreserve,
    "firmware": _firmware_16,
    "read_config": lambda _wish: Outgoing("GetConfiguration", {}),
    **dict.fromkeys(_TRIGGERS, _trigger_16),
    **dict.fromkeys(_AVAILABILITY, _availability_16),
}
_BUILD_201 = {
    "remote_start": _start_201,
    "remote_stop": _stop_201,
    "unlock": _unlock_201,
    "reset_soft": lambda _wish: Outgoing("Reset", {"type": "OnIdle"}),
    "reset_hard": lambda _wish: Outgoing("Reset", {"type": "Immediate"}),
    "reserve": _reserve_201,
    "cancel_reservation": _unreserve,
    "firmware": _firmware_201,
    "read_config": lambda wish: Outgoing("GetBaseReport", {"requestId": wish.number, "reportBase": "FullInventory"}),
    **dict.fromkeys(_TRIGGERS, _trigger_201),
    **dict.fromkeys(_AVAILABILITY, _availability_201),
}
