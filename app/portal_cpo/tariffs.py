"""Price sheets of the operator and its partners (B33 to B35)."""

from __future__ import annotations

from typing import Any

from flask import request

from app.access.permissions import Permission
from app.domain.tariffs.actions import archive_tariff, assign_tariff, create_tariff, publish_terms
from app.domain.tariffs.queries import PlaceFilter, places, tariff_by_code
from app.domain.tariffs.queries import tariffs as find_tariffs
from app.kernel.errors import Conflict, Invalid
from app.portal_cpo import bp
from app.web.forms import BareForm
from app.web.pages import fragment, go, page
from app.web.shared_forms.tariff import TariffForm
from app.web.signin import current_work
from app.web.tariff_pages import chosen_evses, editor, effect, shown_tariff


@bp.get("/tariffs")
def tariffs() -> Any:
    """All price sheets."""
    text, archived = request.args.get("text", ""), request.args.get("archived") == "yes"
    found = find_tariffs(current_work(), text=text, archived=archived, cursor=request.args.get("after"))
    return page("cpo/tariffs/index.html", part="shared/tariffs/_list.html", found=found, text=text, portal="cpo")


@bp.get("/tariffs/new")
def tariff_new() -> Any:
    """The editor, empty."""
    current_work().require(Permission.TARIFF_EDIT)
    return page("cpo/tariffs/edit.html", **editor(TariffForm(), None))


@bp.post("/tariffs/new")
def tariff_create() -> Any:
    """A new price sheet."""
    form = TariffForm()
    if not form.validate():
        return page("cpo/tariffs/edit.html", status=422, **editor(form, None))
    try:
        code = create_tariff(current_work(), form.to_input())
    except Invalid as refusal:
        return page("cpo/tariffs/edit.html", status=422, **editor(form.refuse(refusal), None))
    return go("cpo.tariff", code=code, note="tariff-created")


@bp.post("/tariffs/effect")
def tariff_effect() -> Any:
    """What is typed, priced: asked while typing."""
    code = request.args.get("code", "")
    row = tariff_by_code(current_work(), code) if code else None
    form = TariffForm()
    form.validate()
    return fragment("shared/tariffs/_effect.html", **effect(form, row))


@bp.get("/tariffs/<string:code>")
def tariff(code: str) -> Any:
    """A price sheet: now, next, before, and where."""
    return page("cpo/tariffs/show.html", portal="cpo", form=BareForm(), **shown_tariff(code))


@bp.get("/tariffs/<string:code>/edit")
def tariff_edit(code: str) -> Any:
    """New terms for a price sheet."""
    row = tariff_by_code(current_work(), code)
    current_work().require(Permission.TARIFF_EDIT, partner_id=row.partner_id)
    return page("cpo/tariffs/edit.html", **editor(TariffForm.of(row.name, row.now.simple if row.now else None), row))


@bp.post("/tariffs/<string:code>/edit")
def tariff_publish(code: str) -> Any:
    """Publish the terms typed."""
    row, form = tariff_by_code(current_work(), code), TariffForm()
    if not form.validate():
        return page("cpo/tariffs/edit.html", status=422, **editor(form, row))
    try:
        publish_terms(current_work(), code, form.terms(row.currency), starts_at=form.starts_at.data)
    except (Invalid, Conflict) as refusal:
        return page("cpo/tariffs/edit.html", status=422, **editor(form.refuse(refusal), row))
    return go("cpo.tariff", code=row.code, note="terms-published")


@bp.post("/tariffs/<string:code>/archive")
def tariff_archive(code: str) -> Any:
    """Off the lists."""
    archive_tariff(current_work(), code)
    return go("cpo.tariffs", note="tariff-archived")


@bp.get("/tariffs/<string:code>/assign")
def tariff_assign(code: str) -> Any:
    """Choose the EVSEs that get this price."""
    return page("cpo/tariffs/assign.html", part="shared/tariffs/_places.html", **_choice(code))


def _choice(code: str) -> dict[str, Any]:
    narrowed = PlaceFilter(**{name: request.args.get(name, "") for name in ("text", "current", "tariff")})
    work = current_work()
    found = places(work, narrowed, cursor=request.args.get("after"))
    return {"row": tariff_by_code(work, code), "found": found, "narrowed": narrowed, "form": BareForm()}


@bp.post("/tariffs/<string:code>/assign")
def tariff_assign_now(code: str) -> Any:
    """Give the chosen EVSEs this price."""
    try:
        count = assign_tariff(current_work(), code, chosen_evses())
    except (Invalid, Conflict) as refusal:
        form = BareForm().refuse(refusal)
        return page("cpo/tariffs/assign.html", status=422, **_choice(code) | {"form": form})
    return go("cpo.tariff", code=code, note="tariff-assigned", note_values={"count": str(count)})
