"""0007: accounts, entries, postings."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = r"""
CREATE TABLE ledger_account (
    code TEXT NOT NULL,
    kind TEXT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    id UUID NOT NULL,
    operator_id UUID NOT NULL,
    partner_id UUID,
    CONSTRAINT pk_ledger_account PRIMARY KEY (id),
    CONSTRAINT uq_ledger_account_operator_id_code_currency UNIQUE (operator_id, code, currency),
    CONSTRAINT uq_ledger_account_id_operator_id_currency UNIQUE (id, operator_id, currency),
    CONSTRAINT fk_ledger_account_operator_id FOREIGN KEY(operator_id) REFERENCES operator (id),
    CONSTRAINT fk_ledger_account_partner_id FOREIGN KEY(partner_id) REFERENCES partner (id)
);

CREATE INDEX ix_ledger_account_partner_id ON ledger_account (partner_id);

CREATE TABLE ledger_entry (
    key TEXT NOT NULL,
    body_hash TEXT NOT NULL,
    kind TEXT NOT NULL,
    effective_on DATE NOT NULL,
    posted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    transaction_id BIGINT DEFAULT pg_current_xact_id()::text::bigint NOT NULL,
    reverses UUID,
    session_id UUID,
    statement_id UUID,
    payment_id UUID,
    facts JSONB NOT NULL,
    id UUID NOT NULL,
    operator_id UUID NOT NULL,
    partner_id UUID,
    CONSTRAINT pk_ledger_entry PRIMARY KEY (id),
    CONSTRAINT uq_ledger_entry_operator_id_key UNIQUE (operator_id, key),
    CONSTRAINT uq_ledger_entry_reverses UNIQUE (reverses),
    CONSTRAINT uq_ledger_entry_id_operator_id UNIQUE (id, operator_id),
    CONSTRAINT fk_ledger_entry_operator_id FOREIGN KEY(operator_id) REFERENCES operator (id),
    CONSTRAINT fk_ledger_entry_partner_id FOREIGN KEY(partner_id) REFERENCES partner (id)
);

CREATE INDEX ix_ledger_entry_effective ON ledger_entry (operator_id, effective_on);

CREATE INDEX ix_ledger_entry_partner_id ON ledger_entry (partner_id);

CREATE INDEX ix_ledger_entry_session ON ledger_entry (session_id);

CREATE TABLE ledger_posting (
    entry_id UUID NOT NULL,
    account_id UUID NOT NULL,
    currency VARCHAR(3) NOT NULL,
    amount_minor BIGINT NOT NULL,
    id UUID NOT NULL,
    operator_id UUID NOT NULL,
    partner_id UUID,
    CONSTRAINT pk_ledger_posting PRIMARY KEY (id),
    CONSTRAINT fk_ledger_posting_entry FOREIGN KEY(entry_id, operator_id) REFERENCES ledger_entry (id, operator_id),
    CONSTRAINT fk_ledger_posting_account FOREIGN KEY(account_id, operator_id, currency) REFERENCES ledger_account (id, operator_id, currency),
    CONSTRAINT ck_ledger_posting_amount CHECK (amount_minor <> 0),
    CONSTRAINT fk_ledger_posting_operator_id FOREIGN KEY(operator_id) REFERENCES operator (id),
    CONSTRAINT fk_ledger_posting_partner_id FOREIGN KEY(partner_id) REFERENCES partner (id)
);

CREATE INDEX ix_ledger_posting_account ON ledger_posting (account_id, entry_id);

CREATE INDEX ix_ledger_posting_entry ON ledger_posting (entry_id);

CREATE INDEX ix_ledger_posting_partner_id ON ledger_posting (partner_id);

comment on column ledger_account.code is 'psp_clearing, partner_payable:<id>, vat_output:DE:19 …';

comment on column ledger_account.kind is 'asset, liability, income, expense';

comment on column ledger_entry.key is 'session:<id>, capture:<payment> …; the same key is the same entry';
"""


def upgrade() -> None:
    """Create the tables of the room."""
    op.get_bind().connection.cursor().execute(TABLES)


def downgrade() -> None:
    """Drop them again."""
    op.get_bind().connection.cursor().execute("drop table ledger_posting cascade")
    op.get_bind().connection.cursor().execute("drop table ledger_entry cascade")
    op.get_bind().connection.cursor().execute("drop table ledger_account cascade")
