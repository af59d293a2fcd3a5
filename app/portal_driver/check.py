"""Is this sticker real (D8)? The code printed on a label, and whose charge point it belongs to."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for

from app.access.actor import driver
from app.domain.sessions.offer import offer_at
from app.domain.sessions.queries import evse_of_check_code
from app.portal_driver import bp
from app.web.database import act_as
from app.web.pages import page
from app.web.signin import current_work


@bp.get("/check/")
def check_form() -> Any:
    """A field for a code somebody reads off a sticker."""
    typed = request.args.get("code", "").strip()
    if typed:
        return redirect(url_for("driver.check", code=typed), 303)
    return page("driver/check/show.html", code="", offer=None)


@bp.get("/check/<code>")
def check(code: str) -> Any:
    """Whose charge point a printed code belongs to, or the warning not to pay."""
    found = evse_of_check_code(current_work().session, code)
    if found is None:
        return page("driver/check/show.html", code=code[:20], offer=None, status=404)
    operator_id, partner_id, evse_id = found
    offer = offer_at(act_as(driver(operator_id, partner_id)), evse_id)
    return page("driver/check/show.html", code=code[:20], offer=offer)
