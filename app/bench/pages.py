"""``voltpact bench pages``: server time and SQL statements of every page, as staff, hotline and partners see them.

Made for the large demo (``demo --size large``). Requests enter the web application in this process, so what is measured is the server's
part: views, statements, templates; no socket, no browser. The yardstick is an application of one page and one statement.
"""

from __future__ import annotations

import gc
import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any

import click
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, select, text
from werkzeug.routing import Rule

from app.access.actor import system
from app.bench.processes import cpu_s
from app.db.engine import make_engine, make_sessions
from app.demo.cast import DEMO_PASSWORD
from app.domain.people.models import Operator
from app.domain.today.kept_days import keep_days
from app.factory import create_app
from app.kernel.clock import system_clock
from app.live.bus import NoBus
from app.runtime.engines import engines_running
from app.settings import Settings, from_environment
from app.web.database import db
from app.web.templating import read_ahead
from app.work.jobs import no_nudge
from app.work.unit import WorkRoom

#: the promise of docs/performance.md, milliseconds
MOST_P95_MS = 100.0
#: a page that is so slow is asked no more
LONGEST_MS = 10_000
#: who looks at which part; the first one who may see a page is the one it is measured with
PEOPLE = {
    "cpo": {"staff": "carla@nordlicht.example", "finance": "fiona@nordlicht.example", "technician": "theo@nordlicht.example",
            "hotline": "aylin@nordlicht.example", "administrator": "anke@nordlicht.example"},
    "partner": {"owner": "olga@sommer.example", "sub-operator": "silke@kueste.example"},
}  # fmt: skip
#: what people type and choose in lists, beside their first page
ASKED = (
    *("/cpo/charge-points?" + q for q in ("state=faulted", "state=offline", "q={label}", "q=Hamburg", "q=Bauer", "partner={partner}")),
    *("/cpo/partners?" + q for q in ("text=Bäckerei+Huber", "text=zzz", "state=draft")),
    *("/cpo/locations?q=Markt", "/cpo/contracts?text=Lorenz", "/cpo/contracts?state=active"),
    *("/cpo/sessions?" + q for q in ("view=running", "view=today", "view=held", "view=awaited", "q={label}", "q={session}", "q=Hamburg")),
    *("/cpo/sessions?partner={partner}", "/cpo/desk?q=417", "/cpo/desk?q=Hamburg"),
    *("/cpo/search?q=" + words for words in ("{label}", "417", "Hamburg", "Bäckerei+Huber", "zzz")),
    *("/partner/{partner}/" + q for q in ("charge-points?q=Markt", "sessions?view=running", "drivers?q=Anna")),
)
#: an object for each place of an address
OBJECTS = {
    "partner": "select code from partner where name = 'Sommer'",
    "label": "select s.label from station s join partner p on p.id = s.partner_id where p.name = 'Sommer' order by s.label desc limit 1",
    "locations": "select l.code from location l join partner p on p.id = l.partner_id where p.name = 'Sommer' order by l.code limit 1",
    "contracts": "select c.code from contract c join partner p on p.id = c.partner_id where p.name = 'Sommer' limit 1",
    "session": "select s.code from charging_session s join partner p on p.id = s.partner_id "
    "where p.name = 'Sommer' and s.state = 'rated' limit 1",
    "tariffs": "select code from tariff where partner_id is null and name like 'DC fast%' limit 1",
    "tariff-groups": "select code from tariff_group where partner_id is null order by name limit 1",
    "drivers": "select d.code from driver d join partner p on p.id = d.partner_id where p.name = 'Sommer' limit 1",
    "month": "select to_char(now() - interval '1 month', 'YYYY-MM')",
}


@dataclass
class Measured:
    """A page: how long the server took, and how many statements it asked."""

    page: str
    who: str
    status: int
    statements: int
    times_ms: list[float] = field(default_factory=list)
    cpu_ms: float = 0.0

    def at(self, share: float) -> float:
        """The time that this share of requests did not exceed, in milliseconds."""
        ordered = sorted(self.times_ms)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


@click.command(
    epilog="""\b
Examples:
  VOLTPACT_DATA_DIR=.voltpact-large ./voltpact bench pages
  ./voltpact bench pages --rounds 50 --only /cpo/partners
  ./voltpact bench pages --json"""
)
@click.option("--rounds", type=click.IntRange(1), default=12, show_default=True, help="Requests per page, behind two to warm up.")
@click.option("--only", default="", help="Only pages whose address contains this.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a page instead of a table.")
def pages(rounds: int, only: str, *, as_json: bool) -> None:
    """Measure server time and SQL statements of every page of both portals, on a demo database (usual or large)."""
    settings = replace(from_environment(), demo=True)
    with engines_running(settings):
        owner = make_engine(settings.database_url, pool_size=1, application="voltpact bench")
        try:
            with owner.begin() as connection:
                # nobody sends the heartbeats of the large demo; without them every charge point would be silent
                connection.execute(text("update station_state set last_message_at = now() where connected"))
            _keep_days(owner)
            found = sorted(_measure(settings, owner, rounds, only), key=lambda one: -one.at(0.95))
            anchor = _anchor(settings, rounds * 10)
        finally:
            owner.dispose()
    if as_json:
        for one in [anchor, *found]:
            click.echo(json.dumps(asdict(one) | {"p50_ms": one.at(0.5), "p95_ms": one.at(0.95), "anchors": one.at(0.5) / anchor.at(0.5)}))
        return
    _print(found, anchor)


def _keep_days(owner: Engine) -> None:
    """What the tasks do every hour."""
    sessions = make_sessions(owner)
    with sessions() as session:
        operators = list(session.scalars(select(Operator.id)))
    for operator in operators:
        with WorkRoom(sessions, system_clock, NoBus()).open(system(operator, "bench")) as work:
            keep_days(work)


def _print(found: list[Measured], anchor: Measured) -> None:
    click.echo(f"{'page':<58} {'as':<13} {'SQL':>4} {'p50 ms':>8} {'p95 ms':>8} {'CPU ms':>8} {'anchors':>8}")
    for one in [*found, anchor]:
        figures = f"{one.at(0.5):>8.1f} {one.at(0.95):>8.1f} {one.cpu_ms:>8.1f} {one.at(0.5) / anchor.at(0.5):>8.1f}"
        click.echo(f"{one.page[:58]:<58} {one.who:<13} {one.statements:>4} {figures}{'' if one.status == 200 else f'  {one.status}'}")
    slow = [one for one in found if one.at(0.95) > MOST_P95_MS]
    click.echo(f"target: p95 below {MOST_P95_MS:.0f} ms" + (f" -- missed by {len(slow)} of {len(found)} pages" if slow else ""))


def _measure(settings: Settings, owner: Engine, rounds: int, only: str) -> Iterator[Measured]:
    app = create_app(settings, bus=NoBus(), nudge=no_nudge)
    read_ahead(app)
    gc.collect()
    gc.freeze()  # as wsgi.py does for the pages that people see
    with app.app_context():
        engine = db.engine
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *seen: statements.append(seen[2]))
    backends = _backends(owner)
    known = _objects(owner)
    people = {who: _signed_in(app, email) for portal in PEOPLE.values() for who, email in portal.items()}
    for portal, address in _addresses(app, known):
        if only not in address:
            continue
        for who in PEOPLE[portal]:
            statements.clear()
            answer = people[who].get(address)
            if answer.status_code == 200:
                statements.clear()
                people[who].get(address)
                one = Measured(address, who, answer.status_code, len(statements))
                _time(one, rounds, partial(people[who].get, address), backends)
                click.echo(f"{one.at(0.5):8.1f} ms  {address}", err=True)
                yield one
                break
    engine.dispose()


def _time(one: Measured, rounds: int, ask: Callable[[], Any], backends: Callable[[], float]) -> None:
    before, mine = backends(), time.process_time()
    for _ in range(rounds):
        begun = time.perf_counter()
        ask()
        one.times_ms.append((time.perf_counter() - begun) * 1000)
        if sum(one.times_ms) > LONGEST_MS:
            break
    one.cpu_ms = (time.process_time() - mine + backends() - before) * 1000 / len(one.times_ms)


def _anchor(settings: Settings, rounds: int) -> Measured:
    """One page, one statement, nothing of the house."""
    engine = make_engine(settings.web_database_url, pool_size=1, application="voltpact bench")
    bare = Flask("anchor")

    @bare.get("/")
    def _one() -> str:
        with engine.connect() as connection:
            return f"<p>{connection.execute(text('select 1')).scalar()}</p>"

    client, one = bare.test_client(), Measured("anchor: bare Flask, select 1", "nobody", 200, 1)
    client.get("/")
    _time(one, rounds, lambda: client.get("/"), lambda: 0.0)
    engine.dispose()
    return one


def _backends(owner: Engine) -> Callable[[], float]:
    """CPU seconds of the web application's database processes so far; 0 where they are on another machine."""
    asked = text("select pid from pg_stat_activity where application_name = 'voltpact web'")

    def used() -> float:
        with owner.connect() as connection:
            return sum(cpu_s(pid) for pid in connection.scalars(asked))

    return used


def _objects(owner: Engine) -> dict[str, str]:
    with owner.connect() as connection:
        found = {name: connection.scalar(text(query)) for name, query in OBJECTS.items()}
    if found["partner"] is None:
        raise click.ClickException("There is no demo in this database. Fill it first: voltpact demo --size large")
    return {name: str(value) for name, value in found.items() if value is not None}


def _addresses(app: Flask, known: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Portal and address of every page that can be named, then the searches and filters."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda one: one.rule):
        portal = rule.endpoint.partition(".")[0]
        if portal in PEOPLE and "GET" in (rule.methods or ()) and not rule.rule.endswith((".csv", ".json", ".pdf", ".zip")):
            address = _filled(rule, known)
            if address is not None:
                yield portal, address
    for asked in ASKED:
        if set(re.findall(r"{(\w+)}", asked)) <= known.keys():
            yield asked.split("/")[1], asked.format(**known)


def _filled(rule: Rule, known: dict[str, str]) -> str | None:
    """A rule's address with objects that exist; None where there is none."""
    values: dict[str, str | None] = {}
    for name in rule.arguments:
        place = next((word for word in known if f"/{word}/<" in rule.rule), "")
        plain = {"partner_code": "partner", "label": "label", "month": "month", "driver": "drivers"}.get(name)
        kind = plain or {"/partners/<": "partner", "/sessions/<": "session", "/prices/<": "tariffs"}.get(_before(rule.rule, name), place)
        choices = re.search(rf"any\(([a-z_]+)[^)]*\):{name}>", rule.rule)
        values[name] = choices[1] if choices else known.get(kind) if name in {"code", "partner_code", "label", "month", "driver"} else None
    if None in values.values():
        return None
    return re.sub(r"<(?:[^<>]*:)?(\w+)>", lambda found: str(values[found[1]]), rule.rule)


def _before(rule: str, name: str) -> str:
    """The word of the address before a place: ``/partners/<``."""
    found = re.search(rf"(/[a-z-]+/<)(?:[^<>]*:)?{name}>", rule)
    return found[1] if found else ""


def _signed_in(app: Flask, email: str) -> FlaskClient:
    """Somebody of the demo's cast, through the sign-in page."""
    client = app.test_client()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/sign-in").get_data(as_text=True))
    answer = client.post("/sign-in", data={"email": email, "password": DEMO_PASSWORD, "csrf_token": token[1] if token else ""})
    if answer.status_code != 303:
        raise click.ClickException(f"{email} cannot sign in ({answer.status_code}); this bench needs a demo database.")
    return client
