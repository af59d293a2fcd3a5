"""The table event -> fragment: every line names a row class, a file and a right that exist, and every file is fit to be pushed."""

from __future__ import annotations

import re

import pytest

from app.access.permissions import Permission
from app.live.facts import Facts
from app.live.fragments import CPO, DRIVER, FRAGMENTS, PARTNER, SIGNALS, Fragment, row_class
from app.text.render import TEMPLATES
from app.work.audience import HEARD

LINES = [(name, fragment) for name, fragments in FRAGMENTS.items() for fragment in fragments]


@pytest.mark.parametrize(("name", "fragment"), LINES, ids=lambda value: value if isinstance(value, str) else value.template)
def test_each_line_names_what_exists(name: str, fragment: Fragment) -> None:
    assert issubclass(row_class(fragment.row), Facts)
    assert fragment.audiences <= {CPO, PARTNER, DRIVER}
    assert fragment.right is None or Permission(fragment.right) in HEARD
    source = (TEMPLATES / fragment.template).read_text("utf-8")
    assert fragment.template.rpartition("/")[2].startswith("_")
    root = re.search(r"<(\w+)[^>]*\bid=\"[^\"]+\"[^>]*\{\{ live_attr \}\}", source)
    assert root is not None, f"{fragment.template}: the root element needs an id and live_attr"
    assert "<input" not in source, "a fragment that is pushed holds no input"


@pytest.mark.parametrize("name", sorted(SIGNALS))
def test_signals_are_words_with_a_right_that_streams_know(name: str) -> None:
    signal, right = SIGNALS[name]
    assert re.fullmatch(r"[a-z-]+", signal)
    assert Permission(right) in HEARD
