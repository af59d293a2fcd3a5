"""Which message changes which element: event name -> fragment files, the same ones the pages include.

A fragment is one root element with a stable id and ``{{ live_attr }}`` on it. It is given ``row``, ``base`` (``/cpo`` or
``/partner/<code>``), ``amounts`` (may the reader see money), ``now`` and ``live_attr``, and asks nothing else of the world.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from functools import cache
from typing import Any

CPO = "cpo"
PARTNER = "partner"
DRIVER = "driver"
PORTALS = frozenset({CPO, PARTNER})

CONNECTOR = "app.domain.network.rows:ConnectorRow"
STATION = "app.domain.network.rows:StationRow"
COMMAND = "app.domain.network.rows:CommandRow"
SESSION = "app.domain.sessions.rows:LiveSessionRow"


@dataclass(frozen=True, slots=True)
class Fragment:
    """A file to render for a message, of a row class named by its place, for readers who hold the right."""

    template: str
    row: str
    #: a page says which kinds of element it has (``?watch=card,head``); others are not sent to it
    kind: str
    right: str | None = None
    audiences: frozenset[str] = field(default=PORTALS)


#: attribute that makes htmx put a pushed element in the place of the one with its id, keeping focus
LIVE_ATTR = 'hx-swap-oob="outerMorph"'

#: a session as the driver's phone and the lists of both portals show it
_SESSION = (
    Fragment("driver/session/_session.html", SESSION, "session", audiences=frozenset({DRIVER})),
    Fragment("shared/sessions/_state.html", SESSION, "session-state", "session.view"),
    Fragment("shared/sessions/_use.html", SESSION, "session-use", "session.view"),
)

FRAGMENTS: dict[str, tuple[Fragment, ...]] = {
    "ConnectorChanged": (
        Fragment("shared/network/_connector_card.html", CONNECTOR, "card", "network.view"),
        Fragment("shared/network/_connector_chip.html", CONNECTOR, "chip", "network.view"),
    ),
    "StationChanged": (
        Fragment("shared/network/_station_head.html", STATION, "head", "network.view"),
        Fragment("shared/network/_station_contact.html", STATION, "contact", "network.view"),
    ),
    "CommandChanged": (Fragment("shared/network/_command_row.html", COMMAND, "command", "network.view"),),
    "SessionChanged": _SESSION,
    "SessionFinished": _SESSION,
    "SessionHeld": _SESSION,
    "SessionFailed": _SESSION,
}

#: messages that make a region of a page read itself anew: event name -> name of the DOM event on ``#live``
SIGNALS: dict[str, tuple[str, str]] = {
    "ConnectorChanged": ("connectors", "network.view"),
    "CommandChanged": ("commands", "network.view"),
    "SessionFinished": ("sessions", "session.view"),
    "NeedTaken": ("needs", "partner.view"),
    "NeedGivenBack": ("needs", "partner.view"),
    "NeedSnoozed": ("needs", "partner.view"),
    "NeedWoken": ("needs", "partner.view"),
}


@cache
def row_class(path: str) -> Any:
    """The row class behind ``package.module:Name``. Named, not imported: rows live on a higher floor."""
    module, _, name = path.partition(":")
    return getattr(importlib.import_module(module), name)
