"""The daily anchor of the audit log: the end of the chain is kept in the database and, outside of it, in a file of the data folder."""

from __future__ import annotations

from typing import Any

from app.domain.people.audit_log import anchor
from app.settings import from_environment
from app.tasks.registry import job
from app.work.unit import Work


@job("audit.anchor")
def anchor_log(work: Work) -> dict[str, Any]:
    """Check the operator's whole chain and keep its end: who changes the database later would have to change the file too."""
    made = anchor(work)
    if made is None:
        return {}
    line = f"{made.at.isoformat()} {made.operator_id} {made.seq} {made.row_hash.hex()} {made.broken_seq or 'whole'}\n"
    with (from_environment().data_dir / "audit-anchors.txt").open("a", encoding="ascii") as file:
        file.write(line)
    return {"seq": made.seq, "hash": made.row_hash.hex(), "broken": made.broken_seq}
