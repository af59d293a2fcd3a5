"""The command ``people remove-factor``: the way in for an administrator whom no other administrator can help."""

from __future__ import annotations

import click
from sqlalchemy import func, select

from app.access.actor import system
from app.cli_work import work_room
from app.domain.people.lost_factors import clear_by_keeper
from app.domain.people.models import Membership, User
from app.kernel.errors import Conflict
from app.settings import from_environment


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
    try:
        with work_room(from_environment(), "voltpact people") as room:
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
    click.echo(f"{name} has no second factor any more, and sets up a new one at the next sign-in.")
