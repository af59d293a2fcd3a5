"""Mails that wait for somebody's daily summary: due each morning where the person is, gathered into one, each exactly once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import groupby
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.domain.people.models import MailMessage, Operator, User
from app.domain.people.notices import told_of
from app.work.unit import Work

#: on the person's clock
MORNING = time(7)


@dataclass(frozen=True, slots=True)
class Part:
    """What one mail would have said."""

    subject: str
    text: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Summary:
    """One person's day; ``address``: where its mails would have gone."""

    name: str
    address: str
    language: str
    zone: str
    parts: tuple[Part, ...]
    document_ids: tuple[UUID, ...]


def due_summaries(work: Work) -> list[Summary]:
    """Every summary that is due, its mails marked as gathered in this unit of work; what its reader may no longer read is dropped."""
    operator = work.session.get_one(Operator, work.operator_id)
    waiting = (
        select(MailMessage, User)
        .join(User, User.id == MailMessage.waits_for)
        .where(MailMessage.operator_id == work.operator_id, MailMessage.state == "waiting")
        .order_by(MailMessage.waits_for, MailMessage.to_address, MailMessage.created_at, MailMessage.id)
        .with_for_update(of=MailMessage)
    )
    found = []
    rows = work.session.execute(waiting).tuples().all()
    for (_, address), group in groupby(rows, lambda row: (row[1].id, row[0].to_address)):
        mails = list(group)
        person, zone = mails[0][1], mails[0][1].time_zone or operator.time_zone
        if mails[0][0].created_at >= _last_morning(work.now, zone):
            continue
        kept = _gathered(work, [mail for mail, _ in mails])
        if kept:
            parts = tuple(Part(mail.subject, mail.body_text, mail.created_at) for mail in kept)
            papers = tuple(dict.fromkeys(paper for mail in kept for paper in mail.document_ids))
            found.append(Summary(person.name, address, person.language, zone, parts, papers))
    return found


def _gathered(work: Work, mails: list[MailMessage]) -> list[MailMessage]:
    """Mark them; those that may still be read."""
    allowed: dict[tuple[str, UUID | None], set[str]] = {}
    for mail in mails:
        if mail.event is None:
            raise RuntimeError("only mails about an event wait")
        about = (mail.event, mail.partner_id)
        if about not in allowed:
            allowed[about] = told_of(work, *about)
        mail.state = "gathered" if mail.to_address.lower() in allowed[about] else "dropped"
    return [mail for mail in mails if mail.state == "gathered"]


def _last_morning(now: datetime, zone: str) -> datetime:
    """The last time that it was morning there."""
    here = now.astimezone(ZoneInfo(zone))
    today = datetime.combine(here.date(), MORNING, here.tzinfo)
    return today if today <= here else datetime.combine(here.date() - timedelta(days=1), MORNING, here.tzinfo)
