"""What an account's pages may hear live, written by the web process into the browser's session and read by the stream process.

``session["live"][key]`` with ``key`` = ``cpo`` or the partner account's code. The stream trusts nothing else.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from app.access import gate
from app.access.actor import ALL, Actor
from app.access.permissions import Permission
from app.live.messages import operator_topic, partner_topic, user_topic

#: rights that decide what a fragment shows or whether it is sent at all
HEARD = (
    Permission.NETWORK_VIEW,
    Permission.SESSION_VIEW,
    Permission.SESSION_AMOUNTS,
    Permission.TARIFF_VIEW,
    Permission.SETTLEMENT_VIEW,
    Permission.STATEMENT_VIEW,
    Permission.DOCUMENT_VIEW,
    Permission.PARTNER_VIEW,
)
#: written anew after so long, so that a change of rights elsewhere does not shut a stream out for longer
FRESH = timedelta(seconds=15)


def entry_of(actor: Actor, **habits: str | None) -> dict[str, Any]:
    """Topics, rights and sites of an actor, as JSON-ready values, with the reader's habits: language, region, basis, own_zone."""
    if actor.partners is ALL:
        topics = [operator_topic(actor.operator_id)] if actor.operator_id else []
    else:
        topics = [partner_topic(p) for p in actor.partners]  # type: ignore[union-attr]
    if actor.id is not None:
        topics.append(user_topic(actor.id))
    return {
        "topics": sorted(topics),
        "rights": [right.value for right in HEARD if gate.can_anywhere(actor, right)],
        "locations": None if actor.locations is None else sorted(str(site) for site in actor.locations),
        **habits,
    }


def renewed(before: dict[str, Any] | None, entry: dict[str, Any], now: datetime) -> dict[str, Any] | None:
    """The entry to write, or None while the one that is there says the same and is fresh."""
    if before is not None and {k: v for k, v in before.items() if k != "at"} == entry:
        try:
            if now - datetime.fromisoformat(before["at"]) < FRESH:
                return None
        except (KeyError, TypeError, ValueError):
            pass
    return entry | {"at": now.isoformat()}
