"""0001: operators, partners, contacts, people, memberships, outgoing mail."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = r"""
CREATE TABLE operator (
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    legal_name TEXT NOT NULL,
    country TEXT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    time_zone TEXT NOT NULL,
    language TEXT NOT NULL,
    vat_id TEXT,
    address JSONB NOT NULL,
    help_phone TEXT,
    hold_minor INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    id UUID NOT NULL,
    CONSTRAINT pk_operator PRIMARY KEY (id),
    CONSTRAINT uq_operator_code UNIQUE (code)
);

CREATE TABLE partner (
    operator_id UUID NOT NULL,
    code TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    name TEXT NOT NULL,
    legal_name TEXT NOT NULL,
    register_no TEXT,
    vat_id TEXT,
    street TEXT NOT NULL,
    postcode TEXT NOT NULL,
    city TEXT NOT NULL,
    country TEXT NOT NULL,
    language TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    external_id TEXT,
    parent_id UUID,
    tax_credit TEXT NOT NULL,
    tax_fees TEXT NOT NULL,
    staff_notes TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    id UUID NOT NULL,
    CONSTRAINT pk_partner PRIMARY KEY (id),
    CONSTRAINT uq_partner_code UNIQUE (code),
    CONSTRAINT uq_partner_operator_id_external_id UNIQUE (operator_id, external_id),
    CONSTRAINT ck_partner_kind CHECK (kind in ('host', 'company', 'sub_operator')),
    CONSTRAINT ck_partner_state CHECK (state in ('draft', 'active', 'paused', 'closed')),
    CONSTRAINT ck_partner_parent CHECK (parent_id is null or parent_id <> id),
    CONSTRAINT fk_partner_operator_id FOREIGN KEY(operator_id) REFERENCES operator (id),
    CONSTRAINT fk_partner_parent_id FOREIGN KEY(parent_id) REFERENCES partner (id)
);

CREATE INDEX ix_partner_list ON partner (operator_id, name, id);

CREATE INDEX ix_partner_parent_id ON partner (parent_id);

CREATE TABLE contact (
    kind TEXT NOT NULL,
    person TEXT NOT NULL,
    email TEXT NOT NULL,
    phone TEXT NOT NULL,
    language TEXT NOT NULL,
    hours TEXT NOT NULL,
    id UUID NOT NULL,
    operator_id UUID NOT NULL,
    partner_id UUID,
    CONSTRAINT pk_contact PRIMARY KEY (id),
    CONSTRAINT uq_contact_partner_id_kind UNIQUE (partner_id, kind),
    CONSTRAINT ck_contact_kind CHECK (kind in ('administrative', 'technical', 'billing')),
    CONSTRAINT fk_contact_operator_id FOREIGN KEY(operator_id) REFERENCES operator (id),
    CONSTRAINT fk_contact_partner_id FOREIGN KEY(partner_id) REFERENCES partner (id)
);

CREATE INDEX ix_contact_partner_id ON contact (partner_id);

CREATE TABLE user_account (
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    password_hash TEXT,
    password_changed_at TIMESTAMP WITH TIME ZONE,
    language TEXT NOT NULL,
    region TEXT NOT NULL,
    theme TEXT NOT NULL,
    time_basis TEXT NOT NULL,
    disabled_at TIMESTAMP WITH TIME ZONE,
    last_sign_in_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    id UUID NOT NULL,
    CONSTRAINT pk_user_account PRIMARY KEY (id)
);

CREATE UNIQUE INDEX uq_user_account_email ON user_account (lower(email));

CREATE TABLE membership (
    user_id UUID NOT NULL,
    role TEXT NOT NULL,
    location_ids UUID[],
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    id UUID NOT NULL,
    operator_id UUID NOT NULL,
    partner_id UUID,
    CONSTRAINT pk_membership PRIMARY KEY (id),
    CONSTRAINT uq_membership_user_id_operator_id_partner_id UNIQUE NULLS NOT DISTINCT (user_id, operator_id, partner_id),
    CONSTRAINT fk_membership_user_id FOREIGN KEY(user_id) REFERENCES user_account (id),
    CONSTRAINT fk_membership_operator_id FOREIGN KEY(operator_id) REFERENCES operator (id),
    CONSTRAINT fk_membership_partner_id FOREIGN KEY(partner_id) REFERENCES partner (id)
);

CREATE INDEX ix_membership_partner_id ON membership (partner_id);

CREATE TABLE sign_in_throttle (
    key TEXT NOT NULL,
    failures INTEGER NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    blocked_until TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_sign_in_throttle PRIMARY KEY (key)
);

CREATE TABLE mail_message (
    to_address TEXT NOT NULL,
    subject TEXT NOT NULL,
    body_text TEXT NOT NULL,
    body_html TEXT NOT NULL,
    language TEXT NOT NULL,
    document_ids UUID[] NOT NULL,
    state TEXT NOT NULL,
    error TEXT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE,
    id UUID NOT NULL,
    operator_id UUID NOT NULL,
    partner_id UUID,
    CONSTRAINT pk_mail_message PRIMARY KEY (id),
    CONSTRAINT ck_mail_message_state CHECK (state in ('queued', 'sent', 'kept', 'failed')),
    CONSTRAINT fk_mail_message_operator_id FOREIGN KEY(operator_id) REFERENCES operator (id),
    CONSTRAINT fk_mail_message_partner_id FOREIGN KEY(partner_id) REFERENCES partner (id)
);

CREATE INDEX ix_mail_message_list ON mail_message (operator_id, created_at);

CREATE INDEX ix_mail_message_partner_id ON mail_message (partner_id);

comment on column operator.code is 'party id in EVSE ids, such as NLT';

comment on column operator.hold_minor is 'card hold before an ad hoc session, gross';

comment on column partner.tax_credit is 'tax code of what the partner is credited (settlement input)';

comment on column partner.tax_fees is 'tax code of what the partner is charged';

comment on column partner.version is 'grows with each save; a form sends back the one it saw';
"""


def upgrade() -> None:
    """Create the tables of the room."""
    op.get_bind().connection.cursor().execute(TABLES)


def downgrade() -> None:
    """Drop them again."""
    op.get_bind().connection.cursor().execute("drop table mail_message cascade")
    op.get_bind().connection.cursor().execute("drop table sign_in_throttle cascade")
    op.get_bind().connection.cursor().execute("drop table membership cascade")
    op.get_bind().connection.cursor().execute("drop table user_account cascade")
    op.get_bind().connection.cursor().execute("drop table contact cascade")
    op.get_bind().connection.cursor().execute("drop table partner cascade")
    op.get_bind().connection.cursor().execute("drop table operator cascade")
