"""Tariff groups of the operator (B36): who pays what where, and the tester."""

from __future__ import annotations

from app.portal_cpo import bp
from app.web.tariff_group_views import put_on

put_on(bp)
