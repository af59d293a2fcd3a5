"""The time machine (B58): what was set at an instant, since when and by whom."""

from __future__ import annotations

from app.portal_partner import bp
from app.web.then_pages import then_page

bp.get("/time-machine", endpoint="time_machine")(then_page)
