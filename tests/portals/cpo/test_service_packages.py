"""Service packages: what each holds is said on a page, read by its partners, and every line of it happens."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from app.documents.sheets import SHEETS
from app.documents.sheets import sheet as sheets
from app.domain.contracts.switches import save_features
from app.domain.people.features import Features
from app.domain.people.models import Invitation, MailMessage
from app.domain.people.seats import people_of
from app.domain.people.service_packages import PackageInput, PackageRow, partners_by_package, service_packages, set_package
from app.kernel.errors import Conflict, Invalid, NotAllowed
from app.tasks.network import fault_mail, fault_mail_at_once
from app.work.jobs import Job
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
    sent = {"response_hours": "2", "faults_first": "y", "note": "Jährliche Wartung frei", "confirm": "1"}
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


WRONG = [
    ("plus", "response_hours", "0"), ("plus", "response_hours", "721"), ("plus", "response_hours", "ten"), ("basic", "response_hours", "4"),
    ("basic", "people_most", "0"), ("premium", "people_most", "1001"), ("plus", "file_lines", "99"), ("plus", "file_lines", "200001"),
]  # fmt: skip


@pytest.mark.parametrize("confirm", ["", "1"])
@pytest.mark.parametrize(("name", "field", "typed"), WRONG)
def test_what_cannot_be_held_is_refused_at_its_field(pages: Pages, world: World, name: str, field: str, typed: str, confirm: str) -> None:
    seen = pages.as_("carla").post(f"/cpo/packages/{name}", {field: typed, "note": "", "confirm": confirm})
    assert seen.status == 422
    if name != "basic" or field != "response_hours":
        assert seen.one(f"#{field}")["aria-invalid"] == "true"
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


def test_a_package_says_what_changes_for_whom_before_it_is_saved(pages: Pages, world: World) -> None:
    """How many people work for Sommer is counted here, so that the cast may grow."""
    have(world, "sommer", "premium")
    with world.work("carla") as work:
        there = people_of(work.session, world.cast.partners["sommer"].id, work.now)
    assert there > 2
    sent = {"response_hours": "24", "faults_at_once": "y", "faults_first": "y", "people_most": "2", "file_lines": "1000"}
    seen = pages.as_("carla").post("/cpo/packages/premium", sent)
    rows = {row.select_one("th").get_text(): [c.get_text() for c in row.select("td")] for row in seen.soup.select("main table tbody tr")}
    assert rows == {
        "Störungen werden beantwortet in, Stunden": ["8", "24"],
        "Platz für Personen": ["–", "2"],
        "Zeilen der längsten Datei": ["–", "1.000"],
    }
    assert "1 Standortpartner hat dieses Paket: Sommer" in seen.words
    assert f"Sommer: {there} Personen" in seen.one(".callout").get_text()
    with world.work("carla") as work:
        assert service_packages(work.session, work.operator_id)["premium"].set_at is None, "nothing was saved"
    again = {i["name"]: i["value"] for i in seen.soup.select("main form input[type=hidden]") if i["name"] != "csrf_token"}
    assert pages.as_("carla").post("/cpo/packages/premium", again).status == 303
    with world.work("carla") as work:
        held = service_packages(work.session, work.operator_id)["premium"]
    assert (held.response_hours, held.people_most, held.file_lines, held.faults_first) == (24, 2, 1000, True)
    marked = held.set_at.isoformat() if held.set_at else ""
    assert "Es würde sich nichts ändern" in pages.as_("carla").post("/cpo/packages/premium", sent | {"seen": marked}).words


def limited(world: World, name: str, **limits: Any) -> None:
    with world.work("carla") as work:
        set_package(work, name, PackageInput(**limits))


def test_a_package_has_room_for_so_many_people(pages: Pages, world: World) -> None:
    sommer = world.cast.partners["sommer"]
    with world.work("carla") as work:
        there = people_of(work.session, sommer.id, work.now)
    limited(world, "basic", people_most=there + 1)
    team, olga = f"/partner/{sommer.code}/team", pages.as_("olga")
    assert f"{there} von {there + 1} Plätzen" in olga.get(team).one("#invite").get_text()
    one = {"name": "Nina Neu", "email": "nina@sommer.example", "language": "de", "role": "viewer"}
    assert olga.post(team, one).status == 303
    full = olga.post(team, one | {"email": "nora@sommer.example"})
    assert full.status == 422
    assert f"Platz für {there + 1} Personen" in full.one("#email-error").get_text()
    assert pages.as_("carla").post(f"/cpo/partners/{sommer.code}/people", one | {"email": "nora@sommer.example"}).status == 422
    # one that ran out frees its place, and needs one again
    world.clock.move(days=8)
    assert pages.as_("olga").post(team, one | {"email": "nora@sommer.example"}).status == 303
    with world.owner() as session:
        old = session.scalars(select(Invitation.id).where(Invitation.email == "nina@sommer.example")).one()
    again = pages.as_("olga").post(f"{team}/invitations/{old}/again")
    assert again.status == 422
    assert "Servicepaket" in again.words
    limited(world, "basic", people_most=there + 2)
    assert pages.as_("olga").post(f"{team}/invitations/{old}/again").status == 303
    assert pages.as_("willi").get(f"/partner/{world.cast.partners['winter'].code}/team").status == 200


def test_files_are_as_long_as_the_package_allows(pages: Pages, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sommer's list has some lines; a package with one line less refuses it and does not cut it."""
    here, olga = f"/partner/{world.cast.partners['sommer'].code}", pages.as_("olga")
    whole = olga.get(f"{here}/prices.csv")
    lines = whole.text.strip().count("\n")
    assert whole.status == 200
    assert lines > 1
    monkeypatch.setattr(sheets, "package_at", lambda *_: PackageRow(file_lines=lines))
    assert olga.get(f"{here}/prices.csv").text == whole.text
    monkeypatch.setattr(sheets, "package_at", lambda *_: PackageRow(file_lines=lines - 1))
    asked = olga.get(f"{here}/prices.csv")
    assert (asked.status, asked.location) == (303, f"{here}/exports/tariffs")
    seen = olga.get(asked.location)
    assert seen.status == 409
    assert f"Ihr Paket erlaubt Dateien von bis zu {lines - 1} Zeilen" in seen.words
    assert olga.post(asked.location, {"one_time_key": "k" * 32}).status == 409
    with world.owner() as session:
        assert session.scalars(select(Job).where(Job.name == "exports.tariffs")).all() == []
    with world.work("olga") as work, pytest.raises(Conflict, match="longer_than_package"):
        SHEETS["tariffs"].text(work, {}, account=world.cast.partners["sommer"].id)
    assert pages.as_("carla").get("/cpo/partners.csv").status == 200, "staff have no package"


def test_the_limit_is_the_partners_own_package(world: World) -> None:
    limited(world, "plus", file_lines=150)
    have(world, "winter", "plus")
    sommer, winter = (world.cast.partners[name].id for name in ("sommer", "winter"))
    with world.work("willi") as work:
        assert sheets.longest(work, winter) == 150
    with world.work("olga") as work:
        assert (sheets.longest(work, sommer), sheets.longest(work, None)) == (None, None)


def test_going_down_explains_what_is_in_use(pages: Pages, world: World) -> None:
    """Broken since 05:05, 8 hours promised: 13:05. Plus promises 48, the day after tomorrow 05:05; Basic promises nothing."""
    sommer = world.cast.partners["sommer"]
    have(world, "sommer", "premium")
    broken(world, "NL-0417", 9)
    limited(world, "basic", people_most=1)
    address, number = f"/cpo/partners/{sommer.code}/features", {"number": "1", "receipt_start": ""}
    kept = dict.fromkeys(("create_users", "settlement_mail", "price_mail", "care_points", "care_prices"), "y")
    down = pages.as_("carla").post(address, {**kept, **number, "package": "basic"})
    said = " ".join(down.one("main table").get_text(" ").split())
    assert "NL-0417, Antwort fällig:" in said
    assert "13:05" in said
    assert "→ keine Zeit ist zugesagt" in said
    assert "Platz ist für 1" in said
    assert "Alle, die dort arbeiten, bleiben" in said
    lower = pages.as_("carla").post(address, {**kept, **number, "package": "plus"}).words
    assert "keine Zeit ist zugesagt" not in lower
    assert "Platz ist für" not in lower
    assert pages.as_("carla").post(address, {**kept, **number, "package": "golden"}).status == 422


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


def test_two_people_who_save_a_package_for_the_first_time_at_once_come_after_each_other(world: World) -> None:
    """Two connections: the second waits for the first one's commit, and is told whose state counts instead of failing."""
    refused: list[str] = []

    def second() -> None:
        try:
            with world.work("conrad") as work:
                set_package(work, "plus", PackageInput(response_hours=24), seen=None)
        except Conflict as refusal:
            refused.append(f"{refusal.code} {refusal.params['by']}")

    with world.work("carla") as work:
        set_package(work, "plus", PackageInput(response_hours=12), seen=None)
        other = threading.Thread(target=second)
        other.start()
        other.join(0.5)
        assert other.is_alive(), "it waits"
    other.join(10)
    assert refused == ["package_changed Carla Möller"]
    with world.work("carla") as work:
        assert service_packages(work.session, work.operator_id)["plus"].response_hours == 12


def test_a_package_saved_meanwhile_is_compared_and_what_is_typed_stays(pages: Pages, world: World) -> None:
    carla, path = pages.as_("carla"), "/cpo/packages/premium"
    shown = str(carla.get(path).one("#seen").get("value") or "")
    assert pages.as_("conrad").post(path, {"response_hours": "3", "note": "", "confirm": "yes", "seen": shown}).status == 303
    told = carla.post(path, {"response_hours": "5", "note": "", "confirm": "yes", "seen": shown})
    assert told.status == 409
    assert "Conrad Weiss hat dieses Paket inzwischen gespeichert" in told.words
    assert "innerhalb von 3 Stunden" in told.words
    assert told.one("#response_hours")["value"] == "5"
    again = {"response_hours": "5", "note": "", "confirm": "yes", "seen": str(told.one("#seen")["value"])}
    assert carla.post(path, again).status == 303
