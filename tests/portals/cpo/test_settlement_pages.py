"""B44, B45, B49 and P6, P7 as pages: who sees them, what they say, what they refuse."""

from __future__ import annotations

from sqlalchemy import update

from app.domain.sessions.models import ChargingSession
from app.domain.settlement.actions import draft, issue
from app.domain.settlement.models import SettlementRun, Statement
from app.kernel.periods import Month
from app.tasks.documents import statement as render_statement
from app.work.jobs import Job
from tests.cast import World
from tests.domain.settlement.test_month_close import OCTOBER, october_is_over, sommer
from tests.domain.settlement.test_refunds import run_jobs
from tests.pages import Pages, Seen, Visitor


def send(visitor: Visitor, page: str, action: str, data: dict[str, str]) -> Seen:
    """Send the page's form with its hidden fields, as a browser does."""
    form = visitor.get(page).one(f"form[action='{action}'][method=post]")
    hidden = {str(field["name"]): str(field.get("value", "")) for field in form.select("input[type=hidden]")}
    return visitor.post(action, hidden | data)


def drafted(world: World) -> str:
    october_is_over(world)
    with world.work("fiona") as work:
        return draft(work, sommer(world), OCTOBER).code


def issued(world: World) -> str:
    code = drafted(world)
    with world.work("felix") as work:
        issue(work, [code])
    with world.owner() as session:
        statement_id = str(session.query(Statement.id).scalar())
    with world.work(world.system()) as work:
        render_statement(work, statement_id)
    return code


def test_finance_builds_drafts_and_another_person_issues_them(world: World, pages: Pages) -> None:
    october_is_over(world)
    fiona, felix = pages.as_("fiona"), pages.as_("felix")
    assert fiona.get("/cpo/settlement").location.endswith("/cpo/settlement/2026-10")
    assert fiona.get("/cpo/settlement/2026-10").one("form[action$=drafts]")
    assert send(fiona, "/cpo/settlement/2026-10", "/cpo/settlement/2026-10/drafts", {}).status == 303
    with world.work("fiona") as work:
        code = draft(work, sommer(world), OCTOBER).code
    seen = felix.get("/cpo/settlement/2026-10")
    assert "0,37 €" in seen.words
    assert seen.one(f"input[value={code}]")
    assert fiona.get("/cpo/settlement/2026-10").soup.select("input[name=code]") == []
    about = felix.get(f"/cpo/settlement/2026-10/issue?code={code}")
    assert "1" in about.heading
    address = "/cpo/settlement/2026-10/issue"
    wrong = send(felix, f"{address}?code={code}", address, {"total": "0.38"})
    assert wrong.status == 422
    assert wrong.one("#problem-summary")
    assert send(felix, f"{address}?code={code}", address, {"total": "0.37"}).status == 303
    assert "Abrechnungen werden ausgestellt" in felix.get("/cpo/settlement/2026-10").words
    run_jobs(world, "settlement.issue")
    seen = felix.get("/cpo/settlement/2026-10")
    assert "ST-2026-000001" in seen.words
    assert not seen.soup.select("progress")
    with world.owner() as session:
        assert session.query(Statement.issued_name).scalar() == world.cast.people["felix"].name


def test_all_drafts_are_issued_but_those_left_out_and_each_that_cannot_says_why(world: World, pages: Pages) -> None:
    """Sommer is paid 0.37, Winter 0.00: it has neither sessions nor fees. Felix built none of both."""
    october_is_over(world)
    with world.work("fiona") as work:
        ours, theirs = (draft(work, world.cast.partners[key].id, OCTOBER) for key in ("sommer", "winter"))
    felix, address = pages.as_("felix"), "/cpo/settlement/2026-10/issue"
    both = felix.get(f"{address}?all=1")
    assert "2 Abrechnungen ausstellen?" in both.heading
    assert felix.get("/cpo/settlement/2026-10").one(f"a[href='{address}?all=1']")
    skipped = felix.get(f"{address}?all=1&skip={theirs.code}")
    assert "von Ihnen ausgelassen" in skipped.words
    assert "1 Abrechnung ausstellen?" in skipped.heading
    assert [str(a["href"]) for a in skipped.soup.select(".row-acts a")] == [
        f"{address}?skip={theirs.code}&skip={ours.code}&all=1",
        f"{address}?all=1",
    ]
    wrong = send(felix, f"{address}?all=1&skip={theirs.code}", address, {"total": "0.38"})
    assert (wrong.status, "von Ihnen ausgelassen" in wrong.words) == (422, True)
    with world.owner() as session:
        session.execute(update(Statement).where(Statement.id == theirs.id).values(answer_hash="0" * 64))
    sent = {str(f["name"]): str(f.get("value", "")) for f in both.soup.select("form[method=post] input[type=hidden]")}
    assert felix.post(address, sent | {"total": "0.37"}).status == 303
    again = felix.post(address, sent | {"total": "0.37"})
    assert (again.status, "nichts mehr auszustellen" in again.words) == (422, True)
    for _ in range(2):
        run_jobs(world, "settlement.issue")
    seen = felix.get("/cpo/settlement/2026-10")
    assert "Nicht alles konnte ausgestellt werden" in seen.words
    assert f"{world.cast.partners['winter'].name}: Seit der Entwurf erstellt wurde, hat sich etwas geändert." in seen.words
    with world.owner() as session:
        states = dict(session.query(Statement.code, Statement.state).all())
        (run,) = session.query(SettlementRun.done, SettlementRun.total).filter(SettlementRun.kind == "issue").all()
    assert (states, tuple(run)) == ({ours.code: "issued", theirs.code: "draft"}, (2, 2))


def test_francs_and_euros_are_never_added_and_each_total_is_confirmed(world: World, pages: Pages) -> None:
    """Sommer is paid 0.37 €; Winter's draft says 12.34 francs."""
    october_is_over(world)
    with world.work("fiona") as work:
        _, theirs = (draft(work, world.cast.partners[key].id, OCTOBER) for key in ("sommer", "winter"))
    with world.owner() as session:
        session.execute(update(Statement).where(Statement.id == theirs.id).values(currency="CHF", payout_gross_minor=1234))
    felix, address = pages.as_("felix"), "/cpo/settlement/2026-10/issue"
    tiles = felix.get("/cpo/settlement/2026-10").one(".tiles").get_text(" ", strip=True)
    assert "12,34 CHF" in tiles.replace("\xa0", " ")
    assert "0,37 €" in tiles.replace("\xa0", " ")
    assert "12,71" not in tiles
    wrong = send(felix, f"{address}?all=1", address, {"total": "12.34", "total_EUR": "0.38"})
    assert wrong.status == 422
    assert [str(a["href"]) for a in wrong.soup.select("#problem-summary a")] == ["#total_EUR"]
    assert send(felix, f"{address}?all=1", address, {"total": "12.34"}).status == 422
    assert send(felix, f"{address}?all=1", address, {"total": "12.34", "total_EUR": "0.37"}).status == 303


def test_whoever_built_a_draft_sees_why_it_stays_one(world: World, pages: Pages) -> None:
    code = drafted(world)
    seen = pages.as_("fiona").get(f"/cpo/settlement/2026-10/issue?code={code}")
    assert "Es wurde kein Entwurf ausgewählt." in seen.words
    assert "von Ihnen erstellt" in seen.one("#left-head + .table-hold").get_text()
    assert not seen.soup.select("main form")
    assert pages.as_("carla").get("/cpo/settlement/2026-10/issue?all=1").status == 403


def test_the_statement_and_its_papers_say_the_same(world: World, pages: Pages) -> None:
    code = issued(world)
    seen = pages.as_("fiona").get(f"/cpo/statements/{code}")
    assert seen.status == 200
    for amount in ("10,31 €", "10,00 €", "0,31 €", "0,37 €", "17,53 €"):
        assert amount in seen.words
    rows = pages.as_("fiona").get(f"/cpo/statements/{code}.csv").text
    assert "17.53,2.80,14.73" in rows
    pdf = pages.as_("pia").client.get(f"/partner/{world.cast.partners['sommer'].code}/documents/ST-2026-000001.pdf")
    assert pdf.data.startswith(b"%PDF")


def test_the_host_sees_its_own_and_a_stranger_nothing(world: World, pages: Pages) -> None:
    code = issued(world)
    own, other = (world.cast.partners[key].code for key in ("sommer", "winter"))
    pia, willi, vera = pages.as_("pia"), pages.as_("willi"), pages.as_("vera")
    assert pia.get(f"/partner/{own}/statements").status == 200
    assert "S-" in pia.get(f"/partner/{own}/statements/{code}").words
    sums_only = vera.get(f"/partner/{own}/statements/{code}")
    assert sums_only.status == 200
    assert "S-" not in sums_only.words
    assert vera.get(f"/partner/{own}/statements/{code}.csv").status == 403
    for path in (f"statements/{code}", f"statements/{code}.csv", "documents/ST-2026-000001.pdf"):
        assert willi.get(f"/partner/{other}/{path}").status == 404, path
        assert willi.get(f"/partner/{own}/{path}").status == 404, path
    assert pia.get("/cpo/settlement/2026-10").status == 404
    assert pages.as_("theo").get("/cpo/settlement/2026-10").status == 403


def test_the_running_month_adds_up_day_by_day(world: World, pages: Pages) -> None:
    october_is_over(world)
    world.clock.set(world.clock().replace(month=10, day=31))
    seen = pages.as_("pia").get(f"/partner/{world.cast.partners['sommer'].code}/current-month")
    assert seen.status == 200
    assert "Oktober" in seen.heading
    assert "10,31 €" in seen.words


def test_the_running_month_says_what_is_left_of_earlier_ones(world: World, pages: Pages) -> None:
    """October is not issued yet: its 10.31 stand in November as well, but November's own days earned nothing to stretch."""
    october_is_over(world)
    seen = pages.as_("pia").get(f"/partner/{world.cast.partners['sommer'].code}/current-month")
    assert "November" in seen.heading
    assert "Bisher verdient, netto 10,31 € darin aus früheren Monaten: 10,31 €" in seen.words


def test_the_month_page_asks_the_same_number_of_questions_however_many_sessions(world: World, pages: Pages) -> None:
    october_is_over(world)
    fiona = pages.as_("fiona")
    fiona.get("/cpo/settlement/2026-10")
    with pages.counting() as few:
        fiona.get("/cpo/settlement/2026-10")
    with world.owner() as session:
        assert session.query(ChargingSession).count() == 1
    drafted(world)
    with pages.counting() as more:
        fiona.get("/cpo/settlement/2026-10")
    assert len(more) <= len(few)
    assert Month.parse("2026-10") == OCTOBER


def test_drafts_that_were_given_up_end_the_waiting_and_are_told(world: World, pages: Pages) -> None:
    october_is_over(world)
    fiona = pages.as_("fiona")
    assert send(fiona, "/cpo/settlement/2026-10", "/cpo/settlement/2026-10/drafts", {}).status == 303
    assert fiona.get("/cpo/settlement/2026-10").soup.select("progress")
    with world.owner() as session:
        jobs = session.execute(update(Job).where(Job.name == "settlement.draft").values(state="failed", last_error="killed")).rowcount
    seen = pages.as_("felix").get("/cpo/settlement/2026-10")
    assert not seen.soup.select("progress")
    assert f"{jobs} von {jobs} Aufträgen schlugen mehrmals fehl" in seen.words
    assert seen.one("form[action$=drafts]"), "they can be asked for again"
