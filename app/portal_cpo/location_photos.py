"""The photo of a site (B23): shown, set, removed."""

from __future__ import annotations

from typing import Any

from app.access.permissions import Permission
from app.domain.network.listing import location_by_code
from app.domain.network.photos import photo_of, remove_photo, set_photo
from app.domain.network.rows import LocationRow
from app.kernel.errors import Invalid
from app.portal_cpo import bp
from app.portal_cpo.forms.location_photos import PhotoForm
from app.web.bodies import takes_files
from app.web.pages import go, page
from app.web.photo_pages import photo_answer
from app.web.signin import current_work


@bp.get("/locations/<string:code>/photo.jpg")
def location_photo_file(code: str) -> Any:
    """The picture."""
    work = current_work()
    return photo_answer(photo_of(work, location_by_code(work, code).location_id))


@bp.get("/locations/<string:code>/photo")
def location_photo(code: str) -> Any:
    """The photo there is, and the form for another."""
    return page("cpo/locations/photo.html", row=_to_change(code), form=PhotoForm(formdata=None))


@bp.post("/locations/<string:code>/photo", endpoint="location_photo_save")
@takes_files
def location_photo_post(code: str) -> Any:
    """Set it."""
    row = _to_change(code)
    form = PhotoForm()
    if not form.validate():
        return page("cpo/locations/photo.html", row=row, form=form, status=422)
    try:
        set_photo(current_work(), code, form.to_input())
    except Invalid as refusal:
        return page("cpo/locations/photo.html", row=row, form=form.refuse(refusal), status=422)
    return go("cpo.location", code=row.code, note="location-photo-set")


@bp.post("/locations/<string:code>/photo/remove")
def location_photo_remove(code: str) -> Any:
    """Take it away."""
    row = _to_change(code)
    remove_photo(current_work(), code)
    return go("cpo.location", code=row.code, note="location-photo-removed")


def _to_change(code: str) -> LocationRow:
    row = location_by_code(current_work(), code)
    current_work().require(Permission.NETWORK_EDIT, partner_id=row.partner_id, location_id=row.location_id)
    return row
