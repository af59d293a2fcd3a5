"""Step-up: "It is you" is asked again, and good for ten minutes, before bank data, payouts, keys and roles.

``@confirmed`` under a route of either portal; put it on the page with the form as well as on its post. Where only some of what a page does
needs it, the view asks ``is_confirmed`` and answers ``confirm_first``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from flask import redirect, request, session, url_for
from werkzeug.datastructures import MultiDict

from app.web.database import room
from app.web.pages import go_to, is_htmx
from app.web.signin import safe_next

GOOD_FOR = timedelta(minutes=10)


def confirmed(view: Callable[..., Any]) -> Callable[..., Any]:
    """A view that is only reached within ten minutes after the person confirmed to be there."""

    @wraps(view)
    def guarded(*args: Any, **values: Any) -> Any:
        if is_confirmed():
            return view(*args, **values)
        if request.method == "GET" and not is_htmx():
            return redirect(url_for("access.confirm", next=request.full_path.rstrip("?")), 303)
        # what was typed is gone: the form comes after the confirmation
        return go_to(url_for("access.confirm", next=_page_before()), note="confirm-first")

    guarded.asks_again = True  # type: ignore[attr-defined]
    return guarded


def confirm_first(address: str, *, keep: bool = False) -> Any:
    """To the confirmation and then to the page at ``address``; with ``keep`` what was typed waits there (``typed_before``)."""
    if keep:
        sent = {name: values for name, values in request.form.lists() if name != "csrf_token"}
        session["typed"] = {"address": address, "sent": sent, "at": room().clock().isoformat()}
    return go_to(url_for("access.confirm", next=address), note="confirm-first")


def typed_before(address: str) -> MultiDict[str, str] | None:
    """What was typed there before it had to be confirmed, once; None after ten minutes, or where nothing was."""
    kept = session.get("typed")
    if kept is None or kept["address"] != address:
        return None
    del session["typed"]
    at = datetime.fromisoformat(kept["at"])
    return MultiDict(kept["sent"]) if is_confirmed() and room().clock() - at < GOOD_FOR else None


def is_confirmed() -> bool:
    """Did the person confirm within the last ten minutes?"""
    try:
        at = datetime.fromisoformat(session["confirmed_at"])
    except (KeyError, TypeError, ValueError):
        return False
    return timedelta() <= room().clock() - at < GOOD_FOR


def note_confirmation() -> None:
    """The person just confirmed."""
    session["confirmed_at"] = room().clock().isoformat()


def _page_before() -> str | None:
    before = request.headers.get("HX-Current-URL") or request.headers.get("Referer") or ""
    path = before.removeprefix(request.host_url.rstrip("/"))
    return safe_next(path) if path.startswith("/") else None
