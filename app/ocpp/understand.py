"""From a request frame to a fact and the kind of answer it deserves. Pure.

The rule (T16 to T33): what can be understood is taken, noted as ``lenient`` where the schema was broken, and never refused if it is
about a transaction; the rest is refused by a fixed word, so that a station can tell what was wrong and no text of ours leaks.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, NamedTuple

from app.ocpp import codec, translate16, translate201
from app.ocpp.codec import Call
from app.ocpp.facts import Booted, Fact, Note
from app.ocpp.schemas import V16, Schemas

OK: Final = "ok"
LENIENT: Final = "lenient"
MALFORMED: Final = "malformed"
UNKNOWN_ACTION: Final = "unknown_action"

_NOTE: Final = Note()

#: schema keyword -> word of the error, 1.6 and 2.0.1
_WORDS: Final = {
    "required": ("OccurenceConstraintViolation", "OccurrenceConstraintViolation"),
    "minItems": ("OccurenceConstraintViolation", "OccurrenceConstraintViolation"),
    "type": ("TypeConstraintViolation", "TypeConstraintViolation"),
    "additionalProperties": ("FormationViolation", "FormatViolation"),
    "enum": ("PropertyConstraintViolation", "PropertyConstraintViolation"),
    "maxLength": ("PropertyConstraintViolation", "PropertyConstraintViolation"),
}
_ELSE: Final = ("FormationViolation", "FormatViolation")
#: broken in these ways, a message that is only kept has still been understood
_FORGIVEN: Final = frozenset({"enum", "maxLength", "additionalProperties", "format", "minLength", "maximum", "minimum", "multipleOf"})


class Said(NamedTuple):
    """A request understood. ``refusal`` is the word of a CALLERROR, None if it is to be answered."""

    fact: Fact
    outcome: str
    refusal: str | None = None
    flag: str | None = None


def understand(schemas: Schemas, protocol: str, call: Call, received_at: datetime) -> Said:
    """What the request says and how it is to be answered."""
    if not schemas.knows(protocol, call.action):
        return Said(_NOTE, UNKNOWN_ACTION, "NotImplemented")
    payload = call.payload
    translate = translate16.translate if protocol == V16 else translate201.translate
    if schemas.fits(protocol, call.action, payload):
        fact = translate(call.action, payload, received_at, call.id)
        return Said(fact, OK) if fact is not None else Said(_NOTE, MALFORMED, _ELSE[protocol != V16])
    return _lenient(schemas, protocol, call, received_at)


def _lenient(schemas: Schemas, protocol: str, call: Call, received_at: datetime) -> Said:
    payload = call.payload
    if not isinstance(payload, dict):
        if payload not in (None, "", "null", []) or not schemas.fits(protocol, call.action, {}):
            return Said(_NOTE, MALFORMED, _ELSE[protocol != V16])
        payload = {}
    keyword, _ = schemas.wrong_at(protocol, call.action, payload)
    translate = translate16.translate if protocol == V16 else translate201.translate
    fact = translate(call.action, payload, received_at, call.id)
    if fact is None or (isinstance(fact, Note) and keyword and keyword not in _FORGIVEN and call.action != "DataTransfer"):
        return Said(_NOTE, MALFORMED, _WORDS.get(keyword, _ELSE)[protocol != V16])
    return Said(fact, LENIENT, flag="invalid_boot" if isinstance(fact, Booted) else None)


def refuse(protocol: str, bad: codec.Malformed) -> bytes | None:
    """The answer to a frame that is no message: only where an id says what is refused; 2.0.1 has a word of its own."""
    if bad.reply_id is None:
        return None
    if bad.kind == "message_type":
        return None if protocol == V16 else codec.error(bad.reply_id, "MessageTypeNotSupported")
    return codec.error(bad.reply_id, "FormationViolation" if protocol == V16 else "RpcFrameworkError")


def object_of(payload: Any) -> dict[str, Any]:
    """The payload as it is kept in a document: objects as they are, anything else under one name."""
    return payload if isinstance(payload, dict) else {"payload": payload}
