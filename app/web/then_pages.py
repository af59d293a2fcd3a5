"""The time machine (B58) of both portals: a charge point, partner or contract as it was set up at an instant, perhaps beside a second one.

Every line says since when and by whom; lines that differ between the two instants are marked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import redirect, request, url_for
from werkzeug.datastructures import MultiDict
from wtforms import IntegerField, StringField
from wtforms.validators import Length, NumberRange

from app.domain.contracts.queries import contract_by_code
from app.domain.network.labels import spoken_label
from app.domain.network.queries import station_by_label
from app.domain.people.queries import partner_by_code
from app.domain.tariffs.then import held_before, held_point_at, point_at
from app.kernel.errors import NotFound
from app.kernel.ids import read_code
from app.kernel.periods import day_start, local_date
from app.text.words import lazy as _l
from app.web.fields import DayField, LocalTimeField
from app.web.forms import BaseForm, optional
from app.web.pages import page
from app.web.signin import current_work
from app.web.then_account import contract_lines, partner_lines
from app.web.then_files import FILES, then_file
from app.web.then_point import point_lines

#: of the longest day, when the clocks go back
MOST_MINUTES = 25 * 60 - 1


class ThenForm(BaseForm):
    """What, and when: on the wall clock of the thing asked about."""

    class Meta(BaseForm.Meta):
        """A question changes nothing."""

        csrf = False

    what = StringField(_l("Charge point, EVSE, partner or contract"), [optional(), Length(max=40)])
    at = LocalTimeField(_l("Date and time at the site"), [optional()])
    day = DayField(_l("Day"), [optional()])
    minute = IntegerField(_l("Minute of the day"), [optional(), NumberRange(0, MOST_MINUTES)])
    second = LocalTimeField(_l("Beside it"), [optional()])

    def in_zone(self, name: str, given: MultiDict[str, str]) -> ThenForm:
        """Read the times by that clock."""
        for field in (self.at, self.second):
            field.zone_name = name
            field.process(given)
        return self


@dataclass(frozen=True, slots=True)
class Found:
    """The thing asked about: kind, name for the heading, its page (path below the portal; empty: not the own one now), zone, lines."""

    kind: str
    name: str
    path: str
    zone: str
    lines: Callable[[Sequence[datetime], Callable[[str], str]], Any]

    @property
    def key(self) -> str:
        """The word that finds it again: a partner's code, not its name."""
        return self.path.rpartition("/")[2] if self.kind == "partner" else self.name


def then_page() -> Any:
    """The page, by the address."""
    work, portal = current_work(), request.blueprint or "cpo"
    form = ThenForm(request.args)
    found = _find(form.what.data or "")
    if found is None:
        return page("shared/then/index.html", form=form, found=None, portal=portal)
    form.in_zone(found.zone, request.args)
    if not form.validate():
        return page("shared/then/index.html", form=form, found=None, portal=portal, status=422)
    instants = [form.at.data or work.now, *([form.second.data] if form.second.data else [])]

    def there(what: str, at: datetime = instants[0], **more: str) -> str:
        return url_for(f"{portal}.time_machine", what=what, at=at.isoformat(), **more)

    beside = {"second": instants[1].isoformat()} if len(instants) > 1 else {}
    if form.day.data is not None and form.minute.data is not None:
        slid = day_start(form.day.data, found.zone) + timedelta(minutes=form.minute.data)
        return redirect(there(found.key, slid, **beside), 303)
    shown = found.lines(instants, there)
    if request.args.get("as") in FILES:
        return then_file(request.args["as"], found.name, found.key, instants, shown)
    for field, instant in zip((form.at, form.second), instants, strict=False):
        field.process_data(instant)
        field.raw_data = None
    day, address = local_date(instants[0], found.zone), there(found.key, **beside)
    slider = {"day": day, "minute": int((instants[0] - day_start(day, found.zone)).total_seconds()) // 60, "beside": beside}
    slider["most"] = int((day_start(day + timedelta(days=1), found.zone) - day_start(day, found.zone)).total_seconds()) // 60 - 1
    return page(
        "shared/then/index.html", form=form, found=found, portal=portal, instants=instants, there=there, shown=shown, slider=slider,
        address=address,
    )  # fmt: skip


def _find(typed: str) -> Found | None:
    """What was typed; nothing typed: None. Unknown or foreign is not found."""
    work, what = current_work(), typed.strip()
    if not what:
        return None
    if read_code("P", what):
        partner = partner_by_code(work, what)
        return Found(
            "partner", partner.name, f"partners/{partner.code}", partner.time_zone, lambda ats, to: partner_lines(partner, ats, to)
        )
    if read_code("C", what):
        contract = contract_by_code(work, what)
        return Found(
            "contract", contract.code, f"contracts/{contract.code}", contract.time_zone, lambda ats, to: contract_lines(contract, ats, to)
        )
    spoken = spoken_label(what)
    label, number = (spoken.label or what, spoken.evse) if spoken else (what, None)
    try:
        station, look, path = station_by_label(work, label), point_at, f"charge-points/{label.upper()}"
    except NotFound:
        station, look, path = held_before(work, label), held_point_at, ""
    name = station.label if number is None else f"{station.label}/{number}"
    return Found("point", name, path, station.time_zone, lambda ats, to: point_lines([look(work, label, number, at) for at in ats], to))


__all__ = ["Found", "ThenForm", "then_page"]
