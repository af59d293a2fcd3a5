"""Compiled templates are read instead of compiled, compiled anew when the source changes, done without where nothing can be written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader

from app.text.compiled import CompiledTemplates


@pytest.fixture
def source(tmp_path: Path) -> Path:
    page = tmp_path / "pages" / "page.html"
    page.parent.mkdir()
    page.write_text("one {{ 1 + 1 }}", "utf-8")
    (page.parent / "other.html").write_text("other", "utf-8")
    return page


def _environment(source: Path, kept: Path, compiled: list[str]) -> Environment:
    """As a fresh process has it; ``compiled`` gathers what it had to compile."""

    class Watched(Environment):
        def compile(self, source: Any, name: Any = None, *rest: Any, **options: Any) -> Any:
            compiled.append(name)
            return super().compile(source, name, *rest, **options)

    return Watched(autoescape=True, loader=FileSystemLoader(source.parent), bytecode_cache=CompiledTemplates(kept, rules=Path(__file__)))


def test_a_second_process_reads_what_the_first_compiled(source: Path, tmp_path: Path) -> None:
    compiled: list[str] = []
    for _ in range(2):
        assert _environment(source, tmp_path / "kept", compiled).get_template("page.html").render() == "one 2"
    assert compiled == ["page.html"]
    source.write_text("two {{ 1 + 1 }}", "utf-8")
    assert _environment(source, tmp_path / "kept", compiled).get_template("page.html").render() == "two 2"
    assert compiled == ["page.html", "page.html"]


def test_before_the_first_request_only_kept_ones_are_read(source: Path, tmp_path: Path) -> None:
    compiled: list[str] = []
    _environment(source, tmp_path / "kept", compiled).get_template("page.html")
    fresh = _environment(source, tmp_path / "kept", compiled)
    assert isinstance(fresh.bytecode_cache, CompiledTemplates)
    assert fresh.bytecode_cache.read_kept(fresh) == 1
    assert fresh.get_template("page.html").render() == "one 2"
    assert compiled == ["page.html"]


def test_where_nothing_can_be_written_each_compiles_for_itself(source: Path, tmp_path: Path) -> None:
    compiled: list[str] = []
    for _ in range(2):
        assert _environment(source, tmp_path / "not" / "there", compiled).get_template("page.html").render() == "one 2"
    assert compiled == ["page.html", "page.html"]
    assert not (tmp_path / "not").exists()


def test_another_way_of_compiling_reads_nothing_old(source: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules.py"
    names = set()
    for text in ("trim", "no trim"):
        rules.write_text(text, "utf-8")
        cache, loader = CompiledTemplates(tmp_path / "kept", rules=rules), FileSystemLoader(source.parent)
        Environment(loader=loader, bytecode_cache=cache, autoescape=True).get_template("page.html")
        names |= {path.name for path in (tmp_path / "kept").iterdir()}
    assert len(names) == 2
