"""A new contract like another one, and the ruler of its months (B8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from app.domain.contracts.copying import COPIED
from app.domain.contracts.models import Contract, ContractVersion
from app.kernel.periods import Month
from app.portal_cpo.month_ruler import ruler
from tests.cast import World
from tests.pages import Pages


def terms_of(world: World, name: str) -> str:
    """The code of a partner's contract."""
    with world.owner() as session:
        return session.scalars(select(Contract.code).where(Contract.partner_id == world.cast.partners[name].id)).one()


def copied(pages: Pages, like: str, currency: str = "EUR") -> Any:
    winter = pages.world.cast.partners["winter"].code
    typed = {"name": "Anbau", "first_month": "11/2026", "currency": currency, "copy_of": like}
    return pages.as_("carla").post(f"/cpo/partners/{winter}/contracts/new", typed)


def test_a_new_contract_starts_from_the_terms_of_another_partners(pages: Pages, world: World) -> None:
    like = terms_of(world, "sommer")
    page = pages.as_("carla").get(f"/cpo/partners/{world.cast.partners['winter'].code}/contracts/new?like={like}")
    assert page.one("#copy_of")["value"] == like
    assert copied(pages, like.lower()).status == 303
    with world.owner() as session:
        first, second = (
            session.scalars(select(ContractVersion).join(Contract, Contract.id == ContractVersion.contract_id).where(where)).one()
            for where in (Contract.code == like, Contract.name == "Anbau")
        )
        assert {name: getattr(second, name) for name in COPIED} == {name: getattr(first, name) for name in COPIED}
        assert (second.state, second.number, second.partner_id) == ("draft", 1, world.cast.partners["winter"].id)


def test_what_cannot_be_copied_is_said_at_the_field_and_makes_nothing(pages: Pages, world: World) -> None:
    like = terms_of(world, "sommer")
    unknown, other = copied(pages, "C-000000"), copied(pages, like, "CHF")
    assert (unknown.status, other.status) == (422, 422)
    assert "Einen Vertrag „C-000000“" in unknown.one("#copy_of-error").get_text()
    assert "Seine Beträge sind in EUR" in other.one("#copy_of-error").get_text()
    with world.owner() as session:
        assert session.scalars(select(Contract).where(Contract.name == "Anbau")).all() == []


@dataclass(frozen=True)
class Term:
    """What the ruler reads of a version."""

    number: int
    first: Month
    end: Month | None


@pytest.mark.parametrize(
    ("terms", "years", "bars"),
    [
        # Jan 2025 … Oct 2026 is 22 months back, 17 are shown (from May 2025: 8 + 12 + 4 months); v2 from Nov goes on past April 2027
        (((1, "2025-01", "2026-10"), (2, "2026-11", None)), ((2025, 8), (2026, 12), (2027, 4)), ((0, 18, 6, False), (18, 6, 0, True))),
        # ended before the ruler begins: no bar
        (((1, "2020-01", "2020-12"), (2, "2026-10", "2026-12")), ((2025, 8), (2026, 12), (2027, 4)), ((17, 3, 4, False),)),
    ],
)
def test_the_ruler(terms: tuple[Any, ...], years: Any, bars: Any) -> None:
    versions: Any = [Term(n, Month.parse(first), Month.parse(last) if last else None) for n, first, last in terms]
    found = ruler(versions, Month.of(date(2026, 10, 15)))
    assert found is not None
    assert (found.years, found.now, found.length) == (years, 17, 24)
    assert tuple((b.before, b.length, b.after, b.goes_on) for b in found.bars) == bars
    assert all(b.before + b.length + b.after == found.length for b in found.bars)


def test_a_partners_contracts_stand_on_the_ruler(pages: Pages, world: World) -> None:
    seen = pages.as_("carla").get(f"/cpo/partners/{world.cast.partners['sommer'].code}/contracts")
    assert [bar.get_text() for bar in seen.soup.select(".ruler .bar-active")] == ["v1"]
    assert len(seen.soup.select(".ruler-months .now")) == 1
