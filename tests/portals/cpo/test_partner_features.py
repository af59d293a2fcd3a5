"""Switches of a partner account: tried before saving, in force at once, and each working where it is said to work."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, text

from app.access.actor import registered_driver
from app.access.permissions import Permission
from app.domain.contracts.switches import save_corporate, save_features
from app.domain.drivers.actions import add_driver
from app.domain.drivers.models import DriverCharge
from app.domain.drivers.own import answer_company
from app.domain.drivers.rows import DriverInput
from app.domain.invoices.models import Document
from app.domain.network.fault_mail import fault_digests
from app.domain.people.features import Corporate, Features
from app.domain.people.models import MailMessage, Partner
from app.domain.sessions.actions import rate
from app.domain.settlement.inputs import gather
from app.domain.settlement.paper import _billing_address
from app.kernel.errors import Conflict, Invalid
from app.kernel.periods import Month
from app.tasks.documents import receipt
from app.tasks.network import fault_mail
from tests.cast import NOW, World
from tests.domain.sessions.arrange import charge
from tests.pages import Pages


def path(world: World, tab: str = "features", name: str = "sommer") -> str:
    return f"/cpo/partners/{world.cast.partners[name].code}/{tab}"


ON = {
    "create_users": "y",
    "control_tariffs": "y",
    "control_groups": "y",
    "settlement_mail": "y",
    "price_mail": "y",
    "package": "basic",
    "receipt_start": "",
    "number": "0",
}


def test_first_what_changes_for_whom_then_the_save(pages: Pages, world: World) -> None:
    carla = pages.as_("carla")
    form = carla.get(path(world))
    assert [box["id"] for box in form.soup.select("input[type=checkbox][checked]")] == [
        "create_users",
        "control_tariffs",
        "control_groups",
        "settlement_mail",
        "price_mail",
    ]
    tried = carla.post(path(world), {k: v for k, v in ON.items() if k != "create_users"} | {"fault_mail": "y"})
    rows = [row.get_text(" ", strip=True) for row in tried.soup.select("main tbody tr")]
    assert len(rows) == 2
    assert "ein → aus" in rows[0]
    assert "Moritz Klein, Olga Sommer" in rows[0]
    assert "technik@sommer.example" in rows[1]
    assert world.actor("olga").grants[Permission.USER_EDIT], "nothing is saved yet"
    sent = _sent(tried)
    assert carla.post(path(world), sent).status == 303
    sommer = world.cast.partners["sommer"].id
    assert sommer not in world.actor("olga").grants[Permission.USER_EDIT]
    assert sommer in world.actor("moritz").grants[Permission.TARIFF_EDIT]
    assert pages.as_("olga").post(f"/partner/{world.cast.partners['sommer'].code}/team", {}).status == 403
    assert carla.post(path(world), sent).status == 422, "the form is from before that save"
    assert "Benutzer anlegen : ja → nein" in carla.get(path(world, "history")).words


def test_prices_are_the_partners_only_while_the_switch_is_on(pages: Pages, world: World) -> None:
    winter = world.cast.partners["winter"]
    assert pages.as_("willi").get(f"/partner/{winter.code}/prices/new").status == 403
    with world.work("carla") as work:
        save_features(work, winter.code, Features(control_tariffs=True), 0)
    assert pages.as_("willi").get(f"/partner/{winter.code}/prices/new").status == 200
    with world.work("carla") as work:
        save_features(work, winter.code, Features(control_tariffs=False), 1)
    assert pages.as_("willi").get(f"/partner/{winter.code}/prices/new").status == 403


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"supplier_on_receipts": "y"}, "supplier_on_receipts"),
        ({"receipt_prefix": "RE"}, "receipt_prefix"),
        ({"receipt_prefix": "Ü!"}, "receipt_prefix"),
        ({"receipt_prefix": "SOMMER", "receipt_start": "0"}, "receipt_start"),
        ({"package": "gold"}, "package"),
    ],
)
def test_422_names_the_field_and_changes_nothing(pages: Pages, world: World, change: dict[str, str], field: str) -> None:
    seen = pages.as_("carla").post(path(world), ON | change | {"confirm": "1"})
    assert seen.status == 422
    assert [a["href"] for a in seen.soup.select("#problem-summary a")] == [f"#{field}"]
    with world.owner() as session:
        assert session.scalar(text("select count(*) from partner_features")) == 0


def test_who_may_read_and_who_may_change(pages: Pages, world: World) -> None:
    for tab in ("features", "corporate-billing"):
        assert pages.as_("theo").get(path(world, tab)).status == 403
        assert pages.as_("theo").post(path(world, tab), ON).status == 403
        fiona = pages.as_("fiona")
        assert fiona.get(path(world, tab)).status == 200
        assert not fiona.get(path(world, tab)).soup.select("main form#form")
        assert fiona.post(path(world, tab), ON).status == 403
        assert pages.as_("carla").get(f"/cpo/partners/P-000000/{tab}").status == 404
        assert pages.as_("olga").get(path(world, tab)).status == 404


def rated(world: World, started_at: datetime) -> Any:
    """A session of an hour at Sommer's, priced and posted."""
    row = charge(world, started_at=started_at, ended_at=started_at + timedelta(hours=1), energy_wh=10_000)
    with world.work(world.system()) as work:
        rate(work, row.id)
    return row.id


def test_a_supplier_sells_in_its_own_name_with_its_own_numbers(world: World) -> None:
    sommer = world.cast.partners["sommer"]
    before = rated(world, NOW - timedelta(hours=5))
    with world.work("carla") as work:
        save_features(work, sommer.code, Features(supplier_on_receipts=True, receipt_prefix="SOMMER", receipt_start=101), 0)
    world.clock.move(hours=2)
    since = rated(world, NOW + timedelta(minutes=1))
    for session_id in (before, since):
        with world.work(world.system()) as work:
            receipt(work, str(session_id))
    with world.owner() as session:
        papers = {d.session_id: d for d in session.scalars(select(Document))}
        assert papers[before].number == "RE-2026-000001"
        assert papers[since].number == "SOMMER-2026-000101"
        assert papers[since].content["seller"]["vat_id"] == "DE123456788"
        assert papers[since].content["agent"] == "Nordlicht Ladenetz GmbH"
        rows = gather(session, session.get_one(Partner, sommer.id), Month(2026, 10), "EUR").input["sessions"]
        assert [row.get("supplier") for row in rows] == [None, "partner"], "the statement settles as the receipt says"
    with world.work("carla") as work, pytest.raises(Invalid, match="range_in_use"):
        save_features(work, sommer.code, Features(supplier_on_receipts=True, receipt_prefix="CAFE", receipt_start=1), 1)
    with world.work("carla") as work, pytest.raises(Invalid, match="prefix_taken"):
        save_features(work, world.cast.partners["winter"].code, Features(receipt_prefix="sommer"), 0)


def status(world: World, label: str, state: str, at: Any) -> None:
    with world.owner() as session:
        plug = world.cast.connector(session, label)
        session.execute(
            text(
                "insert into status_change (operator_id, partner_id, station_id, connector_id, status, error_code, at, received_at) "
                "values (:o, :p, :s, :c, :state, 'GroundFailure', :at, :at)"
            ),
            {"o": plug.operator_id, "p": plug.partner_id, "s": plug.station_id, "c": plug.id, "state": state, "at": at},
        )


def test_faults_are_mailed_once_gathered_and_only_where_wanted(world: World) -> None:
    status(world, "NL-0417", "Faulted", NOW + timedelta(minutes=1))
    status(world, "NL-0501", "Faulted", NOW + timedelta(minutes=1))
    with world.work("carla") as work:
        save_features(work, world.cast.partners["sommer"].code, Features(fault_mail=True), 0)
    status(world, "NL-0417", "Available", NOW + timedelta(minutes=2))
    status(world, "NL-0417", "Faulted", NOW + timedelta(minutes=3))
    world.clock.move(minutes=9)
    with world.work(world.system()) as work:
        assert fault_mail(work) == {"mails": 1}
    with world.work(world.system()) as work:
        assert fault_mail(work) == {"mails": 0}, "told once"
    with world.owner() as session:
        mail = session.scalars(select(MailMessage)).one()
        assert (mail.to_address, mail.subject) == ("technik@sommer.example", "Sommer: Ladestationen melden Störungen")
        assert "NL-0417/1" in mail.body_text
        assert "gestört seit 14.10.2026, 14:08" in mail.body_text.replace("\xa0", " ")
        assert "3 Meldungen" in mail.body_text
        assert "NL-0501" not in mail.body_text
    status(world, "NL-0417", "Available", NOW + timedelta(minutes=10))
    world.clock.move(minutes=10)
    with world.work(world.system()) as work:
        assert [f.faulted for d in fault_digests(work) for f in d.faults] == [False]


def test_the_statement_is_mailed_only_while_wanted(world: World) -> None:
    sommer = world.cast.partners["sommer"]
    with world.work(world.system()) as work:
        assert _billing_address(work, sommer) == "rechnung@sommer.example"
    with world.work("carla") as work:
        save_features(work, sommer.code, Features(settlement_mail=False), 0)
    with world.work(world.system()) as work:
        assert _billing_address(work, sommer) == ""


def test_corporate_billing_is_shown_in_words_and_reaches_the_settlement(pages: Pages, world: World) -> None:
    carla, address = pages.as_("carla"), path(world, "corporate-billing")
    assert "Aus. Fahrer/innen zahlen selbst." in carla.get(address).words
    bad = carla.post(address, {"enabled": "y", "monthly_limit": "abc", "discount_pct": "110", "where": "own", "number": "0"})
    assert bad.status == 422
    assert [a["href"] for a in bad.soup.select("#problem-summary a")] == ["#monthly_limit", "#discount_pct"]
    good = {"enabled": "y", "monthly_limit": "100,00", "driver_limit": "", "discount_pct": "10", "where": "all", "number": "0"}
    tried = carla.post(address, good)
    rows = [" ".join(row.get_text(" ", strip=True).replace("\xa0", " ").split()) for row in tried.soup.select("main tbody tr")]
    assert [row.split(" ")[0] for row in rows] == ["Fahrer/innen", "Limit", "Rabatt", "Nur"]
    assert "kein Limit → 100,00 €. Zählt ab jetzt für alle Fahrer/innen zusammen. 0 Fahrer/innen von Sommer" in rows[1]
    assert "Aus. Fahrer/innen zahlen selbst." in carla.get(address).words, "nothing is saved yet"
    assert carla.post(address, _sent(tried)).status == 303
    seen = carla.get(address).words
    assert "100,00 €" in seen.replace("\xa0", " ")
    assert carla.post(address, _sent(tried) | {"discount_pct": "5"}).status == 422, "an older form"
    with world.owner() as session:
        sommer = session.get_one(Partner, world.cast.partners["sommer"].id)
        member = gather(session, sommer, Month(2026, 10), "EUR").input["partner"]["corporate"]
        assert member == {"discount_pct": "10", "monthly_limit": "100.00"}
        assert "corporate" not in gather(session, sommer, Month(2026, 9), "EUR").input["partner"]


def test_a_limit_below_what_is_used_says_until_when_nobody_starts(pages: Pages, world: World) -> None:
    """62.40 + 28.10 = 90.50 are used of 100.00; a limit of 90.00 for all, or of 60.00 for each, is below that."""
    carla, address, sommer = pages.as_("carla"), path(world, "corporate-billing"), world.cast.partners["sommer"]
    with world.work("carla") as work:
        save_corporate(work, sommer.code, Corporate(enabled=True, monthly_limit_minor=10_000), 0)
    with world.work("moritz") as work:
        dora = add_driver(work, sommer.id, DriverInput(name="Dora Fahrt", email="dora@sommer.example", language="de", corporate=True))
    with world.work(registered_driver(world.cast.operator.id, sommer.id, dora.id, dora.name)) as work:
        answer_company(work, dora.id, "accepted")
    for minor in (6_240, 2_810):
        charged = charge(world)
        with world.owner() as session:
            values = {"operator_id": sommer.operator_id, "partner_id": sommer.id, "driver_id": dora.id, "currency": "EUR"}
            sums = {"gross_minor": minor, "company_minor": minor, "balance_minor": 0, "own_minor": 0}
            session.add(DriverCharge(session_id=charged.id, month=date(2026, 10, 1), on_account=True, **values, **sums))
            session.commit()
    assert "90,50 € von 100,00 €" in carla.get(address).words.replace("\xa0", " ")
    less = {"enabled": "y", "monthly_limit": "90,00", "driver_limit": "60,00", "where": "own", "number": "1"}
    said = carla.post(address, less).words.replace("\xa0", " ")
    assert "90,50 € sind schon verbraucht: Neue Starts werden bis zum 01.11.2026 abgelehnt." in said
    assert "1 Fahrer/in hat schon so viel verbraucht: Neue Starts werden bis zum 01.11.2026 abgelehnt." in said
    assert "schon verbraucht" not in carla.post(address, less | {"monthly_limit": "95,00", "driver_limit": ""}).words


def _sent(tried: Any) -> dict[str, str]:
    """The fields of a page of effects, to be sent once more."""
    return {i["name"]: i["value"] for i in tried.soup.select("main form input") if i["name"] != "csrf_token"}


def test_settings_are_history_and_foreign_partners_stay_out(world: World) -> None:
    sommer = world.cast.partners["sommer"]
    with world.work("carla") as work:
        save_corporate(work, sommer.code, Corporate(enabled=True, discount_pct=Decimal("2.5")), 0)
    with world.work("carla") as work, pytest.raises(Conflict, match="settings_changed"):
        save_corporate(work, sommer.code, Corporate(), 0)
    with world.tenant(world.actor("willi")) as session:
        assert session.scalar(text("select count(*) from partner_corporate")) == 0
    with world.owner() as session, pytest.raises(Exception, match="append-only"):
        session.execute(text("update partner_corporate set enabled = false"))
