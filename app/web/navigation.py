"""The rail of both portals. An entry shows when its page exists and the person holds one of its rights; a group of one is that entry.

Entries are known by their path, so a topic that is not built yet is simply absent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from flask import current_app, request

from app.access import gate
from app.access.permissions import Permission as P
from app.kernel.errors import NotAllowed
from app.text.words import lazy as _l
from app.web.signin import current_account, current_work


@dataclass(frozen=True)
class Entry:
    """One line of the rail. ``path`` is relative to the portal; no rights: for everybody in the portal."""

    word: Any
    icon: str
    path: str
    rights: tuple[P, ...] = ()


@dataclass(frozen=True)
class Group:
    """Lines under one heading."""

    word: Any
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Shown:
    """A line as the layout draws it."""

    word: str
    icon: str
    url: str
    is_here: bool
    #: after ``g`` it leads here (ux 3.9); empty: no key does
    key: str = ""


@dataclass
class ShownGroup:
    """A group as the layout draws it; a nameless one has no heading."""

    word: str
    entries: list[Shown] = field(default_factory=list)


CPO = (
    Group("", (Entry(_l("Today"), "dashboard", ""), Entry(_l("Desk"), "headset", "desk", (P.DESK_USE,)))),
    Group(
        _l("Partners"),
        (
            Entry(_l("Partners"), "building-store", "partners", (P.PARTNER_VIEW,)),
            Entry(_l("Sub-operators"), "users", "sub-operators", (P.FEATURE_VIEW,)),
            Entry(_l("Service packages"), "star", "packages", (P.FEATURE_VIEW,)),
            Entry(_l("Contracts"), "file-description", "contracts", (P.CONTRACT_VIEW,)),
            Entry(_l("Change orders"), "replace", "change-orders", (P.ORDER_VIEW,)),
        ),
    ),
    Group(
        _l("Network"),
        (
            Entry(_l("Locations"), "map-pin", "locations", (P.NETWORK_VIEW,)),
            Entry(_l("Map"), "map", "map", (P.NETWORK_VIEW,)),
            Entry(_l("Charge points"), "charging-pile", "charge-points", (P.NETWORK_VIEW,)),
            Entry(_l("Commissioning"), "tool", "commissioning", (P.NETWORK_EDIT,)),
        ),
    ),
    Group(
        _l("Prices"),
        (
            Entry(_l("Tariffs"), "tag", "tariffs", (P.TARIFF_VIEW,)),
            Entry(_l("Tariff groups"), "tags", "tariff-groups", (P.TARIFF_VIEW,)),
            Entry(_l("Exchange prices"), "chart-line", "day-ahead", (P.TARIFF_VIEW,)),
            Entry(_l("Electricity rates"), "bolt", "electricity-rates", (P.ELECTRICITY_VIEW,)),
            Entry(_l("Plans"), "star", "plans", (P.TARIFF_VIEW,)),
        ),
    ),
    Group(
        _l("Charging & drivers"),
        (
            Entry(_l("Sessions"), "bolt", "sessions", (P.SESSION_VIEW,)),
            Entry(_l("Held & unassigned"), "player-pause", "held", (P.SESSION_VIEW,)),
            Entry(_l("Drivers"), "user-circle", "drivers", (P.DRIVER_VIEW,)),
        ),
    ),
    Group(
        _l("Money"),
        (
            Entry(_l("Settlement"), "report-money", "settlement", (P.SETTLEMENT_VIEW,)),
            Entry(_l("Disputes"), "flag", "disputes", (P.SETTLEMENT_VIEW,)),
            Entry(_l("Payouts"), "cash", "payouts", (P.SETTLEMENT_VIEW,)),
            Entry(_l("Documents"), "file-invoice", "documents", (P.DOCUMENT_VIEW,)),
            Entry(_l("Ledger"), "book", "ledger", (P.SETTLEMENT_VIEW,)),
        ),
    ),
    Group(
        _l("Control"),
        (
            Entry(_l("Time machine"), "history", "time-machine", (P.PARTNER_VIEW,)),
            Entry(_l("Audit log"), "list-details", "audit", (P.AUDIT_VIEW,)),
            Entry(_l("Staff & roles"), "id", "staff", (P.STAFF_EDIT,)),
            Entry(_l("Access keys"), "key", "api-keys", (P.API_KEY_EDIT,)),
            Entry(_l("Outgoing mail"), "mail", "mail", (P.MAIL_VIEW,)),
            Entry(_l("Settings"), "settings", "settings", (P.STAFF_EDIT,)),
            Entry(_l("Jobs & downloads"), "download", "jobs"),
        ),
    ),
)

PARTNER = (
    Group(
        "",
        (
            Entry(_l("Overview"), "dashboard", ""),
            Entry(_l("Partners"), "building-store", "partners", (P.CARE_VIEW,)),
            Entry(_l("Locations"), "map-pin", "locations", (P.NETWORK_VIEW,)),
            Entry(_l("Charge points"), "charging-pile", "charge-points", (P.NETWORK_VIEW,)),
            Entry(_l("Sessions"), "bolt", "sessions", (P.SESSION_VIEW,)),
            Entry(_l("Prices"), "tag", "prices", (P.TARIFF_VIEW,)),
            Entry(_l("Tariff groups"), "tags", "tariff-groups", (P.TARIFF_VIEW,)),
        ),
    ),
    Group(
        _l("Money"),
        (
            Entry(_l("Current month"), "chart-line", "current-month", (P.STATEMENT_VIEW,)),
            Entry(_l("Statements"), "report-money", "statements", (P.STATEMENT_VIEW,)),
            Entry(_l("Payouts"), "cash", "payouts", (P.STATEMENT_VIEW,)),
            Entry(_l("Documents"), "file-invoice", "documents", (P.DOCUMENT_VIEW,)),
            Entry(_l("My contract"), "file-description", "contract", (P.CONTRACT_VIEW,)),
            Entry(_l("Electricity rates"), "bolt", "electricity-rates", (P.ELECTRICITY_VIEW,)),
        ),
    ),
    Group(
        _l("Account"),
        (
            Entry(_l("Drivers"), "user-circle", "drivers", (P.DRIVER_VIEW,)),
            Entry(_l("Change requests"), "replace", "change-requests", (P.ORDER_VIEW,)),
            Entry(_l("Team"), "users", "team", (P.USER_VIEW,)),
            Entry(_l("History"), "list-details", "history", (P.PARTNER_VIEW,)),
            Entry(_l("Time machine"), "history", "time-machine", (P.PARTNER_VIEW,)),
            Entry(_l("Settings"), "settings", "settings", (P.PARTNER_VIEW,)),
            Entry(_l("Jobs & downloads"), "download", "jobs"),
        ),
    ),
)


_KEYS = {
    "cpo": {"": "t", "partners": "p", "charge-points": "c", "sessions": "s", "settlement": "m", "desk": "d"},
    "partner": {"": "t", "prices": "p", "charge-points": "c", "sessions": "s", "statements": "m", "drivers": "d"},
}


def rail() -> list[ShownGroup]:
    """The groups for the person and the page asked for."""
    account = current_account()
    if account is None:
        return []
    base, groups = ("/cpo/", CPO) if account.kind == "cpo" else (f"/partner/{account.code}/", PARTNER)
    here = max((e.path for g in groups for e in g.entries if _is_here(base, e.path)), key=len, default=None)
    actor = current_work().actor
    shown = []
    for group in groups:
        lines = [
            Shown(str(e.word), e.icon, base + e.path, e.path == here, _KEYS[account.kind].get(e.path, ""))
            for e in group.entries
            if _exists(base + e.path) and (not e.rights or any(gate.can_anywhere(actor, r) for r in e.rights))
        ]
        if lines:
            shown.append(ShownGroup(str(group.word) if len(lines) > 1 else "", lines))
    return shown


def require_area() -> None:
    """Refuse a list of the rail that is not the person's: no right for anything in it. What lies below is for the domain to answer.

    Called by the portals' guards.
    """
    account = current_account()
    if account is None:
        return
    base, groups = ("/cpo/", CPO) if account.kind == "cpo" else (f"/partner/{account.code}/", PARTNER)
    path = request.path.removeprefix(base).removesuffix(".csv")
    rights = next((e.rights for g in groups for e in g.entries if e.path and e.path == path), ())
    actor = current_work().actor
    if rights and not any(gate.can_anywhere(actor, right) for right in rights):
        raise NotAllowed("not_allowed", permission=rights[0].value)


def _is_here(base: str, path: str) -> bool:
    inside = request.path.removeprefix(base) if request.path.startswith(base) else None
    if inside is None:
        return False
    return inside == path if not path else inside == path or inside.startswith((f"{path}/", f"{path}."))


def page_exists(path: str) -> bool:
    """Is there a page at that path?"""
    return _exists(path)


def _exists(path: str) -> bool:
    return _known(current_app._get_current_object(), path)  # noqa: SLF001 - werkzeug's documented way to the object behind the proxy


@lru_cache(maxsize=4096)
def _known(app: Any, path: str) -> bool:
    return bool(app.url_map.bind("").test(path, "GET"))
