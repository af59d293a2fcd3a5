"""The contract as a paper: its own language, the same bytes for the same words, and the partner's yes with a fingerprint."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.documents.contract import contract_html, contract_pdf
from app.domain.contracts.accepting import ContractPaper, accept, contract_paper
from app.domain.contracts.models import ContractAcceptance
from app.domain.contracts.queries import contracts_of_partner
from app.domain.people.models import Partner
from app.kernel.errors import Conflict, NotAllowed, NotFound
from tests.cast import World


def paper(world: World, who: str = "olga", number: int = 1) -> ContractPaper:
    with world.work(who) as work:
        code = contracts_of_partner(work, world.cast.partners["sommer"].id)[0].code
        return contract_paper(work, code, number)


def test_the_paper_speaks_the_partners_language_in_sentences(world: World) -> None:
    """AC 70 %: 20.70 with VAT, net 17.39, less 0.84 start fee = 16.55; 70 % = 11.59 (11.585)."""
    found = paper(world)
    words = " ".join(contract_html(found, draft=False).replace("&nbsp;", " ").split())
    for said in ("Café Sommer GmbH", "70 % vom", "11,59 €", "NL-0417", "Unterschriften", found.content_hash):
        assert said in words, said
    body = contract_pdf(found, draft=False)
    assert body.startswith(b"%PDF")
    assert body == contract_pdf(paper(world), draft=False), "byte for byte"
    with world.owner() as session:
        session.execute(update(Partner).where(Partner.name == "Sommer").values(language="fr"))
    assert "Signatures" in contract_html(paper(world), draft=False)


def test_the_owner_accepts_once_and_the_paper_stays(world: World) -> None:
    before = paper(world)
    with world.work("olga") as work:
        assert accept(work, before.code, 1, before.content_hash).accepted_name == "Olga Sommer"
        accept(work, before.code, 1, "a second press finds the first")
    with world.owner() as session:
        kept = session.scalars(select(ContractAcceptance)).one()
        assert (kept.content_hash, kept.accepted_by) == (before.content_hash, world.cast.people["olga"].id)
        session.execute(update(Partner).where(Partner.name == "Sommer").values(legal_name="Sommer AG", language="fr"))
    after = paper(world, "carla")
    assert (after.content_hash, after.language, after.accepted_name) == (before.content_hash, "de", "Olga Sommer")
    with pytest.raises(IntegrityError, match="append-only"), world.owner() as session:
        session.execute(update(ContractAcceptance).values(accepted_name="Willi"))


def test_who_may_not_accept_and_what(world: World) -> None:
    found = paper(world)
    for who, kind in (("moritz", NotAllowed), ("pia", NotAllowed), ("carla", NotAllowed), ("willi", NotFound), ("vera", NotFound)):
        with pytest.raises(kind), world.work(who) as work:
            accept(work, found.code, 1, found.content_hash)
    with world.owner() as session:
        session.execute(update(Partner).where(Partner.name == "Sommer").values(street="Neue Straße 1"))
    with pytest.raises(Conflict, match="paper_changed"), world.work("olga") as work:
        accept(work, found.code, 1, found.content_hash)
    with pytest.raises(NotFound), world.work("olga") as work:
        accept(work, found.code, 2, found.content_hash)
    assert found.content["version"]["ac_pct"] == str(Decimal(70))
