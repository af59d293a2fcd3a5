"""Contracts: the list and the tabs of the editor, each saved on its own (B14–B19). Agreeing, exceptions, what-if: modules beside."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict

from app.access.permissions import Permission
from app.access.roles import GRANTS, PARTNER_ROLES, Role
from app.documents.sheets.partners import CONTRACT_WORDS, contract_filter
from app.domain.contracts.accepting import paper_of
from app.domain.contracts.actions import edit_draft
from app.domain.contracts.drafts import settlement_terms, with_part
from app.domain.contracts.example import EXAMPLES, worked_example
from app.domain.contracts.holdings import assignment_page, fee_holdings
from app.domain.contracts.queries import contract_by_code, contracts, withheld_by
from app.domain.contracts.rows import ContractRow, ContractVersionRow
from app.domain.contracts.switches import saved_switches
from app.domain.contracts.typing import forget_part, keep_part, last_edit, typed_part
from app.domain.people.form_drafts import DraftRow
from app.kernel.errors import Conflict, Invalid, NotFound, Refusal
from app.kernel.periods import local_date, local_month
from app.portal_cpo import bp
from app.portal_cpo.forms.contract_parts import (
    PRESETS,
    RIGHTS,
    ElectricityForm,
    FeesForm,
    LimitsForm,
    PermissionsForm,
    ShareForm,
    TermForm,
    data_of,
)
from app.web.exports import sheet_or_question
from app.web.fields import whole
from app.web.forms import differences
from app.web.pages import fragment, go, page
from app.web.seen_form import chosen
from app.web.shared_forms.tariff_typed import kept
from app.web.signin import current_work

_FORMS: dict[str, Any] = {
    "term": TermForm,
    "revenue-share": ShareForm,
    "fees": FeesForm,
    "electricity": ElectricityForm,
    "permissions": PermissionsForm,
    "price-limits": LimitsForm,
}
#: forms that show the contract's currency
_PRICED = {"revenue-share", "fees", "electricity", "price-limits"}
#: where each part is edited
ENDPOINTS = {"term": "cpo.contract"} | {part: f"cpo.contract_{part.partition('-')[2] or part}" for part in _FORMS if part != "term"}
ENDPOINTS["overrides"] = "cpo.contract_overrides"


@bp.get("/contracts", endpoint="contracts")
def contract_list() -> Any:
    """The list."""
    work = current_work()
    work.require(Permission.CONTRACT_VIEW)
    today = work.now.date()
    wanted = contract_filter(request.args, today)
    found = contracts(work, wanted, cursor=request.args.get("after"))
    kept = {name: value for name in CONTRACT_WORDS if (value := request.args.get(name, "").strip())}
    return page("cpo/contracts/index.html", part="cpo/contracts/_list.html", found=found, kept=kept, today=today)


@bp.get("/contracts.csv", endpoint="contracts_csv")
def contract_file() -> Any:
    """The same list as a file."""
    return sheet_or_question("cpo", "contracts")


@bp.get("/contracts/<code>")
@bp.get("/contracts/<code>/term")
def contract(code: str) -> Any:
    """Term."""
    return _tab("term", code)


@bp.get("/contracts/<code>/revenue-share")
def contract_share(code: str) -> Any:
    """Revenue share."""
    return _tab("revenue-share", code)


@bp.get("/contracts/<code>/fees")
def contract_fees(code: str) -> Any:
    """Platform fee and fees per session."""
    return _tab("fees", code)


@bp.get("/contracts/<code>/electricity")
def contract_electricity(code: str) -> Any:
    """At what price electricity is deducted."""
    return _tab("electricity", code)


@bp.get("/contracts/<code>/permissions")
def contract_permissions(code: str) -> Any:
    """What the partner's people may do by themselves."""
    return _tab("permissions", code)


@bp.get("/contracts/<code>/price-limits")
def contract_limits(code: str) -> Any:
    """The highest prices the partner may set."""
    return _tab("price-limits", code)


@bp.post("/contracts/<code>/<any('term', 'revenue-share', 'fees', 'electricity', 'permissions', 'price-limits'):part>")
def contract_save(code: str, part: str) -> Any:
    """Save one part of the draft."""
    row = to_change(code)
    form = _form(part, row, sent=chosen(_form(part, row, row.draft)) if row.draft else MultiDict(request.form))
    if not form.validate():
        return _tab(part, code, form=form, status=422)
    try:
        saved = edit_draft(current_work(), code, form.to_input(), form.state)
    except (Invalid, Conflict) as refusal:
        clash = _clash(row, part, form) if refusal.code == "changed_meanwhile" else None
        return _tab(part, code, form=form.refuse(refusal), status=status_of(refusal), clash=clash)
    forget_part(current_work(), saved, part)
    return go(ENDPOINTS[part], code=row.code, version=saved.number, note="draft-saved")


@bp.post("/contracts/<code>/example")
def contract_example(code: str) -> Any:
    """The worked example of the share as it is typed, which is kept; while it cannot be read, the one of the draft as saved."""
    row, work = to_change(code), current_work()
    version = row.draft or row.current(work.now.date())
    form = ShareForm(currency=row.currency)
    is_kept = row.draft is None or keep_part(work, row.draft, "revenue-share", kept(list(request.form.items(multi=True))), form.state)
    if form.validate():
        try:
            version = with_part(version, form.to_input())
        except Invalid:
            form = ShareForm(formdata=None)
    values = {"kept_at": work.now if is_kept else None, "is_stale": not is_kept}
    return fragment("cpo/contracts/_example.html", row=row, version=version, examples=examples(version), **values)


@bp.get("/contracts/<code>/charge-points")
def contract_points(code: str) -> Any:
    """Charge points under this contract."""
    work = current_work()
    row = contract_by_code(work, code)
    return contract_page(
        "points", row, asked_version(row), found=assignment_page(work, contract_id=row.id, cursor=request.args.get("after"))
    )


def examples(version: ContractVersionRow) -> list[Any]:
    """The worked sessions under a version, AC and DC, at the contract's own price of electricity where it has one."""
    terms = settlement_terms(version)
    rate = {} if version.electricity_net is None else {"electricity_rate": version.electricity_net}
    return [worked_example(terms, replace(session, **rate), version.currency) for session in EXAMPLES.values()]


def _clash(row: ContractRow, part: str, form: Any) -> dict[str, Any] | None:
    """The draft as somebody else saved it beside what is typed: who, when, what differs. The form then shows the draft as it is now."""
    if row.draft is None:
        return None
    last, now = last_edit(current_work(), row.draft), _form(part, row, row.draft)
    fields = differences(now, form, form.before)
    form.shows_draft(row.draft.version, now)
    return {"by": last.actor_name if last else "", "at": last.at if last else None, "fields": fields}


def _tab(part: str, code: str, *, form: Any = None, status: int = 200, clash: Any = None) -> Any:
    work = current_work()
    row = contract_by_code(work, code, Permission.CONTRACT_RIGHTS if part == "permissions" else Permission.CONTRACT_VIEW)
    version = row.draft if form is not None and row.draft else asked_version(row)
    editable = version.state == "draft" and work.can(Permission.CONTRACT_EDIT, partner_id=row.partner_id)
    typed = typed_part(work, version, part) if editable and form is None else None
    fresh = _typed_form(part, row, version, typed) if typed else _form(part, row, version)
    shown = (form or fresh) if editable else None
    more: dict[str, Any] = {"edited": part, "typed_at": typed.saved_at if typed else None, "clash": clash}
    more |= {"examples": examples(version)} if part == "revenue-share" else {}
    if part == "term":
        more["paper"] = paper_of(work, row, version)
    if part in {"fees", "electricity"}:
        more["held"] = fee_holdings(work, row.id, row.partner_id)
    if part == "permissions":
        present = row.version_in(local_month(work.now, row.time_zone))
        more |= {"rights": RIGHTS, "roles": roles_by_right(), "present": present, "presets": PRESETS}
        more |= {"withheld": withheld_by(work, row, version), "switches": saved_switches(work, row.partner_id)}
    return contract_page(part, row, version, status=status, form=shown, **more)


def to_change(code: str) -> ContractRow:
    """A contract whose draft the actor may change: asked before a form is read."""
    row = contract_by_code(current_work(), code)
    current_work().require(Permission.CONTRACT_EDIT, partner_id=row.partner_id)
    return row


def contract_page(name: str, row: ContractRow, version: ContractVersionRow, *, status: int = 200, **more: Any) -> Any:
    """A page in the frame of a contract."""
    today = local_date(current_work().now, row.time_zone)
    return page(f"cpo/contracts/{name}.html", status=status, row=row, version=version, today=today, **more)


def asked_version(row: ContractRow) -> ContractVersionRow:
    """The version that the address asks for; without a number the one that speaks first."""
    asked_for = request.args.get("version", "")
    found = row.numbered(whole(asked_for, 0)) if asked_for.isdigit() else row.current(local_date(current_work().now, row.time_zone))
    if found is None:
        raise NotFound
    return found


def _form(part: str, row: ContractRow, version: ContractVersionRow | None = None, *, sent: MultiDict[str, str] | None = None) -> Any:
    """The form of a part: as sent, or with a version's terms."""
    more = {"currency": row.currency} if part in _PRICED else {}
    if version is None:
        return _FORMS[part](formdata=sent, **more)
    form = _FORMS[part](formdata=None, data=data_of(version), **more)
    return form.shows_draft(version.version, form)


def _typed_form(part: str, row: ContractRow, version: ContractVersionRow, typed: DraftRow) -> Any:
    """The form as it was typed and not saved."""
    form = _form(part, row, sent=MultiDict(typed.typed))
    form.seen.data = _form(part, row, version).seen.data
    return form


def status_of(refusal: Refusal) -> int:
    """What a refused save answers."""
    return 409 if isinstance(refusal, Conflict) else 422


def roles_by_right() -> dict[str, list[Role]]:
    """Which roles of the partner hold a right once the contract gives it."""
    return {right.value: [role for role in Role if role in PARTNER_ROLES and right in GRANTS[role]] for right in RIGHTS}
