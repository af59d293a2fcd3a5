"""0006: holds and the webhook inbox."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = r"""
CREATE TABLE payment (
    session_id UUID NOT NULL,
    provider TEXT NOT NULL,
    provider_ref TEXT,
    key TEXT NOT NULL,
    state TEXT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    hold_minor BIGINT NOT NULL,
    captured_minor BIGINT NOT NULL,
    refunded_minor BIGINT NOT NULL,
    card_brand TEXT,
    card_last4 TEXT,
    failure TEXT,
    page_url TEXT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    reserved_at TIMESTAMP WITH TIME ZONE,
    charged_at TIMESTAMP WITH TIME ZONE,
    released_at TIMESTAMP WITH TIME ZONE,
    id UUID NOT NULL,
    operator_id UUID NOT NULL,
    partner_id UUID,
    CONSTRAINT pk_payment PRIMARY KEY (id),
    CONSTRAINT uq_payment_key UNIQUE (key),
    CONSTRAINT uq_payment_provider_provider_ref UNIQUE (provider, provider_ref),
    CONSTRAINT ck_payment_state CHECK (state in ('created', 'to_confirm', 'reserved', 'charged', 'released', 'failed', 'expired')),
    CONSTRAINT ck_payment_captured CHECK (hold_minor > 0 and captured_minor between 0 and hold_minor),
    CONSTRAINT ck_payment_refunded CHECK (refunded_minor between 0 and captured_minor),
    CONSTRAINT fk_payment_session_id FOREIGN KEY(session_id) REFERENCES charging_session (id),
    CONSTRAINT fk_payment_operator_id FOREIGN KEY(operator_id) REFERENCES operator (id),
    CONSTRAINT fk_payment_partner_id FOREIGN KEY(partner_id) REFERENCES partner (id)
);

CREATE INDEX ix_payment_partner_id ON payment (partner_id);

CREATE INDEX ix_payment_session_id ON payment (session_id);

CREATE TABLE webhook (
    operator_id UUID,
    provider TEXT NOT NULL,
    event_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    body JSONB NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    done_at TIMESTAMP WITH TIME ZONE,
    note TEXT,
    id UUID NOT NULL,
    CONSTRAINT pk_webhook PRIMARY KEY (id),
    CONSTRAINT uq_webhook_provider_event_id UNIQUE (provider, event_id),
    CONSTRAINT fk_webhook_operator_id FOREIGN KEY(operator_id) REFERENCES operator (id)
);

comment on column payment.key is 'idempotency key towards the provider';

comment on column payment.failure is 'declined, confirmation_failed, expired …';

comment on column payment.page_url is 'the provider''s hosted card page';
"""


def upgrade() -> None:
    """Create the tables of the room."""
    op.get_bind().connection.cursor().execute(TABLES)


def downgrade() -> None:
    """Drop them again."""
    op.get_bind().connection.cursor().execute("drop table webhook cascade")
    op.get_bind().connection.cursor().execute("drop table payment cascade")
