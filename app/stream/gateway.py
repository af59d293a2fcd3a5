"""One origin under ``up``: whatever is not ``/live/*`` goes on to gunicorn over its socket, bodies streaming both ways.

In production a reverse proxy does this (docs/running.md). The gateway believes ``X-Forwarded-*`` only from as many proxies as the
settings name, and hands exactly one trustworthy value on.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

#: named by RFC 9110 7.6.1: they end at each hop
HOP_BY_HOP = frozenset(
    "connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer transfer-encoding upgrade expect".split()
)
_FORWARDED = frozenset({"forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port", "x-forwarded-prefix"})
#: how long a request waits for a web process that is just being started again
RESTART_S = 5.0
#: a page may take long (a big export); the web process has its own limit
_TIMEOUT = {"connect": 2.0, "read": 120.0, "write": 60.0, "pool": 30.0}
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_NOT_PASSED_BACK = HOP_BY_HOP | {"server"}


@dataclass
class Gateway:
    """An ASGI application that forwards to the web process behind a socket. Keeps no cookies: each request is only passed on."""

    socket: Path
    trusted_proxies: int = 0

    def __post_init__(self) -> None:
        # shorter than gunicorn's two seconds, so that we never send into a connection it is just closing
        limits = httpx.Limits(max_connections=200, max_keepalive_connections=32, keepalive_expiry=1)
        self._transport = httpx.AsyncHTTPTransport(uds=str(self.socket), limits=limits)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
        if scope["type"] != "http":
            return
        try:
            answer = await self._ask(Request(scope, receive))
        except ClientDisconnect:
            return
        except (httpx.ConnectError, httpx.ConnectTimeout):
            await _apology("The site is starting. Please try again in a few seconds.", 503)(scope, receive, send)
        except httpx.TimeoutException:
            await _apology("The site took too long to answer. Please try again.", 504)(scope, receive, send)
        except httpx.TransportError:
            await _apology("The site was interrupted. Please try again.", 502)(scope, receive, send)
        else:
            await _pass_back(answer, send)

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._transport.aclose()

    async def _ask(self, request: Request) -> httpx.Response:
        """Send the request on. While nobody listens nothing was sent, so waiting and trying again is safe."""
        headers = forwarded_headers(request.headers.items(), _client(request), request.url.scheme, self.trusted_proxies)
        has_body = "content-length" in request.headers or "transfer-encoding" in request.headers
        give_up = time.monotonic() + RESTART_S
        while True:
            body = request.stream() if has_body else None
            outgoing = httpx.Request(request.method, _target(request), headers=headers, content=body, extensions={"timeout": _TIMEOUT})
            try:
                return await self._transport.handle_async_request(outgoing)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if time.monotonic() > give_up:
                    raise
            except httpx.RemoteProtocolError:
                # the web process ended between two requests of a kept connection; reading again changes nothing
                if has_body or request.method not in _READING or time.monotonic() > give_up:
                    raise
            await asyncio.sleep(0.1)


async def _pass_back(answer: httpx.Response, send: Send) -> None:
    headers = [(k.lower(), v) for k, v in answer.headers.raw if k.lower().decode("latin-1") not in _NOT_PASSED_BACK]
    await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
    try:
        async for chunk in answer.aiter_raw():
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    except httpx.TransportError:
        # half a body cannot be mended; leaving it unfinished makes the server cut the connection, which the browser notices
        return
    finally:
        await answer.aclose()
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _target(request: Request) -> httpx.URL:
    path: bytes = request.scope.get("raw_path") or request.url.path.encode()
    query: bytes = request.scope["query_string"]
    return httpx.URL("http://voltpact").copy_with(raw_path=path.split(b"?")[0] + (b"?" + query if query else b""))


def forwarded_headers(headers: Iterable[tuple[str, str]], client: str, scheme: str, trusted_proxies: int) -> list[tuple[str, str]]:
    """Headers for the next hop: without those that end here, with one set of ``X-Forwarded-*`` that can be believed."""
    given = list(headers)
    named = {part.strip().lower() for k, v in given if k.lower() == "connection" for part in v.split(",")}
    kept = [(k, v) for k, v in given if k.lower() not in HOP_BY_HOP | _FORWARDED | named]
    lower: Mapping[str, str] = {k.lower(): v for k, v in given}
    if trusted_proxies:
        client = _believed(lower.get("x-forwarded-for"), trusted_proxies) or client
        scheme = _believed(lower.get("x-forwarded-proto"), trusted_proxies) or scheme
    host = (_believed(lower.get("x-forwarded-host"), trusted_proxies) if trusted_proxies else None) or lower.get("host", "")
    return [*kept, ("X-Forwarded-For", client), ("X-Forwarded-Proto", scheme), ("X-Forwarded-Host", host)]


def _believed(value: str | None, trusted_proxies: int) -> str | None:
    """The entry written by the outermost proxy that is trusted: each proxy adds one at the end."""
    parts = [part.strip() for part in (value or "").split(",") if part.strip()]
    return parts[max(len(parts) - trusted_proxies, 0)] if parts else None


def _client(request: Request) -> str:
    return request.client.host if request.client else ""


def _apology(sentence: str, status: int) -> Response:
    headers: dict[str, Any] = {"Retry-After": "2", "Cache-Control": "no-store"}
    return PlainTextResponse(sentence + "\n", status_code=status, headers=headers)
