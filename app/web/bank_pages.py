"""What both portals do with a partner's bank data: the form, and the text of the self-billing agreement with its hash."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any

from markupsafe import Markup
from wtforms import SelectField, StringField
from wtforms.validators import Length

from app.domain.people.bank import AGREEMENT, agree_self_billing, enter_account
from app.domain.people.rows import PartnerRow
from app.domain.people.tax import TaxInput, TaxStep
from app.text.locales import speaking
from app.text.render import environment
from app.text.words import lazy as _l
from app.web.fields import DayField, PctField
from app.web.forms import BaseForm, optional, required
from app.web.signin import current_work, settings

CATEGORY_WORDS = {
    "S": _l("with VAT at a rate"),
    "E": _l("without VAT (small business)"),
    "AE": _l("reverse charge"),
    "O": _l("outside of VAT"),
    "Z": _l("zero rate"),
}


class AccountForm(BaseForm):
    """A new version of the account."""

    holder = StringField(_l("Account holder"), [required()])
    iban = StringField(_l("IBAN"), [required()])


class AgreementForm(BaseForm):
    """Who agrees for the partner."""

    name = StringField(_l("Name of the person who agrees"), [required()])


class SuspendForm(BaseForm):
    """Why no money may flow to the account."""

    reason = StringField(_l("Reason"), [required()])


class TaxForm(BaseForm):
    """Another tax status from a day on."""

    valid_from = DayField(_l("From"), [required()])
    credit = SelectField(_l("What this partner earns"))
    fees = SelectField(_l("Fees charged to this partner"))
    rate_pct = PctField(_l("VAT rate"), [optional()])
    evidence = StringField(_l("Shown by"), [required(), Length(max=500)])

    def __init__(self, *args: Any, present: TaxStep | None = None, **values: Any) -> None:
        super().__init__(*args, **values)
        self.credit.choices = self.fees.choices = [(name, str(word)) for name, word in CATEGORY_WORDS.items()]
        if present is not None:
            self.credit.data, self.fees.data = (code.rstrip("0123456789.") for code in (present.credit, present.fees))
            self.rate_pct.data = max(Decimal(code.lstrip("AEOSZ")) for code in (present.credit, present.fees)) or None

    def to_input(self) -> TaxInput:
        """The status as typed."""
        return TaxInput(self.valid_from.data, self.credit.data, self.fees.data, self.rate_pct.data, self.evidence.data or "")


def save_account(code: str, form: AccountForm) -> None:
    """Enter what was typed."""
    enter_account(current_work(), code, form.holder.data or "", form.iban.data or "", settings().secret_key)


def agreement_text(row: PartnerRow) -> Markup:
    """The text in force, in the partner's language, as HTML."""
    with speaking(row.language):
        text = environment(row.language).get_template("shared/people/self_billing.html").render(row=row, version=AGREEMENT)
    return Markup(text)  # noqa: S704 - the template has escaped what is not its own


def agree(row: PartnerRow, form: AgreementForm) -> None:
    """Record the agreement with the hash of the very text that was shown."""
    digest = hashlib.sha256(str(agreement_text(row)).encode()).hexdigest()
    agree_self_billing(current_work(), row.code, name=form.name.data or "", text_hash=digest)
