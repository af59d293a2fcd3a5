"""What somebody has typed into the tariff editor and not yet published; kept for the person alone, right or wrong. Not audited."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, select
from sqlalchemy.dialects.postgresql import insert

from app.access.permissions import Permission
from app.domain.tariffs.models import TariffDraft
from app.kernel.errors import Invalid
from app.kernel.ids import uuid7
from app.work.unit import Work

Typed = list[tuple[str, str]]
#: more is no form of ours
MOST_FIELDS = 2_000
MOST_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class DraftRow:
    """The fields as they were typed, in order, and when they were kept."""

    typed: Typed
    saved_at: datetime


def _mine(work: Work, tariff_id: UUID | None, partner_id: UUID | None) -> ColumnElement[bool]:
    return and_(
        TariffDraft.user_id == work.actor.id,
        TariffDraft.operator_id == work.operator_id,
        TariffDraft.partner_id.is_not_distinct_from(partner_id),
        TariffDraft.tariff_id.is_not_distinct_from(tariff_id),
    )


def draft_of(work: Work, tariff_id: UUID | None, partner_id: UUID | None) -> DraftRow | None:
    """The actor's draft for a price sheet (None: for a new one) of that owner."""
    found = work.session.scalars(select(TariffDraft).where(_mine(work, tariff_id, partner_id))).one_or_none()
    return DraftRow([(str(name), str(value)) for name, value in found.typed], found.saved_at) if found else None


def keep_draft(work: Work, tariff_id: UUID | None, partner_id: UUID | None, typed: Iterable[tuple[str, str]]) -> None:
    """Keep what is typed instead of what was kept before. Refuses what no form of ours can have sent."""
    work.require(Permission.TARIFF_EDIT, partner_id=partner_id)
    fields = list(typed)
    if len(fields) > MOST_FIELDS or any(len(text) > MOST_CHARACTERS for pair in fields for text in pair):
        raise Invalid("draft_too_long", field="lines")
    values = {
        "id": uuid7(),
        "operator_id": work.operator_id,
        "partner_id": partner_id,
        "user_id": work.actor.id,
        "tariff_id": tariff_id,
        "typed": [[name, value] for name, value in fields],
        "saved_at": work.now,
    }
    fresh = insert(TariffDraft).values(values)
    keys = ["user_id", "operator_id", "partner_id", "tariff_id"]
    changed = {"typed": fresh.excluded.typed, "saved_at": fresh.excluded.saved_at}
    work.session.execute(fresh.on_conflict_do_update(index_elements=keys, set_=changed))


def drop_draft(work: Work, tariff_id: UUID | None, partner_id: UUID | None) -> None:
    """Forget it; nothing happens if there is none."""
    work.session.execute(delete(TariffDraft).where(_mine(work, tariff_id, partner_id)))
