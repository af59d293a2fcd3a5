"""What a list needs so that it can be taken away as a file, at once or by a job."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.access.gate import can_anywhere
from app.access.permissions import Permission
from app.db.paging import Page, every
from app.domain.people.service_packages import LONGEST_FILE, package_at
from app.kernel.errors import Conflict, NotAllowed
from app.text.sheet import csv_parts
from app.work.unit import Work

#: lines of a file that is made while somebody waits; more are a job
AT_ONCE = 5_000
#: lines of the largest file; more are refused, never cut
MOST = LONGEST_FILE
#: rows read at a time
_STEP = 500

#: a filter as the address has it
Wanted = Mapping[str, str]
Progress = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A list as a file: who may have it, its columns, the words of its filter, its pages, and the lines of a row."""

    name: str
    right: Permission
    head: Sequence[str]
    words: Sequence[str]
    find: Callable[[Work, Wanted, str | None, int], Page[Any]]
    lines: Callable[[Work, Any], Iterable[Sequence[Any]]]

    @property
    def job(self) -> str:
        """The name of the job that makes it."""
        return f"exports.{self.name}"

    def require(self, work: Work) -> None:
        """Refuse whoever may see nothing of the list."""
        if not can_anywhere(work.actor, self.right):
            raise NotAllowed("not_allowed", permission=self.right.value)

    def wanted(self, given: Wanted) -> dict[str, str]:
        """What of an address narrows the list."""
        return {name: value for name in self.words if (value := given.get(name, "").strip())}

    def count(self, work: Work, wanted: Wanted) -> int | None:
        """How many rows the filter finds; None: more than are counted."""
        return self.find(work, wanted, None, 1).total

    def text(self, work: Work, wanted: Wanted, progress: Progress = lambda _done, _total: None, *, account: UUID | None = None) -> str:
        """The whole file, for staff or for somebody of a partner account; refuses ``too_long_a_file``, ``longer_than_package``."""
        return "".join(self.parts(work, wanted, progress, account))

    def parts(self, work: Work, wanted: Wanted, progress: Progress, account: UUID | None) -> Iterator[str]:
        """The same part by part, so that a long file is never in memory as a whole."""
        self.require(work)
        return csv_parts(self.head, self._all(work, wanted, progress, longest(work, account)))

    def _all(self, work: Work, wanted: Wanted, progress: Progress, limit: int | None) -> Iterator[Sequence[Any]]:
        total = self.count(work, wanted)
        progress(0, total)
        for number, row in enumerate(every(lambda cursor: self.find(work, wanted, cursor, _STEP)), 1):
            if limit is not None and number > limit:
                raise Conflict("longer_than_package", most=limit)
            if number > MOST:
                raise Conflict("too_long_a_file", most=MOST)
            if number % _STEP == 0:
                progress(number, total)
            yield from self.lines(work, row)


def longest(work: Work, account: UUID | None) -> int | None:
    """Lines of the longest file that the service package of a partner account allows; None: the house's own limit alone."""
    return None if account is None else package_at(work.session, work.operator_id, account, work.now).file_lines
