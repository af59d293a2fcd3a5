"""What a registered driver sees and does: the company's terms and the own answer, what is left, cards, the balance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.access.permissions import Permission
from app.domain.drivers.cards import set_card
from app.domain.drivers.events import CardChanged, CompanyAnswered
from app.domain.drivers.finding import about
from app.domain.drivers.models import Driver, DriverCharge
from app.domain.drivers.queries import balance_of, debts_of, used_of_account
from app.domain.people.checks import one_of
from app.domain.people.features import corporate_at
from app.domain.people.models import Partner
from app.kernel.errors import Conflict, NotFound
from app.kernel.periods import local_date
from app.money.amount import Money
from app.work.unit import Work

#: from the state to the answers that are open to a driver
_ANSWERS = {"invited": {"accepted", "declined"}, "accepted": {"left"}, "declined": {"accepted"}, "left": {"accepted"}}


@dataclass(frozen=True, slots=True)
class OwnRow:
    """A driver as the driver sees it. ``left_minor`` of the company this month, None: no limit; ``offered``: the company would pay;
    ``owed``: own parts not paid yet, by currency."""

    driver_id: UUID
    operator_id: UUID
    partner_id: UUID
    code: str
    name: str
    email: str
    state: str
    partner_name: str
    legal_name: str
    currency: str
    time_zone: str
    offered: bool
    company_state: str | None
    company_choice: bool
    own_points_only: bool
    limit_minor: int | None
    used_minor: int
    left_minor: int | None
    balance_minor: int
    owed: tuple[Money, ...]

    @property
    def on_account(self) -> bool:
        """The company pays, because it offers to and the driver agreed."""
        return self.offered and self.company_state == "accepted"


def own_row(work: Work, driver_id: UUID) -> OwnRow:
    """The driver who acts; anybody else's is ``NotFound``."""
    driver = own_driver(work, driver_id)
    partner = work.session.get_one(Partner, driver.partner_id)
    terms = corporate_at(work.session, partner.id, work.now)
    limit = terms.driver_limit_minor if driver.limit_minor is None else driver.limit_minor
    month = local_date(work.now, partner.time_zone).replace(day=1)
    spent = select(func.sum(DriverCharge.company_minor)).where(DriverCharge.driver_id == driver.id, DriverCharge.month == month)
    used = int(work.session.scalar(spent) or 0)
    ceilings = [] if limit is None else [limit - used]
    if terms.monthly_limit_minor is not None:
        ceilings.append(terms.monthly_limit_minor - used_of_account(work, partner))
    return OwnRow(
        driver_id=driver.id, operator_id=driver.operator_id, partner_id=partner.id, code=driver.code, name=driver.name,
        email=driver.email, state=driver.state, partner_name=partner.name, legal_name=partner.legal_name, currency=partner.currency,
        time_zone=partner.time_zone, offered=driver.corporate and terms.enabled, company_state=driver.company_state,
        company_choice=driver.company_choice,
        own_points_only=terms.own_points_only, limit_minor=limit, used_minor=used,
        left_minor=max(0, min(ceilings)) if ceilings else None, balance_minor=balance_of(work.session, driver, partner.currency),
        owed=debts_of(work.session, [driver.id]).get(driver.id, ()),
    )  # fmt: skip


def answer_company(work: Work, driver_id: UUID, answer: str) -> None:
    """The driver's word about charging on the company's account: ``accepted``, ``declined`` or ``left``; the same again is no change."""
    driver = own_driver(work, driver_id, lock=True)
    one_of(answer, ("accepted", "declined", "left"), "answer")
    if driver.company_state == answer:
        return
    if answer not in _ANSWERS.get(driver.company_state or "", set()):
        raise Conflict("not_offered")
    before, driver.company_state, driver.company_at = driver.company_state, answer, work.now
    work.session.flush()
    work.record(CompanyAnswered(**about(driver), before={"company": before}, after={"company": answer}))


def choose_company(work: Work, driver_id: UUID, *, always: bool) -> None:
    """Whether the company pays also at charge points that do not begin on its account by themselves; the same again is no change."""
    driver = own_driver(work, driver_id, lock=True)
    if driver.company_state != "accepted":
        raise Conflict("not_offered")
    if driver.company_choice == always:
        return
    driver.company_choice = always
    work.session.flush()
    work.record(CompanyAnswered(**about(driver), before={"company_choice": not always}, after={"company_choice": always}))


def report_lost(work: Work, driver_id: UUID, card_id: UUID) -> None:
    """A lost card is refused from now on; only the account lets it in again."""
    driver = own_driver(work, driver_id, lock=True)
    before, value = set_card(work, driver.id, card_id, "blocked")
    work.record(CardChanged(**about(driver), card=value[-4:], before={"state": before}, after={"state": "blocked"}))


def own_driver(work: Work, driver_id: UUID, *, lock: bool = False) -> Driver:
    """The driver who acts, and nobody else."""
    driver: Any = work.session.get(Driver, driver_id, with_for_update=lock or None, populate_existing=lock)
    if driver is None or work.actor.id != driver.id:
        raise NotFound
    work.require(Permission.DRIVER_OWN, partner_id=driver.partner_id)
    return driver  # type: ignore[no-any-return]
