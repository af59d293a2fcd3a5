"""Work for people's sign-ins that must not be seen to take time."""

from __future__ import annotations

from typing import Any

from app.domain.people.resets import send_link
from app.settings import from_environment
from app.tasks.registry import job
from app.work.unit import Work


@job("people.reset")
def send_reset(work: Work, email: str) -> dict[str, Any]:
    """Write the mail with a link for a new password, if somebody with that address may sign in. The job says nothing about it."""
    send_link(work, email, lambda token: f"{from_environment().public_url}/reset/{token}")
    return {}
