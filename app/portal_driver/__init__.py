"""Drivers' pages: no sign-in. One module per topic with routes on ``bp``. Add a module's name to TOPICS and it is loaded.

There is no guard: each view finds out by a ``door_*`` function whose charge point or session it is about, then calls
``app.web.database.act_as(driver(operator_id, partner_id))``.
"""

from __future__ import annotations

import importlib

from flask import Blueprint

bp = Blueprint("driver", __name__)

TOPICS: tuple[str, ...] = ("start", "session", "receipts", "check", "me", "paying", "stored_cards", "webhooks")

for _topic in TOPICS:
    importlib.import_module(f"{__name__}.{_topic}")
