"""A partner's prices (P4): what counts at its charge points, and own price sheets where the contract lets it."""

from __future__ import annotations

from typing import Any

from flask import request

from app.domain.tariffs.actions import assign_tariff
from app.domain.tariffs.queries import PlaceFilter, places
from app.domain.tariffs.rows import TariffRow
from app.kernel.errors import Conflict, Invalid, NotFound
from app.portal_partner import bp
from app.web.exports import sheet_or_question
from app.web.forms import BareForm
from app.web.pages import go, page
from app.web.signin import current_account, current_work
from app.web.tariff_list import compare_page, list_page
from app.web.tariff_pages import Desk, chosen_evses


def _desk() -> Desk:
    account = current_account()
    if account is None or account.partner_id is None:
        raise NotFound
    return Desk("partner", account.partner_id)


@bp.get("/prices")
def prices() -> Any:
    """Price sheets in force here, and own ones."""
    return list_page("partner", _desk().owner_id)


@bp.get("/prices.csv", endpoint="tariffs_csv")
def prices_as_csv() -> Any:
    """The same as a file: what counts now and next."""
    return sheet_or_question("partner", "tariffs")


@bp.get("/prices/compare")
def tariff_compare() -> Any:
    """Two sheets or versions side by side."""
    return compare_page("partner", _desk().owner_id)


@bp.get("/prices/new")
def tariff_new() -> Any:
    """The editor with a draft or a starter."""
    return _desk().begin()


@bp.post("/prices/new")
def tariff_create() -> Any:
    """A new price sheet of the partner, or a change of the lines typed."""
    return _desk().save(None)


@bp.post("/prices/effect")
def tariff_effect() -> Any:
    """What is typed, priced: asked while typing."""
    return _desk().effect()


@bp.get("/prices/<string:code>")
def tariff(code: str) -> Any:
    """A price sheet that counts here."""
    return _desk().show(code)


@bp.get("/prices/<string:code>/edit")
def tariff_edit(code: str) -> Any:
    """New terms for an own price sheet."""
    return _desk().edit(code)


@bp.post("/prices/<string:code>/edit")
def tariff_save(code: str) -> Any:
    """On to publishing, or a change of the lines typed."""
    return _desk().save(code)


@bp.get("/prices/<string:code>/publish")
def tariff_publish(code: str) -> Any:
    """The change in words, and from when."""
    return _desk().publish_page(code)


@bp.post("/prices/<string:code>/publish")
def tariff_publish_now(code: str) -> Any:
    """Publish the draft."""
    return _desk().publish(code)


@bp.post("/prices/<string:code>/versions/<int:number>/withdraw")
def tariff_withdraw(code: str, number: int) -> Any:
    """Take back own terms that have not started."""
    return _desk().withdraw(code, number)


@bp.post("/prices/<string:code>/archive")
def tariff_archive(code: str) -> Any:
    """An own price sheet off the lists."""
    return _desk().archive(code)


@bp.post("/prices/<string:code>/restore")
def tariff_restore(code: str) -> Any:
    """An own price sheet back on the lists."""
    return _desk().restore(code)


@bp.get("/prices/<string:code>/assign")
def tariff_assign(code: str) -> Any:
    """Choose own EVSEs that get this price."""
    return page("shared/tariffs/assign.html", part="shared/tariffs/_places.html", **_choice(_desk().editable(code)))


def _choice(row: TariffRow) -> dict[str, Any]:
    narrowed = PlaceFilter(**{name: request.args.get(name, "") for name in ("text", "current", "tariff")})
    found = places(current_work(), narrowed, cursor=request.args.get("after"))
    return {"portal": "partner", "row": row, "found": found, "narrowed": narrowed, "form": BareForm()}


@bp.post("/prices/<string:code>/assign")
def tariff_assign_now(code: str) -> Any:
    """Give own EVSEs this price."""
    row = _desk().editable(code)
    try:
        count = assign_tariff(current_work(), code, chosen_evses())
    except (Invalid, Conflict) as refusal:
        return page("shared/tariffs/assign.html", status=422, **_choice(row) | {"form": BareForm().refuse(refusal)})
    return go("partner.tariff", code=code, note="tariff-assigned", note_values={"count": str(count)})
