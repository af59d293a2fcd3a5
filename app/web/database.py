"""The web's database session and units of work. Flask-SQLAlchemy keeps engine and session per request on the house's own metadata."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import cast

from flask import Flask, current_app, g, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import sessionmaker

from app.access.actor import NOBODY, Actor
from app.db.base import Base
from app.db.engine import engine_options
from app.work.unit import Work, WorkRoom, enter_tenant

db = SQLAlchemy(metadata=Base.metadata, disable_autonaming=True, session_options={"expire_on_commit": False})


def install(app: Flask, room: WorkRoom, url: str) -> None:
    """Bind the session to the web role's address; ``room`` brings clock, bus and nudge."""
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(pool_size=10, application="voltpact web")
    app.extensions["voltpact.room"] = replace(room, sessions=db.session)
    db.init_app(app)
    app.teardown_request(_roll_back)


def room() -> WorkRoom:
    """The units of work of this process, on the request's own session."""
    return cast(WorkRoom, current_app.extensions["voltpact.room"])


def begin_work(actor: Actor) -> Work:
    """Open the request's unit of work. Ends in ``finish_work`` or is rolled back with the request."""
    stack = ExitStack()
    g.work = stack.enter_context(room().session(actor))
    g.work.address = request.remote_addr
    g.work_end = stack
    return cast(Work, g.work)


def act_as(actor: Actor) -> Work:
    """From now on the request's unit of work is this actor's, in this actor's tenant (portal guards, a driver's link, a webhook)."""
    if "work" not in g:
        return begin_work(actor)
    g.work.session.flush()
    g.work.actor = actor
    enter_tenant(g.work.session, actor)
    return cast(Work, g.work)


def has_work() -> bool:
    """Whether the request has opened its unit of work and it still can be asked."""
    return "work" in g and not g.get("work_failed", False)


def finish_work(status: int) -> None:
    """Commit after a good answer; a preview has nothing to commit. Called once, by the request frame."""
    if has_work() and status < 400 and g.work.actor.seen_as is None:
        rooms = room()
        rooms.commit(g.work)


def fail_work() -> None:
    """Roll back now: the error page must not read through a broken transaction."""
    if "work" in g:
        g.work_failed = True
        g.work.session.rollback()


@contextmanager
def aside(actor: Actor = NOBODY) -> Iterator[Work]:
    """A second, separate unit of work that stays even if the request is refused (counting failed sign-ins)."""
    apart = replace(room(), sessions=sessionmaker(db.engine, expire_on_commit=False))
    with apart.open(actor) as work:
        yield work


def _roll_back(_: BaseException | None) -> None:
    stack = g.pop("work_end", None)
    if stack is not None:
        stack.close()
