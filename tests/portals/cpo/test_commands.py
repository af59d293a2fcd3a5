"""B27: commands from staff's pages."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.domain.network.models import StationCommand
from tests.pages import Pages, Visitor
from tests.portals.network_places import all_speak_english, in_motion


@pytest.fixture(autouse=True)
def _english(pages: Pages) -> None:
    all_speak_english(pages.world)


PAGE = "/cpo/charge-points/NL-0417/commands"


def _ask(visitor: Visitor, action: str, evse: int | None = None, **typed: str) -> tuple[int, str]:
    seen = visitor.get(f"{PAGE}/{action}" + (f"?evse={evse}" if evse else ""))
    assert seen.status == 200, seen.words
    key = seen.one("#one_time_key")["value"]
    data = {"one_time_key": key, "action": action, "evse": str(evse or "")} | typed
    first = visitor.post(f"{PAGE}/{action}", data)
    again = visitor.post(f"{PAGE}/{action}", data)
    assert again.status == first.status
    return first.status, first.words


def test_asking_twice_with_one_form_is_one_wish(pages: Pages) -> None:
    in_motion(pages.world)
    theo = pages.as_("theo")
    assert _ask(theo, "unlock", 1)[0] == 303
    with pages.world.owner() as session:
        wishes = session.scalars(select(StationCommand)).all()
    assert [(w.action, w.state, w.requested_name) for w in wishes] == [("unlock", "queued", "Theo Lindner")]
    seen = theo.get(PAGE)
    row = seen.one(f"#command-{wishes[0].id}")
    assert "Unlock connector NL-0417/1 Queued" in " ".join(row.get_text(" ").split())


def test_questions_go_at_once_and_a_restart_asks_first(pages: Pages) -> None:
    in_motion(pages.world)
    theo = pages.as_("theo")
    seen = theo.get(PAGE)
    asks = [a["href"] for a in seen.soup.select(".command-buttons a")]
    assert f"{PAGE}/reset_soft" in asks
    assert f"{PAGE}/unlock?evse=2" in asks
    form = seen.soup.select_one(f'form[action="{PAGE}/trigger_status"]')
    assert form is not None
    key = form.select_one("[name=one_time_key]")
    assert key is not None
    assert theo.post(f"{PAGE}/trigger_status", {"one_time_key": key["value"]}).status == 303
    assert "Restart: NL-0417?" in theo.get(f"{PAGE}/reset_soft").heading


def test_a_start_wants_a_card(pages: Pages) -> None:
    in_motion(pages.world)
    theo = pages.as_("theo")
    assert _ask(theo, "remote_start", 1)[0] == 422
    assert _ask(theo, "remote_start", 1, card="NLT CARD")[0] == 422
    assert _ask(theo, "remote_start", 1, card="NLT-CARD-0001")[0] == 303
    with pages.world.owner() as session:
        assert session.scalars(select(StationCommand.params)).one() == {"id_token": "NLT-CARD-0001"}


def test_where_nobody_charges_nothing_can_be_stopped(pages: Pages) -> None:
    in_motion(pages.world)
    status, words = _ask(pages.as_("theo"), "remote_stop", 1)
    assert status == 422
    assert "Nobody charges there at the moment." in words


def test_without_contact_the_log_says_not_sent(pages: Pages) -> None:
    theo = pages.as_("theo")
    assert "would not be sent" in theo.get(f"{PAGE}/reset_soft").words
    _ask(theo, "reset_soft")
    assert "Not sent no connection" in theo.get(PAGE).words


@pytest.mark.parametrize(
    ("who", "action", "status"),
    [
        ("aylin", "unlock", 200),
        ("aylin", "reset_soft", 200),
        ("aylin", "availability_off", 403),
        ("aylin", "remote_start", 403),
        ("fiona", "unlock", 403),
        ("carla", "reset_soft", 403),
        ("anke", "availability_off", 200),
        ("theo", "explode", 404),
    ],
)
def test_who_may_ask_what(pages: Pages, who: str, action: str, status: int) -> None:
    in_motion(pages.world)
    visitor = pages.as_(who)
    assert visitor.get(f"{PAGE}/{action}?evse=1").status == status
    if status == 403:
        assert visitor.post(f"{PAGE}/{action}", {"one_time_key": "0" * 32, "evse": "1", "card": "X"}).status == 403


def test_what_is_missing_is_listed_once(pages: Pages) -> None:
    in_motion(pages.world)
    words = pages.as_("aylin").get(PAGE).words
    assert "Not yours to send: Start charging, Put into service, Take out of service." in words


def test_the_log_is_read_alone(pages: Pages) -> None:
    seen = pages.as_("theo").htmx(PAGE)
    assert seen.text.strip().startswith('<section id="command-log"')


@pytest.mark.parametrize(
    ("label", "reason"),
    [
        ("NL-0418", "No connection now. Commands can be sent when it is back."),
        ("NL-0450", "It has never connected. Commands can be sent once it has."),
    ],
)
def test_a_charge_point_that_is_away_has_its_buttons_greyed_with_the_reason(pages: Pages, label: str, reason: str) -> None:
    in_motion(pages.world)
    seen = pages.as_("theo").get(f"/cpo/charge-points/{label}/commands")
    assert reason in seen.words
    assert seen.soup.select(".command-buttons a") == []
    assert seen.soup.select(".command-buttons button:not([disabled])") == []
    there = pages.as_("theo").get(PAGE)
    assert "Commands can be sent" not in there.words
    assert there.soup.select(".command-buttons button[disabled]") == []
