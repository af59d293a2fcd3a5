"""Papers of a partner: what they are is told from their bytes; published, withdrawn, replaced; a stranger finds nothing."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from app.domain.people.uploads import LARGEST, clean_name, media_type
from app.kernel.errors import Invalid
from tests.cast import World
from tests.pages import Pages, Seen, Visitor

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def png() -> bytes:
    body = io.BytesIO()
    Image.new("RGB", (3, 2), "white").save(body, "PNG")
    return body.getvalue()


def path(world: World, name: str = "sommer") -> str:
    return f"/cpo/partners/{world.cast.partners[name].code}/documents"


def send(who: Visitor, address: str, body: bytes, name: str = "Vertrag 2026.pdf", **more: str) -> Seen:
    data = {"kind": "contract", "name": "Vertrag 2026, unterschrieben", "language": "de", "file": (io.BytesIO(body), name), **more}
    return who.post(address, data, content_type="multipart/form-data")


def test_a_paper_is_uploaded_published_replaced_and_withdrawn(pages: Pages, world: World) -> None:
    here, there = path(world), f"/partner/{world.cast.partners['sommer'].code}/documents/shared"
    carla, olga = pages.as_("carla"), pages.as_("olga")
    assert "Keine Dokumente. Unterschriebene Verträge und Bescheinigungen gehören hierher." in carla.get(here).words
    assert "Keine Dokumente" in olga.get(there).words
    assert send(carla, f"{here}/new", PDF, "../../Vertrag\u202e 2026.exe", valid_until="2026-12-31").status == 303
    seen = carla.get(here)
    assert "Vertrag 2026.pdf" in seen.words
    assert "31.12.2026" in seen.words
    assert "Keine Dokumente" in olga.get(there).words, "not published yet"
    file = str(next(a["href"] for a in seen.soup.select("#papers a") if a.get_text() == "Vertrag 2026.pdf"))
    partners_own = file.replace("/cpo/partners/", "/partner/").replace("/documents/", "/documents/shared/")
    assert olga.get(partners_own).status == 404
    publish, replace = (f"{here}/{file.split('/')[-2]}/{act}" for act in ("publish", "replace"))
    assert carla.post(publish).status == 303
    assert carla.post(publish).status == 409
    taken = olga.get(partners_own)
    assert (taken.status, taken.response.data) == (200, PDF)
    assert taken.headers["Content-Type"] == "application/pdf"
    assert taken.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in taken.headers["Content-Security-Policy"]
    assert "Dokument veröffentlicht oder zurückgezogen: Vertrag 2026" in olga.get(there.replace("documents/shared", "history")).words
    assert send(carla, replace, png(), "scan.pdf").status == 303
    assert "1 frühere Fassung" in olga.get(there).words
    assert olga.get(partners_own).response.data == PDF, "the old version stays"
    assert olga.client.get(partners_own.removesuffix("1") + "2").headers["Content-Type"] == "image/png"
    assert carla.post(publish.replace("publish", "withdraw")).status == 303
    assert olga.get(partners_own).status == 404


def test_what_is_no_paper_is_refused_at_its_field(pages: Pages, world: World) -> None:
    carla, here = pages.as_("carla"), path(world)
    page = b"<html><script>alert(1)</script></html>"
    for body, name, sentence in (
        (page, "vertrag.pdf", "Das ist weder PDF noch PNG, JPEG oder WebP, das sich lesen lässt."),
        (png()[:40], "scan.png", "Das ist weder PDF"),
        (PDF + b"0" * LARGEST, "groß.pdf", "Die Datei ist größer als 10 MB."),
        (b"", "leer.pdf", ""),
    ):
        seen = send(carla, f"{here}/new", body, name)
        assert seen.status == 422
        assert sentence in seen.words
        assert seen.soup.select_one(".problem-summary a[href='#file']")
    assert send(carla, f"{here}/new", PDF, name=" ").status == 303
    assert send(carla, f"{here}/new", PDF, kind="x").status == 422
    assert send(carla, f"{here}/new", PDF, language="xx").status == 422
    with world.owner() as session:
        assert session.scalar(text("select count(*) from partner_paper")) == 1


def test_strangers_and_those_who_only_read(pages: Pages, world: World) -> None:
    carla, here = pages.as_("carla"), path(world)
    send(carla, f"{here}/new", PDF, publish="y")
    send(carla, f"{here}/new", PDF, kind="identity", name="Ausweis", publish="y")
    found = {a.get_text(): str(a["href"]) for a in carla.get(here).soup.select("#papers tbody tr a")}
    number = found["Vertrag 2026.pdf"]
    theo = pages.as_("theo").get(here).words
    assert "Ausweis" not in theo, "bank data are not the technician's"
    assert "Vertrag 2026" not in theo, "and terms neither"
    assert send(pages.as_("aylin"), f"{here}/new", PDF).status == 403
    willi = pages.as_("willi")
    assert willi.get(number).status == 404
    sommer, winter = (world.cast.partners[name].code for name in ("sommer", "winter"))
    key = number.split("/documents/")[1]
    assert willi.get(f"/partner/{winter}/documents/shared/{key}").status == 404
    assert willi.get(f"/partner/{sommer}/documents/shared/{key}").status == 404
    assert pages.as_("olga").get(f"/partner/{sommer}/documents/shared/{key}").status == 200


def test_the_database_keeps_what_was_uploaded(pages: Pages, world: World) -> None:
    send(pages.as_("carla"), f"{path(world)}/new", PDF)
    for statement in ("update partner_paper_version set file_name = 'x'", "delete from partner_paper_version", "delete from partner_paper"):
        with pytest.raises(DatabaseError, match=r"append-only|replaced by"), world.owner() as session:
            session.execute(text(statement))
    with world.tenant(world.actor("willi")) as session:
        assert session.scalar(text("select count(*) from partner_paper")) == 0
        assert session.scalar(text("select count(*) from partner_paper_version")) == 0


def test_names_and_types() -> None:
    assert clean_name("C:\\Users\\carla\\Vertrag.exe", "application/pdf") == "Vertrag.pdf"
    assert clean_name("../../etc/passwd", "application/pdf") == "passwd.pdf"
    assert clean_name('a<b>:"c".PDF', "application/pdf") == "a_b_c_.pdf"
    assert clean_name("\u202e\x00", "image/png") == "file.png"
    assert clean_name("x" * 300 + ".png", "image/png") == "x" * 100 + ".png"
    assert media_type(png()) == "image/png"
    with pytest.raises(Invalid, match="unknown_file"):
        media_type(b"GIF89a" + b"0" * 30)
