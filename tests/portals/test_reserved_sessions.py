"""Reserved time that was billed, wherever a session's price stands: pages, explanation, replay, receipt, statement."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from click.testing import CliRunner
from sqlalchemy import update

from app.cli_price import price as price_command
from app.demo.cast import AC_TERMS
from app.documents.receipt import receipt_pdf, shown_line
from app.domain.invoices.receipt import receipt_paper
from app.domain.sessions.actions import rate
from app.domain.sessions.models import ChargingSession
from app.domain.settlement.actions import draft
from app.kernel.periods import Month
from app.kernel.tokens import token_hash
from app.text.locales import speaking
from tests.cast import World
from tests.domain.sessions.arrange import PLUGGED, charge, in_service
from tests.pages import Pages
from tests.portals.driver.test_explained import SECRET, someone, words


def kept(kind: str, price: str, vat: str) -> dict[str, Any]:
    return {
        "price_components": [{"type": kind, "price": price, "step_size": 60, "vat": vat}],
        "restrictions": {"reservation": "RESERVATION"},
    }


#: 1.00 to reserve (7 %), 3.00 per reserved hour (19 %), then the cast's AC price
TERMS = AC_TERMS | {"elements": [kept("FLAT", "1.00", "7"), kept("TIME", "3.00", "19"), *AC_TERMS["elements"]]}
HOME = {"moritz": "/partner/{}", "fiona": "/cpo"}


def rated(world: World, **over: Any) -> ChargingSession:
    """Journey 6 after 20 reserved minutes: 1.00 + 20/60 × 3.00 + 14.03 + 3.50 = 19.53.

    7 %: 1.00 ÷ 1.07 = 0.93; 19 %: 18.53 ÷ 1.19 = 15.57; net 16.50, VAT 3.03. Sommer: 70 % of 16.50 = 11.55.
    """
    reserved = {"reservation_id": uuid4(), "reserved_from": PLUGGED - timedelta(minutes=20), "reserved_until": PLUGGED}
    row = charge(world, tariff=TERMS, **reserved | over)
    with world.work(world.system()) as work:
        rate(work, row.id)
    with world.owner() as session:
        return session.get_one(ChargingSession, row.id)


def test_the_lines_stand_on_the_session_and_its_explanation_in_both_portals(pages: Pages, world: World) -> None:
    row = rated(world)
    assert (row.gross_minor, row.net_minor, row.vat_minor, row.partner_minor) == (1953, 1650, 303, 1155)
    for who, home in HOME.items():
        base = home.format(world.cast.partners["sommer"].code)
        page = words(pages.as_(who).get(f"{base}/sessions/{row.code}"))
        for part in (
            "Reserviert 14.10.2026, 16:40",
            "Reservierungsgebühr 1",
            "7 % 1,00 €",
            "Reservierte Zeit 20 min",
            "19,53 €",
            "11,55 €",
        ):
            assert part in page, (who, part, page)
        assert "MwSt. 3,03 €" in page
        assert "bei 19 %" not in page, "two rates"
        ladder = words(pages.as_(who).get(f"{base}/sessions/{row.code}/explain?again=yes"))
        for part in ("20 min × 3,00 €/h = 1,00 → 1,00 €", "Erneut gerechnet: dasselbe Ergebnis", "16:40:00 20 min reserviert"):
            assert part in ladder, (who, part, ladder)


def test_the_case_for_accountants_prices_to_the_same(pages: Pages, world: World) -> None:
    answer = pages.as_("fiona").get(f"/cpo/sessions/{rated(world).code}/explain.json")
    case = json.loads(answer.text)
    assert case["session"]["reservation"] == {"start": "2026-10-14T14:40:00Z", "end": "2026-10-14T15:00:00Z", "expired": False}
    assert case["expected"]["reservation"] == "2.00"
    result = CliRunner().invoke(price_command, ["-"], input=answer.text)
    assert (result.exit_code, "1 of 1 as expected" in result.stderr) == (0, True), result.output


def test_the_driver_reads_it_too(pages: Pages, world: World) -> None:
    rated(world, channel="adhoc", secret_hash=token_hash(SECRET))
    shown = words(someone(pages).get(f"/s/{SECRET}/explain"))
    for part in (
        "Der Preis stand fest, als die Ladestation für Sie reserviert wurde: 14.10.2026, 16:40",
        "20 min × 0,05 €/min = 1,00 → 1,00 €",
        "16:40 · 20 min Reserviert",
    ):
        assert part in shown, (part, shown)
    receipt = words(someone(pages).get(f"/s/{SECRET}/receipt"))
    assert "Reservierungsgebühr" in receipt
    assert "19,53 €" in receipt


def test_the_receipt_names_fee_and_time_and_taxes_each_by_its_rate(world: World) -> None:
    row = rated(world)
    with world.owner() as session:
        paper = receipt_paper(session, session.get_one(ChargingSession, row.id))
    with speaking("de"):
        lines = [shown_line(line, "EUR") for line in paper.content["lines"]]
    assert [(line["word"], line["amount_minor"]) for line in lines] == [
        ("Reservierungsgebühr", 100), ("Reservierte Zeit", 100), ("Energie", 1403), ("Blockiergebühr", 350),
    ]  # fmt: skip
    assert (paper.net_minor, paper.vat_minor) == (1650, 303)
    assert {(tax["pct"], tax["vat_minor"]) for tax in paper.content["taxes"]} == {("7", 7), ("19", 296)}
    assert receipt_pdf("R-1", "de", paper.issued_on, PLUGGED, paper.content).startswith(b"%PDF")


def test_the_statement_shares_it_with_the_partner(world: World) -> None:
    """11.55 − platform fee 10.00 = 1.55; 19 % of 11.55 = 2.1945 → 2.19: 13.74 − 11.90 = 1.84."""
    in_service(world)
    row = rated(world)
    with world.owner() as session:
        session.execute(update(ChargingSession).where(ChargingSession.id == row.id).values(collected_at=row.ended_at))
    world.clock.set(datetime(2026, 11, 2, 8, 0, tzinfo=UTC))
    with world.work(world.actor("fiona")) as work:
        found = draft(work, world.cast.partners["sommer"].id, Month(2026, 10))
    assert (found.accrued_minor, found.payout_net_minor, found.payout_gross_minor) == (1155, 155, 184)
