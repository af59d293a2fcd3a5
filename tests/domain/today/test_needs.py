"""What needs a person: each kind from when to when, only what the reader may do, marks that end with their need."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text, update

from app.domain.contracts.handover_models import Handover
from app.domain.contracts.models import Assignment, ContractVersion
from app.domain.drivers.models import Driver, DriverTopUp
from app.domain.network.models import UnknownStation
from app.domain.payments.models import Payment
from app.domain.people.bank_models import BankAccount
from app.domain.people.models import MailMessage
from app.domain.sessions.models import ChargingSession
from app.domain.sessions.quiet_sites import note_site_use, quiet_sites
from app.domain.today.actions import snooze, take
from app.domain.today.queries import all_needs, need, need_item, needs
from app.domain.today.rows import MOST
from app.kernel.errors import NotFound
from app.work.jobs import Job
from tests.cast import NOW, World, counting
from tests.domain.sessions.arrange import charge, in_service

HOUR = timedelta(hours=1)


def counted(world: World, who: str) -> dict[str, int | None]:
    with world.work(who) as work:
        return {one.kind: one.count for one in needs(work).found}


def _known(world: World) -> None:
    with world.work(world.system()) as work:
        note_site_use(work)


def test_needs_are_what_waits_and_nothing_that_is_zero(world: World) -> None:
    for label in world.cast.stations:
        in_service(world, label)
    in_service(world, "NL-0418", "Faulted")
    in_service(world, "NL-0501", last_message_at=NOW - HOUR)
    charge(world, flags=["held"], started_at=NOW - 2 * HOUR, ended_at=NOW)
    with world.owner() as session:
        session.execute(
            update(ContractVersion).where(ContractVersion.id == world.cast.contracts["winter"].id).values(last_month=date(2026, 12, 1))
        )
        session.add(UnknownStation(identity="NL-9", reason="unknown_identity", address="192.0.2.1", first_at=NOW, last_at=NOW))
    _known(world)
    assert counted(world, "carla") == {"faulted": 1, "offline": 1, "held": 1, "ending": 1, "quiet": 1}
    assert counted(world, "theo") == {"faulted": 1, "offline": 1, "held": 1, "knocking": 1, "quiet": 1}
    with world.work("carla") as work:
        (ends,) = need(work, "ending").items
    assert (ends.detail, ends.due) == ("Winter", date(2026, 12, 31))


def test_a_charge_point_is_unassigned_as_its_assignments_say(world: World) -> None:
    station = world.cast.stations["NL-0501"].id
    assert "unassigned" not in counted(world, "carla")
    with world.owner() as session:
        session.execute(update(Assignment).where(Assignment.station_id == station).values(valid_until=date(2026, 10, 15)))
    assert "unassigned" not in counted(world, "carla"), "under contract until tonight"
    with world.owner() as session:
        session.execute(update(Assignment).where(Assignment.station_id == station).values(valid_until=date(2026, 10, 14)))
    assert counted(world, "carla")["unassigned"] == 1
    with world.owner() as session:
        session.execute(text("delete from assignment where station_id = :id"), {"id": station})
    assert counted(world, "carla")["unassigned"] == 1, "never under a contract"


def test_a_site_is_quiet_after_three_days_and_no_longer_with_the_next_session(world: World) -> None:
    for label in world.cast.stations:
        charge(world, label, started_at=NOW - timedelta(days=3, minutes=5), ended_at=NOW - timedelta(days=3))
    _known(world)
    sommer = world.cast.partners["sommer"].id
    assert counted(world, "theo")["quiet"] == 2
    with world.work("olga") as work:
        assert [name for _, name in quiet_sites(work, sommer, 9)] == [world.cast.locations["marktplatz"].name]
    charge(world, "NL-0417", started_at=NOW - timedelta(days=2), ended_at=NOW)
    _known(world)
    assert counted(world, "theo")["quiet"] == 1
    with world.work("olga") as work:
        assert quiet_sites(work, sommer, 9) == []


def test_a_second_person_is_needed_and_never_the_one_who_asked(world: World) -> None:
    winter = world.cast.partners["winter"]
    people = world.cast.people
    driver = Driver(
        id=uuid4(), operator_id=winter.operator_id, partner_id=winter.id, code="D-7KQ2", name="Dora", email="dora@winter.example", phone="",
        language="de", state="active", corporate=False, created_at=NOW, created_name="x",
    )  # fmt: skip
    with world.owner() as session:
        session.add(driver)
        session.flush()
        session.add_all(
            [
                Handover(operator_id=winter.operator_id, partner_id=winter.id, contract_id=world.cast.contracts["sommer"].contract_id,
                         station_ids=[world.cast.stations["NL-0501"].id], day=date(2026, 11, 1), reason="sold", state="waiting",
                         asked_at=NOW - HOUR, asked_by=people["carla"].id, asked_name="Carla"),
                DriverTopUp(operator_id=winter.operator_id, partner_id=winter.id, driver_id=driver.id, key="k1", amount_minor=150_00,
                            currency="EUR", reason="bonus", state="waiting", borne_by_partner=False, asked_at=NOW - HOUR,
                            asked_by=people["fiona"].id, asked_name="Fiona"),
                DriverTopUp(operator_id=winter.operator_id, partner_id=winter.id, driver_id=driver.id, key="k2", amount_minor=200_00,
                            currency="EUR", reason="bonus", state="waiting", borne_by_partner=True, asked_at=NOW - HOUR,
                            asked_by=people["willi"].id, asked_name="Willi"),
                BankAccount(operator_id=winter.operator_id, partner_id=winter.id, number=9, holder="Winter", iban_sealed=b"x",
                            iban_mark=b"x", country="DE", last4="4242", bank="", state="pending", entered_at=NOW - timedelta(days=4),
                            entered_by=people["willi"].id, entered_name="Willi", verify_after=NOW - HOUR, reason=""),
            ]
        )  # fmt: skip
    assert "handovers" not in counted(world, "carla"), "she asked"
    assert counted(world, "anke")["handovers"] == 1
    found = counted(world, "fiona")
    assert (found["top_ups"], found["accounts"]) == (1, 1), "of two top-ups she asked for one herself"


def test_what_fails_is_told_to_those_who_can_do_something(world: World) -> None:
    operator = world.cast.operator.id
    lost = charge(world, energy_wh=10_000, started_at=NOW - 2 * HOUR, ended_at=NOW - HOUR)
    paid = charge(world, energy_wh=10_000, started_at=NOW - 2 * HOUR, ended_at=NOW - HOUR, number=2)
    with world.owner() as session:
        for row, state, collected in ((lost, "expired", None), (paid, "charged", NOW)):
            hold = Payment(operator_id=operator, partner_id=row.partner_id, session_id=row.id, provider="test", key=row.code, state=state,
                           currency="EUR", hold_minor=50_00, captured_minor=0, refunded_minor=0, created_at=NOW)  # fmt: skip
            session.add(hold)
            session.flush()
            values = {"state": "rated", "gross_minor": 490, "net_minor": 412, "vat_minor": 78, "rated_at": NOW, "payment_id": hold.id}
            session.execute(update(ChargingSession).where(ChargingSession.id == row.id).values(**values, collected_at=collected))
        session.add(MailMessage(operator_id=operator, to_address="a@b.example", subject="Beleg", body_text="", body_html="", language="de",
                                document_ids=[], state="failed", created_at=NOW - HOUR))  # fmt: skip
        for age, state in ((1, "failed"), (8, "failed"), (1, "done")):
            at = NOW - timedelta(days=age)
            session.add(Job(operator_id=operator, name="mail.send", args={}, key=f"{age}{state}", state=state, due_at=at, created_at=at))
    found = counted(world, "fiona")
    assert (found["payments"], found["mails"], found["jobs"]) == (1, 1, 1)
    assert not {"payments", "mails", "jobs"} & set(counted(world, "theo"))


def test_a_mark_counts_for_the_need_it_was_made_for_and_not_for_the_next_one(world: World) -> None:
    for label in world.cast.stations:
        in_service(world, label)
    in_service(world, "NL-0418", last_message_at=NOW - HOUR)
    key = str(world.cast.stations["NL-0418"].id)
    with world.work("theo") as work:
        assert take(work, "offline", key).mine
        snooze(work, "offline", key, date(2026, 12, 1), "waits for the electrician")
    assert "offline" not in counted(world, "theo")
    world.clock.move(days=2)
    for label in world.cast.stations:
        in_service(world, label)
    in_service(world, "NL-0418", last_message_at=NOW + timedelta(days=1))
    with world.work("theo") as work:
        (item,) = need(work, "offline").items
    assert (item.name, item.taken_by) == ("NL-0418", None), "it was heard again, then fell silent anew"


def test_a_snoozed_thing_comes_back_on_its_day(world: World) -> None:
    for label in world.cast.stations:
        in_service(world, label)
    in_service(world, "NL-0418", "Faulted")
    key = str(world.cast.stations["NL-0418"].id)
    with world.work("theo") as work:
        snooze(work, "faulted", key, date(2026, 10, 16), "ordered")
    with world.work("theo") as work:
        found = needs(work)
    assert (found.snoozed, found.back_at and found.back_at.isoformat()) == (1, "2026-10-15T22:00:00+00:00"), "midnight in Hamburg"
    world.clock.move(days=2)
    with world.owner() as session:
        session.execute(text("update station_state set last_message_at = :at"), {"at": world.clock()})
    assert counted(world, "theo")["faulted"] == 1


def test_more_than_a_hundred_are_not_counted_and_statements_stay_the_same(world: World) -> None:
    with world.work("anke") as work, counting(world.database) as few:
        needs(work)
    with world.owner() as session:
        for n in range(MOST + 5):
            session.add(UnknownStation(identity=f"X-{n}", reason="unknown_identity", address="192.0.2.1", first_at=NOW, last_at=NOW))
    with world.work("anke") as work, counting(world.database) as many:
        found = {one.kind: one for one in needs(work).found}
    assert (found["knocking"].count, len(found["knocking"].items), found["knocking"].number) == (None, 100, 101)
    assert len(many) == len(few)


@pytest.mark.parametrize("who", ["anke", "carla", "fiona", "theo", "aylin"])
def test_every_kind_can_be_asked_for_ones_own_partners_alone(world: World, who: str) -> None:
    """Anke and her like look after nobody: no statement a kind. As soon as they do, each kind is asked for those partners."""
    charge(world, "NL-0418", flags=["held"], started_at=NOW - 2 * HOUR, ended_at=NOW)
    charge(world, "NL-0501", flags=["held"], started_at=NOW - 2 * HOUR, ended_at=NOW, number=2)
    with world.work(who) as work, counting(world.database) as none:
        assert needs(work, "mine").found == []
    assert len(none) == 2, "the marks, and whether there is any partner"
    with world.owner() as session:
        keys = {"who": world.cast.people[who].id, "partner": world.cast.partners["winter"].id}
        session.execute(text("update partner set manager_id = :who where id = :partner"), keys)
    with world.work(who) as work:
        (held,) = (one for one in needs(work, "mine").found if one.kind == "held")
        assert [item.detail for item in held.items] == ["NL-0501"]
        assert need(work, "held", "mine") == held
        assert set(all_needs(work)) == {"all", "mine", "taken"}
        take(work, "held", held.items[0].key)
        assert [one.kind for one in needs(work, "taken").found] == ["held"]
        assert needs(work, "taken").number == 1


def test_partners_and_strangers_have_none_of_it(world: World) -> None:
    with world.work("olga") as work, pytest.raises(NotFound):
        need_item(work, "ending", str(world.cast.contracts["sommer"].contract_id))
