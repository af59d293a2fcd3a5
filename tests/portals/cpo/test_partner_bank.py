"""Bank data of a partner: masked, waiting 72 hours, decided by two; the verdict says why no money may flow."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, text

from app.domain.people.bank import hindrances, verify_account
from app.domain.people.bank_models import BankAccount
from app.domain.people.ibans import seal, unseal
from app.domain.people.models import MailMessage
from app.kernel.errors import Conflict, Invalid
from app.tasks.partners import bank_notice
from tests.cast import PASSWORD, World
from tests.pages import Pages, Visitor

IBAN, OTHER = "DE89 3704 0044 0532 0130 00", "FR14 2004 1010 0505 0001 3M02 606"


def path(world: World, name: str = "sommer") -> str:
    return f"/cpo/partners/{world.cast.partners[name].code}/bank"


def confirm(visitor: Visitor) -> Visitor:
    assert visitor.post("/confirm-it-is-you", {"password": PASSWORD}).status == 303
    return visitor


def why(world: World) -> str | None:
    sommer = world.cast.partners["sommer"].id
    with world.owner() as session:
        return hindrances(session, [sommer], world.clock())[sommer]


def listed(visitor: Visitor, money: str) -> list[str]:
    """Partners in the list narrowed by whether they can receive money."""
    return [a.get_text() for a in visitor.get(f"/cpo/partners?money={money}").soup.select("#partners tbody th a")]


def test_an_account_waits_three_days_and_for_a_second_person(pages: Pages, world: World) -> None:
    sommer = world.cast.partners["sommer"].code
    fiona, felix, here = confirm(pages.as_("fiona")), confirm(pages.as_("felix")), path(world)
    assert "Kann Geld empfangen: nein" in fiona.get(here).words
    assert fiona.post(f"{here}/new", {"holder": "Café Sommer GmbH", "iban": IBAN}).status == 303
    seen = fiona.get(here)
    assert "DE** **** … 3000" in seen.words
    assert "370400" not in seen.text.replace(" ", "")
    assert "Das muss eine zweite Person prüfen." in seen.words
    assert why(world) == "waiting"
    assert felix.post(f"{here}/1/verify").status == 409, "too early"
    world.clock.move(hours=72)
    fiona, felix = confirm(pages.as_("fiona")), confirm(pages.as_("felix"))
    assert why(world) == "unverified"
    assert "1 Bankkonto kann geprüft werden" in felix.get("/cpo/").words
    assert listed(felix, "check") == ["Sommer"]
    assert "Sommer" not in listed(felix, "yes")
    assert fiona.post(f"{here}/1/verify").status == 409, "her own entry"
    assert felix.post(f"{here}/1/verify").status == 303
    assert why(world) == "no_agreement"
    olga = pages.as_("olga")
    assert olga.post(f"/partner/{sommer}/settings/bank/self-billing", {"name": ""}).status == 422
    assert "Gutschriften" in olga.get(f"/partner/{sommer}/settings/bank/self-billing").words
    assert olga.post(f"/partner/{sommer}/settings/bank/self-billing", {"name": "Olga Sommer"}).status == 303
    assert why(world) is None
    assert listed(felix, "yes") == ["Sommer"]
    assert "Sommer" not in listed(felix, "no")
    assert listed(felix, "check") == []
    assert "Kann Geld empfangen: ja" in olga.get(f"/partner/{sommer}/settings/bank").words
    row = next(r for r in pages.as_("carla").get("/cpo/partners").soup.select("#partners tbody tr") if "Sommer" in r.get_text())
    assert row.select_one("td[data-label='Kann Geld empfangen']").get_text(strip=True) == "ja"  # type: ignore[union-attr]


def test_another_number_begins_again_and_the_contacts_are_told(pages: Pages, world: World) -> None:
    sommer = world.cast.partners["sommer"]
    olga = confirm(pages.as_("olga"))
    address = f"/partner/{sommer.code}/settings/bank/new"
    assert olga.post(address, {"holder": "Café Sommer GmbH", "iban": IBAN}).status == 303
    again = olga.post(address, {"holder": "Café Sommer GmbH", "iban": IBAN.replace(" ", "")})
    assert again.status == 422
    assert olga.post(address, {"holder": "Café Sommer GmbH", "iban": OTHER}).status == 303
    with world.owner() as session:
        assert [(a.number, a.state) for a in session.scalars(select(BankAccount).order_by(BankAccount.number))] == [
            (1, "replaced"),
            (2, "pending"),
        ]
    with world.work("felix") as work, pytest.raises(Conflict, match="account_changed"):
        verify_account(work, sommer.code, 1)
    with world.work(world.system()) as work:
        assert bank_notice(work, str(sommer.id), 2) == {"mails": 2}
    with world.owner() as session:
        mails = session.scalars(select(MailMessage).order_by(MailMessage.to_address)).all()
        assert [m.to_address for m in mails] == ["office@sommer.example", "rechnung@sommer.example"]
        assert "FR…2606" in mails[0].body_text
        assert "2004" not in mails[0].body_text


@pytest.mark.parametrize("typed", ["DE89 3704 0044 0532 0130 01", "DE89", "XX00 1234", "hello"])
def test_422_names_the_field_and_keeps_nothing(pages: Pages, world: World, typed: str) -> None:
    seen = confirm(pages.as_("fiona")).post(f"{path(world)}/new", {"holder": "Café Sommer GmbH", "iban": typed})
    assert seen.status == 422
    assert [a["href"] for a in seen.soup.select("#problem-summary a")] == ["#iban"]
    with world.owner() as session:
        assert session.scalars(select(BankAccount)).all() == []


def test_who_sees_bank_data(pages: Pages, world: World) -> None:
    sommer = world.cast.partners["sommer"].code
    for who, status in {"anke": 200, "carla": 200, "fiona": 200, "aylin": 200, "theo": 403}.items():
        assert pages.as_(who).get(path(world)).status == status, who
    for who, status in {"olga": 200, "pia": 200, "moritz": 403, "toni": 403, "vera": 403, "willi": 404, "silke": 403}.items():
        seen = pages.as_(who).get(f"/partner/{sommer}/settings/bank")
        assert seen.status == status, who
    assert confirm(pages.as_("carla")).post(f"{path(world)}/new", {"holder": "x", "iban": IBAN}).status == 403
    assert confirm(pages.as_("pia")).post(f"/partner/{sommer}/settings/bank/new", {"holder": "x", "iban": IBAN}).status == 403
    assert pages.as_("fiona").get("/cpo/partners/P-000000/bank").status == 404
    asked = pages.as_("olga").get(f"/partner/{sommer}/settings/bank/new")
    assert asked.location.startswith("/confirm-it-is-you")


def test_a_suspended_account_gets_nothing_and_tells_why(pages: Pages, world: World) -> None:
    fiona, here = confirm(pages.as_("fiona")), path(world)
    fiona.post(f"{here}/new", {"holder": "Café Sommer GmbH", "iban": IBAN})
    assert fiona.post(f"{here}/1/suspend", {"reason": ""}).status == 422
    assert fiona.post(f"{here}/1/suspend", {"reason": "Bank meldet Betrug"}).status == 303
    assert why(world) == "suspended"
    assert "Bank meldet Betrug" in fiona.get(here).words


def test_numbers_are_sealed_and_rows_are_frozen(pages: Pages, world: World) -> None:
    confirm(pages.as_("fiona")).post(f"{path(world)}/new", {"holder": "Café Sommer GmbH", "iban": IBAN})
    with world.owner() as session:
        account: Any = session.scalars(select(BankAccount)).one()
        assert b"3704" not in account.iban_sealed
        assert unseal(account.iban_sealed, world.settings.secret_key) == IBAN.replace(" ", "")
    assert seal(IBAN, "a" * 40).mark != seal(IBAN, "b" * 40).mark
    for change in ("update bank_account set holder = 'Winter'", "delete from bank_account"):
        with world.owner() as session, pytest.raises(Exception, match="replaced by a new version"):
            session.execute(text(change))
    with world.owner() as session, pytest.raises(Exception, match="ck_bank_account_two"):
        session.execute(text("update bank_account set state = 'verified', decided_by = entered_by"))
    with pytest.raises(Invalid):
        seal("DE00", "a" * 40)
