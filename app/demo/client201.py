"""OCPP 2.0.1 as a simulated charge point says it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from ocpp.routing import on
from ocpp.v201 import ChargePoint, call, call_result
from ocpp.v201.enums import Action
from websockets.asyncio.client import ClientConnection

from app.demo.outlet import Outlet
from app.demo.settings import ONE_PHASE_W, VARIABLES_201, limit_of
from app.demo.simulated import SimulatedStation

_CONNECTOR = {"Available": "Available", "Faulted": "Faulted", "Unavailable": "Unavailable", "Reserved": "Reserved"}


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Client201(ChargePoint):
    """One link of a 2.0.1 charge point."""

    def __init__(self, station: SimulatedStation, connection: ClientConnection) -> None:
        super().__init__(station.plan.identity, connection, response_timeout=30)
        self.station = station

    async def listen(self) -> None:
        """Answer the server until the link ends."""
        await self.start()

    async def boot(self) -> float:
        """BootNotification; the heartbeat interval the server wants."""
        plan = self.station.plan
        answer = await self.call(
            call.BootNotification(
                charging_station={"vendorName": plan.vendor[:50], "model": plan.model[:20], "firmwareVersion": "2.1.0"},
                reason="PowerUp",
            )
        )
        return float(answer.interval or 60)

    async def heartbeat(self) -> None:
        """Heartbeat."""
        await self.call(call.Heartbeat())

    async def status(self, outlet: Outlet, at: datetime) -> None:
        """StatusNotification; while a car is there the finer state is in the transaction events."""
        await self.call(
            call.StatusNotification(
                timestamp=_stamp(at),
                connector_status=_CONNECTOR.get(outlet.status, "Occupied"),
                evse_id=outlet.number,
                connector_id=1,
            )
        )

    async def begin(self, outlet: Outlet, at: datetime) -> bool:
        """TransactionEvent Started; False if the token is refused."""
        outlet.transaction = str(uuid4())
        extra = {"remote_start_id": outlet.remote_start_id} if outlet.remote_start_id is not None else {}
        answer = await self._event(
            outlet, at, "Started", "RemoteStart" if extra else "Authorized", {"chargingState": "Charging"}, extra, token=True
        )
        accepted = (answer.id_token_info or {}).get("status", "Accepted") in ("Accepted", "ConcurrentTx")
        if not accepted:
            await self.end(outlet, at, "DeAuthorized")
            outlet.transaction = None
        return accepted

    async def meter(self, outlet: Outlet, at: datetime) -> None:
        """TransactionEvent Updated with register, power and state of charge."""
        state = "Charging" if outlet.charging and outlet.car and not outlet.car.full else "SuspendedEV"
        await self._event(outlet, at, "Updated", "MeterValuePeriodic", {"chargingState": state}, {})

    async def end(self, outlet: Outlet, at: datetime, reason: str) -> None:
        """TransactionEvent Ended."""
        stopped = {"Remote": "Remote", "EVDisconnected": "EVDisconnected", "DeAuthorized": "DeAuthorized"}.get(reason, "Other")
        trigger = {"Remote": "RemoteStop", "DeAuthorized": "Deauthorized"}.get(reason, "EVDeparted")
        await self._event(outlet, at, "Ended", trigger, {"chargingState": "EVConnected", "stoppedReason": stopped}, {})

    async def _event(
        self, outlet: Outlet, at: datetime, kind: str, trigger: str, info: dict[str, Any], extra: dict[str, Any], *, token: bool = False
    ) -> Any:
        outlet.sequence += 1
        info = {"transactionId": outlet.transaction} | info
        if "remote_start_id" in extra:
            info["remoteStartId"] = extra["remote_start_id"]
        return await self.call(
            call.TransactionEvent(
                event_type=kind,
                timestamp=_stamp(at),
                trigger_reason=trigger,
                seq_no=outlet.sequence - 1,
                transaction_info=info,
                evse={"id": outlet.number, "connectorId": 1},
                id_token={"idToken": outlet.token or "", "type": "ISO14443"} if token else None,
                meter_value=[{"timestamp": _stamp(at), "sampledValue": self._samples(outlet)}],
            )
        )

    def _samples(self, outlet: Outlet) -> list[dict[str, Any]]:
        car = outlet.car
        power = car.power_w(outlet.offered_w) if car and outlet.charging else 0
        samples: list[dict[str, Any]] = [
            {"value": int(outlet.meter_wh), "measurand": "Energy.Active.Import.Register", "unitOfMeasure": {"unit": "Wh"}},
            {"value": power, "measurand": "Power.Active.Import", "unitOfMeasure": {"unit": "W"}},
        ]
        if car and outlet.current == "DC":
            samples.append({"value": car.soc_pct, "measurand": "SoC", "unitOfMeasure": {"unit": "Percent"}})
        return samples

    @on(Action.request_start_transaction)
    def on_start(self, id_token: dict[str, Any], remote_start_id: int, evse_id: int | None = None, **_: Any) -> Any:
        """Accept if an outlet is free."""
        ok = self.station.remote_start(evse_id, id_token["id_token"], remote_start_id)
        return call_result.RequestStartTransaction(status="Accepted" if ok else "Rejected")

    @on(Action.request_stop_transaction)
    def on_stop(self, transaction_id: str, **_: Any) -> Any:
        """Accept if it runs."""
        ok = self.station.remote_stop(transaction_id)
        return call_result.RequestStopTransaction(status="Accepted" if ok else "Rejected")

    @on(Action.unlock_connector)
    def on_unlock(self, **_: Any) -> Any:
        """Unlock."""
        return call_result.UnlockConnector(status="Unlocked")

    @on(Action.reset)
    def on_reset(self, **_: Any) -> Any:
        """Stop what runs, then drop the link; it comes back with a boot."""
        self.station.restart_soon()
        return call_result.Reset(status="Accepted")

    @on(Action.trigger_message)
    def on_trigger(self, **_: Any) -> Any:
        """Report every status again."""
        self.station.report_all()
        return call_result.TriggerMessage(status="Accepted")

    @on(Action.change_availability)
    def on_availability(self, operational_status: str, evse: dict[str, Any] | None = None, **_: Any) -> Any:
        """Put outlets in or out of service."""
        self.station.set_available(evse["id"] if evse else 0, available=operational_status == "Operative")
        return call_result.ChangeAvailability(status="Accepted")

    async def firmware(self, status: str, number: int | None) -> None:
        """FirmwareStatusNotification."""
        await self.call(call.FirmwareStatusNotification(status=status, request_id=number))

    async def report(self, number: int) -> None:
        """NotifyReport, in two messages as bigger charge points do."""
        half = len(VARIABLES_201) // 2
        for part, rows in enumerate((VARIABLES_201[:half], VARIABLES_201[half:])):
            data = [
                {
                    "component": {"name": component},
                    "variable": {"name": variable},
                    "variableAttribute": [{"mutability": mutability} | ({} if value is None else {"value": value})],
                }
                for component, variable, value, mutability in rows
            ]
            at = _stamp(self.station.clock())
            await self.call(call.NotifyReport(request_id=number, generated_at=at, seq_no=part, tbc=part == 0, report_data=data))

    @on(Action.get_base_report)
    def on_report(self, request_id: int, **_: Any) -> Any:
        """Tell everything after the answer."""
        self.station.report_soon(request_id)
        return call_result.GetBaseReport(status="Accepted")

    @on(Action.get_variables)
    def on_variables(self, get_variable_data: list[dict[str, Any]], **_: Any) -> Any:
        """The values asked for."""
        known = {(component, variable): value for component, variable, value, _ in VARIABLES_201}
        found = []
        for each in get_variable_data:
            name = (each["component"]["name"], each["variable"]["name"])
            value = known.get(name)
            status = "Accepted" if value is not None else "Rejected" if name in known else "UnknownVariable"
            found.append({"attribute_status": status, **each} | ({} if value is None else {"attribute_value": value}))
        return call_result.GetVariables(get_variable_result=found)

    @on(Action.set_charging_profile)
    def on_profile(self, evse_id: int, charging_profile: dict[str, Any], **_: Any) -> Any:
        """Limit the outlet."""
        outlet = self.station.outlets.get(evse_id)
        limit = limit_of(charging_profile["charging_schedule"][0], outlet.max_w if outlet else ONE_PHASE_W, self.station.clock())
        return call_result.SetChargingProfile(status="Accepted" if self.station.set_limit(evse_id, limit) else "Rejected")

    @on(Action.clear_charging_profile)
    def on_clear_profile(self, **_: Any) -> Any:
        """Forget limits."""
        return call_result.ClearChargingProfile(status="Accepted" if self.station.lift_limits() else "Unknown")

    @on(Action.get_composite_schedule)
    def on_schedule(self, duration: int, evse_id: int, charging_rate_unit: str | None = None, **_: Any) -> Any:
        """What the outlet will allow."""
        schedule = self.station.schedule(evse_id, duration, charging_rate_unit)
        if schedule is None:
            return call_result.GetCompositeSchedule(status="Rejected")
        told = {"evse_id": evse_id, "schedule_start": _stamp(self.station.clock()), **schedule}
        return call_result.GetCompositeSchedule(status="Accepted", schedule=told)

    @on(Action.reserve_now)
    def on_reserve(self, id: int, expiry_date_time: str, id_token: dict[str, Any], evse_id: int | None = None, **_: Any) -> Any:  # noqa: A002
        """Keep the outlet for the card."""
        until = datetime.fromisoformat(expiry_date_time)
        return call_result.ReserveNow(status=self.station.reserve(evse_id or 1, id, id_token["id_token"], until))

    @on(Action.cancel_reservation)
    def on_unreserve(self, reservation_id: int, **_: Any) -> Any:
        """Free it again."""
        return call_result.CancelReservation(status="Accepted" if self.station.unreserve(reservation_id) else "Rejected")

    @on(Action.update_firmware)
    def on_firmware(self, request_id: int, **_: Any) -> Any:
        """Play an update."""
        self.station.update_soon(request_id)
        return call_result.UpdateFirmware(status="Accepted")
