"""The actor of a sign-in: membership, role, delegated rights, care of a sub-operator, narrowed locations."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from app.access.actor import ALL, Actor
from app.access.gate import can, scope
from app.access.permissions import Permission
from app.access.roles import DELEGATED, GRANTS, Role
from app.demo import builders as make
from app.domain.contracts.grants import AccountRow, accounts_of, load_actor, standing_of
from app.domain.contracts.models import ContractVersion
from app.domain.contracts.switches import features_of, save_features
from app.domain.people.features import Features
from app.domain.people.models import Membership, Partner, User
from app.kernel.errors import NotAllowed, NotFound
from tests.cast import NOW, World, counting


def at_partner(world: World, person: str, account: str, at: datetime = NOW) -> Actor:
    with Session(world.database.web) as session:
        return load_actor(session, world.cast.people[person].id, partner_code=world.cast.partners[account].code, at=at)


def accounts(world: World, person: str) -> list[AccountRow]:
    with Session(world.database.web) as session:
        return accounts_of(standing_of(session, world.cast.people[person].id))


def ids_of(world: World, *names: str) -> frozenset[UUID]:
    return frozenset(world.cast.partners[n].id for n in names)


def test_staff_hold_their_roles_rights_for_every_partner(world: World) -> None:
    carla = world.actor("carla")
    assert carla.partners is ALL
    assert scope(carla, Permission.CONTRACT_EDIT) is ALL
    assert scope(carla, Permission.SETTLEMENT_CLOSE) == frozenset()
    assert set(carla.grants) == GRANTS[Role.CONTRACT_MANAGER]


def test_a_host_holds_delegated_rights_because_its_contract_gives_them(world: World) -> None:
    moritz = at_partner(world, "moritz", "sommer")
    assert moritz.partners == ids_of(world, "sommer")
    assert scope(moritz, Permission.COMMAND_RESTART) == ids_of(world, "sommer")
    assert can(moritz, Permission.SESSION_VIEW, world.cast.partners["sommer"].id)
    assert not can(moritz, Permission.SESSION_VIEW, world.cast.partners["winter"].id)
    assert not can(moritz, Permission.SESSION_VIEW)


def test_without_delegation_the_owner_may_look_but_not_act(world: World) -> None:
    willi = at_partner(world, "willi", "winter")
    assert {p for p in DELEGATED if scope(willi, p)} == set()
    assert scope(willi, Permission.STATEMENT_VIEW) == ids_of(world, "winter")


@pytest.mark.parametrize(
    ("change", "restart"),
    [
        ({"permissions": ["command.stop"]}, False),
        ({"state": "draft"}, False),
        ({"first_month": date(2026, 11, 1)}, False),
        ({"last_month": date(2026, 9, 1)}, False),
        ({"last_month": date(2026, 9, 1), "auto_renewal": True}, True),
        ({"last_month": date(2026, 10, 1)}, True),
    ],
)
def test_only_the_version_in_force_delegates(world: World, change: dict[str, object], restart: bool) -> None:
    with world.owner() as session:
        session.execute(text("set local session_replication_role = replica"))  # agreed terms are frozen otherwise
        session.execute(update(ContractVersion).where(ContractVersion.id == world.cast.contracts["sommer"].id).values(**change))
    assert bool(scope(at_partner(world, "moritz", "sommer"), Permission.COMMAND_RESTART)) is restart


def test_the_month_turns_at_local_midnight(world: World) -> None:
    """The contract ends with October; 31 October 22:59 UTC is 23:59 in Berlin, a minute later November begins."""
    with world.owner() as session:
        session.execute(update(ContractVersion).values(last_month=date(2026, 10, 1)))
    assert scope(at_partner(world, "moritz", "sommer", datetime(2026, 10, 31, 22, 59, tzinfo=UTC)), Permission.COMMAND_STOP)
    assert not scope(at_partner(world, "moritz", "sommer", datetime(2026, 10, 31, 23, 0, tzinfo=UTC)), Permission.COMMAND_STOP)


def test_of_two_contracts_with_charge_points_only_common_rights_hold(world: World) -> None:
    sommer = world.cast.partners["sommer"]
    with world.owner() as session:
        second = make.contract(session, sommer, date(2026, 8, 1), NOW, permissions=(Permission.COMMAND_STOP,))
    assert scope(at_partner(world, "moritz", "sommer"), Permission.COMMAND_RESTART), "a contract without charge points takes nothing away"
    with world.owner() as session:
        spare = make.station(session, world.cast.locations["marktplatz"], "NL-0499", NOW, secret_key="k" * 32)
        make.assign_station(session, spare, second, date(2026, 8, 1), NOW)
    moritz = at_partner(world, "moritz", "sommer")
    assert scope(moritz, Permission.COMMAND_STOP)
    assert not scope(moritz, Permission.COMMAND_RESTART)


def test_a_sub_operator_reaches_itself_and_the_partners_in_its_care(world: World) -> None:
    silke = at_partner(world, "silke", "kueste")
    assert silke.partners == ids_of(world, "kueste", "sommer")
    assert scope(silke, Permission.SESSION_VIEW) == ids_of(world, "kueste", "sommer")
    assert scope(silke, Permission.COMMAND_RESTART) == ids_of(world, "sommer"), "Küste's own contract delegates nothing; there is none"
    assert at_partner(world, "silke", "sommer").partners == ids_of(world, "sommer")
    with pytest.raises(NotFound):
        at_partner(world, "silke", "winter")


@pytest.mark.parametrize("entered", ["kueste", "sommer"])
def test_a_sub_operator_does_for_those_in_its_care_what_the_operator_lets_it(world: World, entered: str) -> None:
    """Whether Silke works in Küste's own account or has entered Sommer's: the switches of Küste's account count."""
    sommer, kueste = ids_of(world, "sommer"), world.cast.partners["kueste"]
    for switches, may_command, may_price in (
        (Features(), True, True),
        (Features(care_points=False), False, True),
        (Features(care_prices=False), True, False),
    ):
        with world.work("carla") as work:
            row = features_of(work, kueste.code)[1]
            save_features(work, kueste.code, switches, row.number)
        silke = at_partner(world, "silke", entered)
        assert scope(silke, Permission.COMMAND_RESTART) == (sommer if may_command else frozenset())
        for right in (Permission.TARIFF_EDIT, Permission.TARIFF_ASSIGN):
            assert scope(silke, right) == (sommer if may_price else frozenset())
        assert sommer <= scope(silke, Permission.SESSION_VIEW), "looking is not taken away"
        assert scope(at_partner(world, "moritz", "sommer"), Permission.COMMAND_RESTART) == sommer, "the host keeps its own"


def test_a_host_has_no_switches_of_a_sub_operator(world: World) -> None:
    with world.work("carla") as work:
        saved = save_features(work, world.cast.partners["sommer"].code, Features(control_tariffs=True, care_points=False), 0)
        assert saved.care_points


def test_a_stranger_and_a_former_member_find_nothing(world: World) -> None:
    with pytest.raises(NotFound):
        at_partner(world, "willi", "sommer")
    with pytest.raises(NotFound), Session(world.database.web) as session:
        load_actor(session, world.cast.people["moritz"].id, operator_id=world.cast.operator.id)
    with pytest.raises(NotFound), Session(world.database.web) as session:
        load_actor(session, world.cast.people["moritz"].id, partner_code="P-NOSUCH")
    with world.owner() as session:
        session.execute(update(Membership).where(Membership.user_id == world.cast.people["moritz"].id).values(ended_at=NOW))
    with pytest.raises(NotFound):
        at_partner(world, "moritz", "sommer")
    assert accounts(world, "moritz") == []


def test_a_paused_account_says_whom_to_call(world: World) -> None:
    with world.owner() as session:
        session.execute(update(Partner).where(Partner.name == "Sommer").values(state="paused"))
    with pytest.raises(NotAllowed) as refusal:
        at_partner(world, "moritz", "sommer")
    assert refusal.value.code == "account_paused"
    assert refusal.value.params == {"name": "Sommer", "phone": "+49 431 5550100"}
    assert [(a.name, a.usable) for a in accounts(world, "moritz")] == [("Sommer", False)]


def test_a_disabled_person_gets_in_nowhere(world: World) -> None:
    with world.owner() as session:
        session.execute(update(User).where(User.name == "Olga Sommer").values(disabled_at=NOW))
    with pytest.raises(NotAllowed, match="user_disabled"):
        at_partner(world, "olga", "sommer")


def test_a_membership_may_be_narrowed_to_locations(world: World) -> None:
    place = world.cast.locations["marktplatz"].id
    with world.owner() as session:
        session.execute(update(Membership).where(Membership.user_id == world.cast.people["toni"].id).values(location_ids=[place]))
    toni = at_partner(world, "toni", "sommer")
    sommer = world.cast.partners["sommer"].id
    assert toni.locations == frozenset({place})
    assert can(toni, Permission.COMMAND_RESTART, sommer, place)
    assert not can(toni, Permission.COMMAND_RESTART, sommer, world.cast.locations["hof"].id)


def test_accounts_list_operator_first_then_partners_by_name(world: World) -> None:
    with world.owner() as session:
        make.member(session, world.cast.people["anke"], Role.VIEWER, NOW, owner=world.cast.operator, account=world.cast.partners["winter"])
    assert [(a.kind, a.name, a.role) for a in accounts(world, "anke")] == [("cpo", "Nordlicht", "admin"), ("partner", "Winter", "viewer")]
    silke = accounts(world, "silke")
    assert [(a.name, a.role) for a in silke] == [("Küste", "sub_operator"), ("Sommer", "sub_operator")]
    assert frozenset(silke[0].partner_ids) == ids_of(world, "kueste", "sommer")


def test_a_person_without_account_is_only_themselves(world: World) -> None:
    with Session(world.database.web) as session:
        alone = load_actor(session, world.cast.people["anke"].id)
    assert (alone.name, alone.operator_id, alone.grants) == ("Anke Brandt", None, {})


def test_loading_takes_few_statements_however_many_partners_are_in_care(world: World) -> None:
    at_partner(world, "silke", "kueste")
    with counting(world.database) as few:
        at_partner(world, "silke", "kueste")
    with world.owner() as session:
        for number in range(10):
            more = make.partner(session, world.cast.operator, f"Kunde {number}", NOW, parent_id=world.cast.partners["kueste"].id)
            make.contract(session, more, date(2026, 8, 1), NOW)
    with counting(world.database) as many:
        assert len(at_partner(world, "silke", "kueste").partners) == 12
    assert len(many) == len(few) == 6
