"""Forms of the month close."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from wtforms import HiddenField, StringField

from app.domain.settlement.issuing import IssueWish
from app.kernel.periods import Month
from app.text.words import gettext
from app.web.forms import OneTimeForm, required


class DraftsForm(OneTimeForm):
    """Build the drafts of a month."""


class IssueForm(OneTimeForm):
    """Issue statements; the total is typed as a second look at what is about to happen."""

    codes = HiddenField()
    everything = HiddenField()
    skip = HiddenField()

    @classmethod
    def confirming(cls, currencies: Sequence[str]) -> type[Self]:
        """The form that asks for the total of each currency: ``total``, ``total_CHF`` …"""
        one = gettext("Total to be paid out")
        fields = {"total": one}
        if len(currencies) > 1:
            names = ("total", *(f"total_{currency}" for currency in currencies[1:]))
            fields = {name: f"{one}, {currency}" for name, currency in zip(names, currencies, strict=True)}
        return type(cls.__name__, (cls,), {name: StringField(words, [required()]) for name, words in fields.items()})

    @property
    def totals(self) -> list[StringField]:
        """The fields of the totals, in the order of the currencies they were made for."""
        return [field for field in self if field.name.startswith("total")]

    def wish(self, month: Month) -> IssueWish:
        """The drafts wanted."""
        codes, skip = (tuple(code for code in (field.data or "").split(",") if code) for field in (self.codes, self.skip))
        return IssueWish(month, None if self.everything.data else codes, skip)
