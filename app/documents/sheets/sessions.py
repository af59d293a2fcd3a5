"""Sessions as a file: what the list shows, for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from app.access.permissions import Permission
from app.documents.sheets.sheet import Sheet, Wanted
from app.domain.sessions.listing import CHANNELS, VIEWS, SessionFilter, SessionRow, sessions
from app.money.amount import decimals, to_text
from app.work.unit import Work

_HEAD = (
    "session", "started_at", "ended_at", "location", "evse", "channel", "partner", "energy_kwh", "seconds", "idle_seconds", "currency",
    "gross", "net", "partner_share", "state", "money", "flags",
)  # fmt: skip


def session_filter(given: Wanted) -> SessionFilter:
    """The filter of an address."""
    view, channel = given.get("view", ""), given.get("channel", "")
    return SessionFilter(
        view=view if view in VIEWS else "",
        text=given.get("q", "").strip()[:80],
        location=given.get("location", ""),
        partner=given.get("partner", ""),
        channel=channel if channel in CHANNELS else "",
        first=_day(given.get("first", "")),
        last=_day(given.get("last", "")),
    )


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


def _line(work: Work, row: SessionRow) -> Iterable[list[Any]]:
    """Amounts as decimal strings, empty where they may not be seen."""
    places = decimals(row.currency)
    amounts = [None if each is None else to_text(each, places) for each in (row.gross_minor, row.net_minor, row.partner_minor)]
    begin = [row.code, row.started_at, row.ended_at, row.location_name, row.evse_label, row.channel, row.partner_name]
    use = [to_text(row.energy_wh, 3), row.lasted_s(work.now), row.idle_s, row.currency]
    yield [*begin, *use, *amounts, row.state, row.money_state, " ".join(row.flags)]


SESSIONS = Sheet(
    "sessions",
    Permission.SESSION_VIEW,
    _HEAD,
    ("view", "q", "location", "partner", "channel", "first", "last"),
    lambda work, wanted, cursor, limit: sessions(work, session_filter(wanted), cursor, limit),
    _line,
)
