"""Tariff groups of a partner (P4): read by everybody who sees prices, changed with the contract's right, at own places only."""

from __future__ import annotations

from app.portal_partner import bp
from app.web.tariff_group_views import put_on

put_on(bp)
