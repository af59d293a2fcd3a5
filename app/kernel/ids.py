"""Identities: a NewType per key, time-ordered UUIDs, and the short codes that people read and type.

Codes (``S-7KQ2M4``) use 31 characters, without I, L, O, U and Z; the last one is a weighted sum of the others modulo 31. As 31 is
prime, every single wrong character and every swap of neighbours within the first 30 places is found.
"""

from __future__ import annotations

import os
import secrets
import time
from typing import NewType
from uuid import UUID

UserId = NewType("UserId", UUID)
OperatorId = NewType("OperatorId", UUID)
PartnerId = NewType("PartnerId", UUID)
MembershipId = NewType("MembershipId", UUID)
LocationId = NewType("LocationId", UUID)
StationId = NewType("StationId", UUID)
EvseId = NewType("EvseId", UUID)
ContractId = NewType("ContractId", UUID)
ContractVersionId = NewType("ContractVersionId", UUID)
TariffId = NewType("TariffId", UUID)
TariffVersionId = NewType("TariffVersionId", UUID)
SessionId = NewType("SessionId", UUID)
PaymentId = NewType("PaymentId", UUID)
CommandId = NewType("CommandId", UUID)
EntryId = NewType("EntryId", UUID)
StatementId = NewType("StatementId", UUID)
DocumentId = NewType("DocumentId", UUID)

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXY"
_LENGTHS = {"S": 9, "ST": 9, "D": 9}  # sessions, statements, drivers
_REPAIR = str.maketrans({"O": "0", "I": "1", "L": "1", " ": None, "-": None})


def uuid7() -> UUID:
    """A time-ordered UUID (RFC 9562 version 7), as PostgreSQL 18's ``uuidv7()`` makes them."""
    milliseconds = time.time_ns() // 1_000_000
    value = milliseconds << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 7 << 76
    value = value & ~(0x3 << 62) | 2 << 62
    return UUID(int=value)


def uuid7s(count: int) -> list[str]:
    """So many ids in one go, as 32 hexadecimal digits in rising order: one draw of chance, counted up (RFC 9562, 6.2, method 2).

    A row's own ``uuidv7()`` asks the system for chance each time, which costs more than writing a short row.
    """
    first = uuid7().int >> 32 << 32
    return [f"{value:032x}" for value in range(first, first + count)]


def check_character(body: str) -> str:
    """The check character of a code's body (upper case, without prefix)."""
    total = sum(ALPHABET.index(c) * (place % 30 + 1) for place, c in enumerate(body))
    return ALPHABET[total % 31]


def new_code(prefix: str, length: int | None = None) -> str:
    """A fresh public code such as ``P-4KX9A7TW``: prefix, random characters, a check character.

    Seven of them are 27 thousand million codes: a new one among a million meets another with a chance of one in 27,000. Kinds of which a
    large operator has tens of millions, or makes thousands at once, have nine (``_LENGTHS``): one in 260,000 among a hundred million. Who
    asks for shorter ones looks for those that are taken.
    """
    body = "".join(secrets.choice(ALPHABET) for _ in range(length or _LENGTHS.get(prefix, 7)))
    return f"{prefix}-{body}{check_character(body)}"


def read_code(prefix: str, typed: str) -> str | None:
    """The code a person meant (lower case, O for 0, blanks repaired), or None if it cannot be one."""
    text = typed.strip().upper()
    if not text.startswith(prefix + "-"):
        return None
    body = text[len(prefix) + 1 :].translate(_REPAIR)
    if len(body) < 3 or any(c not in ALPHABET for c in body) or check_character(body[:-1]) != body[-1]:
        return None
    return f"{prefix}-{body}"
