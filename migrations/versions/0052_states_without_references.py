"""0052: the history of connector states refers to nothing, as message log and readings: each reference locked two rows per state told."""

from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drop the references; rows come from the connector they name, in the same statement."""
    op.get_bind().connection.cursor().execute(
        """
        alter table status_change drop constraint fk_status_change_station_id, drop constraint fk_status_change_connector_id;
        """
    )


def downgrade() -> None:
    """With references again; states of connectors that are gone go too."""
    op.get_bind().connection.cursor().execute(
        """
        delete from status_change h where not exists (select from connector c where c.id = h.connector_id and c.station_id = h.station_id);
        alter table status_change
          add constraint fk_status_change_station_id foreign key (station_id) references station (id) on delete cascade,
          add constraint fk_status_change_connector_id foreign key (connector_id) references connector (id) on delete cascade;
        """
    )
