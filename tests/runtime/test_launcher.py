"""The launcher ``./voltpact``: installs once, again only when a lock file changes, and says in one line what it may not do itself.

Each test has a small tree of its own whose tools (python, apt-get, npm ...) only note that they were called.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

PYTHON = """#!/bin/sh
echo "python $*" >> "$CALLS"
case "$*" in
  *"-m venv"*) mkdir -p "$TREE/.venv/bin"; cp "$0" "$TREE/.venv/bin/python" ;;
  *vendor*) mkdir -p "$TREE/static/vendor" ;;
  *"-m app.cli"*) echo "cli in $(pwd): $*" ;;
esac
exit 0
"""
NOTE = """#!/bin/sh
echo "$(basename "$0") $*" >> "$CALLS"
exit ${EXIT:-0}
"""
WITHOUT_THE_SHELL = NOTE.replace("exit", 'case "$*" in *headless-shell*) exit 100 ;; esac\nexit')
NPM = """#!/bin/sh
echo "npm $*" >> "$CALLS"
mkdir -p "$TREE/node_modules"
"""


@dataclass
class Tree:
    """A copy of the launcher with stub tools."""

    folder: Path
    tools: Path
    calls_file: Path

    def tool(self, name: str, text: str) -> None:
        path = self.tools / name
        path.write_text(text)
        path.chmod(0o755)

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        self.calls_file.write_text("")
        given = {"PATH": str(self.tools), "CALLS": str(self.calls_file), "TREE": str(self.folder), "HOME": str(self.folder)} | environment
        return subprocess.run([str(self.folder / "voltpact"), *arguments], env=given, cwd="/", capture_output=True, text=True, check=False)

    def calls(self, tool: str) -> list[str]:
        return [line for line in self.calls_file.read_text().splitlines() if line.startswith(tool + " ")]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    folder, tools = tmp_path / "tree", tmp_path / "tools"
    tools.mkdir()
    for name in ("requirements.lock", "requirements-dev.lock", "package-lock.json", "static/icons.txt", "app/runtime/vendor.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"content of {name}\n")
    shutil.copy(ROOT / "voltpact", folder / "voltpact")
    made = Tree(folder, tools, tmp_path / "calls")
    for real in ("sh", "dirname", "cat", "cksum", "tr", "mkdir", "rm", "grep", "ls", "cp", "basename", "sleep", "env"):
        (tools / real).symlink_to(str(shutil.which(real)))
    made.tool("python3.11", PYTHON)
    made.tool("npm", NPM)
    # this machine has every library; a test takes one away
    made.tool("ldconfig", "#!/bin/sh\necho libpango-1.0.so.0 libpangoft2-1.0.so.0 libharfbuzz-subset.so.0\n")
    made.tool("id", "#!/bin/sh\necho 1000\n")
    made.tool("chromium", NOTE)
    return made


@pytest.mark.parametrize(
    ("given", "compiled"),
    [
        ({}, "none"),
        ({"PYTHONDONTWRITEBYTECODE": "1"}, "{tree}/.venv/compiled"),
        ({"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPYCACHEPREFIX": "/elsewhere"}, "/elsewhere"),
    ],
)
def test_compiled_files_are_kept_even_where_none_may_lie_beside_the_sources(tree: Tree, given: dict[str, str], compiled: str) -> None:
    said = "echo no-writing=${PYTHONDONTWRITEBYTECODE-none} compiled=${PYTHONPYCACHEPREFIX-none}"
    tree.tool("python3.11", PYTHON.replace("exit 0", f'case "$*" in *"-m app.cli"*) {said} ;; esac; exit 0'))
    seen = tree.run("doctor", **given).stdout
    assert seen.splitlines()[-1] == f"no-writing=none compiled={compiled.format(tree=tree.folder)}"


def test_the_first_start_installs_and_the_second_only_hands_over(tree: Tree) -> None:
    first = tree.run("up", "--port", "8123")
    assert first.returncode == 0, first.stderr
    assert any("-m venv" in call for call in tree.calls("python"))
    assert any("pip install" in call and "--require-hashes" in call and "requirements.lock" in call for call in tree.calls("python"))
    assert tree.calls("npm") == ["npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error"]
    second = tree.run("up", "--port", "8123")
    assert second.stderr == ""
    assert second.stdout == "cli in /: -P -m app.cli up --port 8123\n"
    # asking the interpreter for its version, and the command itself
    assert len(tree.calls("python")) == 2
    assert tree.calls("npm") == []


@pytest.mark.parametrize(("changed", "again"), [("requirements.lock", "pip install"), ("static/icons.txt", "app.runtime.vendor")])
def test_a_changed_file_repeats_only_its_own_step(tree: Tree, changed: str, again: str) -> None:
    tree.run("up")
    with (tree.folder / changed).open("a") as file:
        file.write("changed\n")
    tree.run("up")
    repeated = [call for call in tree.calls("python") if "pip install" in call or "vendor" in call]
    assert len(repeated) == 1
    assert again in repeated[0]
    assert tree.calls("npm") == []


def test_a_failed_installation_is_tried_again(tree: Tree) -> None:
    failing = PYTHON.replace("exit 0", 'case "$*" in *"pip install"*) exit 1 ;; esac; exit 0')
    tree.tool("python3.11", failing)
    first = tree.run("price", "-")
    assert first.returncode == 2
    assert "requirements.lock could not be installed" in first.stderr
    assert "cli" not in first.stdout
    tree.tool("python3.11", PYTHON)
    shutil.copy(tree.tools / "python3.11", tree.folder / ".venv/bin/python")
    assert tree.run("price", "-").stdout == "cli in /: -P -m app.cli price -\n"
    assert not (tree.folder / ".launching").exists()


def test_the_developers_packages_cover_those_of_up(tree: Tree) -> None:
    tree.run("test", "tests/money")
    assert any("requirements-dev.lock" in call for call in tree.calls("python"))
    tree.run("up")
    assert not any("pip install" in call for call in tree.calls("python"))


def test_a_missing_library_is_installed_by_root(tree: Tree) -> None:
    tree.tool("ldconfig", "#!/bin/sh\necho libpango-1.0.so.0 libpangoft2-1.0.so.0\n")
    tree.tool("id", "#!/bin/sh\necho 0\n")
    tree.tool("apt-get", NOTE)
    assert tree.run("up").returncode == 0
    (call,) = [call for call in tree.calls("apt-get") if "harfbuzz" in call]
    assert call.endswith(("libharfbuzz-subset0", "libharfbuzz-subset0 fonts-dejavu-core"))


@pytest.mark.parametrize(("apt", "last"), [(NOTE, "chromium-headless-shell"), (WITHOUT_THE_SHELL, "chromium")])
def test_the_browser_is_the_one_without_windows_where_it_is_packaged(tree: Tree, apt: str, last: str) -> None:
    (tree.tools / "chromium").unlink()
    tree.tool("id", "#!/bin/sh\necho 0\n")
    tree.tool("apt-get", apt)
    assert tree.run("test", "tests/money").returncode == 0
    wanted = [call for call in tree.calls("apt-get") if " install " in call]
    assert wanted[0].endswith(" chromium-headless-shell")
    assert wanted[-1].endswith(f" {last}")


def test_a_browser_that_is_there_is_taken(tree: Tree) -> None:
    tree.tool("id", "#!/bin/sh\necho 0\n")
    tree.tool("apt-get", NOTE)
    tree.run("test", "tests/money")
    assert not [call for call in tree.calls("apt-get") if "chromium" in call]


def test_without_rights_it_prints_the_one_command(tree: Tree) -> None:
    tree.tool("ldconfig", "#!/bin/sh\necho libpango-1.0.so.0 libpangoft2-1.0.so.0\n")
    tree.tool("apt-get", NOTE)
    refused = tree.run("up")
    assert refused.returncode == 2
    assert "Run: sudo apt-get install -y --no-install-recommends libharfbuzz-subset0" in refused.stderr
    assert tree.calls("apt-get") == []
    assert refused.stdout == ""


def test_a_command_without_pages_needs_no_system_package(tree: Tree) -> None:
    tree.tool("ldconfig", "#!/bin/sh\n")
    (tree.tools / "npm").unlink()
    assert tree.run("price", "-").stdout == "cli in /: -P -m app.cli price -\n"
    assert tree.run("up", "--help").stdout == "cli in /: -P -m app.cli up --help\n"


def test_without_python_it_says_which_one_is_needed(tree: Tree) -> None:
    (tree.tools / "python3.11").unlink()
    refused = tree.run("up")
    assert refused.returncode == 2
    assert "needs Python 3.11 or newer" in refused.stderr


def test_an_old_python_is_passed_over(tree: Tree) -> None:
    tree.tool("python3", PYTHON)
    tree.tool("python3.11", "#!/bin/sh\nexit 1\n")
    assert tree.run("price", "-").returncode == 0
    assert any("-m venv" in call for call in tree.calls("python"))


def test_a_lock_left_by_a_killed_launcher_is_taken_away(tree: Tree) -> None:
    lock = tree.folder / ".launching"
    lock.mkdir()
    dead = subprocess.Popen(["true"])
    dead.wait()
    (lock / "pid").write_text(str(dead.pid))
    assert tree.run("price", "-").returncode == 0
    assert not lock.exists()


def test_the_real_launcher_is_quiet_and_quick_once_installed() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VOLTPACT_")}
    command = [str(ROOT / "voltpact"), "--help"]
    subprocess.run(command, env=environment, capture_output=True, check=True, timeout=300)
    again = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=10)
    assert again.stderr == ""
    assert "doctor" in again.stdout


def test_no_committed_file_of_the_installer_names_a_registry() -> None:
    for name in ("requirements.lock", "requirements-dev.lock", "requirements.in", "package-lock.json", "package.json", "voltpact"):
        text = (ROOT / name).read_text("utf-8")
        assert "--index-url" not in text, name
        assert "--find-links" not in text, name
        assert '"resolved"' not in text, name
        assert "://" not in "\n".join(line for line in text.splitlines() if '"url"' not in line), name
