"""What an uploaded file is, told from its bytes and never from its name; and a name that is safe to give back. Pure."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock

from app.kernel.errors import Invalid

#: of one file, in bytes
LARGEST = 10_000_000
_PDF = "application/pdf"
_IMAGES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
_ENDINGS = {_PDF: "pdf", "image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}
_LONGEST_NAME = 100
#: an image that unfolds to more is not a scanned page
_MOST_PIXELS = 100_000_000
#: longer side of a photo as it is kept, in pixels
PHOTO_SIDE = 1600
#: a photo is unfolded whole to be made smaller
_PHOTO_PIXELS = 40_000_000
_READING = Lock()


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A file to take away."""

    name: str
    media_type: str
    body: bytes


def media_type(body: bytes, field: str = "file", *, otherwise: str = "unknown_file") -> str:
    """PDF, PNG, JPEG or WebP; refuses ``missing``, ``file_too_large``, and what is none of them as ``otherwise``."""
    from PIL import Image

    if not body:
        raise Invalid("missing", field=field)
    if len(body) > LARGEST:
        raise Invalid("file_too_large", field=field, most=LARGEST // 1_000_000)
    if body.startswith(b"%PDF-"):
        return _PDF
    try:
        with Image.open(io.BytesIO(body), formats=tuple(_IMAGES)) as image:
            kind, pixels = _IMAGES[image.format or ""], image.width * image.height
            image.verify()
    except Exception:  # noqa: BLE001 - what a damaged image raises is not listed anywhere
        raise Invalid(otherwise, field=field) from None
    if pixels > _MOST_PIXELS:
        raise Invalid(otherwise, field=field)
    return kind


def photo(body: bytes, field: str = "file") -> bytes:
    """A JPEG made of a picture: upright, at most ``PHOTO_SIDE`` long, without place, time and camera.

    Refuses ``missing``, ``file_too_large`` and ``no_picture``.
    """
    from PIL import Image, ImageOps

    if media_type(body, field, otherwise="no_picture") == _PDF:
        raise Invalid("no_picture", field=field)
    made = io.BytesIO()
    try:
        with Image.open(io.BytesIO(body), formats=tuple(_IMAGES)) as image:
            image.draft("RGB", (PHOTO_SIDE, PHOTO_SIDE))  # a large JPEG is unfolded small at once
            if image.width * image.height > _PHOTO_PIXELS:
                raise Invalid("no_picture", field=field)
            with _cut_ones_refused():
                upright = ImageOps.exif_transpose(image).convert("RGBA")
            upright.thumbnail((PHOTO_SIDE, PHOTO_SIDE))
            paper = Image.new("RGB", upright.size, "white")
            paper.paste(upright, mask=upright)
            paper.save(made, "JPEG", quality=82, optimize=True)
    except (OSError, SyntaxError, ValueError):
        raise Invalid("no_picture", field=field) from None
    return made.getvalue()


@contextmanager
def _cut_ones_refused() -> Iterator[None]:
    """WeasyPrint, once imported, lets Pillow take pictures that end too early for whole ones, in the whole process."""
    from PIL import ImageFile

    with _READING:
        kept, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, False
        try:
            yield
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = kept


def clean_name(name: str, kind: str) -> str:
    """The file's own name without folders, control and direction characters, with the ending of what it is: ``Vertrag 2026.pdf``."""
    last = re.split(r"[/\\]", name)[-1]
    readable = "".join(c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c)[0] != "C")
    stem = re.sub(r'[<>:"|?*;%]+', "_", readable.rpartition(".")[0] or readable)
    stem = " ".join(stem.split()).strip(" .")[:_LONGEST_NAME].strip()
    return f"{stem or 'file'}.{_ENDINGS[kind]}"
