"""Contacts and people of a partner account: typed by staff and by the partner itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self
from uuid import UUID

from wtforms import SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import Length
from wtforms.widgets import CheckboxInput, ListWidget

from app.domain.people.rows import ORDERS, ContactInput, ContactRow, InviteInput, LimitsInput
from app.text.regions import language_choices
from app.text.words import lazy as _l
from app.web.errors import role_word
from app.web.forms import BaseForm, optional, required
from app.web.seen_form import SeenForm

_ORDER_WORDS = {
    "prices": _l("prices"),
    "access": _l("access"),
    "bank": _l("bank account"),
    "contract": _l("contract"),
    "technical": _l("technology"),
}


def orders_word(orders: Sequence[str]) -> str:
    """What a contact may order changes about."""
    return ", ".join(str(_ORDER_WORDS.get(one, one)) for one in orders)


class ContactForm(SeenForm):
    """One contact."""

    person = StringField(_l("Name"), [required()])
    email = StringField(_l("E-mail"), [required()])
    phone = StringField(_l("Phone"), [optional()])
    language = SelectField(_l("Language"))
    hours = StringField(_l("When to reach"), [optional()])
    orders = SelectMultipleField(
        _l("May order changes about"),
        [optional()],
        choices=[(one, _ORDER_WORDS[one]) for one in ORDERS],
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )

    def __init__(self, *args: Any, row: ContactRow | None = None, **values: Any) -> None:
        super().__init__(*args, obj=row, **values)
        self.language.choices = language_choices()

    def to_input(self) -> ContactInput:
        """The contact as typed."""
        return ContactInput(
            self.person.data or "",
            self.email.data or "",
            self.phone.data or "",
            self.language.data or "en",
            self.hours.data or "",
            tuple(self.orders.data or ()),
        )


class LimitsForm(BaseForm):
    """A role and what it is limited to."""

    role = SelectField(_l("Role"))
    location_ids = SelectMultipleField(
        _l("Only at these locations"), [optional()], option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False)
    )
    networks = TextAreaField(_l("Only from these network addresses"), [optional()])

    def offer(self, roles: list[str], sites: list[tuple[UUID, str]]) -> Self:
        """Which roles and locations may be chosen."""
        self.role.choices = [(role, role_word(role)) for role in roles]
        self.location_ids.choices = [(str(key), name) for key, name in sites]
        return self

    def limits(self) -> LimitsInput:
        """The role and its limits as typed."""
        sites = tuple(UUID(key) for key in self.location_ids.data or ())
        return LimitsInput(self.role.data or "", sites, self.networks.data or "")

    def to_input(self) -> LimitsInput:
        """The same, for the change of a role."""
        return self.limits()


class MemberForm(SeenForm, LimitsForm):
    """Another role or other limits of somebody who has one."""


class ReasonForm(BaseForm):
    """Why something about a person is done."""

    reason = StringField(_l("Reason"), [required(), Length(max=500)])


class InviteForm(LimitsForm):
    """Somebody to be invited into an account."""

    name = StringField(_l("Name"), [required(), Length(max=120)])
    email = StringField(_l("E-mail"), [required(), Length(max=254)])
    language = SelectField(_l("Language of the mail"))

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.language.choices = language_choices()

    def to_input(self) -> InviteInput:  # type: ignore[override]
        """The invitation as typed."""
        return InviteInput(self.name.data or "", self.email.data or "", self.limits(), self.language.data or "en")
