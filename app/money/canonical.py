"""One byte sequence per value: what is hashed, stored and compared when a statement is frozen.

The month close stores the statement's input and answer as sent and given, with both digests and ``CALC_VERSION``. Building it again
from the stored input must give the same digest; a new version of the calculation changes the word, never an issued statement.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

#: names the rules a figure was computed by; raised with every change that can move a cent
CALC_VERSION = "settlement-1"


def canonical_json(value: Any) -> bytes:
    """The JSON of a value in ASCII: members sorted by name, no blanks, one line for every reader; refuses floats and odd keys."""
    _check(value)
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return text.encode("ascii")


def digest(content: bytes) -> str:
    """The SHA-256 of some bytes, 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def _check(value: Any) -> None:
    if value is None or isinstance(value, str | bool | int):
        return
    if isinstance(value, dict):
        for key, member in value.items():
            if not isinstance(key, str):
                raise TypeError("members of a canonical object are named by strings")
            _check(member)
    elif isinstance(value, list | tuple):
        for member in value:
            _check(member)
    else:
        raise TypeError(f"{type(value).__name__} has no canonical form")


__all__ = ["CALC_VERSION", "canonical_json", "digest"]
