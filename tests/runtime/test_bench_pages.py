"""The bench of pages: names every page with objects that exist, counts statements, and says who looked."""

from __future__ import annotations

from typing import Any

from app.bench import pages as bench
from tests.pages import Pages


def test_pages_are_found_measured_and_counted(pages: Pages, settings: Any, database: Any) -> None:
    found = {one.page: one for one in bench._measure(settings, database.owner, 1, "/cpo/partners")}
    code = pages.world.cast.partners["sommer"].code
    assert {"/cpo/partners", f"/cpo/partners/{code}", f"/cpo/partners/{code}/charge-points"} <= found.keys()
    assert all(one.status == 200 and one.statements > 2 and len(one.times_ms) == 1 for one in found.values())
    assert found["/cpo/partners"].who == "staff"
    anchor = bench._anchor(settings, 3)
    assert anchor.statements == 1
    assert anchor.at(0.95) >= anchor.at(0.5) > 0
