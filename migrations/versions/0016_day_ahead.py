"""0016: day-ahead curves of market areas, the region of a site for its holidays, limits of a card."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TABLES = r"""
CREATE TABLE day_ahead_price (
    operator_id UUID NOT NULL,
    market TEXT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    per_kwh NUMERIC(14, 9) NOT NULL,
    imported_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_day_ahead_price PRIMARY KEY (operator_id, market, currency, starts_at),
    CONSTRAINT ck_day_ahead_price_span CHECK (ends_at > starts_at and ends_at <= starts_at + interval '1 hour'),
    CONSTRAINT fk_day_ahead_price_operator_id FOREIGN KEY(operator_id) REFERENCES operator (id)
);
comment on column day_ahead_price.per_kwh is 'without tax; may be negative';

ALTER TABLE location ADD COLUMN region TEXT DEFAULT '' NOT NULL;
comment on column location.region is 'ISO 3166-2 without the country, such as BY: whose public holidays count';

ALTER TABLE id_token ADD COLUMN limits JSONB;
comment on column id_token.limits is 'energy_kwh, minutes, cost: where a session with this card is stopped; null: none';
"""

GUARDS = """
alter table day_ahead_price enable row level security; alter table day_ahead_price force row level security;
create policy worker on day_ahead_price to voltpact_worker using (true) with check (true);
create policy tenant on day_ahead_price to voltpact_web
  using (operator_id = (select voltpact_operator()) and (select voltpact_all_partners()))
  with check (operator_id = (select voltpact_operator()) and (select voltpact_all_partners()));
create policy read on day_ahead_price for select to voltpact_web using (operator_id = (select voltpact_operator()));
grant select, insert, update, delete on day_ahead_price to voltpact_web, voltpact_worker;
"""


def upgrade() -> None:
    """The table, its guards, two columns."""
    run = op.get_bind().connection.cursor().execute
    run(TABLES)
    run(GUARDS)


def downgrade() -> None:
    """Drop them again."""
    run = op.get_bind().connection.cursor().execute
    run("drop table day_ahead_price; alter table location drop column region; alter table id_token drop column limits")
