"""Price sheets of the operator and its partners (B33 to B35)."""

from __future__ import annotations

from typing import Any

from flask import request

from app.access.permissions import Permission
from app.domain.tariffs.actions import assign_tariff
from app.domain.tariffs.queries import PlaceFilter, places, tariff_by_code
from app.domain.tariffs.rows import TariffRow
from app.kernel.errors import Conflict, Invalid
from app.portal_cpo import bp
from app.web.exports import sheet_or_question
from app.web.forms import BareForm
from app.web.pages import go, page
from app.web.signin import current_work
from app.web.tariff_list import compare_page, list_page
from app.web.tariff_pages import Desk, chosen_evses

DESK = Desk("cpo", None)


@bp.get("/tariffs")
def tariffs() -> Any:
    """All price sheets."""
    return list_page("cpo", None)


@bp.get("/tariffs.csv", endpoint="tariffs_csv")
def tariffs_as_csv() -> Any:
    """The same as a file: what counts now and next."""
    return sheet_or_question("cpo", "tariffs")


@bp.get("/tariffs/compare")
def tariff_compare() -> Any:
    """Two sheets or versions side by side."""
    return compare_page("cpo", None)


@bp.get("/tariffs/new")
def tariff_new() -> Any:
    """The editor with a draft or a starter."""
    return DESK.begin()


@bp.post("/tariffs/new")
def tariff_create() -> Any:
    """A new price sheet, or a change of the lines typed."""
    return DESK.save(None)


@bp.post("/tariffs/effect")
def tariff_effect() -> Any:
    """What is typed, priced: asked while typing."""
    return DESK.effect()


@bp.get("/tariffs/<string:code>")
def tariff(code: str) -> Any:
    """A price sheet: now, next, before, and where."""
    return DESK.show(code)


@bp.get("/tariffs/<string:code>/edit")
def tariff_edit(code: str) -> Any:
    """New terms for a price sheet."""
    return DESK.edit(code)


@bp.post("/tariffs/<string:code>/edit")
def tariff_save(code: str) -> Any:
    """On to publishing, or a change of the lines typed."""
    return DESK.save(code)


@bp.get("/tariffs/<string:code>/publish")
def tariff_publish(code: str) -> Any:
    """The change in words, and from when."""
    return DESK.publish_page(code)


@bp.post("/tariffs/<string:code>/publish")
def tariff_publish_now(code: str) -> Any:
    """Publish the draft."""
    return DESK.publish(code)


@bp.post("/tariffs/<string:code>/versions/<int:number>/withdraw")
def tariff_withdraw(code: str, number: int) -> Any:
    """Take back terms that have not started."""
    return DESK.withdraw(code, number)


@bp.post("/tariffs/<string:code>/archive")
def tariff_archive(code: str) -> Any:
    """Off the lists."""
    return DESK.archive(code)


@bp.post("/tariffs/<string:code>/restore")
def tariff_restore(code: str) -> Any:
    """Back on the lists."""
    return DESK.restore(code)


@bp.get("/tariffs/<string:code>/assign")
def tariff_assign(code: str) -> Any:
    """Choose the EVSEs that get this price."""
    return page("shared/tariffs/assign.html", part="shared/tariffs/_places.html", **_choice(_to_assign(code)))


def _to_assign(code: str) -> TariffRow:
    """A price sheet, for somebody who may say where it counts: asked before a form is read."""
    row = tariff_by_code(current_work(), code)
    current_work().require(Permission.TARIFF_ASSIGN)
    return row


def _choice(row: TariffRow) -> dict[str, Any]:
    narrowed = PlaceFilter(**{name: request.args.get(name, "") for name in ("text", "current", "tariff")})
    found = places(current_work(), narrowed, cursor=request.args.get("after"))
    return {"portal": "cpo", "row": row, "found": found, "narrowed": narrowed, "form": BareForm()}


@bp.post("/tariffs/<string:code>/assign")
def tariff_assign_now(code: str) -> Any:
    """Give the chosen EVSEs this price."""
    row = _to_assign(code)
    try:
        count = assign_tariff(current_work(), code, chosen_evses())
    except (Invalid, Conflict) as refusal:
        form = BareForm().refuse(refusal)
        return page("shared/tariffs/assign.html", status=422, **_choice(row) | {"form": form})
    return go("cpo.tariff", code=code, note="tariff-assigned", note_values={"count": str(count)})
