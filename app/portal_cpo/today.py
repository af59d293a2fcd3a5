"""Today: what needs a person now, what runs, how yesterday and the month went (B1)."""

from __future__ import annotations

from typing import Any

from flask import redirect, url_for

from app.access.permissions import Permission
from app.domain.network.listing import state_counts
from app.domain.sessions.today import Need, figures, needs
from app.portal_cpo import bp
from app.web.navigation import page_exists
from app.web.pages import fragment, page
from app.web.signin import current_work

#: where each kind of need is looked after
_PLACES = {
    "faulted": "/cpo/charge-points?state=Faulted",
    "offline": "/cpo/charge-points?state=Offline",
    "refunds": "/cpo/refunds",
    "held": "/cpo/sessions?view=held",
    "unassigned": "/cpo/charge-points",
    "knocking": "/cpo/charge-points/unknown",
    "terms": "/cpo/contracts?state=waiting",
    "accounts": "/cpo/partners?money=check",
    "ending": "/cpo/contracts?ending=60",
    "quiet": "/cpo/locations",
}


@bp.get("/")
def today() -> Any:
    """The first page."""
    work = current_work()
    counts = state_counts(work) if work.can(Permission.NETWORK_VIEW) else {}
    return page("cpo/today/index.html", counts=counts, shown=figures(work), needs=_placed(needs(work, counts)), now=work.now)


@bp.get("/today")
def today_old() -> Any:
    """The page's name, for those who type it."""
    return redirect(url_for("cpo.today"), 308)


@bp.get("/today/figures")
def today_figures() -> Any:
    """The figures read anew, as sessions begin and end."""
    return fragment("cpo/today/_figures.html", shown=figures(current_work()))


@bp.get("/today/needs")
def today_needs() -> Any:
    """The list read anew."""
    return fragment("cpo/today/_needs.html", needs=_placed(needs(current_work())))


@bp.get("/today/states")
def today_states() -> Any:
    """The states read anew."""
    work = current_work()
    work.require(Permission.NETWORK_VIEW)
    return fragment("shared/network/_state_tiles.html", counts=state_counts(work), tiles_url=url_for("cpo.today_states"))


def _placed(found: list[Need]) -> list[tuple[Need, str | None]]:
    """Each need with the page that deals with it, once that page exists."""
    places = [(need, _PLACES.get(need.kind)) for need in found]
    return [(need, place if place and page_exists(place.partition("?")[0]) else None) for need, place in places]
