"""What companies and balances pay of sessions whose amount becomes final: looked up under locks, divided, kept for good.

Two sessions that end at once come after each other here, so that limits and balances are never overspent. Internal: part of rating.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, tuple_

from app.domain.drivers.models import Driver, DriverCharge
from app.domain.ledger.actions import Booking
from app.domain.ledger.queries import owed_on
from app.domain.people.features import Corporate, corporates_at
from app.domain.people.models import Partner
from app.kernel.periods import local_date
from app.money.balances import driver_balance, for_balance_payment
from app.money.purse import Shared, share_out
from app.work.locks import hold
from app.work.unit import Work


@dataclass(frozen=True, slots=True)
class Due:
    """A driver's session that is to be paid. ``payer_id``: the partner whose account it began on; None: the driver's own."""

    session_id: UUID
    driver_id: UUID
    payer_id: UUID | None
    currency: str
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class Charge:
    """Who pays what of a session. ``limits``: the account's and the driver's per month, where the company may pay."""

    due: Due
    gross: int
    shared: Shared
    month: date
    limits: tuple[int | None, int | None] = (None, None)


#: shares of a limit, in per cent, at which driver and company are told
STEPS = (80, 100)


class Purses:
    """Drivers, their companies' limits and what is used of them, and balances; locked until the unit of work ends."""

    def __init__(self, work: Work, dues: Sequence[Due]) -> None:
        self._work = work
        payers = sorted({due.payer_id for due in dues if due.payer_id is not None})
        for payer in payers:
            hold(work.session, "corporate", payer)
        wanted = select(Driver).where(Driver.id.in_({due.driver_id for due in dues})).order_by(Driver.id).with_for_update()
        self._drivers = {row.id: row for row in work.session.scalars(wanted)} if dues else {}
        partners = {row.partner_id for row in self._drivers.values()}
        found = work.session.scalars(select(Partner).where(Partner.id.in_(partners))) if partners else ()
        self._partners: dict[UUID | None, Partner] = {row.id: row for row in found}
        self._terms = corporates_at(work.session, payers, work.now) if payers else {}
        self._months = {(due.payer_id, self._month(due)) for due in dues if due.payer_id is not None}
        self._used: dict[tuple[UUID | None, date], int] = defaultdict(int)
        self._read_used()
        self._balances = self._read_balances()
        self._charges: list[Charge] = []

    def look(self, due: Due, gross: int) -> Charge:
        """How a session of that gross price would be divided now."""
        driver = self._drivers[due.driver_id]
        partner, month = self._partners[driver.partner_id], self._month(due)
        limits: list[int | None] | None = None
        most_of: tuple[int | None, int | None] = (None, None)
        if due.payer_id is not None and due.currency == partner.currency:
            terms = self._terms.get(due.payer_id, Corporate())
            own = terms.driver_limit_minor if driver.limit_minor is None else driver.limit_minor
            most_of = (terms.monthly_limit_minor, own)
            used = (self._used[due.payer_id, month], self._used[driver.id, month])
            limits = [None if most is None else most - so_far for most, so_far in zip(most_of, used, strict=True)]
        return Charge(due, gross, share_out(gross, limits, self._balances.get((driver.id, due.currency), 0)), month, most_of)

    def take(self, charge: Charge) -> None:
        """It is so: what comes next finds that much less."""
        due, shared = charge.due, charge.shared
        if due.payer_id is not None:
            for owner, most in zip((due.payer_id, due.driver_id), charge.limits, strict=True):
                before = self._used[owner, charge.month]
                self._used[owner, charge.month] = before + shared.company
                self._tell_steps(charge, owner, before, most)
        if shared.balance:
            self._balances[due.driver_id, due.currency] -= shared.balance
        if shared.own:
            asked: dict[str, Any] = {"driver_id": due.driver_id, "session_id": due.session_id, "currency": due.currency}
            self._work.later("payments.charge_own", key=f"charge-own:{due.session_id}", **asked)
        elif shared.balance:
            self._work.later("documents.own_part", key=f"own-part:{due.session_id}", session_id=due.session_id)
        self._charges.append(charge)

    def _tell_steps(self, charge: Charge, owner: UUID, before: int, most: int | None) -> None:
        """Want a mail for the highest step of a limit that this charge reaches; used only grows, so each comes once a month."""
        if not most:
            return
        now = before + charge.shared.company
        reached = [step for step in STEPS if before * 100 < most * step <= now * 100]
        if reached:
            due = charge.due
            facts: dict[str, Any] = {"step": reached[-1], "month": str(charge.month), "used": now, "limit": most}
            facts |= {"partner": due.payer_id, "driver_id": due.driver_id if owner == due.driver_id else None}
            self._work.later("drivers.limit_reached", key=f"limit:{owner}:{charge.month}:{reached[-1]}", partner_id=due.payer_id, **facts)

    def keep(self) -> None:
        """Write what was taken."""
        self._work.session.add_all(
            DriverCharge(
                session_id=each.due.session_id, operator_id=self._drivers[each.due.driver_id].operator_id,
                partner_id=self._drivers[each.due.driver_id].partner_id, driver_id=each.due.driver_id, month=each.month,
                currency=each.due.currency, on_account=each.due.payer_id is not None, gross_minor=each.gross,
                company_minor=each.shared.company, balance_minor=each.shared.balance, own_minor=each.shared.own,
            )
            for each in self._charges
        )  # fmt: skip

    def payments(self, receivables: dict[UUID, str]) -> list[Booking]:
        """What balances pay, as entries; ``receivables`` are the sessions' accounts."""
        bookings = []
        for each in self._charges:
            driver, due = self._drivers[each.due.driver_id], each.due
            account = driver_balance(str(driver.partner_id), str(driver.id))
            on = local_date(due.ended_at, self._partners[driver.partner_id].time_zone)
            entry = for_balance_payment(account, receivables[due.session_id], each.shared.balance, due.currency, on)
            if entry is not None:
                key = f"balance:{due.session_id}"
                bookings.append(Booking(entry=entry, key=key, partner_id=driver.partner_id, session_id=due.session_id))
        return bookings

    def _month(self, due: Due) -> date:
        driver = self._drivers[due.driver_id]
        return local_date(due.ended_at, self._partners[driver.partner_id].time_zone).replace(day=1)

    def _read_used(self) -> None:
        if not self._months:
            return
        spent = func.sum(DriverCharge.company_minor)
        here = tuple_(DriverCharge.partner_id, DriverCharge.month).in_(self._months)
        for key in (DriverCharge.partner_id, DriverCharge.driver_id):
            asked = select(key, DriverCharge.month, spent).where(here).group_by(key, DriverCharge.month)
            if key is DriverCharge.driver_id:
                asked = asked.where(DriverCharge.driver_id.in_(self._drivers))
            for owner, month, minor in self._work.session.execute(asked).tuples():
                self._used[owner, month] = int(minor)

    def _read_balances(self) -> dict[tuple[UUID, str], int]:
        found: dict[tuple[UUID, str], int] = {}
        by_account = {driver_balance(str(row.partner_id), str(row.id)): row.id for row in self._drivers.values()}
        for currency in {row.currency for row in self._partners.values()}:
            owed = owed_on(self._work.session, self._work.operator_id, by_account, currency)
            found |= {(by_account[code], currency): minor for code, minor in owed.items()}
        return found
