"""B7: a partner's tax status has a first day; a supply counts under the one of its day."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from app.domain.people.tax import TaxInput, enter_tax_status, on_day, tax_steps
from app.domain.sessions.settling import tax_member
from app.domain.settlement.actions import draft, issue
from app.kernel.errors import Invalid
from app.kernel.periods import Month
from app.money.settlement.partners import read_tax
from tests.cast import World
from tests.domain.settlement.test_month_close import draft_now, october_is_over
from tests.pages import Pages

SMALL = {"credit": "E", "fees": "S", "rate_pct": "19", "evidence": "Schreiben des Finanzamts vom 2. März"}


def partner_of(world: World) -> Any:
    return world.cast.partners["sommer"]


def small_from(world: World, day: date) -> None:
    """Sommer is a small business from that day on."""
    with world.work("fiona") as work:
        enter_tax_status(work, partner_of(world).code, TaxInput(day, "E", "S", Decimal(19), "Schreiben"))


def test_finance_enters_it_with_a_paper_and_everybody_else_may_not(pages: Pages) -> None:
    address = f"/cpo/partners/{partner_of(pages.world).code}/bank/tax"
    fiona = pages.as_("fiona")
    assert fiona.get(address).location.startswith("/confirm-it-is-you")
    for who in ("fiona", "carla", "theo"):
        visitor = fiona if who == "fiona" else pages.as_(who)
        assert visitor.post("/confirm-it-is-you", {"password": "Nordlicht-am-Abend-26"}).status == 303
        assert visitor.get(address).status == (200 if who == "fiona" else 403)
    for sent, field in (
        ({}, "valid_from"),
        (SMALL | {"valid_from": "1.11.1999"}, "valid_from"),
        (SMALL | {"valid_from": "2026-11-01", "rate_pct": ""}, "rate_pct"),
        (SMALL | {"valid_from": "2026-11-01", "evidence": " "}, "evidence"),
    ):
        seen = fiona.post(address, {"credit": "E", "fees": "S"} | sent)
        assert (seen.status, seen.one(f"#{field}").get("aria-invalid")) == (422, "true"), (sent, field)
    assert fiona.post(address, SMALL | {"valid_from": "1.11.2026"}).status == 303
    shown = fiona.get(address.removesuffix("/tax"))
    assert "Seit Beginn" in shown.words
    assert "01.11.2026 ohne MwSt. (Kleinunternehmer) mit MwSt., 19 %" in shown.words
    assert "Fiona Petersen" in shown.words
    pages.world.clock.move(days=30)
    assert "Seit 01.11.2026" in pages.as_("pia").get(f"/partner/{partner_of(pages.world).code}/settings/bank").words
    history = pages.as_("anke").get(f"/cpo/partners/{partner_of(pages.world).code}/history").words
    assert "Was dieser Standortpartner verdient : mit MwSt., 19 % → ohne MwSt. (Kleinunternehmer)" in history


def test_of_two_supplies_each_counts_under_the_status_of_its_day(world: World) -> None:
    small_from(world, date(2026, 10, 20))
    with world.owner() as session:
        steps = tax_steps(session, [partner_of(world).id])[partner_of(world).id]
    assert [on_day(steps, date(2026, 10, day)).credit for day in (1, 19, 20, 31)] == ["S19", "S19", "E0", "E0"]
    read = read_tax(tax_member(steps), "tax")
    assert [str(read.on(date(2026, 10, day)).credit.category) for day in (19, 20)] == ["S", "E"]


def test_a_statement_credits_without_vat_who_was_a_small_business_on_the_day(world: World) -> None:
    october_is_over(world)
    vat = _vat(draft_now(world))
    small_from(world, date(2026, 11, 1))
    assert _vat(draft_now(world)) == vat, "October keeps its own"
    small_from(world, date(2026, 10, 1))
    assert _vat(draft_now(world)) == vat - 196, "19 % of 10.31; the operator's fees keep theirs"


def _vat(row: Any) -> int:
    return row.payout_gross_minor - row.payout_net_minor


def test_what_is_issued_keeps_its_status(world: World) -> None:
    october_is_over(world)
    with world.work("fiona") as work:
        code = draft(work, partner_of(world).id, Month(2026, 10)).code
    with world.work("felix") as work:
        issue(work, [code])
    with pytest.raises(Invalid) as refusal:
        small_from(world, date(2026, 10, 31))
    assert (refusal.value.code, refusal.value.field) == ("tax_month_issued", "valid_from")
    small_from(world, date(2026, 11, 1))
    with world.owner() as session:
        assert session.execute(text("select valid_from from tax_status")).scalar_one() == date(2026, 10, 31) + timedelta(days=1)
