"""Our drivers (P5): staff, tenants, fleet; their cards, balance and what they charge on our account."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from app.access.permissions import Permission
from app.domain.people.queries import partner_by_code
from app.kernel.errors import NotFound
from app.portal_partner import bp
from app.web import driver_data_pages, driver_pages
from app.web.bodies import takes_files
from app.web.card_limit_pages import edit_limits
from app.web.signin import current_account, current_work


def _place() -> driver_pages.Place:
    account, work = current_account(), current_work()
    if account is None:
        raise NotFound
    work.require(Permission.DRIVER_VIEW, partner_id=account.partner_id)
    return driver_pages.Place(partner_by_code(work, account.code), "partner/drivers/layout.html", "partner.")


@bp.get("/drivers")
def drivers() -> Any:
    """Drivers, how much of the account is used, lists."""
    return driver_pages.show_list(_place())


@bp.post("/drivers/import")
@takes_files
def drivers_import() -> Any:
    """Upload a list."""
    return driver_pages.take_list(_place())


@bp.route("/drivers/new", methods=["GET", "POST"])
def driver_new() -> Any:
    """Add a driver."""
    return driver_pages.new(_place())


@bp.get("/drivers/<driver>")
def driver(driver: str) -> Any:
    """One driver."""
    return driver_pages.show(_place(), driver)


@bp.route("/drivers/<driver>/edit", methods=["GET", "POST"])
def driver_edit(driver: str) -> Any:
    """Change a driver's data."""
    return driver_pages.edit(_place(), driver)


@bp.post("/drivers/<driver>/<any(block, unblock):act>")
def driver_state(driver: str, act: str) -> Any:
    """Block a driver, or let in again."""
    return driver_pages.set_state(_place(), driver, "blocked" if act == "block" else "active")


@bp.post("/drivers/<driver>/cards")
def driver_card(driver: str) -> Any:
    """Give a card, perhaps in place of another."""
    return driver_pages.give(_place(), driver)


@bp.post("/drivers/<driver>/cards/<uuid:card>/<any(block, unblock):act>")
def driver_card_state(driver: str, card: UUID, act: str) -> Any:
    """Block a card, or let it in again."""
    return driver_pages.set_card(_place(), driver, card, "blocked" if act == "block" else "accepted")


@bp.route("/drivers/<driver>/cards/<uuid:card>/limits", methods=["GET", "POST"])
def driver_card_limits(driver: str, card: UUID) -> Any:
    """Where sessions with the card are stopped."""
    return edit_limits(_place(), driver, card)


@bp.post("/drivers/<driver>/balance")
def driver_balance(driver: str) -> Any:
    """Add to the balance."""
    return driver_pages.balance(_place(), driver)


@bp.post("/drivers/<driver>/balance/<uuid:top_up>/<any(grant, refuse):act>")
def driver_balance_decide(driver: str, top_up: UUID, act: str) -> Any:
    """The second person's word."""
    return driver_pages.decide(_place(), driver, top_up, grant=act == "grant")


@bp.route("/drivers/<driver>/balance/<uuid:top_up>/reverse", methods=["GET", "POST"])
def driver_balance_reverse(driver: str, top_up: UUID) -> Any:
    """Take back what was added."""
    return driver_pages.reverse(_place(), driver, top_up)


@bp.post("/drivers/<driver>/invite")
def driver_invite(driver: str) -> Any:
    """Ask a driver once more."""
    return driver_pages.invite(_place(), driver)


@bp.get("/drivers/<driver>/data.json")
def driver_data(driver: str) -> Any:
    """Everything about one driver as a file."""
    return driver_data_pages.data(_place(), driver)


@bp.route("/drivers/<driver>/erase", methods=["GET", "POST"])
def driver_erase(driver: str) -> Any:
    """Erase a driver's personal data."""
    return driver_data_pages.erase(_place(), driver)
