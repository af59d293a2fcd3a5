"""B25, B26, B30: charge points, one charge point, its raw talk; registering, more EVSEs, keys, retiring."""

from __future__ import annotations

import secrets
from typing import Any

from flask import request

from app.access.permissions import Permission
from app.documents.sheets.network import station_filter
from app.domain.network.actions import add_evses, register_station, retire, rotate_key
from app.domain.network.clocks import judge_clock
from app.domain.network.counting import state_counts
from app.domain.network.history import frames, knocks
from app.domain.network.listing import STATE_FILTERS, location_choices, stations
from app.domain.network.queries import evses_of, station_by_label
from app.domain.network.readout import readout
from app.domain.network.security import require_tls
from app.domain.network.terminals import note_terminal
from app.kernel.errors import Conflict, Invalid, NotFound
from app.portal_cpo import bp
from app.portal_cpo.forms.charge_points import EvsesForm, StationForm
from app.web.exports import sheet_or_question
from app.web.fields import MOST_CHOICES
from app.web.forms import BareForm
from app.web.network_pages import lines_context, station_context
from app.web.pages import fragment, go, page
from app.web.signin import current_work, settings


@bp.get("/charge-points")
def charge_points() -> Any:
    """The fleet at a glance."""
    work, asked = current_work(), station_filter(request.args)
    found = stations(work, asked, request.args.get("after"))
    shown = {"asked": asked, "states": STATE_FILTERS, "counts": state_counts(work), "base": "/cpo"}
    return page("cpo/charge_points/index.html", found=found, **lines_context(work, found.rows), **shown)


@bp.get("/charge-points/tiles", endpoint="charge_points_tiles")
def tiles() -> Any:
    """Connectors by state, read anew when one changed."""
    return fragment("shared/network/_state_tiles.html", counts=state_counts(current_work()), tiles_url="/cpo/charge-points/tiles")


@bp.get("/charge-points.csv", endpoint="charge_points_csv")
def charge_points_as_csv() -> Any:
    """The same list as a file, a line per connector."""
    return sheet_or_question("cpo", "charge-points")


@bp.get("/charge-points/unknown", endpoint="unknown_charge_points")
def unknown() -> Any:
    """Who tried to connect and is not ours."""
    return page("cpo/charge_points/unknown.html", rows=knocks(current_work()), now=current_work().now)


@bp.get("/charge-points/new", endpoint="charge_point_new")
def new() -> Any:
    """An empty form."""
    current_work().require(Permission.NETWORK_EDIT)
    given = {"location_code": request.args.get("location", ""), "identity": request.args.get("identity", "")}
    return page("cpo/charge_points/new.html", form=_with_locations(StationForm(formdata=None, data=given)))


@bp.post("/charge-points/new", endpoint="charge_point_register")
def new_post() -> Any:
    """Register a charge point; the answer is the only page that ever shows its password."""
    current_work().require(Permission.NETWORK_EDIT)
    form = _with_locations(StationForm())
    if not form.validate():
        return page("cpo/charge_points/new.html", form=form, status=422)
    try:
        row, password = register_station(current_work(), form.to_input(), secret_key=settings().secret_key)
    except Invalid as refusal:
        return page("cpo/charge_points/new.html", form=form.refuse(refusal), status=422)
    except NotFound:
        unknown_site = Invalid("unknown_key", field="location_code", value=form.location_code.data)
        return page("cpo/charge_points/new.html", form=form.refuse(unknown_site), status=422)
    return _secret_page(row, password, is_new=True)


@bp.get("/charge-points/<string:label>")
def charge_point(label: str) -> Any:
    """Is it working, who is on it, what does it cost."""
    return page("cpo/charge_points/show.html", **station_context(current_work(), label), base="/cpo")


@bp.get("/charge-points/<string:label>/evses", endpoint="charge_point_evses")
def evses(label: str) -> Any:
    """A form for more EVSEs."""
    station = _to_change(label)
    present = evses_of(current_work(), station)
    return page("cpo/charge_points/evses.html", station=station, present=present, form=EvsesForm(formdata=None))


@bp.post("/charge-points/<string:label>/evses", endpoint="charge_point_evses_add")
def evses_post(label: str) -> Any:
    """Add EVSEs."""
    form = EvsesForm()
    try:
        if form.validate():
            add_evses(current_work(), label, form.wanted())
            return go("cpo.charge_point", label=label.upper(), note="evses-added")
    except Invalid as refusal:
        form.refuse(refusal)
    station = station_by_label(current_work(), label)
    return page("cpo/charge_points/evses.html", station=station, present=evses_of(current_work(), station), form=form, status=422)


@bp.post("/charge-points/<string:label>/evses/<int:number>/clock", endpoint="charge_point_clock")
def clock(label: str, number: int) -> Any:
    """The clock of an EVSE is approved for billing, or no longer."""
    judge_clock(current_work(), label, number, approved=request.form.get("approved") == "yes")
    return go("cpo.charge_point_evses", label=label.upper(), note="clock-judged")


@bp.post("/charge-points/<string:label>/terminal", endpoint="charge_point_terminal")
def terminal(label: str) -> Any:
    """Whether it has a card terminal."""
    _to_change(label)
    note_terminal(current_work(), label, request.form.get("card_terminal", ""))
    return go("cpo.charge_point_evses", label=label.upper(), note="terminal-noted")


@bp.get("/charge-points/<string:label>/key", endpoint="charge_point_key")
def key(label: str) -> Any:
    """Asks before a new password is made."""
    return page("cpo/charge_points/ask.html", station=_to_change(label), act="key", form=BareForm(formdata=None))


@bp.post("/charge-points/<string:label>/key", endpoint="charge_point_key_make")
def key_post(label: str) -> Any:
    """Make a new password; the answer is the only page that ever shows it."""
    form = BareForm()
    if not form.validate():
        return page("cpo/charge_points/ask.html", station=_to_change(label), act="key", form=form, status=422)
    password = rotate_key(current_work(), label, secret_key=settings().secret_key)
    return _secret_page(station_by_label(current_work(), label), password, is_new=False)


@bp.get("/charge-points/<string:label>/retire", endpoint="charge_point_retire")
def retirement(label: str) -> Any:
    """Asks before a charge point goes for good."""
    return page("cpo/charge_points/ask.html", station=_to_change(label), act="retire", form=BareForm(formdata=None))


@bp.post("/charge-points/<string:label>/retire", endpoint="charge_point_retire_do")
def retirement_post(label: str) -> Any:
    """Take it out of use."""
    form = BareForm()
    try:
        if form.validate():
            retire(current_work(), label)
            return go("cpo.charge_point", label=label.upper(), note="station-retired")
    except Conflict as refusal:
        form.refuse(refusal)
    return page("cpo/charge_points/ask.html", station=_to_change(label), act="retire", form=form, status=422)


@bp.get("/charge-points/<string:label>/configuration", endpoint="charge_point_configuration")
def configuration(label: str) -> Any:
    """What it is set to, as it told last."""
    station, wanted = _to_change(label), request.args.get("q", "").strip()
    found = readout(current_work(), station)
    rows = [row for row in found.rows if wanted.lower() in f"{row.component} {row.name}".lower()] if found else []
    key = secrets.token_hex(16)
    return page("cpo/charge_points/configuration.html", station=station, found=found, rows=rows, wanted=wanted, one_time_key=key)


@bp.get("/charge-points/<string:label>/tls", endpoint="charge_point_tls")
def tls(label: str) -> Any:
    """Asks before a charge point has to use TLS."""
    return page("cpo/charge_points/ask.html", station=_to_change(label), act="tls", form=BareForm(formdata=None))


@bp.post("/charge-points/<string:label>/tls", endpoint="charge_point_tls_do")
def tls_post(label: str) -> Any:
    """Let it in over TLS only."""
    station, form = _to_change(label), BareForm()
    try:
        if form.validate():
            require_tls(current_work(), label, ends_tls=bool(settings().ocpp_proxies))
            return go("cpo.charge_point", label=label.upper(), note="tls-required")
    except Conflict as refusal:
        form.refuse(refusal)
    return page("cpo/charge_points/ask.html", station=station, act="tls", form=form, status=422)


@bp.get("/charge-points/<string:label>/messages", endpoint="charge_point_messages")
def messages(label: str) -> Any:
    """The raw talk with the charge point."""
    station = station_by_label(current_work(), label)
    action = request.args.get("action", "").strip()
    found = frames(current_work(), station, action=action, cursor=request.args.get("after"))
    return page("cpo/charge_points/messages.html", station=station, found=found, action=action)


def _with_locations(form: StationForm) -> StationForm:
    form.offer_locations(location_choices(current_work(), MOST_CHOICES))
    return form


def _to_change(label: str) -> Any:
    station = station_by_label(current_work(), label)
    current_work().require(Permission.NETWORK_EDIT, partner_id=station.partner_id, location_id=station.location_id)
    return station


def _secret_page(row: Any, password: str, *, is_new: bool) -> Any:
    address = f"{settings().ocpp_public_url}/{row.identity}"
    answer = page("cpo/charge_points/secret.html", station=row, password=password, address=address, is_new=is_new)
    answer.headers["Cache-Control"] = "no-store"
    return answer
