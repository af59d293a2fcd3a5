"""Contacts and people of a partner account: typed by staff and by the partner itself."""

from __future__ import annotations

from typing import Any

from wtforms import SelectField, StringField

from app.access.roles import PARTNER_ROLES, Role
from app.domain.people.rows import ContactInput, ContactRow, MemberInput
from app.text.regions import language_choices
from app.text.words import lazy as _l
from app.web.errors import role_word
from app.web.forms import BaseForm, optional, required


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
