"""0039: charge points that must use TLS, and whether one still answers what it is asked."""

from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

CHANGES = """
alter table station add column security_profile smallint not null default 1
    constraint ck_station_security_profile check (security_profile in (1, 2));
alter table station add column tls_since timestamptz;
alter table station_state add column deaf_since timestamptz;
comment on column station.security_profile is '1: password; 2: password and TLS. Raised by a person, never lowered';
comment on column station.tls_since is 'first connection over TLS';
comment on column station_state.deaf_since is 'it talks, but has left our calls without an answer since';
comment on column unknown_station.reason is 'unknown_identity, wrong_key, no_protocol, plain_ws';

create function voltpact_no_downgrade() returns trigger language plpgsql as $$
begin
  raise exception 'a security profile is never lowered' using errcode = 'restrict_violation';
end $$;
create trigger no_downgrade before update of security_profile on station for each row
  when (new.security_profile < old.security_profile) execute function voltpact_no_downgrade();
"""


def upgrade() -> None:
    """Columns, and the guard that no profile goes down."""
    op.get_bind().connection.cursor().execute(CHANGES)


def downgrade() -> None:
    """Forget them."""
    op.get_bind().connection.cursor().execute(
        """
        drop trigger no_downgrade on station;
        drop function voltpact_no_downgrade;
        alter table station drop column security_profile, drop column tls_since;
        alter table station_state drop column deaf_since;
        comment on column unknown_station.reason is 'unknown_identity, wrong_key, no_protocol';
        """
    )
