"""A command to a charge point. One key per page and command, so a double click is one wish."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from wtforms import HiddenField, StringField
from wtforms.validators import Length, Regexp

from app.domain.network.actions import send_command
from app.domain.network.commands import FOR_EVSE, RIGHTS
from app.domain.network.queries import connectors_of, evses_of, station_by_label
from app.domain.network.rows import CommandRow
from app.domain.sessions.queries import session_id_by_code
from app.kernel.errors import Invalid, NotFound
from app.text.words import lazy as _l
from app.web.forms import OneTimeForm
from app.work.unit import Work


class CommandForm(OneTimeForm):
    """Which command, for which EVSE; a start also needs the number of a charging card."""

    action = HiddenField()
    evse = HiddenField()
    card = StringField(
        _l("Charging card"),
        [Length(max=20), Regexp(r"[\x21-\x7e]*\Z", message=_l("Letters, digits and signs without blanks, at most 20."))],
    )

    @property
    def evse_number(self) -> int | None:
        """The EVSE meant; None: the whole charge point."""
        given = self.evse.data or ""
        return int(given) if given.isdigit() and len(given) < 4 else None


@dataclass(frozen=True, slots=True)
class Wish:
    """A command that can be sent."""

    station_id: UUID
    action: str
    params: dict[str, Any] = field(default_factory=dict)
    evse_id: UUID | None = None
    session_id: UUID | None = None


def send(work: Work, label: str, form: CommandForm) -> CommandRow:
    """Send what the form asks for; the form's key and the command make the one-time key."""
    wish = _wish(work, label, form)
    key = f"{form.one_time_key.data}:{wish.action}:{form.evse.data or 'all'}"
    return send_command(work, wish.station_id, wish.action, wish.params, key, evse_id=wish.evse_id, session_id=wish.session_id)


def _wish(work: Work, label: str, form: CommandForm) -> Wish:
    station = station_by_label(work, label)
    action = str(form.action.data)
    if action not in RIGHTS:
        raise Invalid("bad_value", field="action", value=action)
    evse = next((e for e in evses_of(work, station) if e.number == form.evse_number), None)
    if form.evse_number is not None and evse is None:
        raise NotFound
    if action in FOR_EVSE and evse is None:
        raise Invalid("missing_member", field="evse")
    if action == "remote_start":
        if not form.card.data:
            raise Invalid("missing_member", field="card")
        return Wish(station.station_id, action, {"id_token": form.card.data}, evse.evse_id if evse else None)
    if action == "remote_stop" and evse is not None:
        plugs = connectors_of(work.session, [station.station_id])[station.station_id]
        code = next((p.session_code for p in plugs if p.evse_number == evse.number and p.session_code), None)
        if code is None:
            raise Invalid("nothing_to_stop", field="evse")
        return Wish(station.station_id, action, {}, evse.evse_id, session_id_by_code(work, code))
    return Wish(station.station_id, action, {}, evse.evse_id if evse else None)
