"""My contract: the agreed terms in sentences, rights, a worked example, earlier and coming versions (P14)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import request

from app.access.permissions import Permission
from app.domain.contracts.drafts import settlement_terms
from app.domain.contracts.example import EXAMPLES, worked_example
from app.domain.contracts.holdings import assignments, holdings
from app.domain.contracts.queries import contracts_of_partner
from app.domain.contracts.rows import ContractRow, ContractVersionRow, Holdings
from app.kernel.errors import NotFound
from app.kernel.periods import local_date
from app.portal_partner import bp
from app.web.pages import page
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
    return page(
        "partner/contract/index.html", found=found, row=row, version=version, today=today,
        examples=[worked_example(terms, replace(session, **rate), row.currency) for session in EXAMPLES.values()],
        held=holdings(work, [account.partner_id]).get(account.partner_id, Holdings()),
        points=assignments(work, contract_id=row.id),
    )  # fmt: skip


def _chosen(found: list[ContractRow]) -> ContractRow:
    code = request.args.get("contract")
    row = next((c for c in found if c.code == code), None) if code else found[0]
    if row is None:
        raise NotFound
    return row


def _version(row: ContractRow, today: Any) -> ContractVersionRow:
    number = request.args.get("version", "")
    version = row.numbered(int(number)) if number.isdigit() else row.current(today)
    if version is None:
        raise NotFound
    return version
