"""Public holidays of a site, by country and region, as dates."""

from __future__ import annotations

from datetime import date
from functools import lru_cache


def holidays_between(country: str, region: str, first: date, last: date) -> frozenset[date]:
    """The public holidays from the first day to the last, both included. An unknown region has those of its country, an unknown
    country none."""
    years = range(first.year, last.year + 1)
    return frozenset(day for year in years for day in _year(country, region, year) if first <= day <= last)


@lru_cache(maxsize=512)
def _year(country: str, region: str, year: int) -> frozenset[date]:
    from holidays import country_holidays

    for subdivision in (region or None, None):
        try:
            return frozenset(country_holidays(country, subdiv=subdivision, years=year, observed=True))
        except NotImplementedError:
            continue
    return frozenset()


def has_regions(country: str) -> tuple[str, ...]:
    """The regions of a country whose holidays differ, as codes; empty where there are none."""
    from holidays import country_holidays

    try:
        return tuple(country_holidays(country).subdivisions)
    except NotImplementedError:
        return ()
