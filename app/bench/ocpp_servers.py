"""The yardsticks of ``voltpact bench ocpp``, each a process of its own: ``python -m app.bench.ocpp_servers anchor|bare PORT``.

``anchor`` is the least a server on the websockets library can cost: every call gets the same answer, nothing is read or kept. ``bare`` is
the PyPI package ``ocpp`` as its documentation shows it: messages validated, handlers that only answer, nothing stored.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from datetime import UTC, datetime
from typing import Any

from ocpp.routing import on
from ocpp.v16 import ChargePoint as ChargePoint16
from ocpp.v16 import call_result as result16
from ocpp.v201 import ChargePoint as ChargePoint201
from ocpp.v201 import call_result as result201
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

_ANSWER = (
    b'",{"currentTime":"2026-01-01T00:00:00.000Z","interval":300,"status":"Accepted","transactionId":1,"idTagInfo":{"status":"Accepted"}}]'
)
_numbers = itertools.count(1)


async def _anchor(connection: ServerConnection) -> None:
    try:
        while True:
            data = await connection.recv(decode=False)
            await connection.send(b'[3,"' + data[4 : data.index(b'"', 4)] + _ANSWER, text=True)
    except ConnectionClosed:
        return


def _now() -> str:
    return datetime.fromtimestamp(asyncio.get_running_loop().time(), UTC).isoformat()


class _Bare16(ChargePoint16):
    @on("BootNotification")
    def boot(self, **_: Any) -> Any:
        return result16.BootNotification(current_time=_now(), interval=300, status="Accepted")

    @on("Heartbeat")
    def heartbeat(self, **_: Any) -> Any:
        return result16.Heartbeat(current_time=_now())

    @on("StatusNotification")
    def status(self, **_: Any) -> Any:
        return result16.StatusNotification()

    @on("MeterValues")
    def meter(self, **_: Any) -> Any:
        return result16.MeterValues()

    @on("StartTransaction")
    def start_transaction(self, **_: Any) -> Any:
        return result16.StartTransaction(transaction_id=next(_numbers), id_tag_info={"status": "Accepted"})

    @on("StopTransaction")
    def stop_transaction(self, **_: Any) -> Any:
        return result16.StopTransaction()


class _Bare201(ChargePoint201):
    @on("BootNotification")
    def boot(self, **_: Any) -> Any:
        return result201.BootNotification(current_time=_now(), interval=300, status="Accepted")

    @on("Heartbeat")
    def heartbeat(self, **_: Any) -> Any:
        return result201.Heartbeat(current_time=_now())

    @on("StatusNotification")
    def status(self, **_: Any) -> Any:
        return result201.StatusNotification()

    @on("TransactionEvent")
    def event(self, **_: Any) -> Any:
        return result201.TransactionEvent()


async def _bare(connection: ServerConnection) -> None:
    kind = _Bare16 if connection.subprotocol == "ocpp1.6" else _Bare201
    try:
        await kind("bench", connection).start()
    except ConnectionClosed:
        return


async def _serve(kind: str, port: int) -> None:
    handler = _anchor if kind == "anchor" else _bare
    protocols: Any = ["ocpp1.6", "ocpp2.0.1"]
    async with serve(handler, "127.0.0.1", port, subprotocols=protocols, compression=None, backlog=4096, ping_interval=None):
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], int(sys.argv[2])))
