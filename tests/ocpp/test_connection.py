"""Handshake, liveness and states over a real socket (T01 to T19, T28, T34 of docs/ocpp.md)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import quote

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import CloseCode

from app.ocpp.server import Patience
from tests.ocpp.conftest import PASSWORD, V16, V201, Base, House, ago, basic, stamp


def contact(house: House, label: str = "NL-0417") -> bool:
    sql = "select connected from station_state s join station t on t.id = s.station_id where t.label = :label"
    return bool(house.base.row(sql, label=label)["connected"])


def status(house: House, label: str = "NL-0417") -> str | None:
    sql = "select c.status from connector c join station t on t.id = c.station_id where t.label = :label and c.wire_number = 1"
    found: str | None = house.base.row(sql, label=label)["status"]
    return found


async def test_t01_the_newest_link_wins_and_the_late_end_of_the_old_one_changes_nothing(house: House) -> None:
    async with house.charger() as old, house.charger() as new:
        assert await new.is_alive()
        # the station's boot is asked over the new link
        house.base.run(
            "insert into station_command (id, operator_id, partner_id, station_id, action, params, state, one_time_key, requested_name, "
            "created_at, expires_at) select uuidv7(), operator_id, partner_id, id, 'reset_soft', '{}', 'queued', 'k', 'test', now(), "
            "now() + interval '1 minute' from station where label = 'NL-0417'"
        )
        call = await new.receive()
        assert call[2] == "Reset"
        with pytest.raises(ConnectionClosed):
            await old.connection.recv()
        await asyncio.sleep(0.2)
        assert contact(house)
    await house.base.until(lambda: not contact(house))


@pytest.fixture
async def impatient(base: Base) -> AsyncIterator[House]:
    house = House(base)
    await house.open(Patience(gather_s=0.004, look_s=0.05, ping_after_s=0.3, pong_within_s=0.3, silence_s=1.5, flush_s=5))
    yield house
    await house.worker.close()


async def test_t03_a_dead_socket_is_noticed_and_t02_any_sign_keeps_a_link(impatient: House) -> None:
    async with impatient.charger("NL-0418") as alive, impatient.charger("NL-0417") as dead:
        await asyncio.sleep(0.6)  # both have answered a ping by now
        dead.connection.transport.pause_reading()
        await impatient.base.until(lambda: not contact(impatient, "NL-0417"), 3)
        assert contact(impatient, "NL-0418")
        assert await alive.is_alive()


async def test_t07_a_station_that_never_answers_pings_keeps_its_link_while_it_talks(impatient: House) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", impatient.port)
    lines = [
        "GET /ocpp/NL-0417 HTTP/1.1", "Host: x", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol: ocpp1.6",
        f"Authorization: {basic('NL-0417')['Authorization']}", "", "",
    ]  # fmt: skip
    writer.write("\r\n".join(lines).encode())
    await reader.readuntil(b"\r\n\r\n")
    heartbeat = json.dumps([2, "h", "Heartbeat", {}]).encode()
    for _ in range(5):  # 2 seconds: longer than ping, pong and silence together, but never silent for long
        await asyncio.sleep(0.5)
        writer.write(bytes([0x81, 0x80 | len(heartbeat), 0, 0, 0, 0]) + heartbeat)
        assert contact(impatient)
    writer.close()
    await impatient.base.until(lambda: not contact(impatient))


async def test_t07_pings_can_be_switched_off_for_a_station(impatient: House) -> None:
    impatient.base.run("update station set ping_seconds = 0 where label = 'NL-0417'")
    await impatient.worker.stations.refresh(str(impatient.base.cast.stations["NL-0417"].id))
    async with impatient.charger() as charger:
        charger.connection.transport.pause_reading()
        await asyncio.sleep(0.9)
        assert contact(impatient)


async def test_t04_a_restarted_worker_takes_everybody_back_without_boot(base: Base) -> None:
    first = House(base)
    await first.open()
    at = ago(minutes=10)
    async with first.charger("NL-0417") as one, first.charger("NL-0418") as two:
        number = await one.start(at)
        await two.status("Available", at)
        await first.worker.close()
        with pytest.raises(ConnectionClosed) as closed:
            await one.connection.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == CloseCode.SERVICE_RESTART
    second = House(base)
    await second.open()
    assert not contact(second, "NL-0417")
    labels = ("NL-0417", "NL-0418", "NL-0450", "NL-0501")

    async def back(label: str) -> bool:
        async with second.charger(label) as charger:
            if label == "NL-0417":
                await charger.stop(number, at + timedelta(minutes=5), 3000)
            return await charger.is_alive()

    assert all(await asyncio.gather(*(back(label) for label in labels)))
    assert base.sessions()[0]["energy_wh"] == 2000
    await second.worker.close()


async def test_t04_stations_of_a_worker_that_died_are_disconnected_at_the_next_start(base: Base) -> None:
    base.run("update station_state set connected = true, worker = 'dead:1:x', link = uuidv7()")
    house = House(base)
    await house.open()
    assert base.rows("select 1 from station_state where connected") == []
    await house.worker.close()


async def test_t05_a_link_without_boot_is_fully_usable(house: House) -> None:
    async with house.charger() as charger:
        await charger.status("Preparing", ago(seconds=30))
        assert await charger.start(ago(seconds=20)) > 0
        assert contact(house)


@pytest.mark.parametrize("offered", [None, "", "soap", "ocpp1.2,ocpp1.5"])
async def test_t10_without_a_sub_protocol_we_speak_the_refusal_is_clear(house: House, offered: str | None) -> None:
    headers = basic("NL-0417") | ({} if offered is None else {"Sec-WebSocket-Protocol": offered})
    with pytest.raises(InvalidStatus) as refused:
        await connect(house.url("NL-0417"), additional_headers=headers)
    response = refused.value.response
    assert response.status_code == 400
    assert b"ocpp2.0.1, ocpp1.6" in (response.body or b"")
    await house.base.until(lambda: house.base.rows("select 1 from unknown_station where identity = 'NL-0417' and reason = 'no_protocol'"))


@pytest.mark.parametrize(("offered", "chosen"), [(["x", V16], V16), ([V16, V201], V16), ([V201, V16], V201)])
async def test_t10_of_several_sub_protocols_the_first_that_we_speak_counts(house: House, offered: list[str], chosen: str) -> None:
    async with connect(house.url("NL-0417"), subprotocols=offered, additional_headers=basic("NL-0417")) as connection:
        assert connection.subprotocol == chosen


@pytest.mark.parametrize(
    "path", ["/ocpp/NOBODY", "/ocpp/", "/ocpp/a/b", "/other/NL-0417", "/ocpp/%00", "/ocpp/%ff", "/ocpp/<b>x<%2Fb>", "/ocpp/" + "x" * 300]
)
async def test_t11_an_unknown_identity_gets_404(house: House, path: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"ws://127.0.0.1:{house.port}{path}", subprotocols=[V16], additional_headers=basic("x"))
    assert refused.value.response.status_code == 404


async def test_t11_who_knocked_in_vain_is_listed_once_with_a_count(house: House) -> None:
    for _ in range(3):
        with pytest.raises(InvalidStatus):
            await connect(house.url("GHOST-1"), subprotocols=[V16], additional_headers=basic("GHOST-1"))
    sql = "select * from unknown_station where tries = 3"
    row = (await house.base.until(lambda: house.base.rows(sql)))[0]
    assert (row["identity"], row["reason"], row["address"], row["protocols"]) == ("GHOST-1", "unknown_identity", "127.0.0.1", "ocpp1.6")


@pytest.mark.parametrize("identity", ["A.B-c:1", "with space", "ümlaut", "a&b'c"])
async def test_t11_odd_identities_work_percent_encoded_and_with_a_closing_slash(house: House, identity: str) -> None:
    house.base.run("update station set identity = :i where label = 'NL-0417'", i=identity)
    url = house.url(quote(identity, safe="")) + "/"
    async with connect(url, subprotocols=[V16], additional_headers=basic("NL-0417")) as connection:
        await connection.send('[2,"1","Heartbeat",{}]')
        assert json.loads(await connection.recv())[0] == 3


async def test_a_wrong_or_missing_password_gets_401_and_is_listed(house: House) -> None:
    for headers in ({}, basic("NL-0417", "wrong"), {"Authorization": "Basic ###"}, {"Authorization": "Bearer x"}):
        with pytest.raises(InvalidStatus) as refused:
            await connect(house.url("NL-0417"), subprotocols=[V16], additional_headers=headers)
        assert refused.value.response.status_code == 401
        assert "Basic" in refused.value.response.headers["WWW-Authenticate"]
    await house.base.until(lambda: house.base.rows("select 1 from unknown_station where reason = 'wrong_key' and tries >= 1"))


HEX_KEY = "00ff80a1" * 5


@pytest.mark.parametrize(
    ("kept", "sent"),
    [
        (HEX_KEY, HEX_KEY),
        (HEX_KEY, bytes.fromhex(HEX_KEY)),
        (HEX_KEY, HEX_KEY.upper()),
        (HEX_KEY.upper(), bytes.fromhex(HEX_KEY)),
        (bytes.fromhex(HEX_KEY), HEX_KEY),
        ("with:colon:ü", "with:colon:ü"),
    ],
)
async def test_t12_keys_come_as_hex_text_or_as_the_bytes_it_means(house: House, kept: str | bytes, sent: str | bytes) -> None:
    from app.domain.network.keys import key_hash

    house.base.run("update station set key_hash = :h where label = 'NL-0417'", h=key_hash(house.base.settings.secret_key, kept))
    async with connect(house.url("NL-0417"), subprotocols=[V16], additional_headers=basic("other user", sent)) as connection:
        assert connection.subprotocol == V16


async def test_t13_both_keys_work_until_the_new_one_was_used(house: House) -> None:
    from app.domain.network.keys import key_hash

    house.base.run(
        "update station set old_key_hash = key_hash, key_hash = :h where label = 'NL-0417'",
        h=key_hash(house.base.settings.secret_key, "new"),
    )

    async def knock(password: str) -> None:
        async with connect(house.url("NL-0417"), subprotocols=[V16], additional_headers=basic("NL-0417", password)):
            pass

    await knock(PASSWORD)
    await knock("new")
    await house.base.until(lambda: house.base.row("select old_key_hash from station where label = 'NL-0417'")["old_key_hash"] is None)
    with pytest.raises(InvalidStatus):
        await knock(PASSWORD)


GARBAGE = [
    "", "{}", "null", '"null"', "[]", "[2]", '[2,"a"]', '[99,"a","b",{}]', '[2,"a","Heartbeat"', "\x00\x01", b"\xff\xfe\x00",
    "[3]", "[4,null]",
    '[2,null,"Heartbeat",{}]', '[2,"a",7,{}]', "[2,{},[],{}]", '[3,"a"]', '[2,"","Heartbeat",{}]', "1e999", "[" * 5000,
]  # fmt: skip


@pytest.mark.parametrize("protocol", [V16, V201])
async def test_t16_garbage_is_logged_and_the_connection_survives(house: House, protocol: str) -> None:
    async with house.charger(protocol=protocol) as charger:
        for frame in GARBAGE:
            await charger.send(frame)
        await charger.send([2, "end", "Heartbeat", {}])
        while (answer := await charger.receive())[1] != "end":
            assert answer[0] == 4
        assert "currentTime" in answer[2]
    logged = house.base.rows("select 1 from message_log where outcome = 'malformed' and direction = 'in'")
    assert len(logged) == len(GARBAGE)


@pytest.mark.parametrize("payload", [None, "null", [], "", 7, "text"])
async def test_t16_a_payload_that_is_no_object_is_forgiven_where_none_is_needed(house: House, payload: object) -> None:
    async with house.charger() as charger:
        answer = await charger.call("Heartbeat", payload)
        assert ("currentTime" in answer) if payload in (None, "null", [], "") else answer[:1] == [4]
        answer = await charger.call("StatusNotification", payload)
        assert answer[0] == 4
        assert await charger.is_alive()


@pytest.mark.parametrize("cuts", [(), (1,), (2,), (5,), (7,), (200,), (3, 9, 150)])
async def test_t16_messages_are_the_same_however_the_network_cuts_them(house: House, cuts: tuple[int, ...]) -> None:
    """One frame in pieces, three frames in one piece, a frame in fragments: all are answered, in order."""
    blank = " " * 300

    def frame(uid: str, more: str = "", first: int = 0x81) -> bytes:
        said = f'[2,"{uid}","Heartbeat",{{}}{more}]'.encode()
        size = bytes([0x80 | len(said)]) if len(said) < 126 else b"\xfe" + len(said).to_bytes(2, "big")
        return bytes([first]) + size + b"\x01\x02\x03\x04" + bytes(byte ^ (n % 4 + 1) for n, byte in enumerate(said))

    async with house.charger() as charger:
        write = charger.connection.transport.write
        parts, rest, at = [], frame("one", blank), 0
        for cut in cuts:
            parts.append(rest[at:cut])
            at = cut
        for part in (*parts, rest[at:]):
            write(part)
            await asyncio.sleep(0.01)
        write(frame("two") + frame("three", blank) + frame("four"))
        half = b'[2,"five","Heart'
        masked = bytes(byte ^ (n % 4 + 1) for n, byte in enumerate(half))
        write(bytes([0x01, 0x80 | len(half)]) + b"\x01\x02\x03\x04" + masked)
        await asyncio.sleep(0.01)
        half = b'beat",{}]'
        masked = bytes(byte ^ (n % 4 + 1) for n, byte in enumerate(half))
        write(bytes([0x80, 0x80 | len(half)]) + b"\x01\x02\x03\x04" + masked)
        assert [(await charger.receive())[:2] for _ in range(5)] == [[3, uid] for uid in ("one", "two", "three", "four", "five")]


async def test_t16_what_is_no_websocket_frame_ends_the_link_as_the_protocol_says(house: House) -> None:
    async with house.charger() as charger:
        # not masked, though it comes from a client (RFC 6455, 5.1)
        charger.connection.transport.write(b'\x81\x18[2,"one","Heartbeat",{}]')
        with pytest.raises(ConnectionClosed) as closed:
            await charger.receive()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1002


async def test_t17_large_frames_are_taken_and_too_large_ones_end_the_link_with_1009(house: House) -> None:
    async with house.charger() as charger:
        assert await charger.call("DataTransfer", {"vendorId": "x", "data": "y" * 600_000}) == {"status": "UnknownVendorId"}
        await charger.send([2, "big", "DataTransfer", {"vendorId": "x", "data": "y" * 1_100_000}])
        with pytest.raises(ConnectionClosed) as closed:
            await charger.connection.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == CloseCode.MESSAGE_TOO_BIG
    await house.base.until(lambda: house.base.rows("select 1 from message_log where outcome = 'error'"))


@pytest.mark.parametrize("uid", ["1", "same", 7, 1.5, "x" * 255])
async def test_t18_message_ids_may_repeat_be_short_or_be_numbers(house: House, uid: object) -> None:
    async with house.charger() as charger:
        at = ago(minutes=1)
        first = await charger.call("StartTransaction", {"connectorId": 1, "idTag": "CARD1", "meterStart": 0, "timestamp": stamp(at)}, uid)
        again = await charger.call("StartTransaction", {"connectorId": 1, "idTag": "CARD1", "meterStart": 0, "timestamp": stamp(at)}, uid)
        other = await charger.call("StartTransaction", {"connectorId": 2, "idTag": "CARD2", "meterStart": 0, "timestamp": stamp(at)}, uid)
    assert first == again
    assert other["transactionId"] != first["transactionId"]


async def test_t19_answers_to_calls_nobody_made_are_ignored(house: House) -> None:
    async with house.charger() as charger:
        for n in range(50):
            await charger.send([3, f"nobody-{n}", {"status": "Accepted"}])
            await charger.send([4, f"nobody-{n}", "InternalError", "", {}])
        assert await charger.is_alive()
        assert house.worker._links[str(house.base.cast.stations["NL-0417"].id)].calls == {}
    assert len(house.base.rows("select 1 from message_log where outcome = 'unasked'")) == 100


@pytest.mark.parametrize("protocol", [V16, V201])
async def test_t24_an_unknown_action_is_not_implemented(house: House, protocol: str) -> None:
    async with house.charger(protocol=protocol) as charger:
        answer = await charger.call("MakeCoffee", {"sugar": 2})
        assert answer[0] == 4
        assert answer[2] == "NotImplemented"


@pytest.mark.parametrize("data", ["text", {"an": "object"}, 7, None])
async def test_t25_vendor_messages_are_answered_whatever_they_hold(house: House, data: object) -> None:
    async with house.charger() as charger:
        assert await charger.call("DataTransfer", {"vendorId": "acme", "data": data}) == {"status": "UnknownVendorId"}


async def test_t26_stations_that_speak_for_the_first_time_in_the_same_moment_are_all_answered(house: House) -> None:
    labels = ("NL-0417", "NL-0418", "NL-0450", "NL-0501")

    async def one(label: str) -> object:
        async with house.charger(label) as charger:
            return await charger.status("Available", ago(seconds=1))

    assert await asyncio.gather(*(one(label) for label in labels)) == [{}, {}, {}, {}]


async def test_t26_what_the_database_refuses_is_kept_and_does_not_hurt_the_others(house: House) -> None:
    house.base.run("alter table charging_session add constraint no_blue check (id_token <> 'BLUE')")
    try:
        async with house.charger("NL-0417") as bad, house.charger("NL-0418") as good:
            one, two = await asyncio.gather(bad.start(ago(minutes=1), tag="BLUE"), good.start(ago(minutes=1)))
            assert one != two
            assert await bad.is_alive()
    finally:
        house.base.run("alter table charging_session drop constraint no_blue")
    orphan = house.base.row("select * from orphan_message")
    assert (orphan["reason"], orphan["payload"]["raw"]["idTag"]) == ("failed", "BLUE")
    assert len(house.base.sessions("NL-0418")) == 1


async def test_t28_messages_before_the_answer_to_boot_are_taken(house: House) -> None:
    async with house.charger() as charger:
        await charger.send([2, "b", "BootNotification", {"chargePointVendor": "a", "chargePointModel": "b"}])
        await charger.send([2, "s", "StatusNotification", {"connectorId": 1, "status": "Available", "errorCode": "NoError"}])
        answers = [await charger.receive(), await charger.receive()]
    assert [a[:2] for a in answers] == [[3, "b"], [3, "s"]]
    assert status(house) == "Available"


async def test_t29_an_odd_boot_is_accepted_and_flagged(house: House) -> None:
    async with house.charger(protocol=V201) as charger:
        boot = await charger.call("BootNotification", {"chargePointVendor": "Old", "chargePointModel": "x" * 60})
        assert boot["status"] == "Accepted"
        assert await charger.is_alive()
    row = house.base.row("select vendor, flags from station where label = 'NL-0417'")
    assert (row["vendor"], row["flags"]) == ("Old", ["invalid_boot"])


async def test_t33_an_unknown_state_is_kept_as_it_was_said(house: House) -> None:
    async with house.charger() as charger:
        await charger.status("Available", ago(minutes=2))
        await charger.status("Defrosting", ago(minutes=1), error="Error")
    row = house.base.row("select status, status_raw, error_code from connector where status_raw = 'Defrosting'")
    assert (row["status"], row["error_code"]) == ("Available", "Error")


async def test_t34_the_newest_state_by_the_stations_clock_is_shown(house: House) -> None:
    old = ago(minutes=30)
    async with house.charger() as charger:
        await charger.status("Charging", ago(minutes=1))
        await charger.status("Available", old)
        assert status(house) == "Charging"
        await charger.status("Available", old)
        await charger.status("Finishing", ago(seconds=10))
        assert status(house) == "Finishing"
    history = house.base.rows("select status from status_change order by at")
    assert [row["status"] for row in history] == ["Available", "Charging", "Finishing"]


async def test_t35_states_of_connector_0_and_of_unknown_connectors_are_answered(house: House) -> None:
    async with house.charger() as charger:
        assert await charger.status("Available", ago(seconds=5), connector=0) == {}
        assert await charger.status("Available", ago(seconds=5), connector=9) == {}
    assert house.base.row("select flags from station where label = 'NL-0417'")["flags"] == ["unknown_connector"]


async def test_every_frame_is_in_the_log_with_what_became_of_it(house: House) -> None:
    async with house.charger() as charger:
        await charger.call("Heartbeat", {}, "h1")
        await charger.call("Nonsense", {}, "n1")
        await charger.start(ago(minutes=1))
    logged = house.base.rows("select direction, action, outcome from message_log order by received_at, id")
    found = {(row["direction"], row["action"], row["outcome"]) for row in logged}
    assert found == {
        ("in", "Heartbeat", "ok"), ("in", "Nonsense", "unknown_action"), ("in", "StartTransaction", "ok"), ("out", "StartTransaction", "ok")
    }  # fmt: skip
