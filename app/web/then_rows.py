"""The table of the time machine as values: groups of lines, each with a cell per instant; and the words they share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import current_app
from markupsafe import Markup

from app.access.actor import ALL
from app.access.permissions import Permission
from app.domain.contracts.rows import ContractVersionRow
from app.domain.people.care import CareThen, care_at
from app.kernel.periods import day_start
from app.text import format as fmt
from app.text.drawing import Picture
from app.text.words import gettext as _
from app.web.signin import current_work

#: makes the address of another thing at the first instant
To = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Cell:
    """What was so at one instant."""

    text: str = "–"
    since: datetime | date | None = None
    by: str | None = None
    until: datetime | date | None = None
    href: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A thing with its cells, one per instant."""

    word: str
    cells: tuple[Cell, ...]

    @property
    def differs(self) -> bool:
        """Whether the instants do not agree."""
        return len({cell.text for cell in self.cells}) > 1


@dataclass(frozen=True, slots=True)
class Group:
    """Lines under a heading."""

    word: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything about a thing at the instants; the nearest changes of its prices, where they are known."""

    groups: tuple[Group, ...]
    before: datetime | None = None
    after: datetime | None = None
    foreign: bool = False
    unborn_until: datetime | None = None
    #: what the connectors said on the local day of the first instant
    strip: Picture | None = None


def care_line(asked: Sequence[tuple[UUID | None, datetime]], to: To) -> list[Line]:
    """In whose care each of the partners (None: there is none) was at the instant; for those who see both levels, if anybody ever was."""
    work = current_work()
    if work.scope(Permission.PARTNER_VIEW) is not ALL:
        return []
    found = [care_at(work, partner_id, at) if partner_id is not None else None for partner_id, at in asked]
    if not any(found):
        return []

    def cell(care: CareThen | None) -> Cell:
        if care is None:
            return Cell(_("nobody"))
        return Cell(care.name or _("nobody"), care.since, care.by, care.until, to(care.code) if care.code else "")

    return [Line(_("In the care of"), tuple(cell(care) for care in found))]


def in_own_time(groups: Sequence[Group], times: Sequence[tuple[datetime, datetime] | None], zone: str) -> tuple[Group, ...]:
    """The same; cells tell nothing before or after the asker's own time at each instant (None: all is to be told)."""
    return tuple(Group(group.word, tuple(_in_time(line, times, zone) for line in group.lines)) for group in groups)


def _in_time(line: Line, times: Sequence[tuple[datetime, datetime] | None], zone: str) -> Line:
    return Line(line.word, tuple(_cut(cell, own, zone) for cell, own in zip(line.cells, times, strict=False)))


def _cut(cell: Cell, own: tuple[datetime, datetime] | None, zone: str) -> Cell:
    if own is None:
        return cell

    def instant(when: datetime | date) -> datetime:
        return when if isinstance(when, datetime) else day_start(when, zone)

    if cell.since is not None and instant(cell.since) < own[0]:
        cell = replace(cell, since=own[0], by=None)
    return replace(cell, until=own[1]) if cell.until is not None and instant(cell.until) > own[1] else cell


def version_cell(version: ContractVersionRow, until: date | None, href: str = "") -> Cell:
    """A contract's version in one line; ``until``: the first day on which it binds no more."""
    shares = _("AC %(ac)s, DC %(dc)s", ac=fmt.pct(version.ac_pct), dc=fmt.pct(version.dc_pct))
    return Cell(f"{version.contract_code} v{version.number}, {shares}", version.first_month, version.approved_name, until, href)


def rights_words(rights: Sequence[str]) -> str:
    """Delegated rights in words."""
    words = words_of("shared/contracts/words.html", "right_word")
    return ", ".join(sorted(words(right) for right in rights)) or _("nothing, look only")


def words_of(template: str, name: str) -> Callable[..., Any]:
    """Words that pages have as a macro; what it writes, without blanks around."""
    macro = getattr(current_app.jinja_env.get_template(template).module, name)

    def words(*values: Any) -> Any:
        return Markup(str(macro(*values)).strip())  # noqa: S704 - the template has escaped what is not its own

    return words
