"""Sessions as the lines of a file: what the list shows, for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from app.access.permissions import Permission
from app.domain.sessions.listing import SessionFilter, SessionRow
from app.money.amount import decimals, to_text
from app.work.unit import Work

#: the most lines of one file, however it is made
MOST = 200_000
HEAD = (
    "session", "started_at", "ended_at", "location", "evse", "channel", "partner", "energy_kwh", "seconds", "idle_seconds", "currency",
    "gross", "net", "partner_share", "state", "money", "flags",
)  # fmt: skip


def lines(rows: Iterable[SessionRow], now: datetime) -> Iterable[list[Any]]:
    """One line per session, in the order of ``HEAD``; amounts as decimal strings, empty where they may not be seen."""
    for row in rows:
        places = decimals(row.currency)
        amounts = [None if each is None else to_text(each, places) for each in (row.gross_minor, row.net_minor, row.partner_minor)]
        begin = [row.code, row.started_at, row.ended_at, row.location_name, row.evse_label, row.channel, row.partner_name]
        use = [to_text(row.energy_wh, 3), row.lasted_s(now), row.idle_s, row.currency]
        yield [*begin, *use, *amounts, row.state, row.money_state, " ".join(row.flags)]


def ask_for_sheet(
    work: Work, wanted: SessionFilter, *, one_time_key: str, partner_id: UUID | None = None, partner: str | None = None
) -> UUID:
    """Have the file of a filter made by a job, which sees what the asking person sees. The same key is the same job.

    ``partner_id`` and ``partner`` (its code): asked for in that account; otherwise as staff.
    """
    work.require(Permission.SESSION_VIEW, partner_id=partner_id)
    key = f"sheet:{work.actor.id}:{one_time_key}"
    return work.later("exports.sessions", key=key, partner_id=partner_id, wanted=asdict(wanted), by=work.actor.id, partner=partner)


def read_filter(kept: dict[str, Any]) -> SessionFilter:
    """The filter as a job's argument has it."""
    days = {name: date.fromisoformat(kept[name]) if kept[name] else None for name in ("first", "last")}
    return SessionFilter(**(kept | days))
