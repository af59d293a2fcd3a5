"""A property moves from Sommer to a new partner on the 15th: told before, agreed by two, cut at midnight; the label still opens."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from app.access.actor import Actor
from app.access.roles import Role
from app.demo import builders as make
from app.domain.contracts.actions import turn_day
from app.domain.contracts.grants import load_actor
from app.domain.contracts.handover_models import Handover
from app.domain.contracts.models import Assignment, Contract, ContractVersion
from app.domain.payments.models import Payment
from app.domain.people.models import User
from app.domain.sessions.actions import rate
from app.domain.sessions.models import ChargingSession
from app.domain.settlement.drafting import build
from app.domain.tariffs.electricity_actions import add_rate_version, create_rate
from app.domain.tariffs.electricity_rows import RateInput, RateVersionInput
from app.kernel.ids import uuid7
from app.kernel.periods import Month
from app.kernel.tokens import token_hash
from app.money.electricity import Window
from tests.cast import FIRST_MONTH, NOW, World
from tests.domain.sessions.arrange import charge
from tests.pages import _HASH, Pages

POINTS = ["NL-0417", "NL-0418", "NL-0450"]
#: midnight in Hamburg between the 14th and the 15th
MIDNIGHT = datetime(2026, 10, 14, 22, 0, tzinfo=UTC)


@pytest.fixture
def nova(world: World) -> dict[str, Any]:
    """The new partner with a contract and an owner."""
    with world.owner() as session:
        partner = make.partner(session, world.cast.operator, "Nova", NOW)
        version = make.contract(session, partner, FIRST_MONTH, NOW)
        nora = make.user(session, "Nora Nova", "nora@nova.example", NOW, _HASH, language="de")
        make.member(session, nora, Role.OWNER, NOW, owner=world.cast.operator, account=partner)
        code = session.get_one(Contract, version.contract_id).code
    return {"partner": partner, "contract": code}


def path(world: World) -> str:
    return f"/cpo/partners/{world.cast.partners['sommer'].code}/hand-over"


def form(nova: dict[str, Any], **over: Any) -> dict[str, Any]:
    return {"labels": POINTS, "contract": nova["contract"], "day": "2026-10-15", "reason": "Haus verkauft"} | over


def rated(world: World, started: datetime) -> Any:
    """An hour of charging at NL-0417, 10 kWh, priced and posted."""
    ended = started + timedelta(hours=1)
    row = charge(world, started_at=started, ended_at=ended, full_at=ended, energy_wh=10_000)
    with world.work(world.system()) as work:
        rate(work, row.id)
    return row


def nora_herself(world: World, nova: dict[str, Any]) -> Actor:
    """The new owner as at sign-in."""
    with world.owner() as session:
        user_id = session.scalars(select(User.id).where(User.email == "nora@nova.example")).one()
    with Session(world.database.web) as session:
        return load_actor(session, user_id, partner_code=nova["partner"].code)


def secret_link(world: World, row: ChargingSession) -> str:
    """Give a session a secret link; the secret."""
    secret = "s" * 43
    with world.owner() as session:
        session.execute(update(ChargingSession).where(ChargingSession.id == row.id).values(secret_hash=token_hash(secret)))
    return secret


def ask(pages: Pages, world: World, nova: dict[str, Any]) -> str:
    """Carla asks; the key of what waits."""
    assert pages.as_("carla").post(path(world), form(nova) | {"confirm": "1"}).status == 303
    with world.owner() as session:
        return str(session.scalars(select(Handover.id).where(Handover.state == "waiting")).one())


def test_a_property_moves_on_the_fifteenth(pages: Pages, world: World, nova: dict[str, Any]) -> None:
    carla, theirs = pages.as_("carla"), f"/partner/{world.cast.partners['sommer'].code}/charge-points"
    told = carla.post(path(world), form(nova))
    assert "Café Sommer, Marktplatz" in told.words
    assert "Etiketten und QR-Codes bleiben gültig" in told.words
    assert "15.10.2026" in told.words
    with world.owner() as session:
        assert session.scalars(select(Handover)).all() == [], "only told so far"
    waiting = ask(pages, world, nova)
    assert carla.post(f"{path(world)}/{waiting}/agree").status == 409, "her own wish"
    assert pages.as_("theo").post(f"{path(world)}/{waiting}/agree").status == 403
    assert pages.as_("conrad").post(f"{path(world)}/{waiting}/agree").status == 303
    assert "Ab 15.10.2026 gehören 3 Ladestationen nicht mehr Ihnen: NL-0417 , NL-0418 , NL-0450" in pages.as_("olga").get(theirs).words
    early = pages.nobody()
    assert early.sign_in("nora@nova.example").status == 303
    for place in ("/charge-points", "/"):
        said = early.get(f"/partner/{nova['partner'].code}{place}").words
        assert "Ab 15 Okt. 2026 gehören Ihnen 3 Ladestationen: NL-0417 , NL-0418 , NL-0450" in said, said
    assert early.get(f"/partner/{nova['partner'].code}/charge-points/NL-0417").status == 404, "not yet"
    assert "Ab 15.10.2026" not in pages.as_("willi").get(f"/partner/{world.cast.partners['winter'].code}/charge-points").words
    before = rated(world, MIDNIGHT - timedelta(minutes=30))
    assert before.partner_id == world.cast.partners["sommer"].id, "it began on the 14th and ends on the 15th"
    assert pages.nobody().get("/q/NL-0417-1").status == 200
    world.clock.set(MIDNIGHT.replace(hour=23))
    with world.work(world.system()) as work:
        assert turn_day(work) == 3
    after = rated(world, MIDNIGHT)
    assert after.partner_id == nova["partner"].id
    assert pages.nobody().get("/q/NL-0417-1").status == 200, "the label opens the same page"
    nora = pages.nobody()
    assert nora.sign_in("nora@nova.example").status == 303
    mine = f"/partner/{nova['partner'].code}/charge-points"
    assert "NL-0417" in nora.get(mine).words
    assert "Ab 15 Okt." not in nora.get(mine).words
    olga = pages.as_("olga")
    assert olga.get(theirs).status == 200
    assert "NL-0417" not in olga.get(theirs).words
    assert olga.get(f"{theirs}/NL-0417").status == 404
    rows = {}
    for partner, who in ((world.cast.partners["sommer"], "olga"), (nova["partner"], nora_herself(world, nova))):
        with world.work(world.system()) as work:
            built = build(work.session, partner, Month(2026, 10), "EUR")
        with world.work(who) as work:
            assert build(work.session, partner, Month(2026, 10), "EUR").answer == built.answer, "the account sees what staff see"
        rows[partner.name] = [row["id"] for row in built.answer["rows"]]
    assert rows == {"Sommer": [before.code], "Nova": [after.code]}, "both statements are cut at midnight"
    sessions = theirs.replace("charge-points", "sessions")
    assert "NL-0417/1" in olga.get(f"{sessions}/{before.code}").words, "what was charged at it before stays in sight"
    assert "NL-0417/1" in olga.get(sessions).words
    assert olga.get(f"{sessions}/{after.code}").status == 404
    assert pages.nobody().get(f"/s/{secret_link(world, before)}/receipt").status == 200, "and the driver's link still opens"


def test_electricity_rates_and_receipts_go_with_the_place(pages: Pages, world: World, nova: dict[str, Any]) -> None:
    """The price that counts on the day goes along, older ones stay with who paid them; a driver of the old holder finds the receipt."""
    with world.work("carla") as work:
        first, then, last = (
            RateVersionInput(first_day=day, vat_pct=Decimal(19), windows=(Window(gross=Decimal(gross)),))
            for day, gross in ((date(2026, 8, 1), "0.119"), (date(2026, 10, 14), "0.238"), (date(2026, 11, 1), "0.357"))
        )
        code = create_rate(work, RateInput(place="NL-0417", name="Strom", prices=first))
        add_rate_version(work, code, then)
        add_rate_version(work, code, last)
    site = pages.as_("olga").get(f"/partner/{world.cast.partners['sommer'].code}/electricity-rates/{code}")
    assert [gross in site.words for gross in ("0,119", "0,238", "0,357")] == [True, True, True]
    before = paid_by_card(world, rated(world, NOW - timedelta(hours=3)), "4242")
    waiting = ask(pages, world, nova)
    assert pages.as_("conrad").post(f"{path(world)}/{waiting}/agree").status == 303
    world.clock.set(MIDNIGHT.replace(hour=23))
    with world.work(world.system()) as work:
        turn_day(work)
    nora = pages.nobody()
    nora.sign_in("nora@nova.example")
    mine = nora.get(f"/partner/{nova['partner'].code}/electricity-rates/{code}")
    assert [gross in mine.words for gross in ("0.119", "0.238", "0.357")] == [False, True, True], mine.words
    olga, theirs = pages.as_("olga"), f"/partner/{world.cast.partners['sommer'].code}/electricity-rates"
    assert code not in olga.get(theirs).words
    assert olga.get(f"{theirs}/{code}").status == 404
    driver = pages.nobody()
    asked = {"label": "NL-0417/1", "day": "2026-10-14", "last4": "4242"}
    assert driver.post("/receipts", asked).location == "/receipts/found"
    assert driver.get("/receipts/found").status == 200
    assert before.code in driver.get("/receipts/found").words
    assert pages.nobody().post("/receipts", asked | {"day": "2026-10-15"}).status == 422


def paid_by_card(world: World, row: Any, last4: str) -> Any:
    """A captured payment of a session by that card."""
    with world.owner() as session:
        session.add(
            payment := Payment(
                id=uuid7(), operator_id=row.operator_id, partner_id=row.partner_id, session_id=row.id, provider="test", key=row.code,
                state="charged", currency="EUR", hold_minor=4000, captured_minor=row.gross_minor, card_last4=last4, created_at=NOW,
            )
        )  # fmt: skip
        session.flush()
        session.execute(update(ChargingSession).where(ChargingSession.id == row.id).values(payment_id=payment.id))
    return row


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"labels": []}, "labels"),
        ({"labels": ["NL-0501"]}, "labels"),
        ({"contract": "C-000000"}, "contract"),
        ({"day": "2026-10-14"}, "day"),
        ({"day": "2026-07-01"}, "day"),
        ({"reason": ""}, "reason"),
    ],
)
def test_422_names_the_field_and_moves_nothing(
    pages: Pages, world: World, nova: dict[str, Any], change: dict[str, Any], field: str
) -> None:
    seen = pages.as_("carla").post(path(world), form(nova) | change)
    assert seen.status == 422
    assert [a["href"] for a in seen.soup.select("#problem-summary a")] == [f"#{field}"]
    with world.owner() as session:
        assert session.scalars(select(Handover)).all() == []


def test_refused_or_overtaken_nothing_moves(pages: Pages, world: World, nova: dict[str, Any]) -> None:
    conrad, waiting = pages.as_("conrad"), ask(pages, world, nova)
    world.clock.move(days=3)
    conrad = pages.as_("conrad")
    assert conrad.post(f"{path(world)}/{waiting}/agree").status == 409, "the day has passed"
    assert conrad.post(f"{path(world)}/{waiting}/refuse").status == 303
    assert conrad.post(f"{path(world)}/{waiting}/agree").status == 409
    assert conrad.post(f"/cpo/partners/{nova['partner'].code}/hand-over/{waiting}/agree").status == 404
    with world.owner() as session:
        ends = session.scalars(select(Assignment.valid_until).where(Assignment.partner_id == world.cast.partners["sommer"].id)).all()
        assert set(ends) == {None}
    assert pages.as_("theo").get(path(world)).status == 403
    assert pages.as_("carla").get("/cpo/partners/P-000000/hand-over").status == 404
    with world.owner() as session, pytest.raises(Exception, match="ck_handover_two"):
        session.execute(text("update handover set state = 'agreed', decided_by = asked_by"))


def test_sub_operators_and_those_in_their_care_see_their_own_level_only(pages: Pages, world: World) -> None:
    kueste, sommer = world.cast.partners["kueste"], world.cast.partners["sommer"]
    seen = pages.as_("silke").get(f"/partner/{kueste.code}/partners")
    assert [a.get_text() for a in seen.soup.select("main tbody th a")] == ["Sommer"]
    assert pages.as_("olga").get(f"/partner/{sommer.code}/partners").status == 403
    assert pages.as_("olga").get(f"/partner/{kueste.code}/partners").status == 404
    with world.owner() as session:
        upward = make.contract(session, kueste, date(2026, 8, 1), NOW).id
    for who, expected in (("olga", 1), ("silke", 2), ("willi", 1)):
        with world.tenant(world.actor(who)) as session:
            ids = session.scalars(select(ContractVersion.id)).all()
            assert len(ids) == expected, who
            assert (upward in ids) is (who == "silke")
