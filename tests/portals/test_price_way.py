"""A session's page names the level and the line of the tariff group that chose its price, as long as the records lead there."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app.demo import builders as make
from app.demo.cast import AC_TERMS
from app.domain.sessions.models import ChargingSession, IdToken
from app.domain.sessions.terms import Start, terms_at_start
from app.domain.tariffs.cascade_lines import ADHOC, Line, Who
from tests.cast import World
from tests.domain.sessions.arrange import PLUGGED, charge, evse_id
from tests.pages import Pages, Seen

AT = datetime(2026, 7, 1, tzinfo=UTC)
STAFF_TERMS = AC_TERMS | {"elements": [{"price_components": [{"type": "ENERGY", "price": "0.25", "step_size": 1, "vat": "19"}]}]}


def words(seen: Seen) -> str:
    return seen.words.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.fixture
def group(world: World) -> tuple[str, UUID]:
    """At the location: employees (card DEMO0001) pay 0.25, all others AC standard; EVSEs have nothing of their own. Code, people."""
    with world.owner() as session:
        owner = world.cast.operator
        card = make.add(session, IdToken(operator_id=owner.id, value="DEMO0001", channel="internal", status="accepted", created_at=AT))
        people = make.user_group(session, owner, "Belegschaft", AT, card)
        staff = make.tariff(session, owner, "Mitarbeiter", STAFF_TERMS, AT)
        lines = [
            Line(tariff_id=world.cast.tariffs["dc"].id, channels=("roaming",), reason="roaming contract"),
            Line(tariff_id=staff.id, user_group_id=people.id, reason="part of the pay"),
        ]
        made = make.tariff_group(session, owner, "Marktplatz", world.cast.tariffs["ac"], lines, AT)
        session.execute(text("delete from tariff_assignment"))
        make.assign_group(session, "location", world.cast.locations["marktplatz"], made, AT)
        return made.code, people.id


def charged(world: World, who: Who, **over: Any) -> ChargingSession:
    """A session with the terms that this driver had at its start."""
    start = Start(world.cast.stations["NL-0417"].id, evse_id(world), PLUGGED, who)
    with world.owner() as session:
        terms = terms_at_start(session, [start])[start]
    return charge(world, tariff_version_id=terms.tariff_version_id, tariff=terms.tariff, **over)


def test_the_line_that_fitted_is_named_with_its_reason_and_the_way(pages: Pages, world: World, group: tuple[str, UUID]) -> None:
    row = charged(world, Who("rfid", None, (group[1],)))
    seen = pages.as_("fiona").get(f"/cpo/sessions/{row.code}")
    shown = " ".join(seen.one("#price-way").get_text(" ").split())
    assert shown.startswith("Gewählt durch die Tarifgruppe Marktplatz , Fassung 1, Zeile 2: Gruppe Belegschaft"), shown
    assert "Grund für den Unterschied: part of the pay" in shown
    assert seen.one("#price-way a")["href"] == f"/cpo/tariff-groups/{group[0]}"
    assert "Standort Marktplatz" in " ".join(seen.one("#price-way .wins").get_text(" ").split())
    moritz = pages.as_("moritz").get(f"/partner/{world.cast.partners['sommer'].code}/sessions/{row.code}")
    assert "Zeile 2" in moritz.one("#price-way").get_text()
    assert not moritz.soup.select("#price-way a")


@pytest.mark.usefixtures("group")
def test_a_stranger_at_the_label_pays_as_everyone_else(pages: Pages, world: World) -> None:
    row = charged(world, ADHOC, id_token="QRUNKNOWN", flags=["unknown_tag"])
    assert "letzte Zeile: alle anderen" in pages.as_("fiona").get(f"/cpo/sessions/{row.code}").one("#price-way").get_text()


def test_an_evses_own_sheet(pages: Pages, world: World) -> None:
    row = charge(world)
    seen = pages.as_("aylin").get(f"/cpo/sessions/{row.code}")
    assert "Gewählt als eigener Tarif des Ladepunkts." in " ".join(seen.one("#price-way").get_text(" ").split())


def test_where_two_lines_lead_there_the_card_decides_or_nothing_is_claimed(pages: Pages, world: World, group: tuple[str, UUID]) -> None:
    """Both lines lead to the employees' sheet; the card was in the group, so it was line 2. If it had left before, nobody could say."""
    row = charged(world, Who("rfid", None, (group[1],)))
    with world.owner() as session:
        session.execute(text("set local session_replication_role = replica"))
        session.execute(text("update tariff_group_line set tariff_id = (select id from tariff where name = 'Mitarbeiter')"))
    fiona = pages.as_("fiona")
    assert "Zeile 2" in fiona.get(f"/cpo/sessions/{row.code}").one("#price-way").get_text()
    with world.owner() as session:
        session.execute(text("update user_group_token set until = since + interval '1 day'"))
    seen = fiona.get(f"/cpo/sessions/{row.code}")
    assert seen.status == 200
    assert not seen.soup.select("#price-way")
    assert "Mitarbeiter" in words(seen)
