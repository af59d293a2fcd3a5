"""The command ``people remove-factor``: the way in for an administrator whom no other administrator can help."""

from __future__ import annotations

import click
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from app.access.actor import system
from app.db.engine import make_engine, make_sessions
from app.domain.people.lost_factors import clear_by_keeper
from app.domain.people.models import Membership, User
from app.kernel.clock import system_clock
from app.kernel.errors import Conflict
from app.live.bus import NoBus
from app.settings import from_environment
from app.work.unit import WorkRoom


@click.group()
def people() -> None:
    """Help people who cannot sign in."""


@people.command(
    "remove-factor",
    epilog="""\b
Examples:
  ./voltpact people remove-factor anke@nordlicht.example --reason "phone lost, seen in person"

\b
Other administrators do this in the portal: Staff & roles, "Lost?". Use this command when there is none left, or for
somebody who works for several operators. The person keeps the password and sets up a new second factor at the next
sign-in; a mail says so, and the log keeps the reason.
""",
)
@click.argument("email")
@click.option("--reason", required=True, help="Why, for the log; up to 500 characters.")
def remove_factor(email: str, reason: str) -> None:
    """Remove the lost second factor of one person and end all sign-ins made before."""
    if not reason.strip() or len(reason) > 500:
        raise click.ClickException("--reason: between 1 and 500 characters.")
    engine = make_engine(from_environment().worker_database_url, pool_size=1, application="voltpact people")
    room = WorkRoom(make_sessions(engine), system_clock, NoBus())
    try:
        with room.sessions() as session:
            roles = select(Membership.operator_id).join(User, User.id == Membership.user_id)
            theirs = roles.where(func.lower(User.email) == email.strip().lower(), Membership.ended_at.is_(None))
            operator_id = session.scalar(theirs.order_by(Membership.partner_id.nulls_first(), Membership.id).limit(1))
        if operator_id is None:
            raise click.ClickException(f"nobody with a role has the address {email}.")
        with room.open(system(operator_id, "command line")) as work:
            name = clear_by_keeper(work, email, reason)
    except Conflict:
        raise click.ClickException(f"{email} has no second factor.") from None
    except DBAPIError as error:
        why = str(error.orig).strip().splitlines()[0]
        raise click.ClickException(f"the database refuses ({why}); is it running, and migrated?") from None
    finally:
        engine.dispose()
    click.echo(f"{name} has no second factor any more, and sets up a new one at the next sign-in.")
