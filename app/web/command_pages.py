"""Commands to a charge point, in both portals: what was asked of it, the question before one is sent, and sending it."""

from __future__ import annotations

from typing import Any

from flask import request

from app.kernel.errors import Conflict, Invalid
from app.web.network_pages import ask_context, commands_context, require_command
from app.web.pages import go, page
from app.web.shared_forms.command import CommandForm, send
from app.web.signin import current_work


def commands_page(portal: str, base: str, label: str) -> Any:
    """What can be asked of it, and what was asked; ``base`` begins the portal's addresses."""
    context = commands_context(current_work(), label, request.args.get("after"))
    return page(f"{portal}/charge_points/commands.html", part="shared/network/_command_log.html", **context, base=base)


def command_question(portal: str, base: str, label: str, action: str) -> Any:
    """Asks before something that others will feel."""
    form = CommandForm(formdata=None, data={"action": action, "evse": request.args.get("evse", ""), "card": request.args.get("card", "")})
    form.at_place(require_command(current_work(), label, action).time_zone)
    return _ask(portal, base, label, action, form, 200)


def command_wanted(portal: str, base: str, label: str, action: str) -> Any:
    """Send it; the same form again finds the first wish."""
    station = require_command(current_work(), label, action)
    form = CommandForm()
    form.action.data = action
    form.at_place(station.time_zone)
    try:
        if form.validate():
            send(current_work(), label, form)
            return go(f"{portal}.commands", label=label.upper(), note="command-asked")
    except (Invalid, Conflict) as refusal:
        form.refuse(refusal)
    return _ask(portal, base, label, action, form, 422)


def _ask(portal: str, base: str, label: str, action: str, form: CommandForm, status: int) -> Any:
    context = ask_context(current_work(), label, action, form.evse_number, (form.card.data or "").strip()[:20])
    return page(f"{portal}/charge_points/command.html", status=status, **context, form=form, base=base)
