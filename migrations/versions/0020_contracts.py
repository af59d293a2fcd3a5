"""0020: contracts complete: who sells, payout, electricity, the second person, what-if, acceptance; agreed terms are frozen."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

COLUMNS = """
alter table contract_version
  add column kind text not null default 'revenue_sharing',
  add column minimum_payout_minor bigint not null default 0,
  add column carry_months integer not null default 3,
  add column electricity_price numeric(14, 6),
  add column electricity_vat_pct numeric(5, 2) not null default 0,
  add column authors uuid[] not null default '{}',
  add column asked_at timestamptz,
  add column asked_by uuid,
  add column asked_name text,
  add column approved_by uuid,
  add column approved_name text,
  add column cut jsonb,
  add column preview_id uuid,
  add constraint ck_contract_version_kind check (kind in ('revenue_sharing', 'payment_facilitation')),
  add constraint ck_contract_version_payout check (minimum_payout_minor >= 0 and carry_months between 0 and 24),
  add constraint ck_contract_version_electricity check (electricity_price is null or electricity_price >= 0),
  add constraint ck_contract_version_second_person check (approved_by is null or approved_by is distinct from asked_by);
comment on column contract_version.minimum_payout_minor is 'less is carried over';
comment on column contract_version.carry_months is 'statements a debt is carried before it is invoiced';
comment on column contract_version.electricity_price is 'per kWh with VAT, for all charge points; null: none';
comment on column contract_version.authors is 'who changed money terms of the draft';
comment on column contract_version.asked_at is 'since when a draft waits for the second person';
comment on column contract_version.cut is 'what the version before had: id, last_month, auto_renewal';
comment on column contract_version.preview_id is 'the what-if attached to these terms';
create unique index uq_contract_version_draft on contract_version (contract_id) where state = 'draft';
"""

TABLES = """
create table contract_preview (
    version_id uuid not null,
    month date not null,
    terms_hash text not null,
    state text not null,
    job_id uuid,
    problem text,
    result jsonb,
    requested_by uuid,
    requested_name text not null,
    created_at timestamptz not null,
    finished_at timestamptz,
    id uuid not null,
    operator_id uuid not null,
    partner_id uuid,
    constraint pk_contract_preview primary key (id),
    constraint ck_contract_preview_state check (state in ('queued', 'done', 'failed')),
    constraint fk_contract_preview_version_id foreign key (version_id) references contract_version (id) on delete cascade,
    constraint fk_contract_preview_operator_id foreign key (operator_id) references operator (id),
    constraint fk_contract_preview_partner_id foreign key (partner_id) references partner (id)
);
comment on column contract_preview.problem is 'the code of a refusal';
comment on column contract_preview.result is 'figures in minor units, rows by the size of their change';
create index ix_contract_preview_version on contract_preview (version_id, created_at);
create index ix_contract_preview_partner_id on contract_preview (partner_id);

create table contract_acceptance (
    version_id uuid not null,
    accepted_at timestamptz not null,
    accepted_by uuid not null,
    accepted_name text not null,
    language text not null,
    content jsonb not null,
    content_hash text not null,
    id uuid not null,
    operator_id uuid not null,
    partner_id uuid,
    constraint pk_contract_acceptance primary key (id),
    constraint uq_contract_acceptance_version_id_content_hash unique (version_id, content_hash),
    constraint fk_contract_acceptance_version_id foreign key (version_id) references contract_version (id),
    constraint fk_contract_acceptance_operator_id foreign key (operator_id) references operator (id),
    constraint fk_contract_acceptance_partner_id foreign key (partner_id) references partner (id)
);
create index ix_contract_acceptance_partner_id on contract_acceptance (partner_id);
"""

OWN = (
    "operator_id = (select voltpact_operator()) "
    "and ((select voltpact_all_partners()) or partner_id = any ((select voltpact_partners())::uuid[]))"
)
STAFF = "operator_id = (select voltpact_operator()) and (select voltpact_all_partners())"

GUARDS = f"""
alter table contract_preview enable row level security;
alter table contract_preview force row level security;
alter table contract_acceptance enable row level security;
alter table contract_acceptance force row level security;
create policy worker on contract_preview to voltpact_worker using (true) with check (true);
create policy worker on contract_acceptance to voltpact_worker using (true) with check (true);
create policy tenant on contract_preview to voltpact_web using ({STAFF}) with check ({STAFF});
create policy tenant on contract_acceptance to voltpact_web using ({OWN}) with check ({OWN});
grant select, insert, update, delete on contract_preview to voltpact_web, voltpact_worker;
grant select, insert on contract_acceptance to voltpact_web, voltpact_worker;
create trigger append_only before update or delete on contract_acceptance for each row execute function voltpact_refuse();
create trigger no_truncate before truncate on contract_acceptance for each statement execute function voltpact_refuse();

create function voltpact_frozen_version() returns trigger language plpgsql as $$
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
  if (new.first_month, new.ac_pct, new.dc_pct, new.exclude_connection_fee, new.deduct_electricity, new.reimburse_electricity, new.terms,
      new.permissions, new.kind, new.minimum_payout_minor, new.carry_months, new.electricity_price, new.electricity_vat_pct)
     is distinct from
     (old.first_month, old.ac_pct, old.dc_pct, old.exclude_connection_fee, old.deduct_electricity, old.reimburse_electricity, old.terms,
      old.permissions, old.kind, old.minimum_payout_minor, old.carry_months, old.electricity_price, old.electricity_vat_pct) then
    raise exception 'version % is agreed; change it with a new one', old.number using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger frozen before update or delete on contract_version for each row when (old.state <> 'draft')
  execute function voltpact_frozen_version();
"""


def upgrade() -> None:
    """Columns, tables, and what the database refuses by itself."""
    run = op.get_bind().connection.cursor().execute
    for block in (COLUMNS, TABLES, GUARDS):
        run(block)


def downgrade() -> None:
    """Take them off again."""
    op.get_bind().connection.cursor().execute(
        """
        drop trigger frozen on contract_version;
        drop function voltpact_frozen_version();
        drop table contract_acceptance, contract_preview;
        drop index uq_contract_version_draft;
        alter table contract_version
          drop column kind, drop column minimum_payout_minor, drop column carry_months, drop column electricity_price,
          drop column electricity_vat_pct, drop column authors, drop column asked_at, drop column asked_by, drop column asked_name,
          drop column approved_by, drop column approved_name, drop column cut, drop column preview_id;
        """
    )
