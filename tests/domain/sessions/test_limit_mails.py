"""At 80 and 100 % of a month's limit driver and company are told, once per month and step."""

from __future__ import annotations

from sqlalchemy import select

from app.domain.people.models import Contact, MailMessage
from tests.cast import World
from tests.domain.sessions.test_company_drivers import company, driver, ended, rated
from tests.domain.settlement.test_refunds import run_jobs


def mails(world: World) -> list[tuple[str, str]]:
    """Whom the jobs wrote to, and what about the limit."""
    run_jobs(world, "drivers.limit_reached")
    with world.owner() as session:
        rows = session.scalars(select(MailMessage).order_by(MailMessage.id)).all()
        return [(row.to_address, row.body_text.replace("\xa0", " ").split("\n")[0]) for row in rows]


def billing(world: World) -> str:
    with world.owner() as session:
        wanted = select(Contact).where(Contact.partner_id == world.cast.partners["sommer"].id, Contact.kind == "billing")
        found = session.scalars(wanted).one()
        found.language = "de"
        return found.email


def test_driver_and_billing_contact_are_told_at_80_and_100_per_cent(world: World) -> None:
    """62.40 of 100.00; with 28.10 it is 90.50, over 80 %; 9.50 of 31.00 are left for 100 %; nothing more afterwards."""
    company(world)
    d, desk = driver(world, language="de"), billing(world)
    rated(world, ended(world, d, 62_40, 9))
    assert mails(world) == []
    rated(world, ended(world, d, 28_10, 7))
    at_80 = [
        (d.email, "Im Oktober 2026 haben Sie 90,50 € von den 100,00 € verbraucht, die Sommer zahlt."),
        (desk, "Dora hat im Oktober 2026 90,50 € von 100,00 € verbraucht."),
    ]
    assert mails(world) == at_80
    rated(world, ended(world, d, 31_00, 5))
    told = mails(world)
    assert [who for who, _ in told[2:]] == [d.email, desk]
    assert "100,00 € von 100,00 €" in told[3][1]
    rated(world, ended(world, d, 5_00, 4))
    assert len(mails(world)) == 4


def test_one_charge_over_both_steps_is_told_once_and_the_account_as_a_whole(world: World) -> None:
    company(world, monthly_limit_minor=50_00, driver_limit_minor=None)
    d, desk = driver(world, language="de"), billing(world)
    rated(world, ended(world, d, 70_00, 9))
    assert mails(world) == [(desk, "Ihre Fahrer/innen haben zusammen im Oktober 2026 50,00 € von 50,00 € verbraucht.")]
