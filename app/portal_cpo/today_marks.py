"""One thing that needs a person: take it, give it back, leave it alone until a day."""

from __future__ import annotations

from typing import Any

from flask import request

from app.domain.people.queries import operator_defaults
from app.domain.today.actions import give_back, snooze, take, wake
from app.domain.today.queries import need_item
from app.kernel.errors import Conflict, Invalid
from app.portal_cpo import bp
from app.portal_cpo.forms.today import SnoozeForm
from app.portal_cpo.today import place_of, shown_as
from app.web.pages import go, page
from app.web.signin import current_work


@bp.get("/today/things/<kind>/<path:key>")
def need_thing(kind: str, key: str) -> Any:
    """Who has it, and what may be done about it."""
    return _page(kind, key, SnoozeForm(formdata=None))


@bp.post("/today/take/<kind>/<path:key>")
def need_take(kind: str, key: str) -> Any:
    """Look after it; what a colleague has is asked about first."""
    work = current_work()
    need_item(work, kind, key)
    try:
        take(work, kind, key, request.form.get("instead_of", ""))
    except Conflict:
        return _page(kind, key, SnoozeForm(formdata=None), status=409)
    return go("cpo.today", show=shown_as(), note="need-taken")


@bp.post("/today/give-back/<kind>/<path:key>")
def need_give_back(kind: str, key: str) -> Any:
    """Look after it no longer."""
    give_back(current_work(), kind, key)
    return go("cpo.today", show=shown_as(), note="need-given-back")


@bp.post("/today/snooze/<kind>/<path:key>")
def need_snooze(kind: str, key: str) -> Any:
    """Leave it alone until a day."""
    work = current_work()
    need_item(work, kind, key)
    form = SnoozeForm()
    if form.validate():
        try:
            snooze(work, kind, key, form.until.data, form.reason.data)
            return go("cpo.today", show=shown_as(), note="need-snoozed")
        except Invalid as refusal:
            form.refuse(refusal)
    return _page(kind, key, form, status=422)


@bp.post("/today/wake/<kind>/<path:key>")
def need_wake(kind: str, key: str) -> Any:
    """Show it again now."""
    wake(current_work(), kind, key)
    return go("cpo.today", show=shown_as(), note="need-woken")


def _page(kind: str, key: str, form: SnoozeForm, *, status: int = 200) -> Any:
    work = current_work()
    item = need_item(work, kind, key)
    zone = operator_defaults(work)["time_zone"]
    return page("cpo/today/thing.html", item=item, place=place_of(item), zone=zone, form=form, show=shown_as(), status=status)
