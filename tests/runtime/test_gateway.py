"""The gateway in front of the web process, over real sockets: what goes through unchanged, what must not."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from app.stream import gateway
from app.stream.gateway import Gateway, forwarded_headers
from tests.product import free_port


async def echo(request: Request) -> JSONResponse:
    body = await request.body()
    seen = {"method": request.method, "path": request.scope["raw_path"].decode(), "query": request.url.query}
    return JSONResponse(seen | {"body": body.decode("latin-1"), "headers": request.headers.items()})


async def two_cookies(_: Request) -> Response:
    answer = PlainTextResponse("yes", status_code=201)
    answer.set_cookie("a", "1")
    answer.set_cookie("b", "2")
    return answer


async def slow(_: Request) -> StreamingResponse:
    async def parts() -> AsyncIterator[bytes]:
        yield b"first"
        await asyncio.sleep(1)
        yield b"second"

    return StreamingResponse(parts())


async def cut(_: Request) -> StreamingResponse:
    async def parts() -> AsyncIterator[bytes]:
        yield b"half"
        raise ConnectionResetError

    return StreamingResponse(parts())


async def unchanged(_: Request) -> Response:
    return Response(status_code=304, headers={"ETag": '"x"'})


METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
UPSTREAM = Starlette(
    routes=[
        Route("/cookies", two_cookies),
        Route("/slow", slow),
        Route("/cut", cut),
        Route("/unchanged", unchanged),
        Route("/{path:path}", echo, methods=METHODS),
    ]
)


@contextmanager
def serving(app: Any, **where: Any) -> Iterator[None]:
    config = uvicorn.Config(app, log_level="critical", lifespan="off", proxy_headers=False, **where)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    give_up = time.monotonic() + 10
    while not server.started and time.monotonic() < give_up:
        time.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(10)


@pytest.fixture(scope="module")
def socket() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="vg-"))
    yield folder / "web.sock"
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def client(socket: Path) -> Iterator[httpx.Client]:
    port = free_port()
    with (
        serving(UPSTREAM, uds=str(socket)),
        serving(Gateway(socket), host="127.0.0.1", port=port, server_header=False, date_header=False),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as made,
    ):
        yield made


def headers_of(answer: httpx.Response) -> dict[str, str]:
    return dict(answer.json()["headers"])


def test_method_path_query_and_body_arrive_unchanged(client: httpx.Client) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        seen = client.request(method, "/q/NL%2F0417?x=1&x=%20&y=", content=b"\x00body\xff").json()
        assert (seen["method"], seen["path"], seen["query"]) == (method, "/q/NL%2F0417", "x=1&x=%20&y=")
        assert seen["body"].encode("latin-1") == b"\x00body\xff"
    assert client.get("/plain").json()["body"] == ""
    assert "transfer-encoding" not in headers_of(client.get("/plain"))


def test_a_streamed_body_arrives_whole(client: httpx.Client) -> None:
    chunks = [b"x" * 70_000] * 5
    assert len(client.post("/upload", content=iter(chunks)).json()["body"]) == 350_000


def test_an_answer_streams_as_it_comes(client: httpx.Client) -> None:
    begun = time.monotonic()
    with client.stream("GET", "/slow") as answer:
        parts = answer.iter_raw()
        assert next(parts) == b"first"
        assert time.monotonic() - begun < 0.8
        assert b"".join(parts) == b"second"


def test_status_and_every_cookie_come_back_and_none_is_kept(client: httpx.Client) -> None:
    answer = client.get("/cookies")
    assert answer.status_code == 201
    assert len(answer.headers.get_list("set-cookie")) == 2
    with httpx.Client(base_url=client.base_url, trust_env=False) as somebody_else:
        assert "cookie" not in headers_of(somebody_else.get("/echo"))


def test_304_has_no_body_and_one_date(client: httpx.Client) -> None:
    answer = client.get("/unchanged")
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", '"x"')
    assert len(client.get("/echo").headers.get_list("date")) == 1


def test_a_forged_address_is_not_believed(client: httpx.Client) -> None:
    forged = {"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example", "Forwarded": "for=6.6.6.6"}
    seen = headers_of(client.get("/echo", headers=forged | {"Connection": "close, X-Secret", "X-Secret": "hop", "TE": "trailers"}))
    assert (seen["x-forwarded-for"], seen["x-forwarded-proto"]) == ("127.0.0.1", "http")
    assert seen["x-forwarded-host"] == seen["host"]
    assert not {"forwarded", "x-secret", "te"} & seen.keys()


@pytest.mark.parametrize(
    ("trusted", "client_seen", "scheme"), [(1, "10.0.0.9", "https"), (2, "203.0.113.7", "https"), (0, "127.0.0.1", "http")]
)
def test_as_many_proxies_are_believed_as_the_settings_say(trusted: int, client_seen: str, scheme: str) -> None:
    # a visitor at 203.0.113.7 forged the first entry; the outer proxy added the second, the inner one the third
    given = [("Host", "inner"), ("X-Forwarded-For", "1.1.1.1, 203.0.113.7, 10.0.0.9"), ("X-Forwarded-Proto", "https")]
    out = {k.lower(): v for k, v in forwarded_headers(given, "127.0.0.1", "http", trusted)}
    assert (out["x-forwarded-for"], out["x-forwarded-proto"], out["x-forwarded-host"]) == (client_seen, scheme, "inner")


def test_half_an_answer_is_noticed(client: httpx.Client) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/cut")
    assert client.get("/echo").status_code == 200


def test_while_the_web_process_starts_again_requests_wait(tmp_path: Path) -> None:
    folder = Path(tempfile.mkdtemp(prefix="vg-"))
    port = free_port()
    with serving(Gateway(folder / "late.sock"), host="127.0.0.1", port=port):
        answers: list[int] = []
        url = f"http://127.0.0.1:{port}/x"
        asking = threading.Thread(target=lambda: answers.append(httpx.post(url, content=b"1", trust_env=False).status_code))
        asking.start()
        time.sleep(0.5)
        with serving(UPSTREAM, uds=str(folder / "late.sock")):
            asking.join(10)
    assert answers == [200]
    shutil.rmtree(folder)


def test_when_it_stays_away_the_answer_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "RESTART_S", 0.2)
    port = free_port()
    with serving(Gateway(Path("/nonexistent/web.sock")), host="127.0.0.1", port=port):
        answer = httpx.get(f"http://127.0.0.1:{port}/", trust_env=False)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "2"
    assert "starting" in answer.text
