"""0021: terms can be withdrawn before they start and are otherwise never changed; drafts of the tariff editor; approved clocks; price limits."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

COLUMNS = """
alter table tariff_version add column withdrawn_at timestamptz, add column withdrawn_name text,
  add constraint ck_tariff_version_withdrawn check (withdrawn_at is null or withdrawn_at < valid_from);
alter table tariff_version drop constraint uq_tariff_version_tariff_id_valid_from;
create unique index uq_tariff_version_start on tariff_version (tariff_id, valid_from) where withdrawn_at is null;
alter table evse add column clock_approved boolean not null default false;
alter table contract_version add column price_limits jsonb not null default '{}';
comment on column evse.clock_approved is 'time may be billed by its clock (Eichrecht)';
comment on column contract_version.price_limits is 'highest prices the partner may set: app.domain.contracts.price_limits';
"""

DRAFTS = """
create table tariff_draft (
    user_id uuid not null,
    tariff_id uuid,
    typed jsonb not null,
    saved_at timestamptz not null,
    id uuid not null,
    operator_id uuid not null,
    partner_id uuid,
    constraint pk_tariff_draft primary key (id),
    constraint fk_tariff_draft_user_id foreign key (user_id) references user_account (id) on delete cascade,
    constraint fk_tariff_draft_tariff_id foreign key (tariff_id) references tariff (id) on delete cascade,
    constraint fk_tariff_draft_operator_id foreign key (operator_id) references operator (id),
    constraint fk_tariff_draft_partner_id foreign key (partner_id) references partner (id)
);
create unique index uq_tariff_draft on tariff_draft (user_id, operator_id, partner_id, tariff_id) nulls not distinct;
create index ix_tariff_draft_partner_id on tariff_draft (partner_id);
comment on column tariff_draft.typed is '(field, value) pairs of the form, right or wrong';
alter table tariff_draft enable row level security;
alter table tariff_draft force row level security;
"""

#: a draft is its writer's alone
MINE = (
    "operator_id = (select voltpact_operator()) and user_id = (select voltpact_user()) "
    "and ((select voltpact_all_partners()) or partner_id = any ((select voltpact_partners())::uuid[]))"
)

POLICIES = f"""
create policy worker on tariff_draft to voltpact_worker using (true) with check (true);
create policy tenant on tariff_draft to voltpact_web using ({MINE}) with check ({MINE});
grant select, insert, update, delete on tariff_draft to voltpact_web, voltpact_worker;
"""

HISTORY = """
create function voltpact_frozen_terms() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.withdrawn_at is null and new.withdrawn_at is not null
     and (to_jsonb(new) - 'withdrawn_at' - 'withdrawn_name') = (to_jsonb(old) - 'withdrawn_at' - 'withdrawn_name') then
    return new;
  end if;
  raise exception 'published terms are never changed; publish new ones' using errcode = 'restrict_violation';
end $$;
create trigger frozen before update or delete on tariff_version for each row execute function voltpact_frozen_terms();
revoke delete on tariff_version from voltpact_web, voltpact_worker;
"""


def upgrade() -> None:
    """Columns, drafts, and a guard over published terms."""
    run = op.get_bind().connection.cursor().execute
    for block in (COLUMNS, DRAFTS, POLICIES, HISTORY):
        run(block)


def downgrade() -> None:
    """Back; withdrawn terms would count again, so they must be gone first."""
    op.get_bind().connection.cursor().execute(
        """
        drop trigger frozen on tariff_version;
        drop function voltpact_frozen_terms();
        grant delete on tariff_version to voltpact_web, voltpact_worker;
        drop table tariff_draft;
        drop index uq_tariff_version_start;
        alter table tariff_version drop constraint ck_tariff_version_withdrawn, drop column withdrawn_at, drop column withdrawn_name,
          add constraint uq_tariff_version_tariff_id_valid_from unique (tariff_id, valid_from);
        alter table evse drop column clock_approved;
        alter table contract_version drop column price_limits;
        """
    )
