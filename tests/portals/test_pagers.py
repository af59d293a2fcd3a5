"""Going on in a list keeps its filter: every list page of both portals, with pages of one row."""

from __future__ import annotations

import re
import sys
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from app.db import paging
from app.text.render import TEMPLATES
from tests.pages import Pages, Visitor

#: words of a filter that finds more than one row, and what nobody reads but everybody has to keep
FILTERS = {"/cpo/charge-points": {"q": "NL-"}, "/cpo/audit": {"since": "2026-07-01", "check": "all"}}
REST = {"view": "mine", "words": "a&b=ü"}


@pytest.fixture
def one_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists of one row a page."""
    asked = paging.take_page

    def take_one(*given: Any, **more: Any) -> Any:
        return asked(*given, **{**more, "limit": 1})

    for module in list(sys.modules.values()):
        if getattr(module, "take_page", None) is asked:
            monkeypatch.setattr(module, "take_page", take_one)


def walked(visitor: Visitor, path: str, given: dict[str, str]) -> bool:
    """Go on, go back, go to the beginning; False if there is nowhere to go on to."""
    page = visitor.get(path, query_string=given)
    forward = page.soup.select_one(".pager a[rel=next]")
    if page.status != 200 or forward is None:
        return False
    kept = {name: [value] for name, value in given.items() if name != "check"}
    second = visitor.get(str(forward["href"]))
    for link in (forward, second.one(".pager a[rel=prev]")):
        address = urlsplit(str(link["href"]))
        words = parse_qs(address.query)
        assert words.pop("after"), path
        assert (address.path, words) == (path, kept)
    assert second.status == 200
    back = second.soup.select(".pager a")[0]
    assert back.get_text(strip=True) == "Erste"
    assert parse_qs(urlsplit(str(back["href"])).query) == kept
    return True


def test_lists_keep_their_filter(pages: Pages, one_a_page: None) -> None:
    """Those of which the standing cast has more than one row; the others are held by the test below."""
    host = pages.world.cast.partners["sommer"].code
    anke, olga = pages.as_("anke"), pages.as_("olga")
    lists = ["/cpo/partners", "/cpo/contracts", "/cpo/locations", "/cpo/charge-points", "/cpo/tariffs", "/cpo/audit"]
    lists += [f"/cpo/partners/{host}/charge-points"]
    assert [path for path in lists if not walked(anke, path, REST | FILTERS.get(path, {}))] == []
    assert [path for path in ("charge-points", "prices") if not walked(olga, f"/partner/{host}/{path}", REST)] == []


def test_no_list_writes_the_addresses_of_its_neighbours_itself() -> None:
    own = re.compile(r"after ?= ?[a-z]+[.](before|after)|after=\" ?~")
    found = [str(file.relative_to(TEMPLATES)) for file in TEMPLATES.rglob("*.html") if own.search(file.read_text())]
    assert found == ["driver/me/sessions.html"]  # a driver's own sessions have no filter
