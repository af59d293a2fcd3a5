"""Templates: nothing the content policy forbids, one root per fragment, no bare words, only macros that exist."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import jinja2.nodes
import pytest
from jinja2 import Environment, nodes

from app.text.extract import ROOT
from app.text.render import TEMPLATES

#: mails and documents have their own sheets inside, for readers that load none
PAGES = sorted(p for p in TEMPLATES.rglob("*.html") if p.relative_to(TEMPLATES).parts[0] not in {"mail", "documents"})
ALL = sorted(TEMPLATES.rglob("*.html"))
FORBIDDEN = {
    "inline style": re.compile(r"<style|\sstyle\s*="),
    "inline script": re.compile(r"<script(?![^>]*\bsrc=)"),
    "handler attribute": re.compile(r"<[^>]*\son[a-z]+\s*="),
    "hx-on": re.compile(r"\bhx-on\b"),
    "scripted value": re.compile(r"[\"'{]\s*(?:js|javascript):"),
    "trigger filter": re.compile(r"hx-trigger=\"[^\"]*\["),
    "foreign host": re.compile(r"(?:src|href)=\"(?:https?:)?//"),
}
VOID = {
    "area",
    "base",
    "br",
    "col",
    "embed",
    "hr",
    "img",
    "input",
    "link",
    "meta",
    "source",
    "track",
    "wbr",
    "use",
    "path",
    "rect",
    "circle",
    "line",
}
BARE_ALLOWED = re.compile(r"^(?:Voltpact|kWh|kW|MHz|h|min|ms|s|AC|DC|EVSE|CSV|PDF|XML|UTC|OCPP|QR|VAT|x|€|[A-Z]{1,3})$")


def name(path: Path) -> str:
    return str(path.relative_to(TEMPLATES))


def without_jinja(text: str) -> str:
    text = re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL)
    text = re.sub(r"\{%-?\s*block (?:wide|live|density|robots|styles|scripts)\b.*?endblock\s*-?%\}", "", text, flags=re.DOTALL)
    return re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", text, flags=re.DOTALL)


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_nothing_that_the_content_policy_forbids(path: Path) -> None:
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", path.read_text("utf-8"), flags=re.DOTALL)
    assert [word for word, pattern in FORBIDDEN.items() if pattern.search(text)] == []


class _Roots(HTMLParser):
    """The elements at the top of a fragment."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = 0
        self.roots: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.depth == 0:
            self.roots.append((tag, dict(attrs)))
        if tag not in VOID:
            self.depth += 1

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.depth == 0:
            self.roots.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self.depth -= 1


def sent_alone() -> list[Path]:
    """Fragments that code answers with, or the stream renders."""
    code = "\n".join(p.read_text("utf-8") for p in (ROOT / "app").rglob("*.py"))
    named = {TEMPLATES / found for found in re.findall(r"\"([a-z0-9_/-]+/_[a-z0-9_]+\.html)\"", code)}
    return sorted(path for path in named if path.is_file())


def test_every_template_that_views_name_exists() -> None:
    views = [p for part in ("web", "portal_cpo", "portal_partner", "portal_driver") for p in (ROOT / "app" / part).rglob("*.py")]
    named = {t for p in views for t in re.findall(r"(?:page\(|fragment\(|part=)\s*\"([^\"]+\.html)\"", p.read_text("utf-8"))}
    assert sorted(t for t in named if not (TEMPLATES / t).is_file()) == []
    assert named


@pytest.mark.parametrize("path", ALL, ids=name)
def test_output_is_escaped(path: Path) -> None:
    assert not re.search(r"\|\s*safe\b|autoescape\s+false", path.read_text("utf-8"))


#: macros that open elements which the template itself closes
OPENERS = {"table_start": "<div><table>", "form_start": "<form>"}


def opened(node: nodes.Node) -> str:
    called = node.node if isinstance(node, jinja2.nodes.Call) else None
    return OPENERS.get(called.name, "x") if isinstance(called, jinja2.nodes.Name) else "x"


def branch(nodes: list[nodes.Node], *, first: bool) -> str:
    """The markup of a template with every condition true, or every condition false."""
    parts = []
    for node in nodes:
        if isinstance(node, jinja2.nodes.Output):
            parts += [n.data if isinstance(n, jinja2.nodes.TemplateData) else opened(n) for n in node.nodes]
        elif isinstance(node, jinja2.nodes.If):
            parts.append(branch(node.body if first else node.else_, first=first))
        elif isinstance(node, jinja2.nodes.For | jinja2.nodes.CallBlock):
            parts.append(branch(node.body, first=first))
    return "".join(parts)


@pytest.mark.parametrize("path", sent_alone(), ids=name)
def test_a_fragment_has_one_root(path: Path) -> None:
    body = Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"], autoescape=True).parse(path.read_text("utf-8")).body
    for first in (True, False):
        parser = _Roots()
        parser.feed(branch(body, first=first))
        assert len(parser.roots) <= 1, [tag for tag, _ in parser.roots]


@pytest.mark.parametrize("path", ALL, ids=name)
def test_no_bare_words(path: Path) -> None:
    text = without_jinja(path.read_text("utf-8"))
    text = re.sub(r"<style.*?</style>|<!--.*?-->|<title>|<code>.*?</code>|<kbd[^>]*>.*?</kbd>", "", text, flags=re.DOTALL)
    words = [w for part in re.sub(r"<[^>]*>", "\n", text).split("\n") for w in re.findall(r"[^\W\d_]{2,}", re.sub(r"&[a-z]+;", " ", part))]
    bare = [w for w in words if not BARE_ALLOWED.match(w)]
    spoken = re.findall(r"\s(?:aria-label|title|alt|placeholder|data-label)=\"([^\"{]*[^\W\d_][^\"{]*)\"", text)
    assert (bare, [w for w in spoken if not BARE_ALLOWED.match(w)]) == ([], [])


@pytest.mark.parametrize("path", ALL, ids=name)
def test_imports_and_includes_exist(path: Path) -> None:
    text = path.read_text("utf-8")
    for kind, target in re.findall(r"\{%-?\s*(include|import|extends|from)\s+\"([^\"]+)\"", text):
        assert (TEMPLATES / target).is_file(), (kind, target)
    for source, names in re.findall(r"\{%-?\s*from\s+\"([^\"]+)\"\s+import\s+([^%]+?)\s*(?:with context)?\s*-?%\}", text):
        made = set(re.findall(r"\{%-?\s*macro\s+(\w+)", (TEMPLATES / source).read_text("utf-8")))
        wanted = {n.split(" as ")[0].strip() for n in names.split(",")}
        assert wanted <= made, (source, wanted - made)
