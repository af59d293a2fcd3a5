"""Units of work for commands that change an operator's rows from the command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from app.access.actor import system
from app.db.engine import make_engine, make_sessions
from app.domain.people.models import Operator
from app.kernel.clock import system_clock
from app.live.bus import NoBus
from app.settings import Settings
from app.work.unit import Work, WorkRoom


@contextmanager
def work_room(settings: Settings, application: str) -> Iterator[WorkRoom]:
    """Units of work in the worker's role; ``application`` is what the database calls the connection.

    Refuses a database that cannot be used with ``click.ClickException``.
    """
    engine = make_engine(settings.worker_database_url, pool_size=1, application=application)
    try:
        yield WorkRoom(make_sessions(engine), system_clock, NoBus())
    except DBAPIError as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise click.ClickException(f"the database refuses ({reason}); is it running, and migrated?") from None
    finally:
        engine.dispose()


@contextmanager
def operator_work(settings: Settings, code: str | None, application: str) -> Iterator[Work]:
    """A unit of work for the only operator, or the one named. Refuses as ``work_room``; no such operator; several and none named."""
    with work_room(settings, application) as room:
        with room.sessions() as session:
            owners = {owner.code: owner.id for owner in session.scalars(select(Operator))}
        if code is not None and code not in owners:
            raise click.ClickException(f"there is no operator {code}; there are: {', '.join(sorted(owners)) or 'none'}.")
        if code is None and len(owners) != 1:
            listed = ", ".join(sorted(owners))
            raise click.ClickException(f"say for which operator (--operator): {listed}." if owners else "there is no operator yet.")
        with room.open(system(owners[code] if code else next(iter(owners.values())), "command line")) as work:
            yield work
