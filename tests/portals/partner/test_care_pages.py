"""The pages of a sub-operator: its statements upward, its partners' downward on theirs, and nobody's figures of another level."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from io import StringIO

from sqlalchemy import select, update

from app.documents.render import paper_html
from app.documents.statement import statement_view
from app.domain.invoices.models import Document
from app.domain.people.models import Membership
from app.text.locales import speaking
from tests.cast import NOW, World
from tests.domain.sessions.test_care_share import e10, upward
from tests.domain.settlement.test_care_running_month import terms
from tests.domain.settlement.test_care_statement import closed, key, october
from tests.pages import Pages, Seen


def home(world: World, name: str) -> str:
    return f"/partner/{world.cast.partners[name].code}"


def words(seen: Seen) -> str:
    return seen.words.replace("\u00a0", " ").replace("\u202f", " ")


def test_each_level_opens_its_own_statement(pages: Pages, world: World) -> None:
    row = october(world)
    below, above = closed(world, "sommer"), closed(world, "kueste")
    silke, olga = pages.as_("silke"), pages.as_("olga")
    own = silke.get(f"{home(world, 'kueste')}/statements/{above.code}")
    shown = words(own)
    for amount in ("€33.33", "€26.66", "€21.66", "€5.00", "€5.95"):
        assert amount in shown, amount
    links = {a["href"] for a in own.soup.select(".statement a")}
    assert f"{home(world, 'kueste')}/sessions/{row.code}/explain/sub" in links
    for link in links:
        assert silke.get(link).status == 200, link
    (figures,) = csv.DictReader(StringIO(silke.get(f"{home(world, 'kueste')}/statements/{above.code}.csv").text.lstrip("\ufeff")))
    assert (figures["partner"], figures["received"], figures["passed_on"], figures["pct"]) == ("5.00", "26.66", "21.66", "80")
    partner = olga.get(f"{home(world, 'sommer')}/statements/{below.code}")
    assert "21,66 €" in words(partner)
    assert not any(text in words(partner) for text in ("26,66", "5,95", "6,67", "80 %")), "nothing of the level above"
    assert "received" not in olga.get(f"{home(world, 'sommer')}/statements/{below.code}.csv").text
    for stranger, address in (
        (olga, f"{home(world, 'sommer')}/statements/{above.code}"),
        (olga, f"{home(world, 'kueste')}/statements/{above.code}"),
        (silke, f"{home(world, 'kueste')}/statements/{below.code}"),
        (pages.as_("willi"), f"{home(world, 'winter')}/statements/{above.code}"),
    ):
        assert stranger.get(address).status == 404, address
        assert stranger.get(address + ".csv").status == 404


def test_statements_downward_are_pages_of_their_own(pages: Pages, world: World) -> None:
    october(world)
    below, above = closed(world, "sommer"), closed(world, "kueste")
    silke = pages.as_("silke")
    listed = {a["href"] for a in silke.get(f"{home(world, 'kueste')}/partners").soup.select("main a")}
    assert {f"{home(world, 'sommer')}/statements", f"{home(world, 'kueste')}/statements"} <= listed
    for name, mine, other in (("kueste", above, below), ("sommer", below, above)):
        found = {a["href"] for a in silke.get(f"{home(world, name)}/statements").soup.select("main table a")}
        assert found == {f"{home(world, name)}/statements/{mine.code}"}
        assert silke.get(f"{home(world, name)}/statements/{other.code}").status == 404


def test_neither_level_reads_the_others_contract(pages: Pages, world: World) -> None:
    october(world)
    silke, olga = pages.as_("silke"), pages.as_("olga")
    assert (
        "75% of net revenue. DC : You get 80% of net revenue. This is what you receive of the sessions of partners in your care"
        in words(silke.get(f"{home(world, 'kueste')}/contract"))
    )
    assert "in Ihrer Betreuung" not in words(olga.get(f"{home(world, 'sommer')}/contract"))
    assert silke.get(f"{home(world, 'sommer')}/contract").status == 403
    assert olga.get(f"{home(world, 'sommer')}/contract").status == 200
    assert olga.get(f"{home(world, 'kueste')}/contract").status == 404


def test_the_paper_has_both_amounts(pages: Pages, world: World) -> None:
    october(world)
    above = closed(world, "kueste")
    with world.owner() as session:
        paper = session.scalars(select(Document).where(Document.statement_id == above.id)).one()
        with speaking("de"):
            shown = statement_view(paper.content)
            source = paper_html("statement", "de", c=paper.content, number=paper.number, issued_on=paper.issued_on, **shown)
    text = source.replace("\u00a0", " ")
    for part in ("Weitergegeben an Sommer", "26,66 €", "−21,66 €", "5,95 €", "Küste"):
        assert part in text, part


def test_the_month_so_far_counts_the_partners_sessions(pages: Pages, world: World) -> None:
    upward(world)
    e10(world)
    shown = words(pages.as_("silke").get(f"{home(world, 'kueste')}/current-month"))
    for part in ("€5.00", "57.5 kWh", "€33.33"):
        assert part in shown, part
    assert "€21.66" not in shown


def test_the_first_page_says_what_stays_with_the_sub_operator(pages: Pages, world: World) -> None:
    """33.33 net at Sommer: 26.66 received, 21.66 passed on. 5.00 × 44,700 ÷ 19,565 min = 11.42 by the end of October, without expenses.

    Sessions, energy and revenue are those of all its partners; what they get stands on their own first pages.
    """
    upward(world)
    e10(world, started_at=NOW - timedelta(hours=3), ended_at=NOW - timedelta(hours=1))
    silke = pages.as_("silke")
    shown = words(silke.get(f"{home(world, 'kueste')}/"))
    for part in ("Your part so far €5.00", "less expenses it may become €11.42", "October 2026 so far €33.33", "57.5 kWh"):
        assert part in shown, part
    assert "€21.66" not in shown
    assert "€5.00" in words(silke.htmx(f"{home(world, 'kueste')}/overview/tiles"))
    below = words(silke.get(f"{home(world, 'sommer')}/"))
    assert "The partner's part so far €21.66" in below
    assert "€5.00" not in below
    own = words(pages.as_("olga").get(f"{home(world, 'sommer')}/"))
    assert "21,66 €" in own
    assert "5,00 €" not in own
    assert silke.get(f"{home(world, 'winter')}/").status == 404


def test_last_month_of_the_first_page_is_its_own_part_too(pages: Pages, world: World) -> None:
    october(world)
    shown = words(pages.as_("silke").get(f"{home(world, 'kueste')}/"))
    what = "Your part so far €5.00 net, after your partners' parts"
    assert f"{what} of this, from earlier months: €5.00 a forecast from the 4th on October 2026: €5.00" in shown


def test_what_waits_is_named_with_its_reason(pages: Pages, world: World) -> None:
    """Electricity without a price: the share of neither level is known, and each reads so in its own month, statement and paper."""
    upward(world)
    terms(world, dc_pct=65, deduct_electricity=True)
    row = e10(world)
    silke, olga = pages.as_("silke"), pages.as_("olga")
    for name, reader, said in (
        ("kueste", silke, f"{row.code} · Sommer: Electricity rate missing"),
        ("sommer", olga, f"{row.code} : Strompreis fehlt"),
    ):
        seen = reader.get(f"{home(world, name)}/current-month")
        assert said in words(seen)
        assert reader.get(seen.one(f'main a[href="{home(world, name)}/sessions/{row.code}"]')["href"]).status == 200
    world.clock.set(datetime(2026, 11, 2, 8, tzinfo=UTC))
    above = closed(world, "kueste")
    shown = words(pages.as_("silke").get(f"{home(world, 'kueste')}/statements/{above.code}"))
    assert f"1 session waits for a check {row.code} · Sommer: Electricity rate missing They follow in the next statement." in shown
    with world.owner() as session:
        paper = session.scalars(select(Document).where(Document.statement_id == above.id)).one()
        with speaking("de"):
            view = statement_view(paper.content)
            source = paper_html("statement", "de", c=paper.content, number=paper.number, issued_on=paper.issued_on, **view)
    assert f"{row.code} (Sommer): Strompreis fehlt." in source


def test_who_does_not_see_the_partners_sessions_is_told_so(pages: Pages, world: World) -> None:
    """Pia keeps Küste's books: without the role sub-operator she sees no session of Sommer, so a sum of hers would be wrong."""
    upward(world)
    e10(world)
    with world.owner() as session:
        session.execute(update(Membership).where(Membership.user_id == world.cast.people["pia"].id).values(partner_id=key(world, "kueste")))
    shown = words(pages.as_("pia").get(f"{home(world, 'kueste')}/current-month"))
    assert "für Personen mit der Rolle Unterbetreiber" in shown
    assert "0,00 €" not in shown
