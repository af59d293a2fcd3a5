"""0027: a fee for giving back the cost of electricity, each month."""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

CHANGES = """
alter table contract_version
  add column reimbursement_fee numeric(14, 6) not null default 0,
  add constraint ck_contract_version_reimbursement_fee check (reimbursement_fee >= 0);
comment on column contract_version.reimbursement_fee is 'each month, without VAT, where electricity is reimbursed';

create function voltpact_frozen_reimbursement_fee() returns trigger language plpgsql as $$
begin
  raise exception 'version % is agreed; change it with a new one', old.number using errcode = 'restrict_violation';
end $$;
create trigger frozen_fee before update on contract_version for each row
  when (old.state <> 'draft' and new.state <> 'draft' and old.reimbursement_fee is distinct from new.reimbursement_fee)
  execute function voltpact_frozen_reimbursement_fee();
"""


def upgrade() -> None:
    """A column, frozen with the other terms."""
    op.get_bind().connection.cursor().execute(CHANGES)


def downgrade() -> None:
    """Take it off again."""
    op.get_bind().connection.cursor().execute(
        """
        drop trigger frozen_fee on contract_version;
        drop function voltpact_frozen_reimbursement_fee();
        alter table contract_version drop column reimbursement_fee;
        """
    )
