"""Acts on many charge points at once (P2)."""

from __future__ import annotations

from app.portal_partner import bp
from app.web.chosen_pages import put_on

put_on(bp)
