"""Jobs about drivers of partners."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from app.documents.render import mail_bodies
from app.domain.drivers.importing import take_in
from app.domain.drivers.models import Driver
from app.domain.people.features import corporate_at
from app.domain.people.models import Partner
from app.domain.people.outbox import Mail, queue_mail
from app.tasks.registry import job
from app.tasks.runner import report_progress
from app.text.locales import speaking
from app.text.words import gettext
from app.work.unit import Work


@job("drivers.import")
def import_drivers(work: Work, import_id: str) -> dict[str, Any]:
    """Take an uploaded list in."""
    kept = take_in(work, UUID(import_id), report_progress)
    return {"taken": kept.taken, "bad": len(kept.problems)}


@job("drivers.welcome")
def welcome(work: Work, driver_id: str) -> dict[str, Any]:
    """Tell a new driver who pays what up to which limit, and what the partner sees."""
    driver = work.session.get_one(Driver, UUID(driver_id))
    partner = work.session.get_one(Partner, driver.partner_id)
    terms = corporate_at(work.session, partner.id, work.now)
    limit = terms.driver_limit_minor if driver.limit_minor is None else driver.limit_minor
    with speaking(driver.language):
        subject = gettext("You can charge with %(partner)s", partner=partner.name)
    on_account = driver.corporate and terms.enabled
    plain, rich = mail_bodies("driver_welcome", driver.language, d=driver, partner=partner, on_account=on_account, limit=limit, terms=terms)
    mail = Mail(to_address=driver.email, subject=subject, body_text=plain, body_html=rich, language=driver.language, partner_id=partner.id)
    queue_mail(work, mail)
    return {"mails": 1}
