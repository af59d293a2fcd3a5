"""My contract: the agreed terms in sentences, rights, a worked example, earlier and coming versions (P14)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import request

from app.access.permissions import Permission
from app.documents.contract import contract_pdf
from app.domain.contracts.accepting import accept, contract_paper, paper_of
from app.domain.contracts.drafts import settlement_terms
from app.domain.contracts.example import EXAMPLES, worked_example
from app.domain.contracts.holdings import assignments, fee_holdings
from app.domain.contracts.queries import contracts_of_partner
from app.domain.contracts.rows import ContractRow, ContractVersionRow
from app.domain.contracts.switches import package_of
from app.domain.people.managers import account_manager
from app.kernel.errors import NotFound
from app.kernel.periods import local_date
from app.portal_partner import bp
from app.web.fields import whole
from app.web.pages import go, page
from app.web.papers import pdf_answer
from app.web.signin import current_account, current_work


@bp.get("/contract")
def contract() -> Any:
    """Every contract of the account; with ``?contract=`` and ``?version=`` a certain one."""
    work, account = current_work(), current_account()
    if account is None or account.partner_id is None:
        raise NotFound
    work.require(Permission.CONTRACT_VIEW, partner_id=account.partner_id)
    found = contracts_of_partner(work, account.partner_id)
    if not found:
        return page("partner/contract/none.html")
    row = _chosen(found)
    today = local_date(work.now, row.time_zone)
    version = _version(row, today)
    terms = settlement_terms(version)
    rate = {} if version.electricity_net is None else {"electricity_rate": version.electricity_net}
    points = assignments(work, contract_id=row.id, right=Permission.CONTRACT_VIEW)
    return page(
        "partner/contract/index.html", found=found, paper=paper_of(work, row, version, points), row=row, version=version, today=today,
        examples=[worked_example(terms, replace(session, **rate), row.currency) for session in EXAMPLES.values()],
        held=fee_holdings(work, row.id, row.partner_id),
        points=points, package=package_of(work, account.partner_id),
        manager=account_manager(work.session, account.partner_id),
    )  # fmt: skip


@bp.get("/contract/<string:code>/<int:number>.pdf")
def contract_paper_file(code: str, number: int) -> Any:
    """A version of a contract as PDF."""
    return pdf_answer(contract_pdf(contract_paper(current_work(), code, number), draft=False), f"{code}-v{number}")


@bp.post("/contract/accept")
def contract_accept() -> Any:
    """Say yes to a version, as its paper was shown."""
    code, number = request.form.get("contract", ""), request.form.get("version", "")
    paper = accept(current_work(), code, whole(number, 0), request.form.get("hash", ""))
    return go("partner.contract", contract=paper.code, version=paper.number, note="contract-accepted")


def _chosen(found: list[ContractRow]) -> ContractRow:
    code = request.args.get("contract")
    row = next((c for c in found if c.code == code), None) if code else found[0]
    if row is None:
        raise NotFound
    return row


def _version(row: ContractRow, today: Any) -> ContractVersionRow:
    number = request.args.get("version", "")
    version = row.numbered(whole(number, 0)) if number.isdigit() else row.current(today)
    if version is None:
        raise NotFound
    return version
