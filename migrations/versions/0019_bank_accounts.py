"""0019: where a partner's money goes: versions of the account, each verified by a second person, and the agreement to self-billing."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

OWN = (
    "operator_id = (select voltpact_operator()) "
    "and ((select voltpact_all_partners()) or partner_id = any ((select voltpact_partners())::uuid[]))"
)

TABLES = """
create table bank_account (
    id uuid not null constraint pk_bank_account primary key,
    operator_id uuid not null constraint fk_bank_account_operator_id references operator (id),
    partner_id uuid constraint fk_bank_account_partner_id references partner (id),
    number integer not null,
    holder text not null,
    iban_sealed bytea not null,
    iban_mark bytea not null,
    country text not null,
    last4 text not null,
    bank text not null,
    state text not null,
    entered_at timestamptz not null,
    entered_by uuid,
    entered_name text not null,
    verify_after timestamptz not null,
    decided_at timestamptz,
    decided_by uuid,
    decided_name text,
    reason text not null,
    constraint uq_bank_account_partner_id_number unique (partner_id, number),
    constraint ck_bank_account_state check (state in ('pending', 'verified', 'suspended', 'replaced')),
    constraint ck_bank_account_two check (state <> 'verified' or (decided_by is not null and decided_by is distinct from entered_by))
);
create index ix_bank_account_partner_id on bank_account (partner_id);
create unique index uq_bank_account_current on bank_account (partner_id) where state <> 'replaced';
comment on column bank_account.iban_sealed is 'encrypted with the installation''s secret key';
comment on column bank_account.iban_mark is 'keyed hash: the same number is recognised without being read';

create table self_billing_agreement (
    id uuid not null constraint pk_self_billing_agreement primary key,
    operator_id uuid not null constraint fk_self_billing_agreement_operator_id references operator (id),
    partner_id uuid constraint fk_self_billing_agreement_partner_id references partner (id),
    text_version text not null,
    text_hash text not null,
    language text not null,
    agreed_at timestamptz not null,
    agreed_by uuid,
    agreed_name text not null,
    for_whom text not null
);
create index ix_self_billing_agreement_partner_id on self_billing_agreement (partner_id);

create function voltpact_frozen_account() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or (new.iban_sealed, new.iban_mark, new.holder, new.entered_at, new.entered_by, new.verify_after, new.number,
      new.partner_id) is distinct from (old.iban_sealed, old.iban_mark, old.holder, old.entered_at, old.entered_by, old.verify_after,
      old.number, old.partner_id) then
    raise exception 'a bank account is replaced by a new version' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger frozen before update or delete on bank_account for each row execute function voltpact_frozen_account();
create trigger append_only before update or delete on self_billing_agreement for each row execute function voltpact_refuse();
"""


def upgrade() -> None:
    """Tables and guards."""
    run = op.get_bind().connection.cursor().execute
    run(TABLES)
    for table in ("bank_account", "self_billing_agreement"):
        run(f"alter table {table} enable row level security; alter table {table} force row level security")
        run(f"create policy tenant on {table} to voltpact_web using ({OWN}) with check ({OWN})")
        run(f"create policy worker on {table} to voltpact_worker using (true) with check (true)")
        run(f"grant select, insert on {table} to voltpact_web, voltpact_worker")
    run("grant update on bank_account to voltpact_web, voltpact_worker")


def downgrade() -> None:
    """Forget them."""
    op.get_bind().connection.cursor().execute("drop table self_billing_agreement, bank_account; drop function voltpact_frozen_account")
