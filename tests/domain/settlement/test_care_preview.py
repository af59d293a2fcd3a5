"""A sub-operator's own draft (B21): its partners' sessions replayed with the draft as the level above; the partner's side stands still."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, text, update

from app.domain.contracts.actions import create_contract, edit_draft, new_version
from app.domain.contracts.agreeing import ask_agreement
from app.domain.contracts.models import ContractVersion
from app.domain.contracts.parts import ContractInput, DraftPart, FeesPart, SharePart
from app.domain.contracts.queries import contracts_of_partner
from app.domain.contracts.values import SessionFees
from app.domain.people.models import PartnerCare
from app.domain.sessions.actions import rate
from app.domain.settlement.previewing import request_preview
from app.kernel.errors import Invalid, NotAllowed, NotFound
from app.kernel.ids import uuid7
from app.kernel.periods import Month
from tests.cast import World
from tests.domain.sessions.arrange import PLUGGED, charge
from tests.domain.sessions.test_care_share import e10, upward
from tests.domain.settlement.test_care_statement import OCTOBER, closed, key, october
from tests.domain.settlement.test_previewing import drafted, read, replay, result_of


def code_of(world: World, name: str = "kueste") -> str:
    with world.work("carla") as work:
        return contracts_of_partner(work, key(world, name))[0].code


def replayed(world: World, *parts: DraftPart, name: str = "kueste") -> dict[str, Any]:
    """October under a new draft of a partner's contract."""
    code = code_of(world, name)
    drafted(world, code, *parts)
    replay(world, code)
    return result_of(world, code)


def share(dc: str, ac: str = "75") -> SharePart:
    return SharePart(Decimal(ac), Decimal(dc))


def test_e10_under_85_percent(world: World) -> None:
    """Base 33.33: received 80 % = 26.66, draft 85 % = 28.3305 → 28.33; 21.66 go on, so 5.00 and 6.67 stay; operator 6.67 and 5.00.

    With VAT: 28.33 + 5.38 − (21.66 + 4.12) = 7.93 instead of 5.95. Not registered for VAT: 28.33 − 25.78 = 2.55.
    """
    october(world)
    result = replayed(world, share("85"))
    (row,) = result["rows"]
    assert (row["label"], row["below"], row["current"], row["channel"]) == ("NL-0450", "Sommer", "DC", "internal")
    assert (row["partner"], row["passed_on"], row["operator"], row["net"]) == ([500, 667], [2166, 2166], [667, 500], [3333, 3333])
    assert all(sum(row[name][side] for name in ("partner", "passed_on", "operator")) == 3333 for side in (0, 1))
    totals = result["totals"]
    assert (totals["partner"], totals["passed_on"], totals["operator"]) == ([500, 667], [2166, 2166], [667, 500])
    assert (totals["payout"], totals["vat"]) == ([595, 793], [95, 126])
    assert [(g["current"], g["channel"], g["count"], g["partner"]) for g in result["groups"]] == [("DC", "internal", 1, [500, 667])]
    assert (result["tax"]["payout"], result["without_room"], result["short"], result["left_out"]) == ([793, 255], [], 0, 0)


def test_the_replay_of_terms_that_bind_is_what_the_statement_says(world: World) -> None:
    """Under a draft that says what binds, both sides are October's statement."""
    october(world)
    above = closed(world, "kueste")
    result = replayed(world)
    assert result["totals"]["partner"] == [above.accrued_minor] * 2
    assert result["totals"]["payout"] == [above.payout_gross_minor] * 2


def test_a_first_contract_begins_with_nothing(world: World) -> None:
    """Until now no level: 33.33 − 21.66 = 11.67 are the operator's; 80 % would leave 5.00 of it with Küste."""
    with world.owner() as session:
        session.execute(text("set local session_replication_role = replica"))
        session.execute(update(ContractVersion).where(ContractVersion.id == world.cast.contracts["sommer"].id).values(dc_pct=65))
    e10(world)
    world.clock.set(datetime(2026, 11, 2, 8, tzinfo=UTC))
    with world.work("carla") as work:
        made = create_contract(work, world.cast.partners["kueste"].code, ContractInput("Küste 2026", Month(2026, 12)))
        edit_draft(work, made.code, share("80"), made.versions[0].version)
    replay(world, made.code)
    result = result_of(world, made.code)
    assert [(row["partner"], row["passed_on"], row["operator"]) for row in result["rows"]] == [([0, 500], [2166, 2166], [1167, 667])]
    assert result["totals"]["payout"] == [0, 595]


def test_a_draft_below_the_partners_share_is_marked_and_cannot_be_agreed_on(world: World) -> None:
    """60 % are less than Sommer's 65 %: no level, so all 11.67 above Sommer's part are the operator's."""
    october(world)
    result = replayed(world, share("60"))
    assert result["without_room"] == [{"name": "Sommer", "code": world.cast.partners["sommer"].code, "count": 1}]
    (row,) = result["rows"]
    assert (row["partner"], row["operator"], row["is_short"]) == ([500, 0], [667, 1167], False)
    with world.work("carla") as work:
        contract = contracts_of_partner(work, key(world, "kueste"))[0]
    assert contract.draft is not None
    with pytest.raises(Invalid) as refused, world.work("carla") as work:
        ask_agreement(work, contract.code, contract.draft.version)
    assert (refused.value.code, refused.value.params["partner"]) == ("share_below_partner", "Sommer")


def test_fees_that_take_more_than_is_left_are_marked(world: World) -> None:
    """26.66 − 6.00 per DC session = 20.66 received, 21.66 go on: −1.00."""
    october(world)
    result = replayed(world, FeesPart(session=SessionFees(per_session_dc=Decimal(6))))
    (row,) = result["rows"]
    assert (row["partner"], row["operator"], row["is_short"], result["short"]) == ([500, -100], [667, 1267], True, 1)


def test_only_sessions_that_began_in_its_care(world: World) -> None:
    """Winter is in nobody's care; Sommer left at noon of the 15th, so its session of the 16th is not Küste's."""
    october(world)
    row = charge(world, "NL-0501", 2)
    with world.owner() as session:
        noon = datetime(2026, 10, 15, 10, tzinfo=UTC)
        left = {"id": uuid7(), "operator_id": row.operator_id, "partner_id": key(world, "sommer"), "since": noon, "parent_id": None}
        session.add(PartnerCare(**left))
    later = PLUGGED + timedelta(days=2)
    other = charge(world, "NL-0450", started_at=later, ended_at=later + timedelta(hours=2))
    assert other.parent_version_id is None
    for one in (row, other):
        with world.work(world.system()) as work:
            rate(work, one.id)
    world.clock.set(datetime(2026, 11, 2, 8, tzinfo=UTC))
    assert [(one["below"], one["partner"]) for one in replayed(world, share("85"))["rows"]] == [("Sommer", [500, 667])]


def test_staff_read_both_levels_of_a_partners_draft_and_the_partner_neither(world: World) -> None:
    """70 % of 33.33: 23.33 for Sommer, so 3.33 of 5.00 stay with Küste."""
    october(world)
    result = replayed(world, share("70", "70"), name="sommer")
    (row,) = result["rows"]
    assert (row["partner"], row["sub_operator"], row["operator"]) == ([2166, 2333], [500, 333], [667, 667])
    assert result["groups"][0]["sub_operator"] == [500, 333]
    code = code_of(world, "sommer")
    assert read(world, code, "olga") is None
    with pytest.raises(NotFound):
        read(world, code, "silke")


def test_nobody_but_the_contract_manager_asks_for_it(world: World) -> None:
    upward(world, date(2026, 8, 1))
    world.clock.set(datetime(2026, 11, 2, 8, tzinfo=UTC))
    code = code_of(world)
    with world.work("carla") as work:
        new_version(work, code)
    with world.owner() as session:
        assert session.scalar(select(ContractVersion.id).where(ContractVersion.state == "draft")) is not None
    for who, kind in (("fiona", NotAllowed), ("silke", NotAllowed), ("olga", NotFound), ("willi", NotFound)):
        with pytest.raises(kind), world.work(who) as work:
            request_preview(work, code, OCTOBER)
    assert read(world, code, "silke") is None
