"""The audit log as a file."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import orjson

from app.access.permissions import Permission
from app.db.paging import Page
from app.documents.sheets.sheet import Sheet, Wanted
from app.domain.people.audit_log import LogFilter, LogRow, audit_log
from app.domain.people.queries import operator_defaults
from app.kernel.periods import day_start
from app.work.unit import Work

_HEAD = (
    "at", "act", "who", "kind", "for", "from", "account", "about", "before", "after", "facts", "request", "chain", "way",
)  # fmt: skip


def log_filter(given: Wanted, zone: str) -> LogFilter:
    """The filter of an address, its days in a zone; a day that is none narrows nothing."""
    first, last = _day(given.get("since", "")), _day(given.get("until", ""))
    since = day_start(first, zone) if first else None
    until = day_start(last + timedelta(days=1), zone) if last else None
    return LogFilter(given.get("who", ""), given.get("act", ""), given.get("text", ""), since, until)


def _day(typed: str) -> date | None:
    try:
        found = date.fromisoformat(typed)
    except ValueError:
        return None
    return found if date(2000, 1, 1) <= found < date(2200, 1, 1) else None


def _find(work: Work, wanted: Wanted, cursor: str | None, limit: int) -> Page[LogRow]:
    zone = operator_defaults(work)["time_zone"]
    return audit_log(work, log_filter(wanted, zone), cursor=cursor, limit=limit)


def _line(_work: Work, row: LogRow) -> Iterable[list[Any]]:
    line = row.line
    sides = ({c.name: c.before for c in line.changes}, {c.name: c.after for c in line.changes}, line.facts)
    told = [orjson.dumps(part).decode() if part else "" for part in sides]
    who = [line.at, line.act, line.actor_name, line.actor_kind, line.on_behalf_of, row.address]
    yield [*who, row.account_code, row.subject_kind, *told, row.request_id, row.seq, line.way]


AUDIT = Sheet("audit", Permission.AUDIT_VIEW, _HEAD, ("who", "act", "text", "since", "until"), _find, _line)
