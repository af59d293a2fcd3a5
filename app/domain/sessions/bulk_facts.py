"""Session rows for the live bus as JSON made by the database: the facts of ``LiveSessionRow``, without a Python object per row.

The same statement as ``queries.live_rows``; a test holds both equal.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.db.arrays import plain
from app.domain.network.bulk_facts import RowFacts
from app.domain.sessions.queries import LIVE_SESSIONS
from app.domain.sessions.rows import LiveSessionRow

#: decimals travel as text, so that no reader makes floats of them
_AS_TEXT = ("energy_price", "idle_price", "idle_cap")
_COLUMNS = ", ".join(
    "q.last_message_at as at" if f.name == "at" else f"q.{f.name}::text as {f.name}" if f.name in _AS_TEXT else f"q.{f.name}"
    for f in fields(LiveSessionRow)
)
_SESSION_FACTS = text(
    f"""
    select x.session_id::text, x.operator_id::text, x.partner_id::text, row_to_json(x)::text
    from (select {_COLUMNS} from ({LIVE_SESSIONS.text.replace(":ids", "cast(:ids as uuid[])")}) q) x
    """  # noqa: S608 - constants
)


def session_facts(session: Session, ids: Collection[UUID | str]) -> list[RowFacts]:
    """The rows of these sessions as the bus carries them, in one statement. No scope: for the bus only."""
    return [RowFacts(*row) for row in session.execute(_SESSION_FACTS, {"ids": plain(ids)}).all()] if ids else []
