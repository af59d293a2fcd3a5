"""Habits of a reader: language, theme, time basis, width of the rail. Stored with the person, or in a cookie for the unknown."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import urlencode
from zoneinfo import available_timezones

from flask import Flask, Response, request

from app.text.locales import LANGUAGES, REGIONS, choose, locale, speak
from app.web.signin import current_person

THEMES = ("system", "light", "dark")
BASES = ("site", "mine", "utc")
LANGUAGE_COOKIE, THEME_COOKIE, BASIS_COOKIE = "voltpact_language", "voltpact_theme", "voltpact_basis"
RAIL_COOKIE, ZONE_COOKIE = "voltpact_rail", "voltpact_zone"
_YEAR = 365 * 24 * 3600


def install(app: Flask) -> None:
    """Speak the reader's language in every request."""
    app.before_request(_speak)
    app.after_request(_keep_asked_language)


def in_language(code: str) -> str:
    """This page in another language, for links of pages without a sign-in."""
    others = [(k, v) for k, v in request.args.items(multi=True) if k != "lang"]
    return f"{request.path}?{urlencode([*others, ('lang', code)])}"


def _asked_language() -> str | None:
    asked = request.args.get("lang")
    return asked if asked in LANGUAGES and request.method == "GET" else None


def _keep_asked_language(response: Response) -> Response:
    asked = _asked_language()
    if asked and current_person() is None and request.cookies.get(LANGUAGE_COOKIE) != asked:
        remember(response, LANGUAGE_COOKIE, asked)
    return response


def _speak() -> None:
    person = current_person()
    if person is not None:
        speak(locale(person.language, person.region))
        return
    wished = _asked_language() or request.cookies.get(LANGUAGE_COOKIE)
    language = wished if wished in LANGUAGES else choose([value for value, _ in request.accept_languages])
    regions = [value.replace("-", "_") for value, _ in request.accept_languages]
    region = next((r for r in regions if r in REGIONS and r.startswith(language)), None)
    speak(locale(language, region))


def speak_like_the_place(language: str) -> None:
    """For a driver whose browser says nothing we know: the language of the site."""
    known = (
        _asked_language()
        or request.cookies.get(LANGUAGE_COOKIE) in LANGUAGES
        or any(v[:2] in LANGUAGES for v, _ in request.accept_languages)
    )
    if not known and current_person() is None:
        speak(locale(language))


def theme() -> str:
    """``light`` or ``dark`` if chosen, else ``system``."""
    person = current_person()
    chosen = person.theme if person is not None else request.cookies.get(THEME_COOKIE, "system")
    return chosen if chosen in THEMES else "system"


def time_basis() -> str:
    """Whose clock times are shown on: the site's, the reader's, UTC."""
    person = current_person()
    chosen = person.time_basis if person is not None else request.cookies.get(BASIS_COOKIE, "site")
    return chosen if chosen in BASES else "site"


def own_zone(otherwise: str) -> str:
    """The reader's time zone as the browser told it, else the one at hand."""
    told = request.cookies.get(ZONE_COOKIE, "")
    return told if told in _zones() else otherwise


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def rail_is_narrow() -> bool:
    """Has the reader folded the navigation?"""
    return request.cookies.get(RAIL_COOKIE) == "narrow"


def remember(response: Response, cookie: str, value: str, **more: Any) -> Response:
    """Keep a habit in a cookie for a year."""
    response.set_cookie(cookie, value, max_age=_YEAR, httponly=True, samesite="Lax", secure=request.is_secure, **more)
    return response
