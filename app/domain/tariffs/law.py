"""What the law and plain reading say about a tariff at a place. The rules are data: ``rules/*.toml``, one file per law, with dates.

A file names its ``countries`` (none named: everywhere), or says ``declared``: those that the operator declared, from the day it did. A rule
has a ``code`` (its sentence stands in app.text), perhaps a ``clause`` (the law's own reference), a ``check`` of
app.domain.tariffs.law_checks with its ``dimensions``, a ``severity`` (blocks, warns, note), the days ``from`` and ``until`` (not included)
between which it counts, what it needs of the place (``min_w``, ``below_w``, ``public``, ``clock_approved``), and perhaps a ``fix`` that the
editor can carry out.
"""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from app.domain.tariffs.law_checks import CHECKS, Seen, look
from app.kernel.errors import Invalid
from app.money.terms import Tariff

FOLDER = Path(__file__).resolve().parent / "rules"
SEVERITIES = ("blocks", "warns", "note")
#: from this power on, charging without a contract is priced by energy, with an occupancy fee per minute at most (AFIR Art. 5(4))
FAST_W = 50_000
_NONE: Mapping[str, date] = MappingProxyType({})


@dataclass(frozen=True, slots=True, order=True)
class PlaceClass:
    """What matters of an EVSE; ``clock_approved``: its clock may be billed by (Eichrecht)."""

    country: str
    current: str = "AC"
    max_w: int = 22_000
    public: bool = True
    clock_approved: bool = True


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. ``field`` is a path in the tariff (``elements[1].price_components[0].price``), empty for the whole of it; ``fix`` is
    what the editor's button does (``remove-1``), empty where a person must decide; ``places`` are the classes it is about."""

    code: str
    severity: str
    clause: str
    field: str
    params: dict[str, Any] = dataclasses.field(default_factory=dict)
    fix: str = ""
    places: tuple[PlaceClass, ...] = ()

    @property
    def blocks(self) -> bool:
        """Does it refuse publishing and assigning?"""
        return self.severity == "blocks"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a file; see the module's text."""

    code: str
    check: str
    severity: str
    clause: str = ""
    dimensions: tuple[str, ...] = ()
    countries: tuple[str, ...] | None = None
    since: date | None = None
    until: date | None = None
    min_w: int | None = None
    below_w: int | None = None
    public: bool | None = None
    clock_approved: bool | None = None
    fix: str = ""
    declared: bool = False

    def counts(self, place: PlaceClass, on: date, barred: Mapping[str, date]) -> bool:
        """Whether it speaks about that kind of place on that day."""
        return (
            (self.countries is None or place.country in self.countries)
            and (not self.declared or barred.get(place.country, date.max) <= on)
            and (self.since is None or self.since <= on)
            and (self.until is None or on < self.until)
            and (self.min_w is None or place.max_w >= self.min_w)
            and (self.below_w is None or place.max_w < self.below_w)
            and (self.public is None or place.public is self.public)
            and (self.clock_approved is None or place.clock_approved is self.clock_approved)
        )


@lru_cache(maxsize=4)
def rules(folder: Path = FOLDER) -> tuple[Rule, ...]:
    """Every rule; a file that says something nobody understands is refused here, at the first look."""
    found = []
    for path in sorted(folder.glob("*.toml")):
        read = tomllib.loads(path.read_text(encoding="utf-8"))
        countries = tuple(read["countries"]) if "countries" in read else None
        for each in read["rule"]:
            values = {**each, "dimensions": tuple(each.get("dimensions", ())), "since": each.get("from"), "countries": countries}
            values["declared"] = read.get("declared", False)
            values.pop("from", None)
            rule = Rule(**values)
            if rule.check not in CHECKS or rule.severity not in SEVERITIES:
                raise ValueError(f"{path.name}: rule {rule.code} has an unknown check or severity")
            found.append(rule)
    return tuple(found)


def findings(tariff: Tariff, places: Iterable[PlaceClass], on: date, barred: Mapping[str, date] = _NONE) -> list[Finding]:
    """What is to be said about a tariff at these kinds of places on a day: what blocks first, each thing once.

    ``barred``: countries in which the operator declared that it may not sell energy, with the first day.
    """
    kinds, seen = tuple(sorted(set(places))), look(tariff)
    found: list[Finding] = []
    for rule in rules():
        about = tuple(place for place in kinds if rule.counts(place, on, barred))
        if about:
            found += _of_rule(rule, seen, about)
    found.sort(key=lambda each: SEVERITIES.index(each.severity))
    said: set[tuple[str, str]] = set()
    return [each for each in found if not ((each.code, each.field) in said or said.add((each.code, each.field)))]  # type: ignore[func-returns-value]


def _of_rule(rule: Rule, seen: Seen, about: tuple[PlaceClass, ...]) -> list[Finding]:
    return [
        Finding(
            code=rule.code,
            severity=rule.severity,
            clause=rule.clause,
            field="" if line is None else seen.path(line),
            params={"clause": rule.clause, **params},
            fix=_fix(rule, line),
            places=about,
        )
        for line, params in CHECKS[rule.check](seen, rule.dimensions)
    ]


def _fix(rule: Rule, line: int | None) -> str:
    if not rule.fix or line is None:
        return rule.fix
    return f"{rule.fix}-{line}" if rule.fix == "remove" else rule.fix


def require_lawful(tariff: Tariff, places: Iterable[PlaceClass], on: date, barred: Mapping[str, date]) -> None:
    """Refuse with the code of the first blocking finding, at its field, with its clause."""
    for each in findings(tariff, places, on, barred):
        if each.blocks:
            raise Invalid(each.code, field=each.field or "elements", **each.params)
