"""Pages in tests: the real Flask application over the test database, a browser-like client per person of the cast.

``pages.as_("carla").get("/cpo/")`` gives a ``Seen`` with status, text and soup; ``post`` fills in the CSRF field like a browser does.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from types import CodeType
from typing import Any

import pytest
from argon2 import PasswordHasher
from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import event, update

from app.domain.people import signin
from app.domain.people.models import User
from app.factory import create_app
from app.kernel.clock import Clock
from app.live.messages import LiveMessage
from app.text.locales import SOURCE, locale, speak
from app.web.app_class import PortalFlask
from app.web.database import db
from app.work.jobs import no_nudge
from tests.cast import PASSWORD, QueryCount, World

#: real argon2id with the least parameters: each test signs somebody in
_WEAK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
_HASH = _WEAK.hash(PASSWORD)


@dataclass
class Seen:
    """An answer as a person sees it."""

    status: int
    text: str
    headers: Any
    response: Any = field(repr=False)

    @cached_property
    def soup(self) -> BeautifulSoup:
        """The page, parsed."""
        return BeautifulSoup(self.text, "html.parser")

    @property
    def heading(self) -> str:
        """The text of the h1."""
        found = self.soup.find("h1")
        return found.get_text(" ", strip=True) if found else ""

    @property
    def words(self) -> str:
        """All text, blanks made plain."""
        return " ".join(self.soup.get_text(" ").split())

    @property
    def location(self) -> str:
        """Where it sends us."""
        return str(self.headers.get("Location") or self.headers.get("HX-Redirect") or "")

    def one(self, selector: str) -> Tag:
        """The only element that fits."""
        found = self.soup.select(selector)
        assert len(found) == 1, f"{len(found)} elements fit {selector}"
        return found[0]

    @property
    def stream(self) -> str:
        """The address of the page's stream, without the instant since when it is to hear."""
        address, _, since = str(self.one("#live")["hx-sse:connect"]).rpartition("since=")
        assert since.isdigit(), "the page does not say since when it is to hear"
        return address[:-1]


@dataclass
class Visitor:
    """A browser with its cookies."""

    client: FlaskClient

    def get(self, path: str, **more: Any) -> Seen:
        """Open a page."""
        return _seen(self.client.get(path, **more))

    def htmx(self, path: str, *, method: str = "GET", **more: Any) -> Seen:
        """Ask for a piece of a page as htmx does."""
        headers = {"HX-Request": "true", "HX-Request-Type": "partial"} | more.pop("headers", {})
        return _seen(self.client.open(path, method=method, headers=headers, **more))

    def _token(self) -> str:
        """A token as the forms of this browser's session carry it (Flask-WTF), without opening a page for it."""
        with self.client.session_transaction() as kept:
            raw = kept.setdefault("csrf_token", secrets.token_hex(20))
        return URLSafeTimedSerializer(str(self.client.application.secret_key), salt="wtf-csrf-token").dumps(raw)

    def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> Seen:
        """Send a form, with the CSRF token that a page of this browser would carry."""
        return _seen(self.client.post(path, data={"csrf_token": self._token(), **(data or {})}, **more))

    def sign_in(self, email: str, password: str = PASSWORD, **more: Any) -> Seen:
        """Through the sign-in page."""
        return self.post("/sign-in", {"email": email, "password": password}, **more)


@dataclass
class Pages:
    """The application and its visitors."""

    app: PortalFlask
    world: World

    def nobody(self) -> Visitor:
        """Somebody who is not signed in."""
        return Visitor(self.app.test_client())

    def as_(self, who: str) -> Visitor:
        """Somebody of the cast, signed in through the page."""
        visitor = self.nobody()
        seen = visitor.sign_in(self.world.cast.people[who].email)
        assert seen.status == 303, seen.words
        return visitor

    @contextmanager
    def counting(self) -> Iterator[QueryCount]:
        """Count the SQL statements of the web application."""
        count = QueryCount()
        with self.app.app_context():
            engine = db.engine

        def note(_c: Any, _cur: Any, statement: str, *_: Any) -> None:
            count.statements.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        try:
            yield count
        finally:
            event.remove(engine, "before_cursor_execute", note)


class CompiledTemplates(BytecodeCache):
    """Templates are compiled once per process, also for applications of a test's own."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """The code compiled for an earlier test, if the source is the same."""
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it for the next test."""
        if bucket.code is not None:
            self._codes[bucket.key, bucket.checksum] = bucket.code


COMPILED = CompiledTemplates()


@dataclass
class Present:
    """Clock and bus of an application that outlives a test: those of the world that stands now."""

    world: World | None = None

    def __call__(self) -> datetime:
        """The present of that world."""
        assert self.world is not None
        return self.world.clock()

    def publish(self, messages: Sequence[LiveMessage]) -> None:
        """Say it where that world listens."""
        assert self.world is not None
        self.world.bus.publish(messages)


@pytest.fixture(scope="session")
def shared_app(settings: Any) -> Iterator[tuple[PortalFlask, Present]]:
    """One application a process: making it takes longer than most tests."""
    yield from lasting_app(settings)


def lasting_app(settings: Any) -> Iterator[tuple[PortalFlask, Present]]:
    """An application for many tests, and its present; its connections are closed in the end."""
    present = Present()
    app = make_app(settings, present, present)
    yield app, present
    with app.app_context():
        db.engine.dispose()


def make_app(settings: Any, clock: Clock, bus: Any) -> PortalFlask:
    """The web application as tests use it: a fault is raised, not shown."""
    signin._hasher = _WEAK
    app = create_app(settings, clock=clock, bus=bus, nudge=no_nudge)
    app.config.update(TESTING=True, PROPAGATE_BUGS=True)
    app.jinja_env.bytecode_cache = COMPILED
    return app


def able_to_sign_in(world: World) -> None:
    """Everybody of the cast has ``PASSWORD``."""
    with world.owner() as session:
        people = [user.id for user in world.cast.people.values()]
        session.execute(update(User).where(User.id.in_(people)).values(password_hash=_HASH))


@pytest.fixture
def pages(world: World, shared_app: tuple[PortalFlask, Present], redis_client: Any) -> Iterator[Pages]:
    """The web application with the cast able to sign in with ``PASSWORD``."""
    yield from lent(world, *shared_app)


def lent(world: World, app: PortalFlask, present: Present) -> Iterator[Pages]:
    """A lasting application for one test, which may change what it is set to."""
    able_to_sign_in(world)
    present.world = world
    kept, config = dict(app.extensions), dict(app.config)
    yield Pages(app, world)
    app.extensions.update(kept)
    app.config.clear()
    app.config.update(config)
    # views run in this very context; the next test begins in the house's own language
    speak(locale(SOURCE))


@pytest.fixture
def own_pages(world: World, settings: Any, redis_client: Any) -> Iterator[Pages]:
    """As ``pages``, with an application of the test's own, which may be given more routes."""
    able_to_sign_in(world)
    app = make_app(settings, world.clock, world.bus)
    yield Pages(app, world)
    speak(locale(SOURCE))
    with app.app_context():
        db.engine.dispose()


def _seen(response: Any) -> Seen:
    return Seen(response.status_code, response.get_data(as_text=True), response.headers, response)
