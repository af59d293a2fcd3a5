"""0028: the price limits of an agreed version are frozen with its other terms; one guard for all of them."""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

TERMS = (
    "first_month", "ac_pct", "dc_pct", "exclude_connection_fee", "deduct_electricity", "reimburse_electricity", "terms", "permissions",
    "kind", "minimum_payout_minor", "carry_months", "electricity_price", "electricity_vat_pct",
)  # fmt: skip


def guard(terms: tuple[str, ...]) -> str:
    """The guard of agreed versions over these columns."""
    old, new = (", ".join(f"{side}.{name}" for name in terms) for side in ("old", "new"))
    return f"""
create or replace function voltpact_frozen_version() returns trigger language plpgsql as $$
declare
  issued date := voltpact_last_issued(old.partner_id);
begin
  if tg_op = 'DELETE' then
    raise exception 'version % is agreed', old.number using errcode = 'restrict_violation';
  end if;
  if new.state = 'draft' then
    if issued is not null and old.first_month <= issued then
      raise exception 'the month % is issued', issued using errcode = 'exclusion_violation', constraint = 'month_issued';
    end if;
    return new;
  end if;
  if ({new}) is distinct from ({old}) then
    raise exception 'version % is agreed; change it with a new one', old.number using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
"""


def upgrade() -> None:
    """The guard knows two more terms; the one that knew only the fee is gone."""
    run = op.get_bind().connection.cursor().execute
    run("alter table contract_version add constraint ck_contract_version_price_limits check (jsonb_typeof(price_limits) = 'object')")
    run("drop trigger frozen_fee on contract_version; drop function voltpact_frozen_reimbursement_fee()")
    run(guard((*TERMS, "reimbursement_fee", "price_limits")))


def downgrade() -> None:
    """Two guards again."""
    run = op.get_bind().connection.cursor().execute
    run("alter table contract_version drop constraint ck_contract_version_price_limits")
    run(guard(TERMS))
    run(
        """
        create function voltpact_frozen_reimbursement_fee() returns trigger language plpgsql as $$
        begin
          raise exception 'version % is agreed; change it with a new one', old.number using errcode = 'restrict_violation';
        end $$;
        create trigger frozen_fee before update on contract_version for each row
          when (old.state <> 'draft' and new.state <> 'draft' and old.reimbursement_fee is distinct from new.reimbursement_fee)
          execute function voltpact_frozen_reimbursement_fee();
        """
    )
