"""The request's frame: one unit of work, what is committed, what the database refuses, refusals as pages or banners (A6), headers."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Blueprint
from sqlalchemy import text
from werkzeug.exceptions import Gone

from app.domain.people.models import Contact
from app.live.messages import LiveMessage
from app.web.pages import fragment, go
from app.web.security import POLICY
from app.web.signin import current_work, enter_cpo
from tests.pages import Pages


def contact(pages: Pages, kind: str = "billing") -> Contact:
    cast = pages.world.cast
    return Contact(
        operator_id=cast.operator.id, partner_id=cast.partners["sommer"].id, kind=kind, person="Neu", email="rechnung@sommer.example"
    )


@pytest.fixture
def pages(own_pages: Pages) -> Pages:
    """Pages of our own, which get routes that fail in all ways."""
    return own_pages


def furnish(pages: Pages) -> None:
    """Views that change something and then end in every way."""
    bp = Blueprint("frame", __name__, url_prefix="/frame")
    bp.before_request(enter_cpo)

    @bp.post("/rename/<int:status>")
    def rename(status: int) -> Any:
        work = current_work()
        work.session.execute(text("update contact set person = 'Umbenannt' where person = 'Sommer Technik'"))
        work.messages.append(LiveMessage("Renamed", "x", ()))
        if status == 500:
            raise RuntimeError("planned")
        return ("", status) if status != 303 else go("access.home", note="saved")

    @bp.post("/twice")
    def twice() -> Any:
        current_work().session.add(contact(pages))
        return ""

    @bp.post("/history")
    def history() -> Any:
        current_work().session.execute(text("update audit_entry set act = 'x'"))
        return ""

    @bp.get("/gone")
    def gone() -> Any:
        raise Gone

    @bp.get("/unescaped")
    def unescaped() -> Any:
        return fragment("ui/_problem.html", title="<b>", text="<i>", who_can="", way_on="", reference="")

    pages.app.register_blueprint(bp)
    pages.app.config["PROPAGATE_BUGS"] = False


def name_now(pages: Pages) -> str:
    with pages.world.owner() as session:
        return str(session.execute(text("select person from contact where kind = 'technical' and email like '%sommer%'")).scalar_one())


@pytest.mark.parametrize(("status", "stays"), [(200, True), (303, True), (422, False), (404, False), (500, False)])
def test_a_change_stays_only_after_a_good_answer(pages: Pages, status: int, stays: bool) -> None:
    furnish(pages)
    seen = pages.as_("carla").post(f"/frame/rename/{status}")
    assert seen.status == status
    assert name_now(pages) == ("Umbenannt" if stays else "Sommer Technik")
    assert ("Renamed" in pages.world.bus.names()) is stays


def test_a_constraint_that_breaks_at_commit_is_a_conflict_not_a_bug(pages: Pages) -> None:
    furnish(pages)
    seen = pages.as_("carla").post("/frame/twice")
    assert seen.status == 409
    assert "Das gibt es schon." in seen.words


def test_what_the_database_may_not_change_is_a_bug_of_ours_and_tells_nothing(pages: Pages) -> None:
    furnish(pages)
    seen = pages.as_("carla").post("/frame/history")
    assert seen.status == 500
    assert "audit_entry" not in seen.text


def test_a_bug_has_a_number_and_saves_nothing(pages: Pages, caplog: pytest.LogCaptureFixture) -> None:
    furnish(pages)
    seen = pages.as_("carla").post("/frame/rename/500")
    number = seen.one("strong.code").get_text()
    assert re.fullmatch(r"[0-9A-F]{10}", number)
    assert f"bug {number}" in caplog.text
    assert "planned" not in seen.text


@pytest.mark.parametrize(
    ("kind", "status", "sentence"),
    [
        ("403", 403, "Das können: Vertragsmanager."),
        ("404", 404, "Nicht gefunden oder nicht für Sie freigegeben."),
        ("409", 409, "Von Ihnen wurde nichts gespeichert."),
        ("422", 422, "Dieser Wert liegt außerhalb"),
        ("503", 503, "Versuchen Sie es in einer Minute noch einmal."),
    ],
)
def test_refusals_are_pages_and_banners(gallery_pages: Pages, kind: str, status: int, sentence: str) -> None:
    carla = gallery_pages.as_("carla")
    page = carla.get(f"/gallery/refuse/{kind}")
    assert page.status == status
    assert sentence in page.words
    assert page.one("main a[href='/']").get_text() == "Zur Startseite"
    banner = carla.htmx(f"/gallery/refuse/{kind}")
    assert (banner.status, banner.headers["HX-Retarget"]) == (status, "#problem")
    assert sentence in banner.words
    assert banner.soup.find("html") is None


def test_a_character_no_database_stores_is_no_bug(pages: Pages) -> None:
    carla, sommer = pages.as_("carla"), pages.world.cast.partners["sommer"].code
    assert carla.get("/cpo/charge-points/NL%000417").status == 404
    assert carla.get("/q/%00").status == 404
    seen = carla.get("/cpo/drivers?group=%00")
    assert (seen.status, "Zeichen, das nicht gespeichert werden kann" in seen.words) == (422, True)
    edit = f"/cpo/partners/{sommer}/edit"
    form = {"person": "Eva\0", "email": "eva@sommer.example"}
    seen = carla.post(f"/cpo/partners/{sommer}/contacts/billing", form)
    assert (seen.status, "Zeichen, das nicht gespeichert werden kann" in seen.words) == (422, True)
    assert carla.post(edit, {"name": "S", "version": "²"}).status == 422


def test_error_pages_of_http_itself_speak_like_ours(pages: Pages) -> None:
    furnish(pages)
    carla = pages.as_("carla")
    assert "wurde entfernt" in carla.get("/frame/gone").words
    assert pages.nobody().get("/nowhere", headers={"Accept-Language": "fr"}).heading == "Introuvable"
    assert pages.nobody().client.delete("/sign-in").status_code == 405


def test_what_is_too_much_is_said_with_its_limit(pages: Pages) -> None:
    large = pages.as_("carla").post("/sign-in", {"email": "x" * 4_000_001})
    assert large.status == 413
    assert "ist größer als 4,0 MB" in large.words
    many = pages.as_("carla").post("/sign-in", {str(n): "x" for n in range(2_001)}, content_type="multipart/form-data")
    assert many.status == 413
    assert "mehr als 2000 Felder" in many.words


def test_an_error_page_reads_without_style_sheet_and_asks_the_database_nothing(pages: Pages) -> None:
    with pages.counting() as queries:
        seen = pages.nobody().get("/nowhere")
    assert len(queries) == 0
    main = seen.one("main")
    assert [tag.name for tag in main.find_all(True)] == ["p", "h1", "p", "p", "p", "a"]


def test_headers_of_every_answer(pages: Pages) -> None:
    for seen in (pages.nobody().get("/sign-in"), pages.nobody().get("/nowhere"), pages.as_("carla").get("/cpo/jobs")):
        assert seen.headers["Content-Security-Policy"] == POLICY
        assert seen.headers["X-Content-Type-Options"] == "nosniff"
        assert seen.headers["Referrer-Policy"] == "same-origin"
    assert pages.as_("carla").get("/cpo/jobs").headers["Cache-Control"] == "no-store"
    assert {"HX-Request", "Cookie"} <= set(pages.as_("carla").get("/cpo/jobs").headers["Vary"].split(", "))


def test_a_drivers_form_may_lead_to_the_providers_card_page_and_no_other_page_s(pages: Pages) -> None:
    """Browsers hold redirects of a form to ``form-action`` too, so the provider's address stands there, on drivers' pages alone."""
    here = pages.nobody().get("/me/sign-in").headers["Content-Security-Policy"].split("; ")
    origin = urlsplit(pages.world.settings.public_url)
    assert here[-1] == f"form-action 'self' {origin.scheme}://{origin.netloc}"
    assert "; ".join(here[:-1]) == POLICY.rpartition("; ")[0]
    assert POLICY.endswith("; form-action 'self'")
    assert pages.nobody().get("/sign-in").headers["Content-Security-Policy"] == POLICY


def test_the_policy_has_no_way_around() -> None:
    assert "unsafe" not in POLICY
    assert "*" not in POLICY
    assert POLICY.startswith("default-src 'none'")


def test_posts_need_the_token_and_a_page_of_ours(pages: Pages) -> None:
    carla = pages.as_("carla")
    assert carla.client.post("/sign-out").status_code == 403
    assert carla.post("/sign-out", headers={"Origin": "https://evil.example"}).status == 403
    assert carla.post("/sign-out", headers={"Sec-Fetch-Site": "cross-site"}).status == 403
    assert carla.get("/account").status == 200
    assert carla.post("/sign-out", headers={"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}).status == 303


def test_htmx_may_send_the_token_as_a_header(pages: Pages) -> None:
    carla = pages.as_("carla")
    token = re.search(r'"X-CSRFToken": "([^"]+)"', carla.get("/account").text)
    assert token is not None
    seen = carla.htmx(
        "/habits", method="POST", data={"name": "theme", "value": "dark", "next": "/account"}, headers={"X-CSRFToken": token[1]}
    )
    assert (seen.status, seen.location) == (200, "/account")


def test_nobody_is_sent_to_the_sign_in_page_also_from_within_a_page(pages: Pages) -> None:
    assert pages.nobody().get("/cpo/jobs").location.startswith("/sign-in?next=")
    seen = pages.nobody().htmx("/cpo/jobs", headers={"HX-Current-URL": "http://localhost/cpo/jobs?a=1"})
    assert (seen.status, seen.location) == (401, "/sign-in?next=/cpo/jobs?a%3D1")


def test_strangers_find_nothing_in_either_portal(pages: Pages) -> None:
    sommer, winter = (pages.world.cast.partners[k].code for k in ("sommer", "winter"))
    assert pages.as_("olga").get(f"/partner/{winter}/").status == 404
    assert pages.as_("olga").get("/cpo/jobs").status == 404
    assert pages.as_("carla").get(f"/partner/{sommer}/").status == 404
    assert pages.as_("olga").get("/partner/P-000000/").status == 404


def test_output_is_escaped(pages: Pages) -> None:
    furnish(pages)
    text_of_page = pages.as_("carla").get("/frame/unescaped").text
    assert "&lt;b&gt;" in text_of_page
    assert "<i>" not in text_of_page


def test_static_files_are_compressed_kept_and_fenced_in(pages: Pages) -> None:
    nobody = pages.nobody()
    address = re.search(r'href="(/static/bundle/portal\.css\?v=[0-9a-f]{10})"', nobody.get("/sign-in").text)
    assert address is not None
    sheet = nobody.client.get(address[1], headers={"Accept-Encoding": "br"})
    assert (sheet.headers["Content-Encoding"], sheet.headers["Cache-Control"]) == ("br", "public, max-age=31536000, immutable")
    assert len(sheet.data) < 80_000
    again = nobody.client.get(address[1], headers={"Accept-Encoding": "br", "If-None-Match": sheet.headers["ETag"]})
    assert again.status_code == 304
    for path in ("/static/../wsgi.py", "/static/%2e%2e/wsgi.py", "/static/css", "/static/none.css"):
        assert nobody.client.get(path).status_code == 404


def test_the_health_page_needs_nobody(pages: Pages) -> None:
    with pages.counting() as queries:
        answer = pages.nobody().client.get("/healthz")
    assert (answer.status_code, answer.get_json()["ok"], len(queries)) == (200, True, 0)


def test_a_page_of_the_portal_costs_few_statements(pages: Pages) -> None:
    carla = pages.as_("carla")
    carla.get("/cpo/jobs")
    with pages.counting() as queries:
        carla.get("/cpo/jobs")
    own = [q for q in queries.statements if "set_config" not in q]
    assert len(own) <= 5, own
