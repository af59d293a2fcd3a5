"""Journeys in a real Chromium against the whole product, started once for all of them with the demo network.

A test fails on any console error, any violation of the content security policy, any answer 5xx, any missing static file, and any
request to a host that is not ours.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response, WebError

from tests import product

READY_S = 300
_REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", e => console.error(
  `content security policy: ${e.violatedDirective} blocked ${e.blockedURI || "inline"} at ${e.sourceFile}:${e.lineNumber}`));
"""
#: a form answered with 422 and a foreign object answered with 404 are what the test asked for; see also _unwanted
_EXPECTED = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")


_running = pytest.StashKey[product.Product]()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """After the last journey the product ends, so that it takes no time from the other tests."""
    if nextitem is None or "/flows/" not in nextitem.path.as_posix():
        _stop(item.session)


def _stop(session: pytest.Session) -> None:
    running = session.stash.get(_running, None)
    if running is not None:
        del session.stash[_running]
        running.stop()


@pytest.fixture(scope="session")
def live_product(request: pytest.FixtureRequest) -> Iterator[product.Product]:
    """The whole house with the demo network, ready; one for all journeys (see ``_TOGETHER`` in ``tests/conftest.py``)."""
    running = request.session.stash[_running] = product.start(demo=True, DEMO_QUIET="NL-0417,NL-0418")
    try:
        running.wait_for("Voltpact is ready: ", READY_S)
        yield running
    finally:
        _stop(request.session)


@pytest.fixture(scope="session")
def base_url(live_product: product.Product) -> str:
    """``page.goto("/cpo/")`` means the live product."""
    return live_product.url


#: the first of them there is; without windows it takes a third less of the processor
_BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's Chromium: nothing is downloaded."""
    found = next(filter(None, map(shutil.which, _BROWSERS)), None)
    return {**browser_type_launch_args, "executable_path": found, "args": ["--no-sandbox", "--disable-dev-shm-usage"]}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """A browser in Hamburg that asks for English; tests ask for others with ``browser.new_context`` or the marker."""
    return {**browser_context_args, "locale": "en-GB", "timezone_id": "Europe/Berlin", "viewport": {"width": 1280, "height": 800}}


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What browsers complained about during the test; must be empty at its end. A test that wants one takes it out."""
    heard: list[str] = []
    yield heard
    assert not heard, "the browser complained:\n" + "\n".join(heard)


@pytest.fixture
def new_context(new_context: Callable[..., BrowserContext], complaints: list[str]) -> Callable[..., BrowserContext]:
    """Every context of a test (also ``page``'s) reports into ``complaints``."""

    def make(**options: Any) -> BrowserContext:
        context = new_context(**options)
        context.add_init_script(_REPORT_VIOLATIONS)
        context.on("console", lambda message: complaints.extend(_console(message)))
        context.on("weberror", lambda error: complaints.extend(_uncaught(error)))
        context.on("response", lambda response: complaints.extend(_unwanted(response)))
        context.on("request", lambda request: complaints.extend(_foreign(request)))
        return context

    return make


def _console(message: ConsoleMessage) -> list[str]:
    if message.type != "error" or _EXPECTED.search(message.text):
        return []
    return [f"console: {message.text}"]


def _uncaught(error: WebError) -> list[str]:
    return [f"uncaught: {error.error}"]


def _foreign(request: Request) -> list[str]:
    to = urlsplit(request.url)
    ours = to.scheme in ("data", "blob") or to.hostname in ("127.0.0.1", "localhost")
    return [] if ours else [f"a request to {to.hostname}: {request.url}"]


def _unwanted(response: Response) -> list[str]:
    missing = response.status == 404 and "/static/" in response.url
    return [f"answer {response.status}: {response.url}"] if response.status >= 500 or missing else []
