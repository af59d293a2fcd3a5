"""Where payment providers report: the signature is checked, the event is stored, a job looks into it. Nothing else happens here."""

from __future__ import annotations

from typing import Any

from flask import request

from app.access.actor import NOBODY, system
from app.domain.payments.actions import keep_webhook
from app.domain.payments.port import BadSignatureError
from app.domain.payments.queries import payment_at_door
from app.domain.payments.stored import card_at_door
from app.kernel.errors import NotFound
from app.portal_driver import bp
from app.web.database import act_as, room
from app.web.payments import find_provider
from app.web.security import machine_endpoint
from app.web.signin import current_work


def webhook(provider: str) -> Any:
    """Keep a signed event; an unsigned one learns nothing but that it was not accepted."""
    found = find_provider(provider)
    if found is None:
        raise NotFound
    try:
        event = found.parse_webhook(request.get_data(), request.headers, room().clock())
    except (BadSignatureError, ValueError, KeyError):
        return "", 400
    session = current_work().session
    door, card = payment_at_door(session, provider, event.ref), card_at_door(session, provider, event.ref)
    operator_id = door.operator_id if door else card and card[0]
    work = act_as(system(operator_id) if operator_id else NOBODY)
    keep_webhook(work, provider, event)
    return "", 200


bp.post("/webhooks/payments/<provider>")(machine_endpoint("driver.webhook", webhook))
