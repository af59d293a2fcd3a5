"""``station add``, ``station import`` and ``station list``."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.ocpp.cli import station
from tests.ocpp.conftest import Base, House, basic


@pytest.fixture
def run(base: Base, monkeypatch: pytest.MonkeyPatch) -> object:
    for name, value in base.settings.environment().items():
        monkeypatch.setenv(name, value)

    def command(*arguments: str) -> Result:
        return CliRunner().invoke(station, [str(each) for each in arguments])

    return command


def test_one_station_is_added_with_a_shown_password(base: Base, run: object) -> None:
    done = run("add", "HARBOUR-7", "--evses", "2", "--current", "DC", "--kw", "150")  # type: ignore[operator]
    assert done.exit_code == 0, done.output
    assert "password (shown only now): " in done.output
    evses = base.rows("select e.* from evse e join station s on s.id = e.station_id where s.identity = 'HARBOUR-7' order by number")
    assert [(e["current"], e["max_w"], e["evse_uid"]) for e in evses] == [
        ("DC", 150_000, "DE*NLT*EHARBOUR7*1"), ("DC", 150_000, "DE*NLT*EHARBOUR7*2")
    ]  # fmt: skip
    assert run("add", "HARBOUR-7").exit_code == 1  # type: ignore[operator]


async def test_an_added_station_may_connect_at_once(house: House, run: object) -> None:
    done = run("add", "NEW-1", "--password", "with:colon-and-more")  # type: ignore[operator]
    assert done.exit_code == 0, done.output
    from websockets.asyncio.client import connect

    async with connect(house.url("NEW-1"), subprotocols=["ocpp1.6"], additional_headers=basic("NEW-1", "with:colon-and-more")):
        pass


def test_five_thousand_rows_take_less_than_ten_seconds(base: Base, run: object, tmp_path: Path) -> None:
    file = tmp_path / "stations.csv"
    file.write_text("id,password\n" + "".join(f"LOAD{n:06d},secret-{n:08d}\n" for n in range(5000)))
    began = time.monotonic()
    done = run("import", file)  # type: ignore[operator]
    took = time.monotonic() - began
    assert (done.exit_code, done.output.splitlines()[0]) == (0, "5000 charge point(s) registered")
    assert took < 10
    assert base.row("select count(*) as n from connector c join station s on s.id = c.station_id where s.label like 'LOAD%'")["n"] == 5000
    assert base.row("select count(*) as n from audit_entry where act = 'StationRegistered'")["n"] == 5000


def test_no_text_and_no_database_are_one_sentence(run: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "stations.xlsx"
    file.write_bytes(b"PK\xff\xfe\x00")
    done = run("import", file)  # type: ignore[operator]
    assert (done.exit_code, done.output) == (1, f"Error: {file} is not UTF-8 text.\n")
    monkeypatch.setenv("VOLTPACT_WORKER_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    for command in (["list"], ["add", "A-1"]):
        done = run(*command)  # type: ignore[operator]
        assert done.exit_code == 1
        assert done.output.startswith("Error: the database refuses (")


def test_wrong_lines_are_named_and_nothing_is_registered(base: Base, run: object, tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_text("A-1,pw\nA-1,pw\nB 2,pw\nNL-0417,pw\nC-3\nD-4,pw,99\n")
    done = run("import", file)  # type: ignore[operator]
    assert done.exit_code == 1
    for line, text in (
        (2, "stands in line 1"),
        (3, "no charge point identity"),
        (4, "registered already"),
        (5, "id,password"),
        (6, "EVSEs"),
    ):
        assert any(f"bad.csv:{line}: " in each and text in each for each in done.output.splitlines()), (line, done.output)
    assert base.rows("select 1 from station where label like 'A-%'") == []


def test_list_shows_identity_and_contact(run: object) -> None:
    done = run("list")  # type: ignore[operator]
    assert done.exit_code == 0
    assert "NL-0417" in done.output
    assert "not connected" in done.output
