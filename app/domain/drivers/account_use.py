"""What drivers have charged on their partner's account this month: the bar of ux B6 and what a new limit would mean today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select

from app.domain.drivers.models import Driver, DriverCharge
from app.domain.drivers.queries import used_of_account
from app.domain.people.models import Partner
from app.kernel.periods import Month, local_date
from app.work.unit import Work


@dataclass(frozen=True, slots=True)
class AccountUse:
    """This month so far, gross minor units. ``by_driver``: what each driver without a limit of its own has used, the most first."""

    used_minor: int
    #: drivers who agreed to charge on the account
    drivers: int
    by_driver: tuple[int, ...]
    #: the first day on which the month's limits begin anew
    until: date

    def at_limit(self, limit_minor: int | None) -> int:
        """How many of those drivers have used that much already."""
        return 0 if limit_minor is None else sum(used >= limit_minor for used in self.by_driver)


def account_use(work: Work, partner: Partner | Any) -> AccountUse:
    """The use of a partner's account; the caller has asked the right. Three statements."""
    month = Month.of(local_date(work.now, partner.time_zone))
    agreed = (Driver.partner_id == partner.id, Driver.corporate, Driver.company_state == "accepted", Driver.state == "active")
    spent = func.sum(DriverCharge.company_minor)
    rows = work.session.scalars(
        select(spent)
        .join(Driver, Driver.id == DriverCharge.driver_id)
        .where(*agreed, Driver.limit_minor.is_(None), DriverCharge.month == month.first, DriverCharge.on_account)
        .group_by(Driver.id)
        .order_by(spent.desc())
    )
    return AccountUse(
        used_minor=used_of_account(work, partner),
        drivers=work.session.scalar(select(func.count()).select_from(Driver).where(*agreed)) or 0,
        by_driver=tuple(int(minor) for minor in rows),
        until=month.plus(1).first,
    )
