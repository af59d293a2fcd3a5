"""From draft to agreed version: check and schedule, the second person, taking back, discarding, the end (B14, B15)."""

from __future__ import annotations

from typing import Any

from app.access.permissions import Permission
from app.documents.contract import contract_pdf
from app.domain.contracts.accepting import contract_paper
from app.domain.contracts.actions import discard_draft, new_version
from app.domain.contracts.agreeing import approve, ask_agreement, end_contract, send_back, take_back
from app.domain.contracts.findings import changes_money, findings
from app.domain.contracts.holdings import fee_holdings, partner_overview
from app.domain.contracts.queries import contract_by_code
from app.domain.contracts.rows import ContractRow, ContractVersionRow
from app.domain.people.rows import PartnerFilter
from app.domain.settlement.previewing import attached_preview
from app.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from app.portal_cpo import bp
from app.portal_cpo.contracts import asked_version, contract_page, examples, status_of, to_change
from app.portal_cpo.forms.contracts import DraftForm, EndContractForm, SendBackForm, TakeBackForm
from app.text.format import month
from app.web.pages import go
from app.web.papers import pdf_answer
from app.web.signin import current_work


@bp.get("/contracts/<code>/review")
def contract_review(code: str) -> Any:
    """The draft beside the version in force, before it is agreed."""
    return _review(contract_by_code(current_work(), code), DraftForm(formdata=None))


def _review(row: ContractRow, form: DraftForm, *, back: SendBackForm | None = None, status: int = 200) -> Any:
    work = current_work()
    may_edit = work.can(Permission.CONTRACT_EDIT, partner_id=row.partner_id)
    if not may_edit and not work.can(Permission.CONTRACT_APPROVE, partner_id=row.partner_id):
        raise NotAllowed(permission=Permission.CONTRACT_EDIT.value)
    if row.draft is None:
        raise Conflict("no_draft")
    back = back or SendBackForm(formdata=None)
    form.draft.data = back.draft.data = str(row.draft.version)
    before = row.version_in(row.draft.first) or row.version_in(row.draft.first.plus(-1))
    held = fee_holdings(work, row.id, row.partner_id)
    first_person = work.actor.id in {row.draft.asked_by, *row.draft.authors}
    about: dict[str, Any] = {
        "before": before,
        "held": held,
        "examples": examples(row.draft),
        "found": findings(row.draft, row, held.points or _in_care(row)),
    }
    about["attached"] = attached_preview(work, row, row.draft)
    who = {"may_edit": may_edit, "first_person": first_person, "money_changes": changes_money(row.draft, before)}
    return contract_page("review", row, row.draft, status=status, form=form, back=back, **about, **who)


def _in_care(row: ContractRow) -> int:
    """Whether sessions fall under a contract without charge points: 1 where the partner looks after others, else 0."""
    return len(partner_overview(current_work(), PartnerFilter(parent_code=row.partner_code), limit=1).rows)


@bp.post("/contracts/<code>/review")
def contract_ask(code: str) -> Any:
    """Want the draft agreed; without a change of money it binds at once."""
    form = DraftForm()
    try:
        made = ask_agreement(current_work(), code, form.state)
    except (Invalid, Conflict) as refusal:
        return _review(contract_by_code(current_work(), code), form.refuse(refusal), status=status_of(refusal))
    if made.waiting:
        return go("cpo.contract_review", code=made.contract_code, note="agreement-asked")
    return _agreed(made)


@bp.post("/contracts/<code>/approve")
def contract_approve(code: str) -> Any:
    """Agree as the second person."""
    form = DraftForm()
    try:
        made = approve(current_work(), code, form.state)
    except (Invalid, Conflict) as refusal:
        return _review(contract_by_code(current_work(), code), form.refuse(refusal), status=status_of(refusal))
    return _agreed(made)


def _agreed(made: ContractVersionRow) -> Any:
    values = {"month": month(made.first)}
    return go("cpo.contract", code=made.contract_code, version=made.number, note="version-activated", note_values=values)


@bp.post("/contracts/<code>/send-back")
def contract_send_back(code: str) -> Any:
    """Do not agree, with a reason."""
    form = SendBackForm()
    row = contract_by_code(current_work(), code)
    if not form.validate():
        return _review(row, DraftForm(formdata=None), back=form, status=422)
    try:
        made = send_back(current_work(), code, form.state, form.reason.data or "")
    except (Invalid, Conflict) as refusal:
        return _review(row, DraftForm(formdata=None), back=form.refuse(refusal), status=status_of(refusal))
    return go("cpo.contract", code=row.code, version=made.number, note="draft-sent-back")


@bp.post("/contracts/<code>/new-version")
def contract_new_version(code: str) -> Any:
    """Open a draft from the version agreed last."""
    made = new_version(current_work(), code)
    return go("cpo.contract", code=made.contract_code, version=made.number, note="draft-opened")


@bp.post("/contracts/<code>/discard")
def contract_discard(code: str) -> Any:
    """Throw the draft away."""
    row = to_change(code)
    if discard_draft(current_work(), code, DraftForm().state):
        return go("cpo.contract", code=row.code, note="draft-discarded")
    return go("cpo.partner_contracts", code=row.partner_code, note="draft-discarded")


@bp.get("/contracts/<code>/take-back")
def contract_take_back(code: str) -> Any:
    """The page that asks why a scheduled version becomes a draft again."""
    row = to_change(code)
    return contract_page("take_back", row, asked_version(row), form=TakeBackForm(formdata=None))


@bp.post("/contracts/<code>/take-back")
def contract_take_back_now(code: str) -> Any:
    """Make the scheduled version a draft again."""
    row, form = to_change(code), TakeBackForm()
    version = asked_version(row)
    if form.validate():
        try:
            made = take_back(current_work(), code, version.number, form.reason.data or "")
            return go("cpo.contract", code=row.code, version=made.number, note="version-taken-back")
        except (Invalid, Conflict) as refusal:
            form.refuse(refusal)
    return contract_page("take_back", row, version, status=422, form=form)


@bp.get("/contracts/<code>/<int:number>.pdf")
def contract_paper_file(code: str, number: int) -> Any:
    """A version as PDF, in the partner's language; a draft says that it is one."""
    work = current_work()
    version = contract_by_code(work, code).numbered(number)
    if version is None:
        raise NotFound
    return pdf_answer(contract_pdf(contract_paper(work, code, number), draft=version.state == "draft"), f"{code}-v{number}")


@bp.get("/contracts/<code>/end")
def contract_end(code: str) -> Any:
    """The page that asks for the last month."""
    row = to_change(code)
    return contract_page("end", row, asked_version(row), form=EndContractForm(formdata=None))


@bp.post("/contracts/<code>/end")
def contract_end_now(code: str) -> Any:
    """Let the contract end with a month."""
    row, form = to_change(code), EndContractForm()
    if form.validate():
        try:
            end_contract(current_work(), code, form.last_month.data, form.reason.data or "")
            return go("cpo.contract", code=row.code, note="contract-ended", note_values={"month": month(form.last_month.data)})
        except (Invalid, Conflict) as refusal:
            form.refuse(refusal)
    return contract_page("end", row, asked_version(row), status=422, form=form)
