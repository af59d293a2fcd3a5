"""0074: a photo of a site."""

from alembic import op

revision = "0074"
down_revision = "0073"
branch_labels = None
depends_on = None

TABLE = """
alter table location add column photo text not null default '';
comment on column location.photo is 'changes with the photo; empty: none';

create table location_photo (
    location_id uuid not null constraint pk_location_photo primary key
      constraint fk_location_photo_location_id references location (id) on delete cascade,
    operator_id uuid not null constraint fk_location_photo_operator_id references operator (id),
    body bytea not null,
    set_at timestamptz not null,
    set_by uuid,
    set_name text not null,
    constraint ck_location_photo_size check (octet_length(body) between 1 and 4194304)
);
comment on column location_photo.body is 'JPEG';

-- whoever sees the site sees its photo; the function runs with the caller's own sight
create function voltpact_location_seen(p_location uuid) returns boolean language sql stable parallel safe cost 50
  return exists (select from location l where l.id = p_location);
alter table location_photo enable row level security; alter table location_photo force row level security;
create policy tenant on location_photo to voltpact_web
  using (operator_id = (select voltpact_operator()) and voltpact_location_seen(location_id))
  with check (operator_id = (select voltpact_operator()) and voltpact_location_seen(location_id));
create policy worker on location_photo to voltpact_worker using (true) with check (true);
grant select, insert, update, delete on location_photo to voltpact_web;
grant select on location_photo to voltpact_worker;
"""


def upgrade() -> None:
    """The column and the table."""
    op.get_bind().connection.cursor().execute(TABLE)


def downgrade() -> None:
    """Forget the photos."""
    op.get_bind().connection.cursor().execute(
        "drop table location_photo; drop function voltpact_location_seen(uuid); alter table location drop column photo"
    )
