"""Jobs about the network."""

from __future__ import annotations

from typing import Any

from app.domain.network.silence import announce_silence
from app.tasks.registry import job
from app.work.unit import Work


@job("network.silence")
def silence(work: Work) -> dict[str, Any]:
    """Show what has just fallen silent as without connection."""
    return {"stations": announce_silence(work)}
