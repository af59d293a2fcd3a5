"""0011: what the database itself refuses: foreign tenants, changed history, unbalanced books, overlapping assignments."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

#: tables whose rows belong to an operator and perhaps a partner (operator_id, partner_id)
OWNED = (
    "contact mail_message location station station_state evse connector status_change station_command message_log tariff_assignment "
    "contract contract_version assignment charging_session session_phase meter_reading session_line orphan_message id_token payment "
    "ledger_account ledger_entry ledger_posting settlement_run statement statement_row number_series document document_file audit_entry"
).split()

ROLES = """
do $$ begin
  if not exists (select from pg_roles where rolname = 'voltpact_web') then create role voltpact_web nologin; end if;
  if not exists (select from pg_roles where rolname = 'voltpact_worker') then create role voltpact_worker nologin; end if;
exception when duplicate_object or unique_violation then null;
end $$;
alter role voltpact_web nosuperuser nobypassrls;
alter role voltpact_worker nosuperuser nobypassrls;
grant usage on schema public to voltpact_web, voltpact_worker;
grant select, insert, update, delete on all tables in schema public to voltpact_web, voltpact_worker;
grant usage on all sequences in schema public to voltpact_web, voltpact_worker;
revoke update, delete on audit_entry, ledger_entry, ledger_posting, document, document_file, session_line from voltpact_web, voltpact_worker;
revoke insert, update, delete on operator from voltpact_worker;
"""

TENANT = """
create function voltpact_operator() returns uuid language sql stable parallel safe
  return nullif(current_setting('voltpact.operator', true), '')::uuid;
create function voltpact_user() returns uuid language sql stable parallel safe
  return nullif(current_setting('voltpact.user', true), '')::uuid;
create function voltpact_all_partners() returns boolean language sql stable parallel safe
  return coalesce(current_setting('voltpact.partners', true), '') = '*';
create function voltpact_partners() returns uuid[] language sql stable parallel safe
  return case when coalesce(current_setting('voltpact.partners', true), '') in ('', '*') then '{}'::uuid[]
              else current_setting('voltpact.partners', true)::uuid[] end;
"""

OWN = (
    "operator_id = (select voltpact_operator()) "
    "and ((select voltpact_all_partners()) or partner_id = any ((select voltpact_partners())::uuid[]))"
)

SPECIAL = f"""
create policy tenant on operator to voltpact_web
  using (id = (select voltpact_operator())
         or id in (select m.operator_id from membership m where m.user_id = (select voltpact_user())));
create policy tenant on partner to voltpact_web
  using (operator_id = (select voltpact_operator())
         and ((select voltpact_all_partners()) or id = any ((select voltpact_partners())::uuid[])))
  with check (operator_id = (select voltpact_operator())
         and ((select voltpact_all_partners()) or id = any ((select voltpact_partners())::uuid[])));
create policy mine on partner for select to voltpact_web
  using (id in (select m.partner_id from membership m where m.user_id = (select voltpact_user()) and m.ended_at is null));
create policy tenant on membership to voltpact_web using ({OWN}) with check ({OWN});
create policy mine on membership for select to voltpact_web using (user_id = (select voltpact_user()));
create policy tenant on user_account to voltpact_web
  using (id = (select voltpact_user()) or exists (select from membership m where m.user_id = user_account.id))
  with check (true);
create policy open on sign_in_throttle to voltpact_web using (true) with check (true);
create policy staff on unknown_station to voltpact_web using ((select voltpact_all_partners())) with check ((select voltpact_all_partners()));
create policy tenant on job to voltpact_web
  using (operator_id is not distinct from (select voltpact_operator()))
  with check (operator_id is not distinct from (select voltpact_operator()));
create policy tenant on webhook to voltpact_web
  using (operator_id is not distinct from (select voltpact_operator()))
  with check (operator_id is not distinct from (select voltpact_operator()));
create policy tenant on tariff to voltpact_web using ({OWN}) with check ({OWN});
create policy priced_here on tariff for select to voltpact_web
  using (operator_id = (select voltpact_operator()) and id in (select a.tariff_id from tariff_assignment a));
create policy tenant on tariff_version to voltpact_web using ({OWN}) with check ({OWN});
create policy priced_here on tariff_version for select to voltpact_web
  using (operator_id = (select voltpact_operator()) and tariff_id in (select a.tariff_id from tariff_assignment a));
"""

SPECIAL_TABLES = "operator partner membership user_account sign_in_throttle unknown_station job webhook tariff tariff_version".split()

DOORS = """
create function door_evse(p_label text, p_number integer)
  returns table (operator_id uuid, partner_id uuid, station_id uuid, evse_id uuid)
  language sql stable security definer set search_path = public, pg_temp
as $$
  select s.operator_id, s.partner_id, s.id, e.id from station s join evse e on e.station_id = s.id
  where s.label = upper(p_label) and e.number = p_number
$$;
create function door_check_code(p_code text)
  returns table (operator_id uuid, partner_id uuid, station_id uuid, evse_id uuid)
  language sql stable security definer set search_path = public, pg_temp
as $$
  select s.operator_id, s.partner_id, s.id, e.id from evse e join station s on e.station_id = s.id where e.check_code = upper(p_code)
$$;
create function door_session(p_secret_hash bytea)
  returns table (operator_id uuid, partner_id uuid, session_id uuid)
  language sql stable security definer set search_path = public, pg_temp
as $$
  select s.operator_id, s.partner_id, s.id from charging_session s where s.secret_hash = p_secret_hash
$$;
create function door_session_code(p_code text)
  returns table (operator_id uuid, partner_id uuid, session_id uuid)
  language sql stable security definer set search_path = public, pg_temp
as $$
  select s.operator_id, s.partner_id, s.id from charging_session s where s.code = upper(p_code)
$$;
create function door_payment(p_provider text, p_ref text)
  returns table (operator_id uuid, partner_id uuid, payment_id uuid)
  language sql stable security definer set search_path = public, pg_temp
as $$
  select p.operator_id, p.partner_id, p.id from payment p where p.provider = p_provider and p.provider_ref = p_ref
$$;
create function door_sign_in(p_email text)
  returns table (user_id uuid, password_hash text, disabled_at timestamptz)
  language sql stable security definer set search_path = public, pg_temp
as $$
  select u.id, u.password_hash, u.disabled_at from user_account u where lower(u.email) = lower(p_email)
$$;
"""

HISTORY = """
create function voltpact_refuse() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;
create trigger append_only before update or delete on audit_entry for each row execute function voltpact_refuse();
create trigger append_only before update or delete on ledger_entry for each row execute function voltpact_refuse();
create trigger append_only before update or delete on ledger_posting for each row execute function voltpact_refuse();
create trigger append_only before update or delete on document for each row execute function voltpact_refuse();
create trigger append_only before update or delete on document_file for each row execute function voltpact_refuse();
create trigger append_only before update or delete on session_line for each row execute function voltpact_refuse();
create trigger no_truncate before truncate on audit_entry for each statement execute function voltpact_refuse();
create trigger no_truncate before truncate on ledger_entry for each statement execute function voltpact_refuse();
create trigger no_truncate before truncate on ledger_posting for each statement execute function voltpact_refuse();

create function voltpact_frozen_session() returns trigger language plpgsql as $$
begin
  if old.state = 'rated' and (new.state, new.gross_minor, new.net_minor, new.vat_minor, new.energy_wh, new.partner_minor, new.priced,
      new.tariff, new.started_at, new.ended_at) is distinct from (old.state, old.gross_minor, old.net_minor, old.vat_minor,
      old.energy_wh, old.partner_minor, old.priced, old.tariff, old.started_at, old.ended_at) then
    raise exception 'session % is rated; correct it with a new row', old.code using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger frozen before update on charging_session for each row execute function voltpact_frozen_session();

create function voltpact_frozen_statement() returns trigger language plpgsql as $$
begin
  if old.state <> 'draft' and (tg_op = 'DELETE' or (new.number, new.answer_hash, new.input_hash, new.answer, new.input, new.month,
      new.payout_gross_minor, new.payout_net_minor) is distinct from (old.number, old.answer_hash, old.input_hash, old.answer, old.input,
      old.month, old.payout_gross_minor, old.payout_net_minor)) then
    raise exception 'statement % is issued', old.code using errcode = 'restrict_violation';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$;
create trigger frozen before update or delete on statement for each row execute function voltpact_frozen_statement();

create function voltpact_frozen_row() returns trigger language plpgsql as $$
begin
  if exists (select from statement s where s.id = old.statement_id and s.state <> 'draft') then
    raise exception 'the statement of this row is issued' using errcode = 'restrict_violation';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$;
create trigger frozen before update or delete on statement_row for each row execute function voltpact_frozen_row();
"""

BOOKS = """
create function voltpact_entry_balances() returns trigger language plpgsql as $$
begin
  if (select count(*) from ledger_posting p where p.entry_id = new.id) < 2 then
    raise exception 'ledger entry % has fewer than two postings', new.key using errcode = 'check_violation';
  end if;
  if exists (select from ledger_posting p where p.entry_id = new.id group by p.currency having sum(p.amount_minor) <> 0) then
    raise exception 'ledger entry % does not balance', new.key using errcode = 'check_violation';
  end if;
  return null;
end $$;
create constraint trigger balances after insert on ledger_entry deferrable initially deferred
  for each row execute function voltpact_entry_balances();

create function voltpact_entry_sealed() returns trigger language plpgsql as $$
begin
  if not exists (select from ledger_entry e where e.id = new.entry_id and e.transaction_id = pg_current_xact_id()::text::bigint) then
    raise exception 'ledger entry is sealed; its postings come with it or never' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger sealed before insert on ledger_posting for each row execute function voltpact_entry_sealed();
"""

SPANS = """
create function voltpact_assignment_alone() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('assignment:' || new.station_id, 0));
  if exists (select from assignment a where a.station_id = new.station_id and a.id <> new.id
             and daterange(a.valid_from, a.valid_until) && daterange(new.valid_from, new.valid_until)) then
    raise exception 'the charge point is already under a contract in this time' using errcode = 'exclusion_violation',
      constraint = 'assignment_alone';
  end if;
  return new;
end $$;
create trigger alone before insert or update on assignment for each row execute function voltpact_assignment_alone();
"""

PARTITIONS = """
create table message_log_rest partition of message_log default;
create table meter_reading_rest partition of meter_reading default;

create function voltpact_ensure_partitions(p_from date, p_until date) returns integer
  language plpgsql security definer set search_path = public, pg_temp as $$
declare
  made integer := 0;
  day date := p_from;
  month date := date_trunc('month', p_from)::date;
begin
  perform pg_advisory_xact_lock(hashtextextended('voltpact partitions', 0));
  while day < p_until loop
    if to_regclass(format('message_log_%s', to_char(day, 'YYYYMMDD'))) is null then
      execute format('create table message_log_%s partition of message_log for values from (%L) to (%L)',
        to_char(day, 'YYYYMMDD'), day::timestamp at time zone 'UTC', (day + 1)::timestamp at time zone 'UTC');
      made := made + 1;
    end if;
    day := day + 1;
  end loop;
  while month < p_until loop
    if to_regclass(format('meter_reading_%s', to_char(month, 'YYYYMM'))) is null then
      execute format('create table meter_reading_%s partition of meter_reading for values from (%L) to (%L)',
        to_char(month, 'YYYYMM'), month::timestamp at time zone 'UTC', (month + interval '1 month')::timestamp at time zone 'UTC');
      made := made + 1;
    end if;
    month := (month + interval '1 month')::date;
  end loop;
  return made;
end $$;

create function voltpact_drop_message_log(p_before date) returns integer
  language plpgsql security definer set search_path = public, pg_temp as $$
declare
  part text;
  dropped integer := 0;
begin
  for part in select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = 'message_log'::regclass and c.relname ~ '^message_log_\\d{8}$'
        and to_date(right(c.relname, 8), 'YYYYMMDD') < p_before loop
    execute format('drop table %I', part);
    dropped := dropped + 1;
  end loop;
  return dropped;
end $$;
"""


def upgrade() -> None:
    """Roles, row-level security, history, books, spans, partitions."""
    run = op.get_bind().connection.cursor().execute
    run(ROLES)  # before the partitions: nobody but their parent may be asked
    run(PARTITIONS)
    run(TENANT)
    for table in (*OWNED, *SPECIAL_TABLES):
        run(f"alter table {table} enable row level security; alter table {table} force row level security;")
        run(f"create policy worker on {table} to voltpact_worker using (true) with check (true)")
    for table in OWNED:
        run(f"create policy tenant on {table} to voltpact_web using ({OWN}) with check ({OWN})")
    for block in (SPECIAL, DOORS, HISTORY, BOOKS, SPANS):
        run(block)
    run("revoke all on all tables in schema public from public")
    run("select voltpact_ensure_partitions(current_date - 1, current_date + 40)")


def downgrade() -> None:
    """The guards cannot be taken off a house with people in it; restore a backup instead."""
    raise RuntimeError("0011 cannot be undone")
