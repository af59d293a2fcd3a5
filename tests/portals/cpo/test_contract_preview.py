"""The what-if page: progress, figures, the file, attaching, out of date; the example to play with."""

from __future__ import annotations

from sqlalchemy import select

from app.domain.contracts.models import ContractPreview
from app.tasks.contracts import preview as preview_job
from tests.cast import World
from tests.domain.settlement.test_previewing import winter_in_october
from tests.pages import Pages, Seen, Visitor

SHARE = {"negative_margin": "share", "subscription_settlement": "reference_tariff", "credit_risk": "partner"}


def state_of(seen: Seen) -> str:
    return str(seen.soup.select("form#form input[name=draft]")[0]["value"])


def drafted(carla: Visitor, code: str, ac_pct: str = "70") -> None:
    if carla.get(f"/cpo/contracts/{code}/revenue-share?version=2").status == 404:
        assert carla.post(f"/cpo/contracts/{code}/new-version").status == 303
    share = SHARE | {"draft": state_of(carla.get(f"/cpo/contracts/{code}/revenue-share?version=2")), "ac_pct": ac_pct, "dc_pct": "60"}
    assert carla.post(f"/cpo/contracts/{code}/revenue-share", share | {"exclude_connection_fee": "y"}).status == 303


def run(world: World) -> None:
    with world.owner() as session:
        waiting = list(session.scalars(select(ContractPreview.id).where(ContractPreview.state == "queued")))
    for preview_id in waiting:
        with world.work(world.system()) as work:
            preview_job(work, str(preview_id))


def test_winter_sees_nothing_but_staff_sees_what_changes(pages: Pages, world: World) -> None:
    code, carla = winter_in_october(world), pages.as_("carla")
    drafted(carla, code)
    at = f"/cpo/contracts/{code}/preview"
    assert "Probeabrechnung" in carla.get(f"{at}?version=2").words
    wrong = carla.post(at, {"month": "11/2026"})
    assert (wrong.status, [a["href"] for a in wrong.soup.select("#problem-summary a")]) == (422, ["#month"])
    assert carla.post(at, {"month": "10/2026"}).status == 303
    assert carla.htmx(f"{at}/progress?version=2").one("#replay")["hx-trigger"] == "every 1s"
    run(world)
    seen = carla.htmx(f"{at}/progress?version=2")
    assert "hx-trigger" not in seen.one("#replay").attrs
    first = seen.soup.select("#replay-rows tbody tr")[0].get_text(" ")
    first = " ".join(first.split())
    assert all(amount in first for amount in ("8,47 €", "7,88 €", "−0,59 €")), first
    lines = carla.get(f"{at}.csv?version=2").text.splitlines()
    assert [line.split(",")[6:9] for line in lines[1:]] == [["8.47", "7.88", "-0.59"], ["10.31", "10.31", "0.00"]]
    form = seen.soup.select("form[action$='/attach']")[0]
    sent = {str(i["name"]): str(i["value"]) for i in form.select("input") if i["name"] != "csrf_token"}
    assert carla.post(f"{at}/attach", sent).status == 303
    review = carla.get(f"/cpo/contracts/{code}/review")
    assert "−0,59 €" in review.words, "the second person sees it"
    drafted(carla, code, "71")
    assert "Erneut ausführen" in carla.get(f"{at}?version=2").words
    assert carla.post(f"{at}/attach", sent).status == 409
    assert pages.as_("fiona").get(f"{at}?version=2").status == 200
    assert pages.as_("fiona").post(at, {"month": "10/2026"}).status == 403
    assert pages.as_("theo").get(f"{at}?version=2").status == 404
    assert carla.get("/cpo/contracts/C-000000/preview.csv").status == 404


def test_the_example_can_be_played_with(pages: Pages, world: World) -> None:
    """Sommer, AC 70 % after the start fee: 10 kWh × 0.50 + 1.00 = 6.00, net 5.04, less 0.84 = 4.20; 70 % = 2.94."""
    carla = pages.as_("carla")
    code = carla.get("/cpo/contracts?text=sommer").soup.select("#contracts tbody th .code")[0].get_text()
    typed = "kwh=10&price=0,50&connection_price=1&vat_pct=19&current=AC&channel=adhoc"
    for path in (f"/cpo/contracts/{code}/preview?{typed}", f"/cpo/contracts/{code}/preview/example?{typed}"):
        assert "2,94 €" in " ".join(carla.get(path).one("#example").get_text(" ").split())
    assert "2,94" not in carla.get(f"/cpo/contracts/{code}/preview/example?{typed.replace('10', 'zehn')}").text
