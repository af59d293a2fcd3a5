"""0010: audit log and the outbox of jobs."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLES = r"""
CREATE TABLE audit_entry (
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    act TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id UUID,
    actor_name TEXT NOT NULL,
    on_behalf_of TEXT,
    subject_kind TEXT,
    subject_id UUID,
    facts JSONB NOT NULL,
    work_id UUID NOT NULL,
    id UUID NOT NULL,
    operator_id UUID NOT NULL,
    partner_id UUID,
    CONSTRAINT pk_audit_entry PRIMARY KEY (id),
    CONSTRAINT fk_audit_entry_operator_id FOREIGN KEY(operator_id) REFERENCES operator (id),
    CONSTRAINT fk_audit_entry_partner_id FOREIGN KEY(partner_id) REFERENCES partner (id)
);

CREATE INDEX ix_audit_entry_at ON audit_entry (operator_id, at);

CREATE INDEX ix_audit_entry_partner_id ON audit_entry (partner_id);

CREATE INDEX ix_audit_entry_subject ON audit_entry (subject_kind, subject_id, at);

CREATE INDEX ix_audit_entry_work_id ON audit_entry (work_id);

CREATE TABLE job (
    operator_id UUID,
    partner_id UUID,
    name TEXT NOT NULL,
    args JSONB NOT NULL,
    key TEXT,
    state TEXT NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    requested_by UUID,
    attempts INTEGER NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE,
    finished_at TIMESTAMP WITH TIME ZONE,
    last_error TEXT,
    done INTEGER NOT NULL,
    total INTEGER,
    result JSONB,
    id UUID NOT NULL,
    CONSTRAINT pk_job PRIMARY KEY (id),
    CONSTRAINT uq_job_key UNIQUE (key),
    CONSTRAINT ck_job_state CHECK (state in ('queued', 'running', 'done', 'failed', 'cancelled')),
    CONSTRAINT ck_job_progress CHECK (done >= 0 and (total is null or total >= done)),
    CONSTRAINT fk_job_operator_id FOREIGN KEY(operator_id) REFERENCES operator (id),
    CONSTRAINT fk_job_partner_id FOREIGN KEY(partner_id) REFERENCES partner (id)
);

CREATE INDEX ix_job_due ON job (due_at) WHERE state in ('queued', 'running');

CREATE INDEX ix_job_requested_by ON job (requested_by, created_at);

comment on column audit_entry.act is 'name of the event, in the past tense';

comment on column job.name is 'registered name such as documents.statement';
"""


def upgrade() -> None:
    """Create the tables of the room."""
    op.get_bind().connection.cursor().execute(TABLES)


def downgrade() -> None:
    """Drop them again."""
    op.get_bind().connection.cursor().execute("drop table job cascade")
    op.get_bind().connection.cursor().execute("drop table audit_entry cascade")
