"""What the permission matrix asks: every route with objects that exist, as every role of the cast, without saving or drawing anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.routing import Rule

from app.access.roles import Role
from app.demo import builders as make
from app.domain.change_orders.actions import ask_change
from app.domain.change_orders.rows import OrderInput
from app.domain.network.photos import set_photo
from app.domain.people.invitations import invite
from app.domain.people.rows import InviteInput, LimitsInput
from tests.cast import PASSWORD
from tests.domain.settlement.test_month_close import draft_now, october_is_over
from tests.pages import _HASH, Pages
from tests.portals.test_location_photos import picture

TABLE = Path(__file__).with_name("permission_matrix.txt")
#: section -> its columns: role -> key of the cast. FX is the administrator of another operator, WO Winter's owner in her own portal asking
#: for Sommer's objects, ZZ Winter's owner at Sommer's address, -- nobody
SECTIONS: dict[str, dict[str, str]] = {
    "cpo": {"AD": "anke", "CM": "carla", "FI": "fiona", "TE": "theo", "HA": "aylin", "PO": "olga", "FX": "fritz", "--": ""},
    "partner": {
        "SO": "silke", "PO": "olga", "PM": "moritz", "PT": "toni", "PA": "pia", "PV": "vera", "AD": "anke", "WO": "willi", "ZZ": "willi",
        "--": "",
    },
    "open": {"AD": "anke", "PO": "olga", "--": ""},
}  # fmt: skip
#: columns of people to whom every object asked for is foreign
FOREIGN = ("FX", "WO", "ZZ")
ID = str(uuid4())


@dataclass
class Matrix:
    """The application with everybody signed in."""

    pages: Pages
    people: dict[str, FlaskClient] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)

    def rules(self, section: str) -> list[tuple[str, Rule]]:
        """(method, rule) of every route of a section: the two portals, and what is open to all."""
        found = []
        for rule in self.pages.app.url_map.iter_rules():
            portal = rule.endpoint.partition(".")[0]
            if (portal if portal in SECTIONS else "open") == section and rule.endpoint not in {"static", "favicon"}:
                found += [(method, rule) for method in ("GET", "POST", "PUT") if method in (rule.methods or ())]
        return sorted(found, key=lambda pair: (pair[1].rule, pair[0]))

    def line(self, section: str, method: str, rule: Rule) -> str:
        """The table's line of a route: what each role is answered."""
        answers = [str(self.ask(method, rule, column, who)) for column, who in SECTIONS[section].items()]
        return f"{method:4} {rule.rule} | {' '.join(answers)}"

    def ask(self, method: str, rule: Rule, column: str, who: str) -> int:
        """The status somebody gets."""
        values = {name: self._value(rule.rule, name, column) for name in rule.arguments}
        with self.pages.app.test_request_context():
            adapter = self.pages.app.url_map.bind("localhost")
            path = adapter.build(rule.endpoint, values, method=method)
        return self.people[who].open(path, method=method).status_code

    def _value(self, rule: str, name: str, column: str) -> Any:
        if name == "partner_code":
            return self.codes["winter" if column == "WO" else "sommer"]
        if name in {"kind", "part", "act", "action"}:
            return _first_choice(rule, name)
        if name == "number" and "<int:" in rule:
            return 1
        if name == "membership_id":
            return self.codes["staff" if "/staff/" in rule else "member"]
        if name in {"code", "number", "label"}:
            place = next((word for word in self.codes if f"/{word}/<" in rule), "sessions")
            return self.codes["charge-points"] if name == "label" else self.codes[place]
        return self.codes.get(name, ID)


def _first_choice(rule: str, name: str) -> str:
    """The first word of ``<any(a, b):name>``; a command where any is allowed."""
    if f"):{name}>" not in rule:
        return {"action": "restart"}.get(name, "x")
    choices = rule[: rule.index(f"):{name}>")].rpartition("any(")[2]
    return choices.split(",")[0].strip(" '\"")


@pytest.fixture
def matrix(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> Matrix:
    """Objects of Sommer, everybody signed in, pages not drawn, nothing kept."""
    world, made = pages.world, Matrix(pages)
    session = october_is_over(world)
    statement = draft_now(world)
    with world.work("olga") as work:
        wanted = InviteInput("Uta", "uta@sommer.example", LimitsInput("viewer"), "de")
        invitation = invite(work, world.cast.partners["sommer"].code, wanted, lambda token: token)
        order = ask_change(
            work, world.cast.partners["sommer"].id, OrderInput("data", "", "", "Neue Anschrift", files=(("a.pdf", b"%PDF-1.7"),))
        ).code
    with world.work("theo") as work:
        set_photo(work, world.cast.locations["marktplatz"].code, picture((8, 8)))
    with world.owner() as db:
        other = make.operator(db, datetime(2026, 1, 1, tzinfo=UTC), code="SUD", name="Südlicht")
        fritz = make.user(db, "Fritz Süd", "fritz@sud.example", world.clock(), _HASH)
        make.member(db, fritz, Role.ADMIN, world.clock(), owner=other)
        group = make.tariff_group(db, world.cast.operator, "Gruppe", world.cast.tariffs["ac"], [], world.clock())
        made.codes = {
            "partners": world.cast.partners["sommer"].code,
            "sommer": world.cast.partners["sommer"].code,
            "sub-operators": world.cast.partners["kueste"].code,
            "winter": world.cast.partners["winter"].code,
            "contracts": db.execute(text("select code from contract where partner_id = :id"), {"id": session.partner_id}).scalar_one(),
            "charge-points": "NL-0417",
            "desk": "NL-0417",
            "q": "NL-0417",
            "locations": world.cast.locations["marktplatz"].code,
            "sessions": session.code,
            "statements": statement.code,
            "tariffs": world.cast.tariffs["ac"].code,
            "prices": world.cast.tariffs["ac"].code,
            "tariff-groups": group.code,
            "documents": "R-2026-00001",
            "change-orders": order,
            "change-requests": order,
            "month": "2026-10",
            "figure": "gross",
            "invitation_id": str(invitation),
            "mail_id": str(db.execute(text("select id from mail_message")).scalar_one()),
            "member": _membership(db, world, "vera"),
            "staff": _membership(db, world, "carla"),
        }
    emails = {who: world.cast.people[who].email for section in SECTIONS.values() for who in section.values() if who in world.cast.people}
    for who, email in (emails | {"fritz": "fritz@sud.example"}).items():
        visitor = pages.nobody()
        assert visitor.sign_in(email, PASSWORD).status == 303
        made.people[who] = visitor.client
    made.people[""] = pages.nobody().client
    pages.app.config.update(WTF_CSRF_ENABLED=False, WTF_CSRF_CHECK_DEFAULT=False)
    monkeypatch.setattr("app.web.app_class.finish_work", lambda _status: None)
    monkeypatch.setattr("app.web.confirm.is_confirmed", lambda: True)
    for place in ("app.web.pages", "app.web.errors"):
        monkeypatch.setattr(f"{place}.render_template", lambda *_a, **_v: "")
    return made


def _membership(db: Any, world: Any, who: str) -> str:
    query = text("select id from membership where user_id = :id")
    return str(db.execute(query, {"id": world.cast.people[who].id}).scalar_one())
