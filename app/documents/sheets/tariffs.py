"""Price sheets as a file: what counts now and next, one line each."""

from __future__ import annotations

from app.access.permissions import Permission
from app.documents.sheets.sheet import Sheet, Wanted
from app.domain.tariffs.exchange import HEADS, lines_of
from app.domain.tariffs.queries import tariffs
from app.domain.tariffs.rows import TariffFilter

_WORDS = {"owner": ("operator", "partner"), "use": ("used", "unused"), "state": ("archived",), "next": ("planned",), "sort": ("-name",)}


def tariff_words(given: Wanted) -> dict[str, str]:
    """What of an address narrows or sorts the list; anything else is left out."""
    found = {name: given.get(name, "").strip() for name in ("text", "currency", *_WORDS)}
    return {name: value for name, value in found.items() if value and value in _WORDS.get(name, (value,))}


def tariff_filter(given: Wanted) -> TariffFilter:
    """The same as a filter."""
    found = tariff_words(given)
    words = {name: found.get(name, "") for name in ("text", "owner", "use", "currency")}
    return TariffFilter(**words, planned="next" in found, archived="state" in found, falling="sort" in found)


TARIFFS = Sheet(
    "tariffs",
    Permission.TARIFF_VIEW,
    HEADS,
    ("text", "currency", *_WORDS),
    lambda work, wanted, cursor, limit: tariffs(work, tariff_filter(wanted), cursor=cursor, limit=limit),
    lines_of,
)
