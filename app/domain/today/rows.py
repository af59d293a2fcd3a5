"""What needs a person, as pages see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

#: of one kind so many are counted; beyond, the page says "more than"
MOST = 100
#: the whole list; what is about the partners that the reader is account manager of; what the reader has taken
SHOWS = ("all", "mine", "taken")


@dataclass(frozen=True, slots=True)
class NeedItem:
    """One thing: ``key`` tells it among its kind, ``code`` is for its page's address, ``since`` when the need began, ``due`` a last day."""

    kind: str
    key: str
    name: str
    detail: str
    code: str
    since: datetime | None
    due: date | None
    taken_by: UUID | None = None
    taken_name: str | None = None
    #: whoever looks has taken it
    mine: bool = False


@dataclass(frozen=True, slots=True)
class Need:
    """All things of a kind, the most pressing first, at most ``MOST`` of them; ``count`` None: there are more."""

    kind: str
    items: tuple[NeedItem, ...]
    count: int | None

    @property
    def number(self) -> int:
        """How many are known: what a plural is chosen by."""
        return MOST + 1 if self.count is None else self.count


@dataclass(frozen=True, slots=True)
class SnoozedItem:
    """A thing that is left alone until then: why, and who said so."""

    kind: str
    key: str
    name: str
    until: datetime
    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class Needs:
    """The list: kinds with something to do, how many things are snoozed, and until when the first of them."""

    found: list[Need]
    snoozed: int
    back_at: datetime | None

    @property
    def number(self) -> int:
        """How many things there are, at most ``MOST`` of a kind."""
        return sum(min(one.number, MOST) for one in self.found)

    @property
    def has_more(self) -> bool:
        """Are there more than counted?"""
        return any(one.count is None for one in self.found)
