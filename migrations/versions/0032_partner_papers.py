"""0032: papers of the relationship with a partner: signed contracts, certificates; versions with their files, never changed."""

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

OWN = (
    "operator_id = (select voltpact_operator()) "
    "and ((select voltpact_all_partners()) or partner_id = any ((select voltpact_partners())::uuid[]))"
)

TABLES = """
create table partner_paper (
    id uuid not null constraint pk_partner_paper primary key,
    operator_id uuid not null constraint fk_partner_paper_operator_id references operator (id),
    partner_id uuid constraint fk_partner_paper_partner_id references partner (id),
    kind text not null,
    name text not null,
    created_at timestamptz not null,
    published_at timestamptz,
    published_name text,
    constraint ck_partner_paper_kind check (kind in ('contract', 'certificate', 'authority', 'identity', 'plan', 'other')),
    constraint ck_partner_paper_published check ((published_at is null) = (published_name is null))
);
create index ix_partner_paper_partner_id on partner_paper (partner_id);
comment on column partner_paper.published_at is 'since when the partner reads it; null: staff alone';

create table partner_paper_version (
    paper_id uuid not null constraint fk_partner_paper_version_paper_id references partner_paper (id),
    number integer not null,
    operator_id uuid not null,
    partner_id uuid,
    file_name text not null,
    media_type text not null,
    language text not null,
    valid_until date,
    body bytea not null,
    body_size integer not null,
    body_hash text not null,
    uploaded_at timestamptz not null,
    uploaded_by uuid,
    uploaded_name text not null,
    constraint pk_partner_paper_version primary key (paper_id, number),
    constraint ck_partner_paper_version_size check (octet_length(body) = body_size and body_size between 1 and 10485760)
);
comment on column partner_paper_version.valid_until is 'last day on which the paper says what is so; null: no end';

create function voltpact_paper_stays() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or (new.id, new.operator_id, new.partner_id, new.kind, new.name, new.created_at)
      is distinct from (old.id, old.operator_id, old.partner_id, old.kind, old.name, old.created_at) then
    raise exception 'a paper is replaced by a new version' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger stays before update or delete on partner_paper for each row execute function voltpact_paper_stays();
create trigger append_only before update or delete on partner_paper_version for each row execute function voltpact_refuse();
"""


def upgrade() -> None:
    """Tables and guards."""
    run = op.get_bind().connection.cursor().execute
    run(TABLES)
    for table in ("partner_paper", "partner_paper_version"):
        run(f"alter table {table} enable row level security; alter table {table} force row level security")
        run(f"create policy tenant on {table} to voltpact_web using ({OWN}) with check ({OWN})")
        run(f"create policy worker on {table} to voltpact_worker using (true) with check (true)")
        run(f"grant select, insert on {table} to voltpact_web, voltpact_worker")
    run("grant update on partner_paper to voltpact_web, voltpact_worker")


def downgrade() -> None:
    """Forget them."""
    op.get_bind().connection.cursor().execute("drop table partner_paper_version, partner_paper; drop function voltpact_paper_stays")
