"""Prices for many own EVSEs at once (P4)."""

from __future__ import annotations

from app.portal_partner import bp
from app.web.bulk_assign_views import put_on

put_on(bp, "/prices")
