"""Printing labels of one charge point or of a whole site."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from app.domain.network.stickers import stickers_of_location, stickers_of_station
from app.portal_cpo import bp
from app.web.label_pages import labels_page, make_labels, sheet_file, sheet_page
from app.web.signin import current_work


@bp.get("/charge-points/<string:label>/labels", endpoint="charge_point_labels")
def of_station(label: str) -> Any:
    """The labels of a charge point."""
    return labels_page("/cpo", stickers_of_station(current_work(), label), _station(label))


@bp.post("/charge-points/<string:label>/labels", endpoint="charge_point_labels_make")
def make_of_station(label: str) -> Any:
    """Have them printed."""
    return make_labels("/cpo", stickers_of_station(current_work(), label), _station(label))


@bp.get("/locations/<string:code>/labels", endpoint="location_labels")
def of_location(code: str) -> Any:
    """The labels of all charge points of a site."""
    return labels_page("/cpo", stickers_of_location(current_work(), code), _location(code))


@bp.post("/locations/<string:code>/labels", endpoint="location_labels_make")
def make_of_location(code: str) -> Any:
    """Have them printed."""
    return make_labels("/cpo", stickers_of_location(current_work(), code), _location(code))


@bp.get("/labels/<uuid:job_id>")
def label_sheet(job_id: UUID) -> Any:
    """The sheet being made."""
    return sheet_page("/cpo", job_id)


@bp.get("/labels/<uuid:job_id>.pdf", endpoint="label_sheet_file")
def sheet_as_file(job_id: UUID) -> Any:
    """The sheet."""
    return sheet_file(job_id)


def _station(label: str) -> tuple[str, str]:
    return label.upper(), f"/cpo/charge-points/{label.upper()}"


def _location(code: str) -> tuple[str, str]:
    return code.upper(), f"/cpo/locations/{code.upper()}"
