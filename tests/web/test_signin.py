"""A1: signing in, and what must not be learnt from it."""

from __future__ import annotations

import pytest

from tests.pages import Pages


def test_signing_in_leads_to_the_first_page_of_the_account(pages: Pages) -> None:
    seen = pages.nobody().sign_in("carla@nordlicht.example")
    assert (seen.status, seen.location) == (303, "/cpo/")
    seen = pages.nobody().sign_in("OLGA@sommer.example")
    assert seen.location == f"/partner/{pages.world.cast.partners['sommer'].code}/"


@pytest.mark.parametrize("email", ["carla@nordlicht.example", "nobody@nordlicht.example"])
def test_wrong_password_and_unknown_person_get_the_same_sentence(pages: Pages, email: str) -> None:
    seen = pages.nobody().sign_in(email, "Something-wrong-26")
    assert seen.status == 422
    assert "E-mail or password is not right." in seen.one("#problem-summary").get_text()
    assert seen.soup.title is not None
    assert seen.soup.title.get_text().startswith("Error:")
