"""What somebody has typed into a long form and not yet sent; kept for the person alone, right or wrong. Not audited."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, select
from sqlalchemy.dialects.postgresql import insert

from app.domain.people.draft_models import FormDraft
from app.kernel.errors import Invalid
from app.kernel.ids import uuid7
from app.work.unit import Work

Typed = list[tuple[str, str]]
#: more is no form of ours
MOST_FIELDS = 2_000
MOST_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class DraftKey:
    """Which form of which owner (None: the operator), and what it changes (None: a new thing)."""

    form: str
    subject_id: UUID | None
    partner_id: UUID | None


@dataclass(frozen=True, slots=True)
class DraftRow:
    """The fields as they were typed, in order, and when they were kept."""

    typed: Typed
    saved_at: datetime


def _mine(work: Work, key: DraftKey) -> ColumnElement[bool]:
    return and_(
        FormDraft.user_id == work.actor.id,
        FormDraft.operator_id == work.operator_id,
        FormDraft.partner_id.is_not_distinct_from(key.partner_id),
        FormDraft.form == key.form,
        FormDraft.subject_id.is_not_distinct_from(key.subject_id),
    )


def kept_draft(work: Work, key: DraftKey) -> DraftRow | None:
    """The actor's draft."""
    found = work.session.scalars(select(FormDraft).where(_mine(work, key))).one_or_none()
    return DraftRow([(str(name), str(value)) for name, value in found.typed], found.saved_at) if found else None


def keep(work: Work, key: DraftKey, typed: Iterable[tuple[str, str]]) -> None:
    """Keep what is typed instead of what was kept before; the right is asked by the caller. Refuses what no form of ours can have sent."""
    fields = list(typed)
    if len(fields) > MOST_FIELDS or any(len(text) > MOST_CHARACTERS for pair in fields for text in pair):
        raise Invalid("draft_too_long", field="lines")
    values = {
        "id": uuid7(),
        "operator_id": work.operator_id,
        "partner_id": key.partner_id,
        "user_id": work.actor.id,
        "form": key.form,
        "subject_id": key.subject_id,
        "typed": [[name, value] for name, value in fields],
        "saved_at": work.now,
    }
    fresh = insert(FormDraft).values(values)
    same = ["user_id", "operator_id", "partner_id", "form", "subject_id"]
    changed = {"typed": fresh.excluded.typed, "saved_at": fresh.excluded.saved_at}
    work.session.execute(fresh.on_conflict_do_update(index_elements=same, set_=changed))


def forget(work: Work, key: DraftKey) -> None:
    """Forget it; nothing happens if there is none."""
    work.session.execute(delete(FormDraft).where(_mine(work, key)))
