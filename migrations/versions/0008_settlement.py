"""0008: month close: runs, statements, rows."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLES = r"""
CREATE TABLE settlement_run (
    month DATE NOT NULL,
    kind TEXT NOT NULL,
    requested_by UUID,
    requested_name TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    finished_at TIMESTAMP WITH TIME ZONE,
    done INTEGER NOT NULL,
    total INTEGER NOT NULL,
    problems JSONB NOT NULL,
    id UUID NOT NULL,
    operator_id UUID NOT NULL,
    partner_id UUID,
    CONSTRAINT pk_settlement_run PRIMARY KEY (id),
    CONSTRAINT ck_settlement_run_kind CHECK (kind in ('draft', 'issue')),
    CONSTRAINT fk_settlement_run_operator_id FOREIGN KEY(operator_id) REFERENCES operator (id),
    CONSTRAINT fk_settlement_run_partner_id FOREIGN KEY(partner_id) REFERENCES partner (id)
);

CREATE INDEX ix_settlement_run_month ON settlement_run (operator_id, month);

CREATE INDEX ix_settlement_run_partner_id ON settlement_run (partner_id);

CREATE TABLE statement (
    code TEXT NOT NULL,
    number TEXT,
    month DATE NOT NULL,
    revision INTEGER NOT NULL,
    currency VARCHAR(3) NOT NULL,
    time_zone TEXT NOT NULL,
    state TEXT NOT NULL,
    input JSONB NOT NULL,
    answer JSONB NOT NULL,
    input_hash TEXT NOT NULL,
    answer_hash TEXT NOT NULL,
    calc_version TEXT NOT NULL,
    accrued_minor BIGINT NOT NULL,
    collected_minor BIGINT NOT NULL,
    awaited_minor BIGINT NOT NULL,
    expenses_minor BIGINT NOT NULL,
    payout_net_minor BIGINT NOT NULL,
    payout_gross_minor BIGINT NOT NULL,
    carried_in_minor BIGINT NOT NULL,
    carried_out_minor BIGINT NOT NULL,
    carry_months INTEGER NOT NULL,
    built_at TIMESTAMP WITH TIME ZONE NOT NULL,
    built_by UUID,
    built_name TEXT NOT NULL,
    issued_at TIMESTAMP WITH TIME ZONE,
    issued_by UUID,
    issued_name TEXT,
    id UUID NOT NULL,
    operator_id UUID NOT NULL,
    partner_id UUID,
    CONSTRAINT pk_statement PRIMARY KEY (id),
    CONSTRAINT uq_statement_code UNIQUE (code),
    CONSTRAINT uq_statement_partner_id_currency_month_revision UNIQUE (partner_id, currency, month, revision),
    CONSTRAINT uq_statement_operator_id_number UNIQUE (operator_id, number),
    CONSTRAINT ck_statement_state CHECK (state in ('draft', 'issued', 'partly_paid', 'paid')),
    CONSTRAINT ck_statement_issued CHECK (state = 'draft' or (number is not null and answer_hash is not null)),
    CONSTRAINT fk_statement_operator_id FOREIGN KEY(operator_id) REFERENCES operator (id),
    CONSTRAINT fk_statement_partner_id FOREIGN KEY(partner_id) REFERENCES partner (id)
);

CREATE INDEX ix_statement_month ON statement (operator_id, month);

CREATE INDEX ix_statement_partner_id ON statement (partner_id);

CREATE TABLE statement_row (
    statement_id UUID NOT NULL,
    position INTEGER NOT NULL,
    operator_id UUID NOT NULL,
    partner_id UUID,
    session_id UUID NOT NULL,
    state TEXT NOT NULL,
    gross_minor BIGINT NOT NULL,
    net_minor BIGINT NOT NULL,
    vat_minor BIGINT NOT NULL,
    partner_minor BIGINT NOT NULL,
    facts JSONB NOT NULL,
    CONSTRAINT pk_statement_row PRIMARY KEY (statement_id, position),
    CONSTRAINT fk_statement_row_statement_id FOREIGN KEY(statement_id) REFERENCES statement (id) ON DELETE CASCADE
);

CREATE INDEX ix_statement_row_session ON statement_row (session_id);

comment on column settlement_run.problems is '[{partner, code, params}]';

comment on column statement_row.facts is 'the row as the engine answered it';
"""


def upgrade() -> None:
    """Create the tables of the room."""
    op.get_bind().connection.cursor().execute(TABLES)


def downgrade() -> None:
    """Drop them again."""
    op.get_bind().connection.cursor().execute("drop table statement_row cascade")
    op.get_bind().connection.cursor().execute("drop table statement cascade")
    op.get_bind().connection.cursor().execute("drop table settlement_run cascade")
