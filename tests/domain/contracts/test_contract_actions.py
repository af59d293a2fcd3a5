"""Drafts, versions and terms: success, refusal and the stranger in one set-up."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.access.permissions import Permission
from app.domain.contracts.actions import create_contract, discard_draft, edit_draft, new_version
from app.domain.contracts.agreeing import approve, ask_agreement, end_contract, send_back, take_back
from app.domain.contracts.drafts import settlement_terms
from app.domain.contracts.models import Contract, ContractVersion
from app.domain.contracts.parts import (
    ROAMING_90,
    ContractInput,
    DraftPart,
    ElectricityPart,
    FeesPart,
    OverridesPart,
    PermissionsPart,
    SharePart,
    TermPart,
)
from app.domain.contracts.queries import contract_by_code, contracts, contracts_of_partner, version_at
from app.domain.contracts.rows import ContractFilter, ContractRow, ContractVersionRow
from app.domain.contracts.values import OverrideLine, PlatformFee, SessionFees
from app.domain.people.actions import create_partner
from app.domain.people.queries import partner_by_code
from app.domain.people.rows import PartnerInput
from app.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from app.kernel.periods import Month
from app.money.settlement.contracts import read_contract
from app.work.audit import AuditEntry
from tests.cast import World, counting

OCT, NOV, DEC = Month(2026, 10), Month(2026, 11), Month(2026, 12)
LENZ = PartnerInput("Lenz", "Lenz GmbH", "Lange Straße 9", "23966", "Wismar", "DE")


def code_of(world: World, name: str) -> str:
    with world.work("carla") as work:
        return contracts_of_partner(work, world.cast.partners[name].id)[0].code


def draft_for(world: World, *parts: DraftPart, first: Month = OCT) -> tuple[str, int]:
    """A new partner's contract with a draft edited by these parts: its code and the draft's state."""
    with world.work("carla") as work:
        row = create_contract(work, create_partner(work, LENZ).code, ContractInput("Lenz 2026", first))
        version = row.versions[0].version
        for part in parts:
            version = edit_draft(work, row.code, part, version).version
    return row.code, version


def agree(world: World, code: str, version: int) -> ContractVersionRow:
    """Carla wants the draft agreed, Conrad is the second person where one is needed."""
    with world.work("carla") as work:
        row = ask_agreement(work, code, version)
    if not row.waiting:
        return row
    with world.work("conrad") as work:
        return approve(work, code, row.version)


def row_of(world: World, code: str, who: str = "carla") -> ContractRow:
    with world.work(who) as work:
        return contract_by_code(work, code)


def test_a_contract_begins_as_a_draft_that_binds_nobody(world: World) -> None:
    code, _ = draft_for(world)
    row = row_of(world, code)
    assert [(v.number, v.state, v.first, v.ac_pct) for v in row.versions] == [(1, "draft", OCT, Decimal(50))]
    assert row.version_in(OCT) is None
    assert (row.currency, row.time_zone, row.draft) == ("EUR", "Europe/Berlin", row.versions[0])


def test_the_parts_of_a_draft_are_kept_as_the_settlement_wants_them(world: World) -> None:
    code, _ = draft_for(
        world,
        TermPart("Lenz bis 2028", NOV, Month(2028, 10), auto_renewal=True),
        SharePart(Decimal("62.50"), Decimal(55), exclude_connection_fee=True, deduct_electricity=True, negative_margin="floor_zero"),
        FeesPart(PlatformFee(Decimal(5), Decimal("2.5"), policy="daily"), SessionFees(handling_pct=Decimal("1.25"), handling_base="gross")),
        PermissionsPart((Permission.COMMAND_STOP.value, Permission.COMMAND_START.value)),
    )
    row = row_of(world, code)
    version = row.versions[0]
    assert row.name == "Lenz bis 2028"
    assert version.permissions == ("command.start", "command.stop")
    assert version.platform_fee == PlatformFee(Decimal(5), Decimal("2.5"), policy="daily")
    terms = settlement_terms(version)
    assert terms == {
        "id": code, "version": 1, "valid_from": "2026-11", "ac_pct": "62.5", "dc_pct": "55",
        "exclude_connection_fee": True, "deduct_electricity_cost": True, "reimburse_electricity_cost": False,
        "negative_margin": "floor_zero", "platform_fee": {"per_charge_point": "5", "per_ac_evse": "2.5", "policy": "daily"},
        "fees": {"handling_pct": "1.25", "handling_base": "gross"},
    }  # fmt: skip
    assert read_contract(terms, "contract").valid_to is None, "a contract that renews itself has no end"


@pytest.mark.parametrize(
    ("part", "code", "field"),
    [
        (TermPart("", NOV), "missing", "name"),
        (TermPart("x", NOV, OCT), "ends_before_start", "last_month"),
        (TermPart("x", NOV, auto_renewal=True), "renewal_open_end", "auto_renewal"),
        (SharePart(Decimal("100.01"), Decimal(1)), "pct_out_of_range", "ac_pct"),
        (SharePart(Decimal(1), Decimal(-1)), "pct_out_of_range", "dc_pct"),
        (SharePart(Decimal("1.005"), Decimal(1)), "too_many_decimals", "ac_pct"),
        (SharePart(Decimal(1), Decimal(1), reimburse_electricity=True), "reimburse_without_deduct", "reimburse_electricity"),
        (TermPart("x", NOV, kind="payment_facilitation"), "facilitation_sells", "supplier"),
        (TermPart("x", NOV, minimum_payout=Decimal("1.005")), "too_many_decimals", "minimum_payout"),
        (TermPart("x", NOV, carry_months=25), "carry_out_of_range", "carry_months"),
        (SharePart(Decimal(1), Decimal(1), subscription_settlement="rate_per_kwh"), "missing", "subscription_rate"),
        (FeesPart(floor_kwh=Decimal(-1)), "negative_price", "floor_kwh"),
        (ElectricityPart(Decimal(-1)), "negative_price", "price"),
        (OverridesPart((OverrideLine("x", ("taxi",), ac_pct=Decimal(1)),)), "unknown_choice", "lines[0].channels"),
        (OverridesPart((OverrideLine("x", ac_pct=Decimal(101)),)), "pct_out_of_range", "lines[0].ac_pct"),
        (OverridesPart((OverrideLine("x", ("emsp",)),)), "exception_without_effect", "lines[0].ac_pct"),
        (FeesPart(PlatformFee(per_dc_evse=Decimal(-1))), "negative_price", "per_dc_evse"),
        (FeesPart(PlatformFee(policy="weekly")), "unknown_choice", "policy"),
        (FeesPart(session=SessionFees(handling_pct=Decimal(101))), "pct_out_of_range", "handling_pct"),
        (PermissionsPart(("settlement.close",)), "unknown_choice", "permissions"),
    ],
)
def test_what_cannot_be_agreed_names_its_field_and_changes_nothing(world: World, part: DraftPart, code: str, field: str) -> None:
    contract, version = draft_for(world)
    before = row_of(world, contract)
    with world.work("carla") as work:
        with pytest.raises(Invalid) as refusal:
            edit_draft(work, contract, part, version)
        assert (refusal.value.code, refusal.value.field) == (code, field)
    assert row_of(world, contract) == before


def test_a_draft_changed_meanwhile_is_a_conflict(world: World) -> None:
    code, version = draft_for(world)
    with world.work("carla") as work:
        edit_draft(work, code, SharePart(Decimal(60), Decimal(60)), version)
    with pytest.raises(Conflict, match="changed_meanwhile"), world.work("conrad") as work:
        edit_draft(work, code, SharePart(Decimal(70), Decimal(70)), version)
    assert row_of(world, code).versions[0].ac_pct == 60


def test_the_first_version_binds_from_this_month_and_makes_the_partner_active(world: World) -> None:
    code, version = draft_for(world)
    row = agree(world, code, version)
    with world.work("carla") as work:
        assert (row.state, row.covers(OCT), row.covers(OCT.plus(-1))) == ("active", True, False)
        assert partner_by_code(work, contract_by_code(work, code).partner_code).state == "active"
    with world.owner() as session:
        facts = session.scalars(select(AuditEntry.facts).where(AuditEntry.act == "VersionActivated")).one()
    assert (facts["before"], facts["after"]["first_month"]) == ({}, "2026-10-01")


def test_a_month_that_is_over_cannot_be_agreed_again(world: World) -> None:
    code, version = draft_for(world, first=Month(2026, 9))
    with pytest.raises(Invalid) as refusal:
        agree(world, code, version)
    assert (refusal.value.code, refusal.value.field, refusal.value.params) == ("month_begun", "first_month", {"earliest": OCT})
    assert row_of(world, code).versions[0].state == "draft"


def test_a_new_version_follows_the_one_that_binds(world: World) -> None:
    code = code_of(world, "sommer")
    with world.work("carla") as work:
        draft = new_version(work, code)
        assert (draft.number, draft.first, draft.ac_pct, draft.exclude_connection_fee) == (2, NOV, Decimal(70), True)
        with pytest.raises(Conflict, match="draft_exists"):
            new_version(work, code)
        draft = edit_draft(work, code, SharePart(Decimal(75), Decimal(60)), draft.version)
    assert agree(world, code, draft.version).state == "scheduled"
    row = row_of(world, code)
    assert [(v.number, str(v.first), v.last and str(v.last)) for v in row.versions] == [(2, "2026-11", None), (1, "2026-08", "2026-10")]
    assert row.current(date(2026, 10, 31)).number == 1
    assert row.current(date(2026, 11, 1)).number == 2
    assert [v.state_on(date(2026, 11, 1)) for v in row.versions] == ["active", "expired"]


def test_this_month_is_priced_already_so_terms_change_with_the_next(world: World) -> None:
    code = code_of(world, "sommer")
    with world.work("carla") as work:
        draft = new_version(work, code)
        draft = edit_draft(work, code, TermPart("x", OCT), draft.version)
        with pytest.raises(Invalid, match="month_begun") as refusal:
            ask_agreement(work, code, draft.version)
        assert refusal.value.params == {"earliest": NOV}


def test_a_version_may_not_begin_in_the_term_of_a_later_one(world: World) -> None:
    code = code_of(world, "sommer")
    with world.work("carla") as work:
        draft = new_version(work, code)
        ask_agreement(work, code, edit_draft(work, code, TermPart("x", DEC), draft.version).version)
        draft = new_version(work, code)
        draft = edit_draft(work, code, TermPart("x", NOV), draft.version)
        with pytest.raises(Invalid, match="version_overlap") as refusal:
            ask_agreement(work, code, draft.version)
        assert refusal.value.params == {"number": 2, "month": DEC}
        draft = edit_draft(work, code, TermPart("x", NOV, NOV), draft.version)
        ask_agreement(work, code, draft.version)
    assert [(v.number, str(v.first), v.last and str(v.last)) for v in row_of(world, code).versions] == [
        (3, "2026-11", "2026-11"), (2, "2026-12", None), (1, "2026-08", "2026-10"),
    ]  # fmt: skip


def test_an_issued_month_stays_as_it_is(world: World, issued_september: None) -> None:
    """Somebody tries to go around the rules of the program: the database refuses by itself."""
    code = code_of(world, "sommer")
    with world.work("carla") as work:
        contract = work.session.scalars(select(Contract).where(Contract.code == code)).one()
        version = work.session.scalars(select(ContractVersion).where(ContractVersion.contract_id == contract.id)).one()
        version.last_month = date(2026, 8, 1)
        with pytest.raises(Exception, match="is issued"):
            work.session.flush()
        work.session.rollback()


def test_ending_a_contract(world: World) -> None:
    code = code_of(world, "sommer")
    with world.work("carla") as work:
        with pytest.raises(Invalid) as refusal:
            end_contract(work, code, Month(2026, 9), "sold")
        assert refusal.value.field == "last_month"
        end_contract(work, code, OCT, "sold")
    version = row_of(world, code).versions[0]
    assert [version.state_on(date(2026, 10, 31)), version.state_on(date(2026, 11, 1))] == ["active", "terminated"]
    world.clock.set(datetime(2026, 11, 2, tzinfo=UTC))
    with world.work("carla") as work, pytest.raises(Conflict, match="nothing_binds"):
        end_contract(work, code, NOV, "again")


def test_discarding_the_only_draft_takes_the_contract_along(world: World) -> None:
    code, version = draft_for(world)
    with world.work("carla") as work:
        assert discard_draft(work, code, version) is False
        with pytest.raises(NotFound):
            contract_by_code(work, code)
    sommer = code_of(world, "sommer")
    with world.work("carla") as work:
        assert discard_draft(work, sommer, new_version(work, sommer).version) is True
        with pytest.raises(Conflict, match="no_draft"):
            discard_draft(work, sommer, 1)


def test_who_may_not(world: World) -> None:
    code = code_of(world, "sommer")
    for who, refusal in (("fiona", NotAllowed), ("anke", NotAllowed), ("olga", NotAllowed), ("willi", NotFound), ("theo", NotFound)):
        with pytest.raises(refusal), world.work(who) as work:
            new_version(work, code)
    with pytest.raises(NotAllowed), world.work("fiona") as work:
        create_contract(work, world.cast.partners["sommer"].code, ContractInput("x", NOV))


def test_the_partner_reads_agreed_terms_never_drafts(world: World) -> None:
    code = code_of(world, "sommer")
    lenz, _ = draft_for(world)
    with world.work("carla") as work:
        new_version(work, code)
    assert [v.number for v in row_of(world, code, "olga").versions] == [1]
    assert [v.number for v in row_of(world, code, "carla").versions] == [2, 1]
    for who in ("willi", "vera"):
        with pytest.raises(NotFound):
            row_of(world, code, who)
    with world.work("olga") as work:
        assert [c.code for c in contracts(work, ContractFilter()).rows] == [code]
    with pytest.raises(NotFound):
        row_of(world, lenz, "olga")


def test_the_list_of_contracts_filters_and_stays_cheap(world: World) -> None:
    def codes(**wanted: object) -> list[str]:
        with world.work("fiona") as work:
            return [c.partner_name for c in contracts(work, ContractFilter(**wanted)).rows]  # type: ignore[arg-type]

    with counting(world.database) as few:
        assert codes() == ["Sommer", "Winter"]
    for _ in range(2):
        with world.work("carla") as work:
            create_contract(work, world.cast.partners["winter"].code, ContractInput("Anbau", NOV))
    with counting(world.database) as many:
        assert codes() == ["Sommer", "Winter", "Winter", "Winter"]
    assert len(many) == len(few)
    assert codes(state="draft") == ["Winter", "Winter"]
    assert codes(state="active") == ["Sommer", "Winter"]
    assert codes(text="anbau") == codes(text="winter - ANB") == ["Winter", "Winter"]
    assert codes(text=code_of(world, "sommer").lower()) == ["Sommer"]
    assert codes(text="anbau sommer") == codes(text="-") == codes(text="nbau") == []
    assert codes(ending=DEC) == []
    with world.work("carla") as work:
        end_contract(work, code_of(world, "sommer"), NOV, "sold")
    assert codes(ending=DEC) == ["Sommer"]
    assert codes(state="nonsense") == []


def test_the_version_in_force_for_many_charge_points_is_one_statement(world: World) -> None:
    ids = [s.id for s in world.cast.stations.values()]
    with world.work("carla") as work, counting(world.database) as queries:
        found = version_at(work.session, ids, date(2026, 10, 14))
    assert len(queries) == 1
    assert {s.label: found[s.id].partner_id for s in world.cast.stations.values()} == {
        "NL-0417": world.cast.partners["sommer"].id,
        "NL-0418": world.cast.partners["sommer"].id,
        "NL-0450": world.cast.partners["sommer"].id,
        "NL-0501": world.cast.partners["winter"].id,
    }
    with world.work("carla") as work:
        assert version_at(work.session, ids, date(2026, 7, 31)) == {}


def test_money_needs_a_second_person(world: World) -> None:
    """Carla typed the share and asks; neither she nor whoever typed other money of it agrees; Felix of finance does."""
    code = code_of(world, "sommer")
    with world.work("carla") as work:
        draft = edit_draft(work, code, SharePart(Decimal(75), Decimal(60)), new_version(work, code).version)
        draft = ask_agreement(work, code, draft.version)
        assert (draft.state, draft.waiting, draft.asked_name) == ("draft", True, "Carla Möller")
    with world.work("felix") as work:
        assert [c.code for c in contracts(work, ContractFilter(state="waiting")).rows] == [code]
    for who, refusal in (("carla", Conflict), ("anke", NotAllowed), ("theo", NotFound), ("olga", NotAllowed)):
        with pytest.raises(refusal), world.work(who) as work:
            approve(work, code, draft.version)
    with world.work("conrad") as work:
        draft = edit_draft(work, code, FeesPart(session=SessionFees(handling_pct=Decimal(2))), draft.version)
        assert not draft.waiting, "what was asked for is no longer what the draft says"
    with pytest.raises(Conflict, match="not_asked"), world.work("felix") as work:
        approve(work, code, draft.version)
    with world.work("carla") as work:
        draft = ask_agreement(work, code, draft.version)
    with pytest.raises(Conflict, match="contract_same_person"), world.work("conrad") as work:
        approve(work, code, draft.version)
    with world.work("felix") as work:
        agreed = approve(work, code, draft.version)
    assert (agreed.state, agreed.approved_name) == ("scheduled", "Felix Aydin")


def test_without_money_one_person_is_enough(world: World) -> None:
    code = code_of(world, "sommer")
    with world.work("carla") as work:
        draft = edit_draft(work, code, PermissionsPart(()), new_version(work, code).version)
        assert ask_agreement(work, code, draft.version).state == "scheduled"


def test_a_wish_sent_back_has_a_reason(world: World) -> None:
    code, version = draft_for(world)
    with world.work("carla") as work:
        version = ask_agreement(work, code, version).version
    with pytest.raises(Invalid, match="missing"), world.work("felix") as work:
        send_back(work, code, version, " ")
    with world.work("felix") as work:
        assert not send_back(work, code, version, "Der Anteil ist zu hoch").waiting


def test_a_scheduled_version_can_be_taken_back_until_it_binds(world: World) -> None:
    code = code_of(world, "sommer")
    with world.work("carla") as work:
        draft = edit_draft(work, code, SharePart(Decimal(75), Decimal(60)), new_version(work, code).version)
    agree(world, code, draft.version)
    assert row_of(world, code).versions[1].last == OCT
    with world.work("carla") as work:
        assert take_back(work, code, 2, "vertippt").state == "draft"
    assert [(v.number, v.state, v.last) for v in row_of(world, code).versions] == [(2, "draft", None), (1, "active", None)]
    with world.work("carla") as work:
        draft = row_of(world, code).versions[0]
        agreed = ask_agreement(work, code, draft.version)
        assert agreed.waiting, "the second person agrees again"
        with pytest.raises(Conflict, match="not_scheduled"):
            take_back(work, code, 1, "x")


def test_agreed_terms_are_frozen_by_the_database(world: World) -> None:

    with pytest.raises(IntegrityError, match="is agreed"), world.owner() as session:
        session.get_one(ContractVersion, world.cast.contracts["sommer"].id).ac_pct = Decimal(1)


def test_the_database_knows_the_second_person(world: World) -> None:

    code, _ = draft_for(world)
    carla = world.cast.people["carla"].id
    same = update(ContractVersion).where(ContractVersion.id == row_of(world, code).versions[0].id).values(asked_by=carla, approved_by=carla)
    with pytest.raises(IntegrityError, match="second_person"), world.owner() as session:
        session.execute(same)


def test_the_currency_changes_until_something_is_agreed(world: World) -> None:
    code, version = draft_for(world)
    with world.work("carla") as work:
        row = edit_draft(work, code, TermPart("x", OCT, currency="CHF"), version)
        assert (row.time_zone, row.currency) == ("Europe/Berlin", "CHF")
    sommer = code_of(world, "sommer")
    with world.work("carla") as work:
        draft = new_version(work, sommer)
        with pytest.raises(Invalid) as refusal:
            edit_draft(work, sommer, TermPart("x", NOV, currency="CHF"), draft.version)
        assert (refusal.value.code, refusal.value.field) == ("kept_once_agreed", "currency")


def test_the_template_roaming_90_is_what_the_settlement_knows(world: World) -> None:
    code, _ = draft_for(world, ROAMING_90, ElectricityPart(Decimal("0.2975"), Decimal(19)))
    version = row_of(world, code).versions[0]
    assert (version.ac_pct, version.dc_pct, version.electricity_net) == (Decimal(100), Decimal(100), Decimal("0.25"))
    terms = settlement_terms(version)
    assert terms["overrides"] == [
        {
            "name": "Roaming 90", "priority": 1, "channels": ["emsp"], "ac_pct": "90", "dc_pct": "90", "exclude_connection_fee": False,
            "deduct_electricity_cost": False, "reimburse_electricity_cost": False,
        }
    ]  # fmt: skip
    assert read_contract(terms, "contract").share.ac_pct == 100


def test_payment_facilitation_leaves_the_partner_everything(world: World) -> None:
    code, version = draft_for(world, TermPart("x", NOV, kind="payment_facilitation", supplier="partner"))
    with world.work("carla") as work:
        with pytest.raises(Invalid, match="facilitation_share"):
            ask_agreement(work, code, version)
        version = edit_draft(work, code, SharePart(Decimal(100), Decimal(100)), version).version
        kept = (
            SharePart(Decimal(100), Decimal(100), exclude_connection_fee=True),
            OverridesPart((OverrideLine("R", ("emsp",), ac_pct=Decimal(90)),)),
        )
        for part, undone in zip(kept, (SharePart(Decimal(100), Decimal(100)), OverridesPart(())), strict=True):
            version = edit_draft(work, code, part, version).version
            with pytest.raises(Invalid, match="facilitation_share"):
                ask_agreement(work, code, version)
            version = edit_draft(work, code, undone, version).version
    assert agree(world, code, version).state == "scheduled"
