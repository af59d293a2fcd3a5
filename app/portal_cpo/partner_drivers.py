"""Drivers of one partner, seen by staff (B39 within B3's frame)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from app.access.permissions import Permission
from app.domain.contracts.holdings import setup_steps
from app.domain.people.queries import partner_by_code
from app.portal_cpo import bp
from app.web import driver_data_pages, driver_pages
from app.web.bodies import takes_files
from app.web.card_limit_pages import edit_limits
from app.web.signin import current_work


def _place(code: str) -> driver_pages.Place:
    work = current_work()
    row = partner_by_code(work, code)
    work.require(Permission.DRIVER_VIEW, partner_id=row.id)
    more = {"steps": setup_steps(work, row)}
    return driver_pages.Place(row, "cpo/partners/drivers_layout.html", "cpo.partner_", {"code": row.code}, more)


@bp.get("/partners/<code>/drivers")
def partner_drivers(code: str) -> Any:
    """Drivers, how much of the account is used, lists."""
    return driver_pages.show_list(_place(code))


@bp.post("/partners/<code>/drivers/import")
@takes_files
def partner_drivers_import(code: str) -> Any:
    """Upload a list."""
    return driver_pages.take_list(_place(code))


@bp.route("/partners/<code>/drivers/new", methods=["GET", "POST"])
def partner_driver_new(code: str) -> Any:
    """Add a driver."""
    return driver_pages.new(_place(code))


@bp.get("/partners/<code>/drivers/<driver>")
def partner_driver(code: str, driver: str) -> Any:
    """One driver."""
    return driver_pages.show(_place(code), driver)


@bp.route("/partners/<code>/drivers/<driver>/edit", methods=["GET", "POST"])
def partner_driver_edit(code: str, driver: str) -> Any:
    """Change a driver's data."""
    return driver_pages.edit(_place(code), driver)


@bp.post("/partners/<code>/drivers/<driver>/<any(block, unblock):act>")
def partner_driver_state(code: str, driver: str, act: str) -> Any:
    """Block a driver, or let in again."""
    return driver_pages.set_state(_place(code), driver, "blocked" if act == "block" else "active")


@bp.post("/partners/<code>/drivers/<driver>/cards")
def partner_driver_card(code: str, driver: str) -> Any:
    """Give a card, perhaps in place of another."""
    return driver_pages.give(_place(code), driver)


@bp.post("/partners/<code>/drivers/<driver>/cards/<uuid:card>/<any(block, unblock):act>")
def partner_driver_card_state(code: str, driver: str, card: UUID, act: str) -> Any:
    """Block a card, or let it in again."""
    return driver_pages.set_card(_place(code), driver, card, "blocked" if act == "block" else "accepted")


@bp.route("/partners/<code>/drivers/<driver>/cards/<uuid:card>/limits", methods=["GET", "POST"])
def partner_driver_card_limits(code: str, driver: str, card: UUID) -> Any:
    """Where sessions with the card are stopped."""
    return edit_limits(_place(code), driver, card)


@bp.post("/partners/<code>/drivers/<driver>/balance")
def partner_driver_balance(code: str, driver: str) -> Any:
    """Add to the balance."""
    return driver_pages.balance(_place(code), driver)


@bp.post("/partners/<code>/drivers/<driver>/balance/<uuid:top_up>/<any(grant, refuse):act>")
def partner_driver_balance_decide(code: str, driver: str, top_up: UUID, act: str) -> Any:
    """The second person's word."""
    return driver_pages.decide(_place(code), driver, top_up, grant=act == "grant")


@bp.route("/partners/<code>/drivers/<driver>/balance/<uuid:top_up>/reverse", methods=["GET", "POST"])
def partner_driver_balance_reverse(code: str, driver: str, top_up: UUID) -> Any:
    """Take back what was added."""
    return driver_pages.reverse(_place(code), driver, top_up)


@bp.post("/partners/<code>/drivers/<driver>/invite")
def partner_driver_invite(code: str, driver: str) -> Any:
    """Ask a driver once more."""
    return driver_pages.invite(_place(code), driver)


@bp.post("/partners/<code>/drivers/<driver>/contact")
def partner_driver_contact(code: str, driver: str) -> Any:
    """The driver with address and phone; noted in the log."""
    return driver_data_pages.contact(_place(code), driver)


@bp.get("/partners/<code>/drivers/<driver>/data.json")
def partner_driver_data(code: str, driver: str) -> Any:
    """Everything about one driver as a file."""
    return driver_data_pages.data(_place(code), driver)


@bp.route("/partners/<code>/drivers/<driver>/erase", methods=["GET", "POST"])
def partner_driver_erase(code: str, driver: str) -> Any:
    """Erase a driver's personal data."""
    return driver_data_pages.erase(_place(code), driver)
