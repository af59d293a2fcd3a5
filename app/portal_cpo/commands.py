"""B27: commands to a charge point and the log of what became of them."""

from __future__ import annotations

from typing import Any

from flask import request

from app.kernel.errors import Conflict, Invalid
from app.portal_cpo import bp
from app.web.network_pages import ask_context, commands_context, require_command
from app.web.pages import go, page
from app.web.shared_forms.command import CommandForm, send
from app.web.signin import current_work


@bp.get("/charge-points/<string:label>/commands", endpoint="commands")
def commands_page(label: str) -> Any:
    """What can be asked of it, and what was asked."""
    context = commands_context(current_work(), label, request.args.get("after"))
    return page("cpo/charge_points/commands.html", part="shared/network/_command_log.html", **context, base="/cpo")


@bp.get("/charge-points/<string:label>/commands/<string:action>", endpoint="command")
def command_ask(label: str, action: str) -> Any:
    """Asks before something that others will feel."""
    form = CommandForm(formdata=None, data={"action": action, "evse": request.args.get("evse", "")})
    form.at_place(require_command(current_work(), label, action).time_zone)
    return _ask(label, action, form, 200)


@bp.post("/charge-points/<string:label>/commands/<string:action>", endpoint="command_send")
def command_post(label: str, action: str) -> Any:
    """Send it; the same form again finds the first wish."""
    station = require_command(current_work(), label, action)
    form = CommandForm()
    form.action.data = action
    form.at_place(station.time_zone)
    try:
        if form.validate():
            send(current_work(), label, form)
            return go("cpo.commands", label=label.upper(), note="command-asked")
    except (Invalid, Conflict) as refusal:
        form.refuse(refusal)
    return _ask(label, action, form, 422)


def _ask(label: str, action: str, form: CommandForm, status: int) -> Any:
    context = ask_context(current_work(), label, action, form.evse_number)
    return page("cpo/charge_points/command.html", status=status, **context, form=form, base="/cpo")
