"""Who reserves an EVSE sees before what it costs, for whom and until when; a driver at the label sees until when it is kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from app.demo import builders as make
from app.domain.network.models import StationCommand
from app.domain.sessions.models import IdToken
from app.domain.tariffs.cascade_lines import Line
from tests.cast import NOW, World
from tests.domain.sessions.arrange import in_service
from tests.pages import Pages
from tests.portals.driver.test_explained import someone, words
from tests.portals.test_reserved_sessions import TERMS

#: 14:30 in Berlin
UNTIL = NOW.replace(hour=12, minute=30)


def reserving_costs(world: World, card: str) -> None:
    """At NL-0417/1 the cast's price with 1.00 + 3.00 per reserved hour; for this card's group 9.00 per hour instead."""
    at = world.clock() - timedelta(days=2)
    dear = TERMS | {"elements": [*TERMS["elements"][:1], {**TERMS["elements"][1], "price_components": [
        {"type": "TIME", "price": "9.00", "step_size": 60, "vat": "19"}]}, *TERMS["elements"][2:]]}  # fmt: skip
    with world.owner() as session:
        operator = world.cast.operator
        token = make.add(
            session, IdToken(operator_id=operator.id, value=card, label=card, status="accepted", channel="internal", created_at=at)
        )
        guests = make.user_group(session, operator, "Guests", at, token)
        usual, other = make.tariff(session, operator, "usual", TERMS, at), make.tariff(session, operator, "dear", dear, at)
        group = make.tariff_group(
            session, operator, "Kept", usual, [Line(tariff_id=other.id, user_group_id=guests.id, reason="asked for")], at
        )
        evse = world.cast.evse(session, "NL-0417", 1)
        make.assign_tariff(session, evse, None, at)
        make.assign_group(session, "partner", world.cast.partners["sommer"], group, at)


def kept(world: World, card: str = "NLT-CARD-0001", state: str = "accepted") -> None:
    station = world.cast.stations["NL-0417"]
    with world.owner() as session:
        values: dict[str, Any] = {
            "params": {"id_token": card, "until": UNTIL.isoformat()},
            "state": state,
            "requested_name": "Theo Lindner",
        }
        session.add(
            StationCommand(
                operator_id=station.operator_id, partner_id=station.partner_id, station_id=station.id, action="reserve",
                evse_id=world.cast.evse(session, "NL-0417", 1).id, one_time_key=str(uuid4()), created_at=world.clock(),
                expires_at=world.clock(), **values,
            )
        )  # fmt: skip


def test_the_price_is_shown_before_for_anybody_and_for_a_card(pages: Pages, world: World) -> None:
    in_service(world)
    reserving_costs(world, "GUEST-1")
    theo = pages.as_("theo")
    asked = "/cpo/charge-points/NL-0417/commands/reserve?evse=1"
    shown = words(theo.get(asked))
    for part in (
        "Reservierungsgebühr: 1,00 €",
        "Reservierte Zeit: 0,05 €",
        "ohne Karte",
        "Kommt niemand, wird nichts berechnet.",
    ):
        assert part in shown, (part, shown)
    seen = theo.get(f"{asked}&card=guest-1")
    assert "Reservierte Zeit: 0,15 €" in words(seen)
    assert "Inklusive MwSt., für die Karte guest-1." in words(seen)
    assert seen.one("#card")["value"] == "guest-1"


def test_the_charge_point_lists_who_it_is_kept_for_by_right(pages: Pages, world: World) -> None:
    in_service(world)
    theo, page = pages.as_("theo"), "/cpo/charge-points/NL-0417"
    empty = theo.get(page)
    assert "Keine Reservierungen." in words(empty)
    assert {a["href"] for a in empty.soup.select("#reservations a.btn")} == {f"{page}/commands/reserve?evse={n}" for n in (1, 2)}
    kept(world)
    shown = theo.get(page).one("#reservations")
    assert "NL-0417/1 Reserviert für NLT-CARD-0001 bis" in " ".join(shown.get_text(" ").split())
    assert shown.select(f'a[href="{page}/commands/cancel_reservation?evse=1"]')
    assert not shown.select(f'a[href="{page}/commands/reserve?evse=1"]')
    # who may look and not command sees it without buttons
    carla = pages.as_("carla").get(page).one("#reservations")
    assert "NLT-CARD-0001" in carla.get_text()
    assert not carla.select("a")


@pytest.mark.parametrize(("state", "words_of"), [("accepted", "Reserviert bis 14:30"), ("rejected", None)])
def test_the_label_says_until_when(pages: Pages, world: World, state: str, words_of: str | None) -> None:
    in_service(world, status="Reserved")
    kept(world, state=state)
    for path in ("/q/NL-0417-1", "/q/NL-0417-1/state"):
        shown = words(someone(pages).get(path))
        assert "NLT-CARD-0001" not in shown
        assert (words_of in shown) if words_of else "Reserviert bis" not in shown, shown
