"""Jobs about partner accounts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.domain.people.bank_models import BankAccount
from app.domain.people.models import Contact, Operator, Partner
from app.tasks.mailing import write_mail
from app.tasks.registry import job
from app.text.locales import speaking
from app.text.words import gettext
from app.work.unit import Work


@job("partners.bank_notice")
def bank_notice(work: Work, partner: str, number: int) -> dict[str, Any]:
    """Tell the contacts as they stand that another account was entered, so that a stranger's entry is noticed while it waits."""
    row = work.session.get_one(Partner, UUID(partner))
    found = select(BankAccount).where(BankAccount.partner_id == row.id, BankAccount.number == number)
    account = work.session.scalars(found).one()
    operator = work.session.get_one(Operator, row.operator_id)
    contacts = select(Contact).where(Contact.partner_id == row.id, Contact.kind.in_(("administrative", "billing")))
    receivers = {contact.email.lower(): contact for contact in work.session.scalars(contacts)}
    for contact in receivers.values():
        with speaking(contact.language):
            subject = gettext("%(partner)s: another bank account was entered", partner=row.name)
        values: dict[str, Any] = {"partner": row, "account": account, "operator": operator}
        write_mail(work, "bank_notice", contact.email, contact.language, subject, partner_id=row.id, **values)
    return {"mails": len(receivers)}
