"""Station keys: long and random, so a keyed hash is enough and a storm of reconnects stays cheap (docs/performance.md)."""

from __future__ import annotations

import hashlib
import hmac
import secrets


def new_station_key() -> str:
    """A fresh Basic-auth password for a station: 20 random bytes, hexadecimal (OCPP 1.6 security white paper: 16 to 20 bytes)."""
    return secrets.token_hex(20)


def key_hash(secret_key: str, password: bytes | str) -> bytes:
    """HMAC-SHA-256 of a station's password under the installation's secret key; this is all the database keeps."""
    raw = password.encode() if isinstance(password, str) else password
    return hmac.new(secret_key.encode(), b"station:" + raw, hashlib.sha256).digest()
