"""Who may charge at a charge point (P2)."""

from __future__ import annotations

from app.portal_partner import bp
from app.web.point_access_pages import put_on

put_on(bp)
