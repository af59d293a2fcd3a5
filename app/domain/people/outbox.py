"""Outgoing mail: written in the transaction that wants it, sent by a job, readable by staff where no mail server is set."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.access.permissions import Permission
from app.db.paging import PAGE, Page, take_page
from app.domain.people.models import MailMessage
from app.domain.people.queries import within
from app.kernel.errors import NotFound
from app.kernel.ids import uuid7
from app.work.unit import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail to be sent: both bodies, in the receiver's language; ``document_ids`` go along as PDF.

    ``is_secret``: its link lets the reader in, so its text is kept only until a mail server took it.
    ``waits_for``: the person in whose daily summary it is told; ``event``: what it is about, of those people choose.
    """

    to_address: str
    subject: str
    body_text: str
    body_html: str
    language: str
    partner_id: UUID | None = None
    document_ids: tuple[UUID, ...] = ()
    is_secret: bool = False
    waits_for: UUID | None = None
    event: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MailRow:
    """A mail as staff see it."""

    id: UUID
    to_address: str
    subject: str
    body_text: str
    body_html: str
    language: str
    state: str
    error: str | None
    created_at: datetime
    sent_at: datetime | None
    document_ids: tuple[UUID, ...]
    #: the text is not for staff's eyes
    is_hidden: bool


def queue_mail(work: Work, mail: Mail) -> UUID:
    """Write a mail and the job that sends it, unless it waits for a summary; returns the mail's key."""
    message = MailMessage(
        id=uuid7(),
        operator_id=work.operator_id,
        partner_id=mail.partner_id,
        to_address=mail.to_address,
        subject=mail.subject,
        body_text=mail.body_text,
        body_html=mail.body_html,
        language=mail.language,
        document_ids=list(mail.document_ids),
        is_secret=mail.is_secret,
        state="queued" if mail.waits_for is None else "waiting",
        waits_for=mail.waits_for,
        event=mail.event,
        created_at=work.now,
    )
    work.session.add(message)
    work.session.flush()
    if mail.waits_for is None:
        work.later("mail.send", key=f"mail:{message.id}", mail_id=message.id)
    return message.id


def mails(work: Work, *, state: str = "", cursor: str | None = None, limit: int = PAGE) -> Page[MailRow]:
    """The outbox, the newest mail first."""
    statement = select(MailMessage).where(
        MailMessage.operator_id == work.operator_id, within(MailMessage.partner_id, work.scope(Permission.MAIL_VIEW))
    )
    if state:
        statement = statement.where(MailMessage.state == state)
    page = take_page(
        work.session,
        statement,
        (MailMessage.created_at, MailMessage.id),
        lambda row: (row.MailMessage.created_at, row.MailMessage.id),
        cursor=cursor,
        limit=limit,
        descending=True,
    )
    return Page([mail_row(row[0]) for row in page.rows], page.before, page.after, page.total)


def mail_by_id(work: Work, mail_id: UUID) -> MailRow:
    """One mail of the outbox."""
    work.require(Permission.MAIL_VIEW)
    found = work.session.get(MailMessage, mail_id)
    if found is None:
        raise NotFound
    return mail_row(found)


def mail_row(message: MailMessage) -> MailRow:
    """The row of a mail; one that lets its reader in keeps its text to itself, unless staff are the only way to it."""
    hidden = message.is_secret and message.state != "kept"
    return MailRow(
        id=message.id,
        to_address=message.to_address,
        subject=message.subject,
        body_text="" if hidden else message.body_text,
        body_html="" if hidden else message.body_html,
        language=message.language,
        state=message.state,
        error=message.error,
        created_at=message.created_at,
        sent_at=message.sent_at,
        document_ids=tuple(message.document_ids),
        is_hidden=hidden,
    )
