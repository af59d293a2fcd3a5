"""Pages by keyset: a page begins behind the last row seen, so rows that come or go never make the next page skip or repeat one.

A cursor is an opaque word for the address: the order values of a row and the direction. A damaged one means the first page.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

import orjson
from sqlalchemy import ColumnElement, Select, func, literal, literal_column, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

T = TypeVar("T")
#: a select of whatever columns
AnySelect = Select[*tuple[Any, ...]]
Column = ColumnElement[Any] | InstrumentedAttribute[Any]

PAGE = 50
#: how an order value is read back from a cursor, by the type of its column; others by the type itself
_READERS: dict[type, Callable[[str], Any]] = {datetime: datetime.fromisoformat, date: date.fromisoformat}
_UNCOUNTED: ContextVar[bool] = ContextVar("uncounted", default=False)
#: lists say "more than 10,000" instead of counting a million rows
COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows with the cursors of their neighbours (None: there is none) and how many rows there are in all (None: more than ``counted``)."""

    rows: list[T]
    before: str | None
    after: str | None
    total: int | None
    counted: int = COUNTED

    @property
    def first(self) -> bool:
        """Whether nothing comes before."""
        return self.before is None


def take_page(
    session: Session,
    statement: AnySelect,
    order: Sequence[Column],
    key: Callable[[Any], Sequence[object]],
    *,
    cursor: str | None = None,
    limit: int = PAGE,
    descending: bool = False,
    where: Sequence[ColumnElement[bool]] = (),
    count: bool = True,
) -> Page[Any]:
    """One page of a filtered statement in the order of these columns (the last one unique); ``key`` gives a row's order values.

    Two SQL statements, however many rows there are. Rows are SQLAlchemy rows of the statement. Conditions given as ``where`` choose the
    rows of the page before anything is joined to them that only shows; better where many rows may fit and few are shown. Without
    ``count``, which may cost more than the page, nothing is counted beyond it.
    """
    values, backwards = _read(cursor, order) or ((), False)
    falling = descending != backwards
    place, sorting = tuple_(*order), [c.desc() if falling else c.asc() for c in order]
    narrowed = asked = statement.where(*where)
    if values:
        mark = tuple_(*values)
        asked = asked.where(place < mark if falling else place > mark)
    asked = asked.order_by(*sorting).limit(limit + 1)
    if where:
        chosen = asked.with_only_columns(*order).subquery()
        asked = statement.where(place.in_(select(chosen))).order_by(*sorting)
    found = list(session.execute(asked).all())
    more, rows = len(found) > limit, found[:limit][:: -1 if backwards else 1]
    has_before, has_after = (more, True) if backwards else (bool(values), more)
    seen, count = None if has_before or has_after else len(rows), count and not _UNCOUNTED.get()
    return Page(
        rows,
        before=_write(key(rows[0]), backwards=True) if rows and has_before else None,
        after=_write(key(rows[-1]), backwards=False) if rows and has_after else None,
        total=count_rows(session, narrowed) if count else seen,
        counted=COUNTED if count else limit,
    )


def every(ask: Callable[[str | None], Page[T]]) -> Iterator[T]:
    """The rows of all pages one after the other; ``ask`` is given each page's cursor. What all pages are is not counted for each."""
    cursor: str | None = None
    while True:
        mark = _UNCOUNTED.set(True)
        try:
            page = ask(cursor)
        finally:
            _UNCOUNTED.reset(mark)
        yield from page.rows
        cursor = page.after
        if cursor is None:
            return


def count_rows(session: Session, statement: AnySelect) -> int | None:
    """How many rows a statement has; None for more than COUNTED."""
    some = statement.with_only_columns(literal_column("1"), maintain_column_froms=True).order_by(None).limit(COUNTED + 1).subquery()
    count = session.scalar(select(func.count()).select_from(some)) or 0
    return count if count <= COUNTED else None


def _write(values: Sequence[object], *, backwards: bool) -> str:
    raw = orjson.dumps([int(backwards), *(v if isinstance(v, str | int) else str(v) for v in values)])
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _read(cursor: str | None, order: Sequence[Column]) -> tuple[tuple[ColumnElement[Any], ...], bool] | None:
    """The values a page begins behind, typed as their columns are, and the direction; None without cursor or with a damaged one."""
    if not cursor or len(cursor) > 2000:
        return None
    try:
        backwards, *values = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        typed = tuple(_typed(column, value) for column, value in zip(order, values, strict=True))
    except (binascii.Error, ValueError, TypeError, ArithmeticError):
        return None
    return typed, bool(backwards)


def _typed(column: Column, value: object) -> ColumnElement[Any]:
    read = _READERS.get(column.type.python_type)
    return literal(read(str(value)) if read else column.type.python_type(value), column.type)
