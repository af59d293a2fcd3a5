"""The API for programs, ``/api/v1``: an access key at the door, one module per topic, refusals as problem+json (RFC 9457)."""

from __future__ import annotations

import importlib

from flask import Blueprint, request

from app.access.programs import program
from app.domain.integrations.keys import count_call, key_at_door
from app.domain.people.signin import count_attempt
from app.kernel.errors import NotAllowed
from app.web.database import act_as, aside
from app.web.signin import current_work

bp = Blueprint("api", __name__, url_prefix="/api/v1")


@bp.before_request
def guard() -> None:
    """A key that counts, and not too often; the request's unit of work is its program's. Wrong keys are counted by network address."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    work = current_work()
    door = key_at_door(work.session, secret.strip(), work.now) if scheme.lower() == "bearer" else None
    if door is None:
        with aside() as apart:
            minutes = count_attempt(apart, "", request.remote_addr or "")
        if minutes:
            raise NotAllowed("sign_in_blocked", minutes=minutes)
        raise NotAllowed("key_needed")
    actor = program(door.operator_id, door.id, door.name, door.scopes)
    with aside(actor) as apart:
        seconds = count_call(apart, door.id)
    if seconds:
        raise NotAllowed("too_many_calls", seconds=seconds)
    act_as(actor)


for _topic in ("curves",):
    importlib.import_module(f"{__name__}.{_topic}")
