"""The monthly receipts of drivers: who sold them what, as first billed (settlement.md §9)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.money.settlement.assignment import Placed
from app.money.settlement.corporate import Allocation
from app.money.settlement.inputs import Session


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one driver bought of one seller; ``sessions`` in the order of the input."""

    driver: str
    seller: str
    gross: int
    sessions: tuple[str, ...]


def receipts(sessions: Iterable[Placed], allocation: Allocation) -> tuple[Receipt, ...]:
    """Internal sessions, and the driver's own part of corporate ones, of this statement; sorted by driver and seller."""
    sums: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for placed in sessions:
        session = placed.session
        if session.driver is None or session.settled_in is not None or placed.on_hold:
            continue
        gross = placed.price.gross
        if session.channel == "corporate" and session.id in allocation.parts:
            gross = allocation.driver_part(placed)
        if session.channel == "internal" or (session.channel == "corporate" and session.id in allocation.parts and gross):
            sums.setdefault((session.driver, _seller(placed)), []).append((session.id, gross))
    found = [Receipt(*key, sum(gross for _, gross in parts), tuple(name for name, _ in parts)) for key, parts in sums.items()]
    return tuple(sorted(found, key=lambda one: (one.driver, one.seller)))


def _seller(placed: Placed) -> str:
    """The holder if it is the supplier, else the operator; the operator keeps balances, so it sells what they pay."""
    session: Session = placed.session
    if placed.place.applied is not None:
        supplier = placed.applied.supplier
    elif placed.place.kind == "other_partner" and session.paid_with != "balance":
        supplier = session.supplier or "operator"
    else:
        supplier = "operator"
    return placed.place.holder if supplier == "partner" and placed.place.holder else "operator"
