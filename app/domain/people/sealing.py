"""Secrets that must be read again are kept sealed: useless to whoever has the database and not the installation's key."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.fernet import Fernet


def seal(secret_key: str, plain: str) -> bytes:
    """The secret as it is kept."""
    return _box(secret_key).encrypt(plain.encode())


def unseal(secret_key: str, sealed: bytes) -> str:
    """The secret again; with another installation's key it raises ``cryptography.fernet.InvalidToken``."""
    return _box(secret_key).decrypt(sealed).decode()


def _box(secret_key: str) -> Fernet:
    from cryptography.fernet import Fernet

    return Fernet(base64.urlsafe_b64encode(hmac.new(secret_key.encode(), b"voltpact second factors", hashlib.sha256).digest()))
