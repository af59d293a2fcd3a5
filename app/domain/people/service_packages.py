"""Service packages: what each holds is the operator's own data, and which partners have one that holds something.

What a package says here happens: response time (desk, Today), faults mailed at once (``network.fault_mail_at_once``), faults first (desk),
room for people (``seats``), length of files of lists (``documents.sheets``). The note is for people: what else is included, what it costs.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from types import EllipsisType
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, func, select
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from app.access.permissions import Permission
from app.db.base import Base
from app.db.paging import AnySelect
from app.domain.people import checks
from app.domain.people.events import ServicePackageSet
from app.domain.people.feature_models import PartnerFeatures
from app.domain.people.features import PACKAGES, Features, features_at
from app.domain.people.models import Partner
from app.domain.people.partner_filters import has_package
from app.domain.people.seats import crowded, people_of
from app.kernel.errors import Conflict, Invalid, NotFound
from app.work.locks import hold
from app.work.unit import Work

#: a month
LONGEST_RESPONSE = 720
MOST_PEOPLE = 1_000
#: lines of the longest file of a list that the house makes, and of the shortest limit
LONGEST_FILE, SHORTEST_FILE = 200_000, 100
#: so many partners are named where something changes for them
SHOWN = 20


class ServicePackage(Base):
    """What the operator says of a package; its history is in the audit log."""

    __tablename__ = "service_package"
    __table_args__ = (
        CheckConstraint("name in ('basic', 'plus', 'premium')", "name"),
        CheckConstraint("response_hours between 1 and 720", "response"),
        CheckConstraint("people_most between 1 and 1000", "people"),
        CheckConstraint("file_lines between 100 and 200000", "file"),
    )

    operator_id: Mapped[UUID] = mapped_column(ForeignKey("operator.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    response_hours: Mapped[int | None] = mapped_column(comment="a fault is answered within so many hours; null: no time is promised")
    faults_at_once: Mapped[bool] = mapped_column(comment="faults are mailed within a minute instead of gathered over ten")
    faults_first: Mapped[bool] = mapped_column(comment="the desk lists their faults")
    people_most: Mapped[int | None] = mapped_column(
        comment="so many people may work in an account, open invitations counted; null: any number"
    )
    file_lines: Mapped[int | None] = mapped_column(comment="lines of the longest file of a list; null: as long as the house makes any")
    note: Mapped[str] = mapped_column(comment="what else is included and what it costs, for people")
    set_at: Mapped[datetime]
    set_by: Mapped[UUID | None]
    set_name: Mapped[str]


@dataclass(frozen=True, slots=True)
class PackageInput:
    """What a package holds. None: no time is promised, any number of people, files as long as the house makes any."""

    response_hours: int | None = None
    faults_at_once: bool = False
    faults_first: bool = False
    people_most: int | None = None
    file_lines: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class PackageRow(PackageInput):
    """The same, which package it is, and who said so (``set_at`` None: nobody yet, it is as the house delivers it)."""

    name: str = PACKAGES[0]
    set_at: datetime | None = None
    set_name: str = ""


_DELIVERED = {
    "basic": PackageRow(name="basic"),
    "plus": PackageRow(name="plus", response_hours=48),
    "premium": PackageRow(name="premium", response_hours=8, faults_at_once=True, faults_first=True),
}


def service_packages(session: Session, operator_id: UUID) -> dict[str, PackageRow]:
    """What every package of the operator holds; no scope, one statement."""
    rows = session.scalars(select(ServicePackage).where(ServicePackage.operator_id == operator_id))
    said = {row.name: PackageRow(**{f.name: getattr(row, f.name) for f in fields(PackageRow)}) for row in rows}
    return _DELIVERED | said


def package_at(session: Session, operator_id: UUID, partner_id: UUID, at: datetime) -> PackageRow:
    """What a partner's package holds; no scope, two statements."""
    saved = features_at(session, [partner_id], at).get(partner_id, Features())
    return service_packages(session, operator_id)[saved.package]


def seats_of(work: Work, partner_id: UUID) -> tuple[int, int] | None:
    """How many people of a partner account there are, open invitations counted, and for how many its package has room; None: for any
    number. No scope, three statements."""
    most = package_at(work.session, work.operator_id, partner_id, work.now).people_most
    return None if most is None else (people_of(work.session, partner_id, work.now), most)


def partners_by_package(work: Work) -> dict[str, int]:
    """How many partners that are not closed have each package; those that never chose have the first. Two statements."""
    counts = dict.fromkeys(PACKAGES, 0)
    newest = _newest().where(Partner.operator_id == work.operator_id, Partner.state != "closed")
    rows = work.session.execute(newest.with_only_columns(PartnerFeatures.package, func.count()).group_by(PartnerFeatures.package))
    counts |= dict(rows.tuples().all())
    everybody = select(func.count()).select_from(Partner).where(Partner.operator_id == work.operator_id, Partner.state != "closed")
    counts[PACKAGES[0]] = (work.session.scalar(everybody) or 0) - sum(counts[name] for name in PACKAGES[1:])
    return counts


def partners_having(session: Session, operator_id: UUID, names: Collection[str]) -> dict[UUID, str]:
    """By partner that is not closed its package, of those among ``names`` (never the first, which nobody has to choose). One statement."""
    chosen = _newest().where(PartnerFeatures.package.in_(set(names) - {PACKAGES[0]}))
    rows = session.execute(chosen.where(PartnerFeatures.operator_id == operator_id, Partner.state != "closed"))
    return {row[0]: row[1] for row in rows}


@dataclass(frozen=True, slots=True)
class PackageChange:
    """What a save would change: each setting before and after, for which partners (the first by name), and who has too many people."""

    changed: dict[str, tuple[Any, Any]]
    names: list[str]
    #: partners with more people than there is room for, and how many those have
    crowded: list[tuple[str, int]]


def package_change(work: Work, name: str, wanted: PackageInput) -> PackageChange:
    """What saving it would change, and for whom; refuses as the save would. Nothing is written."""
    before, after = _checked(work, name, wanted)
    changed = {key: (value, after[key]) for key, value in before.items() if value != after[key]}
    room = after["people_most"] if "people_most" in changed else None
    having = partners_with(work, name)
    names = list(work.session.scalars(having.with_only_columns(Partner.name).order_by(Partner.name, Partner.id).limit(SHOWN)))
    return PackageChange(changed, names, [] if room is None else crowded(work, having, room, SHOWN))


def set_package(work: Work, name: str, wanted: PackageInput, *, seen: datetime | EllipsisType | None = ...) -> None:
    """Say what a package holds, for all who have it, from now on. Refuses at ``response_hours``, ``people_most``, ``file_lines``, ``note``;
    the first package, which every partner has without choosing it, can promise nothing about faults: ``only_a_note``. Whoever has
    ``seen`` an earlier state (its ``set_at``; not given: any) is refused with ``package_changed``; two at once come after each other."""
    hold(work.session, "service_package", work.operator_id, name)
    now = service_packages(work.session, work.operator_id)
    if seen is not ... and name in now and seen != now[name].set_at:
        raise Conflict("package_changed", by=now[name].set_name)
    before, after = _checked(work, name, wanted)
    changed = {key: value for key, value in after.items() if value != before[key]}
    if not changed:
        return
    row = work.session.get(ServicePackage, (work.operator_id, name)) or ServicePackage(operator_id=work.operator_id, name=name)
    for key, value in after.items():
        setattr(row, key, value)
    row.set_at, row.set_by, row.set_name = work.now, work.actor.id, work.actor.name
    work.session.add(row)
    work.session.flush()
    earlier = {key: before[key] for key in changed}
    work.record(ServicePackageSet(operator_id=work.operator_id, package=name, before=earlier, after=changed))


def partners_with(work: Work, name: str) -> AnySelect:
    """Keys of the operator's partners that are not closed and have the package; the first also those that never chose."""
    return select(Partner.id).where(Partner.operator_id == work.operator_id, Partner.state != "closed", has_package(name))


def _checked(work: Work, name: str, wanted: PackageInput) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the package holds now, and what it is to hold."""
    work.require(Permission.PARTNER_EDIT)
    if name not in PACKAGES:
        raise NotFound
    for key, least, most in (
        ("response_hours", 1, LONGEST_RESPONSE), ("people_most", 1, MOST_PEOPLE), ("file_lines", SHORTEST_FILE, LONGEST_FILE),
    ):  # fmt: skip
        value = getattr(wanted, key)
        if value is not None and not least <= value <= most:
            raise Invalid("number_or_nothing", field=key, least=least, most=most)
    if name == PACKAGES[0] and (wanted.response_hours is not None or wanted.faults_at_once or wanted.faults_first):
        raise Invalid("only_a_note", field="response_hours")
    now = service_packages(work.session, work.operator_id)[name]
    before = {field.name: getattr(now, field.name) for field in fields(PackageInput)}
    return before, asdict(wanted) | {"note": checks.notes(wanted.note, "note", longest=1000)}


def _newest() -> Any:
    """Partner and package of the switches that count."""
    newer = aliased(PartnerFeatures)
    followed = select(newer.id).where(newer.partner_id == PartnerFeatures.partner_id, newer.number > PartnerFeatures.number).exists()
    return (
        select(PartnerFeatures.partner_id, PartnerFeatures.package).join(Partner, Partner.id == PartnerFeatures.partner_id).where(~followed)
    )
