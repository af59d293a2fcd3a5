"""Mails as jobs write them: bodies from ``templates/mail``, in the receiver's language, into the outbox."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from app.documents.render import mail_bodies
from app.domain.people.notices import Receiver
from app.domain.people.outbox import Mail, queue_mail
from app.settings import from_environment
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
    waits_for: UUID | None = None,
    event: str | None = None,
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
        waits_for=waits_for,
        event=event,
    )
    return queue_mail(work, mail)


def write_notice(
    work: Work,
    event: str,
    to: Receiver,
    template: str,
    subject: str,
    *,
    partner_id: UUID | None,
    document_ids: Collection[UUID] = (),
    **values: Any,
) -> UUID:
    """Tell somebody of an event that people choose (``people.notices``): a mail of its own, or a part of the daily summary."""
    chosen_at = "" if to.is_contact else f"{from_environment().public_url}/account#mails"
    about: dict[str, Any] = {"document_ids": document_ids, "waits_for": to.waits_for, "event": event, "chosen_at": chosen_at}
    return write_mail(work, template, to.address, to.language, subject, partner_id=partner_id, **about, **values)
