"""0002: locations, stations, EVSEs, connectors, commands, raw message log."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = r"""
CREATE TABLE location (
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    street TEXT NOT NULL,
    postcode TEXT NOT NULL,
    city TEXT NOT NULL,
    country TEXT NOT NULL,
    latitude NUMERIC(9, 6),
    longitude NUMERIC(9, 6),
    time_zone TEXT NOT NULL,
    vat_pct NUMERIC(5, 2) NOT NULL,
    public BOOLEAN NOT NULL,
    hours TEXT NOT NULL,
    help_phone TEXT NOT NULL,
    max_w INTEGER,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    id UUID NOT NULL,
    operator_id UUID NOT NULL,
    partner_id UUID,
    CONSTRAINT pk_location PRIMARY KEY (id),
    CONSTRAINT uq_location_code UNIQUE (code),
    CONSTRAINT fk_location_operator_id FOREIGN KEY(operator_id) REFERENCES operator (id),
    CONSTRAINT fk_location_partner_id FOREIGN KEY(partner_id) REFERENCES partner (id)
);

CREATE INDEX ix_location_list ON location (operator_id, name, id);

CREATE INDEX ix_location_partner_id ON location (partner_id);

CREATE TABLE station (
    location_id UUID,
    label TEXT NOT NULL,
    identity TEXT NOT NULL,
    key_hash BYTEA NOT NULL,
    old_key_hash BYTEA,
    vendor TEXT NOT NULL,
    model TEXT NOT NULL,
    serial TEXT NOT NULL,
    firmware TEXT NOT NULL,
    protocol TEXT,
    ping_seconds INTEGER,
    flags TEXT[] NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    retired_at TIMESTAMP WITH TIME ZONE,
    id UUID NOT NULL,
    operator_id UUID NOT NULL,
    partner_id UUID,
    CONSTRAINT pk_station PRIMARY KEY (id),
    CONSTRAINT uq_station_label UNIQUE (label),
    CONSTRAINT uq_station_identity UNIQUE (identity),
    CONSTRAINT fk_station_location_id FOREIGN KEY(location_id) REFERENCES location (id),
    CONSTRAINT fk_station_operator_id FOREIGN KEY(operator_id) REFERENCES operator (id),
    CONSTRAINT fk_station_partner_id FOREIGN KEY(partner_id) REFERENCES partner (id)
);

CREATE INDEX ix_station_list ON station (operator_id, label, id);

CREATE INDEX ix_station_location ON station (location_id);

CREATE INDEX ix_station_partner_id ON station (partner_id);

CREATE TABLE station_state (
    station_id UUID NOT NULL,
    operator_id UUID NOT NULL,
    partner_id UUID,
    connected BOOLEAN NOT NULL,
    connected_at TIMESTAMP WITH TIME ZONE,
    disconnected_at TIMESTAMP WITH TIME ZONE,
    last_message_at TIMESTAMP WITH TIME ZONE,
    booted_at TIMESTAMP WITH TIME ZONE,
    worker TEXT,
    link UUID,
    seq INTEGER NOT NULL,
    CONSTRAINT pk_station_state PRIMARY KEY (station_id),
    CONSTRAINT fk_station_state_station_id FOREIGN KEY(station_id) REFERENCES station (id) ON DELETE CASCADE,
    CONSTRAINT fk_station_state_operator_id FOREIGN KEY(operator_id) REFERENCES operator (id),
    CONSTRAINT fk_station_state_partner_id FOREIGN KEY(partner_id) REFERENCES partner (id)
)
 WITH (fillfactor = 50);

CREATE TABLE evse (
    station_id UUID NOT NULL,
    number INTEGER NOT NULL,
    evse_uid TEXT NOT NULL,
    current TEXT NOT NULL,
    max_w INTEGER NOT NULL,
    check_code TEXT NOT NULL,
    id UUID NOT NULL,
    operator_id UUID NOT NULL,
    partner_id UUID,
    CONSTRAINT pk_evse PRIMARY KEY (id),
    CONSTRAINT uq_evse_station_id_number UNIQUE (station_id, number),
    CONSTRAINT uq_evse_evse_uid UNIQUE (evse_uid),
    CONSTRAINT uq_evse_check_code UNIQUE (check_code),
    CONSTRAINT ck_evse_current CHECK (current in ('AC', 'DC')),
    CONSTRAINT fk_evse_station_id FOREIGN KEY(station_id) REFERENCES station (id) ON DELETE CASCADE,
    CONSTRAINT fk_evse_operator_id FOREIGN KEY(operator_id) REFERENCES operator (id),
    CONSTRAINT fk_evse_partner_id FOREIGN KEY(partner_id) REFERENCES partner (id)
);

CREATE INDEX ix_evse_partner_id ON evse (partner_id);

CREATE TABLE connector (
    station_id UUID NOT NULL,
    evse_id UUID NOT NULL,
    number INTEGER NOT NULL,
    wire_number INTEGER NOT NULL,
    plug TEXT NOT NULL,
    status TEXT,
    status_raw TEXT,
    status_at TIMESTAMP WITH TIME ZONE,
    status_received_at TIMESTAMP WITH TIME ZONE,
    error_code TEXT,
    error_info TEXT,
    session_id UUID,
    power_w INTEGER,
    seq INTEGER NOT NULL,
    id UUID NOT NULL,
    operator_id UUID NOT NULL,
    partner_id UUID,
    CONSTRAINT pk_connector PRIMARY KEY (id),
    CONSTRAINT uq_connector_evse_id_number UNIQUE (evse_id, number),
    CONSTRAINT uq_connector_station_id_wire_number UNIQUE (station_id, wire_number),
    CONSTRAINT fk_connector_station_id FOREIGN KEY(station_id) REFERENCES station (id) ON DELETE CASCADE,
    CONSTRAINT fk_connector_evse_id FOREIGN KEY(evse_id) REFERENCES evse (id) ON DELETE CASCADE,
    CONSTRAINT fk_connector_operator_id FOREIGN KEY(operator_id) REFERENCES operator (id),
    CONSTRAINT fk_connector_partner_id FOREIGN KEY(partner_id) REFERENCES partner (id)
)
 WITH (fillfactor = 50);

CREATE INDEX ix_connector_partner_id ON connector (partner_id);

CREATE INDEX ix_connector_state ON connector (operator_id, status);

CREATE TABLE status_change (
    id UUID DEFAULT uuidv7() NOT NULL,
    operator_id UUID NOT NULL,
    partner_id UUID,
    station_id UUID NOT NULL,
    connector_id UUID NOT NULL,
    status TEXT NOT NULL,
    error_code TEXT,
    error_info TEXT,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_status_change PRIMARY KEY (id),
    CONSTRAINT fk_status_change_station_id FOREIGN KEY(station_id) REFERENCES station (id) ON DELETE CASCADE,
    CONSTRAINT fk_status_change_connector_id FOREIGN KEY(connector_id) REFERENCES connector (id) ON DELETE CASCADE
);

CREATE INDEX ix_status_change_at ON status_change USING brin (at);

CREATE INDEX ix_status_change_connector ON status_change (connector_id, at);

CREATE TABLE unknown_station (
    identity TEXT NOT NULL,
    reason TEXT NOT NULL,
    address TEXT NOT NULL,
    protocols TEXT NOT NULL,
    tries INTEGER NOT NULL,
    first_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_unknown_station PRIMARY KEY (identity)
);

CREATE TABLE station_command (
    station_id UUID NOT NULL,
    evse_id UUID,
    session_id UUID,
    action TEXT NOT NULL,
    params JSONB NOT NULL,
    state TEXT NOT NULL,
    one_time_key TEXT NOT NULL,
    requested_by UUID,
    requested_name TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE,
    answered_at TIMESTAMP WITH TIME ZONE,
    answer JSONB,
    reason TEXT,
    id UUID NOT NULL,
    operator_id UUID NOT NULL,
    partner_id UUID,
    CONSTRAINT pk_station_command PRIMARY KEY (id),
    CONSTRAINT uq_station_command_one_time_key UNIQUE (one_time_key),
    CONSTRAINT ck_station_command_state CHECK (state in ('queued', 'sent', 'accepted', 'rejected', 'no_answer', 'not_sent')),
    CONSTRAINT fk_station_command_station_id FOREIGN KEY(station_id) REFERENCES station (id) ON DELETE CASCADE,
    CONSTRAINT fk_station_command_evse_id FOREIGN KEY(evse_id) REFERENCES evse (id),
    CONSTRAINT fk_station_command_operator_id FOREIGN KEY(operator_id) REFERENCES operator (id),
    CONSTRAINT fk_station_command_partner_id FOREIGN KEY(partner_id) REFERENCES partner (id)
);

CREATE INDEX ix_station_command_list ON station_command (station_id, created_at);

CREATE INDEX ix_station_command_open ON station_command (station_id, created_at) WHERE state in ('queued', 'sent');

CREATE INDEX ix_station_command_partner_id ON station_command (partner_id);

CREATE TABLE message_log (
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    id UUID NOT NULL,
    operator_id UUID NOT NULL,
    partner_id UUID,
    station_id UUID NOT NULL,
    direction TEXT NOT NULL,
    action TEXT,
    message_id TEXT,
    frame TEXT NOT NULL,
    outcome TEXT NOT NULL,
    CONSTRAINT pk_message_log PRIMARY KEY (received_at, id)
)
 PARTITION BY RANGE (received_at);

CREATE INDEX ix_message_log_station ON message_log (station_id, received_at);

comment on column station.identity is 'charge point id in the OCPP address';

comment on column station.key_hash is 'HMAC-SHA-256 of the Basic-auth password; station keys are random and long';

comment on column station.old_key_hash is 'accepted until the new one is first used (key rotation)';

comment on column station.protocol is 'sub-protocol of the last connection';

comment on column station.ping_seconds is 'websocket ping interval; null: the default; 0: never';

comment on column station.flags is 'oddities for staff, such as invalid_boot';

comment on column station_state.worker is 'the worker process that holds the socket';

comment on column station_state.link is 'the connection; a late close of an older one changes nothing';

comment on column evse.evse_uid is 'public id, such as DE*NLT*E0417*2';

comment on column evse.check_code is 'printed on the label; /check/<code> says whether it is ours';

comment on column connector.wire_number is 'OCPP 1.6 connectorId';

comment on column connector.status is 'one of CONNECTOR_STATES; null: never reported';

comment on column connector.status_at is 'by the station''s clock; the newest wins';

comment on column connector.session_id is 'the session running here';

comment on column unknown_station.reason is 'unknown_identity, wrong_key, no_protocol';

comment on column station_command.action is 'remote_start, remote_stop, unlock, reset_soft, reset_hard, trigger_status, …';

comment on column station_command.reason is 'code of a refusal: offline, busy, time_out';

comment on column message_log.direction is 'in, out';

comment on column message_log.frame is 'as received; bytes that are no UTF-8 are escaped';

comment on column message_log.outcome is 'ok, lenient, malformed, unknown_action, late, error';
"""


def upgrade() -> None:
    """Create the tables of the room."""
    op.get_bind().connection.cursor().execute(TABLES)


def downgrade() -> None:
    """Drop them again."""
    op.get_bind().connection.cursor().execute("drop table message_log cascade")
    op.get_bind().connection.cursor().execute("drop table station_command cascade")
    op.get_bind().connection.cursor().execute("drop table unknown_station cascade")
    op.get_bind().connection.cursor().execute("drop table status_change cascade")
    op.get_bind().connection.cursor().execute("drop table connector cascade")
    op.get_bind().connection.cursor().execute("drop table evse cascade")
    op.get_bind().connection.cursor().execute("drop table station_state cascade")
    op.get_bind().connection.cursor().execute("drop table station cascade")
    op.get_bind().connection.cursor().execute("drop table location cascade")
