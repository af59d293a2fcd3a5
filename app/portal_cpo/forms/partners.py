"""Forms about partners: general data, contacts, people, pausing and closing."""

from __future__ import annotations

from wtforms import HiddenField, SelectField, StringField, TextAreaField

from app.domain.people.managers import ManagerRow
from app.domain.people.rows import PartnerInput, PartnerRow
from app.text.regions import country_choices, currency_choices, language_choices, zone_choices
from app.text.words import gettext as _
from app.text.words import lazy as _l
from app.web.forms import BaseForm, optional, required

#: fields of general data, in the order of the domain's input
GENERAL = (
    "name", "legal_name", "street", "postcode", "city", "country", "kind", "register_no", "vat_id", "language", "time_zone", "currency",
    "external_id", "parent_code", "manager", "staff_notes",
)  # fmt: skip


class PartnerForm(BaseForm):
    """Who a partner is. ``version`` is the state the form shows."""

    name = StringField(_l("Name"), [required()])
    legal_name = StringField(_l("Legal name"), [required()])
    kind = SelectField(_l("Kind"))
    parent_code = SelectField(_l("In the care of"), [optional()])
    register_no = StringField(_l("Register number"), [optional()])
    vat_id = StringField(_l("VAT id"), [optional()])
    street = StringField(_l("Street and number"), [required()])
    postcode = StringField(_l("Postcode"), [required()])
    city = StringField(_l("Town"), [required()])
    country = SelectField(_l("Country"))
    language = SelectField(_l("Language"))
    time_zone = SelectField(_l("Time zone"))
    currency = SelectField(_l("Currency"))
    external_id = StringField(_l("Number in your own systems"), [optional()])
    manager = SelectField(_l("Account manager"), [optional()])
    staff_notes = TextAreaField(_l("Notes for staff"), [optional()])
    version = HiddenField()

    def offer(
        self,
        sub_operators: list[tuple[str, str]],
        managers: list[tuple[str, str]],
        row: PartnerRow | None = None,
        manager: ManagerRow | None = None,
    ) -> PartnerForm:
        """Fill the lists; what the partner has already can always be kept."""
        self.manager.choices = [("", _("Nobody")), *_kept(managers, manager and manager.email, manager and manager.name)]
        self.kind.choices = [("host", _("Site host")), ("company", _("Company")), ("sub_operator", _("Sub-operator"))]
        self.parent_code.choices = [
            ("", _("Nobody: directly with the operator")),
            *_kept(sub_operators, row and row.parent_code, row and row.parent_name),
        ]
        self.country.choices = _kept(country_choices(), row and row.country)
        self.language.choices = language_choices()
        self.time_zone.choices = _kept(zone_choices(), row and row.time_zone)
        self.currency.choices = _kept(currency_choices(), row and row.currency)
        return self

    def to_input(self) -> PartnerInput:
        """General data as typed."""
        return PartnerInput(**{name: getattr(self, name).data or "" for name in GENERAL})


def _kept(choices: list[tuple[str, str]], value: str | None, word: str | None = None) -> list[tuple[str, str]]:
    if not value or any(value == known for known, _word in choices):
        return choices
    return [*choices, (value, word or value)]


class ReasonForm(BaseForm):
    """Why a partner is paused or closed."""

    reason = TextAreaField(_l("Reason"), [required()])
