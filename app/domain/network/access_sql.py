"""May a card charge at a charge point: the condition for statements that have both at hand."""

from __future__ import annotations

from typing import Final

#: over ``st`` (station) and ``t`` (id_token); ``at``: an instant. True for a public one without reading anything more
MAY_USE: Final = "voltpact_may_use(st.access, st.access_groups, st.partner_id, st.id, t.id, t.value, t.partner_id, {at})"
