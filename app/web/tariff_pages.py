"""What both portals do with price sheets: the effect of what is typed, and the answers of the editor."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import request

from app.domain.tariffs.law import FAST_W
from app.domain.tariffs.queries import places_of, tariff_by_code, versions
from app.domain.tariffs.rows import TariffRow
from app.kernel.errors import Invalid
from app.kernel.periods import next_quarter
from app.money.terms_json import tariff_from_json
from app.text.messages import sentence
from app.web.shared_forms.tariff import TariffForm, examples, law_of
from app.web.signin import current_work

ZONE = "Europe/Berlin"


def effect(form: TariffForm, row: TariffRow | None) -> dict[str, Any]:
    """Three example sessions and the findings for what is typed; a sentence instead where it cannot be priced."""
    work = current_work()
    now = tariff_from_json(row.now.terms) if row and row.now else None
    fast = row is not None and any(place.max_w >= FAST_W for place in places_of(work, row.id))
    try:
        terms = form.terms(row.currency if row else "EUR")
        shown = examples(terms, work.now, ZONE, now)
    except Invalid as refusal:
        return {"examples": [], "cannot": sentence(refusal), "law": []}
    return {"examples": shown, "cannot": "", "law": law_of(terms, fast=fast, country="DE")}


def shown_tariff(code: str) -> dict[str, Any]:
    """A price sheet with its versions and where it counts."""
    work = current_work()
    row = tariff_by_code(work, code)
    return {"row": row, "versions": versions(work, row.id), "places": places_of(work, row.id), "zone": ZONE}


def editor(form: TariffForm, row: TariffRow | None) -> dict[str, Any]:
    """The editor's page."""
    return {"form": form, "row": row, "earliest": next_quarter(current_work().now), "zone": ZONE, **effect(form, row)}


def chosen_evses() -> list[UUID]:
    """The EVSEs ticked; anything that is no key is none."""
    found = []
    for text in request.form.getlist("evse"):
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found
