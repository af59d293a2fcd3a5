"""0073: since when a partner is in whose care; a session keeps the sub-operator's contract version of its start, and the share above is hidden."""

from alembic import op

revision = "0073"
down_revision = "0072"
branch_labels = None
depends_on = None

OWN = (
    "operator_id = (select voltpact_operator()) "
    "and ((select voltpact_all_partners()) or partner_id = any ((select voltpact_partners())::uuid[]))"
)

#: whoever writes a partner begins its story; who moves it to somebody else's care adds a row
CARE = """
create table partner_care (
    id uuid not null constraint pk_partner_care primary key,
    operator_id uuid not null constraint fk_partner_care_operator_id references operator (id),
    partner_id uuid constraint fk_partner_care_partner_id references partner (id),
    since timestamptz not null,
    parent_id uuid constraint fk_partner_care_parent_id references partner (id)
);
create index ix_partner_care_partner_id on partner_care (partner_id);
comment on column partner_care.parent_id is 'the sub-operator from then on; null: nobody';
insert into partner_care (id, operator_id, partner_id, since, parent_id)
  select uuidv7(), operator_id, id, '1970-01-01 00:00+00', parent_id from partner where parent_id is not null;
create function voltpact_partner_care() returns trigger language plpgsql as $$
begin
  insert into partner_care (id, operator_id, partner_id, since, parent_id)
    values (uuidv7(), new.operator_id, new.id, '1970-01-01 00:00+00', new.parent_id);
  return null;
end $$;
create trigger care after insert on partner for each row when (new.parent_id is not null) execute function voltpact_partner_care();
create trigger append_only before update or delete on partner_care for each row execute function voltpact_refuse();
alter table partner_care enable row level security;
alter table partner_care force row level security;
"""

#: sees what the partner does not: of the terms above it only the key leaves
TERMS = """
create function sub_operator_version(p_version uuid, p_at timestamptz) returns uuid
  language sql stable security definer set search_path = public, pg_temp
as $$
  select v.id from contract_version below
  join contract c on c.id = below.contract_id
  join lateral (
      select k.parent_id from partner_care k where k.partner_id = c.partner_id and k.since <= p_at
      order by k.since desc, k.id desc limit 1
  ) held on true
  join contract u on u.partner_id = held.parent_id and u.currency = c.currency
  join contract_version v on v.contract_id = u.id and v.state <> 'draft'
    and v.first_month <= (p_at at time zone c.time_zone)::date
    and (v.last_month is null or v.auto_renewal or v.last_month >= date_trunc('month', p_at at time zone c.time_zone)::date)
  where below.id = p_version
  order by v.first_month desc, u.code, v.number desc limit 1
$$;
revoke all on function sub_operator_version(uuid, timestamptz) from public;
grant execute on function sub_operator_version(uuid, timestamptz) to voltpact_web, voltpact_worker;
alter table charging_session add column parent_version_id uuid
  constraint fk_charging_session_parent_version_id references contract_version (id);
comment on column charging_session.parent_version_id is
  'the sub-operator''s contract version above the partner''s, fixed at the start; null: the operator is the only level above';
create index ix_charging_session_parent on charging_session (parent_version_id, ended_at) where parent_version_id is not null;
create function voltpact_frozen_parent() returns trigger language plpgsql as $$
begin
  raise exception 'session % keeps the levels of its start', old.code using errcode = 'restrict_violation';
end $$;
create trigger frozen_parent before update of parent_version_id on charging_session for each row
  when (old.parent_version_id is distinct from new.parent_version_id) execute function voltpact_frozen_parent();
"""

#: a refund's row is the partner's to read, so it says only what is left beside the partner's part
REFUNDS = """
alter table session_refund drop constraint ck_session_refund_parts;
alter table session_refund drop column sub_operator_minor;
alter table session_refund rename column operator_minor to rest_minor;
alter table session_refund add constraint ck_session_refund_parts check (net_minor = partner_minor + rest_minor);
comment on column session_refund.rest_minor is 'of all levels above the partner';
"""


def upgrade() -> None:
    """Sessions of before stay as they were shared: without a level between."""
    run = op.get_bind().connection.cursor().execute
    run(CARE)
    run(f"create policy tenant on partner_care to voltpact_web using ({OWN}) with check ({OWN})")
    run("create policy worker on partner_care to voltpact_worker using (true) with check (true)")
    run("grant select, insert on partner_care to voltpact_web, voltpact_worker")
    run(TERMS)
    run(REFUNDS)


def downgrade() -> None:
    """Without levels between; what was booked stays."""
    run = op.get_bind().connection.cursor().execute
    run("alter table session_refund drop constraint ck_session_refund_parts")
    run("alter table session_refund rename column rest_minor to operator_minor")
    run("comment on column session_refund.operator_minor is null")
    run("alter table session_refund add column sub_operator_minor bigint not null default 0")
    run("alter table session_refund alter column sub_operator_minor drop default")
    parts = "net_minor = partner_minor + sub_operator_minor + operator_minor"
    run(f"alter table session_refund add constraint ck_session_refund_parts check ({parts})")
    run("drop trigger frozen_parent on charging_session; drop function voltpact_frozen_parent()")
    run("alter table charging_session drop column parent_version_id")
    run("drop function sub_operator_version(uuid, timestamptz)")
    run("drop trigger care on partner; drop function voltpact_partner_care(); drop table partner_care")
