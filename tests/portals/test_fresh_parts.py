"""Parts of a page that ask how they are now: the right part of the right address, and never the answer to a refused form."""

from __future__ import annotations

import json

import pytest

from tests.pages import Pages


@pytest.mark.parametrize(
    ("who", "path", "part"),
    [
        ("moritz", "/partner/{sommer}/drivers", "drivers-now"),
        ("carla", "/cpo/partners/{sommer}/corporate-billing", "corporate"),
        ("fiona", "/cpo/partners/{sommer}/bank", "bank-now"),
        ("olga", "/account", "open-sign-ins"),
    ],
)
def test_a_part_asks_for_itself(pages: Pages, who: str, path: str, part: str) -> None:
    at = path.format(sommer=pages.world.cast.partners["sommer"].code)
    found = pages.as_(who).get(at).soup.find(id=part)
    assert found is not None
    assert (found["hx-get"], found["hx-select"]) == (at, f"#{part}")


def test_the_answer_to_a_refused_form_asks_nothing(pages: Pages) -> None:
    at = f"/partner/{pages.world.cast.partners['sommer'].code}/drivers"
    seen = pages.as_("moritz").post(f"{at}/import", {})
    found = seen.soup.find(id="drivers-now")
    assert seen.status == 422
    assert found is not None
    assert not found.has_attr("hx-get")


def test_whoever_is_signed_out_keeps_what_is_typed_beside(pages: Pages) -> None:
    moritz, at = pages.as_("moritz"), f"/partner/{pages.world.cast.partners['sommer'].code}/drivers"
    own = json.loads(str(moritz.get(at).one("#drivers-now")["hx-headers"]))
    moritz.post("/sign-out")
    asks = {"HX-Request": "true", "HX-Request-Type": "partial"}
    assert moritz.get(at, headers=asks | own).status == 204
    assert moritz.get(at, headers=asks).headers["HX-Redirect"].startswith("/sign-in")
