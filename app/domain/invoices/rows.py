"""What queries of papers return."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRow:
    """An issued paper without its content. Amounts in minor units of ``currency``."""

    id: UUID
    operator_id: UUID
    partner_id: UUID | None
    kind: str
    number: str
    language: str
    issued_on: date
    issued_at: datetime
    session_id: UUID | None
    statement_id: UUID | None
    receiver: str
    currency: str
    net_minor: int
    vat_minor: int
    gross_minor: int
    has_file: bool
    refund_id: UUID | None = None
    #: number of the paper this one corrects, and of those that correct this one
    corrects: str | None = None
    corrected_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    """The file of a paper, as it was rendered once."""

    number: str
    kind: str
    media_type: str
    body: bytes
    body_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What is to be issued: who receives it, its frozen content (JSON-ready), its totals in minor units."""

    kind: str
    language: str
    issued_on: date
    receiver: str
    currency: str
    net_minor: int
    vat_minor: int
    content: dict[str, Any]
    partner_id: UUID | None = None
    session_id: UUID | None = None
    statement_id: UUID | None = None
    #: a correction belongs to a refund and names the paper it corrects
    refund_id: UUID | None = None
    corrects_id: UUID | None = None
    #: the partner's own series (prefix, first number) where the partner is the supplier; None: the operator's
    series: tuple[str, int] | None = None
