"""Mails as jobs write them: bodies from ``templates/mail``, in the receiver's language, into the outbox."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from app.documents.render import mail_bodies
from app.domain.people.outbox import Mail, queue_mail
from app.work.unit import Work


def write_mail(
    work: Work,
    template: str,
    to_address: str,
    language: str,
    subject: str,
    *,
    partner_id: UUID | None,
    document_ids: Collection[UUID] = (),
    is_secret: bool = False,
    **values: Any,
) -> UUID:
    """Want the mail ``mail/<template>`` sent; ``values`` are what the template names. See ``Mail`` for the rest."""
    plain, rich = mail_bodies(template, language, **values)
    mail = Mail(
        to_address=to_address,
        subject=subject,
        body_text=plain,
        body_html=rich,
        language=language,
        partner_id=partner_id,
        document_ids=tuple(document_ids),
        is_secret=is_secret,
    )
    return queue_mail(work, mail)
