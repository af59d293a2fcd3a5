"""What both portals show of a change order."""

from __future__ import annotations

from typing import Any

from app.domain.change_orders.plans import compared, order_plans
from app.domain.change_orders.queries import order_files, order_messages
from app.domain.change_orders.rows import OrderRow
from app.text.messages import REFUSALS, of_code
from app.text.order_words import plan_lines
from app.text.sentences.change_orders import topic_word
from app.text.wordwise import beside
from app.work.unit import Work


def order_shown(work: Work, order: OrderRow) -> dict[str, Any]:
    """What ``shared/change_orders/_order.html`` names. A handful of statements."""
    files = order_files(work, order)
    said = order_messages(work, order, files)
    with_it = [file for file in files if file.message is None]
    plans = order_plans(work, order)
    plan = compared(work, order, plans[-1]) if plans and plans[-1].state != "dropped" else None
    dropped = [one for one in plans if one.state == "dropped" and one.reason]
    undo_open = plan is not None and plan.undo_until is not None and work.now <= plan.undo_until
    changes = {"undo_open": undo_open, "plan": plan, "plan_lines": plan_lines, "dropped": dropped, "why_dropped": _why_dropped}
    return changes | {"order": order, "files": with_it, "messages": said, "beside": beside, "topic_word": topic_word}


def _why_dropped(reason: str) -> str:
    """What somebody wrote, or the sentence of what stopped it when its time came."""
    return of_code(reason) if reason in REFUSALS else reason
