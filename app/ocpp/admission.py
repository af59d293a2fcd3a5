"""Who may connect: identity from the address, Basic auth by the key's hash, a sub-protocol we speak. Refusals are clear (T10 to T14)."""

from __future__ import annotations

import base64
import binascii
import hmac
import ipaddress
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final
from urllib.parse import unquote

from websockets.datastructures import Headers

from app.domain.network.bulk_roster import KnockRow
from app.domain.network.keys import key_hash
from app.kernel.clock import Clock
from app.ocpp.schemas import PROTOCOLS
from app.ocpp.stations import Station, Stations
from app.places import Network

log = logging.getLogger(__name__)

PREFIX: Final = "/ocpp/"
#: no control characters, no path separators; what else an identity may hold is for those who registered it
_IDENTITY: Final = re.compile(r"[^\x00-\x1f\x7f/\\]{1,255}")
#: refused identities remembered between two reports
_MOST_KNOCKS: Final = 1000

_HEX: Final = re.compile(rb"(?:[0-9a-fA-F]{2})+")


@dataclass(frozen=True, slots=True)
class Refused:
    """An HTTP status and a sentence for whoever set up the charge point."""

    status: HTTPStatus
    text: str
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Admitted:
    """A station that may come in. ``new_key``: it used the newer of two keys, so the older one ends."""

    station: Station
    protocol: str
    new_key: bool = False
    #: over TLS
    secure: bool = False


@dataclass
class Admission:
    """The door. Looks in memory first; asks the database only about what memory does not explain."""

    stations: Stations
    secret_key: str
    clock: Clock
    #: networks of the proxies that end TLS in front of us; nobody else is believed about it
    proxies: Sequence[Network] = ()
    _knocks: dict[str, KnockRow] = field(default_factory=dict)

    async def judge(self, path: str, headers: Headers, address: str) -> Admitted | Refused:
        """Whether this handshake may go on."""
        identity = identity_of(path)
        if identity is None:
            return Refused(HTTPStatus.NOT_FOUND, "No charge point is addressed. Connect to /ocpp/<charge point identity>.\n")
        offered = protocols_of(headers)
        station = self.stations.by_identity.get(identity) or await self.stations.find(identity)
        if station is None:
            self._knock(identity, "unknown_identity", address, offered)
            return Refused(HTTPStatus.NOT_FOUND, "This charge point is not registered here.\n")
        secure = self._is_secure(headers, address)
        if station.tls_only and not secure:
            await self.stations.refresh(station.id)
            self._knock(identity, "plain_ws", address, offered)
            return Refused(HTTPStatus.FORBIDDEN, "This charge point has to use TLS (wss://).\n")
        password = password_of(headers)
        fits = _fits(self.secret_key, station, password)
        if fits is None and password is not None:
            # perhaps the key was changed a moment ago
            await self.stations.refresh(station.id)
            fits = _fits(self.secret_key, station, password)
        if fits is None:
            self._knock(identity, "wrong_key", address, offered)
            challenge = ("WWW-Authenticate", 'Basic realm="OCPP", charset="UTF-8"')
            return Refused(HTTPStatus.UNAUTHORIZED, "User name or password is wrong.\n", (challenge,))
        protocol = next((each for each in offered if each in PROTOCOLS), None)
        if protocol is None:
            self._knock(identity, "no_protocol", address, offered)
            wanted = ", ".join(PROTOCOLS)
            return Refused(HTTPStatus.BAD_REQUEST, f"Sec-WebSocket-Protocol must offer one of: {wanted}.\n")
        return Admitted(station, protocol, new_key=fits and station.old_key_hash is not None, secure=secure)

    def _is_secure(self, headers: Headers, address: str) -> bool:
        """Whether the station's side of the connection is TLS: only a trusted proxy's own word counts, which is the last one (T14)."""
        try:
            peer = ipaddress.ip_address(address)
        except ValueError:
            return False
        plain = getattr(peer, "ipv4_mapped", None) or peer
        if not any(plain in network for network in self.proxies):
            return False
        said = [word.strip().lower() for line in headers.get_all("X-Forwarded-Proto") for word in line.split(",")]
        return bool(said) and said[-1] in ("https", "wss")

    def _knock(self, identity: str, reason: str, address: str, offered: Sequence[str]) -> None:
        log.warning("refused %r from %s: %s %s", identity, address, reason, list(offered))
        before = self._knocks.get(identity)
        if before is None and len(self._knocks) >= _MOST_KNOCKS:
            return
        tries = before.tries + 1 if before else 1
        said = ", ".join(offered)[:200].encode("ascii", "replace").decode()
        self._knocks[identity] = KnockRow(identity, reason, address, said, tries, self.clock())

    def knocks(self) -> list[KnockRow]:
        """What was refused since the last call."""
        rows, self._knocks = list(self._knocks.values()), {}
        return rows


def identity_of(path: str) -> str | None:
    """The charge point's identity in ``/ocpp/<identity>``: percent-decoded, a closing slash and a query forgiven (T11)."""
    plain = path.partition("?")[0]
    if not plain.startswith(PREFIX):
        return None
    try:
        identity = unquote(plain.removeprefix(PREFIX).removesuffix("/"), errors="strict")
    except UnicodeDecodeError:
        return None
    return identity if _IDENTITY.fullmatch(identity) else None


def protocols_of(headers: Headers) -> list[str]:
    """Offered sub-protocols in the station's order; several headers, blanks and empty ones are read as they are meant (T10)."""
    lines = headers.get_all("Sec-WebSocket-Protocol")
    return [word for line in lines for word in (part.strip() for part in line.split(",")) if word]


def password_of(headers: Headers) -> bytes | None:
    """The password of Basic auth as raw bytes: it may hold colons and need not be text (T12). The user name does not matter."""
    given = headers.get_all("Authorization")
    scheme, _, value = (given[0] if len(given) == 1 else "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        pair = base64.b64decode(value.strip().encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError, ValueError):
        return None
    _, colon, password = pair.partition(b":")
    return password if colon else None


def variants(password: bytes) -> list[bytes]:
    """What a password may stand for: itself; the hex text of the bytes; the bytes of the hex text; either case (T12)."""
    found = [password, password.hex().encode(), password.hex().upper().encode()]
    if len(password) <= 128 and _HEX.fullmatch(password):
        found += [bytes.fromhex(password.decode()), password.lower(), password.upper()]
    return found


def _fits(secret_key: str, station: Station, password: bytes | None) -> bool | None:
    """True: the key that counts; False: the older one, still good until the new one is used (T13); None: neither."""
    if password is None or len(password) > 255:
        return None
    tried = variants(password)
    if any(hmac.compare_digest(key_hash(secret_key, each), station.key_hash) for each in tried):
        return True
    old = station.old_key_hash
    if old and any(hmac.compare_digest(key_hash(secret_key, each), old) for each in tried):
        return False
    return None
