"""0084: what the programs never do they may not do: no rows of the books and of accounts go, nobody else calls functions with wider eyes."""

from alembic import op

revision = "0084"
down_revision = "0083"
branch_labels = None
depends_on = None

#: rows of these are never deleted by a program
KEPT = (
    "operator, partner, user_account, membership, payment, webhook, statement, settlement_run, ledger_account, number_series, "
    "tariff, tariff_group, electricity_rate, user_group, user_group_token, unknown_station, orphan_message, fault_notice"
)

#: of these the worker forgets what is old
FORGOTTEN = "mail_message, invitation"

OPEN = """
select p.oid::regprocedure::text from pg_proc p
where p.pronamespace = 'public'::regnamespace and p.prosecdef and has_function_privilege('public', p.oid, 'execute')
"""


def upgrade() -> None:
    """Take away, and give the functions to the two programs by name."""
    run = op.get_bind().connection.cursor().execute
    run(f"revoke delete on {KEPT} from voltpact_web, voltpact_worker")
    run(f"revoke delete on {FORGOTTEN} from voltpact_web")
    run("revoke insert, update, delete on alembic_version from voltpact_web, voltpact_worker")
    for (name,) in run(OPEN).fetchall():
        run(f"revoke all on function {name} from public; grant execute on function {name} to voltpact_web, voltpact_worker")


def downgrade() -> None:
    """As before."""
    run = op.get_bind().connection.cursor().execute
    run(f"grant delete on {KEPT} to voltpact_web, voltpact_worker")
    run(f"grant delete on {FORGOTTEN} to voltpact_web")
    run("grant insert, update, delete on alembic_version to voltpact_web, voltpact_worker")
