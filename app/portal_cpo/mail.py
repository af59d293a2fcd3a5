"""Outgoing mail: what was written to whom. Without a mail server this page is where mails are read."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import request

from app.access.permissions import Permission
from app.domain.invoices.queries import documents_named
from app.domain.people.outbox import mail_by_id, mails
from app.portal_cpo import bp
from app.web.pages import page
from app.web.signin import current_work, settings

STATES = ("queued", "sent", "kept", "failed", "waiting", "gathered", "dropped")


@bp.get("/mail")
def mail() -> Any:
    """The outbox, the newest first."""
    work = current_work()
    work.require(Permission.MAIL_VIEW)
    state = request.args.get("state", "")
    state = state if state in STATES else ""
    found = mails(work, state=state, cursor=request.args.get("after"))
    return page(
        "cpo/mail/index.html", part="cpo/mail/_list.html", found=found, state=state, states=STATES, has_server=bool(settings().smtp_url)
    )


@bp.get("/mail/<uuid:mail_id>")
def mail_show(mail_id: UUID) -> Any:
    """One mail with its text and what is attached."""
    work = current_work()
    row = mail_by_id(work, mail_id)
    return page("cpo/mail/show.html", row=row, papers=documents_named(work, row.document_ids))
