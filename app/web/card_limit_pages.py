"""Limits of a driver's card, in both portals."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from app.domain.drivers.card_limits import MOST_KWH, card_of, set_card_limits
from app.kernel.errors import Invalid
from app.money.amount import Money
from app.money.terms import SessionLimits
from app.text.words import lazy as _l
from app.web.driver_pages import Place
from app.web.fields import DecimalField, InCurrency, MoneyField
from app.web.forms import BaseForm, optional
from app.web.pages import page
from app.web.shared_forms.tariff_fields import LengthField
from app.web.signin import current_work


class CardLimitsForm(InCurrency, BaseForm):
    """Where one session with the card ends."""

    energy_kwh = DecimalField(_l("Stop after energy"), [optional()], places=3, most=MOST_KWH, unit="kWh")
    minutes = LengthField(_l("Stop after time"), [optional()])
    cost = MoneyField(_l("Stop at cost, with VAT"), [optional()])

    def to_input(self) -> SessionLimits:
        """The limits as typed; seconds that are no whole minute count as one."""
        seconds = self.minutes.data
        minutes = None if seconds is None else -(-seconds // 60)
        return SessionLimits(self.energy_kwh.data, minutes, None if self.cost.data is None else self.cost.data.major)


def edit_limits(place: Place, code: str, card_id: UUID) -> Any:
    """The limits in a form, and their change."""
    work, currency = current_work(), place.row.currency
    driver, card = card_of(work, place.row.id, code, card_id)
    form = CardLimitsForm(currency=currency)
    if not form.is_submitted():
        form = CardLimitsForm(formdata=None, currency=currency, data=_data(card.session_limits, currency))
    elif form.validate():
        try:
            set_card_limits(work, place.row.id, code, card_id, form.to_input())
            return place.on("driver", "card-limited", driver=driver.code)
        except Invalid as refusal:
            form.refuse(refusal)
    shown = {"place": place, "row": place.row, "layout": place.layout, "d": driver, "card": card, "form": form} | place.more
    return page("shared/drivers/card_limits.html", status=422 if form.is_submitted() else 200, **shown)


def _data(limits: SessionLimits | None, currency: str) -> dict[str, Any]:
    if limits is None:
        return {}
    cost = None if limits.cost is None else Money.round(limits.cost, currency)
    return {"energy_kwh": limits.energy_kwh, "minutes": None if limits.minutes is None else limits.minutes * 60, "cost": cost}
