"""Frames, readers and translation tables without a database: what is understood of what stations say."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ocpp import codec, translate16, translate201
from app.ocpp.admission import identity_of, variants
from app.ocpp.calls import verdict
from app.ocpp.codec import Call, Failure, Malformed, Result, decode
from app.ocpp.facts import Metered, Place, Reading, Started, StatusSaid, Stopped, TransactionSaid
from app.ocpp.reading import believed, instant, token, whole
from app.ocpp.samples import readings
from app.ocpp.schemas import INCOMING, V16, V201, load_schemas
from app.ocpp.understand import LENIENT, understand

SCHEMAS = load_schemas()
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'[2,"a","Heartbeat",{}]', Call(b'"a"', "a", "Heartbeat", {})),
        (b'[2,7,"Heartbeat",{}]', Call(b"7", "7", "Heartbeat", {})),
        (b'[2,"a","Heartbeat"]', Call(b'"a"', "a", "Heartbeat", None)),
        (b'[3,"a",{"status":"x"}]', Result("a", {"status": "x"})),
        (b'[4,"a","Code","Text",{}]', Failure("a", "Code", "Text", {})),
        (b'[4,"a"]', Failure("a", "", "", {})),
        (b"", Malformed("empty")),
        (b"  ", Malformed("empty")),
        (b"{}", Malformed("no_array")),
        (b"[]", Malformed("too_short")),
        (b'[2,"a"]', Malformed("too_short", b'"a"')),
        (b'[2,"a",5,{}]', Malformed("bad_action", b'"a"')),
        (b'[2,true,"x",{}]', Malformed("bad_id")),
        (b'[99,"a","b"]', Malformed("message_type", b'"a"')),
        (b'[2,"a","Heartbeat",{}', Malformed("no_json")),
        (b"\xff\xfe", Malformed("no_json")),
    ],
)
def test_t16_what_a_frame_is(data: bytes, expected: object) -> None:
    assert decode(data) == expected


@given(st.binary(max_size=200))
def test_no_bytes_raise(data: bytes) -> None:
    decode(data)
    codec.as_text(data).encode()


def json_values() -> st.SearchStrategy[Any]:
    plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20)
    return st.recursive(
        plain, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4), max_leaves=12
    )


NAMES = ["connectorId", "idTag", "meterStart", "timestamp", "transactionId", "meterStop", "meterValue", "status", "transactionInfo", "evse"]


@given(
    st.sampled_from(["StartTransaction", "StopTransaction", "MeterValues"]),
    st.dictionaries(st.sampled_from(NAMES), json_values(), min_size=1),
)
def test_transaction_messages_with_anything_in_them_are_never_refused(action: str, payload: dict[str, Any]) -> None:
    call = decode(json.dumps([2, "1", action, payload]).encode())
    if isinstance(call, Call):  # integers beyond 64 bits are no JSON for us
        assert understand(SCHEMAS, V16, call, NOW).refusal is None


@given(st.dictionaries(st.sampled_from([*NAMES, "eventType", "seqNo", "idToken"]), json_values(), min_size=1))
def test_transaction_events_with_anything_in_them_are_never_refused(payload: dict[str, Any]) -> None:
    call = decode(json.dumps([2, "1", "TransactionEvent", payload]).encode())
    if isinstance(call, Call):
        assert understand(SCHEMAS, V201, call, NOW).refusal is None


@pytest.mark.parametrize("protocol", [V16, V201])
@given(payload=json_values())
def test_no_payload_raises(protocol: str, payload: Any) -> None:
    for action in INCOMING[protocol]:
        understand(SCHEMAS, protocol, Call(b'"1"', "1", action, payload), NOW)


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ("2026-11-21T11:00:00Z", datetime(2026, 11, 21, 11, tzinfo=UTC)),
        ("2026-11-21T13:00:00+02:00", datetime(2026, 11, 21, 11, tzinfo=UTC)),
        ("2026-11-21T11:00:00.123456789Z", datetime(2026, 11, 21, 11, 0, 0, 123456, tzinfo=UTC)),
        ("2026-11-21T11:00:00", datetime(2026, 11, 21, 11, tzinfo=UTC)),
        ("yesterday", None),
        ("", None),
        (None, None),
        (1732186800, None),
        ("9999-12-31T23:59:59-14:00", None),
    ],
)
def test_t32_instants(said: Any, at: datetime | None) -> None:
    assert instant(said) == at


@pytest.mark.parametrize(
    ("offset", "trusted"),
    [
        (timedelta(0), True),
        (timedelta(minutes=4), True),
        (timedelta(minutes=6), False),
        (timedelta(days=-399), True),
        (timedelta(days=-401), False),
    ],
)
def test_t31_a_clock_is_believed_within_reason(offset: timedelta, trusted: bool) -> None:
    said = NOW + offset
    assert believed(said.isoformat(), NOW) == ((said, True) if trusted else (NOW, False))


@pytest.mark.parametrize(
    ("said", "wh"),
    [
        (5, 5), ("5", 5), ("5.4", 5), ("5.5", 6), ("0.15001", 0), ("1e3", 1000), (7.5, 8), (" 12 ", 12), ("-3", -3), ("", None),
        ("abc", None),
        (None, None), (True, None), ("NaN", None), ("Infinity", None), ("1e400", None), (2**70, None), ([], None), ("9" * 30, None),
    ],
)  # fmt: skip
def test_t61_numbers_as_stations_write_them(said: Any, wh: int | None) -> None:
    assert whole(said) == wh


@pytest.mark.parametrize(("said", "kept"), [(" ab\x00\x01 ", "AB"), ("Ab12", "AB12"), (None, ""), (17, "17")])
def test_t47_tokens(said: Any, kept: str) -> None:
    assert token(said) == kept


def sample(value: Any, **more: Any) -> dict[str, Any]:
    return {"value": value, **more}


@pytest.mark.parametrize(
    ("samples", "energy", "power"),
    [
        # no measurand means the register
        ([sample("1234")], 1234, None),
        ([sample("1.234", unit="kWh")], 1234, None),
        # registers of the phases only: their sum
        ([sample("10", phase="L1"), sample("20", phase="L2"), sample("30", phase="L3-N")], 60, None),
        # the sample of all phases counts, not the sum
        ([sample("10", phase="L1"), sample("61"), sample("20", phase="L2")], 61, None),
        # intervals and outside of the outlet are no register
        ([sample("5", measurand="Energy.Active.Import.Interval"), sample("7", location="Inlet")], None, None),
        ([sample("7.2", measurand="Power.Active.Import", unit="kW"), sample("1")], 1, 7200),
        ([sample(7, measurand="Energy.Active.Import.Register", unitOfMeasure={"unit": "kWh", "multiplier": 1})], 70_000, None),
        ([sample("x"), sample("5")], 5, None),
    ],
)
def test_t58_which_sample_is_the_energy(samples: list[dict[str, Any]], energy: int | None, power: int | None) -> None:
    found = readings([{"timestamp": NOW.isoformat(), "sampledValue": samples}], NOW)
    assert [(r.energy_wh, r.power_w) for r in found] == ([(energy, power)] if energy is not None or power is not None else [])


def test_t62_signed_values_are_kept_byte_for_byte() -> None:
    data = 'OCMF|{"a":1}|{"SA":"x"}'
    old = readings([{"timestamp": NOW.isoformat(), "sampledValue": [sample(data, format="SignedData"), sample("5")]}], NOW)
    new = readings([{"timestamp": NOW.isoformat(), "sampledValue": [sample(5, signedMeterValue={"signedMeterData": data})]}], NOW)
    assert [(r.signed, r.energy_wh) for r in (*old, *new)] == [(data, 5), (data, 5)]


def test_16_facts() -> None:
    payload = {"connectorId": 2, "idTag": "card", "meterStart": 7, "timestamp": "2026-11-21T11:00:00Z"}
    start = translate16.translate("StartTransaction", payload, NOW, "m1")
    assert isinstance(start, Started)
    assert (start.place, start.token, start.meter_wh, start.flags) == (Place(2), "CARD", 7, ())
    again = translate16.translate("StartTransaction", payload | {"timestamp": "2026-11-21T12:00:00+01:00"}, NOW, "m2")
    assert isinstance(again, Started)
    assert again.key == start.key
    empty = translate16.translate("StartTransaction", {"connectorId": 1}, NOW, "m3")
    assert isinstance(empty, Started)
    assert (empty.at, set(empty.flags)) == (NOW, {"clock", "no_meter_start"})
    stop = translate16.translate("StopTransaction", {"transactionId": -1, "transactionData": [
        {"timestamp": NOW.isoformat(), "sampledValue": [sample("900")]}]}, NOW, "m4")  # fmt: skip
    assert isinstance(stop, Stopped)
    assert (stop.number, stop.said, stop.meter_wh, stop.reason) == (None, "-1", 900, "Local")
    meter = translate16.translate("MeterValues", {"connectorId": 0, "transactionId": 0}, NOW, "m5")
    assert meter == Metered(Place(None), None, "0", ())
    status = translate16.translate(
        "StatusNotification", {"connectorId": 1, "status": "suspendedev", "errorCode": "Odd", "info": "a\nb"}, NOW, ""
    )
    assert status == StatusSaid(Place(1), "SuspendedEV", "suspendedev", "Odd", "ab", NOW)


def test_201_facts() -> None:
    payload = {"eventType": "Updated", "timestamp": NOW.isoformat(), "seqNo": 3, "triggerReason": "x", "offline": True,
               "transactionInfo": {"transactionId": "t", "chargingState": "Charging", "remoteStartId": 9}, "evse": {"id": 2},
               "idToken": {"idToken": "card", "type": "ISO14443"}}  # fmt: skip
    said = translate201.translate("TransactionEvent", payload, NOW, "")
    assert isinstance(said, TransactionSaid)
    assert (said.kind, said.ref, said.place, said.token, said.charging_state, said.remote_start_id) == (
        "Updated", "t", Place(None, 2), "CARD", "Charging", 9
    )  # fmt: skip
    status = translate201.translate("StatusNotification", {"evseId": 1, "connectorId": 1, "connectorStatus": "Occupied"}, NOW, "")
    assert status == StatusSaid(Place(1, 1), "Occupied", "Occupied", None, None, NOW)


@pytest.mark.parametrize(
    ("protocol", "action", "payload", "word"),
    [
        (V16, "Authorize", {}, "OccurenceConstraintViolation"),
        (V16, "StatusNotification", {"connectorId": "one", "status": 1, "errorCode": "x"}, "TypeConstraintViolation"),
        (V16, "FirmwareStatusNotification", {}, "OccurenceConstraintViolation"),
        (V16, "BootNotification", {}, "OccurenceConstraintViolation"),
        (V201, "Authorize", {}, "OccurrenceConstraintViolation"),
        (V201, "NotifyEvent", {"seqNo": 0}, "OccurrenceConstraintViolation"),
        (V16, "Heartbeat", "text", "FormationViolation"),
        (V201, "Heartbeat", "text", "FormatViolation"),
    ],
)
def test_t27_refusals_are_fixed_words(protocol: str, action: str, payload: Any, word: str) -> None:
    assert understand(SCHEMAS, protocol, Call(b'"1"', "1", action, payload), NOW).refusal == word


def test_what_is_only_too_long_or_unknown_is_taken() -> None:
    call = Call(b'"1"', "1", "FirmwareStatusNotification", {"status": "Dreaming", "more": 1})
    assert understand(SCHEMAS, V16, call, NOW)[1:3] == (LENIENT, None)


@pytest.mark.parametrize(
    ("path", "identity"),
    [
        ("/ocpp/A1", "A1"), ("/ocpp/A1/", "A1"), ("/ocpp/A%201?x=1", "A 1"), ("/ocpp/%C3%BC", "ü"), ("/ocpp/", None), ("/ocpp/a/b", None),
        ("/ocpp/a%2Fb", None), ("/ocpp/%0a", None), ("/x/A1", None), ("/ocpp/%ff", None),
    ],
)  # fmt: skip
def test_t11_identities(path: str, identity: str | None) -> None:
    assert identity_of(path) == identity


def test_t12_variants_of_a_key() -> None:
    assert set(variants(b"aB")) == {b"aB", b"6142", b"\xab", b"ab", b"AB"}
    assert variants(b"no hex") == [b"no hex", b"6e6f20686578", b"6E6F20686578"]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Result("1", {"status": "Accepted"}), ("accepted", None)),
        (Result("1", {"status": "Unlocked"}), ("accepted", None)),
        (Result("1", {"status": "Scheduled"}), ("accepted", None)),
        (Result("1", {"status": "UnlockFailed"}), ("rejected", "UnlockFailed")),
        (Result("1", {}), ("rejected", "no_status")),
        (Result("1", None), ("rejected", "no_status")),
        (Failure("1", "NotSupported", "", {}), ("rejected", "NotSupported")),
        (Failure("1", "", "", {}), ("rejected", "error")),
    ],
)
def test_t21_what_an_answer_means(answer: Result | Failure, expected: tuple[str, str | None]) -> None:
    assert verdict(answer) == expected


def test_a_reading_has_no_charge_beyond_100_per_cent() -> None:
    found = readings([{"timestamp": NOW.isoformat(), "sampledValue": [sample("250", measurand="SoC"), sample("1")]}], NOW)
    assert found == (Reading(NOW, 1, None, None, None, None),)
