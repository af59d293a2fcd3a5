"""A driver's wish to charge, before it is a session: its row with everything that is fixed from now on, and its secret."""

from __future__ import annotations

import base64
import hashlib
import secrets

from app.domain.sessions.models import ChargingSession
from app.domain.sessions.offer import Offer
from app.kernel.ids import ALPHABET, new_code, uuid7
from app.kernel.tokens import token_hash
from app.work.unit import Work

#: with "QR" in front as long as OCPP 1.6 lets an idTag be
_TOKEN_LENGTH = 18


def secret_of(one_time_key: str) -> str:
    """The secret of ``/s/<secret>``: 256 bits that only the holder of the form's one-time key can know, the same for a repeated post."""
    digest = hashlib.sha256(b"voltpact session secret:" + one_time_key.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def wish(work: Work, offer: Offer, *, email: str | None, language: str, key: str) -> ChargingSession:
    """The row of a session that is only wished for yet."""
    terms = offer.terms
    row = ChargingSession(
        id=uuid7(),
        operator_id=offer.operator_id,
        partner_id=terms.partner_id,
        code=new_code("S"),
        location_id=terms.location_id,
        station_id=offer.station_id,
        evse_id=offer.evse_id,
        channel="adhoc",
        id_token="QR" + "".join(secrets.choice(ALPHABET) for _ in range(_TOKEN_LENGTH)),
        remote_start_id=secrets.randbelow(2**31 - 1) + 1,
        state="requested",
        requested_at=work.now,
        energy_wh=0,
        time_zone=terms.time_zone,
        currency=terms.currency,
        vat_pct=terms.vat_pct,
        evse_current=terms.evse_current,
        tariff_version_id=terms.tariff_version_id,
        tariff=terms.tariff,
        contract_version_id=terms.contract_version_id,
        parent_version_id=terms.parent_version_id,
        secret_hash=token_hash(secret_of(key)),
        language=language,
        email=email,
        hold_minor=offer.hold_minor,
        flags=[],
        seq=0,
        created_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    return row
