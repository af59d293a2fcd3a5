"""A site's photo: made small, without place and camera, seen by whoever sees the site, set and removed by whoever edits it."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageFile
from sqlalchemy import text

from app.domain.people.uploads import LARGEST, PHOTO_SIDE, photo
from app.kernel.errors import Invalid
from tests.cast import World
from tests.pages import Pages, Seen, Visitor


def picture(size: tuple[int, int] = (2400, 1200), kind: str = "JPEG", *, orientation: int = 1) -> bytes:
    """Red on the left half, blue on the right, taken at 54° North by a camera that says so."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (size[0] // 2, 0, *size))
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, "Kamera"
    exif.get_ifd(0x8825)[2] = (54.0, 19.0, 0.0)
    made = io.BytesIO()
    image.save(made, kind, exif=exif)
    return made.getvalue()


def send(who: Visitor, address: str, body: bytes, name: str = "platz.jpg") -> Seen:
    return who.post(address, {"file": (io.BytesIO(body), name)}, content_type="multipart/form-data")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_it_is_made_small_and_tells_nothing_of_the_camera(kind: str) -> None:
    with Image.open(io.BytesIO(photo(picture(kind=kind)))) as kept:
        assert (kept.format, kept.size, dict(kept.getexif())) == ("JPEG", (PHOTO_SIDE, PHOTO_SIDE // 2), {})


def test_it_stands_upright_and_has_no_holes() -> None:
    """Orientation 6: the camera was turned; what it wrote as left is at the top."""
    with Image.open(io.BytesIO(photo(picture((800, 400), orientation=6)))) as kept:
        assert kept.size == (400, 800)
        red, _, blue = kept.getpixel((200, 100))
        assert red > 200 > blue
    see_through = io.BytesIO()
    Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save(see_through, "PNG")
    with Image.open(io.BytesIO(photo(see_through.getvalue()))) as kept:
        assert kept.getpixel((1, 1)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "missing"),
        (b"%PDF-1.7\n", "no_picture"),
        (b"GIF89a", "no_picture"),
        (picture()[:400], "no_picture"),
        (picture()[:-300], "no_picture"),
        (b"\xff" * (LARGEST + 1), "file_too_large"),
    ],
)
def test_what_is_no_photo_is_refused(body: bytes, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)  # as WeasyPrint leaves it
    with pytest.raises(Invalid) as refused:
        photo(body)
    assert (refused.value.code, refused.value.field) == (code, "file")


def test_staff_set_it_partner_and_driver_see_it_a_stranger_does_not(pages: Pages, world: World) -> None:
    theo, site = pages.as_("theo"), world.cast.locations["marktplatz"]
    here, there = f"/cpo/locations/{site.code}", f"/partner/{world.cast.partners['sommer'].code}/locations/{site.code}"
    assert theo.get(f"{here}/photo.jpg").status == 404
    assert not pages.nobody().get("/q/NL-0417-1").soup.select("img.site-photo")
    refused = send(theo, f"{here}/photo", b"%PDF-1.7\n", "plan.pdf")
    assert refused.status == 422
    assert "kein lesbares JPEG" in refused.one("#file-error").get_text()
    assert theo.post(f"{here}/photo", {}, content_type="multipart/form-data").status == 422
    assert send(pages.as_("carla"), f"{here}/photo", picture()).status == 403
    assert not theo.get(here).soup.select("img.site-photo"), "nothing changed"
    assert send(theo, f"{here}/photo", picture()).location == here
    for who, address in ((theo, here), (pages.as_("olga"), there), (pages.nobody(), "/q/NL-0417-1")):
        shown = who.get(address).one("img.site-photo")
        assert shown["alt"] == f"Foto von {site.name}"
        found = who.client.get(str(shown["src"]))
        assert (found.status_code, found.headers["Content-Type"], found.headers["X-Content-Type-Options"]) == (200, "image/jpeg", "nosniff")
        assert found.data[:2] == b"\xff\xd8"
    winter = f"/partner/{world.cast.partners['winter'].code}"
    assert pages.as_("willi").get(f"{winter}/locations/{site.code}/photo.jpg").status == 404
    assert pages.nobody().get("/q/NL-0501-1/photo.jpg").status == 404
    assert pages.as_("carla").post(f"{here}/photo/remove").status == 403
    assert theo.post(f"{here}/photo/remove").location == here
    assert theo.get(f"{here}/photo.jpg").status == 404
    assert theo.post(f"{here}/photo/remove").location == here, "a second time changes nothing"


def test_whoever_sees_a_site_sees_its_photo_and_nobody_else(pages: Pages, world: World) -> None:
    """A forgotten filter finds nothing: the policy asks for the site."""
    send(pages.as_("theo"), f"/cpo/locations/{world.cast.locations['marktplatz'].code}/photo", picture((40, 40)))
    found = {}
    for who in ("theo", "olga", "willi"):
        with world.work(who) as work:
            found[who] = work.session.scalar(text("select count(*) from location_photo"))
    assert found == {"theo": 1, "olga": 1, "willi": 0}
