"""0030: balances of drivers are in the books; who bears what was added, and taking it back."""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

CHANGES = """
alter table driver_top_up
  add column borne_by_partner boolean not null default false,
  add column reversed_at timestamptz,
  add column reversed_by uuid,
  add column reversed_name text,
  add column reversed_reason text,
  drop constraint ck_driver_top_up_state,
  add constraint ck_driver_top_up_state check (state in ('waiting', 'done', 'refused', 'reversed')),
  add constraint ck_driver_top_up_reversed check ((state = 'reversed') = (reversed_at is not null));
alter table driver_top_up alter column borne_by_partner drop default;
comment on column driver_top_up.borne_by_partner is 'charged with the month''s statement; else the operator''s goodwill';

create function voltpact_frozen_top_up() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or (new.driver_id, new.partner_id, new.key, new.amount_minor, new.currency, new.borne_by_partner, new.asked_by)
      is distinct from (old.driver_id, old.partner_id, old.key, old.amount_minor, old.currency, old.borne_by_partner, old.asked_by)
      or (old.state, new.state) not in (('waiting', 'done'), ('waiting', 'refused'), ('done', 'reversed')) then
    raise exception 'what was added to a balance stays; take it back instead' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger frozen before update or delete on driver_top_up for each row execute function voltpact_frozen_top_up();
"""
#: what was added before is booked now, as the operator's: nobody was charged for it
BOOKED = """
insert into ledger_account (id, operator_id, partner_id, code, kind, currency)
select uuidv7(), operator_id, partner_id, code, kind, currency from (
  select distinct operator_id, partner_id, 'driver_balance:' || partner_id || ':' || driver_id as code, 'liability' as kind, currency
  from driver_top_up where state = 'done'
  union select distinct operator_id, null::uuid, 'goodwill', 'expense', currency from driver_top_up where state = 'done') a
on conflict do nothing;
insert into ledger_entry (id, operator_id, partner_id, key, body_hash, kind, effective_on, posted_at, facts)
select uuidv7(), t.operator_id, t.partner_id, 'top-up:' || t.id, 'migration 0030', 'top_up',
  (coalesce(t.decided_at, t.asked_at) at time zone p.time_zone)::date, coalesce(t.decided_at, t.asked_at), '{}'
from driver_top_up t join partner p on p.id = t.partner_id where t.state = 'done';
insert into ledger_posting (id, operator_id, partner_id, entry_id, account_id, currency, amount_minor)
select uuidv7(), t.operator_id, a.partner_id, e.id, a.id, t.currency,
  case when a.code = 'goodwill' then t.amount_minor else -t.amount_minor end
from driver_top_up t join ledger_entry e on e.operator_id = t.operator_id and e.key = 'top-up:' || t.id
join ledger_account a on a.operator_id = t.operator_id and a.currency = t.currency
  and a.code in ('goodwill', 'driver_balance:' || t.partner_id || ':' || t.driver_id)
where t.state = 'done';
"""


def upgrade() -> None:
    """Columns, a guard, and entries for what was added so far."""
    run = op.get_bind().connection.cursor().execute
    run(CHANGES)
    run(BOOKED)


def downgrade() -> None:
    """Take columns and guard off; entries in the books stay."""
    op.get_bind().connection.cursor().execute(
        """
        drop trigger frozen on driver_top_up;
        drop function voltpact_frozen_top_up();
        update driver_top_up set state = 'refused', reversed_at = null where state = 'reversed';
        alter table driver_top_up
          drop constraint ck_driver_top_up_reversed,
          drop constraint ck_driver_top_up_state,
          add constraint ck_driver_top_up_state check (state in ('waiting', 'done', 'refused')),
          drop column borne_by_partner, drop column reversed_at, drop column reversed_by, drop column reversed_name,
          drop column reversed_reason;
        """
    )
