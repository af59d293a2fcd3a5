"""The what-if of a draft as something people ask for, wait for, read and attach: requests, the job's work, rows for pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.access.permissions import Permission
from app.domain.contracts.drafts import terms_hash
from app.domain.contracts.finding import about_draft, draft_of, find_contract
from app.domain.contracts.models import Contract, ContractPreview, ContractVersion
from app.domain.contracts.queries import sees_drafts, version_row
from app.domain.contracts.rows import ContractRow, ContractVersionRow
from app.domain.settlement.events import PreviewAsked, PreviewAttached
from app.domain.settlement.whatif import gather_replay, replayed
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.ids import uuid7
from app.kernel.periods import Month, local_month
from app.work.jobs import Job
from app.work.unit import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewRow:
    """A replay of a month under the terms of a draft. ``is_stale``: the terms changed since."""

    id: UUID
    month: Month
    state: str
    problem: str | None
    result: dict[str, Any] | None
    requested_name: str
    created_at: datetime
    finished_at: datetime | None
    is_stale: bool
    done: int
    total: int | None


def request_preview(work: Work, code: str, month: Month) -> UUID:
    """Replay a month that is over under the contract's draft, as a job. The same wish again finds the replay that is under way."""
    contract = find_contract(work, code)
    work.require(Permission.CONTRACT_EDIT, partner_id=contract.partner_id)
    draft = _draft(work, contract)
    if month >= local_month(work.now, contract.time_zone):
        raise Invalid("month_not_over", field="month", month=month)
    fingerprint = terms_hash(version_row(draft, contract))
    same = select(ContractPreview).where(
        ContractPreview.version_id == draft.id,
        ContractPreview.month == month.first,
        ContractPreview.terms_hash == fingerprint,
        ContractPreview.state == "queued",
    )
    waiting = work.session.scalars(same.limit(1)).one_or_none()
    if waiting is not None:
        return waiting.id
    preview = ContractPreview(
        id=uuid7(),
        operator_id=draft.operator_id,
        partner_id=draft.partner_id,
        version_id=draft.id,
        month=month.first,
        terms_hash=fingerprint,
        requested_by=work.actor.id,
        requested_name=work.actor.name,
        created_at=work.now,
    )
    work.session.add(preview)
    work.session.flush()
    preview.job_id = work.later("contracts.preview", key=f"preview:{preview.id}", partner_id=draft.partner_id, preview_id=preview.id)
    work.record(PreviewAsked(**about_draft(draft), code=contract.code, number=draft.number, month=str(month)))
    return preview.id


def run_preview(work: Work, preview_id: UUID, progress: Callable[[int, int], None]) -> dict[str, Any]:
    """Do the replay; a refusal is kept with it. internal: the job's work, for whoever was allowed to ask."""
    preview = work.session.get(ContractPreview, preview_id)
    draft = None if preview is None else work.session.get(ContractVersion, preview.version_id)
    if preview is None or draft is None:
        return {"problem": "gone"}
    try:
        preview.result = replayed(gather_replay(work, draft, Month.of(preview.month)), progress)
        preview.state = "done"
    except (Invalid, Conflict) as refusal:
        preview.state, preview.problem = "failed", refusal.code
    preview.finished_at = work.now
    return {"state": preview.state}


def attach_preview(work: Work, code: str, preview_id: UUID, version: int) -> None:
    """Keep a replay with the draft, for the second person to see; refused once the terms have changed since."""
    contract = find_contract(work, code)
    work.require(Permission.CONTRACT_EDIT, partner_id=contract.partner_id)
    draft = draft_of(work, contract, version)
    preview = work.session.get(ContractPreview, preview_id)
    if preview is None or preview.version_id != draft.id or preview.state != "done":
        raise NotFound
    if preview.terms_hash != terms_hash(version_row(draft, contract)):
        raise Conflict("preview_stale")
    draft.preview_id = preview.id
    work.session.flush()
    work.record(PreviewAttached(**about_draft(draft), code=contract.code, number=draft.number, month=str(Month.of(preview.month))))


def _draft(work: Work, contract: Contract) -> ContractVersion:
    statement = select(ContractVersion).where(ContractVersion.contract_id == contract.id, ContractVersion.state == "draft")
    draft = work.session.scalars(statement).one_or_none()
    if draft is None:
        raise Conflict("no_draft")
    return draft


def newest_preview(work: Work, row: ContractRow, version: ContractVersionRow) -> PreviewRow | None:
    """The last replay of a version, for staff."""
    statement = (
        select(ContractPreview)
        .where(ContractPreview.version_id == version.id)
        .order_by(ContractPreview.created_at.desc(), ContractPreview.id.desc())
    )
    return _read(work, row, version, work.session.scalars(statement.limit(1)).one_or_none())


def attached_preview(work: Work, row: ContractRow, version: ContractVersionRow) -> PreviewRow | None:
    """The replay that is kept with a version, for staff."""
    found = None if version.preview_id is None else work.session.get(ContractPreview, version.preview_id)
    return _read(work, row, version, found)


def _read(work: Work, row: ContractRow, version: ContractVersionRow, preview: ContractPreview | None) -> PreviewRow | None:
    work.require(Permission.CONTRACT_VIEW, partner_id=row.partner_id)
    if preview is None or not sees_drafts(work):
        return None
    job = None if preview.job_id is None or preview.state != "queued" else work.session.get(Job, preview.job_id)
    failed = job is not None and job.state == "failed"
    return PreviewRow(
        id=preview.id,
        month=Month.of(preview.month),
        state="failed" if failed else preview.state,
        problem=preview.problem,
        result=preview.result,
        requested_name=preview.requested_name,
        created_at=preview.created_at,
        finished_at=preview.finished_at,
        is_stale=preview.terms_hash != terms_hash(version),
        done=job.done if job else 0,
        total=job.total if job else None,
    )
