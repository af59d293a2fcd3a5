"""OCPP-J frames: bytes in, one of four shapes out; never raises. Knows no action and no schema."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import orjson

CALL: Final = 2
CALL_RESULT: Final = 3
CALL_ERROR: Final = 4

#: what a list of the wrong type of message is called in the log
_LONGEST_ID = 255


class Call(NamedTuple):
    """A request. ``reply_id`` is the id as JSON, so that an answer repeats a number as a number (T18)."""

    reply_id: bytes
    id: str
    action: str
    payload: Any


class Result(NamedTuple):
    """The other side's answer to a call of ours."""

    id: str
    payload: Any


class Failure(NamedTuple):
    """The other side's refusal of a call of ours."""

    id: str
    code: str
    description: str
    details: Any


class Malformed(NamedTuple):
    """No message at all (T16). ``reply_id`` is set where a call was meant and can be refused by its id."""

    kind: str
    reply_id: bytes | None = None


Frame = Call | Result | Failure | Malformed


def decode(data: bytes) -> Frame:
    """What a frame is; anything that is no OCPP-J message is ``Malformed`` with a word that says why."""
    try:
        message = orjson.loads(data)
    except orjson.JSONDecodeError:
        return Malformed("empty" if not data.strip() else "no_json")
    if not isinstance(message, list):
        return Malformed("no_array")
    if len(message) < 2:
        return Malformed("too_short")
    kind = message[0]
    if kind == CALL:
        return _call(message)
    message_id = _id(message[1])
    if kind == CALL_RESULT:
        if message_id is None or len(message) < 3:
            return Malformed("too_short" if message_id is not None else "bad_id")
        return Result(message_id, message[2])
    if kind == CALL_ERROR:
        return Malformed("bad_id") if message_id is None else _failure(message_id, message)
    return Malformed("message_type", None if message_id is None else orjson.dumps(message[1]))


def _call(message: list[Any]) -> Frame:
    message_id = _id(message[1])
    if message_id is None:
        return Malformed("bad_id")
    reply_id = orjson.dumps(message[1])
    if len(message) < 3:
        return Malformed("too_short", reply_id)
    action = message[2]
    if not isinstance(action, str) or not action:
        return Malformed("bad_action", reply_id)
    return Call(reply_id, message_id, action, message[3] if len(message) > 3 else None)


def _failure(message_id: str, message: list[Any]) -> Failure:
    words = [part if isinstance(part, str) else "" for part in (*message[2:4], "", "")]
    return Failure(message_id, words[0], words[1], message[4] if len(message) > 4 else {})


def _id(value: Any) -> str | None:
    """Message ids are strings; numbers are met in the field and taken as they are."""
    if isinstance(value, str):
        return value if 0 < len(value) <= _LONGEST_ID else None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return None


def result(reply_id: bytes, payload: bytes) -> bytes:
    """A CALLRESULT frame; the payload is JSON already."""
    return b"[3," + reply_id + b"," + payload + b"]"


def error(reply_id: bytes, code: str, description: str = "") -> bytes:
    """A CALLERROR frame. The description is a fixed word of ours, never the text of an exception (T27)."""
    return b"[4," + reply_id + b"," + orjson.dumps(code) + b"," + orjson.dumps(description) + b",{}]"


def call(message_id: str, action: str, payload: dict[str, Any]) -> bytes:
    """A CALL frame of ours."""
    return orjson.dumps([CALL, message_id, action, payload])


def as_text(data: bytes) -> str:
    """A frame as the database can keep it: bytes that are no UTF-8, and NUL, are escaped visibly."""
    text = data.decode("utf-8", "backslashreplace")
    return text.replace("\x00", "\\x00") if "\x00" in text else text
