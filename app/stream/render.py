"""Message to HTML: each fragment once per message, template and manner of speaking, whoever listens."""

from __future__ import annotations

import logging
from collections import OrderedDict
from datetime import datetime
from typing import Any

import jinja2
from markupsafe import Markup

from app.access.permissions import Permission
from app.kernel.clock import Clock
from app.live.fragments import FRAGMENTS, LIVE_ATTR, Fragment, row_class
from app.live.messages import LiveMessage
from app.stream.view import View
from app.text.render import environment

log = logging.getLogger(__name__)

#: rendered pieces kept: enough for every listener of the last seconds
KEPT = 4_000
_LIVE = Markup(LIVE_ATTR)  # noqa: S704 - a constant of ours


class Renderer:
    """Renders with Jinja alone. ``count`` says how often a template really ran."""

    def __init__(self, clock: Clock) -> None:
        self.count = 0
        self._clock = clock
        self._pieces: OrderedDict[tuple[Any, ...], bytes] = OrderedDict()

    def pieces(self, entry_id: str, message: LiveMessage, view: View) -> list[tuple[str, bytes]]:
        """(kind, HTML in one line) of every fragment of the message that the view may see and its page has."""
        found = []
        for fragment in FRAGMENTS.get(message.name, ()):
            if _wanted(fragment, view):
                piece = self._piece(entry_id, message, fragment, view)
                if piece:
                    found.append((fragment.kind, piece))
        return found

    def _piece(self, entry_id: str, message: LiveMessage, fragment: Fragment, view: View) -> bytes:
        amounts = Permission.SESSION_AMOUNTS.value in view.rights
        key = (entry_id, fragment.template, view.language, view.region, view.basis, view.own_zone, view.base, amounts)
        known = self._pieces.get(key)
        if known is not None:
            self._pieces.move_to_end(key)
            return known
        piece = self._render(message, fragment, view, amounts=amounts)
        self._pieces[key] = piece
        if len(self._pieces) > KEPT:
            self._pieces.popitem(last=False)
        return piece

    def _render(self, message: LiveMessage, fragment: Fragment, view: View, *, amounts: bool) -> bytes:
        """A message that cannot be shown is a bug of one template; it must not silence the stream of all others."""
        self.count += 1
        try:
            row = row_class(fragment.row).from_facts(message.facts)
            env = environment(view.language, view.region)
            names = _times(env, view, self._clock())
            html = env.get_template(fragment.template).render(row=row, base=view.base, amounts=amounts, live_attr=_LIVE, **names)
        except (jinja2.TemplateError, TypeError, ValueError, KeyError, AttributeError):
            log.exception("%s cannot be shown with %s", message.name, fragment.template)
            return b""
        return " ".join(line.strip() for line in html.splitlines() if line.strip()).encode()


def _times(env: jinja2.Environment, view: View, now: datetime) -> dict[str, Any]:
    """The present instant, and ``when`` and ``ago`` as pages have them: on the reader's chosen clock."""

    plain_when: Any = env.globals["when"]
    plain_ago: Any = env.globals["ago"]

    def when(instant: datetime | None, zone_name: str = "UTC", **more: Any) -> Any:
        return plain_when(instant, zone_name, **{"basis": view.basis, "own_zone": view.own_zone or zone_name} | more)

    def ago(instant: datetime | None, zone_name: str = "UTC") -> Any:
        return plain_ago(instant, now, zone_name)

    return {"now": now, "when": when, "ago": ago}


def _wanted(fragment: Fragment, view: View) -> bool:
    if view.audience not in fragment.audiences or (view.watch is not None and fragment.kind not in view.watch):
        return False
    return fragment.right is None or fragment.right in view.rights
