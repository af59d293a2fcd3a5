"""What actions record: the base of all events.

An event is a past fact. Its class says whether it is audited, and who may hear it live; its fields are everything a live
fragment needs, so that the stream process renders without a database.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, ClassVar
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class Event:
    """A past fact. Subclasses are frozen dataclasses of plain values, named in the past tense."""

    #: written to the audit log, in the same transaction
    audited: ClassVar[bool] = True
    #: published on the live bus after commit
    live: ClassVar[bool] = False

    operator_id: UUID
    #: the partner account it belongs to; None: the operator's own
    partner_id: UUID | None = None
    #: table-like word and key of what it is about: ("tariff", id)
    subject: tuple[str, UUID] | None = None

    @property
    def name(self) -> str:
        """The event's name in log and stream, its class name."""
        return type(self).__name__

    def facts(self) -> dict[str, Any]:
        """Its own fields as JSON-ready values, without the addressing fields of this base."""
        base = {"operator_id", "partner_id", "subject"}
        return {f.name: plain(getattr(self, f.name)) for f in fields(self) if f.name not in base}


def plain(value: Any) -> Any:
    """A JSON-ready copy: UUIDs, dates, decimals and enums as strings, containers copied."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(v) for v in value]
    if hasattr(value, "__dataclass_fields__"):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    raise TypeError(f"{type(value).__name__} cannot be recorded")
