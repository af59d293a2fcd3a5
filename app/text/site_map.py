"""A plain map of sites: where they lie to each other, drawn without a background. Sites too near to be told apart share a pin."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.text.states import state

WIDTH, HEIGHT = 640, 440
_EDGE = 32
#: pins nearer than this would cover each other
_APART = 36
#: degrees of latitude that a picture shows at least, so that one street does not look like a country
_LEAST = Decimal("0.01")
#: what needs somebody comes first
_WORST = (
    "Faulted", "Offline", "Unavailable", "SuspendedEVSE", "Reserved", "SuspendedEV", "Finishing", "Preparing", "Charging", "Available",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spot:
    """A site to be drawn: degrees north and east, and its worst state."""

    code: str
    name: str
    latitude: Decimal
    longitude: Decimal
    state: str


@dataclass(frozen=True, slots=True)
class Pin:
    """One mark in the picture, in pixels from its upper left corner, with the sites below it."""

    x: int
    y: int
    spots: tuple[Spot, ...]

    @property
    def state(self) -> str:
        """The worst of its sites."""
        return worst([spot.state for spot in self.spots])

    @property
    def role(self) -> str:
        """Its colour role."""
        return state(self.state).role

    @property
    def box(self) -> str:
        """The area of its sites with a little around, as the address of a map has it: south, west, north, east in degrees."""
        north, east = [s.latitude for s in self.spots], [s.longitude for s in self.spots]
        around = _LEAST / 4
        return ",".join(f"{edge:.4f}" for edge in (min(north) - around, min(east) - around, max(north) + around, max(east) + around))


def worst(states: Sequence[str]) -> str:
    """The state that needs somebody most; ``New`` for a place without connectors."""
    return next((state for state in _WORST if state in states), "New")


def pins(spots: Sequence[Spot]) -> list[Pin]:
    """The marks of a picture that shows all spots, the nearest to its middle first."""
    if not spots:
        return []
    norths, easts = [spot.latitude for spot in spots], [spot.longitude for spot in spots]
    middle = ((min(norths) + max(norths)) / 2, (min(easts) + max(easts)) / 2)
    # a degree to the east is shorter than one to the north
    narrow = Decimal(str(max(math.cos(math.radians(float(middle[0]))), 0.05)))
    high = max(max(norths) - min(norths), _LEAST)
    wide = max((max(easts) - min(easts)) * narrow, _LEAST)
    scale = min((HEIGHT - 2 * _EDGE) / high, (WIDTH - 2 * _EDGE) / wide)
    found: list[Pin] = []
    for spot in sorted(spots, key=lambda s: ((s.latitude - middle[0]) ** 2 + ((s.longitude - middle[1]) * narrow) ** 2, s.name, s.code)):
        x = round(WIDTH // 2 + (spot.longitude - middle[1]) * narrow * scale)
        y = round(HEIGHT // 2 - (spot.latitude - middle[0]) * scale)
        place = next((n for n, pin in enumerate(found) if (pin.x - x) ** 2 + (pin.y - y) ** 2 < _APART**2), None)
        if place is None:
            found.append(Pin(x, y, (spot,)))
        else:
            found[place] = Pin(found[place].x, found[place].y, (*found[place].spots, spot))
    return found
