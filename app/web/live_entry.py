"""Leaves in the browser's session what the page just shown may hear live; the stream process reads it there (``app.work.audience``)."""

from __future__ import annotations

from flask import Flask, Response, session

from app.text.locales import current
from app.web.browser_habits import own_zone, time_basis
from app.web.database import room
from app.web.signin import current_account, current_person, current_work
from app.work.audience import entry_of, renewed


def install(app: Flask) -> None:
    """After each page of a portal."""
    app.after_request(_note)


def _note(response: Response) -> Response:
    account, person = current_account(), current_person()
    if account is None or person is None or response.status_code >= 400:
        return response
    key = "cpo" if account.kind == "cpo" else account.code
    spoken = current()
    entry = entry_of(
        current_work().actor, language=spoken.language, region=spoken.region, basis=time_basis(), own_zone=own_zone("") or None
    )
    before = session.get("live") or {}
    fresh = renewed(before.get(key), entry, room().clock())
    if fresh is not None:
        session["live"] = before | {key: fresh}
    return response
