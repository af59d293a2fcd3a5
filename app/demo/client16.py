"""OCPP 1.6J as a simulated charge point says it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ocpp.routing import on
from ocpp.v16 import ChargePoint, call, call_result
from ocpp.v16.enums import Action
from websockets.asyncio.client import ClientConnection

from app.demo.outlet import Outlet
from app.demo.settings import KEYS_16, ONE_PHASE_W, limit_of
from app.demo.simulated import SimulatedStation


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Client16(ChargePoint):
    """One link of a 1.6 charge point."""

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
            call.BootNotification(charge_point_vendor=plan.vendor[:20], charge_point_model=plan.model[:20], firmware_version="1.4.2")
        )
        return float(answer.interval or 60)

    async def heartbeat(self) -> None:
        """Heartbeat."""
        await self.call(call.Heartbeat())

    async def status(self, outlet: Outlet, at: datetime) -> None:
        """StatusNotification."""
        await self.call(
            call.StatusNotification(connector_id=outlet.number, error_code=outlet.error, status=outlet.status, timestamp=_stamp(at))
        )

    async def begin(self, outlet: Outlet, at: datetime) -> bool:
        """StartTransaction; False if the token is refused."""
        answer = await self.call(
            call.StartTransaction(
                connector_id=outlet.number, id_tag=outlet.token or "", meter_start=int(outlet.meter_wh), timestamp=_stamp(at)
            )
        )
        outlet.transaction = answer.transaction_id
        accepted = (answer.id_tag_info or {}).get("status") in ("Accepted", "ConcurrentTx")
        if not accepted:
            await self.end(outlet, at, "DeAuthorized")
            outlet.transaction = None
        return accepted

    async def meter(self, outlet: Outlet, at: datetime) -> None:
        """MeterValues with register, power and state of charge."""
        car = outlet.car
        power = car.power_w(outlet.offered_w) if car and outlet.charging else 0
        samples: list[dict[str, Any]] = [
            {"value": str(int(outlet.meter_wh)), "measurand": "Energy.Active.Import.Register", "unit": "Wh"},
            {"value": str(power), "measurand": "Power.Active.Import", "unit": "W"},
        ]
        if car and outlet.current == "DC":
            samples.append({"value": str(car.soc_pct), "measurand": "SoC", "unit": "Percent"})
        await self.call(
            call.MeterValues(
                connector_id=outlet.number,
                transaction_id=outlet.transaction,
                meter_value=[{"timestamp": _stamp(at), "sampledValue": samples}],
            )
        )

    async def end(self, outlet: Outlet, at: datetime, reason: str) -> None:
        """StopTransaction."""
        await self.call(
            call.StopTransaction(
                meter_stop=int(outlet.meter_wh),
                timestamp=_stamp(at),
                transaction_id=outlet.transaction,
                reason=reason,
                id_tag=outlet.token,
            )
        )

    @on(Action.remote_start_transaction)
    def on_remote_start(self, id_tag: str, connector_id: int | None = None, **_: Any) -> Any:
        """Accept if an outlet is free."""
        ok = self.station.remote_start(connector_id, id_tag)
        return call_result.RemoteStartTransaction(status="Accepted" if ok else "Rejected")

    @on(Action.remote_stop_transaction)
    def on_remote_stop(self, transaction_id: int, **_: Any) -> Any:
        """Accept if it runs."""
        ok = self.station.remote_stop(transaction_id)
        return call_result.RemoteStopTransaction(status="Accepted" if ok else "Rejected")

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
    def on_availability(self, connector_id: int, type: str, **_: Any) -> Any:  # noqa: A002 - the protocol's word
        """Put outlets in or out of service."""
        self.station.set_available(connector_id, available=type == "Operative")
        return call_result.ChangeAvailability(status="Accepted")

    async def firmware(self, status: str, number: int | None) -> None:  # noqa: ARG002 - 1.6 has no number
        """FirmwareStatusNotification."""
        await self.call(call.FirmwareStatusNotification(status=status))

    async def report(self, number: int) -> None:
        """1.6 tells its configuration in the answer."""

    @on(Action.get_configuration)
    def on_configuration(self, key: list[str] | None = None, **_: Any) -> Any:
        """All settings, or those asked for."""
        wanted = key or list(KEYS_16)
        known = [{"key": each, "readonly": KEYS_16[each][1]} for each in wanted if each in KEYS_16]
        for each in known:
            if (value := KEYS_16[str(each["key"])][0]) is not None:
                each["value"] = value
        return call_result.GetConfiguration(configuration_key=known, unknown_key=[each for each in wanted if each not in KEYS_16])

    @on(Action.set_charging_profile)
    def on_profile(self, connector_id: int, cs_charging_profiles: dict[str, Any], **_: Any) -> Any:
        """Limit the outlet."""
        outlet = self.station.outlets.get(connector_id)
        limit = limit_of(cs_charging_profiles["charging_schedule"], outlet.max_w if outlet else ONE_PHASE_W, self.station.clock())
        return call_result.SetChargingProfile(status="Accepted" if self.station.set_limit(connector_id, limit) else "Rejected")

    @on(Action.clear_charging_profile)
    def on_clear_profile(self, **_: Any) -> Any:
        """Forget limits."""
        return call_result.ClearChargingProfile(status="Accepted" if self.station.lift_limits() else "Unknown")

    @on(Action.get_composite_schedule)
    def on_schedule(self, connector_id: int, duration: int, charging_rate_unit: str | None = None, **_: Any) -> Any:
        """What the outlet will allow."""
        schedule = self.station.schedule(connector_id, duration, charging_rate_unit)
        if schedule is None:
            return call_result.GetCompositeSchedule(status="Rejected")
        start = _stamp(self.station.clock())
        return call_result.GetCompositeSchedule("Accepted", connector_id=connector_id, schedule_start=start, charging_schedule=schedule)

    @on(Action.reserve_now)
    def on_reserve(self, connector_id: int, expiry_date: str, id_tag: str, reservation_id: int, **_: Any) -> Any:
        """Keep the outlet for the card."""
        until = datetime.fromisoformat(expiry_date)
        return call_result.ReserveNow(status=self.station.reserve(connector_id, reservation_id, id_tag, until))

    @on(Action.cancel_reservation)
    def on_unreserve(self, reservation_id: int, **_: Any) -> Any:
        """Free it again."""
        return call_result.CancelReservation(status="Accepted" if self.station.unreserve(reservation_id) else "Rejected")

    @on(Action.update_firmware)
    def on_firmware(self, **_: Any) -> Any:
        """Play an update."""
        self.station.update_soon()
        return call_result.UpdateFirmware()
