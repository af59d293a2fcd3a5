"""The routes of changes of many EVSEs (B35), the same in both portals: choose, preview, progress, undo, CSV out and in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, request

from app.access.permissions import Permission
from app.domain.tariffs.bulk import bulk_start, start_bulk, undo_bulk
from app.domain.tariffs.bulk_csv import HEAD, Unreadable, export_rows, import_rows
from app.domain.tariffs.bulk_places import count_of, preview, rows_of, target_by_code
from app.domain.tariffs.bulk_queries import bulk_shown, last_bulks, settled_rows
from app.domain.tariffs.groups_queries import groups, sheet_choices
from app.kernel.errors import Conflict, Invalid
from app.kernel.periods import next_quarter
from app.web.bodies import takes_files
from app.web.exports import csv_answer
from app.web.forms import BareForm
from app.web.pages import go, page
from app.web.shared_forms.bulk_assign import ChoiceForm, ConfirmForm, ImportForm
from app.web.signin import current_work
from app.web.tariff_group_pages import frame, owner_id


def _may() -> dict[str, bool]:
    work, owner = current_work(), owner_id()
    rights = {"may_sheets": Permission.TARIFF_ASSIGN, "may_groups": Permission.TARIFF_GROUP_EDIT}
    return {name: work.can(right, partner_id=owner) for name, right in rights.items()}


def _require_any() -> None:
    if not any(_may().values()):
        current_work().require(Permission.TARIFF_ASSIGN, partner_id=owner_id())


def _choices() -> ChoiceForm:
    """The question in the address, with what this person may give."""
    work, may = current_work(), _may()
    sheets = sheet_choices(work, None, owner_id()) if may["may_sheets"] else []
    return ChoiceForm(request.args).offer(sheets, list(groups(work, limit=500).rows) if may["may_groups"] else [])


def _choose(form: ChoiceForm, problem: ConfirmForm | None = None, status: int = 200) -> Any:
    """The page: the EVSEs of the filter, and with a target the preview."""
    work = current_work()
    seen, confirm = None, problem or ConfirmForm(formdata=None)
    right = Permission.TARIFF_VIEW
    if form.validate() and form.target.data:
        try:
            seen = preview(work, form.wanted, target_by_code(work, form.target.data), bulk_start(work, form.starts_at.data))[0]
            confirm.mark.process_data(seen.mark)
        except (Invalid, Conflict) as refusal:
            form.refuse(refusal)
            status = 422
    found = rows_of(work, form.wanted, right, work.now, 50)
    more = {"total": count_of(work, form.wanted, right, work.now), "earliest": next_quarter(work.now)}
    last = last_bulks(work, owner_id())
    context = frame(form=form, found=found, seen=seen, confirm=confirm, last=last, **more, **_may())
    return page("shared/bulk_assign/choose.html", status=422 if form.has_problem else status, **context)


def bulk_assign() -> Any:
    """Choose EVSEs and what they get; the preview says what would happen."""
    _require_any()
    return _choose(_choices())


def bulk_assign_start() -> Any:
    """Do what the preview showed."""
    _require_any()
    form, confirm = _choices(), ConfirmForm()
    if not form.validate() or not confirm.validate():
        return _choose(form, confirm, 422)
    wanted = {"mark": confirm.mark.data or "", "starts_at": form.starts_at.data, "partner_id": owner_id()}
    try:
        code = start_bulk(current_work(), form.wanted, form.target.data or "", **wanted)
    except (Invalid, Conflict) as refusal:
        return _choose(form, confirm.refuse(refusal), 422)
    return go(f"{request.blueprint}.bulk_assignment", code=code, note="bulk-started")


def bulk_assignment(code: str) -> Any:
    """How far it is, and what became of each EVSE."""
    _require_any()
    work = current_work()
    only = request.args.get("show") == "skipped"
    rows = settled_rows(work, code, skipped_only=only, cursor=request.args.get("after"))
    context = frame(row=bulk_shown(work, code), rows=rows, only=only, form=BareForm(formdata=None))
    return page("shared/bulk_assign/show.html", part="shared/bulk_assign/_progress.html", **context)


def bulk_assignment_undo(code: str) -> Any:
    """Give every EVSE back what it had."""
    _require_any()
    again = undo_bulk(current_work(), code)
    return go(f"{request.blueprint}.bulk_assignment", code=again, note="bulk-undoing")


def bulk_assign_csv() -> Any:
    """The EVSEs of the filter with what they have, as a file."""
    current_work().require(Permission.TARIFF_VIEW, partner_id=owner_id())
    form = ChoiceForm(request.args)
    form.validate()
    return csv_answer("assignments.csv", HEAD, export_rows(current_work(), form.wanted))


def bulk_assign_import() -> Any:
    """Send a file in: the form."""
    _require_any()
    return page("shared/bulk_assign/import.html", **frame(form=ImportForm(), problems=[], earliest=next_quarter(current_work().now)))


@takes_files
def bulk_assign_import_now() -> Any:
    """Read it."""
    _require_any()
    form, problems = ImportForm(), []
    if form.validate():
        wanted = {"whole": bool(form.whole.data), "starts_at": form.starts_at.data, "partner_id": owner_id()}
        try:
            code = import_rows(current_work(), form.file.data.read(), **wanted)
            return go(f"{request.blueprint}.bulk_assignment", code=code, note="bulk-started")
        except (Invalid, Conflict) as refusal:
            problems = refusal.problems if isinstance(refusal, Unreadable) else []
            form.refuse(refusal)
    context = frame(form=form, problems=problems, earliest=next_quarter(current_work().now))
    return page("shared/bulk_assign/import.html", status=422, **context)


#: rule below the portal's tariffs, method, view; the endpoint is the view's name
ROUTES: tuple[tuple[str, str, Callable[..., Any]], ...] = (
    ("/assign", "GET", bulk_assign),
    ("/assign", "POST", bulk_assign_start),
    ("/assign.csv", "GET", bulk_assign_csv),
    ("/assign/import", "GET", bulk_assign_import),
    ("/assign/import", "POST", bulk_assign_import_now),
    ("/assign/<string:code>", "GET", bulk_assignment),
    ("/assign/<string:code>/undo", "POST", bulk_assignment_undo),
)


def put_on(bp: Blueprint, base: str) -> None:
    """Give a portal these pages, below the address of its tariffs."""
    for rule, method, view in ROUTES:
        bp.add_url_rule(base + rule, view.__name__, view, methods=[method])
