"""Payloads of our answers, as JSON bytes. What needs the database is in ``answers_after``; the rest is fixed by the action."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import orjson

from app.ocpp.schemas import V16, V201

EMPTY: Final = b"{}"
#: seconds between heartbeats that we ask for
HEARTBEAT_SECONDS: Final = 300

#: our word for a token's standing -> the word of 1.6 and of 2.0.1
_STANDING = {"accepted": "Accepted", "blocked": "Blocked", "expired": "Expired", "not_here": "Blocked"}
_NEGATIVE_201 = {"Invalid": "Unknown"}
#: 2.0.1 has a word for a good card at the wrong place
_ELSEWHERE_201 = "NotAtThisLocation"

#: answers that do not depend on anything
_FIXED: dict[tuple[str, str], bytes] = {
    # a vendor's own messages are none we know (T25)
    (V16, "DataTransfer"): b'{"status":"UnknownVendorId"}',
    (V201, "DataTransfer"): b'{"status":"UnknownVendorId"}',
    (V16, "SignCertificate"): b'{"status":"Rejected"}',
    (V201, "SignCertificate"): b'{"status":"Rejected"}',
    (V201, "NotifyEVChargingNeeds"): b'{"status":"Rejected"}',
    (V201, "NotifyEVChargingSchedule"): b'{"status":"Accepted"}',
    (V201, "GetCertificateStatus"): b'{"status":"Failed"}',
}


def stamp(at: datetime) -> bytes:
    """An instant as OCPP writes it: UTC, milliseconds, with its zone."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.").encode() + b"%03dZ" % (at.microsecond // 1000)


def heartbeat(now: datetime) -> bytes:
    """The time; both protocols."""
    return b'{"currentTime":"' + stamp(now) + b'"}'


def boot(now: datetime) -> bytes:
    """Accepted, the time, the heartbeat interval; both protocols."""
    return b'{"currentTime":"' + stamp(now) + b'","interval":%d,"status":"Accepted"}' % HEARTBEAT_SECONDS


def fixed(protocol: str, action: str) -> bytes:
    """The answer to a message that is only kept."""
    return _FIXED.get((protocol, action), EMPTY)


def standing(word: str | None) -> str:
    """A stored token status (None: unknown token) as 1.6 says it."""
    return _STANDING.get(word or "", "Invalid")


def authorize(protocol: str, word: str | None) -> bytes:
    """The standing of a token."""
    return orjson.dumps({"idTagInfo" if protocol == V16 else "idTokenInfo": token_info(protocol, word)})


def token_info(protocol: str, word: str | None) -> dict[str, Any]:
    """``{"status": "Accepted"}`` and the like, in the protocol's words."""
    said = _ELSEWHERE_201 if word == "not_here" and protocol != V16 else standing(word)
    return {"status": said if protocol == V16 else _NEGATIVE_201.get(said, said)}


def start(number: int, word: str | None) -> bytes:
    """1.6: the transaction number, always a real one, and the standing of the token."""
    return b'{"transactionId":%d,"idTagInfo":{"status":"%s"}}' % (number, standing(word).encode())


def stop(word: str | None, *, token_given: bool) -> bytes:
    """1.6: with the standing of the token if one was given."""
    return b'{"idTagInfo":{"status":"%s"}}' % standing(word).encode() if token_given and word else EMPTY


def event(word: str | None, *, token_given: bool) -> bytes:
    """2.0.1 TransactionEvent: with the standing of the token if one was given."""
    return orjson.dumps({"idTokenInfo": token_info(V201, word)}) if token_given else EMPTY
