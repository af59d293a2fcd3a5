"""0068: what the operator's service packages hold, and a right to read it for the operator's partners."""

from alembic import op

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None

TABLE = """
create table service_package (
    operator_id uuid not null constraint fk_service_package_operator_id references operator (id),
    name text not null,
    response_hours integer,
    faults_at_once boolean not null,
    faults_first boolean not null,
    note text not null,
    set_at timestamptz not null,
    set_by uuid,
    set_name text not null,
    constraint pk_service_package primary key (operator_id, name),
    constraint ck_service_package_name check (name in ('basic', 'plus', 'premium')),
    constraint ck_service_package_response check (response_hours between 1 and 720)
);
comment on column service_package.response_hours is 'a fault is answered within so many hours; null: no time is promised';
comment on column service_package.faults_at_once is 'faults are mailed within a minute instead of gathered over ten';
comment on column service_package.faults_first is 'the desk lists their faults';
comment on column service_package.note is 'what else is included and what it costs, for people';
alter table service_package enable row level security; alter table service_package force row level security;
create policy worker on service_package to voltpact_worker using (true) with check (true);
create policy tenant on service_package to voltpact_web
  using (operator_id = (select voltpact_operator()) and (select voltpact_all_partners()))
  with check (operator_id = (select voltpact_operator()) and (select voltpact_all_partners()));
create policy read on service_package for select to voltpact_web using (operator_id = (select voltpact_operator()));
grant select, insert, update on service_package to voltpact_web, voltpact_worker;
"""


def upgrade() -> None:
    """The table and its guards."""
    op.get_bind().connection.cursor().execute(TABLE)


def downgrade() -> None:
    """Packages are words again."""
    op.get_bind().connection.cursor().execute("drop table service_package")
