"""Lists and single sessions: everybody sees their own, amounts by right, the same number of statements for any number of rows."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from app.domain.network import meant
from app.domain.sessions.actions import rate
from app.domain.sessions.detail import session_detail
from app.domain.sessions.listing import SessionFilter, sessions, sums
from app.domain.sessions.queries import live_rows, session_id_by_code
from app.domain.sessions.rows import LiveSessionRow
from app.kernel.errors import NotFound
from tests.cast import World, counting
from tests.domain.sessions.arrange import PLUGGED, UNPLUGGED, charge


def some(world: World, count: int = 3) -> list[str]:
    """Sommer's sessions, one an hour, newest last; and one of Winter."""
    made = []
    for hours in range(count):
        row = charge(world, started_at=PLUGGED + timedelta(hours=hours), ended_at=UNPLUGGED + timedelta(hours=hours))
        made.append(row.code)
    charge(world, "NL-0501")
    return made


def codes(world: World, who: str, **narrowed: object) -> list[str]:
    with world.work(who) as work:
        return [row.code for row in sessions(work, SessionFilter(**narrowed)).rows]  # type: ignore[arg-type]


def test_newest_first_and_each_sees_its_own(world: World) -> None:
    mine = some(world)
    assert codes(world, "moritz") == mine[::-1]
    assert len(codes(world, "willi")) == 1
    assert len(codes(world, "anke")) == 4
    with world.work("willi") as work, pytest.raises(NotFound):
        session_id_by_code(work, mine[0])


def test_pages_follow_each_other_without_a_gap(world: World) -> None:
    mine = some(world, 5)
    seen, cursor = [], None
    while True:
        with world.work("moritz") as work:
            page = sessions(work, SessionFilter(), cursor, 2)
        seen += [row.code for row in page.rows]
        cursor = page.after
        if cursor is None:
            break
    assert seen == mine[::-1]
    assert page.total == 5


def test_views_and_filters(world: World) -> None:
    some(world)
    held = charge(world, flags=["meter_back"])
    with world.work(world.system()) as work:
        rate(work, held.id)
    running = charge(world, state="charging", ended_at=None, full_at=UNPLUGGED)
    assert codes(world, "fiona", view="held") == [held.code]
    assert codes(world, "fiona", view="running") == [running.code]
    assert codes(world, "fiona", text="nl 501") != []
    assert codes(world, "fiona", text=held.code.lower()) == [held.code]
    assert codes(world, "fiona", text="100%") == []
    assert len(codes(world, "fiona", first=date(2026, 10, 14), last=date(2026, 10, 14))) == 6
    assert codes(world, "fiona", last=date(2026, 10, 13)) == []
    assert len(codes(world, "fiona", partner=world.cast.partners["winter"].code)) == 1
    assert codes(world, "moritz", partner=world.cast.partners["winter"].code) == []


def test_words_that_very_many_charge_points_have_find_the_same_uncounted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = some(world)
    assert codes(world, "fiona", text="marktplatz") == mine[::-1]
    monkeypatch.setattr(meant, "MOST", 0)
    assert codes(world, "fiona", text="marktplatz") == codes(world, "moritz", text="sommer") == mine[::-1]
    assert codes(world, "moritz", text="winter") == codes(world, "fiona", text="zzz") == []
    with world.work("fiona") as work:
        page = sessions(work, SessionFilter(text="marktplatz"), limit=2)
        assert (page.total, page.counted) == (None, 2)
        assert sums(work, SessionFilter(text="marktplatz")).count == 3


def test_the_number_of_statements_does_not_grow(world: World) -> None:
    some(world, 2)
    with world.work("moritz") as work, counting(world.database) as few:
        sessions(work)
    some(world, 6)
    with world.work("moritz") as work, counting(world.database) as many:
        sessions(work)
    assert len(few) == len(many) <= 5


def test_sums_are_those_of_the_filter(world: World) -> None:
    row = charge(world)
    with world.work(world.system()) as work:
        rate(work, row.id)
    charge(world, "NL-0501")
    with world.work("fiona") as work:
        found = sums(work)
        assert (found.count, found.energy_wh, found.currency) == (2, 57_280, "EUR")
        assert (found.gross_minor, found.net_minor, found.partner_minor) == (1753, 1473, 1031)
    with world.work("toni") as work:
        assert (sums(work).count, sums(work).gross_minor) == (1, 0)


def test_who_may_not_see_amounts_sees_none(world: World) -> None:
    row = charge(world)
    with world.work(world.system()) as work:
        rate(work, row.id)
    with world.work("toni") as work:
        (seen,) = sessions(work).rows
        assert (seen.gross_minor, seen.net_minor, seen.partner_minor, seen.energy_wh) == (None, None, None, 28_640)
        detail = session_detail(work, row.id)
        assert (detail.net_minor, detail.priced, detail.lines, detail.live.gross_minor) == (None, None, (), None)
    with world.work("moritz") as work:
        detail = session_detail(work, row.id)
        assert (detail.live.gross_minor, detail.net_minor, len(detail.lines), len(detail.phases)) == (1753, 1473, 2, 2)
        assert (detail.tariff_name, detail.tariff_number) == ("AC standard", 1)
        assert detail.contract_number == 1
    with world.work("willi") as work, pytest.raises(NotFound):
        session_detail(work, row.id)


def test_idle_time_is_what_the_car_only_stood(world: World) -> None:
    charge(world)
    with world.work("moritz") as work:
        (seen,) = sessions(work).rows
    assert (seen.idle_s, seen.lasted_s(UNPLUGGED)) == (85 * 60, 275 * 60)


def test_a_live_row_travels_unchanged(world: World) -> None:
    row = charge(world, state="charging", ended_at=None, hold_minor=4500, running_gross_minor=490)
    with world.work("moritz") as work, counting(world.database) as queries:
        (live,) = live_rows(work.session, [row.id], at=UNPLUGGED)
    assert len(queries) == 1
    again = LiveSessionRow.from_facts(live.to_facts())
    assert again.to_facts() == live.to_facts()
    assert (again.stage, again.evse_label, again.reserve_used_pct) == ("idle", "NL-0417/1", 10)
    assert again.idle_fee_at == PLUGGED + timedelta(hours=4)
