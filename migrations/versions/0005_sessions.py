"""0005: sessions, phases, readings, price lines, orphans, tokens."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = r"""
CREATE SEQUENCE transaction_number AS INTEGER START WITH 100000;

CREATE TABLE charging_session (
    code TEXT NOT NULL,
    location_id UUID,
    station_id UUID NOT NULL,
    evse_id UUID,
    connector_id UUID,
    channel TEXT NOT NULL,
    driver_id UUID,
    id_token TEXT NOT NULL,
    state TEXT NOT NULL,
    transaction_number INTEGER,
    transaction_ref TEXT,
    start_key TEXT,
    remote_start_id INTEGER,
    requested_at TIMESTAMP WITH TIME ZONE,
    started_at TIMESTAMP WITH TIME ZONE,
    start_received_at TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    end_received_at TIMESTAMP WITH TIME ZONE,
    meter_start_wh BIGINT,
    meter_last_wh BIGINT,
    meter_stop_wh BIGINT,
    energy_wh BIGINT NOT NULL,
    power_w INTEGER,
    soc_pct INTEGER,
    charging_state TEXT,
    last_reading_at TIMESTAMP WITH TIME ZONE,
    stop_reason TEXT,
    time_zone TEXT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    vat_pct NUMERIC(5, 2) NOT NULL,
    evse_current TEXT NOT NULL,
    tariff_version_id UUID,
    tariff JSONB,
    contract_version_id UUID,
    running_gross_minor BIGINT,
    net_minor BIGINT,
    vat_minor BIGINT,
    gross_minor BIGINT,
    partner_minor BIGINT,
    priced JSONB,
    rated_at TIMESTAMP WITH TIME ZONE,
    collected_at TIMESTAMP WITH TIME ZONE,
    payment_id UUID,
    secret_hash BYTEA,
    language TEXT NOT NULL,
    email TEXT,
    hold_minor BIGINT,
    failure TEXT,
    flags TEXT[] NOT NULL,
    seq INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    id UUID NOT NULL,
    operator_id UUID NOT NULL,
    partner_id UUID,
    CONSTRAINT pk_charging_session PRIMARY KEY (id),
    CONSTRAINT uq_charging_session_code UNIQUE (code),
    CONSTRAINT uq_charging_session_station_id_transaction_number UNIQUE (station_id, transaction_number),
    CONSTRAINT uq_charging_session_station_id_transaction_ref UNIQUE (station_id, transaction_ref),
    CONSTRAINT uq_charging_session_station_id_start_key UNIQUE (station_id, start_key),
    CONSTRAINT uq_charging_session_secret_hash UNIQUE (secret_hash),
    CONSTRAINT ck_charging_session_state CHECK (state in ('requested', 'starting', 'charging', 'stopped', 'rated', 'failed')),
    CONSTRAINT ck_charging_session_energy CHECK (energy_wh >= 0),
    CONSTRAINT ck_charging_session_rated CHECK (state <> 'rated' or (gross_minor is not null and gross_minor = net_minor + vat_minor)),
    CONSTRAINT fk_charging_session_location_id FOREIGN KEY(location_id) REFERENCES location (id),
    CONSTRAINT fk_charging_session_station_id FOREIGN KEY(station_id) REFERENCES station (id),
    CONSTRAINT fk_charging_session_evse_id FOREIGN KEY(evse_id) REFERENCES evse (id),
    CONSTRAINT fk_charging_session_connector_id FOREIGN KEY(connector_id) REFERENCES connector (id),
    CONSTRAINT fk_charging_session_tariff_version_id FOREIGN KEY(tariff_version_id) REFERENCES tariff_version (id),
    CONSTRAINT fk_charging_session_contract_version_id FOREIGN KEY(contract_version_id) REFERENCES contract_version (id),
    CONSTRAINT fk_charging_session_operator_id FOREIGN KEY(operator_id) REFERENCES operator (id),
    CONSTRAINT fk_charging_session_partner_id FOREIGN KEY(partner_id) REFERENCES partner (id)
);

CREATE INDEX ix_charging_session_evse ON charging_session (evse_id, started_at);

CREATE INDEX ix_charging_session_list ON charging_session (operator_id, started_at, id);

CREATE INDEX ix_charging_session_open ON charging_session (station_id) WHERE state in ('requested', 'starting', 'charging');

CREATE INDEX ix_charging_session_partner ON charging_session (partner_id, started_at, id);

CREATE INDEX ix_charging_session_partner_id ON charging_session (partner_id);

CREATE INDEX ix_charging_session_unrated ON charging_session (ended_at) WHERE state = 'stopped';

CREATE TABLE session_phase (
    session_id UUID NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    operator_id UUID NOT NULL,
    partner_id UUID,
    charging BOOLEAN NOT NULL,
    state TEXT NOT NULL,
    energy_wh BIGINT NOT NULL,
    CONSTRAINT pk_session_phase PRIMARY KEY (session_id, at),
    CONSTRAINT fk_session_phase_session_id FOREIGN KEY(session_id) REFERENCES charging_session (id)
);

CREATE TABLE meter_reading (
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    id UUID NOT NULL,
    operator_id UUID NOT NULL,
    partner_id UUID,
    station_id UUID NOT NULL,
    connector_id UUID,
    session_id UUID,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    energy_wh BIGINT,
    power_w INTEGER,
    soc_pct INTEGER,
    context TEXT,
    signed TEXT,
    CONSTRAINT pk_meter_reading PRIMARY KEY (received_at, id)
)
 PARTITION BY RANGE (received_at);

CREATE INDEX ix_meter_reading_received ON meter_reading USING brin (received_at);

CREATE INDEX ix_meter_reading_session ON meter_reading (session_id, at);

CREATE TABLE session_line (
    session_id UUID NOT NULL,
    position INTEGER NOT NULL,
    operator_id UUID NOT NULL,
    partner_id UUID,
    dimension TEXT NOT NULL,
    quantity NUMERIC(18, 6) NOT NULL,
    unit TEXT NOT NULL,
    unit_price NUMERIC(14, 6) NOT NULL,
    vat_pct NUMERIC(5, 2),
    amount_minor BIGINT NOT NULL,
    exact NUMERIC(24, 10) NOT NULL,
    element INTEGER,
    reason TEXT NOT NULL,
    CONSTRAINT pk_session_line PRIMARY KEY (session_id, position),
    CONSTRAINT fk_session_line_session_id FOREIGN KEY(session_id) REFERENCES charging_session (id)
);

CREATE TABLE orphan_message (
    station_id UUID NOT NULL,
    kind TEXT NOT NULL,
    transaction_ref TEXT,
    reason TEXT NOT NULL,
    payload JSONB NOT NULL,
    fingerprint TEXT NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    session_id UUID,
    id UUID NOT NULL,
    operator_id UUID NOT NULL,
    partner_id UUID,
    CONSTRAINT pk_orphan_message PRIMARY KEY (id),
    CONSTRAINT fk_orphan_message_station_id FOREIGN KEY(station_id) REFERENCES station (id) ON DELETE CASCADE,
    CONSTRAINT uq_orphan_message_fingerprint UNIQUE (fingerprint),
    CONSTRAINT fk_orphan_message_operator_id FOREIGN KEY(operator_id) REFERENCES operator (id),
    CONSTRAINT fk_orphan_message_partner_id FOREIGN KEY(partner_id) REFERENCES partner (id)
);

CREATE INDEX ix_orphan_message_partner_id ON orphan_message (partner_id);

CREATE INDEX ix_orphan_message_station_id ON orphan_message (station_id);

CREATE TABLE id_token (
    value TEXT NOT NULL,
    label TEXT NOT NULL,
    status TEXT NOT NULL,
    channel TEXT NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    id UUID NOT NULL,
    operator_id UUID NOT NULL,
    partner_id UUID,
    CONSTRAINT pk_id_token PRIMARY KEY (id),
    CONSTRAINT fk_id_token_operator_id FOREIGN KEY(operator_id) REFERENCES operator (id),
    CONSTRAINT fk_id_token_partner_id FOREIGN KEY(partner_id) REFERENCES partner (id)
);

CREATE INDEX ix_id_token_partner_id ON id_token (partner_id);

CREATE UNIQUE INDEX uq_id_token_value ON id_token (operator_id, value);

comment on column charging_session.channel is 'adhoc, internal, emsp, corporate';

comment on column charging_session.transaction_number is 'OCPP 1.6';

comment on column charging_session.transaction_ref is 'OCPP 2.0.1 transactionId';

comment on column charging_session.start_key is 'what makes a repeated start the same start (T38)';

comment on column charging_session.started_at is 'by the station''s clock';

comment on column charging_session.charging_state is 'Charging, SuspendedEV, SuspendedEVSE, EVConnected, Idle';

comment on column charging_session.tariff is 'the terms fixed at the start, as app.money reads them';

comment on column charging_session.partner_minor is 'the partner''s part of net at rating; null without contract';

comment on column charging_session.priced is 'the whole answer of app.money, with inputs and reasons';

comment on column charging_session.secret_hash is 'SHA-256 of the secret in /s/<secret>';

comment on column charging_session.email is 'where the ad hoc driver wants the link and the receipt';

comment on column charging_session.flags is 'held, late, meter_back, unknown_tag, review …';

comment on column session_phase.energy_wh is 'delivered in the session up to here';

comment on column meter_reading.energy_wh is 'register';

comment on column meter_reading.signed is 'signed record, byte for byte';

comment on column session_line.dimension is 'FLAT, ENERGY, TIME, PARKING_TIME, RESERVATION_TIME, ADJUSTMENT';

comment on column session_line.unit is 'UN/ECE: KWH, MIN, HUR, C62';

comment on column session_line.amount_minor is 'in the tariff''s price basis';

comment on column session_line.element is 'index of the tariff element that priced it';

comment on column orphan_message.kind is 'stop, meter, event';

comment on column orphan_message.reason is 'unknown_transaction, foreign_transaction, ambiguous';

comment on column orphan_message.fingerprint is 'a repeat of the same message is stored once';

comment on column id_token.value is 'upper case, trimmed of blanks and control characters';

comment on column id_token.status is 'accepted, blocked, expired';
"""


def upgrade() -> None:
    """Create the tables of the room."""
    op.get_bind().connection.cursor().execute(TABLES)


def downgrade() -> None:
    """Drop them again."""
    op.get_bind().connection.cursor().execute("drop table id_token cascade")
    op.get_bind().connection.cursor().execute("drop table orphan_message cascade")
    op.get_bind().connection.cursor().execute("drop table session_line cascade")
    op.get_bind().connection.cursor().execute("drop table meter_reading cascade")
    op.get_bind().connection.cursor().execute("drop table session_phase cascade")
    op.get_bind().connection.cursor().execute("drop table charging_session cascade")
    op.get_bind().connection.cursor().execute("drop sequence transaction_number")
