"""A car at a connector, as numbers: how fast it charges, when it is full, how long it stays. Pure; the simulated stations step it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field


@dataclass
class Car:
    """Battery and patience. Energies in Wh, power in W, times in seconds."""

    capacity_wh: int
    charge_wh: float
    max_w: int
    #: how long it stays plugged in after it is full
    lingers_s: float
    delivered_wh: float = 0.0
    full_for_s: float = 0.0

    @property
    def soc_pct(self) -> int:
        """State of charge in percent."""
        return min(100, int(100 * self.charge_wh / self.capacity_wh))

    @property
    def full(self) -> bool:
        """Takes no more power."""
        return self.charge_wh >= self.capacity_wh

    def power_w(self, offered_w: int) -> int:
        """Power now: flat, then tapering off above 80 %."""
        if self.full:
            return 0
        share = self.charge_wh / self.capacity_wh
        taper = 1.0 if share < 0.8 else max(0.12, (1.02 - share) / 0.22)
        return int(min(offered_w, self.max_w) * taper)

    def step(self, seconds: float, offered_w: int) -> float:
        """Let time pass; the Wh that flowed meanwhile."""
        if self.full:
            self.full_for_s += seconds
            return 0.0
        flowed = min(self.power_w(offered_w) * seconds / 3600, self.capacity_wh - self.charge_wh)
        self.charge_wh += flowed
        self.delivered_wh += flowed
        return flowed

    @property
    def leaves(self) -> bool:
        """Has stood full for longer than its driver's patience."""
        return self.full and self.full_for_s >= self.lingers_s


@dataclass
class Arrivals:
    """Draws cars, repeatably for a seed."""

    seed: int
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def car(self, current: str) -> Car:
        """A car that wants to charge here; on DC it takes more and stays shorter."""
        draw = self._random
        capacity = draw.choice((42_000, 58_000, 77_000, 82_000))
        wanted = draw.uniform(0.08, 0.5) * capacity
        return Car(
            capacity_wh=capacity,
            charge_wh=capacity - wanted,
            max_w=draw.choice((7_400, 11_000, 11_000, 22_000)) if current == "AC" else draw.choice((90_000, 120_000, 170_000)),
            lingers_s=draw.choice((0, 120, 600, 2_400)) if current == "AC" else draw.choice((0, 60, 240)),
        )

    def visitor(self, current: str) -> Car:
        """A car with half an hour to charge at most, so that whoever looks at the demo sees cars come and go."""
        car = self.car(current)
        most_wh = car.max_w * self._random.uniform(0.05, 0.5)
        car.charge_wh = max(car.charge_wh, car.capacity_wh - most_wh)
        return car

    def first_s(self, busy: float) -> float:
        """Seconds until the first car: soon at a popular place, so that a demo that has just started is not empty."""
        return self._random.uniform(2, 40) if self.chance(busy * 0.7) else self.next_s(busy)

    def next_s(self, busy: float) -> float:
        """Seconds until the next car comes; ``busy`` 0 to 1 says how popular the place is."""
        return self._random.uniform(60, 300 + (1 - busy) * 5_400)

    def pause_s(self, busy: float) -> float:
        """Seconds that a fault or an outage lasts or keeps away; short where ``busy`` is near 1."""
        return self._random.uniform(20, 60 + (1 - busy) * 1_800)

    def chance(self, probability: float) -> bool:
        """A weighted coin."""
        return self._random.random() < probability

    def pick(self, things: list[str]) -> str:
        """One of them."""
        return self._random.choice(things)
