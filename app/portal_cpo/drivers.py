"""B39: drivers of all partners, found, filtered and taken away as a file; one driver's page stands under its partner."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for

from app.domain.drivers.queries import all_drivers, driver_place, last_charges
from app.domain.drivers.rows import DriverFilter, DriverRow
from app.money.amount import decimals, to_text
from app.portal_cpo import bp
from app.web.exports import csv_answer
from app.web.pages import page
from app.web.signin import current_work

#: lines of an export; more would be a job
_MOST = 5_000
_FILTERS = ("text", "partner", "group", "state", "company")
_HEAD = ("driver", "name", "email", "partner", "partner_code", "group", "state", "company", "used", "limit", "balance", "currency", "cards")


def asked() -> DriverFilter:
    """The filter in the address."""
    return DriverFilter(**{name: request.args.get(name, "").strip() for name in _FILTERS})


@bp.get("/drivers")
def all_partners_drivers() -> Any:
    """The list."""
    work, wanted = current_work(), asked()
    found = all_drivers(work, wanted, cursor=request.args.get("after"))
    kept = {name: value for name in _FILTERS if (value := getattr(wanted, name))}
    return page("cpo/drivers/index.html", found=found, last=last_charges(work, found.rows), wanted=wanted, kept=kept)


@bp.get("/drivers.csv")
def drivers_file() -> Any:
    """The same as a file: the filter, not the page."""
    found = all_drivers(current_work(), asked(), limit=_MOST)
    return csv_answer("drivers.csv", _HEAD, (_line(row) for row in found.rows))


def _line(row: DriverRow) -> list[Any]:
    places = decimals(row.currency)
    limit = None if row.limit_minor is None else to_text(row.limit_minor, places)
    who = [row.code, row.name, row.email, row.partner_name, row.partner_code, row.group, row.state, row.company_state or ""]
    return [*who, to_text(row.used_minor, places), limit, to_text(row.balance_minor, places), row.currency, row.cards]


@bp.get("/drivers/<code>")
def driver_anywhere(code: str) -> Any:
    """On to the driver's page under its partner."""
    partner, driver = driver_place(current_work(), code)
    return redirect(url_for("cpo.partner_driver", code=partner, driver=driver), 303)
