"""A partner's own contract, data, team and history: read what is yours, change what is yours, never a draft, never another's."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from app.demo import builders as make
from app.domain.contracts.actions import new_version
from app.domain.contracts.queries import contracts_of_partner
from app.domain.people.actions import edit_partner
from app.domain.people.models import Contact
from app.domain.people.queries import partner_by_code
from app.domain.people.rows import PartnerInput
from tests.cast import NOW, World
from tests.pages import Pages

PATHS = ("contract", "settings", "team", "history")


def base(world: World, name: str = "sommer") -> str:
    return f"/partner/{world.cast.partners[name].code}"


@pytest.mark.parametrize("path", PATHS)
def test_own_pages_open_and_foreign_ones_are_not_found(pages: Pages, world: World, path: str) -> None:
    assert pages.as_("olga").get(f"{base(world)}/{path}").status == 200
    assert pages.as_("willi").get(f"{base(world)}/{path}").status == 404
    assert pages.as_("carla").get(f"{base(world)}/{path}").status == 404
    assert pages.nobody().get(f"{base(world)}/{path}").status == 303


def test_roles_see_what_their_work_needs(pages: Pages, world: World) -> None:
    for who, statuses in (("pia", (200, 200, 403, 200)), ("toni", (403, 403, 403, 403)), ("vera", (403, 403, 403, 403))):
        visitor = pages.as_(who)
        assert tuple(visitor.get(f"{base(world)}/{path}").status for path in PATHS) == statuses, who


def test_my_contract_speaks_in_sentences_with_a_worked_example(pages: Pages, world: World) -> None:
    """AC: 20.70 with VAT, net 17.39, less start fee 0.84 = 16.55; 70 % = 11.585, so 11.59."""
    with world.work("carla") as work:
        new_version(work, contracts_of_partner(work, world.cast.partners["sommer"].id)[0].code)
    seen = pages.as_("olga").get(f"{base(world)}/contract")
    assert "11,59" in seen.words
    assert "NL-0417" in seen.words
    assert "v2" not in seen.words, "drafts are the operator's"
    assert pages.as_("olga").get(f"{base(world)}/contract?version=2").status == 404
    other = contract_code(world, "winter")
    assert pages.as_("olga").get(f"{base(world)}/contract?contract={other}").status == 404


def contract_code(world: World, name: str) -> str:
    with world.work("carla") as work:
        return contracts_of_partner(work, world.cast.partners[name].id)[0].code


def test_without_a_contract_the_page_says_so(pages: Pages, world: World) -> None:
    assert pages.as_("silke").get(f"{base(world, 'kueste')}/contract").soup.select(".empty-state")


def test_two_contracts_can_be_told_apart(pages: Pages, world: World) -> None:
    with world.owner() as session:
        make.contract(session, world.cast.partners["sommer"], date(2026, 9, 1), NOW)
    bar = pages.as_("olga").get(f"{base(world)}/contract").soup.select(".version-bar a")
    assert len(bar) == 2


def test_the_owner_keeps_contacts_and_a_manager_reads_them(pages: Pages, world: World) -> None:
    olga, path = pages.as_("olga"), f"{base(world)}/settings/contacts/billing"
    sent = {"person": "Ida Funk", "email": "ida@sommer.example", "language": "de"}
    assert olga.get(path).status == 200
    assert olga.post(path, sent | {"email": "ida"}).status == 422
    assert olga.post(path, sent).status == 303
    assert pages.as_("moritz").post(path, sent | {"person": "Moritz"}).status == 403
    assert pages.as_("moritz").get(f"{base(world)}/settings").soup.select("section a.btn") == []
    assert pages.as_("willi").post(path, sent | {"person": "Willi"}).status == 404
    with world.owner() as session:
        kept = select(Contact.person).where(Contact.partner_id == world.cast.partners["sommer"].id, Contact.kind == "billing")
        assert session.scalars(kept).one() == "Ida Funk"


def test_history_shows_changes_but_not_what_staff_noted(pages: Pages, world: World) -> None:
    code = world.cast.partners["sommer"].code
    with world.work("carla") as work:
        row = partner_by_code(work, code)
        values = {name: getattr(row, name, "") or "" for name in PartnerInput.__dataclass_fields__}
        new_version(work, contracts_of_partner(work, row.id)[0].code)
        edit_partner(work, code, PartnerInput(**values | {"city": "Altona", "staff_notes": "zahlt spät"}), row.version)
    words = pages.as_("olga").get(f"{base(world)}/history").words
    assert "Hamburg → Altona" in words
    assert "zahlt" not in words
    assert pages.as_("olga").get(f"{base(world)}/history").soup.select("#history tbody tr:nth-child(2)") == [], "drafts are the operator's"
    assert len(pages.as_("carla").get(f"/cpo/partners/{code}/history").soup.select("#history tbody tr")) == 2
