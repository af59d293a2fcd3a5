"""The table of the time machine as values: groups of lines, each with a cell per instant; and the words they share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import current_app
from markupsafe import Markup

from app.domain.contracts.rows import ContractVersionRow
from app.text import format as fmt
from app.text.drawing import Picture
from app.text.words import gettext as _

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
