"""B27: commands to a charge point and the log of what became of them."""

from __future__ import annotations

from typing import Any

from app.portal_cpo import bp
from app.web import command_pages


@bp.get("/charge-points/<string:label>/commands")
def commands(label: str) -> Any:
    """What can be asked of it, and what was asked."""
    return command_pages.commands_page("cpo", "/cpo", label)


@bp.get("/charge-points/<string:label>/commands/<string:action>")
def command(label: str, action: str) -> Any:
    """Asks before something that others will feel."""
    return command_pages.command_question("cpo", "/cpo", label, action)


@bp.post("/charge-points/<string:label>/commands/<string:action>")
def command_send(label: str, action: str) -> Any:
    """Send it."""
    return command_pages.command_wanted("cpo", "/cpo", label, action)
