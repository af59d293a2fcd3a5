"""The base of all forms. A form checks shape, the domain checks meaning; a refusal finds its way back to its field."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from flask import request
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, FieldList, FormField, HiddenField, PasswordField, SelectMultipleField, StringField
from wtforms.fields import SelectFieldBase
from wtforms.validators import InputRequired, Optional, ValidationError

from app.kernel.errors import Invalid, Refusal
from app.kernel.plain import readable
from app.text.locales import current
from app.text.messages import sentence
from app.text.words import gettext as _
from app.text.words import lazy as _l


class _Translations:
    """WTForms' own sentences come from the house's catalogues too."""

    def gettext(self, string: str) -> str:
        from app.text.words import catalogue

        return catalogue(current().language).gettext(string)

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        from app.text.words import catalogue

        return catalogue(current().language).ngettext(singular, plural, n)


class BaseForm(FlaskForm):
    """A form with CSRF field, errors in the language spoken, and the two ways to the domain: ``to_input`` and ``refuse``."""

    class Meta(FlaskForm.Meta):
        """WTForms options."""

        def get_translations(self, form: Any) -> Any:  # noqa: ARG002 - WTForms' signature
            """The house's catalogues."""
            return _Translations()

        def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Any:
            """What is typed into a text field is read without what nobody can see; a password is taken as it comes."""
            kind = unbound_field.field_class
            if issubclass(kind, StringField) and not issubclass(kind, PasswordField):
                options = options | {"filters": [*unbound_field.kwargs.get("filters", ()), _readable]}
            return super().bind_field(form, unbound_field, options)

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        #: sentences that belong to no single field
        self.whole_errors: list[str] = []

    def validate(self, *args: Any, **values: Any) -> bool:
        """Whether everything typed has the shape its field wants, and can be stored at all."""
        good = bool(super().validate(*args, **values))
        broken = [
            field for field in _leaves(self._fields.values()) if any("\0" in one for one in field.raw_data or () if isinstance(one, str))
        ]
        for field in broken:
            field.errors = [*field.errors, sentence(Invalid("bad_character", field=field.name))]
        return good and not broken

    def to_input(self) -> Any:
        """The frozen domain value of what was typed. Each form with an action behind it writes its own."""
        raise NotImplementedError

    def refuse(self, refusal: Refusal) -> Self:
        """Put a refusal at the field it names (a path such as ``elements[2].price`` finds nested ones), else at the top of the form."""
        text = sentence(refusal)
        field = self.find(refusal.field) if refusal.field else None
        if field is None:
            self.whole_errors.append(text)
        else:
            field.errors = [*field.errors, text]
        return self

    def find(self, path: str) -> Field | None:
        """The field at a path: ``price``, ``elements[2].price``; None if the form has none such."""
        place: Any = self
        for part in re.findall(r"[^.\[\]]+", path):
            if isinstance(place, FieldList):
                place = place.entries[int(part)] if part.isdecimal() and int(part) < len(place.entries) else None
            else:
                inside = place.form if isinstance(place, FormField) else place
                place = inside._fields.get(part) if hasattr(inside, "_fields") else None
            if place is None:
                return None
        return place if isinstance(place, Field) else None

    @property
    def has_problem(self) -> bool:
        """Is there anything to put right?"""
        return bool(self.whole_errors) or any(True for _ in self.problems())

    def problems(self) -> Iterator[tuple[str, str]]:
        """(id of the field's element, sentence) for the summary at the top, in the order of the fields."""
        yield from ((("form", text)) for text in self.whole_errors)
        yield from _problems(self._fields.values())


def sent_again() -> list[tuple[str, str]]:
    """What was sent, for a page that shows what it would change: it is sent once more with the confirmation."""
    return [(name, value) for name, value in request.form.items(multi=True) if name not in {"csrf_token", "confirm"}]


def _leaves(fields: Any) -> Iterator[Field]:
    for field in fields:
        if isinstance(field, FormField):
            yield from _leaves(field.form._fields.values())
        elif isinstance(field, FieldList):
            yield from _leaves(field.entries)
        else:
            yield field


def _problems(fields: Any) -> Iterator[tuple[str, str]]:
    for field in fields:
        if isinstance(field, FormField):
            yield from _problems(field.form._fields.values())
        elif isinstance(field, FieldList):
            yield from _problems(field.entries)
            yield from ((field.id, str(e)) for e in field.errors if isinstance(e, str))
        else:
            yield from ((field.id, str(e)) for e in field.errors)


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that two people changed from the same beginning, in words: as it was (None: not known), theirs and yours."""

    name: str
    label: str
    before: str | None
    theirs: str
    yours: str

    @property
    def is_theirs(self) -> bool:
        """Did only they change it?"""
        return self.yours == self.before


def differences(theirs: BaseForm, yours: BaseForm, before: Mapping[str, str]) -> list[Difference]:
    """The fields that say something else in another form of the same kind; ``before``: ``said`` of the form that both began with."""
    pairs = [(field, yours._fields[name]) for name, field in theirs._fields.items() if not isinstance(field, HiddenField)]
    return [
        Difference(one.name, str(one.label.text), before.get(one.name), _said(one), _said(other))
        for one, other in pairs
        if (one.data or None) != (other.data or None)
    ]


def said(form: BaseForm) -> dict[str, str]:
    """What stands in the fields of a form, in words."""
    return {name: _said(field) for name, field in form._fields.items() if not isinstance(field, HiddenField)}


def sent_values(field: Field) -> list[str]:
    """A field's value as a browser would send it."""
    if isinstance(field, BooleanField):
        return ["y"] if field.data else []
    if isinstance(field, SelectMultipleField):
        return [str(one) for one in field.data or ()]
    if isinstance(field, SelectFieldBase):
        return [] if field.data is None else [str(field.data)]
    return [str(field._value())]  # noqa: SLF001 - as WTForms itself writes it into the field


def _said(field: Field) -> str:
    """A field's value in words: what was chosen, else as it stands in the field."""
    if isinstance(field, BooleanField):
        return _("yes") if field.data else _("no")
    if isinstance(field, SelectFieldBase):
        return ", ".join(str(option.label.text) for option in field if option.checked)
    return sent_values(field)[0]


class OneTimeForm(BaseForm):
    """A form that moves money or sends a command: its key is made with the page, so the second post of it is the same wish."""

    one_time_key = HiddenField()

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        if not self.one_time_key.data:
            self.one_time_key.data = secrets.token_hex(16)

    def validate_one_time_key(self, field: Field) -> None:
        """Only keys made here."""
        if not re.fullmatch(r"[0-9a-f]{32}", field.data or ""):
            field.data = secrets.token_hex(16)
            raise ValidationError(_("This form is too old. Check it and send it again."))


class BareForm(BaseForm):
    """A form of nothing but a button: ``BareForm().validate_on_submit()`` guards a plain post."""


class _Required(InputRequired):
    """Blanks alone, or characters that show nothing, are nothing."""

    def __call__(self, form: Any, field: Field) -> None:
        raw = field.raw_data
        field.raw_data = [one for one in raw or () if not isinstance(one, str) or readable(one).strip()]
        try:
            super().__call__(form, field)
        finally:
            field.raw_data = raw


def _readable(typed: Any) -> Any:
    return readable(typed) if isinstance(typed, str) else typed


def required(message: Any = None) -> InputRequired:
    """A field that must be filled in; it is not marked, optional ones are."""
    return _Required(message or _l("Fill this in."))


def optional() -> Optional:
    """A field that may stay empty; its label says so."""
    return Optional()


__all__ = ["BareForm", "BaseForm", "OneTimeForm", "optional", "required"]
