"""What somebody has typed into the tariff editor and not yet published (people/form_drafts)."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from app.access.permissions import Permission
from app.domain.people.form_drafts import DraftKey, DraftRow, Typed, forget, keep, kept_draft
from app.work.unit import Work


def _key(tariff_id: UUID | None, partner_id: UUID | None) -> DraftKey:
    return DraftKey("tariff", tariff_id, partner_id)


def draft_of(work: Work, tariff_id: UUID | None, partner_id: UUID | None) -> DraftRow | None:
    """The actor's draft for a price sheet (None: for a new one) of that owner."""
    return kept_draft(work, _key(tariff_id, partner_id))


def keep_draft(work: Work, tariff_id: UUID | None, partner_id: UUID | None, typed: Iterable[tuple[str, str]]) -> None:
    """Keep what is typed instead of what was kept before."""
    work.require(Permission.TARIFF_EDIT, partner_id=partner_id)
    keep(work, _key(tariff_id, partner_id), typed)


def drop_draft(work: Work, tariff_id: UUID | None, partner_id: UUID | None) -> None:
    """Forget it; nothing happens if there is none."""
    forget(work, _key(tariff_id, partner_id))


__all__ = ["DraftRow", "Typed", "draft_of", "drop_draft", "keep_draft"]
