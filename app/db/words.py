"""Search by words: what somebody typed as a query of PostgreSQL's text search, and rows of the keys that the database found by it."""

from __future__ import annotations

import re
import unicodedata
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, false, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute

#: more words than this say no more
_MOST = 6


def folded(word: str) -> str:
    """Lower case, without accents."""
    return "".join(c for c in unicodedata.normalize("NFD", word.lower()) if not unicodedata.combining(c))


def found_keys(function: str, typed: str) -> Select[tuple[UUID]]:
    """The keys that ``found_partners``, ``found_locations`` or ``found_stations`` answers: all words typed begin words of the thing."""
    words = re.findall(r"[^\W_]+", folded(typed))[:_MOST]
    asked: Select[tuple[UUID]] = select(getattr(func, function)(" & ".join(f"'{word}':*" for word in words), type_=Uuid))
    # nothing that could begin a word finds nothing
    return asked if words else select(literal(None, Uuid)).where(false())


def found_by(function: str, key: InstrumentedAttribute[Any], typed: str) -> ColumnElement[bool]:
    """Rows whose key is among those."""
    return key.in_(found_keys(function, typed))
