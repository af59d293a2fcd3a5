"""Changes to drivers and their cards: find, require, decide, change, record."""

from __future__ import annotations

from uuid import UUID

from app.access.permissions import Permission
from app.db.constraints import refusing
from app.domain.drivers.cards import give_card, inherit_limits, regroup, set_card
from app.domain.drivers.checking import asked_for_company, card_value, checked_driver
from app.domain.drivers.events import CardChanged, DriverAdded, DriverEdited
from app.domain.drivers.finding import about, found_driver
from app.domain.drivers.models import Driver
from app.domain.drivers.queries import driver_by_code, groups_of, partner_of_driver
from app.domain.drivers.rows import DriverInput, DriverRow
from app.domain.people import checks
from app.kernel.errors import Conflict, Invalid, Refusal
from app.kernel.ids import new_code
from app.work.unit import Work

STATES = ("active", "blocked")


def add_driver(work: Work, partner_id: UUID, wanted: DriverInput) -> DriverRow:
    """A new driver, perhaps with a first card; told by mail what the partner pays and sees."""
    partner = partner_of_driver(work, partner_id)
    work.require(Permission.DRIVER_EDIT, partner_id=partner_id)
    values = checked_driver(wanted, partner.country, groups_of(work, partner_id))
    driver = Driver(
        operator_id=partner.operator_id, partner_id=partner_id, code=new_code("D"), state="active", created_at=work.now,
        created_name=work.actor.name, **values, **asked_for_company(work.now, corporate=wanted.corporate),
    )  # fmt: skip
    with refusing(work.session, _taken(wanted)):
        work.session.add(driver)
    work.record(DriverAdded(**about(driver)))
    if wanted.card.strip():
        add_card(work, partner_id, driver.code, wanted.card, "")
    work.later("drivers.welcome", key=f"welcome:{driver.id}", partner_id=partner_id, driver_id=driver.id)
    return driver_by_code(work, partner_id, driver.code)


def edit_driver(work: Work, partner_id: UUID, code: str, wanted: DriverInput) -> DriverRow:
    """New data, group, corporate use and limit of a driver."""
    driver = found_driver(work, partner_id, code)
    work.require(Permission.DRIVER_EDIT, partner_id=partner_id)
    values = checked_driver(wanted, partner_of_driver(work, partner_id).country, groups_of(work, partner_id))
    before = {name: getattr(driver, name) for name in values if getattr(driver, name) != values[name]}
    if not before:
        return driver_by_code(work, partner_id, driver.code)
    with refusing(work.session, _taken(wanted)):
        for name in before:
            setattr(driver, name, values[name])
        if "corporate" in before:
            word = asked_for_company(work.now, corporate=wanted.corporate)
            driver.company_state, driver.company_at = word["company_state"], word["company_at"]
    if "corporate" in before and wanted.corporate:
        work.later("drivers.welcome", key=f"welcome:{driver.id}:{work.id}", partner_id=partner_id, driver_id=driver.id)
    if "group_id" in before:
        regroup(work, driver.id, driver.group_id)
    shown = [name for name in before if name != "group_id"]
    after = {name: values[name] for name in shown}
    work.record(DriverEdited(**about(driver), before={name: before[name] for name in shown}, after=after))
    return driver_by_code(work, partner_id, driver.code)


def set_driver_state(work: Work, partner_id: UUID, code: str, state: str) -> DriverRow:
    """Block a driver (every card is refused at once) or let in again."""
    driver = found_driver(work, partner_id, code)
    work.require(Permission.DRIVER_EDIT, partner_id=partner_id)
    if checks.one_of(state, STATES, "state") == driver.state:
        raise Conflict("state_changed", state=driver.state)
    before, driver.state = driver.state, state
    work.session.flush()
    work.record(DriverEdited(**about(driver), before={"state": before}, after={"state": state}))
    return driver_by_code(work, partner_id, driver.code)


def add_card(work: Work, partner_id: UUID, code: str, card: str, label: str) -> None:
    """Give a driver a charging card; a number that somebody has already is refused."""
    driver = found_driver(work, partner_id, code)
    work.require(Permission.DRIVER_EDIT, partner_id=partner_id)
    value = card_value(card)
    with refusing(work.session, {"uq_id_token_value": Invalid("card_taken", field="card", value=value)}):
        give_card(work, driver, value, checks.text(label, "label", longest=60, required=False))
    work.record(CardChanged(**about(driver), card=value[-4:], before={"state": None}, after={"state": "accepted"}))


def set_card_state(work: Work, partner_id: UUID, code: str, card_id: UUID, status: str) -> None:
    """Block a card at once, or let it in again."""
    driver = found_driver(work, partner_id, code)
    work.require(Permission.DRIVER_EDIT, partner_id=partner_id)
    checks.one_of(status, ("accepted", "blocked"), "status")
    before, value = set_card(work, driver.id, card_id, status)
    work.record(CardChanged(**about(driver), card=value[-4:], before={"state": before}, after={"state": status}))


def replace_card(work: Work, partner_id: UUID, code: str, card_id: UUID, card: str) -> None:
    """Block a card for good and give the driver another in its place, with the same limits."""
    set_card_state(work, partner_id, code, card_id, "blocked")
    add_card(work, partner_id, code, card, "")
    inherit_limits(work, driver_by_code(work, partner_id, code).id, card_id, card_value(card))


def _taken(wanted: DriverInput) -> dict[str, Refusal]:
    return {"uq_driver_email": Invalid("driver_taken", field="email", value=wanted.email)}


def invite_again(work: Work, partner_id: UUID, code: str) -> None:
    """A new mail with a new link to a driver who has not answered, declined or left; the link before no longer works."""
    driver = found_driver(work, partner_id, code)
    work.require(Permission.DRIVER_EDIT, partner_id=partner_id)
    if driver.company_state not in {"invited", "declined", "left"}:
        raise Conflict("not_offered")
    before, driver.company_state = driver.company_state, "invited"
    work.record(DriverEdited(**about(driver), before={"company": before}, after={"company": "invited"}))
    work.later("drivers.welcome", key=f"welcome:{driver.id}:{work.id}", partner_id=partner_id, driver_id=driver.id)
