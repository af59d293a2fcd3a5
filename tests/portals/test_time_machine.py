"""The time machine (B58): what was set at an instant, since when and by whom; nobody sees a time that was somebody else's."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote
from uuid import UUID

import pytest
from sqlalchemy import text

from app.demo import builders as make
from app.domain.contracts.models import Assignment
from app.domain.contracts.switches import save_features
from app.domain.network.models import StationCommand
from app.domain.people.features import Features
from app.domain.people.members import change_member
from app.domain.people.rows import LimitsInput
from app.domain.tariffs.actions import assign_tariff, create_tariff, publish_terms
from app.domain.tariffs.rows import TariffInput
from tests.cast import NOW, World
from tests.domain.sessions.arrange import evse_id
from tests.domain.tariffs.test_price_change import price
from tests.pages import Pages, Seen, Visitor

DAY = timedelta(days=1)


def ask(who: Visitor, what: str, at: object, base: str = "/cpo", **more: str) -> Seen:
    rest = "".join(f"&{name}={quote(value)}" for name, value in more.items())
    return who.get(f"{base}/time-machine?what={quote(what)}&at={quote(at.isoformat() if hasattr(at, 'isoformat') else str(at))}{rest}")


def line(seen: Seen, word: str) -> list[str]:
    """The cells of a line, blanks made plain."""
    assert seen.status == 200, seen.words
    for row in seen.soup.select("table.then-lines tbody tr"):
        head = row.find("th")
        if head is not None and head.get_text(" ", strip=True).startswith(word):
            return [" ".join(cell.get_text(" ").split()) for cell in row.select("td")]
    raise AssertionError(f"no line {word}: {seen.words}")


@pytest.fixture
def changed(world: World) -> str:
    """0.49 since NOW, 0.45 for a day from tomorrow on, then 0.49 again; the clock stands three days later."""
    with world.work("moritz") as work:
        code = create_tariff(work, TariffInput(name="Haus", terms=price("0.49")), partner_id=world.cast.partners["sommer"].id)
    with world.work("moritz") as work:
        assign_tariff(work, code, [evse_id(world)], starts_at=NOW)
    with world.work("carla") as work:
        publish_terms(work, code, price("0.45"), starts_at=(NOW + DAY).replace(minute=15))
    world.clock.move(days=1, hours=1)
    with world.work("conrad") as work:
        publish_terms(work, code, price("0.49"), starts_at=(NOW + 2 * DAY).replace(minute=15))
    world.clock.move(days=2)
    return code


def test_before_between_and_after_a_change_of_price(pages: Pages, world: World, changed: str) -> None:
    """Journey 11's last line: 0.49, 0.45, 0.49, with who and since. The hotline reads it."""
    aylin = pages.as_("aylin")
    people = world.cast.people
    for at, amount, since, by in (
        (NOW + timedelta(hours=1), "0,49 €/kWh (Haus v1)", "14.10.2026, 14:05", "moritz"),
        (NOW + DAY + timedelta(hours=1), "0,45 €/kWh (Haus v2)", "15.10.2026, 14:15", "carla"),
        (NOW + 2 * DAY + timedelta(hours=1), "0,49 €/kWh (Haus v3)", "16.10.2026, 14:15", "conrad"),
    ):
        cell = line(ask(aylin, "NL-0417/1", at), "Preis für alle")[0]
        assert amount in cell
        assert f"seit {since}" in cell
        assert people[by].name in cell
    between = ask(aylin, "nl 417/1", NOW + DAY + timedelta(hours=1), second=(NOW + 2 * DAY + timedelta(hours=1)).isoformat())
    assert [c[:14] for c in line(between, "Preis für alle")] == ["Energie 0,45 €", "Energie 0,49 €"]
    assert "weicht ab" in between.words
    steps = [str(a["href"]) for a in between.soup.select(".then-steps a")]
    assert "0,45" in line(aylin.get(steps[0]), "Preis für alle")[0], "the change that made it 0.45"
    assert "0,49 €/kWh (Haus v3)" in line(aylin.get(steps[1]), "Preis für alle")[0]
    assert line(between, "Zustand von NL-0417/1") == ["noch nichts gehört"] * 2
    assert line(between, "Befehle") == ["keine"] * 2
    holder = line(between, "Inhaber")[0]
    assert "Sommer" in holder
    assert "seit 01.08.2026" in holder


def test_a_time_that_was_somebody_elses_is_not_told(pages: Pages, world: World) -> None:
    station = world.cast.stations["NL-0417"]
    with world.owner() as session:
        session.execute(text("update assignment set valid_until = '2026-10-01' where station_id = :id"), {"id": station.id})
        winter = world.cast.contracts["winter"]
        session.execute(text("update assignment set valid_from = '2026-09-01' where station_id = :id"), {"id": station.id})
        make.add(
            session,
            Assignment(
                operator_id=station.operator_id, partner_id=winter.partner_id, contract_id=winter.contract_id, station_id=station.id,
                valid_from=date(2026, 8, 1), valid_until=date(2026, 9, 1), created_at=NOW,
            ),
        )  # fmt: skip
    olga, base = pages.as_("olga"), f"/partner/{world.cast.partners['sommer'].code}"
    before = ask(olga, "NL-0417", "2026-08-20T12:00", base)
    assert "NL-0417 gehörte zu dieser Zeit nicht zu Ihrem Konto." in before.words
    assert "Winter" not in before.words
    assert not before.soup.select("table.then-lines")
    assert line(ask(olga, "NL-0417", "2026-09-20T12:00", base), "Inhaber")[0].startswith("Sommer")
    anke = pages.as_("anke")
    assert line(ask(anke, "NL-0417", "2026-08-20T12:00"), "Inhaber")[0].startswith("Winter")
    assert line(ask(anke, "NL-0417", "2026-07-20T12:00"), "Inhaber")[0] == "niemand"
    assert "NL-0417 gab es noch nicht. Erster Eintrag: 01.07.2026" in ask(anke, "NL-0417", "2026-06-20T12:00").words


def test_who_held_it_before_asks_for_the_own_time_alone(pages: Pages, world: World, changed: str) -> None:
    """Sommer's until the 16th (0.49, then 0.45), Winter's since, with prices of its own: neither sees a word of the other's."""
    station, winter = world.cast.stations["NL-0417"], world.cast.contracts["winter"]
    with world.owner() as session:
        session.execute(text("update assignment set valid_until = '2026-10-16' where station_id = :id"), {"id": station.id})
        make.add(
            session,
            Assignment(
                operator_id=station.operator_id, partner_id=winter.partner_id, contract_id=winter.contract_id, station_id=station.id,
                valid_from=date(2026, 10, 16), created_at=NOW,
            ),
        )  # fmt: skip
        session.execute(text("update station set partner_id = :to where id = :id"), {"to": winter.partner_id, "id": station.id})
    olga, base = pages.as_("olga"), f"/partner/{world.cast.partners['sommer'].code}"
    own = ask(olga, "NL-0417/1", NOW + DAY + timedelta(hours=1), base)
    assert "Winter" not in own.words
    assert "seit 01.08.2026 · bis 16.10.2026" in line(own, "Inhaber")[0]
    price = line(own, "Preis für alle")[0]
    assert "0,45 €/kWh (Haus v2)" in price
    assert "bis 16.10.2026, 00:00" in price, "the next terms began on the 16th at 14:15: no longer Sommer's business"
    assert len(own.soup.select(".then-steps a[rel=next]")) == 0, "the next change is the end of the own time"
    assert not [a for a in own.soup.select("a") if a.get_text(strip=True) == "Wie es jetzt ist"]
    assert json.loads(ask(olga, "NL-0417", NOW + DAY, base, **{"as": "json"}).text)["what"] == "NL-0417"
    later = ask(olga, "NL-0417", NOW + 2 * DAY, base)
    both = ask(olga, "NL-0417", NOW + DAY, base, second=(NOW + 2 * DAY).isoformat())
    for seen in (later, both):
        assert "NL-0417 gehörte zu dieser Zeit nicht zu Ihrem Konto." in seen.words
        assert "Winter" not in seen.words
        assert not seen.soup.select("table.then-lines")
    assert olga.get(f"{base}/charge-points/NL-0417").status == 404, "the page of today stays the holder's"
    willi, other = pages.as_("willi"), f"/partner/{world.cast.partners['winter'].code}"
    assert line(ask(willi, "NL-0417", NOW + 2 * DAY, other), "Inhaber")[0].startswith("Winter")
    assert "gehörte zu dieser Zeit nicht" in ask(willi, "NL-0417", NOW + DAY, other).words
    assert ask(willi, "NL-0418", NOW + DAY, other).status == 404, "never Winter's"
    assert ask(olga, "NL-0417/9", NOW + DAY, base).status == 404


def test_a_partner_then_features_people_rights(pages: Pages, world: World) -> None:
    sommer = world.cast.partners["sommer"].code
    world.clock.move(hours=1)
    with world.work("carla") as work:
        save_features(work, sommer, replace(Features(), add_balance=True), 0)
    with world.owner() as session:
        vera = session.execute(text("select id from membership where user_id = :id"), {"id": world.cast.people["vera"].id}).scalar_one()
    with world.work("olga") as work:
        change_member(work, UUID(str(vera)), LimitsInput("accountant"))
    world.clock.move(hours=1)
    anke = pages.as_("anke")
    seen = ask(anke, sommer, NOW, second=(NOW + timedelta(hours=2)).isoformat())
    assert line(seen, "Guthaben von")[0] == "nein"
    later = line(seen, "Guthaben von")[1]
    assert later.startswith("ja seit 14.10.2026, 15:05")
    assert world.cast.people["carla"].name in later
    roles = line(seen, world.cast.people["vera"].name)
    assert roles[0].startswith("Betrachter")
    assert roles[1].startswith("Buchhalter")
    assert world.cast.people["olga"].name in roles[1]
    assert "NL-0417, NL-0418, NL-0450" in line(seen, "Ladestationen")[0]
    contract = line(seen, "Partnervertrag")
    assert "v1" in contract[0]


def test_who_may_ask_and_what_is_refused(pages: Pages, world: World) -> None:
    sommer = world.cast.partners["sommer"].code
    aylin = pages.as_("aylin")
    assert "Geben Sie einen Aufkleber" in aylin.get("/cpo/time-machine").words
    bad = ask(aylin, "NL-0417", "vorgestern")
    assert bad.status == 422
    assert bad.soup.select_one("#at-error")
    assert ask(aylin, "NL-9999", NOW).status == 404
    contract = world.cast.contracts["sommer"]
    with world.owner() as session:
        code = session.execute(text("select code from contract where id = :id"), {"id": contract.contract_id}).scalar_one()
    assert line(ask(aylin, code, NOW), "Fassung")[0].startswith("v1")
    willi, winter = pages.as_("willi"), world.cast.partners["winter"].code
    for what in ("NL-0417", sommer, code):
        assert ask(willi, what, NOW, f"/partner/{winter}").status == 404
    assert ask(pages.as_("toni"), "NL-0417", NOW, f"/partner/{sommer}").status == 403
    assert ask(pages.as_("pia"), "NL-0417", NOW, f"/partner/{sommer}").status == 404, "accountants see no charge points"
    assert ask(pages.as_("moritz"), "NL-0417", NOW, f"/partner/{sommer}").status == 200


def test_the_day_is_walked_by_its_strip_and_its_changes(pages: Pages, world: World, changed: str) -> None:
    """0.45 from the 15th 14:15 to the 16th 14:15; the plug charges that day from 10:00 to 12:00 local time."""
    with world.owner() as session:
        plug = world.cast.connector(session, "NL-0417", 1)
        for hour, status in ((6, "Available"), (8, "Charging"), (10, "Available")):
            session.execute(
                text(
                    "insert into status_change (operator_id, partner_id, station_id, connector_id, status, at, received_at) "
                    "values (:o, :p, :s, :c, :status, :at, :at)"
                ),
                {"o": plug.operator_id, "p": plug.partner_id, "s": plug.station_id, "c": plug.id, "status": status,
                 "at": datetime(2026, 10, 15, hour, tzinfo=UTC)},
            )  # fmt: skip
    anke = pages.as_("anke")
    slid = anke.get("/cpo/time-machine?what=NL-0417/1&day=2026-10-15&minute=660")
    assert slid.status == 303, slid.words
    assert slid.location is not None
    assert "at=2026-10-15T09:00:00" in slid.location
    seen = anke.get(slid.location)
    assert line(seen, "Zustand von NL-0417/1")[0] == "Lädt seit 15.10.2026, 10:00 · bis 15.10.2026, 12:00"
    strip = seen.one("#then-strip").get_text(" ")
    assert "Zustände am 15.10.2026" in strip
    assert "Lädt" in strip
    assert (seen.one("#minute")["value"], seen.one("#minute")["max"]) == ("660", "1439")
    between = ask(anke, "NL-0417/1", datetime(2026, 10, 15, 14, tzinfo=UTC))
    assert "seit 15.10.2026, 14:15 · bis 16.10.2026, 14:15" in line(between, "Preis für alle")[0]
    assert anke.get("/cpo/time-machine?what=NL-0417/1&day=2026-10-15&minute=9000").status == 422
    steps = [str(a["href"]) for a in ask(anke, "NL-0417", datetime(2026, 8, 10, tzinfo=UTC)).soup.select(".then-steps a[rel]")]
    assert "at=2026-07-31T22:00:00" in steps[0], "the contract began on the first of August"


def test_the_table_is_taken_away_as_a_file(pages: Pages, world: World, changed: str) -> None:
    anke = pages.as_("anke")
    seen = ask(anke, "NL-0417/1", NOW + timedelta(hours=1), second=(NOW + DAY + timedelta(hours=1)).isoformat())
    files = {str(a["href"]).rpartition("=")[2]: str(a["href"]) for a in seen.soup.select(".then-steps a[href*='&as=']")}
    assert set(files) == {"csv", "json"}
    table = anke.get(files["csv"])
    assert table.headers["Content-Type"].startswith("text/csv")
    assert "Preis für alle" in table.text
    told = json.loads(anke.get(files["json"]).text)
    prices = [each for each in told["lines"] if each["line"] == "Preis für alle"]
    assert [each["since"] for each in prices] == ["2026-10-14T12:05:00+00:00", "2026-10-15T12:15:00+00:00"]
    assert [each["differs"] for each in prices] == [True, True]
    assert prices[1]["until"] == "2026-10-16T12:15:00+00:00"
    assert anke.get(files["csv"].replace("NL-0417", "NL-9999")).status == 404
    log = pages.as_("anke").get("/cpo/audit").soup.select("#log tbody th a")
    assert log, "lines of the log lead here"
    assert pages.as_("anke").get(str(log[0]["href"])).status == 200


def test_the_file_of_a_partner_is_called_by_its_code(pages: Pages, world: World) -> None:
    """A name may hold letters and quotes that no header can."""
    with world.owner() as session:
        session.execute(text("update partner set name = 'Łódź \"Nord\"' where id = :id"), {"id": world.cast.partners["sommer"].id})
    code = world.cast.partners["sommer"].code
    given = ask(pages.as_("carla"), code, NOW, **{"as": "csv"})
    said = str(given.headers["Content-Disposition"])
    assert said.startswith(f'attachment; filename="{code}-')
    assert said.isascii()


def test_the_configuration_is_the_one_told_last_by_then_and_for_who_may_set_it(pages: Pages, world: World) -> None:
    place = world.cast.stations["NL-0417"]
    owned = {"operator_id": place.operator_id, "partner_id": place.partner_id, "station_id": place.id}
    with world.owner() as session:
        for days, seconds in ((0, "300"), (1, "60")):
            at = NOW + timedelta(days=days)
            keys = [{"key": "HeartbeatInterval", "value": seconds}, {"key": "AuthorizationKey", "value": f"s3cret{days}"}]
            told = {"action": "read_config", "params": {}, "state": "accepted", "answer": {"configurationKey": keys}}
            asked = {"one_time_key": f"read{days}", "requested_name": "test", "created_at": at, "expires_at": at, "answered_at": at}
            session.add(StationCommand(**owned, **told, **asked))
    world.clock.move(days=3)
    first, second = NOW + timedelta(hours=1), (NOW + DAY + timedelta(hours=1)).isoformat()
    seen = ask(pages.as_("theo"), "NL-0417", first, second=second)
    assert [cell.split()[0] for cell in line(seen, "HeartbeatInterval")[:2]] == ["300", "60"]
    assert "s3cret" not in seen.text
    assert "HeartbeatInterval" not in ask(pages.as_("theo"), "NL-0417", NOW - timedelta(hours=1)).text
    assert "HeartbeatInterval" not in ask(pages.as_("moritz"), "NL-0417", first, f"/partner/{world.cast.partners['sommer'].code}").text
