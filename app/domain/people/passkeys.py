"""Passkeys (WebAuthn level 2): keeping a new one, and recognising a person by one. Always with the person verified by the device.

A passkey is bound to the host of the installation's public address. The challenge of each ceremony is made here and kept by the caller
until the answer comes; each is good for one answer. The library is read when the first ceremony begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import select

from app.access.actor import Actor, ActorKind
from app.domain.people.factors import keep_factor
from app.domain.people.models import Factor, User
from app.kernel.errors import Invalid, NotAllowed
from app.work.unit import Work, enter_tenant

if TYPE_CHECKING:
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor


@dataclass(frozen=True, slots=True)
class Site:
    """The installation as a browser sees it: passkeys are made for its host and answer only to pages of its address."""

    public_url: str

    @property
    def host(self) -> str:
        """The relying party's id."""
        return urlsplit(self.public_url).hostname or ""

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        parts = urlsplit(self.public_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def has_passkeys(self) -> bool:
        """Browsers offer passkeys to named hosts only, and over https (or on the machine itself)."""
        host = self.host
        return bool(host) and not host.replace(".", "").isdigit() and ":" not in host


@dataclass(frozen=True, slots=True)
class Asked:
    """A ceremony begun: what the browser gets (JSON), and the challenge to compare the answer with."""

    options: str
    challenge: bytes


def ask_new(work: Work, site: Site, user_id: UUID) -> Asked:
    """Options for making a passkey; devices that have one already are left out."""
    user = work.session.get_one(User, user_id)
    return ask_first(site, user_id, user.email, user.name, known=_known(work, user_id))


def ask_first(site: Site, user_id: UUID, email: str, name: str, *, known: Sequence[PublicKeyCredentialDescriptor] = ()) -> Asked:
    """The same for somebody who only now joins, and will have that id."""
    import webauthn
    from webauthn.helpers.structs import AuthenticatorSelectionCriteria, ResidentKeyRequirement, UserVerificationRequirement

    options = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name="Voltpact",
        user_id=user_id.bytes,
        user_name=email,
        user_display_name=name,
        exclude_credentials=list(known),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )
    return Asked(webauthn.options_to_json(options), options.challenge)


def add(work: Work, site: Site, user_id: UUID, answer: str, challenge: bytes, label: str) -> list[str]:
    """Keep a passkey; refuses ``passkey_refused``. Returns new recovery codes if it is the person's first factor."""
    import webauthn
    from webauthn.helpers import parse_registration_credential_json
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        proven = webauthn.verify_registration_response(
            credential=parse_registration_credential_json(answer),
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise Invalid("passkey_refused", field="answer") from error
    factor = Factor(
        user_id=user_id,
        kind="passkey",
        secret=proven.credential_public_key,
        credential_id=proven.credential_id,
        last_count=proven.sign_count,
    )
    return keep_factor(work, factor, label)


def ask(work: Work, site: Site, user_id: UUID | None = None) -> Asked:
    """Options for showing a passkey: any of this site, or one of the person's."""
    import webauthn
    from webauthn.helpers.structs import UserVerificationRequirement

    options = webauthn.generate_authentication_options(
        rp_id=site.host,
        allow_credentials=_known(work, user_id) if user_id is not None else None,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return Asked(webauthn.options_to_json(options), options.challenge)


def recognise(work: Work, site: Site, answer: str, challenge: bytes, user_id: UUID | None = None) -> UUID:
    """Whose passkey answered; refuses ``passkey_refused`` for every reason. The work's tenant becomes the person's own."""
    import webauthn
    from webauthn.helpers import parse_authentication_credential_json
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        credential = parse_authentication_credential_json(answer)
        handle = credential.response.user_handle
        owner = user_id or UUID(bytes=handle or b"")
        work.actor = Actor(ActorKind.USER, "sign-in", id=owner)
        enter_tenant(work.session, work.actor)
        factor = _factor(work, owner, credential.raw_id)
        proven = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=factor.secret,
            credential_current_sign_count=factor.last_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise NotAllowed("passkey_refused") from error
    factor.last_count, factor.last_used_at = proven.new_sign_count, work.now
    work.session.flush()
    if work.session.get_one(User, owner).disabled_at is not None:
        raise NotAllowed("user_disabled")
    return owner


def read_challenge(kept: str) -> bytes:
    """A challenge kept as base64url."""
    from webauthn.helpers import base64url_to_bytes

    return base64url_to_bytes(kept)


def _factor(work: Work, owner: UUID, credential_id: bytes) -> Factor:
    statement = select(Factor).where(Factor.user_id == owner, Factor.kind == "passkey", Factor.credential_id == credential_id)
    found = work.session.scalars(statement.with_for_update()).one_or_none()
    if found is None:
        raise NotAllowed("passkey_refused")
    return found


def _known(work: Work, user_id: UUID) -> list[PublicKeyCredentialDescriptor]:
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

    statement = select(Factor.credential_id).where(Factor.user_id == user_id, Factor.kind == "passkey")
    return [PublicKeyCredentialDescriptor(id=key) for key in work.session.scalars(statement) if key is not None]
