"""The partners' portal, ``/partner/<code>``: one module per topic with routes on ``bp``. Add a module's name to TOPICS and it is loaded.

The account stands in the address, so two browser tabs never mix partners; views do not take it as a parameter, they ask
``current_account()``. ``url_for("partner.x")`` fills it in by itself.
"""

from __future__ import annotations

import importlib
from typing import Any

from flask import Blueprint, g

from app.web.navigation import require_area
from app.web.previewing import enter_preview, previewed, refuse_writes
from app.web.signin import current_account, enter_partner

bp = Blueprint("partner", __name__, url_prefix="/partner/<partner_code>")

TOPICS: tuple[str, ...] = (
    "explain",
    "jobs",
    "bank",
    "bulk_assign",
    "care",
    "change_requests",
    "contract",
    "drivers",
    "electricity_rates",
    "network",
    "chosen",
    "point_access",
    "overview",
    "papers",
    "prices",
    "labels",
    "sessions",
    "settings",
    "statements",
    "tariff_groups",
    "team",
    "time_machine",
)


@bp.url_value_preprocessor
def _take_code(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    g.partner_code = (values or {}).pop("partner_code", "")


@bp.url_defaults
def _give_code(_endpoint: str, values: dict[str, Any]) -> None:
    account = current_account()
    if "partner_code" not in values and account is not None and account.kind == "partner":
        values["partner_code"] = account.code


@bp.before_request
def guard() -> Any:
    """Signed in, somebody of the partner account in the address (or staff who look at it), and with a right in this part of the portal."""
    elsewhere = enter_preview() if previewed(g.partner_code) else enter_partner(g.partner_code)
    if elsewhere is None:
        require_area()
    return elsewhere


bp.after_request(refuse_writes)

for _topic in TOPICS:
    importlib.import_module(f"{__name__}.{_topic}")
