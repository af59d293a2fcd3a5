"""The engines for a command that needs them: those of a running ``up``, else started for as long as the command takes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from app.db.migrate import upgrade
from app.db.version import is_current
from app.places import InstallationError
from app.runtime import house
from app.runtime.lock import DataFolderLock
from app.settings import Settings


@contextlib.contextmanager
def engines_running(settings: Settings) -> Iterator[None]:
    """Inside, database and Redis answer and the newest migration is there."""
    with contextlib.ExitStack() as ends:
        lock = DataFolderLock(settings.data_dir)
        try:
            lock.take()
        except InstallationError:
            # somebody runs the engines of this folder already
            lock = DataFolderLock(settings.data_dir)
        else:
            ends.callback(lock.release)
            _start(settings, ends)
        if not is_current(settings):
            upgrade(settings)
        yield


def _start(settings: Settings, ends: contextlib.ExitStack) -> None:
    postgres, redis = house.embedded_postgres(settings), house.embedded_redis(settings)
    if postgres is not None:
        postgres.start()
        ends.callback(postgres.stop)
        postgres.make_database()
    if redis is not None:
        redis.start()
        ends.callback(redis.stop)
