"""Forms about sessions."""

from __future__ import annotations

from typing import Any

from wtforms import SelectField, TextAreaField
from wtforms.validators import Length

from app.documents.correction import REASONS, reason_word
from app.documents.receipt import WORDS
from app.domain.settlement.refunding import Refundable, RefundInput
from app.money.amount import Money
from app.text import format as fmt
from app.text.words import gettext as _
from app.text.words import lazy as _l
from app.web.fields import InCurrency, MoneyField
from app.web.forms import OneTimeForm, optional, required


class ReleaseForm(OneTimeForm):
    """Why a held session may be billed."""

    reason = TextAreaField(_l("Reason"), [required(), Length(max=500)])


class RefundForm(InCurrency, OneTimeForm):
    """How much of what is given back, and why. Amounts are gross."""

    amount = MoneyField(_l("Amount, with VAT"), [required()])
    part = SelectField(_l("Taken from"), validate_choice=False)
    reason = SelectField(_l("Reason"))
    note = TextAreaField(_l("Note for the log"), [optional(), Length(max=500)])

    def __init__(self, case: Refundable, **values: Any) -> None:
        super().__init__(currency=case.currency, **values)
        named = [(str(n), f"{_(WORDS[word])}, {fmt.money(minor, case.currency)}") for n, word, minor in case.lines]
        self.part.choices = [("", _("All price lines, in proportion")), *named]
        self.reason.choices = [("", "–"), *((code, reason_word(code)) for code in REASONS)]

    def to_input(self) -> RefundInput:
        """What is to be given back."""
        typed = self.part.data or ""
        part = int(typed) if typed.isdecimal() else -1 if typed else None
        amount = self.amount.data or Money.zero(self.amount.currency)
        return RefundInput(amount.minor, part, self.reason.data or "", self.note.data or "")
