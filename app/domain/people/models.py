"""Operators, partners, their contacts, people and their memberships."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Currency, Keyed, Owned


class Operator(Keyed, Base):
    """A charge point operator: the tenant."""

    __tablename__ = "operator"
    __table_args__ = (UniqueConstraint("code"),)

    code: Mapped[str] = mapped_column(comment="party id in EVSE ids, such as NLT")
    name: Mapped[str]
    legal_name: Mapped[str]
    country: Mapped[str]
    currency: Mapped[Currency]
    time_zone: Mapped[str]
    language: Mapped[str] = mapped_column(default="en")
    vat_id: Mapped[str | None]
    address: Mapped[dict[str, Any]] = mapped_column(default=dict)
    help_phone: Mapped[str | None]
    hold_minor: Mapped[int] = mapped_column(default=4500, comment="card hold before an ad hoc session, gross")
    created_at: Mapped[datetime]


class Partner(Keyed, Base):
    """A company or person whose site the operator runs; or a sub-operator that looks after such partners."""

    __tablename__ = "partner"
    __table_args__ = (
        UniqueConstraint("code"),
        UniqueConstraint("operator_id", "external_id"),
        CheckConstraint("kind in ('host', 'company', 'sub_operator')", "kind"),
        CheckConstraint("state in ('draft', 'active', 'paused', 'closed')", "state"),
        CheckConstraint("parent_id is null or parent_id <> id", "parent"),
        Index("ix_partner_list", "operator_id", "name", "id"),
        Index("ix_partner_manager_id", "manager_id", postgresql_where=text("manager_id is not null")),
    )

    operator_id: Mapped[UUID] = mapped_column(ForeignKey("operator.id"))
    code: Mapped[str]
    kind: Mapped[str] = mapped_column(default="host")
    state: Mapped[str] = mapped_column(default="draft")
    name: Mapped[str]
    legal_name: Mapped[str]
    register_no: Mapped[str | None]
    vat_id: Mapped[str | None]
    street: Mapped[str]
    postcode: Mapped[str]
    city: Mapped[str]
    country: Mapped[str]
    language: Mapped[str]
    time_zone: Mapped[str]
    currency: Mapped[Currency]
    external_id: Mapped[str | None]
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("partner.id"), index=True)
    manager_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"), comment="who of the operator's staff looks after it")
    tax_credit: Mapped[str] = mapped_column(default="S19", comment="tax code of what the partner is credited (settlement input)")
    tax_fees: Mapped[str] = mapped_column(default="S19", comment="tax code of what the partner is charged")
    staff_notes: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1, comment="grows with each save; a form sends back the one it saw")
    created_at: Mapped[datetime]

    __mapper_args__ = {"version_id_col": version}


class PartnerCare(Keyed, Owned, Base):
    """From an instant on a partner is in the care of a sub-operator, or of nobody. Append-only; a trigger begins it with the partner."""

    __tablename__ = "partner_care"
    __table_args__ = (Index("ix_partner_care_parent_id", "parent_id", "since"),)

    since: Mapped[datetime]
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("partner.id"), comment="the sub-operator from then on; null: nobody")


class Contact(Keyed, Owned, Base):
    """Administrative, technical or billing contact of a partner; of a kind there may be several."""

    __tablename__ = "contact"
    __table_args__ = (
        CheckConstraint("kind in ('administrative', 'technical', 'billing')", "kind"),
        Index("uq_contact_one", "partner_id", "kind", text("lower(email)"), unique=True),
        Index("uq_contact_token_hash", "token_hash", unique=True),
    )

    kind: Mapped[str]
    person: Mapped[str]
    email: Mapped[str]
    phone: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="en")
    hours: Mapped[str] = mapped_column(default="")
    orders: Mapped[list[str]] = mapped_column(default=list, comment="what it may order changes about")
    confirmed_at: Mapped[datetime | None] = mapped_column(comment="since when its address is known to be read by it; null: nobody answered")
    token_hash: Mapped[bytes | None] = mapped_column(comment="of the link in the last mail that asks; null: none is open")
    token_until: Mapped[datetime | None]


class User(Keyed, Base):
    """A person who signs in."""

    __tablename__ = "user_account"
    __table_args__ = (
        Index("uq_user_account_email", text("lower(email)"), unique=True),
        CheckConstraint("density in ('usual', 'normal', 'compact')", "density"),
    )

    email: Mapped[str]
    name: Mapped[str]
    phone: Mapped[str] = mapped_column(default="", comment="under which others reach this person; empty: not said")
    password_hash: Mapped[str | None]
    password_changed_at: Mapped[datetime | None]
    language: Mapped[str] = mapped_column(default="en")
    region: Mapped[str] = mapped_column(default="en_GB")
    theme: Mapped[str] = mapped_column(default="system")
    time_basis: Mapped[str] = mapped_column(default="site")
    density: Mapped[str] = mapped_column(default="usual", comment="usual: as the portal has it")
    shortcuts: Mapped[bool] = mapped_column(default=True)
    time_zone: Mapped[str | None] = mapped_column(comment="whose morning the daily summary comes in; null: the operator's")
    disabled_at: Mapped[datetime | None]
    second_factor_at: Mapped[datetime | None] = mapped_column(comment="since when a second factor is asked for; null: none is set up")
    signed_out_at: Mapped[datetime | None] = mapped_column(comment="sign-ins made before are over; null: none were ended so")
    last_sign_in_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Membership(Keyed, Owned, Base):
    """A role in an operator (partner_id null) or in one partner account, perhaps limited to locations."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("user_id", "operator_id", "partner_id", postgresql_nulls_not_distinct=True),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    role: Mapped[str]
    location_ids: Mapped[list[UUID] | None]
    networks: Mapped[list[str] | None] = mapped_column(comment="addresses (CIDR) from which the role may be used; null: from anywhere")
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Invitation(Keyed, Owned, Base):
    """A role offered to whoever reads the mail of one address: single use, limited in time, known by the hash of its token only."""

    __tablename__ = "invitation"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        Index(
            "uq_invitation_open",
            "operator_id",
            "partner_id",
            text("lower(email)"),
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("accepted_at is null and declined_at is null and withdrawn_at is null"),
        ),
    )

    token_hash: Mapped[bytes]
    email: Mapped[str]
    name: Mapped[str]
    role: Mapped[str]
    language: Mapped[str]
    location_ids: Mapped[list[UUID] | None]
    networks: Mapped[list[str] | None]
    invited_by: Mapped[UUID | None]
    invited_by_name: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    declined_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class PasswordReset(Keyed, Base):
    """A link that lets its reader choose a new password, once."""

    __tablename__ = "password_reset"
    __table_args__ = (UniqueConstraint("token_hash"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    token_hash: Mapped[bytes]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Factor(Keyed, Base):
    """An authenticator app or a passkey of a person."""

    __tablename__ = "user_factor"
    __table_args__ = (UniqueConstraint("credential_id"), CheckConstraint("kind in ('totp', 'passkey')", "kind"))

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    kind: Mapped[str]
    label: Mapped[str]
    secret: Mapped[bytes] = mapped_column(comment="totp: the shared secret, sealed with the installation's key; passkey: the public key")
    credential_id: Mapped[bytes | None]
    last_count: Mapped[int] = mapped_column(
        BigInteger, default=0, comment="totp: the last time step used; passkey: the counter of the authenticator"
    )
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]


class RecoveryCode(Keyed, Base):
    """One of ten codes that let somebody in whose second factor is lost; used once."""

    __tablename__ = "recovery_code"
    __table_args__ = (UniqueConstraint("user_id", "code_hash"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    code_hash: Mapped[bytes]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SignInThrottle(Base):
    """Failed sign-ins per account and per address (``account:<hash>``, ``address:<ip>``)."""

    __tablename__ = "sign_in_throttle"

    key: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int]
    since: Mapped[datetime]
    blocked_until: Mapped[datetime | None]


class MailMessage(Keyed, Owned, Base):
    """A mail on its way out; without SMTP settings it stays here for staff to read."""

    __tablename__ = "mail_message"
    __table_args__ = (
        CheckConstraint("state in ('queued', 'sent', 'kept', 'failed', 'waiting', 'gathered', 'dropped')", "state"),
        Index("ix_mail_message_list", "operator_id", "created_at"),
        Index("ix_mail_message_waiting", "operator_id", "waits_for", postgresql_where=text("state = 'waiting'")),
        Index("ix_mail_message_failed", "operator_id", "created_at", postgresql_where=text("state = 'failed'")),
    )

    to_address: Mapped[str]
    subject: Mapped[str]
    body_text: Mapped[str]
    body_html: Mapped[str]
    language: Mapped[str]
    document_ids: Mapped[list[UUID]] = mapped_column(default=list)
    is_secret: Mapped[bool] = mapped_column(
        default=False, comment="holds a link that lets its reader in: staff read it only where no mail server is set"
    )
    state: Mapped[str] = mapped_column(default="queued")
    waits_for: Mapped[UUID | None] = mapped_column(
        ForeignKey("user_account.id"), comment="whose daily summary it goes into; null: a mail of its own"
    )
    event: Mapped[str | None] = mapped_column(comment="what it is about, of those a person chooses; null: not to be chosen")
    error: Mapped[str | None]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
