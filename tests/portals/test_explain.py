"""B42: where an amount comes from, for staff and partner; computed again; as a case for the command line; strangers find nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from app.cli_price import price as price_command
from app.domain.sessions.actions import rate
from tests.cast import World
from tests.domain.sessions.arrange import charge
from tests.pages import Pages, Seen


def rated(world: World, **over: Any) -> str:
    row = charge(world, **over)
    with world.work(world.system()) as work:
        rate(work, row.id)
    return row.code


def home(world: World, key: str = "sommer") -> str:
    return f"/partner/{world.cast.partners[key].code}"


def words(seen: Seen) -> str:
    return seen.words.replace("\u00a0", " ").replace("\u202f", " ")


def test_one_figure_with_the_steps_that_lead_to_it(pages: Pages, world: World) -> None:
    """Sommer's 10.31: 28.64 kWh × 0.49 = 14.0336 → 14.03, idle 3.50, gross 17.53 ÷ 1.19 = 14.7310924… → 14.73 × 70 % = 10.311 → 10.31."""
    code = rated(world)
    moritz = pages.as_("moritz")
    shown = words(moritz.get(f"{home(world)}/sessions/{code}/explain/partner"))
    for part in (
        "28,640 kWh × 0,49 €/kWh = 14,0336 → 14,03 €",
        "17,53 € ÷ 1,19 = 14,7310924370 → 14,73 €",
        "14,73 € × 70 % = 10,311 → 10,31 €",
    ):
        assert part in shown, part
    assert "Ihre Abrechnung endet hier." in shown
    assert "4,42" not in shown
    seen = moritz.get(f"{home(world)}/sessions/{code}")
    links = {a["href"] for a in seen.soup.select("#session-page a") if "/explain" in a["href"]}
    assert links >= {f"{home(world)}/sessions/{code}/explain/{name}" for name in ("line-1", "line-2", "gross", "net", "partner")}
    for link in links:
        assert moritz.get(link).status == 200, link


def test_computed_again_it_is_the_same_and_a_moved_cent_is_seen(pages: Pages, world: World) -> None:
    code = rated(world)
    fiona = pages.as_("fiona")
    shown = words(fiona.get(f"/cpo/sessions/{code}/explain?again=yes"))
    assert "Erneut gerechnet: dasselbe Ergebnis" in shown
    assert "14.10.2026, 17:00:00 3 h 10 min lädt 28,640 kWh" in shown, "times and figures as everywhere else"
    with world.owner() as session:
        session.execute(text("set local session_replication_role = replica"))
        session.execute(
            text(
                "update charging_session set partner_minor = 1030, priced = jsonb_set(priced, '{total_incl_vat}', '\"17.54\"') "
                "where code = :c"
            ),
            {"c": code},
        )
    shown = words(fiona.get(f"/cpo/sessions/{code}/explain?again=yes"))
    assert "total_incl_vat : 17.54 → 17.53" in shown
    assert "partner : 1030 → 1031" in shown


def test_readings_that_are_gone_do_not_matter(pages: Pages, world: World) -> None:
    """The use is frozen with the price, so partitions of readings may be dropped."""
    code = rated(world)
    with world.owner() as session:
        session.execute(text("delete from session_phase"))
    assert "dasselbe Ergebnis" in words(pages.as_("fiona").get(f"/cpo/sessions/{code}/explain?again=yes"))


def test_the_file_is_a_case_that_the_command_line_agrees_with(pages: Pages, world: World) -> None:
    code = rated(world)
    answer = pages.as_("moritz").get(f"{home(world)}/sessions/{code}/explain.json")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{code}.json"'
    result = CliRunner().invoke(price_command, ["-"], input=answer.text)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout.splitlines()[0])["total_incl_vat"] == "17.53"
    assert "1 of 1 as expected" in result.stderr
    case = json.loads(answer.text)
    assert {each["step"] for each in case["share"]} >= {"net", "share", "partner"}
    assert "operator" not in {each["step"] for each in case["share"]}


def test_strangers_and_people_without_amounts(pages: Pages, world: World) -> None:
    code = rated(world)
    willi, toni = pages.as_("willi"), pages.as_("toni")
    for path in ("explain", "explain/partner", "explain.json"):
        assert willi.get(f"{home(world, 'winter')}/sessions/{code}/{path}").status == 404
        assert toni.get(f"{home(world)}/sessions/{code}/{path}").status == 403
        assert pages.nobody().get(f"/cpo/sessions/{code}/{path}").location.startswith("/sign-in")
    assert pages.as_("moritz").get(f"{home(world)}/sessions/{code}/explain/operator").status == 404
    assert pages.as_("fiona").get(f"/cpo/sessions/{code}/explain/nonsense").status == 404


@pytest.mark.parametrize("state", ["charging", "stopped"])
def test_nothing_is_explained_before_it_is_known(pages: Pages, world: World, state: str) -> None:
    row = charge(world, state=state, **({"ended_at": None} if state == "charging" else {}))
    seen = pages.as_("fiona").get(f"/cpo/sessions/{row.code}/explain")
    assert seen.status == 200
    assert "noch keinen Endbetrag" in words(seen)
