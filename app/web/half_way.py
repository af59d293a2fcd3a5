"""A sign-in half done: the password was right, the second factor is still to come, within ten minutes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import redirect, session, url_for

from app.domain.people.signin import PersonRow
from app.web.database import room
from app.web.signin import safe_next

HALF_WAY = timedelta(minutes=10)


def half_signed_in(row: PersonRow, target: str | None) -> Any:
    """The password was right; on to the second factor, and afterwards to the page first asked for."""
    session["half"] = {"user_id": str(row.user_id), "at": room().clock().isoformat(), "next": target}
    return redirect(url_for("access.second_factor"), 303)


def half_user() -> UUID | None:
    """Whose password was right in this browser just now."""
    half = _half()
    return UUID(half["user_id"]) if half else None


def half_target() -> str | None:
    """The page first asked for, of a sign-in half done."""
    half = _half()
    return safe_next(half["next"]) if half else None


def _half() -> dict[str, Any] | None:
    half: dict[str, Any] | None = session.get("half")
    if half is None:
        return None
    try:
        age = room().clock() - datetime.fromisoformat(half["at"])
    except (KeyError, TypeError, ValueError):
        return None
    return half if timedelta() <= age < HALF_WAY else None
