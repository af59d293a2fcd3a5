"""Tariffs as files: CSV and OCPI JSON out, and in again with a look at what would happen."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, request

from app.access.permissions import Permission
from app.domain.tariffs.curves import home_zone
from app.domain.tariffs.exchange import HEADS, exported_objects, import_tariffs
from app.kernel.errors import Invalid
from app.portal_cpo import bp
from app.web.bodies import takes_files
from app.web.pages import go, page
from app.web.sheet_pages import SheetForm, told
from app.web.signin import current_work


@bp.get("/tariffs.json", endpoint="tariffs_json")
def tariffs_as_json() -> Any:
    """What counts now and next, as a list of OCPI tariff objects."""
    work = current_work()
    work.require(Permission.TARIFF_VIEW)
    answer = Response(json.dumps(exported_objects(work), ensure_ascii=False, indent=1) + "\n", mimetype="application/json")
    answer.headers["Content-Disposition"] = 'attachment; filename="tariffs.json"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.get("/tariffs/exchange")
def tariff_exchange() -> Any:
    """Files to take along, and a place to bring one."""
    current_work().require(Permission.TARIFF_EDIT)
    return _page(SheetForm(formdata=None), None, 200)


@bp.post("/tariffs/exchange", endpoint="tariff_exchange_send")
@takes_files
def tariff_exchange_take() -> Any:
    """Check a file, or take it."""
    work, form = current_work(), SheetForm()
    work.require(Permission.TARIFF_EDIT)
    storing = request.form.get("step") == "import"
    try:
        report = import_tariffs(work, form.sheet(), store=storing) if form.validate() else None
    except Invalid as refusal:
        return _page(form.refuse(refusal), None, 422)
    if report is None or report.problems:
        return _page(form, report, 422)
    return go("cpo.tariffs", note="tariffs-imported") if storing else _page(form, report, 200)


def _page(form: SheetForm, report: Any, status: int) -> Any:
    problems = told(report.problems) if report else []
    zone = home_zone(current_work())
    return page("cpo/tariffs/exchange.html", status=status, form=form, report=report, told=problems, heads=HEADS, zone=zone)
