"""P1, P2: the partner's own sites and charge points, commands as granted; strangers find nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from app.domain.network.commands import RIGHTS
from app.domain.network.models import StationCommand
from app.domain.sessions.actions import rate
from tests.cast import NOW
from tests.domain.sessions.arrange import charge
from tests.pages import Pages
from tests.portals.network_places import all_speak_english, in_motion


@pytest.fixture(autouse=True)
def _english(pages: Pages) -> None:
    all_speak_english(pages.world)


def _base(pages: Pages, account: str = "sommer") -> str:
    return f"/partner/{pages.world.cast.partners[account].code}"


def test_the_overview_says_whether_all_is_well(pages: Pages) -> None:
    in_motion(pages.world)
    seen = pages.as_("moritz").get(_base(pages) + "/")
    assert seen.heading == "Sommer"
    assert "Free 1 Charging 1 No connection 2 Not yet in service 1" in seen.words
    assert "Sessions today" in seen.words
    assert "October 2026" in seen.words
    assert "No connection 2 connectors" in seen.words
    assert seen.stream == f"/live{_base(pages)}?watch=none"
    assert pages.as_("moritz").htmx(_base(pages) + "/overview/tiles").text.strip().startswith('<div id="overview-tiles"')


def test_the_overview_says_what_the_owner_has_to_do_and_how_last_month_was(pages: Pages) -> None:
    """A charge of September and none in October; the demo's contract was never accepted in the portal, no bank account entered."""
    charge(pages.world, "NL-0417", started_at=NOW - timedelta(days=30), ended_at=NOW - timedelta(days=30) + timedelta(hours=1))
    seen = pages.as_("olga").get(_base(pages) + "/")
    assert "For you to do" in seen.words
    assert "is not accepted yet" in seen.words
    assert "There is no bank account" in seen.words
    assert "September 2026: 1" in seen.words
    manager = pages.as_("toni").get(_base(pages) + "/").words
    assert "For you to do" not in manager


def test_the_overview_says_what_the_month_may_bring_and_how_full_the_points_are(pages: Pages) -> None:
    """10.31 in 13 d 14 h 05 min of 31 days and 1 h (summer time ends): 10.31 × 44,700 ÷ 19,565 min = 23.555…

    NL-0417 and NL-0418 have two EVSEs, NL-0450 one: 5 × 19,565 min. One charge took 275 min, one began two hours before midnight
    of the 1st and ended four hours after it: 240 min of this month. 515 ÷ 97,825 = 0.526 %.
    """
    started = NOW - timedelta(hours=5)
    row = charge(
        pages.world, "NL-0417", started_at=started, full_at=started + timedelta(minutes=190), ended_at=started + timedelta(minutes=275)
    )
    with pages.world.work(pages.world.system()) as work:
        rate(work, row.id)
    first = datetime(2026, 9, 30, 22, tzinfo=UTC)
    charge(pages.world, "NL-0418", started_at=first - timedelta(hours=2), ended_at=first + timedelta(hours=4))
    words = pages.as_("olga").get(_base(pages) + "/").words
    assert "may become €23.56 if the month goes on like this" in words
    assert "Occupancy in October 2026 0.5% of the time of 5 EVSEs" in words
    assert "Next statement 1 Nov 2026 October 2026: once the month is closed, from 1 Nov 2026 on" in words
    pages.world.clock.set(datetime(2026, 10, 3, 12, tzinfo=UTC))
    assert "a forecast from the 4th on" in pages.as_("olga").get(_base(pages) + "/").words


def test_the_overview_names_what_is_out_of_order_and_until_when_an_answer_is_due(pages: Pages) -> None:
    in_motion(pages.world)
    words = pages.as_("willi").get(_base(pages, "winter") + "/").words
    assert "NL-0501 is out of order since 14 Oct 2026, 13:35" in words
    assert "an answer" not in words
    assert "NL-0501" not in pages.as_("olga").get(_base(pages) + "/").words


def test_the_overview_names_sites_where_nobody_charges(pages: Pages) -> None:
    in_motion(pages.world)
    site = pages.world.cast.locations["marktplatz"]
    for label in pages.world.cast.stations:
        charge(pages.world, label, started_at=NOW - timedelta(days=4), ended_at=NOW - timedelta(days=4) + timedelta(hours=1))
    with pages.world.owner() as session:
        session.execute(text("update charging_session set started_at = started_at - interval '5 days'"))
    seen = pages.as_("olga").get(_base(pages) + "/")
    assert f"No session for 3 days: {site.name}" in seen.words
    assert seen.one(f'.tasks a[href="{_base(pages)}/locations/{site.code}"]')
    charge(pages.world, "NL-0417", started_at=NOW - timedelta(days=2), ended_at=NOW)
    assert "No session for 3 days" not in pages.as_("olga").get(_base(pages) + "/").words


def test_technicians_see_no_amounts_and_accountants_no_network(pages: Pages) -> None:
    in_motion(pages.world)
    technician = pages.as_("toni").get(_base(pages) + "/").words
    assert "Your part" not in technician
    assert "Charging 1" in technician
    accountant = pages.as_("pia").get(_base(pages) + "/").words
    assert "Connectors now" not in accountant


@pytest.mark.parametrize("path", ["/locations", "/charge-points", "/charge-points/NL-0417", "/charge-points/NL-0417/commands", "/"])
def test_strangers_find_nothing(pages: Pages, path: str) -> None:
    assert pages.as_("willi").get(_base(pages) + path).status == 404
    assert pages.nobody().get(_base(pages) + path).location.startswith("/sign-in")


def test_a_foreign_charge_point_does_not_exist_in_the_own_account(pages: Pages) -> None:
    willi, base = pages.as_("willi"), _base(pages, "winter")
    assert willi.get(base + "/charge-points/NL-0501").status == 200
    for path in ("/charge-points/NL-0417", "/charge-points/NL-0417/commands", "/charge-points/NL-0417/commands/unlock?evse=1"):
        assert willi.get(base + path).status == 404
    site = pages.world.cast.locations["marktplatz"].code
    assert willi.get(f"{base}/locations/{site}").status == 404
    assert "NL-0417" not in willi.get(base + "/charge-points").text


def test_own_pages_carry_own_addresses(pages: Pages) -> None:
    in_motion(pages.world)
    base = _base(pages)
    seen = pages.as_("moritz").get(base + "/charge-points/NL-0417")
    assert seen.heading == "NL-0417"
    assert seen.stream == f"/live{base}?watch=card,head&of=NL-0417"
    assert not [a["href"] for a in seen.soup.select("#main a[href]") if a["href"].startswith("/cpo")]
    assert "Add EVSEs" not in seen.words
    listed = pages.as_("moritz").get(base + "/charge-points")
    assert [a["href"] for a in listed.soup.select("table.stations tbody th a")] == [
        f"{base}/charge-points/NL-{n}" for n in ("0417", "0418", "0450")
    ]


def test_the_sub_operator_sees_the_partners_in_its_care(pages: Pages) -> None:
    words = pages.as_("silke").get(_base(pages, "kueste") + "/charge-points").words
    assert "NL-0417" in words
    assert "NL-0501" not in words


def test_commands_as_the_contract_grants_them(pages: Pages) -> None:
    in_motion(pages.world)
    moritz, address = pages.as_("moritz"), _base(pages) + "/charge-points/NL-0417/commands"
    seen = moritz.get(f"{address}/unlock?evse=1")
    key = seen.one("#one_time_key")["value"]
    assert moritz.post(f"{address}/unlock", {"one_time_key": key, "evse": "1"}).location == address
    with pages.world.owner() as session:
        assert session.scalars(select(StationCommand.action)).all() == ["unlock"]


def test_what_the_contract_does_not_grant_is_greyed_with_the_reason(pages: Pages) -> None:
    in_motion(pages.world)
    willi, address = pages.as_("willi"), _base(pages, "winter") + "/charge-points/NL-0501/commands"
    seen = willi.get(address)
    assert seen.status == 200
    assert "Your contract or your role does not include these commands." in seen.words
    assert not seen.soup.select(".command-buttons a, .command-buttons button:not([disabled])")
    assert len(seen.soup.select(".command-buttons button[disabled]")) == len(RIGHTS)
    stranger, foreign = pages.as_("moritz"), _base(pages) + "/charge-points/NL-0501/commands"
    for action in RIGHTS:
        assert willi.get(f"{address}/{action}?evse=1").status == 403
        assert willi.post(f"{address}/{action}", {"one_time_key": "0" * 32, "evse": "1"}).status == 403
        assert stranger.get(f"{foreign}/{action}?evse=1").status == 404
        assert stranger.post(f"{foreign}/{action}", {"one_time_key": "0" * 32, "evse": "1"}).status == 404
    with pages.world.owner() as session:
        assert session.scalars(select(StationCommand)).all() == []
