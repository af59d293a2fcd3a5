"""B27: commands from staff's pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from app.domain.network.commands import number_of
from app.domain.network.models import StationCommand
from tests.cast import NOW
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


def test_what_is_not_granted_stands_greyed_once_with_the_reason(pages: Pages) -> None:
    in_motion(pages.world)
    seen = pages.as_("aylin").get(PAGE)
    greyed = [button.get_text(strip=True) for button in seen.soup.select("button[disabled][aria-describedby=not-granted]")]
    assert greyed == [
        "Start charging", "Limit charging", "Lift the limit", "Read the schedule", "Reserve", "Cancel the reservation", "Update firmware",
        "Put into service", "Take out of service", "Read the configuration",
    ]  # fmt: skip
    assert seen.one("#not-granted").get_text(strip=True) == "Your role does not include these commands."


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


UNTIL = (NOW.astimezone(ZoneInfo("Europe/Berlin")) + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M")


@pytest.mark.parametrize(
    ("action", "evse", "typed", "params"),
    [
        ("set_profile", 1, {"limit": "10.5", "unit": "A", "until": UNTIL}, {"limit": "10.5", "unit": "A"}),
        ("reserve", 1, {"card": "NLT-CARD-0001", "until": UNTIL}, {"id_token": "NLT-CARD-0001"}),
        ("firmware", None, {"url": "https://example.org/fw.bin", "at": ""}, {"url": "https://example.org/fw.bin", "at": NOW.isoformat()}),
        ("get_schedule", 1, {}, {}),
        ("clear_profile", 1, {}, {}),
        ("reconnect", None, {}, {}),
    ],
)
def test_commands_that_need_to_know_more(
    pages: Pages, action: str, evse: int | None, typed: dict[str, str], params: dict[str, str]
) -> None:
    in_motion(pages.world)
    assert _ask(pages.as_("theo"), action, evse, **typed)[0] == 303
    with pages.world.owner() as session:
        wish = session.scalars(select(StationCommand)).one()
    # typed by the clock at the charge point, kept in UTC
    until = {"until": (NOW + timedelta(hours=2)).replace(second=0, microsecond=0).isoformat()} if "until" in typed else {}
    assert (wish.action, wish.params, wish.evse_id is None) == (action, params | until, evse is None)


@pytest.mark.parametrize(
    ("action", "typed", "field"),
    [
        ("set_profile", {"limit": "", "unit": "A", "until": UNTIL}, "limit"),
        ("set_profile", {"limit": "1001", "unit": "A", "until": UNTIL}, "limit"),
        ("set_profile", {"limit": "ten", "unit": "A", "until": UNTIL}, "limit"),
        ("set_profile", {"limit": "10", "unit": "kW", "until": UNTIL}, "unit"),
        ("set_profile", {"limit": "10", "unit": "A", "until": ""}, "until"),
        ("set_profile", {"limit": "10", "unit": "A", "until": "2020-01-01T10:00"}, "until"),
        ("reserve", {"card": "", "until": UNTIL}, "card"),
        ("reserve", {"card": "X", "until": "2099-01-01T10:00"}, "until"),
        ("firmware", {"url": "javascript:alert(1)"}, "url"),
        ("firmware", {"url": "https://"}, "url"),
        ("firmware", {"url": "https://example.org/f", "at": "2020-01-01T10:00"}, "at"),
    ],
)
def test_a_command_that_cannot_be_names_the_field_and_is_not_sent(pages: Pages, action: str, typed: dict[str, str], field: str) -> None:
    in_motion(pages.world)
    theo = pages.as_("theo")
    key = theo.get(f"{PAGE}/{action}?evse=1").one("#one_time_key")["value"]
    seen = theo.post(f"{PAGE}/{action}", {"one_time_key": key, "evse": "" if action == "firmware" else "1"} | typed)
    assert seen.status == 422
    assert seen.one(f"#{field}")["aria-invalid"] == "true"
    with pages.world.owner() as session:
        assert session.scalars(select(StationCommand)).all() == []


def test_a_reservation_is_shown_until_it_is_cancelled(pages: Pages) -> None:
    in_motion(pages.world)
    theo = pages.as_("theo")
    assert _ask(theo, "cancel_reservation", 1)[0] == 422
    assert _ask(theo, "reserve", 1, card="NLT-CARD-0001", until=UNTIL)[0] == 303
    with pages.world.owner() as session:
        kept = session.scalars(select(StationCommand)).one()
        kept.state = "accepted"
        number = number_of(kept.id)
    assert "Reserved for NLT-CARD-0001 until" in theo.get(PAGE).words
    assert _ask(theo, "cancel_reservation", 1)[0] == 303
    with pages.world.owner() as session:
        freed = session.scalars(select(StationCommand).where(StationCommand.action == "cancel_reservation")).one()
        assert freed.params["reservation_id"] == number
        freed.state = "accepted"
    assert "Reserved for" not in theo.get(PAGE).words


def test_what_the_charge_point_answered_about_a_limit_stands_in_the_log(pages: Pages) -> None:
    in_motion(pages.world)
    theo = pages.as_("theo")
    _ask(theo, "set_profile", 1, limit="10", unit="A", until=UNTIL)
    periods = [{"startPeriod": 0, "limit": 32.0}, {"startPeriod": "odd"}]
    with pages.world.owner() as session:
        wish = session.scalars(select(StationCommand)).one()
        wish.state, wish.reason = "accepted", "not_followed"
        wish.answer = {"unit": "A", "limit": "10.0", "schedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": periods}}
    words = theo.get(PAGE).words
    assert "10 A per phase until" in words
    assert "but its schedule allows more" in words
    assert "32 A per phase" in words


def _told(pages: Pages, answer: dict[str, Any]) -> None:
    with pages.world.owner() as session:
        place = pages.world.cast.stations["NL-0417"]
        session.add(
            StationCommand(
                operator_id=place.operator_id, partner_id=place.partner_id, station_id=place.id, action="read_config", params={},
                state="accepted", one_time_key=str(answer)[:60], requested_name="test", created_at=NOW, expires_at=NOW, answered_at=NOW,
                answer=answer,
            )
        )  # fmt: skip


def test_t37_the_configuration_is_shown_with_nulls_and_unknown_keys_but_no_password(pages: Pages) -> None:
    in_motion(pages.world)
    theo, address = pages.as_("theo"), "/cpo/charge-points/NL-0417/configuration"
    assert "Not read yet." in theo.get(address).words
    keys = [
        {"key": "HeartbeatInterval", "readonly": False, "value": "300"},
        {"key": "X-Odd", "readonly": True, "value": None},
        {"key": "AuthorizationKey", "readonly": False, "value": "s3cret-key"},
        "nonsense",
    ]
    _told(pages, {"configurationKey": keys, "unknownKey": ["Gone"]})
    rows = {row.th.get_text(strip=True): row.get_text(" ", strip=True) for row in theo.get(address).soup.select("tbody tr")}
    assert list(rows) == ["AuthorizationKey", "Gone", "HeartbeatInterval", "X-Odd"]
    assert "s3cret" not in rows["AuthorizationKey"]
    assert "does not know it" in rows["Gone"]
    assert "300 yes" in rows["HeartbeatInterval"]
    assert "no value no" in rows["X-Odd"]
    assert [row.th.get_text(strip=True) for row in theo.get(f"{address}?q=heart").soup.select("tbody tr")] == ["HeartbeatInterval"]
    assert pages.as_("aylin").get(address).status == 403


def test_t37_a_report_of_201_names_part_kind_and_unit(pages: Pages) -> None:
    in_motion(pages.world)
    entry = {
        "component": {"name": "EVSE", "evse": {"id": 2}}, "variable": {"name": "Power"}, "variableCharacteristics": {"unit": "W"},
        "variableAttribute": [{"value": "7400", "mutability": "ReadOnly"}, {"type": "MaxSet", "value": "11000"}],
    }  # fmt: skip
    _told(pages, {"status": "Accepted", "parts": {"0": [entry]}})
    seen = pages.as_("theo").get("/cpo/charge-points/NL-0417/configuration")
    assert "Parts of it have not come yet." in seen.words
    assert [" ".join(row.get_text(" ").split()) for row in seen.soup.select("tbody tr")] == [
        "Power EVSE EVSE 2 7400 W no", "Power MaxSet EVSE EVSE 2 11000 W –",
    ]  # fmt: skip
