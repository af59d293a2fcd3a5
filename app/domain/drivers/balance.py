"""Money on drivers' balances: added with a reason, by a second person above a limit, taken back; each in the books at once."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import func, select

from app.access.actor import ALL
from app.access.permissions import Permission
from app.domain.drivers.events import BalanceAdded
from app.domain.drivers.finding import about, found_driver
from app.domain.drivers.models import Driver, DriverTopUp
from app.domain.drivers.queries import balance_of, partner_of_driver
from app.domain.ledger.actions import post
from app.domain.ledger.queries import entry_of_key
from app.domain.people import checks
from app.domain.people.models import Partner
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.periods import local_date
from app.money.balances import driver_balance, for_top_up, for_top_up_reversal
from app.work.unit import Work

#: more than this, in minor units, needs a second person (ux B39): what one person gives one driver within ``_ALONE_FOR``
ALONE_MINOR = 100_00
_ALONE_FOR = timedelta(days=1)


def add_balance(work: Work, partner_id: UUID, code: str, amount_minor: int, reason: str, *, key: str) -> str:
    """Add to a driver's balance; above 100.00, also in parts within a day, it waits for a second person. The state.

    A repeat with the same key is the first one.
    Who adds bears it: people of the account charge it to the account's next statement, the operator's own give it as goodwill.
    """
    driver = found_driver(work, partner_id, code)
    work.require(Permission.DRIVER_BALANCE, partner_id=partner_id)
    known = work.session.scalars(select(DriverTopUp).where(DriverTopUp.key == key)).one_or_none()
    if known is not None:
        return known.state
    if amount_minor <= 0:
        raise Invalid("not_positive", field="amount")
    state = "done" if amount_minor + _given_alone(work, driver) <= ALONE_MINOR else "waiting"
    added = DriverTopUp(
        operator_id=driver.operator_id, partner_id=partner_id, driver_id=driver.id, key=key, amount_minor=amount_minor,
        currency=partner_of_driver(work, partner_id).currency, reason=checks.text(reason, "reason", longest=200), state=state,
        borne_by_partner=not _is_staff(work), asked_at=work.now, asked_by=work.actor.id, asked_name=work.actor.name,
    )  # fmt: skip
    work.session.add(added)
    work.session.flush()
    if state == "done":
        _book(work, driver, added)
    work.record(_money(driver, added, None))
    return state


def _given_alone(work: Work, driver: Driver) -> int:
    """What the actor alone gave the driver lately, and nobody took back."""
    mine = (DriverTopUp.driver_id == driver.id, DriverTopUp.asked_by == work.actor.id, DriverTopUp.asked_at > work.now - _ALONE_FOR)
    alone = (DriverTopUp.state == "done", DriverTopUp.decided_by.is_(None))
    return int(work.session.scalar(select(func.coalesce(func.sum(DriverTopUp.amount_minor), 0)).where(*mine, *alone)) or 0)


def decide_balance(work: Work, partner_id: UUID, code: str, top_up_id: UUID, *, grant: bool) -> str:
    """The second person's word about a large amount; refuses one's own wish, and one that is decided. The state.

    What the operator is to bear, only its own people grant.
    """
    driver = found_driver(work, partner_id, code)
    work.require(Permission.DRIVER_BALANCE, partner_id=partner_id)
    wish = _found(work, driver, top_up_id)
    if wish.state != "waiting":
        raise Conflict("already_decided")
    mine = wish.asked_by is None or wish.asked_by == work.actor.id
    if mine or (not wish.borne_by_partner and not _is_staff(work)):
        raise Conflict("second_person_decides")
    wish.state = "done" if grant else "refused"
    wish.decided_at, wish.decided_by, wish.decided_name = work.now, work.actor.id, work.actor.name
    work.session.flush()
    if grant:
        _book(work, driver, wish)
    work.record(_money(driver, wish, "waiting"))
    return wish.state


def take_back(work: Work, partner_id: UUID, code: str, top_up_id: UUID, reason: str) -> None:
    """Take back what was added, whole and once, by a mirrored entry; refuses ``balance_used`` where less than that is left."""
    driver = found_driver(work, partner_id, code)
    work.require(Permission.DRIVER_BALANCE, partner_id=partner_id)
    added = _found(work, driver, top_up_id)
    said = checks.text(reason, "reason", longest=200)
    if added.state == "reversed":
        return
    if added.state != "done":
        raise Conflict("already_decided")
    if not added.borne_by_partner and not _is_staff(work):
        raise Conflict("added_by_operator")
    if balance_of(work.session, driver, added.currency) < added.amount_minor:
        raise Conflict("balance_used")
    added.state, added.reversed_reason = "reversed", said
    added.reversed_at, added.reversed_by, added.reversed_name = work.now, work.actor.id, work.actor.name
    work.session.flush()
    entry = for_top_up_reversal(*_legs_of(driver, added), _today(work, driver))
    if entry is not None:
        first = entry_of_key(work.session, driver.operator_id, _key(added))
        post(work.as_house(), entry, f"top-up-back:{added.id}", partner_id=partner_id, reverses=first)
    work.record(_money(driver, added, "done"))


def _book(work: Work, driver: Driver, added: DriverTopUp) -> None:
    entry = for_top_up(*_legs_of(driver, added), _today(work, driver))
    if entry is not None:
        post(work.as_house(), entry, _key(added), partner_id=driver.partner_id)


def _legs_of(driver: Driver, added: DriverTopUp) -> tuple[str, str | None, int, str]:
    payer = str(driver.partner_id) if added.borne_by_partner else None
    return driver_balance(str(driver.partner_id), str(driver.id)), payer, added.amount_minor, added.currency


def _key(added: DriverTopUp) -> str:
    return f"top-up:{added.id}"


def _today(work: Work, driver: Driver) -> date:
    return local_date(work.now, work.session.get_one(Partner, driver.partner_id).time_zone)


def _is_staff(work: Work) -> bool:
    """The operator's own people see every account."""
    return work.actor.partners is ALL


def _found(work: Work, driver: Driver, top_up_id: UUID) -> DriverTopUp:
    wanted = select(DriverTopUp).where(DriverTopUp.id == top_up_id, DriverTopUp.driver_id == driver.id).with_for_update()
    found = work.session.scalars(wanted).one_or_none()
    if found is None:
        raise NotFound
    return found


def _money(driver: Driver, of: DriverTopUp, before: str | None) -> BalanceAdded:
    return BalanceAdded(
        **about(driver), amount_minor=of.amount_minor, currency=of.currency, reason=of.reversed_reason or of.reason,
        before={"state": before}, after={"state": of.state},
    )  # fmt: skip
