"""A sub-operator's own contract beside those of the partners in its care: nobody below gets more than the level above."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from app.demo import builders as make
from app.domain.contracts.actions import create_contract, edit_draft, new_version
from app.domain.contracts.agreeing import ask_agreement
from app.domain.contracts.changing_care import change_partner
from app.domain.contracts.parts import ContractInput, SharePart
from app.domain.contracts.queries import contracts_of_partner
from app.domain.contracts.rows import ContractVersionRow
from app.domain.people.queries import partner_by_code
from app.domain.people.rows import PartnerInput
from app.kernel.errors import Invalid
from app.kernel.periods import Month
from tests.cast import NOW, World

NOVEMBER = Month(2026, 11)


def asked(world: World, ac: int, dc: int) -> ContractVersionRow:
    """Küste's first contract from November, wanted with these shares; Sommer has 70 % and 60 %."""
    with world.work("carla") as work:
        row = create_contract(work, world.cast.partners["kueste"].code, ContractInput("Küste 2026", NOVEMBER))
        draft = edit_draft(work, row.code, SharePart(Decimal(ac), Decimal(dc)), row.versions[0].version)
        return ask_agreement(work, row.code, draft.version)


@pytest.mark.parametrize(("ac", "dc"), [(69, 80), (80, 59)])
def test_the_level_above_may_not_get_less(world: World, ac: int, dc: int) -> None:
    with pytest.raises(Invalid) as refused:
        asked(world, ac, dc)
    assert (refused.value.code, refused.value.field, refused.value.params["partner"]) == ("share_below_partner", "ac_pct", "Sommer")


def test_the_same_share_is_enough(world: World) -> None:
    assert asked(world, 70, 60).waiting


def test_the_partner_below_may_not_get_more(world: World) -> None:
    with world.owner() as session:
        make.contract(session, world.cast.partners["kueste"], date(2026, 8, 1), NOW, ac_pct=Decimal(75), dc_pct=Decimal(65))
    with world.work("carla") as work:
        code = contracts_of_partner(work, world.cast.partners["sommer"].id)[0].code
        draft = edit_draft(work, code, SharePart(Decimal(76), Decimal(60)), new_version(work, code).version)
    with pytest.raises(Invalid, match="child_above_parent"), world.work("carla") as work:
        ask_agreement(work, code, draft.version)


@pytest.mark.parametrize(("ac", "last", "fits"), [(69, None, False), (70, None, True), (69, date(2026, 9, 1), True)])
def test_a_partner_comes_only_into_care_that_leaves_its_share(world: World, ac: int, last: date | None, fits: bool) -> None:
    """Winter is promised 70 % of AC: no sub-operator with 69 % can look after it, unless its contract is over."""
    winter, kueste = world.cast.partners["winter"].code, world.cast.partners["kueste"]
    with world.owner() as session:
        make.contract(session, kueste, date(2026, 8, 1), NOW, ac_pct=Decimal(ac), dc_pct=Decimal(90), last_month=last)
    with world.work("carla") as work:
        row = partner_by_code(work, winter)
        values = {name: getattr(row, name, "") or "" for name in PartnerInput.__dataclass_fields__}
        wanted = PartnerInput(**values | {"parent_code": kueste.code})
    if fits:
        with world.work("carla") as work:
            assert change_partner(work, winter, wanted, row.version).parent_code == kueste.code
        return
    with pytest.raises(Invalid) as refused, world.work("carla") as work:
        change_partner(work, winter, wanted, row.version)
    assert (refused.value.code, refused.value.field) == ("child_above_parent", "parent_code")
    with world.work("carla") as work:
        assert partner_by_code(work, winter).parent_code is None


def test_who_is_in_care_already_can_be_edited_whatever_its_share(world: World) -> None:
    """Sommer's 70 % is above Küste's 60 %, agreed before anybody compared; its name can still be corrected."""
    sommer, kueste = world.cast.partners["sommer"].code, world.cast.partners["kueste"]
    with world.owner() as session:
        make.contract(session, kueste, date(2026, 8, 1), NOW, ac_pct=Decimal(60), dc_pct=Decimal(60))
    with world.work("carla") as work:
        row = partner_by_code(work, sommer)
        values = {name: getattr(row, name, "") or "" for name in PartnerInput.__dataclass_fields__}
        assert change_partner(work, sommer, PartnerInput(**values | {"name": "Sommer Cafés"}), row.version).name == "Sommer Cafés"
