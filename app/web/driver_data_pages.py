"""Personal data of a driver, in both portals: contact shown on demand, everything as a file, erased after a second confirmation."""

from __future__ import annotations

import json
from typing import Any

from flask import Response

from app.access.permissions import Permission
from app.domain.drivers.personal import driver_data, erase_driver, show_contact
from app.domain.drivers.queries import debts_of, driver_by_code
from app.kernel.errors import Conflict, Invalid
from app.web.driver_pages import Place, show
from app.web.pages import page
from app.web.shared_forms.driver import EraseForm
from app.web.signin import current_work


def contact(place: Place, code: str) -> Any:
    """The driver's page with address and phone; the log notes it."""
    show_contact(current_work(), place.row.id, code)
    return show(place, code, contact=True)


def data(place: Place, code: str) -> Response:
    """Everything about one driver as a JSON file."""
    current_work().require(Permission.DRIVER_EDIT, partner_id=place.row.id)
    found = driver_data(current_work(), place.row.id, code)
    answer = Response(json.dumps(found, ensure_ascii=False, indent=2), mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="{found["driver"]}.json"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def erase(place: Place, code: str) -> Any:
    """What goes and what stays, then erased once the driver's code was typed."""
    work = current_work()
    work.require(Permission.DRIVER_EDIT, partner_id=place.row.id)
    d = driver_by_code(work, place.row.id, code)
    form = EraseForm()
    if form.validate_on_submit():
        try:
            erase_driver(work, place.row.id, code, form.code.data or "")
            return place.on("drivers", "driver-erased")
        except (Invalid, Conflict) as refusal:
            form.refuse(refusal)
    shown = {"place": place, "row": place.row, "layout": place.layout} | place.more
    debts, status = debts_of(work.session, [d.id]).get(d.id, ()), 422 if form.is_submitted() else 200
    return page("shared/drivers/erase.html", status=status, d=d, form=form, debts=debts, **shown)
