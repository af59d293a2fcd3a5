"""P1: is my site fine, what do I earn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.access.gate import can_anywhere
from app.access.permissions import Permission
from app.access.roles import Role
from app.domain.contracts.accepting import unaccepted
from app.domain.network.counting import state_counts
from app.domain.network.urgent import account_faults
from app.domain.people.bank import hindrances
from app.domain.people.queries import operator_defaults
from app.domain.sessions.listing import SessionFilter, SessionSums, sums
from app.domain.sessions.occupancy import Occupancy, occupancy
from app.domain.sessions.quiet_sites import quiet_sites
from app.domain.settlement.accruing import month_so_far
from app.domain.tariffs.judging import home_zone
from app.domain.tariffs.queries import tariffs
from app.domain.tariffs.rows import TariffFilter, TariffRow
from app.kernel.periods import Month, Span, local_date, month_span
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
class Part:
    """What an account gets of the month so far, net, in minor units.

    ``kind``: ``own``; ``between``: what stays with a sub-operator, as its running month has it (the forecast less expenses);
    ``partner``: of a partner in the care of who looks.
    """

    kind: str
    currency: str
    so_far_minor: int
    #: of the whole month before; None: unknown
    before_minor: int | None
    #: of the whole month if it goes on like this; None when it has just begun
    forecast_minor: int | None
    #: of ``so_far_minor`` what comes from months before
    earlier_minor: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """Today and the month so far, by the operator's clock; sums for those who may see sessions, a sub-operator's of all its partners."""

    month: Month
    today: SessionSums | None
    so_far: SessionSums | None
    #: the whole month before
    before: SessionSums | None
    amounts: bool
    part: Part | None = None
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
    part = _part(work, so_far, before, span) if amounts else None
    return Figures(month, now, so_far, before, amounts, part, occupancy(work, span, zone))


def _part(work: Work, so_far: SessionSums, before: SessionSums, span: Span) -> Part | None:
    """What the account gets; what a sub-operator passes on to its partners is none of its own."""
    account = current_account()
    if account is not None and work.can(Permission.CARE_VIEW, partner_id=account.partner_id):
        found = month_so_far(work, account.partner_id)
        return Part("between", found.currency, found.accrued_minor, found.before_minor, found.forecast_minor, found.earlier_minor)
    if so_far.currency is None:
        return None
    kind = "partner" if account is not None and account.role == Role.SUB_OPERATOR else "own"
    forecast = stretched(so_far.partner_minor, work.now - span.start, span.end - span.start)
    return Part(kind, so_far.currency, so_far.partner_minor, before.partner_minor if before.currency == so_far.currency else None, forecast)
