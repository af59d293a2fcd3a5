"""0046: what a sub-operator may do for the partners in its care is granted by the operator, as two more switches of its account."""

from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

NAMES = {
    "care_points": "a sub-operator commands the charge points of the partners in its care",
    "care_prices": "a sub-operator sets tariffs and groups of the partners in its care",
}


def upgrade() -> None:
    """Both are on where switches were saved already: so it was."""
    run = op.get_bind().connection.cursor().execute
    for name, meaning in NAMES.items():
        run(f"alter table partner_features add column {name} boolean not null default true")
        run(f"alter table partner_features alter column {name} drop default")
        run(f"comment on column partner_features.{name} is '{meaning}'")


def downgrade() -> None:
    """Every sub-operator may again what its partners' contracts give."""
    for name in NAMES:
        op.get_bind().connection.cursor().execute(f"alter table partner_features drop column {name}")
