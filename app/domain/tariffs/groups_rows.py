"""What queries of tariff groups return."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.domain.tariffs.cascade_lines import Dead, Line


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRow:
    """A tariff group. ``lines`` without the fixed last one; ``places``: how many EVSEs, charge points … have it now."""

    id: UUID
    code: str
    name: str
    currency: str
    partner_id: UUID | None
    owner: str | None
    archived: bool
    lines: int
    places: int
    next_at: datetime | None
    has_draft: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupState:
    """The lines of a version (``number``), or of the draft (``number`` None). ``revision`` tells every state from the others."""

    lines: tuple[Line, ...]
    rest_tariff_id: UUID
    number: int | None = None
    valid_from: datetime | None = None
    revision: int = 0
    by: str = ""
    at: datetime | None = None

    @property
    def is_draft(self) -> bool:
        """Is it still being changed?"""
        return self.number is None


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRow:
    """A price sheet as lines name it."""

    id: UUID
    code: str
    name: str
    currency: str
    partner_id: UUID | None
    archived: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLine:
    """A line of a group's page. ``dead``: why nobody reaches it."""

    number: int
    line: Line
    sheet: SheetRow | None
    people: str | None
    dead: Dead | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserGroupRow:
    """A group of people that a line can name."""

    id: UUID
    code: str
    name: str
    partner_id: UUID | None
    cards: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceOfGroup:
    """Where a group counts or will: level, what people type and read for the place, since when."""

    level: str
    key: str
    name: str
    partner: str | None
    since: datetime
    in_force: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LineInput:
    """A line as a form gives it: codes instead of keys."""

    tariff: str
    channels: tuple[str, ...] = ()
    own_users: bool = False
    user_group: str = ""
    plan: str = ""
    provider: str = ""
    first_day: date | None = None
    last_day: date | None = None
    reason: str = ""
