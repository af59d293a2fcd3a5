"""A command to a charge point. One key per page and command, so a double click is one wish.

One form for all commands: each shows the fields it needs, and the domain judges what was typed in them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import request
from wtforms import BooleanField, HiddenField, SelectField, StringField
from wtforms.validators import Length, Regexp

from app.domain.network.access_rows import may_card_charge
from app.domain.network.actions import send_command
from app.domain.network.command_inputs import FirmwareInput, LimitInput, ReserveInput
from app.domain.network.commands import FOR_EVSE, RIGHTS
from app.domain.network.queries import connectors_of, evses_of, station_by_label
from app.domain.network.reservations import reservations
from app.domain.network.rows import CommandRow, EvseRow, StationRow
from app.domain.sessions.queries import session_id_by_code
from app.kernel.errors import Invalid, NotFound
from app.text.words import lazy as _l
from app.web.fields import DecimalField, LocalTimeField
from app.web.forms import OneTimeForm, optional
from app.work.unit import Work


class CommandForm(OneTimeForm):
    """Which command, for which EVSE; starts and reservations need a charging card, limits an amount and an end, updates an address."""

    action = HiddenField()
    evse = HiddenField()
    card = StringField(
        _l("Charging card"),
        [Length(max=20), Regexp(r"[\x21-\x7e]*\Z", message=_l("Letters, digits and signs without blanks, at most 20."))],
    )

    limit = DecimalField(_l("At most"), places=1, least=Decimal(0))
    unit = SelectField(_l("Unit"), choices=[("A", _l("A per phase")), ("W", "W")], validate_choice=False)
    until = LocalTimeField(_l("Until"))
    anyway = BooleanField(_l("Start it for this card all the same"))
    url = StringField(_l("Address of the firmware"), [Length(max=512)])
    at = LocalTimeField(_l("Not before"), [optional()])

    def at_place(self, zone: str) -> None:
        """Times are typed as the clock at the charge point shows them."""
        for each in (self.until, self.at):
            each.zone_name = zone
            if request.method == "POST":
                each.process(request.form)

    @property
    def evse_number(self) -> int | None:
        """The EVSE meant; None: the whole charge point."""
        given = self.evse.data or ""
        return int(given) if given.isdecimal() and len(given) < 4 else None


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
    evse_id = evse.evse_id if evse else None
    if action == "remote_stop" and evse is not None:
        return Wish(station.station_id, action, {}, evse_id, _session_at(work, station, evse))
    return Wish(station.station_id, action, _params(work, station, action, form), evse_id)


def _params(work: Work, station: StationRow, action: str, form: CommandForm) -> dict[str, Any]:
    """What the command needs to know beside its place."""
    if action == "remote_start":
        if not form.card.data:
            raise Invalid("missing_member", field="card")
        if may_card_charge(work, station.station_id, form.card.data):
            return {"id_token": form.card.data}
        if not form.anyway.data:
            raise Invalid("not_for_card", field="card")
        return {"id_token": form.card.data, "anyway": True}
    if action == "set_profile":
        if form.limit.data is None:
            raise Invalid("missing_member", field="limit")
        return LimitInput(form.limit.data, str(form.unit.data), _until(form)).params(work.now)
    if action == "reserve":
        if form.card.data and not may_card_charge(work, station.station_id, form.card.data):
            raise Invalid("not_for_card", field="card")
        return ReserveInput(form.card.data or "", _until(form)).params(work.now)
    if action == "cancel_reservation":
        kept = reservations(work, station.station_id).get(form.evse_number or 0)
        if kept is None:
            raise Invalid("nothing_reserved", field="evse")
        return {"reservation_id": kept.number, "reserved_by": str(kept.command_id)}
    if action == "firmware":
        return FirmwareInput((form.url.data or "").strip(), form.at.data).params(work.now)
    return {}


def _until(form: CommandForm) -> Any:
    if form.until.data is None:
        raise Invalid("missing_member", field="until")
    return form.until.data


def _session_at(work: Work, station: StationRow, evse: EvseRow) -> UUID | None:
    plugs = connectors_of(work.session, [station.station_id])[station.station_id]
    code = next((p.session_code for p in plugs if p.evse_number == evse.number and p.session_code), None)
    if code is None:
        raise Invalid("nothing_to_stop", field="evse")
    return session_id_by_code(work, code)
