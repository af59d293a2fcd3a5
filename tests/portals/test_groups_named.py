"""Sheets, contracts and files name groups of people that exist: chosen by name, kept by code, read by name; any other is refused."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from app.demo import builders as make
from app.demo.cast import AC_TERMS
from app.domain.contracts.actions import edit_draft, new_version
from app.domain.contracts.parts import OverridesPart
from app.domain.contracts.values import OverrideLine
from app.domain.tariffs.actions import create_tariff, publish_terms
from app.domain.tariffs.exchange import import_tariffs
from app.domain.tariffs.queries import tariff_by_code
from app.domain.tariffs.rows import TariffInput
from app.kernel.errors import Invalid
from app.money.terms import Tariff
from app.money.terms_json import parse_tariff
from app.text.tariff_words import sentences
from tests.cast import NOW, World
from tests.pages import Pages
from tests.portals.cpo.test_tariff_pages import FORM
from tests.portals.test_group_prices import plain


@pytest.fixture
def codes(world: World) -> dict[str, str]:
    """Groups by name: one of the operator, one of Sommer, one of Winter, and two that are called alike."""
    made = {}
    with world.owner() as session:
        for name, owner in (("Residents", None), ("Kitchen", "sommer"), ("Guests", "winter"), ("Twice", None), ("Twice", None)):
            partner_id = world.cast.partners[owner].id if owner else None
            made[name] = make.user_group(session, world.cast.operator, name, NOW, partner_id=partner_id).code
    return made


def sheet(*groups: str, cheap: str = "0.39") -> Tariff:
    energy = {"type": "ENERGY", "step_size": 1, "vat": "19"}
    first = {"price_components": [energy | {"price": cheap}], "restrictions": {"user_groups": list(groups)}}
    return parse_tariff(AC_TERMS | {"elements": [first, {"price_components": [energy | {"price": "0.59"}]}]})


def named(world: World, who: str, code: str) -> tuple[list[str], dict[str, str]]:
    """The groups of the first line as they are kept, and their names."""
    with world.work(world.actor(who)) as work:
        row = tariff_by_code(work, code)
        newest = row.next or row.now
        assert newest is not None
        assert newest.tariff is not None
        return sorted(newest.tariff.elements[0].restrictions.user_groups), dict(newest.tariff.ext.group_names)


def test_a_sheet_keeps_codes_and_is_read_by_name(world: World, codes: dict[str, str]) -> None:
    with world.work(world.actor("carla")) as work:
        code = create_tariff(work, TariffInput(name="House", terms=sheet("residents")))
        row = tariff_by_code(work, code)
        assert row.now is not None
        assert row.now.tariff is not None
        assert sentences(row.now.tariff)[0] == "For Residents: €0.39 per kWh"
    assert named(world, "carla", code) == ([codes["Residents"]], {codes["Residents"]: "Residents"})


@pytest.mark.parametrize(
    ("word", "refusal"), [("Nobody", "unknown_user_group"), ("Kitchen", "unknown_user_group"), ("Twice", "user_group_not_alone")]
)
def test_a_sheet_of_the_operator_names_the_operators_groups_alone(world: World, codes: dict[str, str], word: str, refusal: str) -> None:
    with world.work(world.actor("carla")) as work, pytest.raises(Invalid) as raised:
        create_tariff(work, TariffInput(name="House", terms=sheet(codes.get(word, word) if word == "Kitchen" else word)))
    assert (raised.value.code, raised.value.field) == (refusal, "elements[0].restrictions.user_groups")


def test_what_stood_in_a_sheet_before_may_stay_and_nothing_else(world: World, codes: dict[str, str]) -> None:
    """A sheet of the time when groups were typed names one that never was."""
    with world.owner() as session:
        old = make.tariff(session, world.cast.operator, "Old", json.loads(json.dumps(AC_TERMS)) | json_of("Neighbours"), NOW).code
    with world.work(world.actor("carla")) as work:
        publish_terms(work, old, sheet("Neighbours", "Residents", cheap="0.41"))
        with pytest.raises(Invalid) as raised:
            publish_terms(work, old, sheet("Strangers"))
        assert raised.value.params["value"] == "Strangers"
    assert named(world, "carla", old) == (sorted(["Neighbours", codes["Residents"]]), {codes["Residents"]: "Residents"})


def json_of(*groups: str) -> dict[str, Any]:
    energy = {"type": "ENERGY", "step_size": 1, "vat": "19"}
    first = {"price_components": [energy | {"price": "0.39"}], "restrictions": {"user_groups": list(groups)}}
    return {"elements": [first, {"price_components": [energy | {"price": "0.59"}]}]}


def test_the_editor_offers_the_owners_groups_and_refuses_others_at_the_field(pages: Pages, world: World, codes: dict[str, str]) -> None:
    moritz, base = pages.as_("moritz"), f"/partner/{world.cast.partners['sommer'].code}"
    labels = [label.get_text() for label in moritz.get(f"{base}/prices/new").soup.select("#lines-0-user_groups label")]
    assert f"Kitchen ({codes['Kitchen']})" in labels
    assert not [label for label in labels if "Guests" in label]
    values = FORM | {"name": "Team", "lines-1-kind": "ENERGY", "lines-1-price": "0.49", "lines-1-unit": "kwh"}
    refused = moritz.post(f"{base}/prices/new", values | {"lines-0-user_groups": codes["Guests"]})
    assert refused.status == 422
    assert f"Diese Personengruppe gibt es nicht: {codes['Guests']}." in refused.one("#lines-0-user_groups").get_text()
    made = moritz.post(f"{base}/prices/new", values | {"lines-0-user_groups": codes["Kitchen"]})
    assert made.status == 303, made.words
    shown = plain(moritz.get(made.location.partition("?")[0]).words)
    assert "Für Kitchen: 0,39 € pro kWh" in shown
    edit = moritz.get(made.location.partition("?")[0] + "/edit")
    assert edit.one(f"#lines-0-user_groups input[value={codes['Kitchen']}]").has_attr("checked")


def test_a_files_row_names_the_group_it_cannot_take(world: World, codes: dict[str, str]) -> None:
    def row(group: str) -> dict[str, Any]:
        return {"currency": "EUR", "tax_included": "YES", "tariff_alt_text": [{"language": "en", "text": group}], **json_of(group)}

    with world.work(world.actor("carla")) as work:
        report = import_tariffs(work, json.dumps([row("Residents"), row("Nobody")]), store=True)
        assert [(each.line, each.refusal.code, each.refusal.params["value"]) for each in report.problems] == [
            (2, "unknown_user_group", "Nobody")
        ]
        taken = import_tariffs(work, json.dumps([row("Residents")]), store=True).taken[0]
        again = import_tariffs(work, json.dumps([row("Residents") | {"id": taken.code}]), store=True).taken[0]
        assert (taken.act, again.act) == ("new", "same")
    assert named(world, "carla", taken.code)[0] == [codes["Residents"]]


def test_an_exception_of_a_contract(pages: Pages, world: World, codes: dict[str, str]) -> None:
    carla, contract = pages.as_("carla"), contract_of(world)
    with world.work(world.actor("carla")) as work:
        draft = new_version(work, contract)
        with pytest.raises(Invalid) as raised:
            edit_draft(work, contract, line(codes["Guests"]), draft.version)
        assert (raised.value.code, raised.value.field) == ("unknown_user_group", "lines[0].user_groups")
    page = f"/cpo/contracts/{contract}/overrides"
    values = {"draft": str(draft.version), "name": "Team", "ac_pct": "0"}
    offered = [label.get_text() for label in carla.get(page, query_string={"version": draft.number}).soup.select("#user_groups label")]
    assert [label for label in offered if "Kitchen" in label or "Residents" in label or "Guests" in label] == [
        f"Kitchen ({codes['Kitchen']})", f"Residents ({codes['Residents']})",
    ]  # fmt: skip
    refused = carla.post(page, values | {"user_groups": "Nobody"})
    assert refused.status == 422
    assert "Diese Personengruppe gibt es nicht: Nobody." in refused.one("#user_groups").get_text()
    assert carla.post(page, values | {"user_groups": [codes["Kitchen"]]}).status == 303
    shown = carla.get(page, query_string={"version": draft.number})
    assert "für Kitchen" in shown.words
    tried = carla.get(page, query_string={"version": draft.number, "channel": "internal", "user_group": codes["Kitchen"]})
    assert "1. Team" in tried.one("#matched").get_text()
    assert not carla.get(page, query_string={"version": draft.number, "channel": "internal"}).soup.select("#matched")


def line(group: str) -> OverridesPart:
    return OverridesPart((OverrideLine("Team", user_groups=(group,), ac_pct=Decimal(0)),))


def contract_of(world: World) -> str:
    with world.owner() as session:
        statement = text("select c.code from contract c where c.partner_id = :id")
        return str(session.execute(statement, {"id": world.cast.partners["sommer"].id}).scalar_one())


def test_examples_and_hours_are_those_of_one_driver(pages: Pages, codes: dict[str, str]) -> None:
    """The first example is 8 kWh: 8 × 0.49 = 3.92 for somebody in no group, 8 × 0.39 = 3.12 for a resident."""
    carla = pages.as_("carla")
    values = FORM | {"lines-0-user_groups": codes["Residents"], "lines-2-kind": "ENERGY", "lines-2-price": "0.49", "lines-2-unit": "kwh"}
    values |= {"examples-0-kwh": "8", "examples-0-charging": "30", "examples-0-idle": "0", "examples-0-at": "12:00"}
    seen = carla.htmx("/cpo/tariffs/effect", method="POST", data=values | {"csrf_token": carla._token()})
    nobody = plain(seen.one("#effect").get_text(" "))
    assert "Für Fahrer/innen in keiner Gruppe." in nobody
    assert "3,92 €" in nobody
    assert "3,12 €" not in nobody
    assert "Energie nach Stunden: 0,49 € pro kWh" in nobody
    seen = carla.htmx("/cpo/tariffs/effect", method="POST", data=values | {"csrf_token": carla._token(), "driver": codes["Residents"]})
    resident = plain(seen.one("#effect").get_text(" "))
    assert "Für Fahrer/innen der Gruppe Residents." in resident
    assert "3,12 €" in resident
    assert "Energie nach Stunden: 0,39 € pro kWh" in resident
