"""Jobs about partner accounts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.documents.render import mail_bodies
from app.domain.people.bank_models import BankAccount
from app.domain.people.models import Contact, Operator, Partner
from app.domain.people.outbox import Mail, queue_mail
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
        plain, rich = mail_bodies("bank_notice", contact.language, partner=row, account=account, operator=operator)
        mail = Mail(
            to_address=contact.email, subject=subject, body_text=plain, body_html=rich, language=contact.language, partner_id=row.id
        )
        queue_mail(work, mail)
    return {"mails": len(receivers)}
