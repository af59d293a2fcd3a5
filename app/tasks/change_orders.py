"""Mails about change orders: to staff when one comes or is answered, to whoever asked at each step."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.domain.change_orders.models import ChangeOrder, ChangeOrderFile, ChangeOrderMessage
from app.domain.change_orders.plan_models import ChangeOrderPlan
from app.domain.change_orders.planning import RUN, run_scheduled
from app.domain.change_orders.plans import plan_row
from app.domain.people.models import Membership, Operator, Partner, User
from app.domain.people.notices import Receiver, receivers, staff_receivers
from app.settings import from_environment
from app.tasks.mailing import write_mail, write_notice
from app.tasks.registry import job
from app.text.locales import speaking
from app.text.messages import of_code
from app.text.order_words import plan_lines
from app.text.sentences.change_orders import topic_word
from app.text.words import gettext
from app.work.unit import Work


@job("change_orders.asked")
def asked(work: Work, order: str) -> dict[str, Any]:
    """Tell the operator's people who chose it that a partner asks for a change."""
    row, shown = _shown(work, order)
    count = select(func.count()).select_from(ChangeOrderFile).where(ChangeOrderFile.order_id == row.id)
    shown |= {"files": work.session.scalar(count), "link": f"{from_environment().public_url}/cpo/change-orders/{row.code}"}
    told = staff_receivers(work, "order_asked")
    for to in told:
        with speaking(to.language):
            topic = topic_word(row.topic)
            subject = gettext(
                "%(partner)s asks for a change: %(topic)s (%(code)s)", partner=shown["partner"].name, topic=topic, code=row.code
            )
        write_notice(work, "order_asked", to, "order_asked", subject, partner_id=None, topic=topic, **shown)
    return {"mails": len(told)}


@job("change_orders.moved")
def moved(work: Work, order: str, state: str) -> dict[str, Any]:
    """Tell whoever asked, while they work in the account, and who chose it how far a request is."""
    row, shown = _shown(work, order)
    asked = select(ChangeOrderMessage.said_name, ChangeOrderMessage.body).where(ChangeOrderMessage.order_id == row.id)
    question = asked.where(ChangeOrderMessage.kind == "question").order_by(ChangeOrderMessage.number.desc()).limit(1)
    shown["question"] = work.session.execute(question).one_or_none() if state == "question" else None
    shown["plan"] = _ran(work, row) if state in {"scheduled", "done", "undone"} else None
    shown |= {"state": state, "link": f"{from_environment().public_url}/partner/{shown['partner'].code}/change-requests/{row.code}"}
    told = _told(work, row)
    for to in told:
        with speaking(to.language):
            subject, shown["said"] = _words(row, state, shown["partner"].name, shown["operator"].name)
        write_notice(work, "order_moved", to, "order_moved", subject, partner_id=row.partner_id, mine=to.user_id == row.asked_by, **shown)
    return {"mails": len(told)}


def _ran(work: Work, row: ChangeOrder) -> dict[str, Any] | None:
    """The change that the order made or will make, as its mail shows it; None where it was made by hand."""
    asked = select(ChangeOrderPlan).where(ChangeOrderPlan.order_id == row.id, ChangeOrderPlan.state.in_(("scheduled", "done", "undone")))
    plan = work.session.scalars(asked.order_by(ChangeOrderPlan.number.desc()).limit(1)).one_or_none()
    return None if plan is None else {"row": plan_row(plan), "plan_lines": plan_lines}


@job(RUN)
def run(work: Work, plan: str) -> dict[str, Any]:
    """The time of a scheduled change has come."""
    return {"state": run_scheduled(work, UUID(plan))}


@job("change_orders.stopped")
def stopped(work: Work, order: str) -> dict[str, Any]:
    """Tell whoever has the order that its scheduled change was refused when its time came."""
    row, shown = _shown(work, order)
    asked = select(ChangeOrderPlan.reason).where(ChangeOrderPlan.order_id == row.id).order_by(ChangeOrderPlan.number.desc()).limit(1)
    person, why = _taker(work, row), work.session.scalar(asked)
    if person is None or why is None:
        return {"mails": 0}
    with speaking(person.language):
        subject = gettext("The scheduled change of %(code)s did not run", code=row.code)
        shown |= {"why": of_code(why), "link": f"{from_environment().public_url}/cpo/change-orders/{row.code}"}
    write_mail(work, "order_stopped", person.email, person.language, subject, partner_id=None, **shown)
    return {"mails": 1}


def _taker(work: Work, row: ChangeOrder) -> User | None:
    """Who has the order, while they work for the operator."""
    staff = select(User).join(Membership, Membership.user_id == User.id).where(User.id == row.taken_by, User.disabled_at.is_(None))
    here = (Membership.operator_id == row.operator_id, Membership.partner_id.is_(None), Membership.ended_at.is_(None))
    return work.session.scalars(staff.where(*here)).first()


@job("change_orders.answered")
def answered(work: Work, order: str) -> dict[str, Any]:
    """Tell whoever has the order that the partner has answered, while they work for the operator."""
    row, shown = _shown(work, order)
    said = select(ChangeOrderMessage).where(ChangeOrderMessage.order_id == row.id).order_by(ChangeOrderMessage.number.desc()).limit(1)
    person = _taker(work, row)
    if person is None:
        return {"mails": 0}
    shown |= {"answer": work.session.scalars(said).one(), "link": f"{from_environment().public_url}/cpo/change-orders/{row.code}"}
    with speaking(person.language):
        subject = gettext("%(partner)s has answered: %(code)s", partner=shown["partner"].name, code=row.code)
    write_mail(work, "order_answered", person.email, person.language, subject, partner_id=None, **shown)
    return {"mails": 1}


def _words(row: ChangeOrder, state: str, partner: str, operator: str) -> tuple[str, str]:
    """Subject and first sentence of the mail about a step, in the language spoken now."""
    about = {"name": row.asked_name, "partner": partner}
    if state == "received":
        first = gettext("%(operator)s has the change request of %(name)s for %(partner)s.", operator=operator, **about)
        return gettext("Change request %(code)s has arrived", code=row.code), first
    if state == "checked":
        first = gettext("%(taker)s takes care of the change request of %(name)s for %(partner)s.", taker=row.taken_name, **about)
        return gettext("Change request %(code)s is being worked on", code=row.code), first
    if state == "question":
        first = gettext("%(operator)s has a question about the change request of %(name)s for %(partner)s.", operator=operator, **about)
        return gettext("Question about change request %(code)s", code=row.code), first
    if state == "done":
        first = gettext("The change request of %(name)s for %(partner)s is done.", **about)
        return gettext("Change request %(code)s is done", code=row.code), first
    if state == "scheduled":
        first = gettext("The change request of %(name)s for %(partner)s is agreed and scheduled.", **about)
        return gettext("Change request %(code)s is scheduled", code=row.code), first
    if state == "undone":
        first = gettext("What the change request of %(name)s for %(partner)s had changed was taken back.", **about)
        return gettext("Change request %(code)s was taken back", code=row.code), first
    first = gettext("The change request of %(name)s for %(partner)s is refused.", **about)
    return gettext("Change request %(code)s is refused", code=row.code), first


def _shown(work: Work, order: str) -> tuple[ChangeOrder, dict[str, Any]]:
    row = work.session.get_one(ChangeOrder, UUID(order))
    partner, operator = work.session.get_one(Partner, row.partner_id), work.session.get_one(Operator, row.operator_id)
    return row, {"order": row, "partner": partner, "operator": operator}


def _told(work: Work, row: ChangeOrder) -> list[Receiver]:
    """Who chose it, and whoever asked in any case, at once unless they chose the summary."""
    of = [row.partner_id] if row.partner_id else []
    told = [to for one in of for to in receivers(work, "order_moved", of, ())[one]]
    here = select(User).join(Membership, Membership.user_id == User.id)
    here = here.where(User.id == row.asked_by, Membership.partner_id == row.partner_id, Membership.ended_at.is_(None))
    asker = work.session.scalars(here.where(User.disabled_at.is_(None))).one_or_none()
    if asker is None or any(to.user_id == asker.id for to in told):
        return told
    return [Receiver(address=asker.email, language=asker.language, person=asker.name, user_id=asker.id), *told]
