"""0045: the question for a driver's card costs nothing where there is no driver; running sessions have room to move on in place."""

from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """How a function is called and a table is stored; no row changes."""
    op.get_bind().connection.cursor().execute(
        """
        alter function voltpact_card(uuid, uuid, timestamptz) strict;
        alter table charging_session set (fillfactor = 50);
        """
    )


def downgrade() -> None:
    """As before: asked for nobody too, and thirty percent of room."""
    op.get_bind().connection.cursor().execute(
        """
        alter function voltpact_card(uuid, uuid, timestamptz) called on null input;
        alter table charging_session set (fillfactor = 70);
        """
    )
