"""Languages of the house, regions of its formats, and which of them is spoken right now.

A language chooses words (catalogues), a region chooses formats (Babel). Every entrance says once, for its request, mail or message,
``with speaking("de", "de_AT"):``; everything below asks ``current()``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache

import babel
from babel import negotiate_locale

#: code -> its own name for itself
LANGUAGES = {"en": "English", "de": "Deutsch", "fr": "Français"}
#: regions with their own formats, the first of a language is its default
REGIONS = ("en_GB", "de_DE", "fr_FR", "de_AT", "de_CH", "fr_CH")
SOURCE = "en"


@dataclass(frozen=True, slots=True)
class Locale:
    """How somebody is spoken to: words of ``language``, formats of ``region``."""

    language: str
    region: str

    @property
    def tag(self) -> str:
        """For the ``lang`` attribute."""
        return self.language

    @property
    def babel(self) -> babel.Locale:
        """Babel's data of the region."""
        return _babel(self.region)


@lru_cache(maxsize=32)
def _babel(region: str) -> babel.Locale:
    return babel.Locale.parse(region)


def locale(language: str | None, region: str | None = None) -> Locale:
    """A locale of the house; what it does not know becomes English, or the language's first region."""
    known = language if language in LANGUAGES else SOURCE
    if region in REGIONS:
        return Locale(known, str(region))
    return Locale(known, next(r for r in REGIONS if r.startswith(known)))


def choose(accepted: list[str], fallback: str | None = None) -> str:
    """The language for a browser's wishes (best first), else the fallback, else English."""
    found = negotiate_locale([a.replace("-", "_") for a in accepted], list(LANGUAGES), sep="_") if accepted else None
    return str(found) if found else (fallback if fallback in LANGUAGES else SOURCE)


_current: ContextVar[Locale] = ContextVar("locale", default=Locale(SOURCE, "en_GB"))  # noqa: B039 - frozen


def current() -> Locale:
    """What is spoken now."""
    return _current.get()


def speak(to: Locale) -> None:
    """From now on, in this context (a request), speak like this."""
    _current.set(to)


@contextmanager
def speaking(language: str | None, region: str | None = None) -> Iterator[Locale]:
    """For the length of a block, speak like this."""
    chosen = locale(language, region)
    token = _current.set(chosen)
    try:
        yield chosen
    finally:
        _current.reset(token)


__all__ = ["LANGUAGES", "REGIONS", "SOURCE", "Locale", "choose", "current", "locale", "speak", "speaking"]
