"""Who may charge at a charge point (B10, B25)."""

from __future__ import annotations

from app.portal_cpo import bp
from app.web.point_access_pages import put_on

put_on(bp)
