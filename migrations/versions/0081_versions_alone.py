"""0081: agreed versions of a contract never overlap, whoever writes them; the term they renew by; who typed money is no second person."""

from alembic import op

revision = "0081"
down_revision = "0080"
branch_labels = None
depends_on = None

#: looked at when the transaction ends, by the row as it is then: a version is cut and the next one agreed in either order
ALONE = """
create function voltpact_version_alone() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('contract_version:' || new.contract_id, 0));
  if exists (
    select from contract_version v join contract_version o on o.contract_id = v.contract_id and o.id <> v.id and o.state <> 'draft'
    where v.id = new.id and v.state <> 'draft'
      and daterange(v.first_month, case when not v.auto_renewal then (v.last_month + interval '1 month')::date end)
       && daterange(o.first_month, case when not o.auto_renewal then (o.last_month + interval '1 month')::date end)) then
    raise exception 'another version of this contract binds in these months' using errcode = 'exclusion_violation',
      constraint = 'version_alone';
  end if;
  return null;
end $$;
create constraint trigger alone after insert or update on contract_version deferrable initially deferred
  for each row execute function voltpact_version_alone();
create trigger frozen_term before update on contract_version for each row
  when (old.state <> 'draft' and new.state <> 'draft' and old.term_first is distinct from new.term_first)
  execute function voltpact_refuse();
"""

COLUMNS = """
alter table contract_version add column term_first date,
  add constraint ck_contract_version_term_first check (term_first < first_month and extract(day from term_first) = 1),
  drop constraint ck_contract_version_second_person,
  add constraint ck_contract_version_second_person
    check (approved_by is null or (approved_by is distinct from asked_by and approved_by <> all (authors)));
comment on column contract_version.term_first is 'first month of the term it renews by, where terms changed within it';
"""


def upgrade() -> None:
    """The column, the constraint, the guard."""
    run = op.get_bind().connection.cursor().execute
    run(COLUMNS)
    run(ALONE)


def downgrade() -> None:
    """Take them off again."""
    op.get_bind().connection.cursor().execute(
        """
        drop trigger alone on contract_version; drop trigger frozen_term on contract_version;
        drop function voltpact_version_alone();
        alter table contract_version drop column term_first, drop constraint ck_contract_version_second_person,
          add constraint ck_contract_version_second_person check (approved_by is null or approved_by is distinct from asked_by);
        """
    )
