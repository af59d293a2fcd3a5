"""Jobs about prices: telling partners what changes at their EVSEs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.domain.people.models import Operator
from app.domain.tariffs.telling import price_news
from app.settings import from_environment
from app.tasks.mailing import write_notice
from app.tasks.registry import job
from app.text.locales import speaking
from app.text.words import gettext
from app.work.unit import Work


@job("tariffs.tell")
def tell(work: Work, since: str, until: str) -> dict[str, Any]:
    """Mail every partner concerned what was published, withdrawn or assigned between two instants."""
    news = price_news(work, datetime.fromisoformat(since), datetime.fromisoformat(until))
    operator = work.session.get_one(Operator, work.operator_id)
    for one in news:
        with speaking(one.to.language):
            subject = gettext("%(partner)s: prices change", partner=one.partner_name)
            if one.only_withdrawn:
                subject = gettext("%(partner)s: planned prices are withdrawn", partner=one.partner_name)
        link = f"{from_environment().public_url}/partner/{one.partner_code}/prices"
        values: dict[str, Any] = {"n": one, "operator": operator.name, "phone": operator.help_phone, "link": link}
        write_notice(work, "price_change", one.to, "price_change", subject, partner_id=one.partner_id, **values)
    return {"mails": len(news)}
