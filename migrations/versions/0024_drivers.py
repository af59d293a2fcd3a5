"""0024: drivers of a partner, their cards, balance and imports; whether a card may charge, and on whose account."""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

OWN = (
    "operator_id = (select voltpact_operator()) "
    "and ((select voltpact_all_partners()) or partner_id = any ((select voltpact_partners())::uuid[]))"
)

TABLES = """
create table driver (
    id uuid not null constraint pk_driver primary key,
    operator_id uuid not null constraint fk_driver_operator_id references operator (id),
    partner_id uuid constraint fk_driver_partner_id references partner (id),
    code text not null constraint uq_driver_code unique,
    name text not null,
    email text not null,
    phone text not null,
    language text not null,
    state text not null,
    corporate boolean not null,
    limit_minor bigint,
    group_id uuid constraint fk_driver_group_id references user_group (id),
    created_at timestamptz not null,
    created_name text not null,
    constraint ck_driver_state check (state in ('active', 'blocked')),
    constraint ck_driver_limit check (coalesce(limit_minor, 0) >= 0)
);
create unique index uq_driver_email on driver (partner_id, lower(email));
create index ix_driver_list on driver (partner_id, name, id);
comment on column driver.limit_minor is 'own limit of charging on the partner''s account, gross per month; null: the account''s';

create table driver_top_up (
    id uuid not null constraint pk_driver_top_up primary key,
    operator_id uuid not null constraint fk_driver_top_up_operator_id references operator (id),
    partner_id uuid constraint fk_driver_top_up_partner_id references partner (id),
    driver_id uuid not null constraint fk_driver_top_up_driver_id references driver (id),
    key text not null constraint uq_driver_top_up_key unique,
    amount_minor bigint not null,
    currency varchar(3) not null,
    reason text not null,
    state text not null,
    asked_at timestamptz not null,
    asked_by uuid,
    asked_name text not null,
    decided_at timestamptz,
    decided_by uuid,
    decided_name text,
    constraint ck_driver_top_up_state check (state in ('waiting', 'done', 'refused')),
    constraint ck_driver_top_up_amount check (amount_minor > 0),
    constraint ck_driver_top_up_two check (state <> 'done' or decided_by is null or decided_by is distinct from asked_by)
);
create index ix_driver_top_up_driver_id on driver_top_up (driver_id);
create index ix_driver_top_up_partner_id on driver_top_up (partner_id);

create table driver_import (
    id uuid not null constraint pk_driver_import primary key,
    operator_id uuid not null constraint fk_driver_import_operator_id references operator (id),
    partner_id uuid constraint fk_driver_import_partner_id references partner (id),
    file_name text not null,
    body text not null,
    whole boolean not null,
    state text not null,
    rows integer not null,
    taken integer not null,
    problems jsonb not null,
    created_at timestamptz not null,
    created_name text not null,
    finished_at timestamptz,
    constraint ck_driver_import_state check (state in ('waiting', 'done', 'refused'))
);
create index ix_driver_import_partner_id on driver_import (partner_id);
comment on column driver_import.whole is 'all rows or none';
comment on column driver_import.problems is 'per bad row: row, field, code, value';

alter table id_token add column driver_id uuid constraint fk_id_token_driver_id references driver (id);
create index ix_id_token_driver_id on id_token (driver_id);
alter table charging_session add column payer_id uuid constraint fk_charging_session_payer_id references partner (id);
create index ix_charging_session_driver on charging_session (driver_id, started_at) where driver_id is not null;
create index ix_charging_session_payer on charging_session (payer_id, ended_at) where payer_id is not null;
comment on column charging_session.payer_id is 'the partner on whose account the driver charged';
"""

#: a driver's card at a charge point: its standing, and the account it charges on. Gross, by calendar month of the partner
CARD = """
create function voltpact_card(p_driver uuid, p_station uuid, p_at timestamptz)
  returns table (standing text, channel text, payer_id uuid) language sql stable set search_path = public, pg_temp
as $$
  with person as (
    select d.id, d.state, d.corporate, d.limit_minor, d.partner_id,
      date_trunc('month', p_at at time zone p.time_zone) at time zone p.time_zone as since
    from driver d join partner p on p.id = d.partner_id where d.id = p_driver
  ), terms as (
    select c.* from partner_corporate c, person where c.partner_id = person.partner_id and c.valid_from <= p_at
    order by c.number desc limit 1
  ), judged as (
    select person.*, person.corporate and terms.enabled
        and (not terms.own_points_only or exists (select from station s where s.id = p_station and s.partner_id = person.partner_id))
        as on_account,
      terms.monthly_limit_minor as all_limit, coalesce(person.limit_minor, terms.driver_limit_minor) as own_limit
    from person left join terms on true
  )
  select case when j.state <> 'active' then 'blocked'
              when j.on_account and j.all_limit is not null and j.all_limit <= (
                select coalesce(sum(coalesce(s.gross_minor, s.running_gross_minor)), 0) from charging_session s
                where s.payer_id = j.partner_id and s.started_at >= j.since) then 'blocked'
              when j.on_account and j.own_limit is not null and j.own_limit <= (
                select coalesce(sum(coalesce(s.gross_minor, s.running_gross_minor)), 0) from charging_session s
                where s.driver_id = j.id and s.payer_id = j.partner_id and s.started_at >= j.since) then 'blocked'
              else 'accepted' end,
    case when j.on_account then 'corporate' end,
    case when j.on_account then j.partner_id end
  from judged j
$$;
"""


def upgrade() -> None:
    """Tables, columns, the function."""
    run = op.get_bind().connection.cursor().execute
    run(TABLES)
    run(CARD)
    for table in ("driver", "driver_top_up", "driver_import"):
        run(f"alter table {table} enable row level security; alter table {table} force row level security")
        run(f"create policy tenant on {table} to voltpact_web using ({OWN}) with check ({OWN})")
        run(f"create policy worker on {table} to voltpact_worker using (true) with check (true)")
        run(f"grant select, insert, update on {table} to voltpact_web, voltpact_worker")


def downgrade() -> None:
    """Forget them."""
    op.get_bind().connection.cursor().execute(
        "drop function voltpact_card; alter table charging_session drop column payer_id; alter table id_token drop column driver_id; "
        "drop table driver_import, driver_top_up, driver"
    )
