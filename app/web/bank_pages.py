"""What both portals do with a partner's bank data: the form, and the text of the self-billing agreement with its hash."""

from __future__ import annotations

import hashlib

from markupsafe import Markup
from wtforms import StringField

from app.domain.people.bank import AGREEMENT, agree_self_billing, enter_account
from app.domain.people.rows import PartnerRow
from app.text.locales import speaking
from app.text.render import environment
from app.text.words import lazy as _l
from app.web.forms import BaseForm, required
from app.web.signin import current_work, settings


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
