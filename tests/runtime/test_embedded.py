"""Embedded engines: what they refuse, in which words, and that a kill in between leaves nothing half made."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest

from app.db.embedded import EmbeddedPostgres, EngineError
from app.runtime.redis_engine import EmbeddedRedis


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder that other users may pass, unlike pytest's own."""
    import tempfile

    made = Path(tempfile.mkdtemp(prefix="voltpact-engine-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


def postgres(folder: Path, password: str = "secret") -> EmbeddedPostgres:
    return EmbeddedPostgres(folder, folder / "run", password, durable=False)


def test_it_starts_stops_and_keeps_its_data(folder: Path) -> None:
    engine = postgres(folder)
    engine.start()
    engine.make_database()
    with psycopg.connect(engine.url().replace("+psycopg", "")) as connection:
        connection.execute("create table kept as select 1")
    engine.stop()
    engine.stop()
    assert not engine.answers()
    engine.start()
    with psycopg.connect(engine.url().replace("+psycopg", "")) as connection:
        assert connection.execute("select count(*) from kept").fetchone() == (1,)
    engine.stop()


def test_a_cut_off_first_start_is_made_anew(folder: Path) -> None:
    (folder / "postgres.new").mkdir()
    (folder / "postgres.new" / "half").write_text("of a cluster")
    engine = postgres(folder)
    engine.prepare()
    assert (folder / "postgres" / "PG_VERSION").exists()
    assert not (folder / "postgres.new").exists()


@pytest.mark.parametrize(("version", "words"), [("16", "too old"), ("19", "of another version")])
def test_another_version_is_refused(folder: Path, version: str, words: str) -> None:
    (folder / "postgres").mkdir()
    (folder / "postgres" / "PG_VERSION").write_text(version + "\n")
    with pytest.raises(EngineError, match=f"{words} \\(PostgreSQL {version}, needed 18\\)"):
        postgres(folder).prepare()


def test_a_folder_with_other_things_is_refused(folder: Path) -> None:
    (folder / "postgres").mkdir()
    (folder / "postgres" / "holiday.jpg").write_text("not a database")
    with pytest.raises(EngineError, match="not empty"):
        postgres(folder).prepare()
    assert (folder / "postgres" / "holiday.jpg").exists()


def test_another_secret_key_is_named(folder: Path) -> None:
    engine = postgres(folder)
    engine.start()
    try:
        with pytest.raises(EngineError, match="VOLTPACT_SECRET_KEY"):
            postgres(folder, "of another key").answers()
    finally:
        engine.stop()


class Disk(NamedTuple):
    total: int
    used: int
    free: int


def test_a_full_disk_is_said_before_anything_is_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: Disk(10**12, 10**12, 3 * 2**20))
    for engine in (postgres(folder), EmbeddedRedis(folder, folder / "run", "secret")):
        with pytest.raises(EngineError, match="full: 3 MB are free, at least 200 are needed"):
            engine.prepare()
    assert not (folder / "postgres").exists()


def test_redis_keeps_what_was_written_and_asks_for_the_password(folder: Path) -> None:
    import redis

    engine: Any = EmbeddedRedis(folder, folder / "run", "secret")
    engine.start()
    client = redis.Redis.from_url(engine.url())
    client.set("kept", "yes")
    with pytest.raises(redis.AuthenticationError):
        redis.Redis.from_url(engine.url().replace(":secret@", ":wrong@")).ping()
    client.close()
    engine.stop()
    engine.start()
    assert redis.Redis.from_url(engine.url()).get("kept") == b"yes"
    engine.stop()
