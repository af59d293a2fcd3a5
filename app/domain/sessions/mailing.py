"""The mail with the link to a driver's own session. The link is in the mail and nowhere else."""

from __future__ import annotations

import html
from uuid import UUID

from app.access.permissions import Permission
from app.domain.people.outbox import Mail, queue_mail
from app.domain.sessions.events import LinkMailed
from app.domain.sessions.models import ChargingSession
from app.domain.sessions.queries import live_row
from app.kernel.errors import NotFound
from app.text.locales import speaking
from app.text.render import environment
from app.text.words import gettext
from app.work.unit import Work


def mail_session_link(work: Work, session_id: UUID, to_address: str, link: str) -> UUID:
    """Send a driver the link to the own session; the receipt will go to the same address. Returns the mail's key."""
    row = work.session.get(ChargingSession, session_id)
    if row is None:
        raise NotFound
    work.require(Permission.SESSION_VIEW, partner_id=row.partner_id)
    row.email = to_address
    work.session.flush()
    live = live_row(work.session, session_id, at=work.now)
    with speaking(row.language):
        subject = gettext("Your charge at %(label)s", label=live.evse_label)
    env = environment(row.language)
    plain, rich = (env.get_template(f"mail/session_link.{kind}").render(row=live, link=link) for kind in ("txt", "html"))
    mail = Mail(
        to_address=to_address,
        subject=subject,
        body_text=html.unescape(plain),
        body_html=rich,
        language=row.language,
        partner_id=row.partner_id,
    )
    work.record(LinkMailed(operator_id=row.operator_id, partner_id=row.partner_id, subject=("session", row.id), code=row.code))
    return queue_mail(work, mail)
