"""Jobs about drivers of partners."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.access.actor import system
from app.domain.drivers.importing import take_in
from app.domain.drivers.links import drivers_of_mail, fresh_link
from app.domain.drivers.models import Driver
from app.domain.drivers.queries import debts_of
from app.domain.payments.queries import payment
from app.domain.people.features import corporate_at
from app.domain.people.models import Partner
from app.domain.people.notices import receivers
from app.kernel.periods import Month
from app.settings import from_environment
from app.tasks.mailing import write_mail, write_notice
from app.tasks.registry import job
from app.tasks.runner import report_progress
from app.text import format as fmt
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
    _welcome(work, work.session.get_one(Driver, UUID(driver_id)))
    return {"mails": 1}


@job("drivers.welcome_all")
def welcome_all(work: Work, driver_ids: list[str]) -> dict[str, Any]:
    """Tell each of them; whoever was erased meanwhile is told nothing."""
    keys = [UUID(key) for key in driver_ids]
    told = work.session.scalars(select(Driver).where(Driver.id.in_(keys), Driver.erased_at.is_(None)).order_by(Driver.id)).all()
    for driver in told:
        _welcome(work, driver)
    return {"mails": len(told)}


def _welcome(work: Work, driver: Driver) -> None:
    partner = work.session.get_one(Partner, driver.partner_id)
    terms = corporate_at(work.session, partner.id, work.now)
    limit = terms.driver_limit_minor if driver.limit_minor is None else driver.limit_minor
    with speaking(driver.language):
        subject = gettext("You can charge with %(partner)s", partner=partner.name)
    on_account = driver.corporate and terms.enabled
    site = from_environment().public_url
    link = f"{site}/me/join/{fresh_link(work, driver, 'company')}" if driver.corporate and driver.company_state == "invited" else None
    promised: dict[str, Any] = {"on_account": on_account, "limit": limit, "terms": terms, "link": link, "site": site}
    _write(work, driver, "driver_welcome", subject, partner=partner, **promised)


@job("drivers.sign_in")
def sign_in(work: Work, email: str) -> dict[str, Any]:
    """Mail a link to every driver's account of an address. The job says nothing about it."""

    def write(driver: Driver) -> None:
        work.actor = system(driver.operator_id)
        partner = work.session.get_one(Partner, driver.partner_id)
        with speaking(driver.language):
            subject = gettext("Your link for charging with %(partner)s", partner=partner.name)
        link = f"{from_environment().public_url}/me/enter/{fresh_link(work, driver, 'sign_in')}"
        _write(work, driver, "driver_link", subject, partner=partner, link=link)

    drivers_of_mail(work, email, write)
    return {}


@job("drivers.limit_reached")
def limit_reached(work: Work, partner: str, driver_id: str | None, step: int, month: str, used: int, limit: int) -> dict[str, Any]:
    """Tell a driver, the company's billing contact and who chose it that 80 or 100 % of the month's limit are used.

    Without a driver it is the limit of all drivers together.
    """
    row, of = work.session.get_one(Partner, UUID(partner)), Month.of(date.fromisoformat(month))
    driver = work.session.get(Driver, UUID(driver_id)) if driver_id else None
    told = receivers(work, "driver_limit", [row.id], [row.id])[row.id]
    facts: dict[str, Any] = {"partner": row, "d": driver, "step": step, "of": of, "used": used, "limit": limit}
    facts["site"] = from_environment().public_url

    def subject(language: str) -> str:
        with speaking(language):
            return gettext("%(step)s %% of the limit for charging in %(month)s are used", step=step, month=fmt.month(of))

    if driver and driver.email:
        mine: dict[str, Any] = {"partner_id": row.id, "own": True, "chosen_at": ""}
        write_mail(work, "driver_limit", driver.email, driver.language, subject(driver.language), **mine, **facts)
    for to in told:
        write_notice(work, "driver_limit", to, "driver_limit", subject(to.language), partner_id=row.id, own=False, **facts)
    return {"mails": len(told) + bool(driver and driver.email)}


@job("drivers.owes")
def owes(work: Work, driver_id: str, payment_id: str | None = None) -> dict[str, Any]:
    """Tell a driver what is to be paid, with a link: the stored card said no, or not without a word to the bank, or there is none."""
    driver = work.session.get_one(Driver, UUID(driver_id))
    owed = debts_of(work.session, [driver.id]).get(driver.id, ())
    if not owed or driver.erased_at is not None:
        return {"mails": 0}
    held = payment(work.session, UUID(payment_id)) if payment_id else None
    partner = work.session.get_one(Partner, driver.partner_id)
    with speaking(driver.language):
        subject = gettext("%(amount)s for charging are to be paid by you", amount=fmt.money(owed[0].minor, owed[0].currency))
    link = f"{from_environment().public_url}/me/enter/{fresh_link(work, driver, 'pay')}"
    _write(work, driver, "driver_owes", subject, partner=partner, owed=owed, held=held, link=link)
    return {"mails": 1}


def _write(work: Work, driver: Driver, template: str, subject: str, **values: Any) -> None:
    """To the driver alone: what it says may hold a link that lets its reader in."""
    about: dict[str, Any] = {"partner_id": driver.partner_id, "is_secret": True, "d": driver}
    write_mail(work, template, driver.email, driver.language, subject, **about, **values)
