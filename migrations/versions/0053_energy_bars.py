"""0053: countries in which an operator may not sell energy."""

from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

TABLE = """
create table energy_bar (
    operator_id uuid not null constraint fk_energy_bar_operator_id references operator (id),
    country text not null,
    from_on date not null,
    basis text not null,
    set_at timestamptz not null,
    set_by uuid,
    set_name text not null,
    constraint pk_energy_bar primary key (operator_id, country),
    constraint ck_energy_bar_country check (country ~ '^[A-Z]{2}$'),
    constraint ck_energy_bar_basis check (basis <> '')
);
comment on column energy_bar.from_on is 'the first day on which energy may not be sold there';
comment on column energy_bar.basis is 'the law, or who advised it';
alter table energy_bar enable row level security; alter table energy_bar force row level security;
create policy worker on energy_bar to voltpact_worker using (true) with check (true);
create policy tenant on energy_bar to voltpact_web
  using (operator_id = (select voltpact_operator()) and (select voltpact_all_partners()))
  with check (operator_id = (select voltpact_operator()) and (select voltpact_all_partners()));
create policy read on energy_bar for select to voltpact_web using (operator_id = (select voltpact_operator()));
grant select, insert, update, delete on energy_bar to voltpact_web, voltpact_worker;
"""


def upgrade() -> None:
    """The table and its guards."""
    op.get_bind().connection.cursor().execute(TABLE)


def downgrade() -> None:
    """Forget them."""
    op.get_bind().connection.cursor().execute("drop table energy_bar")
