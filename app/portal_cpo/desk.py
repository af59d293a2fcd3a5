"""B54, B55: the desk. One field finds what a caller reads out, one screen explains it. Nothing here changes a setting."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for

from app.access.permissions import Permission
from app.domain.contracts.switches import package_of
from app.domain.network.counting import state_counts
from app.domain.network.labels import spoken_label
from app.domain.network.listing import StationFilter, stations
from app.domain.network.urgent import urgent_faults
from app.domain.people.queries import contacts
from app.domain.sessions.listing import SessionFilter, sessions
from app.domain.sessions.queries import live_rows
from app.portal_cpo import bp
from app.web.network_pages import caller_prices, help_commands, station_context
from app.web.pages import page
from app.web.search import find_all
from app.web.signin import current_work


@bp.get("/desk")
def desk() -> Any:
    """One field; what was read out whole leads straight to its screen."""
    work = current_work()
    work.require(Permission.DESK_USE)
    typed = request.args.get("q", "").strip()
    lines = stations(work, StationFilter(text=typed), limit=20).rows if len(typed) >= 2 else []
    if len(lines) == 1 and spoken_label(typed) is not None:
        return redirect(url_for("cpo.desk_station", label=lines[0].station.label), 303)
    found = find_all(work, typed) if typed else None
    shown = {"urgent": urgent_faults(work) if not typed else [], "counts": state_counts(work), "base": "/cpo", "now": work.now}
    return page("cpo/desk/index.html", typed=typed, lines=lines, found=found, **shown)


@bp.get("/desk/<string:label>")
def desk_station(label: str) -> Any:
    """Everything to answer a caller's question, nothing to alter."""
    work = current_work()
    work.require(Permission.DESK_USE)
    context = station_context(work, label)
    station = context["station"]
    if evses := context["evses"] if work.can(Permission.TARIFF_VIEW, partner_id=station.partner_id) else []:
        typed = {name: request.args.get(name, "").strip()[:36] for name in ("kind", "card")}
        context |= caller_prices(work, station, evses, **typed)
    running = sessions(work, SessionFilter(view="running", station=station.label), limit=16).rows
    return page(
        "cpo/desk/show.html",
        **context,
        running=live_rows(work.session, [r.id for r in running], at=work.now),
        package=package_of(work, station.partner_id) if station.partner_id else None,
        people=contacts(work, station.partner_id) if station.partner_id else {},
        help=help_commands(work, station),
        base="/cpo",
    )
