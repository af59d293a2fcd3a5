"""Drivers of a partner: added, imported with bad rows explained, cards, balance with a second person, the account's limits."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text, update

from app.access.actor import registered_driver
from app.access.permissions import Permission
from app.domain.contracts.switches import save_corporate, save_features
from app.domain.drivers.actions import add_card, add_driver, set_driver_state
from app.domain.drivers.balance import add_balance, take_back
from app.domain.drivers.importing import take_in, upload_drivers
from app.domain.drivers.models import Driver, DriverImport, DriverTopUp
from app.domain.drivers.own import answer_company
from app.domain.drivers.rows import DriverInput, DriverRow
from app.domain.people.features import Corporate, Features
from app.domain.people.models import MailMessage, Partner
from app.domain.sessions.actions import rate
from app.domain.sessions.bulk_tokens import standings
from app.domain.settlement.inputs import gather
from app.kernel.periods import Month
from app.money.statement import build_statement
from app.tasks.drivers import welcome, welcome_all
from tests.cast import NOW, World
from tests.domain.sessions.arrange import charge
from tests.pages import Pages


def path(world: World, name: str = "sommer") -> str:
    return f"/partner/{world.cast.partners[name].code}/drivers"


def somebody(world: World, **over: Any) -> DriverRow:
    wanted = {"name": "Dora Fahrt", "email": "dora@sommer.example", "language": "de", "corporate": True, "card": "04aa11bb"} | over
    with world.work("moritz") as work:
        made = add_driver(work, world.cast.partners["sommer"].id, DriverInput(**wanted))
    if made.corporate:
        with world.work(registered_driver(world.cast.operator.id, made.partner_id, made.id, made.name)) as work:
            answer_company(work, made.id, "accepted")
    return made


def test_a_driver_is_added_with_a_card_and_told(pages: Pages, world: World) -> None:
    moritz, here = pages.as_("moritz"), path(world)
    assert "Keine Fahrer/innen." in moritz.get(here).words
    sent = {"name": "Dora Fahrt", "email": "dora@sommer.example", "language": "de", "corporate": "y", "card": "04 aa 11 bb"}
    bad = moritz.post(f"{here}/new", sent | {"email": "dora@", "limit": "x"})
    assert bad.status == 422
    made = moritz.post(f"{here}/new", sent)
    assert made.status == 303
    seen = moritz.get(made.location)
    assert "04AA11BB" in seen.words
    twice = moritz.post(f"{here}/new", sent | {"card": ""})
    assert twice.status == 422
    assert twice.one("#email")["aria-invalid"] == "true"
    card = moritz.post(f"{here}/new", sent | {"email": "emil@sommer.example"})
    assert card.status == 422
    assert card.one("#card")["aria-invalid"] == "true"
    with world.owner() as session:
        driver = session.scalars(select(Driver)).one()
    with world.work("carla") as work:
        save_corporate(work, world.cast.partners["sommer"].code, Corporate(enabled=True, driver_limit_minor=5000), 0)
    with world.work(world.system()) as work:
        welcome(work, str(driver.id))
    with world.owner() as session:
        mail = session.scalars(select(MailMessage)).one()
        assert "Bis 50,00 € pro Kalendermonat." in mail.body_text.replace("\xa0", " ")
        assert "nicht, wann und wo Sie anderswo laden" in mail.body_text


def test_who_sees_drivers_and_who_changes_them(pages: Pages, world: World) -> None:
    d, here = somebody(world), path(world)
    for who, status in {"olga": 200, "moritz": 200, "pia": 200, "toni": 403, "vera": 403, "willi": 404}.items():
        assert pages.as_(who).get(here).status == status, who
        assert pages.as_(who).get(f"{here}/{d.code}").status == status, who
    assert pages.as_("willi").get(f"{path(world, 'winter')}/{d.code}").status == 404
    assert pages.as_("willi").post(f"{path(world, 'winter')}/{d.code}/block").status == 404
    assert pages.as_("pia").post(f"{here}/new", {"name": "x", "email": "x@x.example", "language": "de"}).status == 403
    staff = f"/cpo/partners/{world.cast.partners['sommer'].code}/drivers"
    for who, status in {"carla": 200, "anke": 200, "fiona": 200, "aylin": 200, "theo": 403}.items():
        assert pages.as_(who).get(staff).status == status, who
        assert pages.as_(who).get(f"{staff}/{d.code}").status == status, who
    assert pages.as_("carla").post(f"{staff}/{d.code}/balance", {"amount": "5", "reason": "x"}).status == 403
    with world.work("carla") as work:
        save_features(work, world.cast.partners["sommer"].code, Features(create_users=False, control_tariffs=True), 0)
    assert pages.as_("moritz").post(f"{here}/{d.code}/block").status == 403, "the switch is off"


def rows_of(number: int) -> Iterator[str]:
    yield "Name;E-Mail".replace("E-Mail", "email").lower() + ";group;corporate;limit;card"
    bad = {
        100: "Ohne Adresse;niemand@;;no;;",
        200: ";ohne.name@sommer.example;;no;;",
        300: "Doppelt;fahrer0@sommer.example;;no;;",
        400: "Gruppe;gruppe@sommer.example;Piloten;no;;",
        500: "Vielleicht;vielleicht@sommer.example;;maybe;;",
        600: "Limit;limit@sommer.example;;yes;viel;",
        700: "Karte;karte@sommer.example;;yes;;CARD0",
    }
    for place in range(number):
        yield bad.get(place) or f"Fahrer {place};fahrer{place}@sommer.example;;{'yes' if place % 2 else 'no'};100,00;CARD{place}"


@pytest.mark.parametrize("whole", [False, True])
def test_five_thousand_rows_seven_bad(pages: Pages, world: World, whole: bool) -> None:
    moritz, here = pages.as_("moritz"), path(world)
    body = "\n".join(rows_of(5_000)).encode("utf-8-sig")
    sent = {"file": (io.BytesIO(body), "fahrer.csv")} | ({"whole": "y"} if whole else {})
    assert moritz.post(f"{here}/import", sent, content_type="multipart/form-data").status == 303
    steps: list[int] = []
    with world.owner() as session:
        key = session.scalars(select(DriverImport.id)).one()
    with world.work(world.system()) as work:
        take_in(work, key, lambda done, _total: steps.append(done))
    with world.work(world.system()) as work:
        take_in(work, key, lambda _done, _total: None)
    with world.owner() as session:
        told = session.scalars(text("select jsonb_array_length(args->'driver_ids') from job where name = 'drivers.welcome_all'")).all()
        assert sum(told) == (0 if whole else 4_993), "everybody taken in is told, once"
        kept = session.get_one(DriverImport, key)
        assert kept.body == "", "the list itself is not kept"
        count = session.scalar(select(func.count()).select_from(Driver))
        assert (kept.state, kept.taken, count) == (("refused", 0, 0) if whole else ("done", 4_993, 4_993))
        codes = [(p["row"], p["field"], p["code"]) for p in kept.problems]
        assert codes == [
            (102, "email", "bad_email"), (202, "name", "missing"), (302, "email", "driver_taken"), (402, "group", "unknown_user_group"),
            (502, "corporate", "yes_or_no"), (602, "limit", "bad_amount"), (702, "card", "card_taken"),
        ]  # fmt: skip
    assert steps == sorted(steps)
    seen = moritz.get(here)
    assert ("Keine von 5.000 Zeilen" if whole else "4.993 von 5.000 Zeilen sind jetzt Fahrer/innen; 7 sind falsch.") in seen.words
    assert len(seen.soup.select("details tbody tr")) == 7
    if not whole:
        with pages.counting() as queries:
            assert len(moritz.get(here).soup.select("main table")[0].select("tbody tr")) == 50
        assert len(queries) < 30
        assert len(moritz.get(f"{here}?text=fahrer4999").soup.select("main table")[0].select("tbody tr")) == 1


@pytest.mark.parametrize(
    ("body", "code"), [(b"name;tel\nx;y", "Spalten"), (b"\xff\xfe\x00", "UTF-8"), (b"\x81\x8d", "UTF-8"), (b"name,email", "keine Zeilen")]
)
def test_what_is_no_list_is_refused_at_the_file(pages: Pages, world: World, body: bytes, code: str) -> None:
    sent = {"file": (io.BytesIO(body), "x.csv")}
    seen = pages.as_("moritz").post(f"{path(world)}/import", sent, content_type="multipart/form-data")
    assert seen.status == 422
    assert code in seen.one("#problem-summary").get_text()


def take_list(world: World, body: bytes) -> list[Any]:
    """Take a list in, jobs included; what is wrong with it."""
    with world.work("moritz") as work:
        key = upload_drivers(work, world.cast.partners["sommer"].id, "liste.csv", body, whole=False)
    with world.work(world.system()) as work:
        return take_in(work, key, lambda _done, _total: None).problems


def test_who_comes_by_a_list_is_invited_by_mail_and_can_say_yes(world: World) -> None:
    with world.work("carla") as work:
        save_corporate(work, world.cast.partners["sommer"].code, Corporate(enabled=True, driver_limit_minor=5000), 0)
    rows = b"Dora Fahrt,dora@sommer.example,yes,de\nNo Account,no@sommer.example,no,en\n"
    assert take_list(world, b"name,email,corporate,language\n" + rows) == []
    with world.owner() as session:
        keys = session.scalars(text("select args->'driver_ids' from job where name = 'drivers.welcome_all'")).one()
        session.execute(update(Driver).where(Driver.name == "No Account").values(erased_at=NOW))
        session.commit()
    with world.work(world.system()) as work:
        assert welcome_all(work, keys) == {"mails": 1}
    with world.owner() as session:
        mail = session.scalars(select(MailMessage)).one()
        assert (mail.to_address, mail.is_secret) == ("dora@sommer.example", True)
        assert "Bis 50,00 € pro Kalendermonat." in mail.body_text.replace("\xa0", " ")
        assert "/me/join/" in mail.body_text


@pytest.mark.parametrize(
    "body",
    [
        "name;email\nJörg Maß;a@x.example\n".encode("cp1252"),
        "name\temail\nJörg Maß\ta@x.example\n".encode("utf-16"),
        "\ufeffName;Email;\r\n".encode() + "Jörg Maß;a@x.example;\r\n".encode(),
        "name,email\rJörg Maß,a@x.example\r".encode(),
        "name,email,phone\n'Jörg Maß,a@x.example,'+49 40 123456\n".encode().replace(b"'J", b"J"),
    ],
    ids=["windows-1252", "utf-16 with tabs", "empty last column", "line ends of old Macs", "our own export"],
)
def test_lists_as_programs_write_them(world: World, body: bytes) -> None:
    assert take_list(world, body) == []
    with world.owner() as session:
        assert session.scalars(select(Driver.name)).one() == "Jörg Maß"


def test_a_bad_row_is_named_by_its_line_in_the_file(world: World) -> None:
    bad = take_list(world, b'name,email\n\n"Two\nlines",two@x.example\n,nobody@x.example\n')
    assert [(p["row"], p["field"], p["code"]) for p in bad] == [(5, "name", "missing")]


def test_a_cell_without_end_is_refused_and_a_card_instead_of_nothing_is_not_found(pages: Pages, world: World) -> None:
    moritz, d = pages.as_("moritz"), somebody(world)
    sent = {"file": (io.BytesIO(b"name,email\n" + b"x" * 140_000 + b",a@x.example\n"), "x.csv")}
    seen = moritz.post(f"{path(world)}/import", sent, content_type="multipart/form-data")
    assert (seen.status, [a["href"] for a in seen.soup.select("#problem-summary a")]) == (422, ["#file"])
    assert moritz.post(f"{path(world)}/{d.code}/cards", {"card": "04CC", "instead": "x"}).status == 404


def test_a_large_amount_waits_for_a_second_person(pages: Pages, world: World) -> None:
    d, sommer = somebody(world), world.cast.partners["sommer"]
    with world.work("carla") as work:
        save_features(work, sommer.code, Features(add_balance=True), 0)
    moritz, olga, here = pages.as_("moritz"), pages.as_("olga"), f"{path(world)}/{d.code}"
    small = {"amount": "100,00", "reason": "Willkommen", "one_time_key": "a" * 32}
    assert moritz.post(f"{here}/balance", small).status == 303
    assert moritz.post(f"{here}/balance", small).status == 303, "the same wish"
    assert moritz.post(f"{here}/balance", small | {"amount": "100,01", "one_time_key": "b" * 32}).status == 303
    assert "Mehr als 100,00 € für eine Person an einem Tag" in moritz.get(here).words.replace("\xa0", " ")
    assert "Guthaben: 100,00 €" in moritz.get(here).words.replace("\xa0", " ")
    with world.owner() as session:
        wish = session.scalars(select(DriverTopUp).where(DriverTopUp.state == "waiting")).one()
    assert moritz.post(f"{here}/balance/{wish.id}/grant").status == 409
    assert olga.post(f"{here}/balance/{wish.id}/grant").status == 303
    assert "Guthaben: 200,01 €" in olga.get(here).words.replace("\xa0", " ")
    assert olga.post(f"{here}/balance/{wish.id}/refuse").status == 409
    bad = moritz.post(f"{here}/balance", {"amount": "0", "reason": "x", "one_time_key": "c" * 32})
    assert [a["href"] for a in bad.soup.select("#problem-summary a")] == ["#amount"]


def test_an_amount_in_parts_waits_for_a_second_person_too(pages: Pages, world: World) -> None:
    """60.00 + 40.00 = 100.00 alone; another 0.01 waits, until a day has gone or something was taken back."""
    d, sommer = somebody(world), world.cast.partners["sommer"]
    with world.work("carla") as work:
        save_features(work, sommer.code, Features(add_balance=True), 0)

    def add(who: str, minor: int, key: str) -> str:
        with world.work(who) as work:
            return add_balance(work, sommer.id, d.code, minor, "Willkommen", key=key)

    assert [add("moritz", 6000, "a"), add("moritz", 4000, "b"), add("moritz", 1, "c")] == ["done", "done", "waiting"]
    assert add("olga", 1, "d") == "done", "each person's own"
    with world.owner() as session:
        first = session.scalars(select(DriverTopUp.id).where(DriverTopUp.key == "a")).one()
    with world.work("moritz") as work:
        take_back(work, sommer.id, d.code, first, "verwechselt")
    assert [add("moritz", 6000, "e"), add("moritz", 1, "f")] == ["done", "waiting"]
    world.clock.move(hours=24)
    assert add("moritz", 10_000, "g") == "done"


def standing(world: World, label: str, card: str) -> str | None:
    with world.database.worker.connect() as connection:
        cursor = connection.connection.cursor()
        return standings(cursor, [(str(world.cast.stations[label].id), card)])[0]


def test_a_card_is_blocked_replaced_and_ends_with_its_driver(pages: Pages, world: World) -> None:
    d, here = somebody(world), path(world)
    assert standing(world, "NL-0417", "04AA11BB") == "accepted"
    moritz = pages.as_("moritz")
    with world.owner() as session:
        card = session.execute(text("select id from id_token where value = '04AA11BB'")).scalar_one()
    assert moritz.post(f"{here}/{d.code}/cards", {"card": "04CC", "label": "", "instead": str(card)}).status == 303
    assert (standing(world, "NL-0417", "04AA11BB"), standing(world, "NL-0417", "04CC")) == ("blocked", "accepted")
    assert moritz.post(f"{here}/{d.code}/cards/{card}/unblock").status == 303
    assert standing(world, "NL-0417", "04AA11BB") == "accepted"
    with world.work("olga") as work:
        set_driver_state(work, world.cast.partners["sommer"].id, d.code, "blocked")
    assert standing(world, "NL-0417", "04CC") == "blocked"


def on_card(world: World, d: DriverRow, label: str = "NL-0417") -> tuple[Any, ...]:
    """Standing and channel of a driver's card at a charge point in the tests' present (the worker asks with the database's clock)."""
    with world.owner() as session:
        asked = text("select standing, channel from voltpact_card(:driver, :station, :at)")
        return tuple(session.execute(asked, {"driver": d.id, "station": world.cast.stations[label].id, "at": NOW}).one())


def on_account(world: World, d: DriverRow, hour: int, energy_wh: int, label: str = "NL-0417") -> UUID:
    """A rated session of the driver on Sommer's account."""
    at = NOW - timedelta(hours=hour)
    more = {"channel": "corporate", "driver_id": d.id, "payer_id": world.cast.partners["sommer"].id}
    row = charge(
        world, label, started_at=at, ended_at=at + timedelta(hours=1), full_at=at + timedelta(hours=1), energy_wh=energy_wh, **more
    )
    with world.work(world.system()) as work:
        rate(work, row.id)
    return row.id


def test_limits_end_charging_on_the_account_and_the_statement_splits_it(world: World) -> None:
    """0.49 per kWh: 10 kWh 4.90, 12 kWh 5.88; together 10.78 of 10.00: 10.00 on the account, less 10 %."""
    d, sommer = somebody(world), world.cast.partners["sommer"]
    with world.work("carla") as work:
        terms = Corporate(enabled=True, monthly_limit_minor=1000, discount_pct=Decimal(10), own_points_only=False)
        save_corporate(work, sommer.code, terms, 0)
    on_account(world, d, 6, 10_000)
    assert on_card(world, d) == ("accepted", "corporate")
    on_account(world, d, 3, 12_000, "NL-0501")
    assert on_card(world, d) == ("blocked", "corporate"), "10.78 of 10.00"
    with world.work(world.system()) as work:
        session = work.session
        input_of = {name: gather(session, session.get_one(Partner, world.cast.partners[name].id), Month(2026, 10), "EUR").input
                    for name in ("sommer", "winter")}  # fmt: skip
    answer = build_statement(input_of["sommer"]).answer()
    lines = [e for e in answer["expenses"] if e["kind"].startswith("corporate")]
    assert [(e["kind"], e.get("gross"), e.get("driver_gross")) for e in lines] == [
        ("corporate_session", "4.90", "0.00"),
        ("corporate_session", "5.10", "0.78"),
        ("corporate_discount", None, None),
    ]
    assert lines[2]["net"] == "-0.84", "4.12 + 4.29 = 8.41 net, 10 %"
    assert [row["gross"] for row in answer["rows"]] == ["4.90"], "the other session is Winter's"
    assert [row["gross"] for row in build_statement(input_of["winter"]).answer()["rows"]] == ["5.88"]


def test_rights_of_drivers_follow_the_switches(world: World) -> None:
    sommer = world.cast.partners["sommer"].id
    assert sommer in world.actor("moritz").grants[Permission.DRIVER_EDIT]
    assert sommer not in world.actor("moritz").grants[Permission.DRIVER_BALANCE]
    d = somebody(world, card="")
    with world.work("olga") as work:
        add_card(work, sommer, d.code, "AB12", "Dienstwagen")
    with world.tenant(world.actor("willi")) as session:
        assert session.scalar(select(func.count()).select_from(Driver)) == 0
