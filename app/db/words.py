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


def word_query(typed: str) -> str:
    """What was typed as a query: all words begin words of the thing. Empty where nothing could begin a word, which finds nothing."""
    return " & ".join(f"'{word}':*" for word in re.findall(r"[^\W_]+", folded(typed))[:_MOST])


def found_keys(function: str, typed: str) -> Select[tuple[UUID]]:
    """The keys that ``found_partners``, ``found_locations`` or ``found_contracts`` answers."""
    query = word_query(typed)
    asked: Select[tuple[UUID]] = select(getattr(func, function)(query, type_=Uuid))
    return asked if query else select(literal(None, Uuid)).where(false())


def among(key: InstrumentedAttribute[Any], keys: Select[Any] | CompoundSelect[Any]) -> ColumnElement[bool]:
    """Rows whose key is among these. They are found once, before anything is looked up: how many they are can only be guessed."""
    return key == any_(func.array(keys.scalar_subquery(), type_=ARRAY(Uuid)))


def found_by(function: str, key: InstrumentedAttribute[Any], typed: str) -> ColumnElement[bool]:
    """Rows whose key is among those."""
    return among(key, found_keys(function, typed))
