"""A mailbox: newest per subject, bounded, everything as server-sent events."""

from __future__ import annotations

from app.live.mailbox import Mailbox, newer


def test_the_newest_piece_per_subject_wins_whatever_the_order() -> None:
    box = Mailbox()
    box.put("a", "10-0", b"<p>old</p>")
    box.put("b", "11-0", b"<p>b</p>")
    box.put("a", "12-0", b"<p>new</p>")
    box.put("a", "9-5", b"<p>late</p>")
    assert box.drain() == b"data: <p>new</p><p>b</p>\n\nid: 12-0\n\n"
    assert not box.ready.is_set()
    assert box.drain() == b""


def test_rows_of_tables_travel_apart() -> None:
    box = Mailbox()
    box.put("a", "1-0", b"<tr id=a></tr>")
    box.put("b", "2-0", b"<p>b</p>")
    assert box.drain() == b"data: <p>b</p>\n\ndata: <tr id=a></tr>\n\nid: 2-0\n\n"


def test_too_much_becomes_one_wish_to_read_anew() -> None:
    box = Mailbox(limit=3)
    for n in range(10):
        box.put(f"s{n}", f"{n + 1}-0", b"<p></p>")
    assert len(box) == 0
    assert box.drain() == b"event: resync\ndata: 1\n\nid: 10-0\n\n"
    box.put("s0", "11-0", b"<p>0</p>")
    assert box.drain() == b"data: <p>0</p>\n\nid: 11-0\n\n"


def test_signals_are_once_and_a_farewell_is_said() -> None:
    box = Mailbox()
    box.signal("connectors", "5-0")
    box.signal("connectors", "6-0")
    assert box.drain() == b"event: connectors\ndata: 1\n\nid: 6-0\n\n"
    box.end(farewell=True)
    assert box.ready.is_set()
    assert b"event: bye" in box.drain()


def test_stream_ids_compare_as_numbers() -> None:
    assert newer("1000-10", "1000-9")
    assert newer("10000-0", "9999-5")
    assert not newer("5-0", "5-0")
