"""The what-if page of a sub-operator's own draft: both levels' figures for staff, marks, the file with whose session it is."""

from __future__ import annotations

import csv
from decimal import Decimal
from io import StringIO
from typing import Any

from app.domain.contracts.actions import edit_draft
from app.domain.contracts.parts import FeesPart
from app.domain.contracts.queries import contract_by_code
from app.domain.contracts.values import SessionFees
from app.kernel.periods import Month
from tests.cast import World
from tests.domain.settlement.test_care_preview import code_of, october, share
from tests.domain.settlement.test_previewing import drafted, replay
from tests.pages import Pages, Visitor


def told(visitor: Visitor, code: str, css: str = "#replay") -> str:
    """What the page says of the replay."""
    seen = visitor.get(f"/cpo/contracts/{code}/preview?version=2")
    return " ".join(seen.one(css).get_text(" ").split()).replace("\u202f", " ").replace("\u00a0", " ")


def asked(world: World, *parts: Any, name: str = "kueste") -> str:
    code = code_of(world, name)
    drafted(world, code, *parts)
    replay(world, code)
    return code


def test_e10_on_the_page_and_in_the_file(pages: Pages, world: World) -> None:
    """5.00 of 33.33 stay with Küste at 80 %, 6.67 at 85 %; 21.66 go on to Sommer either way."""
    october(world)
    code, carla = asked(world, share("85")), pages.as_("carla")
    totals = told(carla, code, "#replay-totals")
    for part in ("Der Unterbetreiber behält, netto 5,00 € 6,67 € 1,67 €", "Standortpartner bekommen, netto 21,66 € 21,66 € 0,00 €"):
        assert part in totals, totals
    assert "Sommer · NL-0450 · DC" in told(carla, code, "#replay-rows")
    (line,) = csv.DictReader(StringIO(carla.get(f"/cpo/contracts/{code}/preview.csv?version=2").text.lstrip("\ufeff")))
    figures = [
        line[name] for name in ("partner_now", "partner_draft", "partner_difference", "operator_draft", "passed_on_draft", "partner")
    ]
    assert figures == ["5.00", "6.67", "1.67", "5.00", "21.66", "Sommer"]
    form = carla.get(f"/cpo/contracts/{code}/preview?version=2").soup.select("form[action$='/attach']")[0]
    sent = {str(i["name"]): str(i["value"]) for i in form.select("input") if i["name"] != "csrf_token"}
    assert carla.post(f"/cpo/contracts/{code}/preview/attach", sent).status == 303
    review = carla.get(f"/cpo/contracts/{code}/review").words.replace("\u00a0", " ")
    assert "Der Unterbetreiber behält jetzt 5,00 € und nach dem Entwurf 6,67 €: 1,67 €." in review
    assert "Unter diesem Vertrag gibt es noch keine Ladestation" not in review


def test_what_falls_below_is_named(pages: Pages, world: World) -> None:
    october(world)
    code, carla = asked(world, share("60")), pages.as_("carla")
    shown = told(carla, code)
    assert "Der Entwurf gibt weniger, als Standortpartnern zugesagt ist Sommer : 1 Ladevorgang" in shown
    assert "5,00 € 0,00 € −5,00 €" in shown
    drafted_again = share("80"), FeesPart(session=SessionFees(per_session_dc=Decimal(6)))
    with world.work("carla") as work:
        for part in drafted_again:
            draft = contract_by_code(work, code).draft
            assert draft is not None
            edit_draft(work, code, part, draft.version)
    assert "Die Bedingungen haben sich" in told(carla, code)
    replay(world, code)
    shown = told(carla, code)
    assert "In 1 Ladevorgang gibt der Unterbetreiber mehr weiter, als er erhält" in shown
    assert "gibt mehr weiter, als er erhält 5,00 € −1,00 € −6,00 €" in shown


def test_a_partners_draft_shows_staff_the_level_above_and_its_people_nothing(pages: Pages, world: World) -> None:
    """70 % of 33.33 = 23.33 for Sommer leave Küste 3.33 of 5.00."""
    october(world)
    code, carla = asked(world, share("70", "70"), name="sommer"), pages.as_("carla")
    shown = told(carla, code)
    assert "Unterbetreiber 5,00 € → 3,33 €" in shown
    (line,) = csv.DictReader(StringIO(carla.get(f"/cpo/contracts/{code}/preview.csv?version=2").text.lstrip("\ufeff")))
    assert (line["sub_operator_now"], line["sub_operator_draft"]) == ("5.00", "3.33")
    home = f"/partner/{world.cast.partners['sommer'].code}"
    olga = pages.as_("olga")
    assert "3,33" not in olga.get(f"{home}/contract").words
    for who in ("olga", "silke", "willi"):
        assert pages.as_(who).get(f"/cpo/contracts/{code}/preview").status in {403, 404}
        assert pages.as_(who).get(f"/cpo/contracts/{code}/preview.csv").status in {403, 404}


def test_a_month_without_sessions_says_so(pages: Pages, world: World) -> None:
    october(world)
    code = code_of(world)
    drafted(world, code)
    replay(world, code, Month(2026, 9))
    assert "Keine Ladevorgänge der betreuten Standortpartner im September 2026" in told(pages.as_("carla"), code)
