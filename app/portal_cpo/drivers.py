"""B39: drivers of all partners, found, filtered and taken away as a file; one driver's page stands under its partner."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for

from app.documents.sheets.partners import DRIVER_WORDS, driver_filter
from app.domain.drivers.queries import all_drivers, driver_place, last_charges
from app.portal_cpo import bp
from app.web.exports import sheet_or_question
from app.web.pages import page
from app.web.signin import current_work


@bp.get("/drivers")
def all_partners_drivers() -> Any:
    """The list."""
    work, wanted = current_work(), driver_filter(request.args)
    found = all_drivers(work, wanted, cursor=request.args.get("after"))
    kept = {name: value for name in DRIVER_WORDS if (value := getattr(wanted, name))}
    return page("cpo/drivers/index.html", found=found, last=last_charges(work, found.rows), wanted=wanted, kept=kept)


@bp.get("/drivers.csv")
def drivers_file() -> Any:
    """The same as a file: the filter, not the page."""
    return sheet_or_question("cpo", "drivers")


@bp.get("/drivers/<code>")
def driver_anywhere(code: str) -> Any:
    """On to the driver's page under its partner."""
    partner, driver = driver_place(current_work(), code)
    return redirect(url_for("cpo.partner_driver", code=partner, driver=driver), 303)
