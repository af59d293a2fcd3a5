"""The form of a simple price sheet, for both portals, and what it would cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from wtforms import IntegerField, StringField
from wtforms.validators import NumberRange

from app.domain.tariffs.law import Finding, findings
from app.domain.tariffs.rows import TariffInput
from app.money.priced import PricedSession
from app.money.pricing import price
from app.money.readings import planned
from app.money.simple import SimpleTerms
from app.money.terms import Tariff
from app.text.words import lazy as _l
from app.web.fields import LocalTimeField, PctField, RateField
from app.web.forms import BaseForm, optional, required


class TariffForm(BaseForm):
    """Prices with VAT: per kWh, start fee, idle fee with grace and cap."""

    name = StringField(_l("Name"), [required()])
    energy = RateField(_l("Energy"), [optional()], per="kwh")
    start_fee = RateField(_l("Start fee"), [optional()], per="session")
    idle_per_min = RateField(_l("Idle fee"), [optional()], per="minute")
    idle_grace_min = IntegerField(_l("Idle fee begins after, in minutes"), [optional(), NumberRange(0, 1440)], default=15)
    idle_cap = RateField(_l("Idle fee at most"), [optional()], per="session")
    vat_pct = PctField(_l("VAT"), [required()], default=Decimal(19))
    starts_at = LocalTimeField(_l("Counts from"), [optional()], zone_name="Europe/Berlin")

    def terms(self, currency: str = "EUR") -> SimpleTerms:
        """The terms as typed."""
        return SimpleTerms(
            currency=currency,
            energy=self.energy.data,
            start_fee=self.start_fee.data,
            idle_per_min=self.idle_per_min.data,
            idle_grace_s=60 * (self.idle_grace_min.data or 0),
            idle_cap=self.idle_cap.data,
            vat_pct=self.vat_pct.data,
        )

    def to_input(self) -> TariffInput:
        """A new price sheet."""
        return TariffInput(name=self.name.data or "", terms=self.terms())

    @classmethod
    def of(cls, name: str, terms: SimpleTerms | None) -> TariffForm:
        """The form filled in with terms that stand."""
        if terms is None:
            return cls(name=name)
        return cls(
            name=name,
            energy=terms.energy,
            start_fee=terms.start_fee,
            idle_per_min=terms.idle_per_min,
            idle_grace_min=terms.idle_grace_s // 60,
            idle_cap=terms.idle_cap,
            vat_pct=terms.vat_pct,
        )


@dataclass(frozen=True, slots=True)
class Example:
    """What a session would cost now and under the terms typed; minor units with VAT."""

    word: object
    energy_kwh: Decimal
    charging: timedelta
    idle: timedelta
    new: PricedSession
    now_minor: int | None


_SESSIONS = (
    (_l("Short stop"), Decimal(8), timedelta(minutes=30), timedelta()),
    (_l("Usual"), Decimal(22), timedelta(hours=2), timedelta(minutes=20)),
    (_l("Overnight"), Decimal(45), timedelta(hours=5), timedelta(hours=6)),
)


def examples(terms: SimpleTerms, at: datetime, zone: str, now: Tariff | None) -> list[Example]:
    """Three sessions priced by the engine, now and new; refuses what the engine refuses."""
    tariff = terms.to_tariff()
    found = []
    for word, energy, charging, idle in _SESSIONS:
        use = planned(at, zone, energy, charging, idle)
        found.append(Example(word, energy, charging, idle, price(tariff, use), price(now, use).gross_minor if now else None))
    return found


def law_of(terms: SimpleTerms, *, fast: bool, country: str) -> list[Finding]:
    """Findings for the page; what blocks also blocks the action."""
    return findings(terms, fast=fast, country=country)
