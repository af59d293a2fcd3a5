"""Which charge point is under which contract: dated, half-open, alone; what hangs on the charge point follows its holder."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from app.demo import builders as make
from app.domain.contracts.actions import assign_station, close_partner, end_assignment, turn_day
from app.domain.contracts.agreeing import end_contract
from app.domain.contracts.holdings import assignments, free_stations, holdings, partner_overview, setup_steps
from app.domain.contracts.models import Assignment
from app.domain.contracts.parts import AssignmentInput
from app.domain.contracts.queries import contracts_of_partner
from app.domain.contracts.rows import Holdings
from app.domain.network.models import Connector, Evse, Location, Station, StationState
from app.domain.people.models import Partner
from app.domain.people.queries import partner_by_code
from app.domain.people.rows import PartnerFilter
from app.domain.tariffs.models import TariffAssignment
from app.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from app.kernel.periods import Month
from app.work.audit import AuditEntry
from tests.cast import NOW, World, counting

TODAY = date(2026, 10, 14)


def code_of(world: World, name: str) -> str:
    with world.work("carla") as work:
        return contracts_of_partner(work, world.cast.partners[name].id)[0].code


def assignment_of(world: World, label: str) -> UUID:
    with world.owner() as session:
        return session.scalars(select(Assignment.id).where(Assignment.station_id == world.cast.stations[label].id)).one()


def spare(world: World, label: str = "NL-0600", place: str = "hof") -> Station:
    """A charge point that nobody holds, at a site, with the AC tariff."""
    with world.owner() as session:
        made = make.station(session, world.cast.locations[place], label, NOW, secret_key="k" * 40, partner_id=None)
        for outlet in session.scalars(select(Evse).where(Evse.station_id == made.id)):
            make.assign_tariff(session, outlet, world.cast.tariffs["ac"], datetime(2026, 9, 1, tzinfo=UTC))
        for table in ("station_state", "evse", "connector", "tariff_assignment"):
            where = "evse_id in (select id from evse where station_id = :s)" if table == "tariff_assignment" else "station_id = :s"
            session.execute(text(f"update {table} set partner_id = null where {where}"), {"s": made.id})
        session.execute(text("update station set partner_id = null where id = :s"), {"s": made.id})
    return made


def holders(world: World, station_id: UUID) -> set[UUID | None]:
    """Every holder named by what hangs on a charge point."""
    with world.owner() as session:
        found = {session.get_one(Station, station_id).partner_id, session.get_one(StationState, station_id).partner_id}
        found |= set(session.scalars(select(Connector.partner_id).where(Connector.station_id == station_id)))
        found |= set(session.scalars(select(Evse.partner_id).where(Evse.station_id == station_id)))
        priced = select(TariffAssignment.partner_id).join(Evse, Evse.id == TariffAssignment.evse_id)
        return found | set(session.scalars(priced.where(Evse.station_id == station_id)))


def test_from_today_everything_at_the_charge_point_is_the_partners(world: World) -> None:
    station = spare(world)
    winter = world.cast.partners["winter"]
    with world.work("willi") as work:
        assert work.session.get(Station, station.id) is None
    with world.work("carla") as work:
        assert [label for label, _ in free_stations(work, 9) or []] == ["NL-0600"]
        assign_station(work, code_of(world, "winter"), AssignmentInput("nl-0600", TODAY))
        assert free_stations(work, 9) == []
    assert holders(world, station.id) == {winter.id}
    with world.owner() as session:
        facts = session.scalars(select(AuditEntry.facts).where(AuditEntry.act == "StationHeld")).one()
    assert (facts["before"], facts["after"]) == ({"partner_code": None}, {"partner_code": winter.code})
    with world.work("willi") as work:
        assert work.session.get(Station, station.id) is not None
        rows = assignments(work, partner_id=winter.id)
        assert [(r.station_label, r.ac_evses, r.stands) for r in rows] == [("NL-0501", 2, "now"), ("NL-0600", 2, "now")]


def test_a_planned_assignment_takes_hold_when_its_local_day_begins(world: World) -> None:
    station = spare(world)
    winter = world.cast.partners["winter"].id
    with world.work("carla") as work:
        assign_station(work, code_of(world, "winter"), AssignmentInput("NL-0600", date(2026, 11, 1), date(2026, 12, 1)))
        assert assignments(work, partner_id=winter)[1].stands == "planned"
    assert holders(world, station.id) == {None}
    for instant, holder, changed in (
        (datetime(2026, 10, 31, 22, 59, tzinfo=UTC), None, 0),
        (datetime(2026, 10, 31, 23, 0, tzinfo=UTC), winter, 1),
        (datetime(2026, 11, 30, 22, 59, tzinfo=UTC), winter, 0),
        (datetime(2026, 11, 30, 23, 0, tzinfo=UTC), None, 1),
    ):
        world.clock.set(instant)
        with world.work(world.system()) as work:
            assert turn_day(work) == changed
            assert turn_day(work) == 0, "repeating changes nothing"
        assert holders(world, station.id) == {holder}


def test_a_hand_over_at_midnight_moves_the_site_with_its_last_charge_point(world: World) -> None:
    winter, sommer = world.cast.partners["winter"], world.cast.partners["sommer"]
    with world.work("carla") as work:
        end_assignment(work, assignment_of(world, "NL-0501"), date(2026, 10, 20))
        assign_station(work, code_of(world, "sommer"), AssignmentInput("NL-0501", date(2026, 10, 20)))
    world.clock.set(datetime(2026, 10, 20, 0, 0, tzinfo=UTC))
    with world.work(world.system()) as work:
        assert turn_day(work) == 1
    with world.owner() as session:
        assert session.get_one(Location, world.cast.locations["hof"].id).partner_id == sommer.id
    assert holders(world, world.cast.stations["NL-0501"].id) == {sommer.id}
    with world.work("willi") as work:
        assert [r.stands for r in assignments(work, partner_id=winter.id)] == []
    with world.work("carla") as work:
        assert [(r.station_label, r.stands) for r in assignments(work, partner_id=winter.id)] == [("NL-0501", "ended")]


def test_a_site_with_several_holders_stays_with_the_one_it_had(world: World) -> None:
    spare(world, place="marktplatz")
    with world.work("carla") as work:
        assign_station(work, code_of(world, "winter"), AssignmentInput("NL-0600", TODAY))
    with world.owner() as session:
        assert session.get_one(Location, world.cast.locations["marktplatz"].id).partner_id == world.cast.partners["sommer"].id


@pytest.mark.parametrize(
    ("wanted", "code", "field"),
    [
        (AssignmentInput("NL-0600", date(2026, 10, 13)), "day_passed", "valid_from"),
        (AssignmentInput("NL-0600", TODAY, TODAY), "ends_before_start", "valid_until"),
        (AssignmentInput("NL-9999", TODAY), "unknown_charge_point", "label"),
        (AssignmentInput("", TODAY), "unknown_charge_point", "label"),
    ],
)
def test_bad_input_names_its_field_and_changes_nothing(world: World, wanted: AssignmentInput, code: str, field: str) -> None:
    spare(world)
    winter = code_of(world, "winter")
    with pytest.raises(Invalid) as refusal, world.work("carla") as work:
        assign_station(work, winter, wanted)
    assert (refusal.value.code, refusal.value.field) == (code, field)
    with world.owner() as session:
        assert len(session.scalars(select(Assignment)).all()) == 4


def test_no_terms_no_assignment(world: World) -> None:
    spare(world)
    winter = code_of(world, "winter")
    with world.work("carla") as work:
        end_contract(work, winter, Month(2026, 10), "sold")
        with pytest.raises(Invalid, match="no_terms_then") as refusal:
            assign_station(work, winter, AssignmentInput("NL-0600", date(2026, 11, 1)))
        assert refusal.value.field == "valid_from"
        assign_station(work, winter, AssignmentInput("NL-0600", date(2026, 10, 31)))


def test_a_charge_point_is_under_one_contract_at_a_time(world: World) -> None:
    sommer, winter = code_of(world, "sommer"), code_of(world, "winter")
    with world.work("carla") as work:
        with pytest.raises(Conflict, match="already_assigned") as refusal:
            assign_station(work, winter, AssignmentInput("NL-0417", date(2026, 12, 1)))
        assert refusal.value.params == {"label": "NL-0417", "contract": sommer}
    station = world.cast.stations["NL-0417"]
    with pytest.raises(IntegrityError, match="already under a contract"), world.owner() as session:
        session.add(
            Assignment(
                operator_id=station.operator_id,
                partner_id=world.cast.partners["winter"].id,
                station_id=station.id,
                contract_id=world.cast.contracts["winter"].contract_id,
                valid_from=date(2027, 1, 1),
                valid_until=date(2027, 2, 1),
                created_at=NOW,
            )
        )


def test_ending_is_for_tomorrow_or_later_and_plans_can_be_taken_back(world: World) -> None:
    station = spare(world)
    with world.work("carla") as work:
        planned = assign_station(work, code_of(world, "winter"), AssignmentInput("NL-0600", date(2026, 11, 1)))
        end_assignment(work, planned, date(2026, 11, 1))
        assert [label for label, _ in free_stations(work, 9) or []] == ["NL-0600"]
        running = assignment_of(world, "NL-0501")
        with pytest.raises(Invalid, match="day_passed") as refusal:
            end_assignment(work, running, TODAY)
        assert refusal.value.params == {"earliest": date(2026, 10, 15)}
        end_assignment(work, running, date(2026, 10, 15))
    assert holders(world, station.id) == {None}
    world.clock.set(datetime(2026, 10, 16, tzinfo=UTC))
    with world.work("carla") as work, pytest.raises(Conflict, match="ended_already"):
        end_assignment(work, running, date(2026, 12, 1))


def test_an_issued_month_is_not_cut(world: World, issued_september: None) -> None:
    """September is issued for Sommer; the clock is set back to show that the database does not rely on it."""
    world.clock.set(datetime(2026, 9, 10, 12, tzinfo=UTC))
    running = assignment_of(world, "NL-0418")
    with world.work("carla") as work:
        with pytest.raises(Invalid, match="month_kept") as refusal:
            end_assignment(work, running, date(2026, 9, 20))
        assert refusal.value.field == "valid_until"
        end_assignment(work, running, date(2026, 10, 1))


def test_who_may_not(world: World) -> None:
    spare(world)
    code, running = code_of(world, "winter"), assignment_of(world, "NL-0501")
    for who, refusal in (("fiona", NotAllowed), ("willi", NotAllowed), ("olga", NotFound), ("theo", NotFound)):
        with pytest.raises(refusal), world.work(who) as work:
            assign_station(work, code, AssignmentInput("NL-0600", TODAY))
    for who, refusal in (("theo", NotAllowed), ("willi", NotAllowed), ("olga", NotFound)):
        with pytest.raises(refusal), world.work(who) as work:
            end_assignment(work, running, date(2026, 12, 1))


def test_closing_a_partner_lists_what_is_open(world: World) -> None:
    winter = world.cast.partners["winter"]
    contract = code_of(world, "winter")
    with world.owner() as session:
        plug = world.cast.connector(session, "NL-0501", 2)
        session.execute(update(Connector).where(Connector.id == plug.id).values(session_id=UUID(int=7)))
    with world.work("carla") as work:
        with pytest.raises(Conflict, match="partner_open") as refusal:
            close_partner(work, winter.code, "hotel sold")
        assert [(o.kind, o.code) for o in refusal.value.params["open"]] == [  # type: ignore[attr-defined]
            ("session", "NL-0501/2"), ("charge_point", "NL-0501"), ("contract", contract),
        ]  # fmt: skip
        end_assignment(work, assignment_of(world, "NL-0501"), date(2026, 10, 15))
        end_contract(work, contract, Month(2026, 10), "hotel sold")
    world.clock.set(datetime(2026, 11, 2, tzinfo=UTC))
    with world.work(world.system()) as work:
        turn_day(work)
    with world.owner() as session:
        session.execute(update(Connector).values(session_id=None))
    with world.work("carla") as work:
        with pytest.raises(Invalid) as missing:
            close_partner(work, winter.code, " ")
        assert missing.value.field == "reason"
        close_partner(work, winter.code, "hotel sold")
    with world.owner() as session:
        assert session.get_one(Partner, winter.id).state == "closed"
    with pytest.raises(NotAllowed, match="account_closed"):
        world.actor("willi")


def test_holdings_and_the_list_of_partners(world: World) -> None:
    sommer, winter = world.cast.partners["sommer"], world.cast.partners["winter"]
    with world.work("fiona") as work:
        assert holdings(work, [sommer.id, winter.id]) == {sommer.id: Holdings(1, 3, 4, 1), winter.id: Holdings(1, 1, 2, 0)}
        with counting(world.database) as few:
            rows = {r.partner.name: r for r in partner_overview(work, PartnerFilter()).rows}
    assert rows["Küste"].contract is None
    assert rows["Sommer"].contract is not None
    assert (rows["Sommer"].contract.ac_pct, rows["Sommer"].holdings.dc_evses, rows["Sommer"].people) == (70, 1, 5)
    with world.owner() as session:
        for number in range(20):
            more = make.partner(session, world.cast.operator, f"Kunde {number}", NOW)
            make.contract(session, more, date(2026, 8, 1), NOW)
    with world.work("fiona") as work, counting(world.database) as many:
        assert len(partner_overview(work, PartnerFilter()).rows) == 23
    assert len(many) == len(few) == 8
    with world.work("theo") as work:
        row = partner_overview(work, PartnerFilter(text="sommer")).rows[0]
        assert (row.contract, row.people, row.holdings.points) == (None, None, 3)
    with world.work("willi") as work:
        assert holdings(work, [sommer.id]) == {}


def test_set_up_progress(world: World) -> None:
    with world.work("carla") as work:
        steps = {s.name: s.done for s in setup_steps(work, partner_by_code(work, world.cast.partners["sommer"].code))}
        assert steps == dict.fromkeys(steps, True) | {"bank": False}, "no account is verified yet"
        new = setup_steps(work, partner_by_code(work, world.cast.partners["kueste"].code))
    assert [s.name for s in new if s.done] == ["people"]


def test_a_day_ends_where_the_contract_is(world: World) -> None:
    """Until the 15th: at 22:30 UTC on the 14th it is half past midnight there, and the charge point has left."""
    key = world.cast.stations["NL-0417"].id
    with world.owner() as session:
        session.execute(update(Assignment).where(Assignment.station_id == key).values(valid_until=date(2026, 10, 15)))
    for hour, stands, points in ((21, "now", 3), (22, "ended", 2)):
        world.clock.set(datetime(2026, 10, 14, hour, 30, tzinfo=UTC))
        with world.work("carla") as work:
            assert assignments(work, label="NL-0417")[0].stands == stands
            assert contracts_of_partner(work, world.cast.partners["sommer"].id)[0].points == points
