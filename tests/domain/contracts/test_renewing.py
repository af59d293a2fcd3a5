"""Reminders 60 and 30 days before the end, the renewal as a version of its own, and who is not renewed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from sqlalchemy import select, text, update

from app.domain.contracts.models import ContractVersion
from app.domain.contracts.renewing import remind_due, renew_due
from app.domain.people.models import MailMessage, Partner
from app.tasks.contracts import remind
from app.work.audit import AuditEntry
from app.work.jobs import Job
from tests.cast import World


def term(world: World, name: str = "winter", *, last: date = date(2026, 12, 1), renews: bool = True) -> UUID:
    """The version of that partner, from August to December: five months."""
    key = world.cast.contracts[name].id
    with world.owner() as session:
        session.execute(update(ContractVersion).where(ContractVersion.id == key).values(last_month=last, auto_renewal=renews))
    return key


def versions(world: World, name: str = "winter") -> list[tuple[int, str, str | None, bool]]:
    with world.owner() as session:
        found = select(ContractVersion).where(ContractVersion.contract_id == world.cast.contracts[name].contract_id)
        rows = session.scalars(found.order_by(ContractVersion.number))
        return [(v.number, str(v.first_month)[:7], v.last_month and str(v.last_month)[:7], v.auto_renewal) for v in rows]


def at(world: World, *when: int) -> None:
    world.clock.set(datetime(*when, tzinfo=UTC))


def renewed(world: World) -> int:
    with world.work(world.system()) as work:
        return renew_due(work)


def test_five_months_are_followed_by_five_months(world: World) -> None:
    """The last day is 31 December, by the clock of the contract: at 22:59 UTC on the 30th it is 23:59 there."""
    term(world)
    at(world, 2026, 12, 30, 22, 59)
    assert renewed(world) == 0
    at(world, 2026, 12, 30, 23, 0)
    assert renewed(world) == 1
    assert renewed(world) == 0, "once"
    assert versions(world) == [(1, "2026-08", "2026-12", False), (2, "2027-01", "2027-05", True)]
    with world.owner() as session:
        assert (
            session.scalars(select(AuditEntry.facts).where(AuditEntry.act == "ContractRenewed")).one()["after"]["last_month"]
            == "2027-05-01"
        )
    at(world, 2027, 6, 1, 6)
    assert renewed(world) == 1, "also if nobody was at work on the very day"


@pytest.mark.parametrize("state", ["paused", "closed"])
def test_a_paused_partner_is_not_bound_by_silence(world: World, state: str) -> None:
    term(world)
    with world.owner() as session:
        session.execute(update(Partner).where(Partner.name == "Winter").values(state=state))
    at(world, 2026, 12, 31, 12)
    assert renewed(world) == 0
    assert versions(world) == [(1, "2026-08", "2026-12", False)]


def test_open_ended_and_fixed_terms_are_not_renewed(world: World) -> None:
    term(world, renews=False)
    at(world, 2027, 1, 1, 12)
    assert renewed(world) == 0
    assert len(versions(world, "sommer")) == 1


def test_two_reminders_and_no_more(world: World) -> None:
    """31 December is 61 days after 31 October, 60 after 1 November, 30 after 1 December."""
    key = term(world)
    for day, expected in (((2026, 10, 31), 0), ((2026, 11, 1), 1), ((2026, 11, 20), 1), ((2026, 12, 1), 2), ((2026, 12, 20), 2)):
        at(world, *day, 12)
        with world.work(world.system()) as work:
            remind_due(work)
        with world.owner() as session:
            jobs = session.scalars(select(Job).where(Job.name == "contracts.remind").order_by(Job.created_at)).all()
            assert len(jobs) == expected, day
    assert [job.args["days"] for job in jobs] == [60, 30]
    with world.work(world.system()) as work:
        remind(work, str(key), 60)
    with world.owner() as session:
        mail = session.scalars(select(MailMessage)).one()
        session.execute(text("delete from job"))
    assert mail.to_address == "office@winter.example"
    assert "31.12.2026" in mail.body_text
    assert "5 Monate" in mail.body_text
