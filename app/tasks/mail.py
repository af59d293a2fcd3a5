"""Sending mail through the installation's SMTP server; without one a mail is kept for staff to read at ``/cpo/mail``."""

from __future__ import annotations

import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

from app.domain.invoices.queries import file_of
from app.domain.people.checks import on_the_wire
from app.domain.people.managers import reply_address
from app.domain.people.models import MailMessage
from app.kernel.errors import NotFound, Unavailable
from app.settings import Settings, from_environment
from app.tasks.registry import job
from app.work.unit import Work

#: seconds; a mail server that says nothing for so long is away
_PATIENCE = 20
_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


@job("mail.send")
def send_mail(work: Work, mail_id: str) -> dict[str, Any]:
    """Send a mail of the outbox once; refused receivers are noted, an absent server is tried again."""
    row = work.session.get(MailMessage, UUID(mail_id), with_for_update=True)
    if row is None:
        raise NotFound
    if row.state == "sent":
        return {"state": row.state}
    settings = from_environment()
    if settings.smtp_url is None:
        row.state = "kept"
        return {"state": row.state}
    try:
        deliver(settings, message_of(work, row, settings.mail_from))
        row.state, row.sent_at, row.error = "sent", work.now, None
        if row.is_secret:
            row.body_text = row.body_html = ""
    except smtplib.SMTPRecipientsRefused:
        row.state, row.error = "failed", "recipient_refused"
    except (OSError, smtplib.SMTPException) as error:
        raise Unavailable("mail_server_away", reason=type(error).__name__) from error
    return {"state": row.state}


def message_of(work: Work, row: MailMessage, mail_from: str) -> EmailMessage:
    """The mail as it travels: text and HTML, PDFs attached; its id is fixed, so a repeat is recognised as the same mail."""
    message = EmailMessage()
    name, address = parseaddr(mail_from)
    local, _, domain = address.rpartition("@")
    message["From"] = Address(name, local, domain)
    message["To"] = on_the_wire(row.to_address)
    message["Subject"] = row.subject
    if replies := reply_address(work.session, row.partner_id, row.to_address):
        message["Reply-To"] = replies
    message["Date"] = format_datetime(row.created_at)
    message["Message-ID"] = f"<{row.id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = row.language
    message.set_content(row.body_text)
    message.add_alternative(row.body_html, subtype="html")
    for document_id in row.document_ids:
        file = file_of(work.session, document_id)
        if file is not None:
            message.add_attachment(file.body, maintype="application", subtype="pdf", filename=f"{file.number}.pdf")
    return message


def deliver(settings: Settings, message: EmailMessage) -> None:
    """Hand the mail to the SMTP server of the settings (smtp, smtp+starttls, smtps; user and password in the URL)."""
    url = urlsplit(settings.smtp_url or "")
    host, port = url.hostname or "localhost", url.port or _PORTS[url.scheme]
    context = ssl.create_default_context()
    server = (
        smtplib.SMTP_SSL(host, port, timeout=_PATIENCE, context=context)
        if url.scheme == "smtps"
        else smtplib.SMTP(host, port, timeout=_PATIENCE)
    )
    with server:
        if url.scheme == "smtp+starttls":
            server.starttls(context=context)
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        server.send_message(message)
