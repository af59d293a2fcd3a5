"""What somebody has typed into a part of a contract's draft and not saved (people/form_drafts), and who saved it last."""

from __future__ import annotations

from collections.abc import Iterable

from app.access.permissions import Permission
from app.domain.contracts.rows import ContractVersionRow
from app.domain.people.form_drafts import DraftKey, DraftRow, forget, keep, kept_draft
from app.work.audit import AuditEntry, last_entry
from app.work.unit import Work


def _key(draft: ContractVersionRow, part: str) -> DraftKey:
    return DraftKey(f"contract.{part}", draft.id, draft.partner_id)


def typed_part(work: Work, draft: ContractVersionRow, part: str) -> DraftRow | None:
    """What the actor has typed there."""
    return kept_draft(work, _key(draft, part))


def keep_part(work: Work, draft: ContractVersionRow, part: str, typed: Iterable[tuple[str, str]], state: int) -> bool:
    """Keep it, if the form shows the draft as it is; False: the draft was saved since, by whomever, so a save has to compare first."""
    work.require(Permission.CONTRACT_EDIT, partner_id=draft.partner_id)
    if state != draft.version:
        return False
    keep(work, _key(draft, part), typed)
    return True


def forget_part(work: Work, draft: ContractVersionRow, part: str) -> None:
    """Forget it; nothing happens if there is none."""
    work.require(Permission.CONTRACT_EDIT, partner_id=draft.partner_id)
    forget(work, _key(draft, part))


def last_edit(work: Work, draft: ContractVersionRow) -> AuditEntry | None:
    """The log's entry of the draft's last save."""
    return last_entry(work.session, "DraftEdited", ("contract_draft", draft.id))
