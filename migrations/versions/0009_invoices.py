"""0009: number series, documents, files."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = r"""
CREATE TABLE number_series (
    kind TEXT NOT NULL,
    year INTEGER NOT NULL,
    prefix TEXT NOT NULL,
    next_number INTEGER NOT NULL,
    id UUID NOT NULL,
    operator_id UUID NOT NULL,
    partner_id UUID,
    CONSTRAINT pk_number_series PRIMARY KEY (id),
    CONSTRAINT uq_number_series_operator_id_partner_id_kind_year UNIQUE NULLS NOT DISTINCT (operator_id, partner_id, kind, year),
    CONSTRAINT fk_number_series_operator_id FOREIGN KEY(operator_id) REFERENCES operator (id),
    CONSTRAINT fk_number_series_partner_id FOREIGN KEY(partner_id) REFERENCES partner (id)
);

CREATE INDEX ix_number_series_partner_id ON number_series (partner_id);

CREATE TABLE document (
    kind TEXT NOT NULL,
    number TEXT NOT NULL,
    language TEXT NOT NULL,
    issued_on DATE NOT NULL,
    issued_at TIMESTAMP WITH TIME ZONE NOT NULL,
    session_id UUID,
    statement_id UUID,
    receiver TEXT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    net_minor BIGINT NOT NULL,
    vat_minor BIGINT NOT NULL,
    gross_minor BIGINT NOT NULL,
    content JSONB NOT NULL,
    content_hash TEXT NOT NULL,
    id UUID NOT NULL,
    operator_id UUID NOT NULL,
    partner_id UUID,
    CONSTRAINT pk_document PRIMARY KEY (id),
    CONSTRAINT uq_document_operator_id_number UNIQUE (operator_id, number),
    CONSTRAINT uq_document_kind_session_id UNIQUE (kind, session_id),
    CONSTRAINT uq_document_kind_statement_id UNIQUE (kind, statement_id),
    CONSTRAINT ck_document_kind CHECK (kind in ('receipt', 'statement', 'self_billing', 'invoice')),
    CONSTRAINT ck_document_total CHECK (gross_minor = net_minor + vat_minor),
    CONSTRAINT fk_document_session_id FOREIGN KEY(session_id) REFERENCES charging_session (id),
    CONSTRAINT fk_document_statement_id FOREIGN KEY(statement_id) REFERENCES statement (id),
    CONSTRAINT fk_document_operator_id FOREIGN KEY(operator_id) REFERENCES operator (id),
    CONSTRAINT fk_document_partner_id FOREIGN KEY(partner_id) REFERENCES partner (id)
);

CREATE INDEX ix_document_list ON document (operator_id, issued_at, id);

CREATE INDEX ix_document_partner_id ON document (partner_id);

CREATE TABLE document_file (
    document_id UUID NOT NULL,
    media_type TEXT NOT NULL,
    operator_id UUID NOT NULL,
    partner_id UUID,
    body BYTEA NOT NULL,
    body_hash TEXT NOT NULL,
    rendered_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_document_file PRIMARY KEY (document_id, media_type),
    CONSTRAINT fk_document_file_document_id FOREIGN KEY(document_id) REFERENCES document (id)
);
"""


def upgrade() -> None:
    """Create the tables of the room."""
    op.get_bind().connection.cursor().execute(TABLES)


def downgrade() -> None:
    """Drop them again."""
    op.get_bind().connection.cursor().execute("drop table document_file cascade")
    op.get_bind().connection.cursor().execute("drop table document cascade")
    op.get_bind().connection.cursor().execute("drop table number_series cascade")
