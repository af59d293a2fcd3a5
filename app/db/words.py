"""Search by words: what somebody typed as a query of PostgreSQL's text search, and rows of the keys that the database found by it."""

from __future__ import annotations

import re
import unicodedata
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, CompoundSelect, Select, Uuid, any_, false, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
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


def among(key: InstrumentedAttribute[Any], keys: Select[Any] | CompoundSelect[Any]) -> ColumnElement[bool]:
    """Rows whose key is among these. They are found once, before anything is looked up: how many they are can only be guessed."""
    return key == any_(func.array(keys.scalar_subquery(), type_=ARRAY(Uuid)))


def found_by(function: str, key: InstrumentedAttribute[Any], typed: str) -> ColumnElement[bool]:
    """Rows whose key is among those."""
    return among(key, found_keys(function, typed))
