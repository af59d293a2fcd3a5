"""A partner's prices (P4): what counts at its charge points, and own price sheets where the contract lets it."""

from __future__ import annotations

from typing import Any

from flask import request

from app.access.permissions import Permission
from app.domain.tariffs.actions import assign_tariff, create_tariff, publish_terms
from app.domain.tariffs.queries import PlaceFilter, places, tariff_by_code
from app.domain.tariffs.queries import tariffs as find_tariffs
from app.domain.tariffs.rows import TariffRow
from app.kernel.errors import Conflict, Invalid, NotAllowed
from app.portal_partner import bp
from app.web.forms import BareForm
from app.web.pages import fragment, go, page
from app.web.shared_forms.tariff import TariffForm
from app.web.signin import current_account, current_work
from app.web.tariff_pages import chosen_evses, editor, effect, shown_tariff


def _own() -> Any:
    account = current_account()
    return account.partner_id if account else None


def _may_edit() -> bool:
    return current_work().can(Permission.TARIFF_EDIT, partner_id=_own())


def _editable(code: str) -> TariffRow:
    row = tariff_by_code(current_work(), code)
    if row.partner_id is None:
        raise NotAllowed("operators_tariff")
    current_work().require(Permission.TARIFF_EDIT, partner_id=row.partner_id)
    return row


@bp.get("/prices")
def prices() -> Any:
    """Price sheets in force here, and own ones."""
    found = find_tariffs(current_work(), cursor=request.args.get("after"))
    return page("partner/prices/index.html", part="shared/tariffs/_list.html", found=found, text="", portal="partner", may_edit=_may_edit())


@bp.get("/prices/new")
def tariff_new() -> Any:
    """The editor, empty."""
    current_work().require(Permission.TARIFF_EDIT, partner_id=_own())
    return page("partner/prices/edit.html", **editor(TariffForm(), None))


@bp.post("/prices/new")
def tariff_create() -> Any:
    """A new price sheet of the partner."""
    form = TariffForm()
    if not form.validate():
        return page("partner/prices/edit.html", status=422, **editor(form, None))
    try:
        code = create_tariff(current_work(), form.to_input(), partner_id=_own())
    except Invalid as refusal:
        return page("partner/prices/edit.html", status=422, **editor(form.refuse(refusal), None))
    return go("partner.tariff", code=code, note="tariff-created")


@bp.post("/prices/effect")
def tariff_effect() -> Any:
    """What is typed, priced: asked while typing."""
    code = request.args.get("code", "")
    row = tariff_by_code(current_work(), code) if code else None
    form = TariffForm()
    form.validate()
    return fragment("shared/tariffs/_effect.html", **effect(form, row))


@bp.get("/prices/<string:code>")
def tariff(code: str) -> Any:
    """A price sheet that counts here."""
    return page("partner/prices/show.html", portal="partner", **shown_tariff(code))


@bp.get("/prices/<string:code>/edit")
def tariff_edit(code: str) -> Any:
    """New terms for an own price sheet."""
    row = _editable(code)
    return page("partner/prices/edit.html", **editor(TariffForm.of(row.name, row.now.simple if row.now else None), row))


@bp.post("/prices/<string:code>/edit")
def tariff_publish(code: str) -> Any:
    """Publish the terms typed."""
    row, form = _editable(code), TariffForm()
    if not form.validate():
        return page("partner/prices/edit.html", status=422, **editor(form, row))
    try:
        publish_terms(current_work(), code, form.terms(row.currency), starts_at=form.starts_at.data)
    except (Invalid, Conflict) as refusal:
        return page("partner/prices/edit.html", status=422, **editor(form.refuse(refusal), row))
    return go("partner.tariff", code=row.code, note="terms-published")


@bp.get("/prices/<string:code>/assign")
def tariff_assign(code: str) -> Any:
    """Choose own EVSEs that get this price."""
    return page("partner/prices/assign.html", part="shared/tariffs/_places.html", **_choice(_editable(code)))


def _choice(row: TariffRow) -> dict[str, Any]:
    narrowed = PlaceFilter(**{name: request.args.get(name, "") for name in ("text", "current", "tariff")})
    found = places(current_work(), narrowed, cursor=request.args.get("after"))
    return {"row": row, "found": found, "narrowed": narrowed, "form": BareForm()}


@bp.post("/prices/<string:code>/assign")
def tariff_assign_now(code: str) -> Any:
    """Give own EVSEs this price."""
    row = _editable(code)
    try:
        count = assign_tariff(current_work(), code, chosen_evses())
    except (Invalid, Conflict) as refusal:
        return page("partner/prices/assign.html", status=422, **_choice(row) | {"form": BareForm().refuse(refusal)})
    return go("partner.tariff", code=code, note="tariff-assigned", note_values={"count": str(count)})
