"""QR labels: what is printed opens the price page, the sheet is made by a job, partners print their own, strangers nothing."""

from __future__ import annotations

import base64
import io

import pikepdf
from sqlalchemy import select

from app.tasks.labels import labels as labels_job
from app.work.jobs import Job
from tests.cast import World
from tests.pages import Pages


def test_every_evse_has_its_code_and_check_code(pages: Pages, world: World) -> None:
    seen = pages.as_("theo").get("/cpo/charge-points/NL-0417/labels")
    assert seen.status == 200
    links = [a["href"] for a in seen.soup.select(".sticker a")]
    assert links == ["/q/NL-0417-1", "/q/NL-0417-2"]
    with world.owner() as session:
        assert world.cast.evse(session, "NL-0417").check_code in seen.words
    assert len(seen.soup.select(".sticker svg")) == 2


def test_a_sheet_is_made_by_a_job_and_only_its_asker_gets_it(pages: Pages, world: World) -> None:
    code = world.cast.locations["marktplatz"].code
    theo = pages.as_("theo")
    sent = theo.post(f"/cpo/locations/{code}/labels")
    assert sent.status == 303
    assert "hx-get" in theo.get(sent.location).text
    assert theo.get(f"{sent.location}.pdf").status == 404
    with world.owner() as session:
        job = session.scalars(select(Job).where(Job.name == "documents.labels")).one()
        with world.work(world.system()) as work:
            result = labels_job(work, **job.args, public_url="https://charge.example.org")
        job.result, job.state = result, "done"
    assert result["count"] == 5
    got = theo.client.get(f"{sent.location}.pdf")
    assert got.data == base64.b64decode(result["pdf"])
    with pikepdf.open(io.BytesIO(got.data)) as pdf:
        assert len(pdf.pages) == 1
    assert pages.as_("anke").get(sent.location).status == 404


def test_a_host_prints_its_own_and_a_stranger_nothing(pages: Pages, world: World) -> None:
    sommer, winter = (f"/partner/{world.cast.partners[key].code}" for key in ("sommer", "winter"))
    assert pages.as_("toni").post(f"{sommer}/charge-points/NL-0418/labels").status == 303
    assert pages.as_("vera").post(f"{sommer}/charge-points/NL-0418/labels").status == 403
    willi = pages.as_("willi")
    assert willi.get(f"{winter}/charge-points/NL-0418/labels").status == 404
    assert willi.post(f"{winter}/charge-points/NL-0418/labels").status == 404
    assert willi.get(f"{winter}/locations/{world.cast.locations['marktplatz'].code}/labels").status == 404
