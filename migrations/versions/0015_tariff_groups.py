"""0015: tariff groups (ordered, dated), where they count (EVSE to operator), and groups of people whose cards they name."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLES = r"""
CREATE TABLE user_group (
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    archived_at TIMESTAMP WITH TIME ZONE,
    id UUID NOT NULL,
    operator_id UUID NOT NULL,
    partner_id UUID,
    CONSTRAINT pk_user_group PRIMARY KEY (id),
    CONSTRAINT uq_user_group_code UNIQUE (code),
    CONSTRAINT fk_user_group_operator_id FOREIGN KEY(operator_id) REFERENCES operator (id),
    CONSTRAINT fk_user_group_partner_id FOREIGN KEY(partner_id) REFERENCES partner (id)
);
CREATE INDEX ix_user_group_list ON user_group (operator_id, name, id);
CREATE INDEX ix_user_group_partner_id ON user_group (partner_id);

CREATE TABLE user_group_token (
    group_id UUID NOT NULL,
    token_id UUID NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    until TIMESTAMP WITH TIME ZONE,
    operator_id UUID NOT NULL,
    partner_id UUID,
    CONSTRAINT pk_user_group_token PRIMARY KEY (group_id, token_id, since),
    CONSTRAINT ck_user_group_token_span CHECK (until is null or until >= since),
    CONSTRAINT fk_user_group_token_group_id FOREIGN KEY(group_id) REFERENCES user_group (id),
    CONSTRAINT fk_user_group_token_token_id FOREIGN KEY(token_id) REFERENCES id_token (id),
    CONSTRAINT fk_user_group_token_operator_id FOREIGN KEY(operator_id) REFERENCES operator (id),
    CONSTRAINT fk_user_group_token_partner_id FOREIGN KEY(partner_id) REFERENCES partner (id)
);
CREATE INDEX ix_user_group_token_partner_id ON user_group_token (partner_id);
CREATE INDEX ix_user_group_token_token ON user_group_token (token_id);

ALTER TABLE id_token ADD COLUMN plan TEXT, ADD COLUMN provider TEXT;
comment on column id_token.plan is 'the subscription its driver has';
comment on column id_token.provider is 'the roaming partner it belongs to, such as DE*8AA';

CREATE TABLE tariff_group (
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    archived_at TIMESTAMP WITH TIME ZONE,
    id UUID NOT NULL,
    operator_id UUID NOT NULL,
    partner_id UUID,
    CONSTRAINT pk_tariff_group PRIMARY KEY (id),
    CONSTRAINT uq_tariff_group_code UNIQUE (code),
    CONSTRAINT fk_tariff_group_operator_id FOREIGN KEY(operator_id) REFERENCES operator (id),
    CONSTRAINT fk_tariff_group_partner_id FOREIGN KEY(partner_id) REFERENCES partner (id)
);
CREATE INDEX ix_tariff_group_list ON tariff_group (operator_id, name, id);
CREATE INDEX ix_tariff_group_partner_id ON tariff_group (partner_id);

CREATE TABLE tariff_group_draft (
    group_id UUID NOT NULL,
    rest_tariff_id UUID NOT NULL,
    lines JSONB NOT NULL,
    revision INTEGER NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    changed_name TEXT NOT NULL,
    operator_id UUID NOT NULL,
    partner_id UUID,
    CONSTRAINT pk_tariff_group_draft PRIMARY KEY (group_id),
    CONSTRAINT fk_tariff_group_draft_group_id FOREIGN KEY(group_id) REFERENCES tariff_group (id),
    CONSTRAINT fk_tariff_group_draft_rest_tariff_id FOREIGN KEY(rest_tariff_id) REFERENCES tariff (id),
    CONSTRAINT fk_tariff_group_draft_operator_id FOREIGN KEY(operator_id) REFERENCES operator (id),
    CONSTRAINT fk_tariff_group_draft_partner_id FOREIGN KEY(partner_id) REFERENCES partner (id)
);
CREATE INDEX ix_tariff_group_draft_partner_id ON tariff_group_draft (partner_id);

CREATE TABLE tariff_group_version (
    group_id UUID NOT NULL,
    number INTEGER NOT NULL,
    valid_from TIMESTAMP WITH TIME ZONE NOT NULL,
    rest_tariff_id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by UUID,
    created_name TEXT NOT NULL,
    id UUID NOT NULL,
    operator_id UUID NOT NULL,
    partner_id UUID,
    CONSTRAINT pk_tariff_group_version PRIMARY KEY (id),
    CONSTRAINT uq_tariff_group_version_group_id_valid_from UNIQUE (group_id, valid_from),
    CONSTRAINT uq_tariff_group_version_group_id_number UNIQUE (group_id, number),
    CONSTRAINT fk_tariff_group_version_group_id FOREIGN KEY(group_id) REFERENCES tariff_group (id),
    CONSTRAINT fk_tariff_group_version_rest_tariff_id FOREIGN KEY(rest_tariff_id) REFERENCES tariff (id),
    CONSTRAINT fk_tariff_group_version_operator_id FOREIGN KEY(operator_id) REFERENCES operator (id),
    CONSTRAINT fk_tariff_group_version_partner_id FOREIGN KEY(partner_id) REFERENCES partner (id)
);
CREATE INDEX ix_tariff_group_version_partner_id ON tariff_group_version (partner_id);
CREATE INDEX ix_tariff_group_version_rest ON tariff_group_version (rest_tariff_id);
comment on column tariff_group_version.rest_tariff_id is 'the fixed last line, everyone else: a group without it cannot be stored';

CREATE TABLE tariff_group_line (
    version_id UUID NOT NULL,
    position INTEGER NOT NULL,
    operator_id UUID NOT NULL,
    partner_id UUID,
    tariff_id UUID NOT NULL,
    channels TEXT[] NOT NULL,
    own_users BOOLEAN NOT NULL,
    user_group_id UUID,
    plan TEXT,
    provider TEXT,
    first_day DATE,
    last_day DATE,
    reason TEXT NOT NULL,
    CONSTRAINT pk_tariff_group_line PRIMARY KEY (version_id, position),
    CONSTRAINT ck_tariff_group_line_channels CHECK (channels <@ array['adhoc', 'app', 'rfid', 'roaming']),
    CONSTRAINT ck_tariff_group_line_days CHECK (last_day is null or first_day is null or last_day >= first_day),
    CONSTRAINT ck_tariff_group_line_condition CHECK
      (channels <> '{}' or own_users or num_nonnulls(user_group_id, plan, provider, first_day, last_day) > 0),
    CONSTRAINT fk_tariff_group_line_version_id FOREIGN KEY(version_id) REFERENCES tariff_group_version (id),
    CONSTRAINT fk_tariff_group_line_operator_id FOREIGN KEY(operator_id) REFERENCES operator (id),
    CONSTRAINT fk_tariff_group_line_partner_id FOREIGN KEY(partner_id) REFERENCES partner (id),
    CONSTRAINT fk_tariff_group_line_tariff_id FOREIGN KEY(tariff_id) REFERENCES tariff (id),
    CONSTRAINT fk_tariff_group_line_user_group_id FOREIGN KEY(user_group_id) REFERENCES user_group (id)
);
CREATE INDEX ix_tariff_group_line_tariff ON tariff_group_line (tariff_id);

CREATE TABLE group_assignment (
    level TEXT NOT NULL,
    place_id UUID NOT NULL,
    station_id UUID GENERATED ALWAYS AS (case when level = 'station' then place_id end) STORED,
    location_id UUID GENERATED ALWAYS AS (case when level = 'location' then place_id end) STORED,
    group_id UUID,
    valid_from TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by UUID,
    created_name TEXT NOT NULL,
    id UUID NOT NULL,
    operator_id UUID NOT NULL,
    partner_id UUID,
    CONSTRAINT pk_group_assignment PRIMARY KEY (id),
    CONSTRAINT uq_group_assignment_place UNIQUE (level, place_id, valid_from),
    CONSTRAINT ck_group_assignment_level CHECK (level in ('station', 'location', 'partner', 'operator')),
    CONSTRAINT ck_group_assignment_owner CHECK
      ((level <> 'partner' or partner_id = place_id) and (level <> 'operator' or (operator_id = place_id and partner_id is null))),
    CONSTRAINT fk_group_assignment_station_id FOREIGN KEY(station_id) REFERENCES station (id) ON DELETE CASCADE,
    CONSTRAINT fk_group_assignment_location_id FOREIGN KEY(location_id) REFERENCES location (id) ON DELETE CASCADE,
    CONSTRAINT fk_group_assignment_group_id FOREIGN KEY(group_id) REFERENCES tariff_group (id),
    CONSTRAINT fk_group_assignment_operator_id FOREIGN KEY(operator_id) REFERENCES operator (id),
    CONSTRAINT fk_group_assignment_partner_id FOREIGN KEY(partner_id) REFERENCES partner (id)
);
CREATE INDEX ix_group_assignment_group ON group_assignment (group_id);
CREATE INDEX ix_group_assignment_partner_id ON group_assignment (partner_id);

ALTER TABLE tariff_assignment ADD COLUMN group_id UUID,
    ADD CONSTRAINT fk_tariff_assignment_group_id FOREIGN KEY(group_id) REFERENCES tariff_group (id),
    ADD CONSTRAINT ck_tariff_assignment_one CHECK (num_nonnulls(tariff_id, group_id) <= 1);
CREATE INDEX ix_tariff_assignment_group ON tariff_assignment (group_id);
"""

OWNED = "user_group user_group_token tariff_group tariff_group_draft tariff_group_version tariff_group_line group_assignment".split()

OWN = (
    "operator_id = (select voltpact_operator()) "
    "and ((select voltpact_all_partners()) or partner_id = any ((select voltpact_partners())::uuid[]))"
)

#: what counts at somebody's charge points may be read by them, whoever set it; the price must not depend on who asks
READ = """
create policy counts_here on group_assignment for select to voltpact_web
  using (operator_id = (select voltpact_operator())
         and (level = 'operator' or station_id in (select s.id from station s) or location_id in (select s.location_id from station s)));
create policy counts_here on tariff_group for select to voltpact_web
  using (operator_id = (select voltpact_operator())
         and (id in (select t.group_id from tariff_assignment t where t.group_id is not null)
              or id in (select g.group_id from group_assignment g where g.group_id is not null)));
create policy counts_here on tariff_group_version for select to voltpact_web
  using (operator_id = (select voltpact_operator()) and group_id in (select g.id from tariff_group g));
create policy counts_here on tariff_group_line for select to voltpact_web
  using (operator_id = (select voltpact_operator()) and version_id in (select v.id from tariff_group_version v));
create policy named_here on user_group for select to voltpact_web
  using (operator_id = (select voltpact_operator())
         and id in (select l.user_group_id from tariff_group_line l where l.user_group_id is not null));
drop policy priced_here on tariff;
create policy priced_here on tariff for select to voltpact_web
  using (operator_id = (select voltpact_operator())
         and (id in (select a.tariff_id from tariff_assignment a where a.tariff_id is not null)
              or id in (select v.rest_tariff_id from tariff_group_version v) or id in (select l.tariff_id from tariff_group_line l)));
drop policy priced_here on tariff_version;
create policy priced_here on tariff_version for select to voltpact_web
  using (operator_id = (select voltpact_operator())
         and (tariff_id in (select a.tariff_id from tariff_assignment a where a.tariff_id is not null)
              or tariff_id in (select v.rest_tariff_id from tariff_group_version v)
              or tariff_id in (select l.tariff_id from tariff_group_line l)));
"""

#: published versions are never edited, and lines come with their version or never
HISTORY = """
create trigger append_only before update or delete on tariff_group_version for each row execute function voltpact_refuse();
create trigger append_only before update or delete on tariff_group_line for each row execute function voltpact_refuse();
revoke update, delete on tariff_group_version, tariff_group_line from voltpact_web, voltpact_worker;
"""

HOLDER = """
create or replace function voltpact_station_holder() returns trigger language plpgsql as $$
begin
  update evse set partner_id = new.partner_id where station_id = new.id;
  update connector set partner_id = new.partner_id where station_id = new.id;
  update station_state set partner_id = new.partner_id where station_id = new.id;
  update tariff_assignment t set partner_id = new.partner_id from evse e
    where e.station_id = new.id and t.evse_id = e.id
      and t.valid_from >= coalesce(
        (select max(u.valid_from) from tariff_assignment u where u.evse_id = e.id and u.valid_from <= now()), t.valid_from);
  update group_assignment g set partner_id = new.partner_id
    where g.level = 'station' and g.place_id = new.id
      and g.valid_from >= coalesce(
        (select max(u.valid_from) from group_assignment u where u.level = 'station' and u.place_id = new.id and u.valid_from <= now()),
        g.valid_from);
  return null;
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
    for block in (READ, HISTORY, HOLDER):
        run(block)


def downgrade() -> None:
    """Who paid what under groups must stay known; restore a backup instead."""
    raise RuntimeError("0015 cannot be undone")
