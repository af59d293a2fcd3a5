"""Whole columns as PostgreSQL array literals: the cheapest way to hand hundreds of rows to one statement.

``insert … select … from unnest(%s::uuid[], %s::text[])`` with these literals costs a fraction of a microsecond per value on the client.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import orjson


def plain(values: Iterable[Any]) -> str:
    """Numbers, booleans, UUIDs: values whose text needs no quotes. None is null."""
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


def instants(values: Iterable[datetime | None]) -> str:
    """Aware instants."""
    return "{" + ",".join(["NULL" if value is None else value.isoformat() for value in values]) + "}"


def texts(values: Iterable[str | None]) -> str:
    """Any text but NUL characters."""
    row = list(values)
    if "".join([v for v in row if v is not None]).isprintable():
        # then JSON escapes what PostgreSQL escapes, in the same way
        return "{" + orjson.dumps(row).decode()[1:-1] + "}"
    return "{" + ",".join(["NULL" if v is None else '"' + v.replace("\\", "\\\\").replace('"', '\\"') + '"' for v in row]) + "}"


def documents(values: Iterable[Any]) -> str:
    """JSON documents, for ``::jsonb[]``; None is null, not JSON's null."""
    return texts(None if value is None else orjson.dumps(value).decode() for value in values)
