"""The figures of the first page: each with its sum, only what the reader may see."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import update

from app.domain.sessions.models import ChargingSession
from app.domain.today.figures import figures
from app.domain.today.kept_days import LATE, DayFigure, keep_days
from tests.cast import NOW, World, counting
from tests.domain.sessions.arrange import charge

#: noon of yesterday in Hamburg, a Tuesday
YESTERDAY = datetime(2026, 10, 13, 10, tzinfo=UTC)


def rated(world: World, ended_at: datetime, *, energy_wh: int, gross: int, label: str = "NL-0417") -> None:
    made = charge(world, label, energy_wh=energy_wh, started_at=ended_at - timedelta(hours=1), ended_at=ended_at)
    with world.owner() as session:
        values = {"state": "rated", "gross_minor": gross, "net_minor": gross - 19, "vat_minor": 19, "rated_at": ended_at}
        session.execute(update(ChargingSession).where(ChargingSession.id == made.id).values(**values))


def test_yesterday_stands_beside_the_mean_of_four_such_weekdays(world: World) -> None:
    """Tuesdays before: 10,000 + 20,000 Wh and twice nothing; (10,000 + 20,000 + 0 + 0) ÷ 4 = 7,500. Sessions 2 ÷ 4 = 0.5 -> 1."""
    rated(world, YESTERDAY, energy_wh=28_000, gross=1372)
    rated(world, YESTERDAY + timedelta(hours=2), energy_wh=2_000, gross=98, label="NL-0501")
    rated(world, YESTERDAY - timedelta(weeks=1), energy_wh=10_000, gross=490)
    rated(world, YESTERDAY - timedelta(weeks=3), energy_wh=20_000, gross=980)
    rated(world, YESTERDAY - timedelta(weeks=5), energy_wh=99_000, gross=9900)
    with world.work("fiona") as work, counting(world.database) as queries:
        shown = figures(work)
    assert (shown.day, shown.yesterday) == (date(2026, 10, 14), DayFigure(2, 30_000, {"EUR": 1470}, {"EUR": 1432})), "1,470 - 2 × 19"
    assert shown.usual == DayFigure(1, 7_500, {"EUR": 368}), "(490 + 980) ÷ 4 = 367.5"
    assert shown.month_net == {"EUR": 1372 + 98 + 490 - 3 * 19}
    assert len(queries) == 4


def test_a_technician_sees_no_amounts_and_a_day_turns_at_local_midnight(world: World) -> None:
    rated(world, datetime(2026, 10, 12, 22, 30, tzinfo=UTC), energy_wh=5_000, gross=245)
    rated(world, datetime(2026, 10, 13, 22, 0, tzinfo=UTC), energy_wh=7_000, gross=343)
    with world.work("theo") as work:
        shown = figures(work)
    assert (shown.amounts, shown.month_net) == (False, {})
    assert shown.yesterday.energy_wh == 5_000, "22:00 UTC is midnight in Hamburg: that one is today's"


def test_running_sessions_count_with_their_power(world: World) -> None:
    made = charge(world, energy_wh=1000, ended_at=None, full_at=NOW, started_at=NOW - timedelta(hours=1))
    with world.owner() as session:
        session.execute(update(ChargingSession).where(ChargingSession.id == made.id).values(state="charging", power_w=10_800))
    with world.work("theo") as work:
        shown = figures(work)
    assert (shown.running, shown.power_w) == (1, 10_800)


def test_kept_days_say_what_their_sessions_say_and_take_up_what_comes_late(world: World) -> None:
    for week in range(4):
        rated(world, YESTERDAY - timedelta(weeks=week), energy_wh=10_000 + week, gross=490 + week)
    rated(world, YESTERDAY - timedelta(days=2), energy_wh=1_000, gross=49)
    charge(world, energy_wh=500, started_at=YESTERDAY - timedelta(days=3), ended_at=YESTERDAY - timedelta(days=3))
    with world.work("fiona") as work:
        counted = figures(work)
    with world.work(world.system()) as work:
        assert keep_days(work) == 35
    with world.work(world.system()) as work:
        assert keep_days(work) == LATE - 1, "only the last days again"
    with world.work("fiona") as work, counting(world.database) as queries:
        assert figures(work) == counted
    assert len(queries) == 4
    rated(world, YESTERDAY - timedelta(days=1), energy_wh=2_000, gross=98)
    with world.work("fiona") as work:
        assert figures(work) == counted, "late: not before the next run"
    with world.work(world.system()) as work:
        keep_days(work)
    with world.work("fiona") as work:
        assert figures(work).month_net == {"EUR": counted.month_net["EUR"] + 98 - 19}
    rated(world, YESTERDAY - timedelta(weeks=1), energy_wh=4_000, gross=196)
    world.clock.move(days=1)
    with world.work(world.system()) as work:
        keep_days(work)
    with world.work("fiona") as work:
        assert figures(work).month_net == {"EUR": counted.month_net["EUR"] + (98 - 19) + (196 - 19)}, "after midnight all of them"


def test_a_person_of_one_partner_reads_no_kept_day(world: World) -> None:
    rated(world, YESTERDAY - timedelta(weeks=1), energy_wh=10_000, gross=490, label="NL-0501")
    with world.work(world.system()) as work:
        keep_days(work)
    with world.work("olga") as work:
        assert figures(work).usual == DayFigure(), "it is Winter's"
