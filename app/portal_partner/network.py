"""P2 (B22, B23, B25, B26, B27 inside the partner's scope): own sites and charge points, commands as the contract grants them."""

from __future__ import annotations

from typing import Any

from flask import request

from app.access.permissions import Permission
from app.domain.contracts.moves import Moves, moves_ahead
from app.domain.network.counting import state_counts
from app.domain.network.listing import STATE_FILTERS, LocationFilter, StationFilter, location_by_code, locations, stations
from app.domain.network.photos import photo_of
from app.domain.sessions.at_site import site_prices
from app.portal_partner import bp
from app.web import command_pages
from app.web.exports import sheet_or_question
from app.web.location_map import map_page
from app.web.network_pages import lines_context, site_context, station_context
from app.web.pages import fragment, page
from app.web.photo_pages import photo_answer
from app.web.signin import current_account, current_work


def _base() -> str:
    account = current_account()
    return f"/partner/{account.code}" if account else ""


@bp.get("/locations", endpoint="locations")
def locations_list() -> Any:
    """The partner's sites."""
    work = current_work()
    asked = LocationFilter(text=request.args.get("q", "").strip(), state=request.args.get("state", ""))
    found = locations(work, asked, request.args.get("after"))
    shown = {"prices": site_prices(work, found.rows), "states": STATE_FILTERS[:-1], "base": _base(), "now": work.now}
    return page("partner/locations/index.html", found=found, asked=asked, **shown)


@bp.get("/locations/map", endpoint="locations_map")
def map_of_locations() -> Any:
    """B24 for the partner's sites."""
    account = current_account()
    current_work().require(Permission.NETWORK_VIEW, partner_id=account.partner_id if account else None)
    return map_page("layouts/partner.html", _base(), LocationFilter(text=request.args.get("q", "").strip()))


@bp.get("/locations/<string:code>", endpoint="location")
def location(code: str) -> Any:
    """One site with its charge points."""
    work = current_work()
    row = location_by_code(work, code)
    return page("partner/locations/show.html", **site_context(work, row), base=_base())


@bp.get("/locations/<string:code>/photo.jpg")
def location_photo_file(code: str) -> Any:
    """Its photo."""
    work = current_work()
    return photo_answer(photo_of(work, location_by_code(work, code).location_id))


@bp.get("/charge-points")
def charge_points() -> Any:
    """The partner's charge points."""
    work = current_work()
    asked = StationFilter(text=request.args.get("q", "").strip(), state=request.args.get("state", ""))
    found = stations(work, asked, request.args.get("after"))
    shown = {"counts": state_counts(work), "moves": moves_of_account(), "base": _base()}
    return page("partner/charge_points/index.html", found=found, asked=asked, **lines_context(work, found.rows), **shown)


@bp.get("/charge-points.csv", endpoint="charge_points_csv")
def charge_points_as_csv() -> Any:
    """The same list as a file, a line per connector."""
    return sheet_or_question("partner", "charge-points")


def moves_of_account() -> list[Moves]:
    """Charge points that come to the account of the address, or leave it."""
    account = current_account()
    return moves_ahead(current_work(), account.partner_id) if account is not None and account.partner_id is not None else []


@bp.get("/charge-points/tiles", endpoint="charge_points_tiles")
def tiles() -> Any:
    """Connectors by state, read anew when one changed."""
    return fragment("shared/network/_state_tiles.html", counts=state_counts(current_work()), tiles_url=f"{_base()}/charge-points/tiles")


@bp.get("/charge-points/<string:label>")
def charge_point(label: str) -> Any:
    """Is it working, who is on it, what does it cost."""
    return page("partner/charge_points/show.html", **station_context(current_work(), label), base=_base())


@bp.get("/charge-points/<string:label>/commands")
def commands(label: str) -> Any:
    """What the contract lets the partner ask of it, and what was asked."""
    return command_pages.commands_page("partner", _base(), label)


@bp.get("/charge-points/<string:label>/commands/<string:action>")
def command(label: str, action: str) -> Any:
    """Asks before something that others will feel."""
    return command_pages.command_question("partner", _base(), label, action)


@bp.post("/charge-points/<string:label>/commands/<string:action>")
def command_send(label: str, action: str) -> Any:
    """Send it."""
    return command_pages.command_wanted("partner", _base(), label, action)
