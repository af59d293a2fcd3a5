"""Account numbers: checked by the country's own rules, sealed for storage, recognised without being read. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.kernel.errors import Invalid

if TYPE_CHECKING:
    from cryptography.fernet import Fernet


@dataclass(frozen=True, slots=True)
class SealedIban:
    """An account number as it is stored; ``last4`` and ``country`` are all that pages show."""

    sealed: bytes
    mark: bytes
    country: str
    last4: str
    bank: str


def seal(typed: str, secret_key: str) -> SealedIban:
    """Check and seal an account number; refuses ``bad_iban`` (length, check digits, bank's own digits) at ``iban``."""
    from schwifty import IBAN
    from schwifty.exceptions import SchwiftyException

    try:
        number = IBAN(typed, validate_bban=True)
    except SchwiftyException as error:
        raise Invalid("bad_iban", field="iban") from error
    plain = str(number)
    return SealedIban(
        sealed=_box(secret_key).encrypt(plain.encode()),
        mark=hmac.new(_key(secret_key, "mark"), plain.encode(), hashlib.sha256).digest(),
        country=plain[:2],
        last4=plain[-4:],
        bank=str(number.bank_name or ""),
    )


def unseal(sealed: bytes, secret_key: str) -> str:
    """The account number, for the payment file alone."""
    return _box(secret_key).decrypt(sealed).decode()


def _box(secret_key: str) -> Fernet:
    from cryptography.fernet import Fernet

    return Fernet(base64.urlsafe_b64encode(_key(secret_key, "seal")))


def _key(secret_key: str, use: str) -> bytes:
    return hmac.new(secret_key.encode(), f"iban:{use}".encode(), hashlib.sha256).digest()
