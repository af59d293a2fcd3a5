"""Papers of the relationship with a partner (B11): upload, publish, withdraw, replace; every version stays."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select

from app.access.permissions import Permission
from app.db.paging import PAGE, AnySelect, Page, take_page
from app.domain.people import checks
from app.domain.people.events import PaperReplaced, PaperShown, PaperUploaded
from app.domain.people.paper_models import PartnerPaper, PartnerPaperVersion
from app.domain.people.queries import partner_by_code, sees_notes, within
from app.domain.people.rows import PartnerRow
from app.domain.people.uploads import UploadedFile, clean_name, media_type
from app.kernel.errors import Conflict, NotFound
from app.work.unit import Work

#: kind of paper -> the right to read it
KINDS: Final = {
    "contract": Permission.CONTRACT_VIEW,
    "certificate": Permission.PARTNER_VIEW,
    "authority": Permission.PARTNER_VIEW,
    "identity": Permission.BANK_VIEW,
    "plan": Permission.PARTNER_VIEW,
    "other": Permission.PARTNER_VIEW,
}


@dataclass(frozen=True, slots=True)
class FileInput:
    """A file as uploaded, in which language it is written, and the last day on which it holds (None: no end)."""

    name: str
    body: bytes
    language: str
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class PaperVersionRow:
    """A version of a paper; ``size`` in bytes."""

    number: int
    file_name: str
    media_type: str
    language: str
    valid_until: date | None
    size: int
    uploaded_at: datetime
    uploaded_name: str


@dataclass(frozen=True, slots=True)
class PaperRow:
    """A paper with its versions, the newest first; ``published_at`` None: the partner does not see it."""

    id: UUID
    kind: str
    name: str
    published_at: datetime | None
    published_name: str | None
    versions: tuple[PaperVersionRow, ...]

    @property
    def now(self) -> PaperVersionRow:
        """The version that counts."""
        return self.versions[0]

    def has_ended(self, today: date) -> bool:
        """Whether it says no longer what is so."""
        return self.now.valid_until is not None and self.now.valid_until < today


def papers(work: Work, partner_id: UUID, *, cursor: str | None = None, limit: int = PAGE) -> Page[PaperRow]:
    """A partner's papers, the newest first; the partner's own people see those that are published. Three statements."""
    page = take_page(
        work.session,
        _statement(work).where(PartnerPaper.partner_id == partner_id),
        (PartnerPaper.created_at, PartnerPaper.id),
        lambda row: (row.PartnerPaper.created_at, row.PartnerPaper.id),
        cursor=cursor,
        limit=limit,
        descending=True,
    )
    return Page(_rows(work, [row.PartnerPaper for row in page.rows]), page.before, page.after, page.total)


def paper_by_id(work: Work, partner_id: UUID, paper_id: UUID) -> PaperRow:
    """One of a partner's papers; one that is foreign, or not published to who asks, is not found."""
    return _rows(work, [_find(work, partner_id, paper_id)])[0]


def paper_file(work: Work, partner_id: UUID, paper_id: UUID, number: int) -> UploadedFile:
    """A version's file, for whoever may see the paper."""
    paper = _find(work, partner_id, paper_id)
    statement = select(PartnerPaperVersion.file_name, PartnerPaperVersion.media_type, PartnerPaperVersion.body)
    found = work.session.execute(
        statement.where(PartnerPaperVersion.paper_id == paper.id, PartnerPaperVersion.number == number)
    ).one_or_none()
    if found is None:
        raise NotFound
    return UploadedFile(*found)


def upload(work: Work, code: str, kind: str, name: str, file: FileInput, *, publish: bool = False) -> PaperRow:
    """A new paper of a partner; refuses what is no PDF or image, or larger than 10 MB."""
    partner = _own(work, code)
    checks.one_of(kind, tuple(KINDS), "kind")
    work.require(KINDS[kind], partner_id=partner.id)
    paper = PartnerPaper(
        operator_id=partner.operator_id,
        partner_id=partner.id,
        kind=kind,
        name=checks.text(name, "name"),
        created_at=work.now,
        published_at=work.now if publish else None,
        published_name=work.actor.name if publish else None,
    )
    version = _version(work, paper, 1, file)
    work.session.add(paper)
    work.session.flush()
    version.paper_id = paper.id
    work.session.add(version)
    work.session.flush()
    work.record(PaperUploaded(**_about(paper), label=paper.name, file_name=version.file_name, body_hash=version.body_hash))
    if publish:
        _tell(work, paper, shown=True)
    return _rows(work, [paper])[0]


def replace(work: Work, code: str, paper_id: UUID, file: FileInput) -> PaperRow:
    """A new version of a paper; the old one stays."""
    partner = _own(work, code)
    paper = _find(work, partner.id, paper_id, lock=True)
    last = work.session.scalar(select(func.max(PartnerPaperVersion.number)).where(PartnerPaperVersion.paper_id == paper.id)) or 0
    version = _version(work, paper, last + 1, file)
    version.paper_id = paper.id
    work.session.add(version)
    work.session.flush()
    about = _about(paper) if paper.published_at is None else _about(paper) | {"subject": ("partner", paper.partner_id)}
    number, digest = version.number, version.body_hash
    work.record(PaperReplaced(**about, label=paper.name, number=number, file_name=version.file_name, body_hash=digest))
    return _rows(work, [paper])[0]


def show(work: Work, code: str, paper_id: UUID, *, shown: bool) -> PaperRow:
    """Publish a paper to the partner, or withdraw it; refuses what is done already."""
    partner = _own(work, code)
    paper = _find(work, partner.id, paper_id, lock=True)
    if (paper.published_at is not None) == shown:
        raise Conflict("already_decided")
    paper.published_at, paper.published_name = (work.now, work.actor.name) if shown else (None, None)
    work.session.flush()
    _tell(work, paper, shown=shown)
    return _rows(work, [paper])[0]


def _own(work: Work, code: str) -> PartnerRow:
    partner = partner_by_code(work, code)
    work.require(Permission.PARTNER_EDIT, partner_id=partner.id)
    return partner


def _visible(work: Work) -> ColumnElement[bool]:
    """Papers of the kinds, and of the partners, that the actor reads; drafts are for staff."""
    readable = or_(*(and_(PartnerPaper.kind == kind, within(PartnerPaper.partner_id, work.scope(right))) for kind, right in KINDS.items()))
    return readable if sees_notes(work) else and_(readable, PartnerPaper.published_at.is_not(None))


def _statement(work: Work) -> AnySelect:
    statement: AnySelect = select(PartnerPaper)
    return statement.where(PartnerPaper.operator_id == work.operator_id, _visible(work))


def _find(work: Work, partner_id: UUID, paper_id: UUID, *, lock: bool = False) -> PartnerPaper:
    statement = _statement(work).where(PartnerPaper.partner_id == partner_id, PartnerPaper.id == paper_id)
    row = work.session.execute(statement.with_for_update() if lock else statement).one_or_none()
    if row is None:
        raise NotFound
    paper: PartnerPaper = row.PartnerPaper
    return paper


_SHOWN = (
    PartnerPaperVersion.paper_id, PartnerPaperVersion.number, PartnerPaperVersion.file_name, PartnerPaperVersion.media_type,
    PartnerPaperVersion.language, PartnerPaperVersion.valid_until, PartnerPaperVersion.body_size, PartnerPaperVersion.uploaded_at,
    PartnerPaperVersion.uploaded_name,
)  # fmt: skip


def _rows(work: Work, found: Collection[PartnerPaper]) -> list[PaperRow]:
    """Papers with their versions, without the files themselves."""
    versions: dict[UUID, list[PaperVersionRow]] = defaultdict(list)
    statement = select(*_SHOWN).where(PartnerPaperVersion.paper_id.in_([p.id for p in found]))
    row: Any
    for row in work.session.execute(statement.order_by(PartnerPaperVersion.number.desc())):
        versions[row.paper_id].append(PaperVersionRow(*row[1:]))
    return [PaperRow(p.id, p.kind, p.name, p.published_at, p.published_name, tuple(versions[p.id])) for p in found]


def _version(work: Work, paper: PartnerPaper, number: int, file: FileInput) -> PartnerPaperVersion:
    kind = media_type(file.body)
    return PartnerPaperVersion(
        number=number,
        operator_id=paper.operator_id,
        partner_id=paper.partner_id,
        file_name=clean_name(file.name, kind),
        media_type=kind,
        language=checks.language(file.language),
        valid_until=file.valid_until,
        body=file.body,
        body_size=len(file.body),
        body_hash=hashlib.sha256(file.body).hexdigest(),
        uploaded_at=work.now,
        uploaded_by=work.actor.id,
        uploaded_name=work.actor.name,
    )


def _tell(work: Work, paper: PartnerPaper, *, shown: bool) -> None:
    """What the partner reads in its history."""
    about = _about(paper) | {"subject": ("partner", paper.partner_id)}
    work.record(PaperShown(**about, label=paper.name, before={"published": not shown}, after={"published": shown}))


def _about(paper: PartnerPaper) -> dict[str, Any]:
    return {"operator_id": paper.operator_id, "partner_id": paper.partner_id, "subject": ("partner_paper", paper.id)}
