"""Secrets that stand in links, keys and recovery codes: 256 bits or more are handed out once, only their hash is kept.

A fast hash is right here and wrong for passwords: what is random needs no slow one.
"""

from __future__ import annotations

import hashlib
import secrets


def new_token() -> tuple[str, bytes]:
    """A secret of 256 bits for a link, and the hash that is kept of it."""
    token = secrets.token_urlsafe(32)
    return token, token_hash(token)


def token_hash(token: str) -> bytes:
    """What the database knows of a secret: its SHA-256, 32 bytes."""
    return hashlib.sha256(token.encode()).digest()
