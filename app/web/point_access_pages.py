"""Who may charge at charge points (B10, B25, P2), the same in both portals: say it for those chosen, see what changed, take it back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, request
from wtforms import BooleanField

from app.access.permissions import Permission
from app.domain.network.access import access_act, access_plan, set_access, undo_access
from app.domain.network.access_import import AccessImported, import_access
from app.domain.network.access_rows import Access, access_rows, group_ids, groups_to_choose
from app.domain.network.many import require_somewhere
from app.kernel.errors import Conflict, Invalid
from app.text.words import lazy as _l
from app.web.chosen_pages import SHOWN, account_here, choice_asked, chosen_frame
from app.web.forms import BareForm, OneTimeForm
from app.web.pages import go, page
from app.web.shared_forms.point_access import AccessForm
from app.web.sheet_pages import SheetForm, told
from app.web.signin import current_work


def _ask(form: AccessForm | None = None, status: int = 200) -> Any:
    work = current_work()
    plan = access_plan(work, choice_asked())
    groups = groups_to_choose(work)
    now = access_rows(work, [line.station.station_id for line in plan.to_do])
    kinds = set(now.values())
    shown = form or AccessForm.of(next(iter(kinds)) if len(kinds) == 1 else None)
    lines = [(line.station, now[line.station.station_id]) for line in plan.to_do[:SHOWN]]
    context = chosen_frame(plan=plan, lines=lines, form=shown.offer(groups))
    return page("shared/network/point_access.html", status=status, **context)


def chosen_access() -> Any:
    """Who may charge at the charge points chosen, to be changed."""
    require_somewhere(current_work(), Permission.ACCESS_EDIT)
    return _ask()


def chosen_access_set() -> Any:
    """Have it so; the same form again finds the first act."""
    work = current_work()
    require_somewhere(work, Permission.ACCESS_EDIT)
    form = AccessForm().offer(groups_to_choose(work))
    if not form.validate():
        return _ask(form, 422)
    # groups that stayed ticked beside another answer mean nothing
    chosen = tuple(form.groups.data or ()) if form.access.data == "groups" else ()
    wanted = Access(str(form.access.data), bool(form.listed.data), group_ids(work, chosen), bool(form.company.data))
    try:
        change_id = set_access(work, choice_asked(), wanted, key=form.one_time_key.data or "", account=account_here())
    except Invalid as refusal:
        return _ask(form.refuse(refusal), 422)
    return go(f"{request.blueprint}.access_change", change_id=change_id)


def access_change(change_id: UUID) -> Any:
    """What an act changed, and the button that takes it back."""
    require_somewhere(current_work(), Permission.NETWORK_VIEW)
    return _change(change_id, BareForm(formdata=None))


def access_change_undo(change_id: UUID) -> Any:
    """Give back what stood before."""
    work = current_work()
    require_somewhere(work, Permission.ACCESS_EDIT)
    form = BareForm()
    try:
        undo_id = undo_access(work, change_id, account=account_here())
    except Conflict as refusal:
        return _change(change_id, form.refuse(refusal), 422)
    return go(f"{request.blueprint}.access_change", change_id=undo_id)


def _change(change_id: UUID, form: BareForm, status: int = 200) -> Any:
    context = chosen_frame(act=access_act(current_work(), change_id), form=form)
    return page("shared/network/point_access_change.html", part="shared/network/_point_access_change.html", status=status, **context)


class AccessSheetForm(SheetForm, OneTimeForm):
    """The file, and whether one bad row keeps all out."""

    whole = BooleanField(_l("All rows or none"))


def access_import() -> Any:
    """Hand in who may charge, as a file."""
    require_somewhere(current_work(), Permission.ACCESS_EDIT)
    return _import(AccessSheetForm(formdata=None))


def access_import_take() -> Any:
    """Take it in: what could be taken, and why the rest could not."""
    work = current_work()
    require_somewhere(work, Permission.ACCESS_EDIT)
    form = AccessSheetForm()
    if form.validate():
        try:
            text, key = form.sheet(), form.one_time_key.data or ""
            found = import_access(work, text, whole=bool(form.whole.data), key=key, account=account_here())
            kept_out = found.problems and found.change_id is None
            return _import(form, found, 422 if kept_out else 200)
        except Invalid as refusal:
            form.refuse(refusal)
    return _import(form, None, 422)


def _import(form: AccessSheetForm, found: AccessImported | None = None, status: int = 200) -> Any:
    shown = chosen_frame(form=form, found=found, told=told(found.problems) if found else [])
    return page("shared/network/point_access_import.html", status=status, **shown)


#: rule, method, view; the endpoint is the view's name
ROUTES: tuple[tuple[str, str, Callable[..., Any]], ...] = (
    ("/charge-points/chosen/access", "GET", chosen_access),
    ("/charge-points/chosen/access", "POST", chosen_access_set),
    ("/charge-points/access/import", "GET", access_import),
    ("/charge-points/access/import", "POST", access_import_take),
    ("/charge-points/access/<uuid:change_id>", "GET", access_change),
    ("/charge-points/access/<uuid:change_id>/undo", "POST", access_change_undo),
)


def put_on(bp: Blueprint) -> None:
    """Give a portal these pages."""
    for rule, method, view in ROUTES:
        bp.add_url_rule(rule, view.__name__, view, methods=[method])
