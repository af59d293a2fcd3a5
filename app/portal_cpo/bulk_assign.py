"""Prices for many EVSEs at once (B35)."""

from __future__ import annotations

from app.portal_cpo import bp
from app.web.bulk_assign_views import put_on

put_on(bp, "/tariffs")
