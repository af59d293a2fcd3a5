"""What both portals show of a change order."""

from __future__ import annotations

from typing import Any

from app.domain.change_orders.queries import order_files, order_messages
from app.domain.change_orders.rows import OrderRow
from app.text.sentences.change_orders import topic_word
from app.text.wordwise import beside
from app.work.unit import Work


def order_shown(work: Work, order: OrderRow) -> dict[str, Any]:
    """What ``shared/change_orders/_order.html`` names. Two statements."""
    files = order_files(work, order)
    said = order_messages(work, order, files)
    with_it = [file for file in files if file.message is None]
    return {"order": order, "files": with_it, "messages": said, "beside": beside, "topic_word": topic_word}
