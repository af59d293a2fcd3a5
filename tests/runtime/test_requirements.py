"""What the programs import is what requirements.in asks for: the developers' environment holds more and would hide a gap."""

from __future__ import annotations

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def names(listing: str) -> set[str]:
    lines = (ROOT / listing).read_text("utf-8").splitlines()
    return {found.group().lower().replace("_", "-") for line in lines if (found := re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", line))}


def imported(folder: Path) -> dict[str, str]:
    """Top-level module -> a file that imports it."""
    found: dict[str, str] = {}
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                modules.append(node.module)
            found |= {module.split(".")[0]: str(path.relative_to(ROOT)) for module in modules}
    return found


def test_every_import_of_the_programs_is_required() -> None:
    known = packages_distributions()
    required = names("requirements.in")
    # measurements and the test command run in the developers' environment
    developers = required | names("requirements-dev.in")
    missing = {}
    for module, path in imported(ROOT / "app").items():
        if module in sys.stdlib_module_names or module in {"app", "tests"}:
            continue
        allowed = developers if path.startswith("app/bench/") else required
        if not {dist.lower().replace("_", "-") for dist in known.get(module, [])} & allowed:
            missing[module] = path
    # what comes with a required package and is part of its interface
    for carried in ("werkzeug", "jinja2", "markupsafe", "itsdangerous", "kombu", "billiard"):
        missing.pop(carried, None)
    assert missing == {}


def test_the_locks_hold_what_is_required_with_hashes() -> None:
    for listing, lock in (("requirements.in", "requirements.lock"), ("requirements-dev.in", "requirements-dev.lock")):
        text = (ROOT / lock).read_text("utf-8")
        pins = re.findall(r"^([a-z0-9][a-z0-9._-]*)(?:\[[a-z,]+\])?==", text, re.MULTILINE)
        assert names(listing) <= set(pins), lock
        assert text.count("==") <= text.count("--hash=sha256:")
