"""Countries in which the operator may not sell energy: declared with a first day and a reason (features 121)."""

from __future__ import annotations

from typing import Any

from wtforms import SelectField, StringField
from wtforms.validators import Length

from app.access.permissions import Permission
from app.domain.people.queries import operator_defaults
from app.domain.tariffs.energy_bars import energy_bars, lift_bar, set_bar
from app.kernel.errors import Invalid
from app.portal_cpo import bp
from app.text.regions import country_choices
from app.text.words import lazy as _l
from app.web.fields import DayField
from app.web.forms import BareForm, BaseForm, required
from app.web.pages import go, page
from app.web.signin import current_work


class BarForm(BaseForm):
    """A country, its first day, and who says so."""

    country = SelectField(_l("Country"), [required()])
    from_on = DayField(_l("First day"), [required()])
    basis = StringField(_l("Law or advice"), [required(), Length(max=300)])

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.country.choices = [("", "–"), *country_choices()]


@bp.get("/tariffs/energy-sale")
def energy_sale() -> Any:
    """What is declared, and the form."""
    return _page(BarForm(formdata=None), 200)


@bp.post("/tariffs/energy-sale")
def energy_sale_set() -> Any:
    """Declare a country, or change what is declared of it."""
    work = current_work()
    work.require(Permission.TARIFF_EDIT)
    form = BarForm()
    if not form.validate() or form.from_on.data is None:
        return _page(form, 422)
    try:
        set_bar(work, form.country.data or "", form.from_on.data, form.basis.data or "")
    except Invalid as refusal:
        return _page(form.refuse(refusal), 422)
    return go("cpo.energy_sale", note="energy-bar-set")


@bp.post("/tariffs/energy-sale/<country>/lift")
def energy_sale_lift(country: str) -> Any:
    """Take a declaration back."""
    lift_bar(current_work(), country)
    return go("cpo.energy_sale", note="energy-bar-lifted")


def _page(form: BarForm, status: int) -> Any:
    work = current_work()
    values = {"rows": energy_bars(work), "zone": operator_defaults(work)["time_zone"], "bare": BareForm(formdata=None)}
    return page("cpo/energy_sale.html", status=status, form=form, **values)
