"""Access keys (B60) and what programs put with them: exchange prices over HTTP, by the page's own reader."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from app.access.programs import program
from app.access.roles import Role
from app.demo import builders as make
from app.domain.integrations.keys import MOST_CALLS
from app.domain.people.signin import MISSES
from app.domain.tariffs.curves_import import CurveInput, curve_lines, import_curve
from app.kernel.errors import NotAllowed
from tests.cast import PASSWORD, World
from tests.pages import _HASH, Pages, Seen, Visitor, _seen

CSV = "start;price\n2026-10-14T17:00:00+02:00;81,20\n2026-10-14T18:00:00+02:00;-3,05\n"
HERE = "/api/v1/curves/DE-LU"


def confirmed(pages: Pages, who: str) -> Visitor:
    visitor = pages.as_(who)
    assert visitor.post("/confirm-it-is-you", {"password": PASSWORD}).status == 303
    return visitor


def new_key(visitor: Visitor, **more: Any) -> str:
    """Through the page; the key, which is in this one answer only."""
    made = visitor.post("/cpo/api-keys/new", {"name": "Preise", "scopes": ["curves"], "days": "365"} | more)
    assert made.status == 200, made.words
    assert made.headers["Cache-Control"] == "no-store"
    return made.one("#secret").get_text()


@pytest.fixture
def key(pages: Pages) -> str:
    return new_key(confirmed(pages, "anke"))


def put(pages: Pages, secret: str, body: Any = CSV, kind: str = "text/csv", path: str = HERE, **more: Any) -> Seen:
    headers = {"Authorization": f"Bearer {secret}"} | more.pop("headers", {})
    sent = {"json": body} if kind == "application/json" and not isinstance(body, str) else {"data": body, "content_type": kind}
    return _seen(pages.nobody().client.put(path, headers=headers, **sent, **more))


def prices(world: World) -> list[tuple[str, str, Decimal]]:
    """(operator, market, price per kWh), by their start."""
    with world.owner() as session:
        rows = session.execute(
            text("select o.code, d.market, d.per_kwh from day_ahead_price d join operator o on o.id = d.operator_id order by d.starts_at")
        )
        return [(code, market, price) for code, market, price in rows]


def test_csv_and_json_store_the_same_prices_and_a_repeat_changes_nothing(world: World, pages: Pages, key: str) -> None:
    """81.20 per MWh are 0.0812 per kWh; below zero is a price too."""
    wanted = [("NLT", "DE-LU", Decimal("0.0812")), ("NLT", "DE-LU", Decimal("-0.00305"))]
    done = put(pages, key)
    assert done.response.json == {
        "market": "DE-LU",
        "points": 2,
        "first": "2026-10-14T15:00:00+00:00",
        "last": "2026-10-14T17:00:00+00:00",
    }
    assert prices(world) == wanted
    assert put(pages, key).status == 200
    rows = [{"start": "2026-10-14T17:00:00+02:00", "price": 81.20}, {"start": "2026-10-14T18:00:00+02:00", "price": "-3.05"}]
    assert put(pages, key, {"prices": rows}, "application/json").status == 200
    assert prices(world) == wanted
    quarter = "start,price\n2026-10-14T17:00:00+02:00,0.1\n"
    assert put(pages, key, quarter, path=f"{HERE}?per=kwh&minutes=15&currency=eur").status == 200
    assert prices(world) == [("NLT", "DE-LU", Decimal("0.1")), wanted[1]], "the hour gave way to the quarter that was sent"
    with world.owner() as session:
        noted = session.execute(text("select distinct actor_kind, actor_name from audit_entry where act = 'CurveImported'")).all()
    assert [tuple(each) for each in noted] == [("program", "Preise")]


def test_bad_rows_are_named_in_the_language_asked_for_and_nothing_is_stored(world: World, pages: Pages, key: str) -> None:
    wrong = CSV + "2026-10-14T19:00:00,1\n2026-10-14T20:00:00Z;viel\n"
    refused = put(pages, key, wrong, headers={"Accept-Language": "de"})
    assert (refused.status, refused.headers["Content-Type"]) == (422, "application/problem+json")
    body = refused.response.json
    assert (body["code"], body["detail"]) == ("curve_rows_wrong", "Preise, die nicht lesbar sind: 2. Nichts wurde gespeichert.")
    assert [(each["row"], each["field"], each["code"]) for each in body["errors"]] == [
        (4, "start", "bad_instant"),
        (5, "price", "not_a_number"),
    ]
    rows = [{"start": "2026-10-14T17:00:00+02:00", "price": True}, [], {"start": "0001-01-01T00:00:00+14:00", "price": 1}]
    body = put(pages, key, {"prices": rows}, "application/json").response.json
    assert [each["field"] for each in body["errors"]] == ["prices[0].price", "prices[1].start", "prices[2].start"]
    assert prices(world) == []


@pytest.mark.parametrize(
    ("body", "kind", "query", "field"),
    [
        ("", "text/csv", "", "text"),
        ("a,b\n1,2\n", "text/csv", "", "text"),
        (b"start,price\n\xff,1\n", "text/csv", "", "prices"),
        ('start,price\n"' + "x" * 140_000 + '",1\n', "text/csv", "", "text"),
        (CSV, "text/csv", "?per=wh", "per"),
        (CSV, "text/csv", "?minutes=7", "minutes"),
        (CSV, "text/csv", "?currency=ZZZ", "currency"),
        ("[" * 100_000, "application/json", "", "prices"),
        ("[]", "application/json", "", "prices"),
        ('{"prices": [], "more": 1}', "application/json", "", "prices"),
        ('{"prices": []}', "application/json", "", "prices"),
    ],
)
def test_what_cannot_be_read_at_all_names_its_field(pages: Pages, key: str, body: Any, kind: str, query: str, field: str) -> None:
    refused = put(pages, key, body, kind, HERE + query)
    assert (refused.status, refused.response.json["field"]) == (422, field), refused.text


def test_the_door(world: World, pages: Pages, key: str) -> None:
    client = pages.nobody().client
    nobody = _seen(client.put(HERE, data=CSV, content_type="text/csv"))
    assert (nobody.status, nobody.headers["WWW-Authenticate"]) == (401, 'Bearer realm="Voltpact"')
    assert nobody.response.json["code"] == "key_needed"
    for wrong in ("", "vpk_" + "0" * 40, key[:-1], key + "0", "vpk_ä"):
        assert put(pages, wrong).status == 401, wrong
    assert put(pages, key, path="/api/v1/curves").status == 404
    assert put(pages, key, path="/api/v1/nothing").headers["Content-Type"] == "application/problem+json"
    assert put(pages, key, path="/api/v1/curves/" + "x" * 21).response.json["field"] == "market"
    assert put(pages, key, path="/api/v1/curves/a%00b").status == 422
    assert put(pages, key, CSV, "application/xml").status == 415
    assert put(pages, key, "x" * (4 * 1024 * 1024 + 1)).status == 413
    assert _seen(client.get(HERE, headers={"Authorization": f"Bearer {key}"})).status == 405
    with world.owner() as session:
        session.execute(text("update api_key set calls = :most, calls_since = :now"), {"most": MOST_CALLS, "now": world.clock()})
    often = put(pages, key)
    assert (often.status, often.headers["Retry-After"]) == (429, "60")
    world.clock.move(minutes=1)
    assert put(pages, key).status == 200
    world.clock.move(minutes=60 * 24 * 365)
    assert put(pages, key).status == 401, "expired"


def test_guessing_keys_is_slowed_down_by_address(pages: Pages) -> None:
    answers = [put(pages, "vpk_" + f"{n:040x}").status for n in range(MISSES["address"] + 1)]
    assert answers == [401] * MISSES["address"] + [429]


def test_a_key_is_shown_once_listed_by_its_beginning_and_revoked(world: World, pages: Pages) -> None:
    anke = confirmed(pages, "anke")
    assert "Keine Schlüssel." in anke.get("/cpo/api-keys").words
    secret = new_key(anke)
    seen = anke.get("/cpo/api-keys")
    assert secret not in seen.text
    assert f"{secret[:9]}…" in seen.words
    assert "nie" in seen.words
    with world.owner() as session:
        assert secret not in str(session.execute(text("select api_key::text from api_key")).scalar_one())
        assert secret not in str(session.execute(text("select string_agg(facts::text, ' ') from audit_entry")).scalar_one())
    assert put(pages, secret).status == 200
    assert "nie" not in anke.get("/cpo/api-keys").words
    revoke = str(seen.soup.select("form[action$='/revoke']")[0]["action"])
    assert pages.as_("carla").post(revoke).status == 403
    assert anke.post(revoke).status == 303
    assert put(pages, secret).status == 401
    assert anke.post(revoke).status == 409
    assert "Widerrufen" in anke.get("/cpo/api-keys").words
    with world.owner() as session:
        acts = session.scalars(text("select act from audit_entry where act like 'ApiKey%' order by at, id")).all()
    assert acts == ["ApiKeyCreated", "ApiKeyRevoked"]


def test_who_may_make_one_and_what_is_refused(pages: Pages) -> None:
    anke = pages.as_("anke")
    assert anke.get("/cpo/api-keys/new").location.startswith("/confirm-it-is-you")
    assert anke.post("/cpo/api-keys/new", {"name": "x", "scopes": ["curves"], "days": "90"}).status == 303
    assert "Keine Schlüssel." in anke.get("/cpo/api-keys").words
    assert anke.post("/confirm-it-is-you", {"password": PASSWORD}).status == 303
    for wrong in ({"name": "", "scopes": ["curves"]}, {"name": "x", "scopes": []}, {"name": "x", "scopes": ["all"]}):
        assert anke.post("/cpo/api-keys/new", {"days": "90"} | wrong).status == 422, wrong
    for other in ("carla", "fiona"):
        assert pages.as_(other).get("/cpo/api-keys").status == 403
    assert pages.as_("olga").get("/cpo/api-keys").status == 404


def test_a_key_reaches_its_own_operator_only_and_its_own_scope(world: World, pages: Pages, key: str) -> None:
    with world.owner() as session:
        other = make.operator(session, datetime(2026, 1, 1, tzinfo=UTC), code="SUD", name="Südlicht")
        fritz = make.user(session, "Fritz Süd", "fritz@sud.example", world.clock() - timedelta(days=1), _HASH)
        make.member(session, fritz, Role.ADMIN, world.clock(), owner=other)
    visitor = pages.nobody()
    assert visitor.sign_in("fritz@sud.example").status == 303
    assert visitor.post("/confirm-it-is-you", {"password": PASSWORD}).status == 303
    assert put(pages, new_key(visitor)).status == 200
    assert {code for code, *_ in prices(world)} == {"SUD"}
    assert put(pages, key).status == 200
    assert sorted(code for code, *_ in prices(world)) == ["NLT", "NLT", "SUD", "SUD"]
    anke = pages.as_("anke")
    revoke = str(visitor.get("/cpo/api-keys").soup.select("form[action$='/revoke']")[0]["action"])
    assert anke.post(revoke).status == 404
    without = program(world.cast.operator.id, world.cast.operator.id, "Preise", frozenset())
    wanted = CurveInput(market="DE-LU", currency="EUR", per="mwh", minutes=60, lines=curve_lines(CSV))
    with world.work(without) as work, pytest.raises(NotAllowed):
        import_curve(work, wanted)
