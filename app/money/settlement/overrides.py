"""Which exception of a contract applies to a session, and the percentage it leaves (settlement.md §4, overrides)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from app.money.settlement.inputs import Override, Share


def matching(overrides: Sequence[Override], channel: str, emsp: str | None, user_groups: Sequence[str]) -> Override | None:
    """The first override, by rising priority, all of whose given conditions hold; of groups it is enough to be in one that is named."""
    for override in overrides:
        if _holds(override.channels, channel) and _holds(override.emsps, emsp) and _holds(override.user_groups, *user_groups):
            return override
    return None


def _holds(wanted: tuple[str, ...] | None, *actual: str | None) -> bool:
    return wanted is None or any(one in wanted for one in actual)


def percentage(share: Share, override: Override | None, current: str) -> Decimal:
    """A level's percentage for a current; an override that names none keeps the contract's."""
    chosen = None
    if override is not None:
        chosen = override.ac_pct if current == "AC" else override.dc_pct
    if chosen is not None:
        return chosen
    return share.ac_pct if current == "AC" else share.dc_pct
