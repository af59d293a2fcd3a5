"""``/healthz``: for balancers and ``up``; 200 only when all parts of the house answer. Needs no sign-in and tells no secrets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, current_app, jsonify

#: gives body and status; ``wsgi.py`` hands in those of ``app.runtime.health``
Checks = Callable[[], tuple[dict[str, object], int]]

bp = Blueprint("health", __name__)


def web_alone() -> tuple[dict[str, object], int]:
    """The answer where nothing else is there to be asked (tests)."""
    return {"ok": True, "parts": [{"name": "web", "ok": True}]}, 200


def install(app: Flask, checks: Checks) -> None:
    """Answer with these checks."""
    app.extensions["voltpact.checks"] = checks
    app.register_blueprint(bp)


@bp.get("/healthz")
def healthz() -> Any:
    """The state of every part."""
    body, status = current_app.extensions["voltpact.checks"]()
    return jsonify(body), status
