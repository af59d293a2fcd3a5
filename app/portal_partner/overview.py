"""P1: is my site fine, what do I earn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.access.gate import can_anywhere
from app.access.permissions import Permission
from app.domain.contracts.accepting import unaccepted
from app.domain.network.counting import state_counts
from app.domain.network.urgent import account_faults
from app.domain.people.bank import hindrances
from app.domain.people.queries import operator_defaults
from app.domain.sessions.listing import SessionFilter, SessionSums, sums
from app.domain.sessions.occupancy import Occupancy, occupancy
from app.domain.sessions.quiet_sites import quiet_sites
from app.domain.tariffs.judging import home_zone
from app.domain.tariffs.queries import tariffs
from app.domain.tariffs.rows import TariffFilter, TariffRow
from app.kernel.periods import Month, local_date, month_span
from app.money.forecast import stretched
from app.portal_partner import bp
from app.portal_partner.network import moves_of_account
from app.web.pages import fragment, page
from app.web.signin import current_account, current_work
from app.work.unit import Work

#: states of connectors that ask for somebody, the most urgent first
_TASKS = ("Faulted", "Offline", "Unavailable", "New")
#: so many sites without a session are named
_QUIET = 10
#: so many charge points out of order are named
_FAULTS = 5
#: so many price changes are named; all of them are on the page of prices
_COMING = 5


@dataclass(frozen=True, slots=True)
class Figures:
    """Today and the month so far, by the operator's clock; sums only for those who may see sessions."""

    month: Month
    today: SessionSums | None
    so_far: SessionSums | None
    #: the whole month before
    before: SessionSums | None
    amounts: bool
    #: the account's part of the whole month if it goes on like this; None when it has just begun
    forecast_minor: int | None = None
    occupancy: Occupancy | None = None


@bp.get("/", endpoint="overview")
def overview() -> Any:
    """The first page of a partner."""
    work, account = current_work(), current_account()
    zone = home_zone(work, account.partner_id if account else None)
    todo = _todo(work, account.partner_id) if account and account.partner_id else {}
    return page("partner/overview/index.html", coming=_coming(work), moves=moves_of_account(), zone=zone, **todo, **_context(work))


def _todo(work: Work, partner_id: UUID) -> dict[str, Any]:
    """What waits for the person who looks: contracts to accept, and why no money can flow."""
    accepts, banks = (work.can(right, partner_id=partner_id) for right in (Permission.CONTRACT_ACCEPT, Permission.BANK_EDIT))
    return {
        "to_accept": unaccepted(work, partner_id) if accepts else [],
        "hindrance": hindrances(work.session, [partner_id], work.now)[partner_id] if banks else None,
    }


@bp.get("/overview/tiles", endpoint="overview_tiles")
def overview_tiles() -> Any:
    """The moving part of it, read anew when something happened."""
    return fragment("partner/overview/_tiles.html", **_context(current_work()))


def _coming(work: Work) -> list[TariffRow]:
    """Price sheets in use here that get new prices, the next one first; for those who may read prices."""
    if not can_anywhere(work.actor, Permission.TARIFF_VIEW):
        return []
    found = tariffs(work, TariffFilter(use="used", planned=True), limit=_COMING).rows
    return sorted(found, key=lambda row: row.next.valid_from if row.next else work.now)


def _context(work: Work) -> dict[str, Any]:
    account = current_account()
    counts = state_counts(work) if can_anywhere(work.actor, Permission.NETWORK_VIEW) else {}
    return {
        "counts": counts,
        "faults": account_faults(work, _FAULTS) if counts.get("Faulted") else [],
        "tasks": [(name, counts[name]) for name in _TASKS if counts.get(name)],
        "quiet": _quiet(work, account.partner_id) if account else [],
        "figures": _figures(work),
        "base": f"/partner/{account.code}" if account else "",
        "now": work.now,
    }


def _quiet(work: Work, partner_id: UUID | None) -> list[tuple[str, str]]:
    """Code and name of the account's sites where nothing began for some days."""
    if partner_id is None or not work.can(Permission.SESSION_VIEW, partner_id=partner_id):
        return []
    return quiet_sites(work, partner_id, _QUIET)


def _figures(work: Work) -> Figures:
    zone = operator_defaults(work)["time_zone"]
    today = local_date(work.now, zone)
    month = Month.of(today)
    if not can_anywhere(work.actor, Permission.SESSION_VIEW):
        return Figures(month, None, None, None, amounts=False)
    amounts, last, span = can_anywhere(work.actor, Permission.SESSION_AMOUNTS), month.plus(-1), month_span(month, zone)
    now = sums(work, SessionFilter(first=today))
    so_far, before = (sums(work, SessionFilter(first=one.first, last=one.last)) for one in (month, last))
    forecast = stretched(so_far.partner_minor, work.now - span.start, span.end - span.start)
    return Figures(month, now, so_far, before, amounts, forecast, occupancy(work, span, zone))
