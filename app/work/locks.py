"""Named advisory locks that end with the transaction (month close, number series)."""

from __future__ import annotations

import hashlib

from sqlalchemy import text
from sqlalchemy.orm import Session


def hold(session: Session, *name: object) -> None:
    """Wait for, then hold, the lock of that name until commit or rollback."""
    digest = hashlib.sha256(":".join(map(str, name)).encode()).digest()
    session.execute(text("select pg_advisory_xact_lock(:key)"), {"key": int.from_bytes(digest[:8], "big", signed=True)})
