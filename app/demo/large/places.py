"""Where the large demo is: how much of everything, towns, names. Drawn from one seed, so that two databases of a size look alike."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from app.kernel.ids import new_code


@dataclass(frozen=True)
class Size:
    """How much there shall be. Sommer holds a hundredth of the charge points, so that a partner's pages are large too."""

    partners: int = 20_000
    points: int = 100_000
    sessions: int = 100_000

    @property
    def of_sommer(self) -> int:
        """Charge points of the partner Sommer."""
        return max(1, self.points // 100)

    @property
    def drivers(self) -> int:
        """Drivers, a quarter of them Sommer's."""
        return self.partners


class Town(NamedTuple):
    """A town: name, first digits of its postcodes, country, zone, where it lies."""

    name: str
    postcode: str
    country: str
    zone: str
    latitude: float
    longitude: float


_BERLIN, _VIENNA, _PARIS = ("DE", "Europe/Berlin"), ("AT", "Europe/Vienna"), ("FR", "Europe/Paris")
TOWNS = (
    Town("Hamburg", "20", *_BERLIN, 53.55, 10.00),
    Town("Berlin", "10", *_BERLIN, 52.52, 13.40),
    Town("München", "80", *_BERLIN, 48.14, 11.58),
    Town("Köln", "50", *_BERLIN, 50.94, 6.96),
    Town("Frankfurt am Main", "60", *_BERLIN, 50.11, 8.68),
    Town("Stuttgart", "70", *_BERLIN, 48.78, 9.18),
    Town("Düsseldorf", "40", *_BERLIN, 51.23, 6.78),
    Town("Leipzig", "04", *_BERLIN, 51.34, 12.37),
    Town("Dortmund", "44", *_BERLIN, 51.51, 7.47),
    Town("Bremen", "28", *_BERLIN, 53.08, 8.80),
    Town("Hannover", "30", *_BERLIN, 52.37, 9.73),
    Town("Nürnberg", "90", *_BERLIN, 49.45, 11.08),
    Town("Kiel", "24", *_BERLIN, 54.32, 10.14),
    Town("Rostock", "18", *_BERLIN, 54.09, 12.10),
    Town("Freiburg", "79", *_BERLIN, 48.00, 7.85),
    Town("Görlitz", "02", *_BERLIN, 51.15, 14.99),
    Town("Wien", "1", *_VIENNA, 48.21, 16.37),
    Town("Salzburg", "50", *_VIENNA, 47.80, 13.04),
    Town("Graz", "80", *_VIENNA, 47.07, 15.44),
    Town("Strasbourg", "67", *_PARIS, 48.58, 7.75),
    Town("Lyon", "69", *_PARIS, 45.76, 4.84),
    Town("Paris", "75", *_PARIS, 48.86, 2.35),
)
STREETS = (
    "Marktplatz",
    "Hafenstraße",
    "Bahnhofstraße",
    "Lindenallee",
    "Mühlenweg",
    "Ringstraße",
    "Schlossgasse",
    "Am Rathaus",
    "Industriestraße",
)
TRADES = (
    "Bäckerei", "Hotel", "Gasthof", "Autohaus", "Parkhaus", "Sportzentrum", "Möbelhaus", "Praxis", "Kanzlei", "Weingut", "Campingplatz",
    "Tankstelle", "Gärtnerei", "Wohnpark", "Klinik", "Brauerei", "Golfclub", "Druckerei", "Baumarkt", "Kaufhaus",
)  # fmt: skip
FAMILIES = (
    "Ahrens", "Bauer", "Brückner", "Claßen", "Dietrich", "Eberhardt", "Fuchs", "Groß", "Hübner", "Ilgner", "Jäger", "Köhler", "Lefèvre",
    "Lorenz", "Maier", "Neumann", "Oswald", "Petersen", "Quandt", "Richter", "Schäfer", "Thoma", "Ullrich", "Vogel", "Wagner", "Zöllner",
    "Moreau", "Dubois", "Girard", "Huber", "Gruber", "Steiner", "Wimmer", "Berger", "Kowalski", "Nowak", "Yılmaz", "Krüger", "Böhm",
)  # fmt: skip
FIRST_NAMES = (
    "Anna",
    "Ben",
    "Clara",
    "David",
    "Emma",
    "Felix",
    "Greta",
    "Hannes",
    "Ida",
    "Jonas",
    "Lena",
    "Max",
    "Nina",
    "Oskar",
    "Paul",
    "Zoë",
)


def codes(prefix: str, length: int | None = None) -> Iterator[str]:
    """Fresh codes without end, none of them twice."""
    used: set[str] = set()
    while True:
        code = new_code(prefix, length)
        if code not in used:
            used.add(code)
            yield code


def points_of_each(draw: random.Random, partners: int, points: int) -> list[int]:
    """How many charge points each partner has: many have one or two, a few have hundreds."""
    weights = [min(draw.paretovariate(1.2), 400) for _ in range(partners)]
    whole = sum(weights)
    return [round(points * weight / whole) for weight in weights]
