"""0003: tariffs, versions, assignments."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = r"""
CREATE TABLE tariff (
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    archived_at TIMESTAMP WITH TIME ZONE,
    id UUID NOT NULL,
    operator_id UUID NOT NULL,
    partner_id UUID,
    CONSTRAINT pk_tariff PRIMARY KEY (id),
    CONSTRAINT uq_tariff_code UNIQUE (code),
    CONSTRAINT fk_tariff_operator_id FOREIGN KEY(operator_id) REFERENCES operator (id),
    CONSTRAINT fk_tariff_partner_id FOREIGN KEY(partner_id) REFERENCES partner (id)
);

CREATE INDEX ix_tariff_list ON tariff (operator_id, name, id);

CREATE INDEX ix_tariff_partner_id ON tariff (partner_id);

CREATE TABLE tariff_version (
    tariff_id UUID NOT NULL,
    number INTEGER NOT NULL,
    valid_from TIMESTAMP WITH TIME ZONE NOT NULL,
    terms JSONB NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by UUID,
    created_name TEXT NOT NULL,
    id UUID NOT NULL,
    operator_id UUID NOT NULL,
    partner_id UUID,
    CONSTRAINT pk_tariff_version PRIMARY KEY (id),
    CONSTRAINT uq_tariff_version_tariff_id_valid_from UNIQUE (tariff_id, valid_from),
    CONSTRAINT uq_tariff_version_tariff_id_number UNIQUE (tariff_id, number),
    CONSTRAINT fk_tariff_version_tariff_id FOREIGN KEY(tariff_id) REFERENCES tariff (id),
    CONSTRAINT fk_tariff_version_operator_id FOREIGN KEY(operator_id) REFERENCES operator (id),
    CONSTRAINT fk_tariff_version_partner_id FOREIGN KEY(partner_id) REFERENCES partner (id)
);

CREATE INDEX ix_tariff_version_partner_id ON tariff_version (partner_id);

CREATE TABLE tariff_assignment (
    evse_id UUID NOT NULL,
    tariff_id UUID,
    valid_from TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by UUID,
    created_name TEXT NOT NULL,
    id UUID NOT NULL,
    operator_id UUID NOT NULL,
    partner_id UUID,
    CONSTRAINT pk_tariff_assignment PRIMARY KEY (id),
    CONSTRAINT uq_tariff_assignment_evse_id_valid_from UNIQUE (evse_id, valid_from),
    CONSTRAINT fk_tariff_assignment_evse_id FOREIGN KEY(evse_id) REFERENCES evse (id) ON DELETE CASCADE,
    CONSTRAINT fk_tariff_assignment_tariff_id FOREIGN KEY(tariff_id) REFERENCES tariff (id),
    CONSTRAINT fk_tariff_assignment_operator_id FOREIGN KEY(operator_id) REFERENCES operator (id),
    CONSTRAINT fk_tariff_assignment_partner_id FOREIGN KEY(partner_id) REFERENCES partner (id)
);

CREATE INDEX ix_tariff_assignment_partner_id ON tariff_assignment (partner_id);

CREATE INDEX ix_tariff_assignment_tariff ON tariff_assignment (tariff_id);

comment on column tariff_version.terms is 'OCPI 2.2.1 tariff with the extensions, as app.money reads it';
"""


def upgrade() -> None:
    """Create the tables of the room."""
    op.get_bind().connection.cursor().execute(TABLES)


def downgrade() -> None:
    """Drop them again."""
    op.get_bind().connection.cursor().execute("drop table tariff_assignment cascade")
    op.get_bind().connection.cursor().execute("drop table tariff_version cascade")
    op.get_bind().connection.cursor().execute("drop table tariff cascade")
