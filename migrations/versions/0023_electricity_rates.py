"""0023: what electricity costs at a place, in dated versions; what a session's electricity cost, frozen with its share."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

TABLES = r"""
CREATE TABLE electricity_rate (
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    location_id UUID,
    station_id UUID,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    id UUID NOT NULL,
    operator_id UUID NOT NULL,
    partner_id UUID,
    CONSTRAINT pk_electricity_rate PRIMARY KEY (id),
    CONSTRAINT uq_electricity_rate_code UNIQUE (code),
    CONSTRAINT uq_electricity_rate_location_id UNIQUE (location_id),
    CONSTRAINT uq_electricity_rate_station_id UNIQUE (station_id),
    CONSTRAINT ck_electricity_rate_place CHECK (num_nonnulls(location_id, station_id) = 1),
    CONSTRAINT fk_electricity_rate_location_id FOREIGN KEY(location_id) REFERENCES location (id),
    CONSTRAINT fk_electricity_rate_station_id FOREIGN KEY(station_id) REFERENCES station (id),
    CONSTRAINT fk_electricity_rate_operator_id FOREIGN KEY(operator_id) REFERENCES operator (id),
    CONSTRAINT fk_electricity_rate_partner_id FOREIGN KEY(partner_id) REFERENCES partner (id)
);
CREATE INDEX ix_electricity_rate_list ON electricity_rate (operator_id, name, id);
CREATE INDEX ix_electricity_rate_partner_id ON electricity_rate (partner_id);

CREATE TABLE electricity_rate_version (
    rate_id UUID NOT NULL,
    number INTEGER NOT NULL,
    first_day DATE NOT NULL,
    terms JSONB NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by UUID,
    created_name TEXT NOT NULL,
    id UUID NOT NULL,
    operator_id UUID NOT NULL,
    partner_id UUID,
    CONSTRAINT pk_electricity_rate_version PRIMARY KEY (id),
    CONSTRAINT uq_electricity_rate_version_rate_id_first_day UNIQUE (rate_id, first_day),
    CONSTRAINT uq_electricity_rate_version_rate_id_number UNIQUE (rate_id, number),
    CONSTRAINT fk_electricity_rate_version_rate_id FOREIGN KEY(rate_id) REFERENCES electricity_rate (id),
    CONSTRAINT fk_electricity_rate_version_operator_id FOREIGN KEY(operator_id) REFERENCES operator (id),
    CONSTRAINT fk_electricity_rate_version_partner_id FOREIGN KEY(partner_id) REFERENCES partner (id)
);
CREATE INDEX ix_electricity_rate_version_partner_id ON electricity_rate_version (partner_id);
comment on column electricity_rate_version.first_day is 'on the wall clock of the place';
comment on column electricity_rate_version.terms is 'windows and prices per kWh with tax, as app.money reads tariffs';

ALTER TABLE charging_session ADD COLUMN electricity JSONB;
comment on column charging_session.electricity is 'slices {kwh, rate_net}, frozen with the share; null: not needed, or not known yet';
"""

OWNED = ("electricity_rate", "electricity_rate_version")

OWN = (
    "operator_id = (select voltpact_operator()) "
    "and ((select voltpact_all_partners()) or partner_id = any ((select voltpact_partners())::uuid[]))"
)

#: a rated session may learn its partner's part and its electricity once, when a rate becomes known; nothing else ever moves
FROZEN = """
create trigger append_only before update or delete on electricity_rate_version for each row execute function voltpact_refuse();
revoke update, delete on electricity_rate_version from voltpact_web, voltpact_worker;

create or replace function voltpact_frozen_session() returns trigger language plpgsql as $$
begin
  if old.state = 'rated' and ((new.state, new.gross_minor, new.net_minor, new.vat_minor, new.energy_wh, new.priced,
      new.tariff, new.started_at, new.ended_at) is distinct from (old.state, old.gross_minor, old.net_minor, old.vat_minor,
      old.energy_wh, old.priced, old.tariff, old.started_at, old.ended_at)
      or (old.partner_minor is not null and new.partner_minor is distinct from old.partner_minor)
      or (old.electricity is not null and new.electricity is distinct from old.electricity)) then
    raise exception 'session % is rated; correct it with a new row', old.code using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
"""


def upgrade() -> None:
    """Tables, policies, guards."""
    run = op.get_bind().connection.cursor().execute
    run(TABLES)
    for table in OWNED:
        run(f"alter table {table} enable row level security; alter table {table} force row level security;")
        run(f"create policy worker on {table} to voltpact_worker using (true) with check (true)")
        run(f"create policy tenant on {table} to voltpact_web using ({OWN}) with check ({OWN})")
        run(f"grant select, insert, update, delete on {table} to voltpact_web, voltpact_worker")
    run(FROZEN)


def downgrade() -> None:
    """Rates are history that statements rest on; restore a backup instead."""
    raise RuntimeError("0023 cannot be undone")
