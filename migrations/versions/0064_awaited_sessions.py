"""0064: sessions whose money is awaited are listed and counted from an index."""

from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An index of those alone; nothing in it changes while a car charges."""
    op.get_bind().connection.cursor().execute(
        """
        create index ix_charging_session_awaited on charging_session (operator_id, started_at, id) include (partner_id, location_id)
          where state = 'rated' and collected_at is null and gross_minor > 0
        """
    )


def downgrade() -> None:
    """Take it off again."""
    op.get_bind().connection.cursor().execute("drop index ix_charging_session_awaited")
