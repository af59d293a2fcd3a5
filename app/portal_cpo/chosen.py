"""Acts on many charge points at once (B25)."""

from __future__ import annotations

from app.portal_cpo import bp
from app.web.chosen_pages import put_on

put_on(bp)
