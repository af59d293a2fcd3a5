"""What ties a page to its stream: whom it may hear, left in the browser's session (``app.work.audience``), and since when it is to hear.

Between the reading of a page and the opening of its stream things happen. So the page notes Redis' time before it reads anything, and its
stream begins with what came over the bus after that.
"""

from __future__ import annotations

import redis
from flask import Flask, Response, current_app, g, request, session

from app.text.locales import current
from app.web.browser_habits import own_zone, time_basis
from app.web.database import room
from app.web.signin import current_account, current_person, current_work
from app.work.audience import entry_of, renewed


def install(app: Flask) -> None:
    """Before and after each page."""
    app.before_request(_note_beginning)
    app.after_request(_note)


def since() -> int | None:
    """Milliseconds of Redis' clock at which this page began to be read; None for a fragment, or while Redis does not answer."""
    began: int | None = g.get("live_since")
    return began


def _note_beginning() -> None:
    if request.method != "GET" or request.headers.get("HX-Request") or request.endpoint == "static":
        return
    client: redis.Redis = current_app.config["SESSION_REDIS"]
    try:
        seconds, micros = client.time()
    except redis.RedisError:
        return
    g.live_since = seconds * 1000 + micros // 1000


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
    if "preview" in g:
        entry["until"] = g.preview.until.isoformat()
    fresh = renewed(before.get(key), entry, room().clock())
    if fresh is not None:
        session["live"] = before | {key: fresh}
    return response
