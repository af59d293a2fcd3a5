"""Words of change orders that both portals say."""

from __future__ import annotations

from app.text.words import lazy as _l

_TOPICS = {
    "prices": _l("Prices"),
    "access": _l("Access and hours"),
    "technical": _l("Charge points"),
    "contract": _l("Contract"),
    "bank": _l("Bank account"),
    "data": _l("Master data"),
}


def topic_word(topic: str) -> str:
    """What an order is about, in a word."""
    return str(_TOPICS[topic])
