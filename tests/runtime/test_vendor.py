"""Browser files: copied all or nothing, icons drawn into one sprite, missing things named."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from app.runtime import vendor

SVG = """<svg
  xmlns="http://www.w3.org/2000/svg" width="24">
  <path stroke="none" d="M0 0h24v24H0z" fill="none" />
  <path d="M1 1" />
</svg>"""


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    for source in vendor.FILES:
        path = tmp_path / source
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("body{}\n//# sourceMappingURL=x.map\n")
    for name in ("outline/bolt", "filled/bolt", "outline/plug"):
        path = tmp_path / "@tabler" / "icons" / "icons" / f"{name}.svg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(SVG)
    return tmp_path


def listed(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "icons.txt"
    path.write_text(text)
    return path


def test_files_and_sprite_are_made(packages: Path, tmp_path: Path) -> None:
    target = tmp_path / "static" / "vendor"
    vendor.copy_all(packages, target, listed(tmp_path, "# names\nbolt\nplug  # twice\nplug\n\nfilled/bolt\n"))
    assert {path.name for path in target.iterdir()} == {*vendor.FILES.values(), "icons.svg"}
    assert (target / "htmx.min.js").read_text() == "body{}\n", "no pointer to a map that is not served"
    symbols = ET.parse(target / "icons.svg").getroot()
    assert [symbol.get("id") for symbol in symbols] == ["bolt", "plug", "bolt-filled"]
    assert [len(symbol) for symbol in symbols] == [1, 1, 1], "the empty square is left out"
    assert symbols[2].get("fill") == "currentColor"


def test_a_link_in_its_place_becomes_a_folder_and_what_it_led_to_stays(packages: Path, tmp_path: Path) -> None:
    target, elsewhere = tmp_path / "static" / "vendor", tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").write_text("")
    target.parent.mkdir()
    target.symlink_to(elsewhere)
    vendor.copy_all(packages, target, listed(tmp_path, "bolt\n"))
    assert not target.is_symlink()
    assert (target / "icons.svg").is_file()
    assert [path.name for path in elsewhere.iterdir()] == ["kept"]


@pytest.mark.parametrize(("names", "missing"), [("bolt\nno-such-icon\n", "no-such-icon"), ("filled/plug\n", "filled/plug")])
def test_an_unknown_icon_is_named_and_nothing_changes(packages: Path, tmp_path: Path, names: str, missing: str) -> None:
    target = tmp_path / "static" / "vendor"
    target.mkdir(parents=True)
    (target / "kept").write_text("")
    with pytest.raises(vendor.VendorError, match=missing):
        vendor.copy_all(packages, target, listed(tmp_path, names))
    assert (target / "kept").exists()


def test_every_icon_that_templates_use_is_listed() -> None:
    import re

    used = set()
    for folder in ("templates", "app"):
        for path in (vendor.ROOT / folder).rglob("*.html" if folder == "templates" else "*.py"):
            used |= set(re.findall(r"\bicon\(\s*[\"']([a-z0-9-]+)[\"']", path.read_text("utf-8")))
    listing = vendor.icon_names(vendor.ICON_LIST)
    names = {f"{name.removeprefix('filled/')}-filled" if name.startswith("filled/") else name for name in listing}
    assert used <= names, f"add to static/icons.txt: {sorted(used - names)}"
