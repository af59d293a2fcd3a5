"""The last step before new prices: from when."""

from __future__ import annotations

from wtforms import HiddenField

from app.money.canonical import canonical_json, digest
from app.money.terms import Tariff
from app.money.terms_json import tariff_to_json
from app.text.words import lazy as _l
from app.web.fields import LocalTimeField
from app.web.forms import BaseForm, optional


class PublishForm(BaseForm):
    """From when (empty: the next quarter of an hour); ``shown`` names the terms the person has read."""

    starts_at = LocalTimeField(_l("Counts from"), [optional()], zone_name="Europe/Berlin")
    shown = HiddenField()


def fingerprint(terms: Tariff) -> str:
    """A short name of terms, equal for equal terms only."""
    return digest(canonical_json(tariff_to_json(terms)))
