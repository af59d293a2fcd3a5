"""Today: what needs a person now, what runs, how yesterday and the month went (B1)."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import redirect, request, url_for

from app.access.permissions import Permission
from app.domain.network.counting import state_counts
from app.domain.people.queries import operator_defaults
from app.domain.today.figures import figures
from app.domain.today.queries import all_needs, looks_after, need, needs, snoozed
from app.domain.today.rows import SHOWS, NeedItem, Needs
from app.kernel.periods import Month, local_date
from app.portal_cpo import bp
from app.web.pages import fragment, page
from app.web.signin import current_work

#: so many of a kind are named on the first page; all of them have a page
SHOWN = 5
#: the page on which a thing of each kind is looked after
_PLACES = {
    "late": "/cpo/charge-points/{}",
    "faulted": "/cpo/charge-points/{}",
    "offline": "/cpo/charge-points/{}",
    "held": "/cpo/sessions/{}",
    "payments": "/cpo/sessions/{}",
    "refunds": "/cpo/refunds/{}",
    "top_ups": "/cpo/drivers/{}",
    "terms": "/cpo/contracts/{}",
    "handovers": "/cpo/partners/{}/hand-over",
    "accounts": "/cpo/partners/{}/bank",
    "orders": "/cpo/change-orders/{}",
    "orphans": "/cpo/charge-points/{}/messages",
    "unassigned": "/cpo/charge-points/{}",
    "knocking": "/cpo/charge-points/unknown",
    "mails": "/cpo/mail/{}",
    "jobs": "/cpo/jobs",
    "ending": "/cpo/contracts/{}",
    "managers": "/cpo/partners/{}",
    "quiet": "/cpo/locations/{}",
}


@bp.get("/")
def today() -> Any:
    """The first page."""
    work = current_work()
    counts = state_counts(work) if work.can(Permission.NETWORK_VIEW) else {}
    return page("cpo/today/index.html", counts=counts, shown=figures(work), **_needs_context())


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
    return fragment("cpo/today/_needs.html", **_needs_context())


@bp.get("/today/news")
def today_news() -> Any:
    """What has come since the list was read (``had``), or that it has changed otherwise."""
    now = needs(current_work(), shown_as() or "all")
    had, _, digest = request.args.get("had", "").partition("~")
    before = {kind: int(count) for kind, _, count in (one.partition(".") for one in had.split("-")) if count.isdecimal()}
    arrived = sum(max(0, one.number - before.get(one.kind, 0)) for one in now.found)
    is_other = digest != _digest(now)
    return fragment("cpo/today/_news.html", had=request.args.get("had", ""), arrived=arrived, is_other=is_other and not arrived,
                    show=shown_as())  # fmt: skip


@bp.get("/today/states")
def today_states() -> Any:
    """The states read anew."""
    work = current_work()
    work.require(Permission.NETWORK_VIEW)
    return fragment("shared/network/_state_tiles.html", counts=state_counts(work), tiles_url=url_for("cpo.today_states"))


@bp.get("/today/kinds/<kind>")
def today_kind(kind: str) -> Any:
    """Everything of one kind."""
    return page("cpo/today/kind.html", n=need(current_work(), kind, shown_as() or "all"), show=shown_as(), **_words())


@bp.get("/today/snoozed")
def today_snoozed() -> Any:
    """What is left alone, and until when."""
    return page("cpo/today/snoozed.html", rows=snoozed(current_work()), **_words())


def place_of(item: NeedItem) -> str:
    """The address of the page on which it is looked after."""
    return _PLACES[item.kind].format(item.code)


def shown_as() -> str | None:
    """Which part of the list the address asks for; None: the whole of it."""
    wanted = request.args.get("show")
    return wanted if wanted in SHOWS[1:] else None


def _needs_context() -> dict[str, Any]:
    work, show = current_work(), shown_as()
    each = all_needs(work)
    found = each[show or "all"]
    counts = "-".join(f"{one.kind}.{one.number}" for one in found.found)
    told = {"needs": found, "each": each, "show": show, "most": SHOWN, "had": f"{counts}~{_digest(found)}"}
    return told | {"has_partners": show != "mine" or looks_after(work), **_words()}


def _words() -> dict[str, Any]:
    work = current_work()
    zone = operator_defaults(work)["time_zone"]
    return {"place_of": place_of, "zone": zone, "now": work.now, "next_drafts": Month.of(local_date(work.now, zone)).plus(1).first}


def _digest(found: Needs) -> str:
    """Changes with the list: which things, and who has them."""
    said = [(one.kind, item.key, item.taken_name or "") for one in found.found for item in one.items]
    return hashlib.sha256(repr((said, found.snoozed)).encode()).hexdigest()[:12]
