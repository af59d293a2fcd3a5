"""Charge points that change hands on a day to come, for both sides: the receiver does not see the charge points themselves yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import groupby
from uuid import UUID

from sqlalchemy import text

from app.access.permissions import Permission
from app.work.unit import Work

_MOVES = text("select label, place, day, coming from moving_stations(:partner, :now)")


@dataclass(frozen=True, slots=True)
class Moves:
    """Charge points that come to a partner (or leave it) on one local day: their labels, and the places they stand at."""

    day: date
    coming: bool
    labels: tuple[str, ...]
    places: tuple[str, ...]


def moves_ahead(work: Work, partner_id: UUID) -> list[Moves]:
    """What comes to a partner and what leaves it, the next day first; nothing for who may not see its charge points. One statement."""
    if not work.can(Permission.NETWORK_VIEW, partner_id=partner_id):
        return []
    rows = work.session.execute(_MOVES, {"partner": partner_id, "now": work.now})
    found = []
    for (day, coming), group in groupby(rows, key=lambda row: (row.day, row.coming)):
        points = list(group)
        found.append(Moves(day, coming, tuple(p.label for p in points), tuple(sorted({p.place for p in points if p.place}))))
    return found
