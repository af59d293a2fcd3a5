"""0067: figures of days that are over, kept for the first page of staff."""

from alembic import op

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None

STAFF = "operator_id = (select voltpact_operator()) and (select voltpact_all_partners())"

TABLE = f"""
create table day_figure (
    operator_id uuid not null constraint fk_day_figure_operator_id references operator (id),
    day date not null,
    sums jsonb not null,
    kept_at timestamptz not null,
    constraint pk_day_figure primary key (operator_id, day)
);
comment on column day_figure.sums is 'sessions, energy_wh; gross by currency, net by currency of what is priced';
alter table day_figure enable row level security; alter table day_figure force row level security;
create policy tenant on day_figure to voltpact_web using ({STAFF}) with check ({STAFF});
create policy worker on day_figure to voltpact_worker using (true) with check (true);
grant select, insert, update on day_figure to voltpact_web, voltpact_worker;
"""


def upgrade() -> None:
    """The table; the job fills it within the hour, until then days are added up."""
    op.get_bind().connection.cursor().execute(TABLE)


def downgrade() -> None:
    """Forget them."""
    op.get_bind().connection.cursor().execute("drop table day_figure")
