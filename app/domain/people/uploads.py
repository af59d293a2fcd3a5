"""What an uploaded file is, told from its bytes and never from its name; and a name that is safe to give back. Pure."""

from __future__ import annotations

import io
import re
import unicodedata
from dataclasses import dataclass

from app.kernel.errors import Invalid

#: of one file, in bytes
LARGEST = 10_000_000
_PDF = "application/pdf"
_IMAGES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
_ENDINGS = {_PDF: "pdf", "image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}
_LONGEST_NAME = 100
#: an image that unfolds to more is not a scanned page
_MOST_PIXELS = 100_000_000


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A file to take away."""

    name: str
    media_type: str
    body: bytes


def media_type(body: bytes, field: str = "file") -> str:
    """PDF, PNG, JPEG or WebP; refuses ``missing``, ``file_too_large`` and ``unknown_file``."""
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
        raise Invalid("unknown_file", field=field) from None
    if pixels > _MOST_PIXELS:
        raise Invalid("unknown_file", field=field)
    return kind


def clean_name(name: str, kind: str) -> str:
    """The file's own name without folders, control and direction characters, with the ending of what it is: ``Vertrag 2026.pdf``."""
    last = re.split(r"[/\\]", name)[-1]
    readable = "".join(c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c)[0] != "C")
    stem = re.sub(r'[<>:"|?*;%]+', "_", readable.rpartition(".")[0] or readable)
    stem = " ".join(stem.split()).strip(" .")[:_LONGEST_NAME].strip()
    return f"{stem or 'file'}.{_ENDINGS[kind]}"
