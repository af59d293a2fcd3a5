"""The command ``demo``: an empty database becomes the demo network, or one as large as a real operator's."""

from __future__ import annotations

import time
from collections.abc import Iterator

import click

from app.settings import Settings, from_environment

SIZES = ("usual", "large")


@click.command(
    epilog="""\b
Examples:
  ./voltpact demo
  VOLTPACT_DATA_DIR=.voltpact-large ./voltpact demo --size large
  VOLTPACT_DATA_DIR=.voltpact-large ./voltpact up"""
)
@click.option("--size", type=click.Choice(SIZES), default="usual", show_default=True, help="The demo network, or a large operator's.")
@click.option("--partners", type=click.IntRange(1), default=20_000, show_default=True, help="Partners of the large one.")
@click.option("--charge-points", "points", type=click.IntRange(10), default=100_000, show_default=True, help="Its charge points.")
@click.option("--sessions", type=click.IntRange(0), default=100_000, show_default=True, help="Its sessions of the last month.")
def demo(size: str, partners: int, points: int, sessions: int) -> None:
    """Fill an empty database with the demo network: partners, charge points, tariffs, three months of sessions, statements.

    The usual one is safe to repeat: what is there stays, what is missing is added. The large one is for measuring (bench pages); it only
    fills an empty database, so give it a data folder of its own. Whoever signs in to one signs in to the other.
    """
    from app.runtime.engines import engines_running

    settings, begun = from_environment(), time.monotonic()
    with engines_running(settings):
        for step in _usual(settings) if size == "usual" else _large(settings, partners, points, sessions):
            click.echo(step if size == "usual" else f"{time.monotonic() - begun:5.0f} s  {step}")


def _usual(settings: Settings) -> Iterator[str]:
    from app.db.engine import make_engine
    from app.demo.seed import seed
    from app.kernel.clock import system_clock

    engine = make_engine(settings.database_url, application="voltpact demo")
    yield from seed(engine, settings, system_clock())
    engine.dispose()


def _large(settings: Settings, partners: int, points: int, sessions: int) -> Iterator[str]:
    from app.db.engine import make_engine
    from app.demo.large.places import Size
    from app.demo.large.seed import LargeSeed
    from app.kernel.clock import system_clock

    engine = make_engine(settings.database_url, application="voltpact demo")
    yield from LargeSeed(engine, settings, system_clock(), Size(partners, points, sessions)).run()
    engine.dispose()
