"""The operator's portal, ``/cpo``: one module per topic with routes on ``bp``. Add a module's name to TOPICS and it is loaded.

Everything here is for signed-in staff of an operator; the guard says so once. What they may do is decided by the domain.
"""

from __future__ import annotations

import importlib
from typing import Any

from flask import Blueprint

from app.web.navigation import require_area
from app.web.signin import enter_cpo

bp = Blueprint("cpo", __name__, url_prefix="/cpo")

TOPICS: tuple[str, ...] = (
    "api_keys",
    "audit",
    "bulk_assign",
    "change_orders",
    "order_plans",
    "charge_points",
    "chosen",
    "point_access",
    "commands",
    "contracts",
    "contract_typing",
    "contract_overrides",
    "contract_preview",
    "contract_steps",
    "day_ahead",
    "desk",
    "drivers",
    "electricity_rates",
    "energy_sale",
    "explain",
    "jobs",
    "location_photos",
    "locations",
    "mail",
    "owner_invites",
    "packages",
    "partner_bank",
    "partner_drivers",
    "partner_features",
    "partner_handover",
    "partner_papers",
    "sub_operators",
    "partner_tabs",
    "partners",
    "people",
    "refunds",
    "search",
    "labels",
    "see_as",
    "see_as_driver",
    "sessions",
    "settlement",
    "staff",
    "statements",
    "tariff_groups",
    "tariff_exchange",
    "tariffs",
    "time_machine",
    "today_marks",
    "today",
)


@bp.before_request
def guard() -> Any:
    """Signed in, staff of an operator, and with a right in this part of the portal."""
    elsewhere = enter_cpo()
    if elsewhere is None:
        require_area()
    return elsewhere


for _topic in TOPICS:
    importlib.import_module(f"{__name__}.{_topic}")
