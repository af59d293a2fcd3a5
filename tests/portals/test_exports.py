"""Lists as files: all of the filter or a question, never a part of it; who may not see the list gets no file of it either."""

from __future__ import annotations

import base64
import gzip

import pytest
from sqlalchemy import select

from app.documents.sheets import SHEETS
from app.documents.sheets import sheet as sheets
from app.kernel.errors import Conflict
from app.tasks.registry import load_all
from app.text import sheet as sheet_text
from app.work.jobs import Job
from tests.cast import World, counting
from tests.pages import Pages


def test_above_the_limit_every_list_is_made_by_a_job_and_has_all_its_lines(
    pages: Pages, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same bytes as at once, though read one row at a time; the filter of the address goes along."""
    anke, lists = pages.as_("anke"), sorted(SHEETS.keys() - {"audit"})
    words = dict.fromkeys(lists, "") | {"charge-points": "?q=NL-"}
    at_once = {name: anke.get(f"/cpo/{name}.csv{words[name]}").text for name in lists}
    assert {name: len(text.splitlines()) > 2 for name, text in at_once.items()} == {
        name: name not in {"sessions", "drivers", "sub-operators"} for name in lists
    }
    monkeypatch.setattr(sheets, "AT_ONCE", -1)
    monkeypatch.setattr(sheets, "_STEP", 1)
    monkeypatch.setattr(sheet_text, "_PART", 2)
    for number, name in enumerate(lists):
        asked = anke.get(f"/cpo/{name}.csv{words[name]}")
        assert asked.status == 303
        assert asked.location == f"/cpo/exports/{name}{words[name]}"
        assert anke.get(asked.location).status == 200
        assert anke.post(asked.location, {"one_time_key": f"{number:032}"}).location.startswith("/cpo/jobs")
    with world.owner() as session:
        jobs = session.scalars(select(Job).where(Job.name.startswith("exports."))).all()
    for job in jobs:
        with world.work(world.system()) as work:
            made = load_all()[job.name](work, **job.args) or {}
        name = job.name.removeprefix("exports.")
        assert gzip.decompress(base64.b64decode(made["csv"])).decode() == at_once[name], name
    assert len(jobs) == len(lists)


def test_the_log_is_such_a_list(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "AT_ONCE", 0)
    asked = pages.as_("anke").get("/cpo/audit.csv?since=2026-07-01&check=all")
    assert (asked.status, asked.location) == (303, "/cpo/exports/audit?since=2026-07-01")


def test_what_all_pages_are_is_counted_once_and_not_for_each(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "_STEP", 1)
    with world.work("anke") as work, counting(world.database) as queries:
        assert len(SHEETS["locations"].text(work, {}).splitlines()) > 2
    assert sum("SELECT count(*) AS count_1 \nFROM (SELECT 1" in query for query in queries.statements) == 1


def test_what_is_too_long_for_a_file_is_refused_and_not_cut(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST", 1)
    with world.work("anke") as work, pytest.raises(Conflict, match="too_long_a_file"):
        SHEETS["partners"].text(work, {})


def test_no_file_of_a_list_that_is_not_ones_own(pages: Pages, world: World) -> None:
    theo, key = pages.as_("theo"), {"one_time_key": "k" * 32}
    for name in ("audit", "contracts", "drivers"):
        assert theo.get(f"/cpo/{name}.csv").status == 403, name
        assert theo.get(f"/cpo/exports/{name}").status == 403, name
        assert theo.post(f"/cpo/exports/{name}", key).status == 403, name
    olga, here = pages.as_("olga"), f"/partner/{world.cast.partners['sommer'].code}"
    assert olga.post(f"{here}/exports/partners", key).status == 404
    assert olga.get(f"{here}/exports/tariffs").status == 200
    assert pages.as_("willi").post(f"{here}/exports/tariffs", key).status == 404
    with world.owner() as session:
        assert session.scalars(select(Job).where(Job.name.startswith("exports."))).all() == []
