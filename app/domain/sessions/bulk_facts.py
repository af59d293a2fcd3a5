"""Session rows for the live bus as JSON made by the database: the facts of ``LiveSessionRow``, without a Python object per row.

The same statement as ``queries.live_rows``; a test holds both equal.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.domain.network.bulk_facts import RowFacts
from app.domain.sessions.queries import LIVE_SESSIONS

# decimals travel as text, so that no reader makes floats of them
_SESSION_FACTS = text(
    f"""
    select q.session_id::text, q.operator_id::text, q.partner_id::text,
      (to_jsonb(q) || jsonb_build_object('energy_price', q.energy_price::text, 'idle_price', q.idle_price::text,
        'idle_cap', q.idle_cap::text, 'at', q.last_message_at))::text
    from ({LIVE_SESSIONS.text}) q
    """  # noqa: S608 - a constant
).bindparams(bindparam("ids", type_=ARRAY(Uuid)))


def session_facts(session: Session, ids: Collection[UUID]) -> list[RowFacts]:
    """The rows of these sessions as the bus carries them, in one statement. No scope: for the bus only."""
    return [RowFacts(*row) for row in session.execute(_SESSION_FACTS, {"ids": list(ids)})] if ids else []
