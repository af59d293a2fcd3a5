"""Which charge points somebody means by what is typed: label as said, serial, EVSE id, or words of it, its site or its partner."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, ColumnElement, Uuid, any_, cast, column, exists, false, func, literal, or_, select, true, union_all
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.db.words import word_query
from app.domain.network.labels import bare, is_evse_uid, spoken_label
from app.domain.network.models import Evse, Station
from app.kernel.ids import read_code

#: words that more charge points have are looked for along a list, as its page is read: finding all of them first costs more
MOST = 1_000


@dataclass(frozen=True, slots=True)
class Meant:
    """Conditions over charge points; none where nothing was typed. ``many``: more than ``MOST`` may fit, so nobody should count them."""

    conditions: tuple[ColumnElement[bool], ...] = ()
    many: bool = False
    keys: tuple[UUID, ...] = ()

    def of(self, key: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
        """The same about rows that name a charge point."""
        return exists().where(Station.id == key, *self.conditions) if self.many else _among(key, self.keys)


def meant_stations(session: Session, typed: str) -> Meant:
    """What was typed, understood. One statement, none where nothing was typed.

    ``NL-0417``, ``417``, ``NL-0417/2``, a serial, an identity, an EVSE id with or without stars, or the beginnings of words of its own,
    its site's or its partner's name and address.
    """
    words = typed.strip()
    if not words:
        return Meant()
    if any(read_code(prefix, words) for prefix in ("L", "P", "S", "C")):
        # the code of something else; its site's charge points are not what was asked for
        return _few(())
    queries = _queries(words)
    found = session.execute(union_all(*_sets(words, queries))).tuples().all()
    keys = {key for key, _ in found}
    if len(keys) <= MOST:
        return _few(keys)
    own = {key for key, is_own in found if is_own}
    parts = [_among(Station.id, own), *(_has(query) for query in queries if len(own) > MOST)]
    for query in queries:
        parts.append(Station.location_id.in_(select(func.found_locations(query, type_=Uuid))))
        parts.append(Station.partner_id.in_(select(func.found_partners(query, type_=Uuid))))
    if is_evse_uid(words):
        parts.append(exists().where(Evse.station_id == Station.id, _begins(words)))
    return Meant((or_(*parts),), many=True)


def _queries(words: str) -> list[str]:
    """What was typed as queries of words; "417" is NL-0417, which the word 0417 finds."""
    said = spoken_label(words)
    padded = said.digits.zfill(4) if said is not None and not said.label else ""
    return [query for query in (word_query(words), word_query(padded)) if query]


def _sets(words: str, queries: list[str]) -> list[Any]:
    """Keys, and whether it is the charge point's own word that fits; of each kind one more than ``MOST`` at most."""
    sets: list[Any] = []
    for query in queries:
        some = func.found_stations(query, MOST + 1).table_valued(column("id", Uuid), column("own", Boolean))
        sets.append(select(some.c.id, some.c.own))
    said = spoken_label(words)
    if said is not None and said.label:
        sets.append(select(Station.id, true()).where(Station.label == said.label))
    if is_evse_uid(words):
        sets.append(select(Evse.station_id, true()).where(_begins(words)).limit(MOST + 1))
    return sets or [select(Station.id, true()).where(false())]


def _begins(words: str) -> ColumnElement[bool]:
    return func.replace(Evse.evse_uid, "*", "").startswith(bare(words), autoescape=True)


def _has(query: str) -> ColumnElement[bool]:
    own = func.voltpact_words(Station.label + " " + Station.serial + " " + Station.identity)
    return own.bool_op("@@")(cast(query, TSQUERY))


def _few(keys: Collection[UUID]) -> Meant:
    return Meant((_among(Station.id, keys),), keys=tuple(keys))


def _among(key: InstrumentedAttribute[UUID], keys: Collection[UUID]) -> ColumnElement[bool]:
    return key == any_(literal(list(keys), ARRAY(Uuid)))
