"""The words for states: one word, one icon, one colour role each, in a table per kind of thing. No other words are used anywhere.

``badge("Charging")`` draws one; a state that several things share (``draft``) may have its own line per kind, asked as
``badge(row.state, "contract")``. Topics add theirs as ``STATES = {"order": {"received": (…)}}`` in ``app.text.sentences``.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import NamedTuple

from app.text import sentences
from app.text.words import lazy as _l

#: colour roles, as in static/css/tokens.css
ROLES = ("ok", "active", "attention", "fault", "planned", "off", "accent")


class State(NamedTuple):
    """How a state is shown."""

    word: object
    icon: str
    role: str


_CONNECTOR = {
    "Available": State(_l("Free"), "ring", "ok"),
    "Preparing": State(_l("Plugged in"), "plug", "active"),
    "Charging": State(_l("Charging"), "bolt", "active"),
    "SuspendedEV": State(_l("Paused by car"), "disc-bars", "attention"),
    "SuspendedEVSE": State(_l("Paused by station"), "square-bars", "planned"),
    "Finishing": State(_l("Done, still plugged in"), "square-tick", "attention"),
    "Reserved": State(_l("Reserved"), "bookmark", "planned"),
    "Unavailable": State(_l("Out of service"), "barred", "off"),
    "Faulted": State(_l("Fault"), "triangle", "fault"),
    "Offline": State(_l("No connection"), "dashed", "off"),
    "New": State(_l("Not yet in service"), "dotted", "off"),
}
_COMMON = {
    "draft": State(_l("Draft"), "dotted", "off"),
    "scheduled": State(_l("Scheduled"), "dashed", "planned"),
    "active": State(_l("Active"), "tick", "ok"),
    "expired": State(_l("Expired"), "barred", "off"),
    "terminated": State(_l("Terminated"), "barred", "off"),
    "paused": State(_l("Paused"), "disc-bars", "attention"),
    "closed": State(_l("Closed"), "barred", "off"),
    "accruing": State(_l("Accruing"), "half", "active"),
    "issued": State(_l("Issued"), "tick", "ok"),
    "partly_paid": State(_l("Partly paid"), "half", "attention"),
    "paid": State(_l("Paid"), "tick", "ok"),
    "ok": State(_l("In order"), "tick", "ok"),
    "held": State(_l("Held for check"), "disc-bars", "attention"),
    "disputed": State(_l("Disputed"), "triangle", "attention"),
    "carried_over": State(_l("Carried over"), "half", "planned"),
    "failed": State(_l("Failed"), "triangle", "fault"),
    "cancelled": State(_l("Cancelled"), "barred", "off"),
}
_KINDS: dict[str, dict[str, State]] = {
    "connector": _CONNECTOR,
    "money": {
        "rated": State(_l("Rated"), "half", "active"),
        "held": State(_l("Held for check"), "disc-bars", "attention"),
        "billed": State(_l("Billed"), "half", "active"),
        "awaited": State(_l("Awaited"), "dashed", "attention"),
        "collected": State(_l("Collected"), "tick", "ok"),
        "written_off": State(_l("Written off"), "barred", "off"),
    },
    "session": {
        "requested": State(_l("Requested"), "dotted", "active"),
        "starting": State(_l("Starting"), "dashed", "active"),
        "charging": State(_l("Charging"), "bolt", "active"),
        "stopped": State(_l("Being rated"), "half", "active"),
        "rated": State(_l("Rated"), "tick", "ok"),
        "held": State(_l("Held for check"), "disc-bars", "attention"),
        "failed": State(_l("Not started"), "barred", "off"),
    },
    "payment": {
        "created": State(_l("Created"), "dotted", "off"),
        "to_confirm": State(_l("To confirm"), "dashed", "attention"),
        "reserved": State(_l("Reserved"), "bookmark", "planned"),
        "charged": State(_l("Charged"), "tick", "ok"),
        "released": State(_l("Released"), "ring", "off"),
        "failed": State(_l("Failed"), "triangle", "fault"),
        "expired": State(_l("Expired"), "barred", "off"),
    },
    "command": {
        "queued": State(_l("Queued"), "dashed", "active"),
        "sent": State(_l("Sent"), "half", "active"),
        "accepted": State(_l("Accepted"), "tick", "ok"),
        "rejected": State(_l("Rejected"), "triangle", "fault"),
        "no_answer": State(_l("No answer"), "dashed", "fault"),
        "not_sent": State(_l("Not sent"), "barred", "off"),
    },
    "job": {
        "queued": State(_l("Waiting"), "dashed", "off"),
        "running": State(_l("Running"), "half", "active"),
        "done": State(_l("Done"), "tick", "ok"),
        "failed": State(_l("Failed"), "triangle", "fault"),
        "cancelled": State(_l("Cancelled"), "barred", "off"),
    },
    "mail": {
        "queued": State(_l("Waiting"), "dashed", "off"),
        "sent": State(_l("Sent"), "tick", "ok"),
        "kept": State(_l("Kept here"), "ring", "planned"),
        "failed": State(_l("Failed"), "triangle", "fault"),
        "waiting": State(_l("Waits for the summary"), "dashed", "off"),
        "gathered": State(_l("In a summary"), "tick", "ok"),
        "dropped": State(_l("Not sent: no longer allowed to read it"), "barred", "off"),
    },
}


def _collected() -> dict[str, dict[str, State]]:
    kinds = {kind: dict(states) for kind, states in _KINDS.items()}
    for module in pkgutil.iter_modules(sentences.__path__):
        loaded = importlib.import_module(f"{sentences.__name__}.{module.name}")
        for kind, states in getattr(loaded, "STATES", {}).items():
            kinds.setdefault(kind, {}).update({name: State(*parts) for name, parts in states.items()})
    return kinds


KINDS = _collected()


def state(name: str, kind: str | None = None) -> State:
    """How a state is shown; an unknown one is told as it is, in grey."""
    name = str(name)
    found = KINDS.get(kind, {}).get(name) if kind else _CONNECTOR.get(name)
    return found or _COMMON.get(name) or State(name.replace("_", " ").capitalize(), "dotted", "off")


def state_word(name: str, kind: str | None = None) -> str:
    """The word alone, for options of a filter."""
    return str(state(name, kind).word)


__all__ = ["KINDS", "ROLES", "State", "state", "state_word"]
