"""B22, B23: sites, what they need, and their data."""

from __future__ import annotations

from typing import Any

from flask import request

from app.access.permissions import Permission
from app.documents.sheets.network import location_filter
from app.domain.network.actions import create_location, edit_location
from app.domain.network.listing import STATE_FILTERS, location_by_code, locations
from app.domain.network.rows import LocationRow
from app.domain.people.queries import operator_defaults, partners
from app.domain.people.rows import PartnerFilter
from app.domain.sessions.at_site import site_prices
from app.kernel.errors import Conflict, Invalid
from app.portal_cpo import bp
from app.portal_cpo.forms.locations import LocationForm
from app.text.words import gettext as _
from app.web.exports import sheet_or_question
from app.web.fields import MOST_CHOICES
from app.web.location_map import map_page
from app.web.network_pages import site_context
from app.web.pages import go, page
from app.web.signin import current_account, current_work


@bp.get("/locations", endpoint="locations")
def locations_list() -> Any:
    """Which sites need attention."""
    asked = location_filter(request.args)
    work = current_work()
    found = locations(work, asked, request.args.get("after"))
    shown = {"prices": site_prices(work, found.rows), "states": STATE_FILTERS[:-1], "base": "/cpo", "now": work.now}
    return page("cpo/locations/index.html", found=found, asked=asked, **shown)


@bp.get("/locations/map", endpoint="locations_map")
def map_of_locations() -> Any:
    """B24: where they lie."""
    return map_page("layouts/cpo.html", "/cpo", location_filter(request.args))


@bp.get("/locations.csv", endpoint="locations_csv")
def locations_as_csv() -> Any:
    """The same list as a file."""
    return sheet_or_question("cpo", "locations")


@bp.get("/locations/new")
def location_new() -> Any:
    """An empty form."""
    work = current_work()
    work.require(Permission.NETWORK_EDIT)
    form = _with_partners(LocationForm(formdata=None, data=_defaults()))
    return page("cpo/locations/edit.html", form=form, row=None)


@bp.post("/locations/new", endpoint="location_create")
def location_new_post() -> Any:
    """Create a site."""
    current_work().require(Permission.NETWORK_EDIT)
    form = _with_partners(LocationForm())
    if not form.validate():
        return page("cpo/locations/edit.html", form=form, row=None, status=422)
    try:
        row = create_location(current_work(), form.to_input())
    except Invalid as refusal:
        return page("cpo/locations/edit.html", form=form.refuse(refusal), row=None, status=422)
    return go("cpo.location", code=row.code, note="location-created")


@bp.get("/locations/<string:code>")
def location(code: str) -> Any:
    """One site with its charge points."""
    work = current_work()
    row = location_by_code(work, code)
    return page("cpo/locations/show.html", **site_context(work, row), base="/cpo")


@bp.get("/locations/<string:code>/edit", endpoint="location_edit")
def location_form(code: str) -> Any:
    """The form with a site's data."""
    row = _to_change(code)
    return page("cpo/locations/edit.html", form=_with_partners(LocationForm(formdata=None, data=LocationForm.values_of(row))), row=row)


@bp.post("/locations/<string:code>/edit", endpoint="location_save")
def location_form_post(code: str) -> Any:
    """Change a site's data."""
    row = _to_change(code)
    form = _with_partners(LocationForm())
    if not form.validate():
        return page("cpo/locations/edit.html", form=form, row=row, status=422)
    try:
        edit_location(current_work(), code, form.to_input())
    except (Invalid, Conflict) as refusal:
        return page("cpo/locations/edit.html", form=form.refuse(refusal), row=row, status=422)
    return go("cpo.location", code=code, note="location-saved")


def _to_change(code: str) -> LocationRow:
    """A site that the actor may change."""
    row = location_by_code(current_work(), code)
    current_work().require(Permission.NETWORK_EDIT, partner_id=row.partner_id, location_id=row.location_id)
    return row


def _with_partners(form: LocationForm) -> LocationForm:
    account = current_account()
    found = partners(current_work(), PartnerFilter(), limit=MOST_CHOICES)
    own = account.name if account else _("Operator")
    form.offer_partners(None if found.after else [("", own), *((r.code, r.name) for r in found.rows if r.kind != "sub_operator")])
    return form


def _defaults() -> dict[str, Any]:
    known = operator_defaults(current_work())
    return {"country": known.get("country", ""), "time_zone": known.get("time_zone", ""), "hours": "24/7", "public": True}
