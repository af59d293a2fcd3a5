"""0080: how many people a service package has room for, and how long its files of lists may be."""

from alembic import op

revision = "0080"
down_revision = "0079"
branch_labels = None
depends_on = None

COLUMNS = """
alter table service_package add column people_most integer, add column file_lines integer,
  add constraint ck_service_package_people check (people_most between 1 and 1000),
  add constraint ck_service_package_file check (file_lines between 100 and 200000);
comment on column service_package.people_most is 'so many people may work in an account, open invitations counted; null: any number';
comment on column service_package.file_lines is 'lines of the longest file of a list; null: as long as the house makes any';
"""


def upgrade() -> None:
    """Packages without a limit, as they were."""
    op.get_bind().connection.cursor().execute(COLUMNS)


def downgrade() -> None:
    """No limits."""
    op.get_bind().connection.cursor().execute("alter table service_package drop column people_most, drop column file_lines")
