"""See as driver (ux 1.7): the page behind a label with the price of a kind of driver, now or as of a past instant."""

from __future__ import annotations

from typing import Any

from flask import request
from wtforms import SelectField

from app.access.permissions import Permission
from app.domain.contracts.previews import PointSeen
from app.domain.network.queries import evses_of, station_by_label
from app.domain.network.rows import EvseRow, StationRow
from app.domain.tariffs.cascade_tester import Kind
from app.kernel.errors import Invalid, NotFound
from app.portal_cpo import bp
from app.text.words import lazy as _l
from app.web.driver_previewing import begin_riding
from app.web.fields import LocalTimeField
from app.web.forms import BaseForm, optional
from app.web.network_pages import kinds_at
from app.web.pages import go_to, page
from app.web.previewing import end
from app.web.signin import current_work
from app.web.tariff_group_pages import kind_word


class SeeAsDriverForm(BaseForm):
    """Where, as which kind of driver, and as of when."""

    evse = SelectField(_l("EVSE"))
    kind = SelectField(_l("Kind of driver"))
    at = LocalTimeField(_l("As of (empty: now)"), [optional()])

    def at_station(self, station: StationRow, evses: list[EvseRow], every: list[Kind]) -> SeeAsDriverForm:
        """With the EVSEs of a charge point and the drivers that can be told apart there."""
        self.evse.choices = [(str(e.number), f"{station.label}/{e.number}") for e in evses]
        self.kind.choices = [(kind.key, kind_word(kind)) for kind in every]
        self.at.zone_name = station.time_zone
        return self


@bp.get("/charge-points/<string:label>/see-as-driver", endpoint="see_as_driver")
def choose(label: str) -> Any:
    """Choose EVSE, kind of driver and instant (``?evse=``, ``?at=``)."""
    station, evses = _place(label)
    form = SeeAsDriverForm(formdata=None, evse=request.args.get("evse", "")).at_station(station, evses, kinds_at(current_work(), evses))
    form.at.process(request.args)
    return _page(station, form, 200)


@bp.post("/charge-points/<string:label>/see-as-driver", endpoint="see_as_driver_begin")
def begin_post(label: str) -> Any:
    """On to the page behind the label, as it is for them."""
    station, evses = _place(label)
    every = kinds_at(current_work(), evses)
    form = SeeAsDriverForm().at_station(station, evses, every)
    form.at.process(request.form)
    if not form.validate():
        return _page(station, form, 422)
    evse = next(e for e in evses if str(e.number) == form.evse.data)
    kind = next(each for each in every if each.key == form.kind.data)
    point = PointSeen(
        station.station_id, evse.evse_id, station.partner_id, station.partner_name or "", station.label, evse.number, station.time_zone
    )
    end(current_work())
    try:
        begin_riding(point, kind, form.at.data)
    except Invalid as refusal:
        return _page(station, form.refuse(refusal), 422)
    return go_to(f"/q/{station.label}-{evse.number}")


def _place(label: str) -> tuple[StationRow, list[EvseRow]]:
    work = current_work()
    station = station_by_label(work, label)
    work.require(Permission.PREVIEW_AS)
    evses = evses_of(work, station)
    if station.retired_at is not None or not evses:
        raise NotFound
    return station, evses


def _page(station: StationRow, form: SeeAsDriverForm, status: int) -> Any:
    return page("cpo/charge_points/see_as_driver.html", station=station, form=form, status=status)
