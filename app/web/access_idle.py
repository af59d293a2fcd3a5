"""How long a sign-in still lasts: asked by the page before it warns (ux 3.9), and going on with it."""

from __future__ import annotations

from typing import Any

from flask_wtf.csrf import generate_csrf

from app.web import browser_session
from app.web.access import bp
from app.web.database import room
from app.web.signin import current_person, settings


def seconds_left() -> int:
    """Until this sign-in ends by itself if nothing more is done here."""
    return int(browser_session.time_left(room().clock(), *browser_session.limits(settings())).total_seconds())


@bp.get("/still-here")
def still_here() -> Any:
    """Seconds until this sign-in ends by itself, 0: it has ended; whose it is, and what forms of an older page must send to be believed."""
    person = current_person()
    if person is None:
        return {"left": 0}
    return {"left": seconds_left(), "who": str(person.user_id), "token": generate_csrf()}


@bp.post("/still-here")
def stay() -> Any:
    """The person is here: the sign-in lasts as long again as after any other act."""
    return still_here()
