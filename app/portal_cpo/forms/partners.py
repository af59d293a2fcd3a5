"""Forms about partners: general data, contacts, people, pausing and closing."""

from __future__ import annotations

from typing import Any

from wtforms import HiddenField, SelectField, StringField, TextAreaField

from app.access.roles import PARTNER_ROLES, Role
from app.domain.people.rows import ContactInput, ContactRow, MemberInput, PartnerInput, PartnerRow
from app.text.regions import country_choices, currency_choices, language_choices, zone_choices
from app.text.words import gettext as _
from app.text.words import lazy as _l
from app.web.errors import role_word
from app.web.forms import BaseForm, optional, required

#: fields of general data, in the order of the domain's input
GENERAL = (
    "name", "legal_name", "street", "postcode", "city", "country", "kind", "register_no", "vat_id", "language", "time_zone", "currency",
    "external_id", "parent_code", "staff_notes",
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
    staff_notes = TextAreaField(_l("Notes for staff"), [optional()])
    version = HiddenField()

    def offer(self, sub_operators: list[tuple[str, str]], row: PartnerRow | None = None) -> PartnerForm:
        """Fill the lists; what the partner has already can always be kept."""
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


class ContactForm(BaseForm):
    """One contact."""

    person = StringField(_l("Name"), [required()])
    email = StringField(_l("E-mail"), [required()])
    phone = StringField(_l("Phone"), [optional()])
    language = SelectField(_l("Language"))
    hours = StringField(_l("When to reach"), [optional()])

    def __init__(self, *args: Any, row: ContactRow | None = None, **values: Any) -> None:
        super().__init__(*args, obj=row, **values)
        self.language.choices = language_choices()

    def to_input(self) -> ContactInput:
        """The contact as typed."""
        return ContactInput(
            self.person.data or "", self.email.data or "", self.phone.data or "", self.language.data or "en", self.hours.data or ""
        )


class MemberForm(BaseForm):
    """Somebody to join an account."""

    name = StringField(_l("Name"), [required()])
    email = StringField(_l("E-mail"), [required()])
    role = SelectField(_l("Role"))
    language = SelectField(_l("Language"))

    def __init__(self, *args: Any, kind: str, **values: Any) -> None:
        super().__init__(*args, **values)
        roles = [r for r in Role if r in PARTNER_ROLES and (kind == "sub_operator" or r is not Role.SUB_OPERATOR)]
        self.role.choices = [(r.value, role_word(r.value)) for r in roles]
        self.language.choices = language_choices()

    def to_input(self) -> MemberInput:
        """The person as typed."""
        return MemberInput(self.name.data or "", self.email.data or "", self.role.data or "", self.language.data or "en")


class ReasonForm(BaseForm):
    """Why a partner is paused or closed."""

    reason = TextAreaField(_l("Reason"), [required()])
