"""0004: contracts, versions, dated assignments of charge points."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = r"""
CREATE TABLE contract (
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    time_zone TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    id UUID NOT NULL,
    operator_id UUID NOT NULL,
    partner_id UUID,
    CONSTRAINT pk_contract PRIMARY KEY (id),
    CONSTRAINT uq_contract_code UNIQUE (code),
    CONSTRAINT fk_contract_operator_id FOREIGN KEY(operator_id) REFERENCES operator (id),
    CONSTRAINT fk_contract_partner_id FOREIGN KEY(partner_id) REFERENCES partner (id)
);

CREATE INDEX ix_contract_partner_id ON contract (partner_id);

CREATE TABLE contract_version (
    contract_id UUID NOT NULL,
    number INTEGER NOT NULL,
    state TEXT NOT NULL,
    first_month DATE NOT NULL,
    last_month DATE,
    auto_renewal BOOLEAN NOT NULL,
    ac_pct NUMERIC(5, 2) NOT NULL,
    dc_pct NUMERIC(5, 2) NOT NULL,
    exclude_connection_fee BOOLEAN NOT NULL,
    deduct_electricity BOOLEAN NOT NULL,
    reimburse_electricity BOOLEAN NOT NULL,
    terms JSONB NOT NULL,
    permissions TEXT[] NOT NULL,
    version INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by UUID,
    activated_at TIMESTAMP WITH TIME ZONE,
    id UUID NOT NULL,
    operator_id UUID NOT NULL,
    partner_id UUID,
    CONSTRAINT pk_contract_version PRIMARY KEY (id),
    CONSTRAINT uq_contract_version_contract_id_number UNIQUE (contract_id, number),
    CONSTRAINT ck_contract_version_state CHECK (state in ('draft', 'scheduled', 'active', 'expired', 'terminated')),
    CONSTRAINT ck_contract_version_shares CHECK (ac_pct between 0 and 100 and dc_pct between 0 and 100),
    CONSTRAINT ck_contract_version_months CHECK (extract(day from first_month) = 1 and (last_month is null or extract(day from last_month) = 1)),
    CONSTRAINT ck_contract_version_term CHECK (last_month is null or last_month >= first_month),
    CONSTRAINT ck_contract_version_renewal CHECK (not auto_renewal or last_month is not null),
    CONSTRAINT ck_contract_version_reimbursement CHECK (not reimburse_electricity or deduct_electricity),
    CONSTRAINT fk_contract_version_contract_id FOREIGN KEY(contract_id) REFERENCES contract (id),
    CONSTRAINT fk_contract_version_operator_id FOREIGN KEY(operator_id) REFERENCES operator (id),
    CONSTRAINT fk_contract_version_partner_id FOREIGN KEY(partner_id) REFERENCES partner (id)
);

CREATE INDEX ix_contract_version_contract ON contract_version (contract_id, first_month);

CREATE INDEX ix_contract_version_partner_id ON contract_version (partner_id);

CREATE TABLE assignment (
    station_id UUID NOT NULL,
    contract_id UUID NOT NULL,
    valid_from DATE NOT NULL,
    valid_until DATE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    id UUID NOT NULL,
    operator_id UUID NOT NULL,
    partner_id UUID,
    CONSTRAINT pk_assignment PRIMARY KEY (id),
    CONSTRAINT ck_assignment_span CHECK (valid_until is null or valid_until > valid_from),
    CONSTRAINT fk_assignment_station_id FOREIGN KEY(station_id) REFERENCES station (id) ON DELETE CASCADE,
    CONSTRAINT fk_assignment_contract_id FOREIGN KEY(contract_id) REFERENCES contract (id),
    CONSTRAINT fk_assignment_operator_id FOREIGN KEY(operator_id) REFERENCES operator (id),
    CONSTRAINT fk_assignment_partner_id FOREIGN KEY(partner_id) REFERENCES partner (id)
);

CREATE INDEX ix_assignment_contract ON assignment (contract_id);

CREATE INDEX ix_assignment_partner_id ON assignment (partner_id);

CREATE INDEX ix_assignment_station ON assignment (station_id, valid_from);

CREATE UNIQUE INDEX uq_assignment_open ON assignment (station_id) WHERE valid_until is null;

comment on column contract_version.first_month is 'first day of the first month';

comment on column contract_version.last_month is 'first day of the last month, included; null: open end';

comment on column contract_version.terms is 'fees, platform_fee, overrides, negative_margin … as in the settlement input, decimals as strings';

comment on column contract_version.permissions is 'delegated rights, values of Permission';
"""


def upgrade() -> None:
    """Create the tables of the room."""
    op.get_bind().connection.cursor().execute(TABLES)


def downgrade() -> None:
    """Drop them again."""
    op.get_bind().connection.cursor().execute("drop table assignment cascade")
    op.get_bind().connection.cursor().execute("drop table contract_version cascade")
    op.get_bind().connection.cursor().execute("drop table contract cascade")
