"""Terms taken over from a contract that exists: what a new version starts from, and a new contract that is to be like another (B8)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from app.domain.contracts.finding import find_contract, newest_agreed, newest_of
from app.domain.contracts.models import ContractVersion
from app.domain.people.group_words import nameable
from app.kernel.errors import Invalid, NotFound
from app.work.unit import Work

#: the columns of a version that are its terms
COPIED = (
    "auto_renewal", "ac_pct", "dc_pct", "exclude_connection_fee", "deduct_electricity", "reimburse_electricity", "terms", "permissions",
    "kind", "minimum_payout_minor", "carry_months", "electricity_price", "electricity_vat_pct", "price_limits", "reimbursement_fee",
)  # fmt: skip


def terms_like(work: Work, typed: str, partner_id: UUID, currency: str) -> dict[str, Any]:
    """The terms of a contract in sight, as agreed last (else of its draft), for an open-ended draft of a partner's.

    Refuses at ``copy_of``: ``unknown_contract``, ``contract_copy_currency``, and ``copy_names_groups`` where an exception names groups of
    people that are another partner's.
    """
    try:
        like = find_contract(work, typed)
    except NotFound as error:
        raise Invalid("unknown_contract", field="copy_of", value=typed) from error
    if like.currency != currency:
        raise Invalid("contract_copy_currency", field="copy_of", currency=like.currency)
    version = newest_agreed(work, like) or newest_of(work, like)
    _refuse_foreign_groups(work, version, partner_id)
    return {name: getattr(version, name) for name in COPIED} | {"auto_renewal": False}


def _refuse_foreign_groups(work: Work, version: ContractVersion, partner_id: UUID) -> None:
    lines = [line for line in version.terms.get("overrides", ()) if line.get("user_groups")]
    known = nameable(work, partner_id) if lines else {}
    for line in lines:
        if not set(line["user_groups"]) <= set(known):
            raise Invalid("copy_names_groups", field="copy_of", name=line["name"])
