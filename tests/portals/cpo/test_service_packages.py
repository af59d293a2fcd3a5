"""Service packages: what each holds is said on a page, read by its partners, and every line of it happens."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from app.domain.contracts.switches import save_features
from app.domain.people.features import Features
from app.domain.people.models import MailMessage
from app.domain.people.service_packages import PackageInput, partners_by_package, service_packages, set_package
from app.kernel.errors import Invalid, NotAllowed
from app.tasks.network import fault_mail, fault_mail_at_once
from tests.cast import NOW, World
from tests.domain.sessions.arrange import in_service
from tests.pages import Pages
from tests.portals.cpo.test_partner_features import status


def have(world: World, name: str, package: str, **more: Any) -> None:
    with world.work("carla") as work:
        save_features(work, world.cast.partners[name].code, Features(package=package, **more), 0)


def broken(world: World, label: str, hours: float) -> None:
    """Out of order for so long."""
    in_service(world, label, "Faulted")
    with world.owner() as session:
        since = {"at": NOW - timedelta(hours=hours), "id": world.cast.stations[label].id}
        session.execute(text("update connector set status_at = :at, status_received_at = :at where station_id = :id"), since)


def test_the_page_says_what_each_holds_and_who_has_it(pages: Pages, world: World) -> None:
    have(world, "sommer", "premium")
    seen = pages.as_("aylin").get("/cpo/packages")
    assert "innerhalb von 8 Stunden" in seen.one("#package-premium").get_text()
    assert "1 Standortpartner" in seen.one("#package-premium").get_text()
    assert "2 Standortpartner" in seen.one("#package-basic").get_text(), "Winter and Küste, which never chose"
    assert seen.soup.select("#package-premium a.btn") == [], "the hotline reads"
    form = pages.as_("carla").get("/cpo/packages/premium")
    assert "1 Standortpartner hat dieses Paket" in form.words
    sent = {"response_hours": "2", "faults_first": "y", "note": "Jährliche Wartung frei"}
    assert pages.as_("carla").post("/cpo/packages/premium", sent).status == 303
    with world.work("carla") as work:
        row = service_packages(work.session, work.operator_id)["premium"]
        assert (row.response_hours, row.faults_at_once, row.faults_first, row.note) == (2, False, True, "Jährliche Wartung frei")
        assert partners_by_package(work) == {"basic": 2, "plus": 0, "premium": 1}
    own = pages.as_("olga").get(f"/partner/{world.cast.partners['sommer'].code}/settings").one("#switches").get_text()
    assert "innerhalb von 2 Stunden" in own
    assert "Jährliche Wartung frei" in own
    assert "innerhalb von 2 Stunden" in pages.as_("olga").get(f"/partner/{world.cast.partners['sommer'].code}/contract").words
    assert "Jährliche Wartung" not in pages.as_("willi").get(f"/partner/{world.cast.partners['winter'].code}/settings").words


@pytest.mark.parametrize(("hours", "name"), [("0", "plus"), ("721", "plus"), ("ten", "plus"), ("4", "basic")])
def test_what_cannot_be_promised_is_refused_at_its_field(pages: Pages, world: World, hours: str, name: str) -> None:
    seen = pages.as_("carla").post(f"/cpo/packages/{name}", {"response_hours": hours, "note": ""})
    assert seen.status == 422
    assert [a["href"] for a in seen.soup.select("#problem-summary a")] in (["#response_hours"], [])
    with world.work("carla") as work:
        assert service_packages(work.session, work.operator_id)[name].set_at is None


def test_the_change_is_in_the_log_and_only_for_who_may(world: World) -> None:
    with world.work("carla") as work:
        set_package(work, "plus", PackageInput(24))
        set_package(work, "plus", PackageInput(24))
    with world.owner() as session:
        facts = session.scalars(text("select facts from audit_entry where act = 'ServicePackageSet'")).all()
    assert [(f["before"], f["after"]) for f in facts] == [({"response_hours": 48}, {"response_hours": 24})]
    with world.work("fiona") as work, pytest.raises(NotAllowed):
        set_package(work, "plus", PackageInput(1))
    with world.work("carla") as work, pytest.raises(Invalid, match="only_a_note"):
        set_package(work, "basic", PackageInput(faults_first=True))


def test_before_the_save_it_is_said_what_the_new_package_holds(pages: Pages, world: World) -> None:
    address = f"/cpo/partners/{world.cast.partners['sommer'].code}/features"
    tried = pages.as_("carla").post(address, {"package": "premium", "number": "0", "receipt_start": ""})
    assert "Basis → Premium" in tried.words or "→ Premium" in tried.words
    assert "innerhalb von 8 Stunden" in tried.words


def test_the_desk_puts_their_faults_first_with_the_time_due(pages: Pages, world: World) -> None:
    have(world, "sommer", "premium")
    broken(world, "NL-0417", 9)
    broken(world, "NL-0501", 9)
    seen = pages.as_("aylin").get("/cpo/desk")
    rows = [" ".join(row.get_text(" ").split()) for row in seen.soup.select("main table tbody tr")]
    assert len(rows) == 1, "Winter has no such package"
    # broken since 05:05, 8 hours: 13:05, and now it is 14:05
    assert rows[0].startswith("NL-0417")
    assert "überfällig seit" in rows[0]
    assert "13:05" in rows[0]
    in_service(world, "NL-0417")
    assert "NL-0417" not in [a.get_text() for a in pages.as_("aylin").get("/cpo/desk").soup.select("main table a")]


def test_today_counts_what_was_not_answered_in_time(pages: Pages, world: World) -> None:
    have(world, "sommer", "plus")
    broken(world, "NL-0417", 47)
    assert pages.as_("carla").get("/cpo/").soup.select("#need-late") == []
    broken(world, "NL-0417", 49)
    broken(world, "NL-0501", 49)
    assert "1 Störung wurde nicht rechtzeitig beantwortet" in pages.as_("carla").get("/cpo/").one("#need-late").get_text()
    assert "NL-0417" in pages.as_("carla").get("/cpo/today/kinds/late").words


def test_their_faults_are_mailed_at_once_and_told_once(world: World) -> None:
    have(world, "sommer", "premium", fault_mail=True)
    have(world, "winter", "plus", fault_mail=True)
    status(world, "NL-0417", "Faulted", NOW + timedelta(seconds=30))
    status(world, "NL-0501", "Faulted", NOW + timedelta(seconds=30))
    world.clock.move(minutes=1)
    with world.work(world.system()) as work:
        assert fault_mail_at_once(work) == {"mails": 1}
    with world.work(world.system()) as work:
        assert fault_mail_at_once(work) == {"mails": 0}
    world.clock.move(minutes=9)
    with world.work(world.system()) as work:
        assert fault_mail(work) == {"mails": 1}, "Winter's, gathered; Sommer's were told"
    with world.owner() as session:
        sent = session.scalars(select(MailMessage.to_address).order_by(MailMessage.created_at)).all()
    assert sent == ["technik@sommer.example", "technik@winter.example"]
