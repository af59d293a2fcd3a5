"""0058: what staff say about things that need a person, and facts that the first page would look through everything for."""

from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

STAFF = "operator_id = (select voltpact_operator()) and (select voltpact_all_partners())"

TABLES = f"""
create table today_mark (
    id uuid not null constraint pk_today_mark primary key,
    operator_id uuid not null constraint fk_today_mark_operator_id references operator (id),
    partner_id uuid constraint fk_today_mark_partner_id references partner (id),
    kind text not null,
    subject text not null,
    name text not null,
    taken_by uuid,
    taken_at timestamptz,
    taken_name text,
    snoozed_until timestamptz,
    snoozed_at timestamptz,
    snoozed_name text,
    reason text not null,
    constraint uq_today_mark_operator_id_kind_subject unique (operator_id, kind, subject),
    constraint ck_today_mark_taken check (num_nonnulls(taken_by, taken_at, taken_name) in (0, 3)),
    constraint ck_today_mark_snoozed check (num_nonnulls(snoozed_until, snoozed_at, snoozed_name) in (0, 3)),
    constraint ck_today_mark_reason check (snoozed_until is null or reason <> '')
);
create index ix_today_mark_partner_id on today_mark (partner_id);
comment on column today_mark.kind is 'of need, such as faulted';
comment on column today_mark.subject is 'key of the thing, as the list of that kind has it';
comment on column today_mark.name is 'what people call it, as it was when the mark was made';
comment on column today_mark.snoozed_until is 'from then on it is shown again';
comment on column today_mark.reason is 'why not before that day';

create table site_use (
    location_id uuid not null constraint pk_site_use primary key constraint fk_site_use_location_id references location (id) on delete cascade,
    operator_id uuid not null constraint fk_site_use_operator_id references operator (id),
    last_at timestamptz not null
);
create index ix_site_use_last on site_use (operator_id, last_at);
comment on column site_use.last_at is 'the last start; of a site without sessions when it was entered';

alter table today_mark enable row level security; alter table today_mark force row level security;
alter table site_use enable row level security; alter table site_use force row level security;
create policy tenant on today_mark to voltpact_web using ({STAFF}) with check ({STAFF});
create policy tenant on site_use to voltpact_web using ({STAFF}) with check ({STAFF});
create policy worker on today_mark to voltpact_worker using (true) with check (true);
create policy worker on site_use to voltpact_worker using (true) with check (true);
grant select, insert, update on today_mark, site_use to voltpact_web, voltpact_worker;
"""

# until when a charge point is under contracts follows its assignments, whoever writes them
CONTRACTED = """
alter table station add column contracted_until date default '0001-01-01';
comment on column station.contracted_until is 'when its last contract ends or ended, that day not included; null: no end';
create function voltpact_station_contracted() returns trigger
  language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  update station s set contracted_until = n.until
  from (
    select t.station_id,
           case when not bool_or(a.id is not null and a.valid_until is null) then coalesce(max(a.valid_until), date '0001-01-01') end as until
    from (select distinct station_id from moved) t left join assignment a on a.station_id = t.station_id
    group by t.station_id
  ) n
  where n.station_id = s.id and s.contracted_until is distinct from n.until;
  return null;
end $$;
create trigger contracted_insert after insert on assignment referencing new table as moved
  for each statement execute function voltpact_station_contracted();
create trigger contracted_update after update on assignment referencing new table as moved
  for each statement execute function voltpact_station_contracted();
create trigger contracted_delete after delete on assignment referencing old table as moved
  for each statement execute function voltpact_station_contracted();
update station s set contracted_until = n.until
from (select station_id, case when not bool_or(valid_until is null) then max(valid_until) end as until from assignment group by station_id) n
where n.station_id = s.id;
create index ix_station_contracted on station (operator_id, contracted_until) where retired_at is null;
"""

INDEXES = """
create index ix_contract_version_ending on contract_version (operator_id, last_month) where state <> 'draft' and not auto_renewal;
create index ix_contract_version_asked on contract_version (asked_at) where state = 'draft' and asked_at is not null;
create index ix_charging_session_owed on charging_session (operator_id, rated_at)
  where state = 'rated' and payment_id is not null and collected_at is null;
create index ix_orphan_message_open on orphan_message (station_id) where session_id is null;
create index ix_bank_account_pending on bank_account (operator_id, verify_after) where state = 'pending';
create index ix_driver_top_up_waiting on driver_top_up (operator_id, asked_at) where state = 'waiting';
create index ix_mail_message_failed on mail_message (operator_id, created_at) where state = 'failed';
create index ix_job_failed on job (operator_id, created_at) where state = 'failed';
"""

GONE = """
drop index ix_job_failed, ix_mail_message_failed, ix_driver_top_up_waiting, ix_bank_account_pending, ix_orphan_message_open,
  ix_charging_session_owed, ix_contract_version_asked, ix_contract_version_ending;
drop trigger contracted_insert on assignment; drop trigger contracted_update on assignment; drop trigger contracted_delete on assignment;
drop function voltpact_station_contracted();
alter table station drop column contracted_until;
drop table site_use, today_mark;
"""


def upgrade() -> None:
    """Tables, the column with its trigger, and indexes that hold what waits and nothing else."""
    run = op.get_bind().connection.cursor().execute
    for block in (TABLES, CONTRACTED, INDEXES):
        run(block)


def downgrade() -> None:
    """Forget them."""
    op.get_bind().connection.cursor().execute(GONE)
