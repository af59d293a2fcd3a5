"""Browsers that somebody has signed in with before: a signed cookie names them; a sign-in from any other one is told by mail."""

from __future__ import annotations

import hashlib
from uuid import UUID

from flask import Response, after_this_request, current_app, request
from itsdangerous import BadSignature, URLSafeSerializer

from app.domain.people.signin import PersonRow
from app.web.open_signins import device_of
from app.work.unit import Work

COOKIE = "voltpact_known"
_YEAR = 365 * 24 * 3600
#: people a browser is remembered for; the oldest is forgotten first
_MOST = 20


def greet(work: Work, row: PersonRow) -> None:
    """Remember this browser for the person; if it was unknown and is not their first, want a mail that says so.

    Without an account there is nobody in whose name a mail could go. In a demo everybody may be everybody, so nothing is mailed.
    """
    marks = _marks()
    mark = _mark(row.user_id)
    if mark in marks:
        return
    kept = [*marks, mark][-_MOST:]

    @after_this_request
    def _keep(response: Response) -> Response:
        response.set_cookie(
            COOKIE, _signer().dumps(kept), max_age=_YEAR, httponly=True, samesite="Lax", secure=current_app.config["SESSION_COOKIE_SECURE"]
        )
        return response

    demo = current_app.extensions["voltpact.settings"].demo
    if not row.is_first and not demo and work.actor.operator_id is not None:
        device = device_of(request.headers.get("User-Agent", ""))
        work.later("people.new_sign_in", user=row.user_id, device=device, address=request.remote_addr or "", at=work.now)


def _marks() -> list[str]:
    try:
        found = _signer().loads(request.cookies.get(COOKIE, ""))
    except BadSignature:
        return []
    return [str(mark) for mark in found] if isinstance(found, list) else []


def _mark(user_id: UUID) -> str:
    return hashlib.sha256(user_id.bytes).hexdigest()[:16]


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt="known-browser")
