"""B36 in both portals: lines, tester, where a group counts; who may and who gets 404."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import text

from app.demo import builders as make
from app.demo.cast import AC_TERMS
from app.domain.tariffs.groups_models import GroupAssignment, TariffGroup, TariffGroupVersion
from app.web.tariff_group_views import ROUTES
from tests.cast import NOW, World
from tests.pages import Pages, Seen, Visitor

START = NOW - timedelta(days=30)


def sheet(world: World, price: str, name: str) -> str:
    terms = AC_TERMS | {"id": name, "elements": [{"price_components": [{"type": "ENERGY", "price": price, "step_size": 1, "vat": "19"}]}]}
    with world.owner() as session:
        return make.tariff(session, world.cast.operator, name, terms, START).code


def ac(world: World) -> str:
    return world.cast.tariffs["ac"].code


def new_group(visitor: Visitor, world: World, base: str = "/cpo", name: str = "Marktplatz") -> str:
    made = visitor.post(f"{base}/tariff-groups/new", {"name": name, "rest": ac(world)})
    assert made.status == 303, made.words
    return made.location.rpartition("/")[2]


def revision(seen: Seen) -> str:
    return str(seen.soup.select("input[name=revision]")[0]["value"]) if seen.soup.select("input[name=revision]") else "-1"


def add(visitor: Visitor, path: str, **line: Any) -> Seen:
    """A line through its form."""
    given = visitor.get(f"{path}/lines")
    return visitor.post(f"{path}/lines", {"revision": revision(given), **line})


def publish(visitor: Visitor, path: str) -> Seen:
    return visitor.post(f"{path}/publish", {"revision": revision(visitor.get(path))})


def test_a_group_is_made_filled_ordered_published_and_attached(world: World, pages: Pages) -> None:
    carla, app_price, plan_price = pages.as_("carla"), sheet(world, "0.45", "App"), sheet(world, "0.37", "Plan")
    path = f"/cpo/tariff-groups/{new_group(carla, world)}"
    assert "Nur „Alle anderen“" in carla.get(path).words
    assert add(carla, path, channels=["app"], tariff=app_price, reason="Kein Kartenterminal").status == 303
    assert add(carla, path, channels=["app"], plan="NACHT", tariff=plan_price, reason="Monatsgebühr").status == 303
    seen = carla.get(path)
    assert [n.get_text(strip=True) for n in seen.soup.select(".group-number")] == ["1", "2", "3"]
    assert "Nie erreicht wegen Zeile 1" in seen.one("#line-2").get_text()
    moved = carla.post(f"{path}/lines/2/move", {"revision": revision(seen), "way": "up"})
    assert moved.status == 303
    seen = carla.get(path)
    assert "NACHT" in seen.one("#line-1").get_text()
    assert not seen.soup.select(".is-dead")
    assert publish(carla, path).status == 303
    assert carla.post(f"{path}/places", {"level": "location", "place": "Café Sommer, Marktplatz"}).status == 303
    shown = carla.get(path)
    assert "Café Sommer, Marktplatz" in shown.words
    with world.owner() as session:
        version = session.query(TariffGroupVersion).order_by(TariffGroupVersion.number.desc()).first()
        assert version is not None
        # 14:05 in Hamburg: the next quarter is 14:15
        assert (version.number, version.valid_from) == (2, NOW + timedelta(minutes=10))


def test_the_tester_lights_the_line_and_says_the_way_and_the_price(world: World, pages: Pages) -> None:
    carla, plan_price = pages.as_("carla"), sheet(world, "0.37", "Plan")
    path = f"/cpo/tariff-groups/{new_group(carla, world)}"
    add(carla, path, channels=["app"], plan="NACHT", tariff=plan_price, reason="Monatsgebühr")
    publish(carla, path)
    with world.owner() as session:
        make.assign_tariff(session, world.cast.evse(session, "NL-0417", 2), None, START)
        session.query(GroupAssignment).delete()
    carla.post(f"{path}/places", {"level": "station", "place": "nl-0417"})
    when = "2026-10-15T18:30"
    seen = carla.get(f"{path}?evse=NL-0417/2&at={when}&who=plan:NACHT&all=yes")
    assert seen.one(".is-lit")["id"] == "line-1"
    assert "Zeile 1, Plan" in seen.one("#tester-answer").get_text()
    assert "0,37 €/kWh" in seen.words
    assert "7,40 €" in seen.words  # 20 kWh x 0.37
    assert "Ladestation" in seen.one(".way .wins").get_text()
    assert "9,80 €" in seen.words  # everyone else: 20 kWh x 0.49
    rest = carla.get(f"{path}?evse=NL-0417/2&at={when}&who=adhoc")
    assert rest.one(".is-lit")["id"] == "line-rest"
    other = carla.get(f"{path}?evse=NL-0417/1&at={when}&who=adhoc")
    assert not other.soup.select(".is-lit"), "NL-0417/1 has a price of its own"
    wrong = carla.get(f"{path}?evse=NL-9999/1")
    assert wrong.status == 200
    assert wrong.one("#evse")["aria-invalid"] == "true"


def test_moving_by_script_announces_and_keeps_the_focus(world: World, pages: Pages) -> None:
    carla = pages.as_("carla")
    path = f"/cpo/tariff-groups/{new_group(carla, world)}"
    for channel in ("app", "rfid"):
        add(carla, path, channels=[channel], tariff=ac(world))
    token = carla.get(path).soup.select("input[name=csrf_token]")[0]["value"]
    data = {"csrf_token": token, "revision": revision(carla.get(path)), "way": "up"}
    seen = carla.htmx(f"{path}/lines/2/move", method="POST", data=data)
    assert seen.status == 200
    assert seen.one("#group-said").get_text() == "Zeile 2 ist jetzt Zeile 1."
    assert seen.one("[data-focus]")["id"] == "down-1"


WRONG_LINES: list[tuple[dict[str, Any], str]] = [
    ({"channels": ["app"], "reason": ""}, "reason"),
    ({"reason": "x y z"}, "channels"),
    ({"channels": ["app"], "reason": "why", "first_day": "2026-10-20", "last_day": "2026-10-01"}, "last_day"),
    ({"channels": ["app"], "reason": "why", "user_group": "U-XXXX"}, "user_group"),
    ({"channels": ["moon"], "reason": "why"}, "channels"),
    ({"channels": ["app"], "reason": "why", "tariff": "T-XXXX"}, "tariff"),
]


def test_a_wrong_line_names_the_field_and_changes_nothing(world: World, pages: Pages) -> None:
    carla, price = pages.as_("carla"), sheet(world, "0.37", "Other")
    path = f"/cpo/tariff-groups/{new_group(carla, world)}"
    for line, field in WRONG_LINES:
        seen = add(carla, path, **{"tariff": price} | line)
        assert seen.status == 422, line
        assert any(str(a["href"]).startswith(f"#{field}") for a in seen.soup.select("#problem-summary a")), (line, seen.words)
    assert not carla.get(path).soup.select("#line-1")


def test_two_people_do_not_lose_each_other_s_lines(world: World, pages: Pages) -> None:
    carla, conrad = pages.as_("carla"), pages.as_("conrad")
    path = f"/cpo/tariff-groups/{new_group(carla, world)}"
    old = revision(conrad.get(f"{path}/lines"))
    add(carla, path, channels=["app"], tariff=ac(world))
    late = conrad.post(f"{path}/lines", {"revision": old, "channels": ["rfid"], "tariff": ac(world)})
    assert late.status == 422
    assert "inzwischen" in late.words


def test_a_start_fee_is_refused_at_50_kw_and_more(world: World, pages: Pages) -> None:
    terms = AC_TERMS | {"elements": [{"price_components": [{"type": "ENERGY", "price": "0.49", "step_size": 1, "vat": "19"},
                                                           {"type": "FLAT", "price": "0.50", "vat": "19", "step_size": 0}]}]}  # fmt: skip
    with world.owner() as session:
        with_fee = make.tariff(session, world.cast.operator, "With fee", terms, START).code
    carla = pages.as_("carla")
    path = f"/cpo/tariff-groups/{new_group(carla, world)}"
    add(carla, path, channels=["adhoc"], tariff=with_fee, reason="Abrechnung")
    publish(carla, path)
    refused = carla.post(f"{path}/places", {"level": "evse", "place": "NL-0450/1"})
    assert refused.status == 422
    assert "AFIR Art. 5(4)" in refused.words
    assert carla.post(f"{path}/places", {"level": "evse", "place": "NL-0417/1"}).status == 303


def test_the_partner_makes_its_own_group_for_its_own_places(world: World, pages: Pages) -> None:
    moritz, own = pages.as_("moritz"), world.cast.partners["sommer"].code
    base = f"/partner/{own}"
    code = new_group(moritz, world, base, "Café")
    path = f"{base}/tariff-groups/{code}"
    assert add(moritz, path, channels=["rfid"], own_users="y", tariff=ac(world)).status == 303
    assert publish(moritz, path).status == 303
    assert moritz.post(f"{path}/places", {"level": "partner", "place": own}).status == 303
    for level, place in (("operator", ""), ("station", "NL-0501"), ("partner", world.cast.partners["winter"].code)):
        refused = 403 if level == "operator" else 422
        assert moritz.post(f"{path}/places", {"level": level, "place": place}).status == refused, level
    with world.owner() as session:
        assert session.query(GroupAssignment).count() == 1
    assert moritz.post(f"{path}/detach", {"level": "partner", "place": own}).status == 303
    assert moritz.get(f"{path}?evse=NL-0501/1").one("#evse")["aria-invalid"] == "true"


def test_a_stranger_gets_404_on_every_route_and_readers_403(world: World, pages: Pages) -> None:
    carla = pages.as_("carla")
    code = new_group(carla, world)
    path = f"/cpo/tariff-groups/{code}"
    add(carla, path, channels=["app"], tariff=ac(world))
    publish(carla, path)
    carla.post(f"{path}/places", {"level": "partner", "place": world.cast.partners["sommer"].code})
    winter, sommer = world.cast.partners["winter"].code, world.cast.partners["sommer"].code
    willi, moritz, fiona = pages.as_("willi"), pages.as_("moritz"), pages.as_("fiona")
    read: set[str] = set()
    for rule, method, view in ROUTES:
        if "<string:code>" not in rule:
            continue
        address = rule.replace("<string:code>", code).replace("<int:number>", "1")
        for visitor, base, expected in ((willi, f"/partner/{winter}", {404}), (willi, "/cpo", {404}), (fiona, "/cpo", {200, 403}),
                                        (moritz, f"/partner/{sommer}", {200, 403})):  # fmt: skip
            seen = visitor.get(base + address) if method == "GET" else visitor.post(base + address, {"revision": "-1", "level": "operator"})
            assert seen.status in expected, (view.__name__, base, seen.status)
            if seen.status == 200:
                read.add(f"{method} {view.__name__}")
    assert read == {"GET tariff_group"}
    assert willi.get(f"/partner/{winter}/tariff-groups/new").status == 403
    assert "Marktplatz" not in willi.get(f"/partner/{winter}/tariff-groups").words
    assert "Marktplatz" in moritz.get(f"/partner/{sommer}/tariff-groups").words, "it counts at Sommer's"
    assert pages.as_("toni").get(f"/partner/{sommer}/tariff-groups").status == 403
    with world.owner() as session:
        assert session.query(TariffGroup).count() == 1


def test_a_group_of_10_000_evses_opens_with_a_constant_number_of_statements(world: World, pages: Pages) -> None:
    carla = pages.as_("carla")
    code = new_group(carla, world)
    path = f"/cpo/tariff-groups/{code}"
    add(carla, path, channels=["app"], tariff=ac(world))
    publish(carla, path)
    carla.post(f"{path}/places", {"level": "evse", "place": "NL-0417/1"})
    carla.get(path)
    with pages.counting() as few:
        carla.get(path)
    with world.owner() as session:
        many_evses(session, world, code, 10_000)
        session.execute(text("analyze"))
    with pages.counting() as many:
        seen = carla.get(path)
    assert "10.001" in seen.words.replace("\u202f", ".") or "more than" in seen.words or "mehr als" in seen.words
    assert len(many) == len(few)
    with pages.counting() as listed:
        carla.get("/cpo/tariff-groups")
    assert len(listed) <= len(few)


def many_evses(session: Any, world: World, code: str, count: int) -> None:
    """So many EVSEs of Sommer's with the group, straight into the tables."""
    site = world.cast.locations["marktplatz"]
    values = {"o": site.operator_id, "p": site.partner_id, "l": site.id, "n": count, "at": START, "code": code}
    session.execute(
        text(
            """
            insert into station (id, operator_id, partner_id, location_id, label, identity, key_hash, vendor, model, serial, firmware,
              flags, created_at)
            select uuidv7(), :o, :p, :l, 'XX-' || n, 'XX-' || n, '\\x00', '', '', '', '', '{}', :at from generate_series(1, :n) n
            """
        ),
        values,
    )
    session.execute(
        text(
            """
            insert into evse (id, operator_id, partner_id, station_id, number, evse_uid, current, max_w, check_code)
            select uuidv7(), :o, :p, s.id, 1, 'XX*' || s.label, 'AC', 22000, s.label from station s where s.label like 'XX-%'
            """
        ),
        values,
    )
    session.execute(
        text(
            """
            insert into tariff_assignment (id, operator_id, partner_id, evse_id, group_id, valid_from, created_at, created_name)
            select uuidv7(), :o, :p, e.id, (select g.id from tariff_group g where g.code = :code), :at, :at, 'x'
            from evse e where e.evse_uid like 'XX*%'
            """
        ),
        values,
    )
