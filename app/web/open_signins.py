"""A person's open sign-ins (A5): which browsers, from where, last used when; each can be ended from any other.

Kept in Redis beside the sessions: a hash per person, session id -> what is known of it. Without its session an entry means nothing.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import orjson
import redis
from flask import current_app, request, session

from app.live.messages import LiveMessage, user_topic
from app.web.browser_session import PREFIX
from app.web.database import room

_KEY = "voltpact:signins:"
_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "macOS"), ("Linux", "Linux"))


@dataclass(frozen=True, slots=True)
class OpenSignIn:
    """One browser that is signed in; ``handle`` names it on pages, its session id is shown nowhere."""

    handle: str
    device: str
    address: str
    started_at: datetime
    seen_at: datetime
    is_here: bool


def note_here(now: datetime) -> None:
    """Remember this browser's sign-in, or that it was used; drops what its session was called before."""
    user_id, sid = session.get("_user_id"), _here()
    if not user_id or not sid:
        return
    client, key = _client(), _KEY + user_id
    before = session.get("known_as")
    entry = {
        "device": device_of(request.headers.get("User-Agent", "")),
        "address": request.remote_addr or "",
        "started": session.get("started_at"),
        "seen": now.isoformat(),
    }
    if before is not None and before != sid:
        client.hdel(key, before)
    if before != sid:
        session["known_as"] = sid
    client.hset(key, sid, orjson.dumps(entry))
    client.expire(key, int(current_app.config["PERMANENT_SESSION_LIFETIME"].total_seconds()))


def forget_here() -> None:
    """This browser signs out."""
    user_id, known = session.get("_user_id"), session.get("known_as")
    if user_id and known:
        _client().hdel(_KEY + user_id, known)


def open_sign_ins(user_id: UUID) -> list[OpenSignIn]:
    """Every browser the person is signed in with, this one first, then the last used."""
    client, here = _client(), _here()
    kept = cast("dict[bytes, bytes]", client.hgetall(_KEY + str(user_id)))
    alive = _alive(client, list(kept))
    found = [_read(sid.decode(), raw, here) for sid, raw in kept.items() if sid in alive]
    return sorted(found, key=lambda one: (not one.is_here, -one.seen_at.timestamp()))


def end(user_id: UUID, handle: str) -> bool:
    """End one sign-in by its handle; False if it is none of the person's."""
    found = next((sid for sid in _sids(user_id) if _handle(sid) == handle), None)
    return found is not None and _end(user_id, found)


def end_others(user_id: UUID) -> int:
    """End every sign-in but this browser's; how many."""
    return len([_end(user_id, sid) for sid in _sids(user_id) if sid != _here()])


def device_of(agent: str) -> str:
    """Browser and system in names that people know."""
    browser = next((name for mark, name in _BROWSERS if re.search(rf"\b{mark}", agent)), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return " · ".join(word for word in (browser, system) if word) or "–"


def _end(user_id: UUID, sid: str) -> bool:
    client = _client()
    client.delete(PREFIX + sid)
    client.hdel(_KEY + str(user_id), sid)
    room().bus.publish([LiveMessage("SignedOut", f"sign-out:{user_id}", (user_topic(user_id),), {"session": sid})])
    return True


def _sids(user_id: UUID) -> list[str]:
    return [sid.decode() for sid in cast("list[bytes]", _client().hkeys(_KEY + str(user_id)))]


def _alive(client: redis.Redis, sids: list[bytes]) -> set[bytes]:
    pipe = client.pipeline()
    for sid in sids:
        pipe.exists(PREFIX + sid.decode())
    return {sid for sid, there in zip(sids, pipe.execute(), strict=True) if there}


def _read(sid: str, raw: bytes, here: str | None) -> OpenSignIn:
    entry: dict[str, Any] = orjson.loads(raw)
    started = entry.get("started") or entry["seen"]
    seen, began = datetime.fromisoformat(entry["seen"]), datetime.fromisoformat(started)
    return OpenSignIn(_handle(sid), entry["device"], entry["address"], began, seen, sid == here)


def _handle(sid: str) -> str:
    return hashlib.sha256(sid.encode()).hexdigest()[:16]


def _here() -> str | None:
    return getattr(session, "sid", None)


def _client() -> redis.Redis:
    return cast(redis.Redis, current_app.config["SESSION_REDIS"])
