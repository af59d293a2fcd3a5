"""The house as a whole: routes, jobs and events against their registries."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_floors_and_rooms_keep_their_direction() -> None:
    done = subprocess.run([Path(sys.executable).with_name("lint-imports")], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "pattern",
    [r"(?<![\w.])/(root|home)/\w|/work/(main|shared)", r"pypi\.org|files\.pythonhosted|registry\.npmjs", r"BEGIN [A-Z ]*PRIVATE KEY"],
)
def test_no_machine_path_registry_host_or_secret_is_committed(pattern: str) -> None:
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    this = str(Path(__file__).relative_to(ROOT))
    hits = [f for f in files if f != this and re.search(pattern, (ROOT / f).read_text(errors="ignore") if (ROOT / f).is_file() else "")]
    assert hits == []
