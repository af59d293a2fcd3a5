"""0059: a session knows the reservation it used up, so that reserved time is billed; and that at once, for every start asks."""

from alembic import op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Three columns, each reservation on one session at most, and an index of the few commands that are asked for."""
    op.get_bind().connection.cursor().execute(
        """
        alter table charging_session add column reservation_id uuid, add column reserved_from timestamptz,
          add column reserved_until timestamptz,
          add constraint ck_charging_session_reservation check (num_nulls(reservation_id, reserved_from, reserved_until) in (0, 3));
        comment on column charging_session.reservation_id is 'the command its charge point accepted; billed with this session alone';
        comment on column charging_session.reserved_until is 'the start, or when the reservation ran out before';
        create unique index uq_charging_session_reservation on charging_session (reservation_id) where reservation_id is not null;
        create index ix_station_command_reserved on station_command (station_id)
          where action in ('reserve', 'cancel_reservation') and state = 'accepted';
        """
    )


def downgrade() -> None:
    """Forget them; what was billed stays with its price."""
    op.get_bind().connection.cursor().execute(
        """
        drop index ix_station_command_reserved;
        alter table charging_session drop column reservation_id, drop column reserved_from, drop column reserved_until;
        """
    )
