"""0018: what a partner may do by itself, and charging on its account: each save is a version with an instant."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

OWN = (
    "operator_id = (select voltpact_operator()) "
    "and ((select voltpact_all_partners()) or partner_id = any ((select voltpact_partners())::uuid[]))"
)

TABLES = """
create table partner_features (
    id uuid not null constraint pk_partner_features primary key,
    operator_id uuid not null constraint fk_partner_features_operator_id references operator (id),
    partner_id uuid constraint fk_partner_features_partner_id references partner (id),
    number integer not null,
    valid_from timestamptz not null,
    create_users boolean not null,
    add_balance boolean not null,
    control_tariffs boolean not null,
    control_groups boolean not null,
    supplier_on_receipts boolean not null,
    fault_mail boolean not null,
    settlement_mail boolean not null,
    package text not null,
    receipt_prefix text,
    receipt_start integer,
    created_by uuid,
    created_name text not null,
    constraint uq_partner_features_partner_id_number unique (partner_id, number),
    constraint ck_partner_features_package check (package in ('basic', 'plus', 'premium')),
    constraint ck_partner_features_range check ((receipt_prefix is null) = (receipt_start is null) and coalesce(receipt_start, 1) > 0),
    constraint ck_partner_features_supplier check (not supplier_on_receipts or receipt_prefix is not null)
);
create index ix_partner_features_partner_id on partner_features (partner_id);
comment on column partner_features.receipt_prefix is 'own series of receipts: prefix-year-number';

create table partner_corporate (
    id uuid not null constraint pk_partner_corporate primary key,
    operator_id uuid not null constraint fk_partner_corporate_operator_id references operator (id),
    partner_id uuid constraint fk_partner_corporate_partner_id references partner (id),
    number integer not null,
    valid_from timestamptz not null,
    enabled boolean not null,
    monthly_limit_minor bigint,
    driver_limit_minor bigint,
    discount_pct numeric(5, 2) not null,
    own_points_only boolean not null,
    private_points boolean not null,
    created_by uuid,
    created_name text not null,
    constraint uq_partner_corporate_partner_id_number unique (partner_id, number),
    constraint ck_partner_corporate_limits check (coalesce(monthly_limit_minor, 0) >= 0 and coalesce(driver_limit_minor, 0) >= 0),
    constraint ck_partner_corporate_discount check (discount_pct between 0 and 100)
);
create index ix_partner_corporate_partner_id on partner_corporate (partner_id);
comment on column partner_corporate.monthly_limit_minor is 'gross, per calendar month of the partner; null: none';

create table fault_notice (
    id uuid not null constraint pk_fault_notice primary key,
    operator_id uuid not null constraint fk_fault_notice_operator_id references operator (id),
    partner_id uuid constraint fk_fault_notice_partner_id references partner (id),
    told_until timestamptz not null,
    constraint uq_fault_notice_partner_id unique (partner_id)
);
create index ix_fault_notice_partner_id on fault_notice (partner_id);
comment on column fault_notice.told_until is 'states received up to here are mailed, or were not wanted';
"""


def upgrade() -> None:
    """Tables that only grow."""
    run = op.get_bind().connection.cursor().execute
    run(TABLES)
    for table in ("partner_features", "partner_corporate", "fault_notice"):
        run(f"alter table {table} enable row level security; alter table {table} force row level security")
        run(f"create policy tenant on {table} to voltpact_web using ({OWN}) with check ({OWN})")
        run(f"create policy worker on {table} to voltpact_worker using (true) with check (true)")
        run(f"grant select, insert on {table} to voltpact_web, voltpact_worker")
        if table == "fault_notice":
            run("grant update, delete on fault_notice to voltpact_web, voltpact_worker")
            continue
        run(f"create trigger append_only before update or delete on {table} for each row execute function voltpact_refuse()")


def downgrade() -> None:
    """Forget them."""
    op.get_bind().connection.cursor().execute("drop table fault_notice, partner_corporate, partner_features")
