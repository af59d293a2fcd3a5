"""The highest prices a partner may set: typed into the contract's draft, agreed by two people, frozen, shown to the partner, held."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.documents.contract import contract_html
from app.domain.contracts.accepting import contract_paper
from app.domain.contracts.models import Contract, ContractVersion
from app.domain.contracts.price_limits import price_limits
from app.domain.contracts.values import PriceLimits
from app.domain.tariffs.judging import require_within
from app.kernel.errors import Invalid
from app.kernel.periods import Month
from app.money.terms import Tariff
from app.money.terms_json import parse_tariff
from tests.cast import World
from tests.pages import Pages, Visitor


@pytest.fixture
def code(world: World) -> str:
    with world.owner() as session:
        return session.scalars(select(Contract.code).where(Contract.partner_id == world.cast.partners["sommer"].id)).one()


def state(carla: Visitor, code: str) -> str:
    return str(carla.get(f"/cpo/contracts/{code}/price-limits?version=2").soup.select("form#form input[name=draft]")[0]["value"])


def drafted(carla: Visitor, code: str, **typed: str) -> None:
    """Version 2 as a draft with these limits."""
    assert carla.post(f"/cpo/contracts/{code}/new-version").status == 303
    assert carla.post(f"/cpo/contracts/{code}/price-limits", {"draft": state(carla, code)} | typed).status == 303


def stored(world: World, number: int = 2) -> dict[str, str]:
    with world.owner() as session:
        of_sommer = ContractVersion.partner_id == world.cast.partners["sommer"].id
        return dict(session.scalars(select(ContractVersion.price_limits).where(of_sommer, ContractVersion.number == number)).one())


def test_limits_are_agreed_like_money_and_stand_on_every_page_of_the_contract(pages: Pages, world: World, code: str) -> None:
    carla, felix = pages.as_("carla"), pages.as_("felix")
    drafted(carla, code, energy="0,69", idle="0,15", start_fee="1", minimum="")
    assert stored(world) == {"energy": "0.69", "idle": "0.15", "start_fee": "1"}
    review = carla.get(f"/cpo/contracts/{code}/review")
    for said in ("0,79 €/kWh", "0,69 €/kWh", "0,15 €/min", "zweite Person"):
        assert said in review.words, said
    asked = {"draft": str(review.soup.select("form#form input[name=draft]")[0]["value"])}
    assert carla.post(f"/cpo/contracts/{code}/review", asked).status == 303
    waiting = felix.get(f"/cpo/contracts/{code}/review")
    agreed = {"draft": str(waiting.soup.select("form#form input[name=draft]")[0]["value"])}
    assert carla.post(f"/cpo/contracts/{code}/approve", agreed).status == 409, "nobody is their own second person"
    assert felix.post(f"/cpo/contracts/{code}/approve", agreed).status == 303
    partner = world.cast.partners["sommer"]
    mine = pages.as_("olga").get(f"/partner/{partner.code}/contract?version=2")
    assert "höchstens 0,69 €/kWh" in mine.words
    assert pages.as_("willi").get(f"/partner/{partner.code}/contract?version=2").status == 404
    with world.work("olga") as work:
        paper = " ".join(contract_html(contract_paper(work, code, 2), draft=False).replace("&nbsp;", " ").replace("\xa0", " ").split())
    assert "Blockiergebühr: höchstens 0,15 €/min" in paper
    with world.owner() as session:
        november = price_limits(session, partner.id, Month(2026, 11).first)
        october = price_limits(session, partner.id, Month(2026, 10).first)
    assert november == PriceLimits("EUR", Decimal("0.69"), None, Decimal("0.15"), Decimal(1))
    assert october.energy == Decimal("0.79"), "the version that binds now keeps its own"


def test_agreed_limits_are_not_edited(pages: Pages, world: World, code: str) -> None:
    carla = pages.as_("carla")
    page = carla.get(f"/cpo/contracts/{code}/price-limits")
    assert page.soup.select("form#form") == []
    assert "höchstens 0,79 €/kWh" in page.words
    assert carla.post(f"/cpo/contracts/{code}/price-limits", {"draft": "1", "energy": "9"}).status == 409, "there is no draft"
    with pytest.raises(IntegrityError, match="is agreed"), world.owner() as session:
        session.get_one(ContractVersion, world.cast.contracts["sommer"].id).price_limits = {"energy": "9"}
    with pytest.raises(IntegrityError, match="is agreed"), world.owner() as session:
        session.execute(update(ContractVersion).where(ContractVersion.state == "active").values(reimbursement_fee=1))
    assert stored(world, 1) == {"energy": "0.79"}


@pytest.mark.parametrize(
    ("typed", "field"), [({"energy": "-1"}, "energy"), ({"idle": "0,1234567"}, "idle"), ({"minimum": "viel"}, "minimum")]
)
def test_bad_limits_name_their_field_and_change_nothing(pages: Pages, world: World, code: str, typed: dict[str, str], field: str) -> None:
    carla = pages.as_("carla")
    drafted(carla, code, energy="0,69")
    seen = carla.post(f"/cpo/contracts/{code}/price-limits", {"draft": state(carla, code)} | typed)
    assert seen.status == 422
    assert [str(a["href"]) for a in seen.soup.select("#problem-summary a")] == [f"#{field}"]
    assert stored(world) == {"energy": "0.69"}


def test_who_may_not(pages: Pages, world: World, code: str) -> None:
    drafted(pages.as_("carla"), code, energy="0,69")
    for who, status in (("fiona", 403), ("anke", 403), ("aylin", 403), ("theo", 404)):
        assert pages.as_(who).post(f"/cpo/contracts/{code}/price-limits", {"draft": "2", "energy": "9"}).status == status, who
    assert stored(world) == {"energy": "0.69"}


def test_limits_nobody_needs_are_said_before_agreeing(pages: Pages, code: str) -> None:
    carla = pages.as_("carla")
    drafted(carla, code, energy="0,69")
    assert "darf nach dieser Fassung keine Preise festlegen" not in carla.get(f"/cpo/contracts/{code}/review").words
    assert carla.post(f"/cpo/contracts/{code}/permissions", {"draft": state(carla, code), "preset": "view"}).status == 303
    assert "darf nach dieser Fassung keine Preise festlegen" in carla.get(f"/cpo/contracts/{code}/review").words


def tariff(least: dict[str, str], *, tax: str = "YES") -> Tariff:
    part = {"type": "ENERGY", "price": "0.40", "step_size": 1} | ({} if tax == "N/A" else {"vat": "19"})
    return parse_tariff({"currency": "EUR", "tax_included": tax, "elements": [{"price_components": [part]}], "min_price": least})


@pytest.mark.parametrize(
    ("terms", "within"),
    [
        (tariff({"excl_vat": "4.20", "incl_vat": "5.00"}), True),
        (tariff({"excl_vat": "4.20", "incl_vat": "5.01"}), False),
        (tariff({"excl_vat": "4.21"}, tax="NO"), False),  # 4.21 × 1.19 = 5.0099
        (tariff({"excl_vat": "4.20"}, tax="NO"), True),  # 4.20 × 1.19 = 4.998
        (tariff({"excl_vat": "5.00"}, tax="N/A"), True),
    ],
)
def test_the_lowest_price_of_a_session_is_limited_with_vat(terms: Tariff, *, within: bool) -> None:
    limits = PriceLimits("EUR", minimum=Decimal(5))
    if within:
        return require_within(terms, limits)
    with pytest.raises(Invalid) as found:
        require_within(terms, limits)
    assert (found.value.code, found.value.field) == ("above_contract_minimum", "min_price")
    return None
