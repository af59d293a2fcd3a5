"""A browser for the web kit: the real application with its gallery in a thread; any complaint of the browser fails the test."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from app.settings import Settings
from app.web.app_class import PortalFlask
from tests.cast import World
from tests.flows.conftest import browser_type_launch_args, complaints, new_context
from tests.pages import Pages, Present, lasting_app, lent
from tests.web import gallery

__all__ = ["browser_type_launch_args", "complaints", "new_context"]


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    """A browser in Hamburg that asks for English; each test says how wide."""
    return {"locale": "en-GB", "timezone_id": "Europe/Berlin"}


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - werkzeug's name
        """Say nothing."""


@pytest.fixture(scope="session")
def gallery_app(settings: Settings) -> Iterator[tuple[PortalFlask, Present]]:
    """One application with the gallery's pages for all tests of a process."""
    for app, present in lasting_app(settings):
        gallery.furnish(app)
        yield app, present


@pytest.fixture
def gallery_pages(world: World, gallery_app: tuple[PortalFlask, Present], redis_client: Any) -> Iterator[Pages]:
    """The application with the gallery's pages."""
    yield from lent(world, *gallery_app)


@pytest.fixture(scope="session")
def gallery_site(gallery_app: tuple[PortalFlask, Present]) -> Iterator[str]:
    """The address where that application answers."""
    server = make_server("127.0.0.1", 0, gallery_app[0], threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(5)
    server.server_close()


@pytest.fixture
def site(gallery_pages: Pages, gallery_site: str) -> str:
    """The address of the running application, with the cast behind it."""
    return gallery_site
