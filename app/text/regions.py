"""Names of countries, languages, currencies and time zones in the language spoken now, and the choices of forms."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import available_timezones

from babel import Locale

from app.text.locales import LANGUAGES, current

#: currencies offered in forms; the domain knows every one of ISO 4217
CURRENCIES = ("EUR", "CHF", "GBP", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "RON", "BGN", "ISK", "USD")
_AREAS = ("Europe/", "Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Indian/", "Pacific/")


def country_name(code: str) -> str:
    """``DE`` as Germany, Deutschland, Allemagne; an unknown code as it is."""
    return str(Locale.parse(current().language).territories.get(code, code))


def language_name(code: str) -> str:
    """``de`` as Deutsch: in its own words, like the language menu."""
    return str(LANGUAGES.get(code, code))


def country_choices() -> list[tuple[str, str]]:
    """Every country by name."""
    return list(_countries(current().language))


@lru_cache(maxsize=8)
def _countries(language: str) -> tuple[tuple[str, str], ...]:
    names = Locale.parse(language).territories
    found = [(code, str(name)) for code, name in names.items() if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRIES]
    return tuple(sorted(found, key=lambda choice: choice[1].casefold()))


#: codes of the list that are regions, unions or made up
_NO_COUNTRIES = frozenset({"EU", "EZ", "UN", "ZZ", "XA", "XB", "QO", "CQ", "AQ", "BV", "HM", "TF", "GS", "UM", "CP", "DG", "EA", "IC"})


@lru_cache(maxsize=1)
def zone_choices() -> list[tuple[str, str]]:
    """Every zone named after a place, Europe first."""
    zones = sorted(z for z in available_timezones() if z.startswith(_AREAS))
    return [(z, z.replace("_", " ")) for area in _AREAS for z in zones if z.startswith(area)]


def currency_choices() -> list[tuple[str, str]]:
    """The usual currencies with their names."""
    names = Locale.parse(current().language).currencies
    return [(code, f"{code} – {names.get(code, code)}") for code in CURRENCIES]


def language_choices() -> list[tuple[str, str]]:
    """The languages of the house."""
    return [(code, language_name(code)) for code in LANGUAGES]
