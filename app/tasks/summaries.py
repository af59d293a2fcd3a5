"""The daily summary of what people chose to read once a day."""

from __future__ import annotations

from typing import Any

from app.domain.people.summaries import due_summaries
from app.settings import from_environment
from app.tasks.mailing import write_mail
from app.tasks.registry import job
from app.text.locales import speaking
from app.text.words import gettext, ngettext
from app.work.unit import Work


@job("mail.summaries")
def summaries(work: Work) -> dict[str, Any]:
    """Send everybody whose morning has come what waits for them, in one mail; what came since waits for the next morning."""
    due = due_summaries(work)
    link = f"{from_environment().public_url}/account#mails"
    for one in due:
        with speaking(one.language):
            count = len(one.parts)
            subject = ngettext("Your daily summary: %(num)s message", "Your daily summary: %(num)s messages", count)
            if count == 1:
                subject = gettext("Your daily summary: %(subject)s", subject=one.parts[0].subject)
        told: dict[str, Any] = {"name": one.name, "parts": one.parts, "zone": one.zone, "link": link}
        write_mail(work, "summary", one.address, one.language, subject, partner_id=None, document_ids=one.document_ids, **told)
    return {"mails": len(due)}
