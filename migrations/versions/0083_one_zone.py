"""0083: months of contracts and statements are counted in one zone, the partner's, and it stays once something is agreed."""

from alembic import op

revision = "0083"
down_revision = "0082"
branch_labels = None
depends_on = None

ZONES = """
update contract c set time_zone = p.time_zone from partner p
  where p.id = c.partner_id and p.time_zone <> c.time_zone
    and not exists (select from contract_version v where v.contract_id = c.id and v.state <> 'draft');

create function voltpact_partner_zone() returns trigger language plpgsql as $$
begin
  if exists (select from contract_version v where v.partner_id = new.id and v.state <> 'draft') then
    raise exception 'months of agreed contracts are counted in %', old.time_zone using errcode = 'exclusion_violation',
      constraint = 'partner_zone_kept';
  end if;
  update contract set time_zone = new.time_zone where partner_id = new.id;
  return null;
end $$;
create trigger zone after update of time_zone on partner for each row when (old.time_zone is distinct from new.time_zone)
  execute function voltpact_partner_zone();

create function voltpact_contract_zone() returns trigger language plpgsql as $$
begin
  if exists (select from partner p where p.id = new.partner_id and p.time_zone <> new.time_zone) then
    raise exception 'months of a contract are counted in the zone of its partner' using errcode = 'check_violation',
      constraint = 'contract_zone';
  end if;
  return new;
end $$;
create trigger zone before insert or update of time_zone on contract for each row execute function voltpact_contract_zone();
"""


def upgrade() -> None:
    """Contracts that bind nobody follow their partner; two guards."""
    op.get_bind().connection.cursor().execute(ZONES)


def downgrade() -> None:
    """Take them off again."""
    op.get_bind().connection.cursor().execute(
        """
        drop trigger zone on contract; drop function voltpact_contract_zone();
        drop trigger zone on partner; drop function voltpact_partner_zone();
        """
    )
