"""The audit log (B59): who did what, for whom, from where; filter, export, check of the chain."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import orjson
from flask import request

from app.domain.people.audit_log import LogFilter, LogRow, audit_log, chain_state
from app.domain.people.queries import operator_defaults
from app.kernel.periods import day_start
from app.portal_cpo import bp
from app.text.messages import EVENTS
from app.web.exports import csv_answer
from app.web.pages import page
from app.web.signin import current_work

#: lines of an export; more would be a job
_MOST = 5_000
_HEAD = (
    "at", "act", "who", "kind", "for", "from", "account", "about", "before", "after", "facts", "request", "chain",
)  # fmt: skip


@bp.get("/audit")
def audit() -> Any:
    """The log, the newest first."""
    work = current_work()
    zone = operator_defaults(work)["time_zone"]
    wanted, kept = _asked(zone)
    found = audit_log(work, wanted, cursor=request.args.get("after"))
    acts = sorted(((name, str(word)) for name, word in EVENTS.items()), key=lambda pair: pair[1].casefold())
    chain = chain_state(work, whole=request.args.get("check") == "all")
    return page("cpo/audit/index.html", part="cpo/audit/_list.html", found=found, kept=kept, acts=acts, zone=zone, chain=chain)


@bp.get("/audit.csv")
def audit_file() -> Any:
    """The filter as a file."""
    work = current_work()
    wanted, _ = _asked(operator_defaults(work)["time_zone"])
    return csv_answer("audit.csv", _HEAD, (_line(row) for row in audit_log(work, wanted, limit=_MOST).rows))


def _asked(zone: str) -> tuple[LogFilter, dict[str, str]]:
    """The filter in the address, and as words to keep; a day that is none narrows nothing."""
    kept = {name: value for name in ("who", "act", "text", "since", "until") if (value := request.args.get(name, "").strip())}
    first, last = _day(kept.get("since", "")), _day(kept.get("until", ""))
    since = day_start(first, zone) if first else None
    until = day_start(last + timedelta(days=1), zone) if last else None
    return LogFilter(kept.get("who", ""), kept.get("act", ""), kept.get("text", ""), since, until), kept


def _day(typed: str) -> date | None:
    try:
        found = date.fromisoformat(typed)
    except ValueError:
        return None
    return found if date(2000, 1, 1) <= found < date(2200, 1, 1) else None


def _line(row: LogRow) -> list[Any]:
    line = row.line
    sides = ({c.name: c.before for c in line.changes}, {c.name: c.after for c in line.changes}, line.facts)
    told = [orjson.dumps(part).decode() if part else "" for part in sides]
    who = [line.at, line.act, line.actor_name, line.actor_kind, line.on_behalf_of, row.address]
    return [*who, row.account_code, row.subject_kind, *told, row.request_id, row.seq]
