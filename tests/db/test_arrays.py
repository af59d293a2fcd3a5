"""Columns as array literals: what goes in comes out of PostgreSQL, whatever characters it has."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from app.db.arrays import documents, instants, plain, texts
from app.kernel.ids import uuid7s

ANY_TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))
PLAIN_TEXT = st.text(st.sampled_from('ab {}[]",\\/:ü€null'))


def _read(database: Any, literal: str, kind: str) -> list[Any]:
    with database.owner.connect() as connection:
        return list(
            connection.scalars(text(f"select v from unnest(cast(:a as {kind}[])) with ordinality as u(v, n) order by n"), {"a": literal})
        )


@given(st.lists(st.one_of(st.none(), ANY_TEXT, PLAIN_TEXT), max_size=6))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_texts_come_out_as_they_went_in(database: Any, values: list[str | None]) -> None:
    assert _read(database, texts(values), "text") == values


def test_words_that_look_like_nothing_and_control_characters_are_kept(database: Any) -> None:
    values = ["null", "NULL", "", None, "a\tb\nc", '{"a":"\\u0041 \\" \\\\"}', "\x7f", "\u00a0"]
    assert _read(database, texts(values), "text") == values
    assert _read(database, texts(values[:4]), "text") == values[:4]


def test_numbers_instants_and_documents(database: Any) -> None:
    at = datetime(2026, 3, 29, 1, 0, 0, 123456, tzinfo=UTC)
    assert _read(database, plain([1, None, -3]), "int") == [1, None, -3]
    assert _read(database, instants([at, None]), "timestamptz") == [at, None]
    assert _read(database, documents([{"a": ['x"\\', None]}, None]), "jsonb") == [{"a": ['x"\\', None]}, None]


def test_ids_made_in_one_go_are_version_7_and_rise(database: Any) -> None:
    ids = uuid7s(1000)
    with database.owner.connect() as connection:
        asked = text(
            "select array_agg(v order by n) = array_agg(v order by v), count(distinct v), "
            "count(*) filter (where uuid_extract_version(v) = 7) from unnest(cast(:a as uuid[])) with ordinality as u(v, n)"
        )
        assert tuple(connection.execute(asked, {"a": plain(ids)}).one()) == (True, 1000, 1000)
    assert len(set(ids) | set(uuid7s(1000))) == 2000
