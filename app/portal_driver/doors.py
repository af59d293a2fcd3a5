"""How a driver's request finds its charge point or session before any tenant is known, and whose actor it then is."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from uuid import UUID

import redis
from flask import Response, current_app, g, request

from app.access.actor import SeenAs, driver
from app.domain.network.queries import evse_at_door
from app.domain.sessions.offer import Offer, offer_at
from app.domain.sessions.queries import session_at_door
from app.kernel.errors import NotAllowed, NotFound, Unavailable
from app.live.secrets import open_to_stream
from app.text.messages import sentence
from app.web.browser_habits import speak_like_the_place
from app.web.database import act_as
from app.web.driver_previewing import Riding, riding_at
from app.web.signin import current_work
from app.work.unit import Work

#: the secret of the session this browser began last, so that scanning the label again finds it
COOKIE = "voltpact_charge"
_DAY_S = 24 * 3600
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
_SLUG = re.compile(r"([A-Za-z0-9-]{1,40})-(\d{1,2})")
_LANGUAGES = {"DE": "de", "AT": "de", "CH": "de", "FR": "fr"}


@dataclass(frozen=True, slots=True)
class AtSession:
    """A session opened by its secret link."""

    work: Work
    session_id: UUID
    secret: str


def at_evse(slug: str) -> tuple[Work, Offer]:
    """The offer behind a label in an address (``NL-0417-2``; ``NL-0417`` is its EVSE 1); ``NotFound`` for labels nobody printed."""
    found = _evse(slug)
    if found is None:
        raise NotFound("unknown_label")
    operator_id, partner_id, _, evse_id = found
    seen = riding_at(evse_id)
    if seen is not None:
        return _seen(seen, operator_id)
    work = act_as(driver(operator_id, partner_id))
    offer = offer_at(work, evse_id)
    speak_like_the_place(_LANGUAGES.get(offer.country, "en"))
    return work, offer


def _seen(seen: Riding, operator_id: UUID) -> tuple[Work, Offer]:
    """The same for staff who look as a driver: whoever held the place then, and nothing can be begun."""
    g.preview = seen
    nobody = driver(operator_id, None)
    work = act_as(replace(nobody, seen_as=SeenAs(seen.point.label, None)))
    offer = offer_at(work, seen.point.evse_id, who=seen.kind.who, at=seen.at)
    if request.method not in {"GET", "HEAD"}:
        about: dict[str, str] = {"account": seen.point.label, "role": "driver"}
        if offer.problem:
            raise NotAllowed("preview_problem", **about, reason=sentence(Unavailable(offer.problem, label=seen.point.label)))
        raise NotAllowed("preview_could", **about)
    return work, offer


def _evse(slug: str) -> tuple[UUID, UUID | None, UUID, UUID] | None:
    session = current_work().session
    exact = _SLUG.fullmatch(slug)
    found = evse_at_door(session, exact[1], int(exact[2])) if exact else None
    return found or evse_at_door(session, slug[:48], 1)


def at_session(secret: str) -> AtSession:
    """The session of a secret link; ``NotFound`` for anything else. Opens its live stream for a day."""
    door = session_at_door(current_work().session, secret) if _SECRET.fullmatch(secret) else None
    if door is None:
        raise NotFound("unknown_link")
    work = act_as(driver(door.operator_id, door.partner_id))
    client: redis.Redis = current_app.config["SESSION_REDIS"]
    open_to_stream(client, secret, door.session_id)
    return AtSession(work, door.session_id, secret)


def remember_charge(response: Response, secret: str) -> Response:
    """Let this browser find its session again by scanning the label."""
    response.set_cookie(COOKIE, secret, max_age=_DAY_S, httponly=True, samesite="Lax", secure=request.is_secure)
    return response


def remembered_charge() -> str | None:
    """The secret of the session this browser began last."""
    secret = request.cookies.get(COOKIE, "")
    return secret if _SECRET.fullmatch(secret) else None
