"""B40 to B42 and P3: lists, one session, explanations; each sees its own, amounts by right; the stranger finds nothing."""

from __future__ import annotations

import base64
import csv
import gzip
import io

import pytest
from sqlalchemy import select, update

from app.domain.sessions.actions import rate
from app.tasks.registry import load_all
from app.work.jobs import Job
from tests.cast import World
from tests.domain.sessions.arrange import charge, in_service, stored
from tests.pages import Pages, Seen


def rated(world: World, label: str = "NL-0417", **over: object) -> str:
    row = charge(world, label, **over)  # type: ignore[arg-type]
    with world.work(world.system()) as work:
        rate(work, row.id)
    return row.code


def partner(world: World, key: str = "sommer") -> str:
    return f"/partner/{world.cast.partners[key].code}"


def words(seen: Seen) -> str:
    return seen.words.replace("\u00a0", " ")


def test_staff_see_all_with_sums(pages: Pages, world: World) -> None:
    first, second = rated(world), rated(world, "NL-0501")
    seen = pages.as_("fiona").get("/cpo/sessions")
    assert seen.status == 200
    assert first in seen.words
    assert second in seen.words
    assert "2 Ladevorgänge in diesem Filter" in words(seen)
    assert "35,06 €" in words(seen)


def test_a_host_sees_its_own_and_a_stranger_nothing(pages: Pages, world: World) -> None:
    code = rated(world)
    other = rated(world, "NL-0501")
    seen = pages.as_("moritz").get(f"{partner(world)}/sessions")
    assert code in seen.words
    assert other not in seen.words
    willi = pages.as_("willi")
    for path in ("", ".csv", "/explain", "/stop"):
        base = f"{partner(world, 'winter')}/sessions"
        assert code not in willi.get(f"{base}{'' if path != '.csv' else path}").text
        if path != ".csv":
            assert willi.get(f"{base}/{code}{path}").status == 404
    assert willi.post(f"{partner(world, 'winter')}/sessions/{code}/stop", {"one_time_key": "a" * 32}).status == 404
    assert willi.get(f"{partner(world)}/sessions").status == 404


def test_one_session_to_the_cent(pages: Pages, world: World) -> None:
    code = rated(world)
    seen = words(pages.as_("fiona").get(f"/cpo/sessions/{code}"))
    for part in (
        "17,53 €",
        "14,73 €",
        "2,80 €",
        "10,31 €",
        "28,640 kWh",
        "0,49 €/kWh",
        "35 min",
        "AC standard",
        "NL-0417/1",
        "70 %",
        "Sommer",
    ):
        assert part in seen, part
    ladder = words(pages.as_("fiona").get(f"/cpo/sessions/{code}/explain"))
    for part in ("28,640 kWh × 0,49 €/kWh = 14,0336", "14,03 €", "3,50 €", "17,53 € − 14,73 €", "14,73 € − 10,31 €", "4,42 €"):
        assert part in ladder, part


def test_who_may_not_see_amounts_sees_none(pages: Pages, world: World) -> None:
    code = rated(world)
    toni = pages.as_("toni")
    for path in ("", f"/{code}"):
        seen = toni.get(f"{partner(world)}/sessions{path}")
        assert seen.status == 200
        assert "28,640" in words(seen)
        assert "17,53" not in seen.text
        assert "14,73" not in seen.text
        assert "10,31" not in seen.text
    assert toni.get(f"{partner(world)}/sessions/{code}/explain").status == 403
    assert "17.53" not in toni.get(f"{partner(world)}/sessions.csv").text
    assert "17,53" not in pages.as_("theo").get(f"/cpo/sessions/{code}").text


def test_the_export_is_the_filter(pages: Pages, world: World) -> None:
    code = rated(world)
    rated(world, "NL-0501")
    seen = pages.as_("fiona").get(f"/cpo/sessions.csv?q={code}")
    rows = list(csv.DictReader(io.StringIO(seen.text.removeprefix("\ufeff"))))
    assert [row["session"] for row in rows] == [code]
    assert (rows[0]["energy_kwh"], rows[0]["gross"], rows[0]["partner_share"], rows[0]["idle_seconds"]) == (
        "28.640",
        "17.53",
        "10.31",
        "5100",
    )


def test_a_big_export_is_a_job_whose_file_only_its_owner_gets(pages: Pages, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a limit of 1 instead of 5,000: two sessions are asked for, made by a job in two steps, and taken away once."""
    monkeypatch.setattr("app.documents.sheets.sheet.AT_ONCE", 1)
    monkeypatch.setattr("app.documents.sheets.sheet._STEP", 1)
    codes = {rated(world), rated(world, "NL-0501")}
    fiona = pages.as_("fiona")
    asked = fiona.get("/cpo/sessions.csv?q=NL-")
    assert (asked.status, asked.location) == (303, "/cpo/exports/sessions?q=NL-")
    assert "Die Datei hat 2 Zeilen." in words(fiona.get(asked.location))
    assert fiona.post(asked.location, {"one_time_key": "no key"}).status == 422
    for _ in range(2):
        assert fiona.post(asked.location, {"one_time_key": "e" * 32}).location.startswith("/cpo/jobs")
    with world.owner() as session:
        job = session.scalars(select(Job).where(Job.name == "exports.sessions")).one()
    assert fiona.get(f"/cpo/jobs/{job.id}/file").status == 404
    with world.work(world.system()) as work:
        result = load_all()["exports.sessions"](work, **job.args)
    with world.owner() as session:
        done = {"state": "done", "result": result, "done": 2, "total": 2, "finished_at": job.created_at}
        session.execute(update(Job).where(Job.id == job.id).values(done))
    assert f"/cpo/jobs/{job.id}/file" in fiona.get("/cpo/jobs").text
    made = fiona.get(f"/cpo/jobs/{job.id}/file")
    rows = list(csv.DictReader(io.StringIO(made.text.removeprefix("\ufeff"))))
    assert {row["session"] for row in rows} == codes
    assert {row["gross"] for row in rows} == {"17.53"}
    assert pages.as_("felix").get(f"/cpo/jobs/{job.id}/file").status == 404


def test_a_partners_big_export_has_its_own_sessions_and_stays_in_its_account(
    pages: Pages, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.documents.sheets.sheet.AT_ONCE", 0)
    code, base = rated(world), partner(world)
    rated(world, "NL-0501")
    moritz = pages.as_("moritz")
    asked = moritz.get(f"{base}/sessions.csv")
    assert (asked.status, asked.location) == (303, f"{base}/exports/sessions")
    assert "Die Datei hat 1 Zeile." in words(moritz.get(asked.location))
    for _ in range(2):
        assert moritz.post(asked.location, {"one_time_key": "e" * 32}).location.startswith(f"{base}/jobs")
    with world.owner() as session:
        job = session.scalars(select(Job).where(Job.name == "exports.sessions")).one()
    with world.work(world.system()) as work:
        result = load_all()["exports.sessions"](work, **job.args)
    with world.owner() as session:
        session.execute(update(Job).where(Job.id == job.id).values(state="done", result=result, finished_at=job.created_at))
    assert f"{base}/jobs/{job.id}/file" in moritz.get(f"{base}/jobs").text
    made = moritz.get(f"{base}/jobs/{job.id}/file")
    rows = list(csv.DictReader(io.StringIO(made.text.removeprefix("\ufeff"))))
    assert [(row["session"], row["partner_share"]) for row in rows] == [(code, "10.31")]
    assert pages.as_("olga").get(f"{base}/jobs/{job.id}/file").status == 404, "another person's"
    willi = pages.as_("willi")
    assert willi.get(f"{base}/jobs/{job.id}/file").status == 404
    assert willi.get(f"{partner(world, 'winter')}/jobs/{job.id}/file").status == 404


def test_a_job_writes_what_its_owner_may_see(pages: Pages, world: World) -> None:
    """Theo sees sessions without amounts; so does the file made for him."""
    rated(world)
    assert pages.as_("theo").post("/cpo/exports/sessions", {"one_time_key": "a" * 32}).status == 303
    with world.owner() as session:
        job = session.scalars(select(Job).where(Job.name == "exports.sessions")).one()
    with world.work(world.system()) as work:
        result = load_all()["exports.sessions"](work, **job.args) or {}
    text = gzip.decompress(base64.b64decode(result["csv"])).decode()
    assert "28.640" in text
    assert "17.53" not in text


def test_filters_stay_in_the_address(pages: Pages, world: World) -> None:
    code = rated(world)
    held = charge(world, flags=["meter_back"])
    with world.work(world.system()) as work:
        rate(work, held.id)
    fiona = pages.as_("fiona")
    assert code not in fiona.get("/cpo/sessions?view=held").words
    assert held.code in fiona.get("/cpo/sessions?view=held").words
    assert fiona.get("/cpo/sessions?first=2026-10-15").soup.select(".empty-state")
    assert fiona.get("/cpo/sessions?first=nonsense&view=<b>&channel=x&after=zzz").status == 200


def test_a_running_session_is_stopped_from_its_page(pages: Pages, world: World) -> None:
    in_service(world, status="Charging")
    row = charge(world, state="charging", ended_at=None)
    aylin = pages.as_("aylin")
    asked = aylin.get(f"/cpo/sessions/{row.code}/stop")
    key = asked.one("input[name=one_time_key]")["value"]
    sent = aylin.post(f"/cpo/sessions/{row.code}/stop", {"one_time_key": key})
    assert sent.location == f"/cpo/sessions/{row.code}"
    again = aylin.post(f"/cpo/sessions/{row.code}/stop", {"one_time_key": key})
    assert again.status == 303
    assert pages.as_("fiona").post(f"/cpo/sessions/{row.code}/stop", {"one_time_key": "b" * 32}).status == 403
    from sqlalchemy import text

    with world.owner() as session:
        assert session.execute(text("select count(*) from station_command")).scalar() == 1


def test_finance_releases_a_held_session_with_a_reason(pages: Pages, world: World) -> None:
    held = charge(world, flags=["meter_back"])
    with world.work(world.system()) as work:
        rate(work, held.id)
    fiona = pages.as_("fiona")
    page = fiona.get(f"/cpo/sessions/{held.code}/release")
    key = page.one("input[name=one_time_key]")["value"]
    assert fiona.post(f"/cpo/sessions/{held.code}/release", {"one_time_key": key, "reason": ""}).status == 422
    assert "held" in stored(world, held.id).flags
    assert fiona.post(f"/cpo/sessions/{held.code}/release", {"one_time_key": key, "reason": "read on site"}).status == 303
    assert "checked" in stored(world, held.id).flags
    assert pages.as_("anke").get(f"/cpo/sessions/{held.code}/release").status == 403


@pytest.mark.parametrize("path", ["/cpo/sessions", "/cpo/sessions.csv", "/cpo/sessions/S-0000000", "/cpo/sessions/S-0000000/explain"])
def test_nobody_is_sent_to_sign_in(pages: Pages, world: World, path: str) -> None:
    assert pages.nobody().get(path).location.startswith("/sign-in")
    if path.endswith(("0000000", "explain")):
        assert pages.as_("fiona").get(path).status == 404


def test_the_list_costs_the_same_for_one_row_and_many(pages: Pages, world: World) -> None:
    rated(world)
    fiona = pages.as_("fiona")
    with pages.counting() as few:
        fiona.get("/cpo/sessions")
    for _ in range(5):
        rated(world)
    with pages.counting() as many:
        fiona.get("/cpo/sessions")
    assert len(few) == len(many)
