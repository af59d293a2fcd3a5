"""What the terms typed into the editor do: sentences, findings, prices by the hour, example sessions, a session that happened."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.domain.sessions.tariff_use import WhatIf, what_if
from app.domain.tariffs.curves import Site
from app.domain.tariffs.judging import home_site, home_zone, judged, plain_terms
from app.domain.tariffs.people_named import with_groups
from app.domain.tariffs.rows import TariffRow
from app.kernel.errors import Invalid, NotFound
from app.kernel.periods import zone
from app.money.electricity import net_rate
from app.money.priced import PricedSession
from app.money.pricing import price
from app.money.readings import planned
from app.money.sheet import Line, lines_of
from app.money.starters import STARTERS
from app.money.terms import Dimension, Tariff
from app.text.messages import of_code, sentence
from app.text.price_grid import price_grid
from app.text.tariff_words import KINDS, line_words, price_words, rule_words
from app.text.words import lazy as _l
from app.web.shared_forms.tariff import EXAMPLES, ExampleForm, TariffForm, example_lengths
from app.work.unit import Work

_WORDS = (_l("Short stop"), _l("Usual"), _l("Overnight"))


@dataclass(frozen=True, slots=True)
class Use:
    """A session of the examples: when by the place's clock, and how much."""

    word: object
    at: str
    energy_kwh: Decimal
    charging: timedelta
    idle: timedelta


@dataclass(frozen=True, slots=True)
class Example:
    """What a session would cost under the terms typed, and costs now; minor units with VAT."""

    use: Use
    new: PricedSession
    now_minor: int | None


@dataclass(frozen=True, slots=True)
class Compared:
    """What the same session costs under several terms; None where it cannot be priced."""

    use: Use
    sides: tuple[PricedSession | None, ...]


def effect(work: Work, form: TariffForm, row: TariffRow | None, partner_id: UUID | None) -> dict[str, Any]:
    """Everything the page shows beside the form; ``cannot`` says in a sentence why the terms cannot be priced."""
    blank: dict[str, Any] = {
        "cannot": "",
        "said_lines": [],
        "nets": [],
        "rules": [],
        "found": [],
        "examples": [],
        "grids": [],
        "past": None,
        "past_says": "",
        "shown_for": None,
    }
    blank |= {"zone": home_zone(work, partner_id), "starters": list(STARTERS), "kinds": KINDS, "of_finding": of_finding}
    try:
        terms = with_groups(work, form.tariff(), partner_id, row)
    except Invalid as refusal:
        return blank | {"cannot": sentence(refusal)}
    lines = lines_of(terms)
    met = [line for line in lines if not line.when.user_groups or line.when.user_groups.intersection(form.shown_for)]
    past, past_says = _past(work, form, terms)
    return blank | {
        "said_lines": [line_words(line, terms.currency) for line in lines],
        "nets": [_net(line, terms) for line in lines],
        "rules": rule_words(terms),
        "found": judged(work, terms, row, partner_id),
        "examples": _examples(work, form, terms, row),
        "grids": [grid for dimension in Dimension if (grid := price_grid(met, dimension, terms.currency))],
        "shown_for": form.shown_for[1:] if any(line.groups for line in lines) else None,
        "past": past,
        "past_says": past_says,
    }


def _net(line: Line, terms: Tariff) -> str:
    """The price of a line without VAT, in words; empty where that is the price itself."""
    if not (terms.gross_prices and line.price and line.vat_pct):
        return ""
    return price_words(replace(line, price=net_rate(line.price, line.vat_pct)), terms.currency)


def of_finding(found: Any) -> str:
    """The sentence of a finding."""
    return of_code(found.code, **found.params)


def _past(work: Work, form: TariffForm, terms: Tariff) -> tuple[WhatIf | None, str]:
    typed = (form.session.data or "").strip()
    if not typed:
        return None, ""
    try:
        return what_if(work, typed, terms), ""
    except NotFound:
        return None, of_code("session_unknown")
    except Invalid as refusal:
        return None, sentence(refusal)


def _examples(work: Work, form: TariffForm, terms: Tariff, row: TariffRow | None) -> list[Example]:
    before = row.now.tariff if row and row.now else None
    site = home_site(work, row.partner_id if row else None)
    found = []
    for word, entry in zip(_WORDS, form.examples, strict=False):
        part: ExampleForm = entry.form
        use = Use(word, part.at.data or "", *example_lengths(part))
        now, new = (_cost(work, each, use, site, form.shown_for) for each in (before, terms))
        if new is not None and (now is not None or before is None):
            found.append(Example(use, new, now.gross_minor if now else None))
    return found


def compared(work: Work, sides: Sequence[Tariff | None], partner_id: UUID | None) -> list[Compared]:
    """The editor's three example sessions under each of the terms, at the place of a price sheet's owner."""
    site = home_site(work, partner_id)
    uses = [
        Use(word, each["at"], each["kwh"], timedelta(seconds=each["charging"]), timedelta(seconds=each["idle"]))
        for word, each in zip(_WORDS, EXAMPLES, strict=True)
    ]
    return [Compared(use, tuple(_cost(work, terms, use, site) for terms in sides)) for use in uses]


def _cost(work: Work, terms: Tariff | None, use: Use, site: Site, groups: Iterable[str] = ()) -> PricedSession | None:
    """What somebody in these groups would pay. None: there are no terms, or they do not hold then."""
    start = _start(use.at, work.now, site.time_zone)
    try:
        session = planned(start, site.time_zone, use.energy_kwh, use.charging, use.idle, groups)
        return price(plain_terms(work, terms, start, site), session) if terms else None
    except Invalid:
        return None


def _start(clock: str | None, at: datetime, zone_name: str) -> datetime:
    """Today at that time of the place's clock."""
    local = at.astimezone(zone(zone_name))
    hours, minutes = (int(part) for part in (clock or local.strftime("%H:%M")).split(":"))
    return local.replace(hour=hours, minute=minutes, second=0, microsecond=0).astimezone(UTC)
