"""Rows into tables by COPY: every constraint, key and trigger still has its say, only the statements are saved."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, TypeVar

import orjson
import psycopg
from psycopg import sql
from sqlalchemy import Column
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session
from sqlalchemy.sql.schema import CallableColumnDefault, ScalarElementColumnDefault

from app.db.base import Base

T = TypeVar("T")


def portions(things: Iterable[T], size: int) -> Iterator[list[T]]:
    """So many at a time; the last one may be smaller."""
    rest = iter(things)
    while portion := list(islice(rest, size)):
        yield portion


def copy_rows(session: Session, model: type[Base], rows: Iterable[Mapping[str, Any]]) -> None:
    """Copy rows (by column name) into a model's table, in the session's transaction. What a row leaves out gets the model's default."""
    table = model.metadata.tables[model.__tablename__]
    columns = [column for column in table.columns if column.computed is None and column.server_default is None]
    values = [_value_of(column) for column in columns]
    names = sql.SQL(", ").join(sql.Identifier(column.name) for column in columns)
    driver = session.connection().connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise TypeError("COPY needs psycopg")
    with driver.cursor() as cursor, cursor.copy(sql.SQL("copy {} ({}) from stdin").format(sql.Identifier(table.name), names)) as copy:
        for row in rows:
            copy.write_row([value(row) for value in values])


def _value_of(column: Column[Any]) -> Callable[[Mapping[str, Any]], Any]:
    """How a row's value of a column is found."""
    name, made = column.name, _default_of(column)
    if isinstance(column.type, JSONB):
        return lambda row: _json(row[name] if name in row else made())
    return lambda row: row[name] if name in row else made()


def _default_of(column: Column[Any]) -> Callable[[], Any]:
    """What the model puts where nothing is given."""
    default = column.default
    if isinstance(default, CallableColumnDefault):
        return lambda: default.arg(None)  # type: ignore[arg-type]
    if isinstance(default, ScalarElementColumnDefault):
        return lambda: default.arg
    return lambda: None


def _json(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value).decode()
