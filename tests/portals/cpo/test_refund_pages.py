"""Giving money back from a session's page: told in words, done once, shown to staff, partner and driver; strangers find nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from app.domain.invoices.models import Document
from app.domain.sessions.models import ChargingSession
from app.domain.sessions.refund_models import SessionRefund
from app.kernel.tokens import token_hash
from tests.cast import World
from tests.domain.settlement.test_refunds import back, by_card, e2_terms, run_jobs
from tests.pages import Pages, Seen, Visitor

FORM = {"amount": "3,50", "part": "3", "reason": "idle_fee", "note": "Fahrer rief an", "one_time_key": "a" * 32}


@pytest.fixture
def paid(world: World) -> Iterator[ChargingSession]:
    """14.40 charged to a card at Sommer, 7.88 of it Sommer's (see the worked example of tests/domain/settlement/test_refunds.py)."""
    with e2_terms(world):
        yield by_card(world)


def words(seen: Seen) -> str:
    return seen.words.replace("\u00a0", " ").replace("\u202f", " ")


def address(row: ChargingSession) -> str:
    return f"/cpo/sessions/{row.code}"


def paper(visitor: Visitor, path: str) -> tuple[int, str]:
    """Status and name of a file."""
    answer = visitor.client.get(path)
    assert answer.data.startswith(b"%PDF")
    return answer.status_code, answer.headers["Content-Disposition"]


def count(world: World) -> int:
    with world.owner() as session:
        return len(session.scalars(select(SessionRefund.id)).all())


def test_told_then_done_once_then_shown_everywhere(pages: Pages, world: World, paid: ChargingSession) -> None:
    fiona = pages.as_("fiona")
    assert f"{address(paid)}/refund" in fiona.get(address(paid)).text
    asked = fiona.get(f"{address(paid)}/refund")
    assert "14,40 €" in words(asked)
    assert [o.get_text() for o in asked.soup.select("#part option")][1:] == [
        "Startgebühr, 1,00\xa0€",
        "Energie, 9,90\xa0€",
        "Blockiergebühr, 3,50\xa0€",
    ]
    told = words(fiona.post(f"{address(paid)}/refund", FORM))
    for part in ("3,50 € zurück: 2,94 € netto und 0,56 € MwSt.", "Sommer erhält 2,06 € weniger", "Nordlicht erhält 0,88 € weniger"):
        assert part in told, part
    for part in ("Oktober 2026", "3,50 € gehen auf die Karte zurück", "RE-2026-000001 bleibt", "10,90 €", "Blockiergebühr zurückgenommen"):
        assert part in told, part
    assert count(world) == 0, "only told so far"
    for _ in range(2):
        done = fiona.post(f"{address(paid)}/refund", FORM | {"confirm": "1"})
        assert (done.status, done.location.split("?")[0]) == (303, address(paid))
    assert count(world) == 1
    run_jobs(world, "payments.refund", "documents.correction")
    seen = fiona.get(address(paid))
    for part in (
        f"{paid.code}-R01",
        "−3,50 €",
        "−2,94 €",
        "−0,56 €",
        "−2,06 €",
        "−0,88 €",
        "Fiona",
        "Fahrer rief an",
        "auf der Karte seit",
        "KO-2026-000001",
    ):
        assert part in words(seen), part
    listed = words(fiona.get("/cpo/documents?kind=correction"))
    assert "korrigiert RE-2026-000001" in listed
    assert "korrigiert durch KO-2026-000001" in words(fiona.get("/cpo/documents?kind=receipt"))
    assert paper(fiona, "/cpo/documents/KO-2026-000001.pdf") == (200, 'inline; filename="KO-2026-000001.pdf"')
    assert "10,90 €" in words(fiona.get(f"{address(paid)}/refund")), "what is left"


def test_the_partner_reads_its_share_and_the_driver_both_papers(pages: Pages, world: World, paid: ChargingSession) -> None:
    back(world, paid)
    run_jobs(world, "payments.refund", "documents.correction")
    seen = words(pages.as_("moritz").get(f"/partner/{world.cast.partners['sommer'].code}/sessions/{paid.code}"))
    assert "−2,06 €" in seen
    for hidden in ("−0,88 €", "Fiona", "Fahrer rief an"):
        assert hidden not in seen, "what is the operator's own"
    assert "−2,06" not in words(pages.as_("toni").get(f"/partner/{world.cast.partners['sommer'].code}/sessions/{paid.code}")), "no amounts"
    secret = "s" * 43
    with world.owner() as session:
        session.get_one(ChargingSession, paid.id).secret_hash = token_hash(secret)
    driver = pages.nobody()
    shown = driver.get(f"/s/{secret}/receipt", headers={"Accept-Language": "de"})
    assert "RE-2026-000001" in words(shown)
    for part in ("KO-2026-000001", "−3,50 €", "10,90 €", "3,50 € sind zurück auf der Karte"):
        assert part in words(shown), part
    assert paper(driver, f"/s/{secret}/receipt.pdf")[1] == 'inline; filename="RE-2026-000001.pdf"', "the receipt stays the receipt"
    assert paper(driver, f"/s/{secret}/papers/KO-2026-000001.pdf") == (200, 'inline; filename="KO-2026-000001.pdf"')
    assert driver.get(f"/s/{secret}/papers/KO-2026-000002.pdf").status == 404
    assert driver.get(f"/s/{'x' * 43}/papers/KO-2026-000001.pdf").status == 404
    found = driver.post("/receipts", {"code": paid.code, "email": "dora@example.org"})
    assert found.location == "/receipts/found"
    assert "/receipts/found/KO-2026-000001.pdf" in driver.get("/receipts/found").text
    assert paper(driver, "/receipts/found/KO-2026-000001.pdf")[0] == 200


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amount": "14,41", "part": ""}, "amount"),
        ({"amount": "3,51"}, "amount"),
        ({"amount": ""}, "amount"),
        ({"amount": "-1"}, "amount"),
        ({"part": "9"}, "part"),
        ({"part": "x"}, "part"),
        ({"reason": ""}, "reason"),
        ({"reason": "nonsense"}, "reason"),
        ({"note": "x" * 501}, "note"),
    ],
)
def test_422_names_the_field_and_moves_nothing(
    pages: Pages, world: World, paid: ChargingSession, change: dict[str, str], field: str
) -> None:
    seen = pages.as_("fiona").post(f"{address(paid)}/refund", FORM | {"confirm": "1"} | change)
    assert seen.status == 422
    assert [a["href"] for a in seen.soup.select("#problem-summary a")] == [f"#{field}"]
    assert count(world) == 0
    with world.owner() as session:
        assert session.scalars(select(Document.number)).all() == ["RE-2026-000001"]


def test_who_may_not_is_refused_before_the_form_is_read(pages: Pages, world: World, paid: ChargingSession) -> None:
    for who in ("carla", "theo", "anke", "aylin"):
        visitor = pages.as_(who)
        assert visitor.get(f"{address(paid)}/refund").status == 403, who
        assert visitor.post(f"{address(paid)}/refund", {}).status == 403, who
        assert "/refund" not in visitor.get(address(paid)).text
    assert pages.as_("willi").post(f"{address(paid)}/refund", FORM).status == 404
    assert pages.as_("fiona").get("/cpo/sessions/S-0000000/refund").status == 404
    assert pages.as_("willi").get(f"/partner/{world.cast.partners['winter'].code}/sessions/{paid.code}").status == 404
    assert count(world) == 0
