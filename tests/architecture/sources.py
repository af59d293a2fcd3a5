"""The source tree as syntax trees, for tests about the code itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


@cache
def modules(under: str = "app") -> dict[str, ast.Module]:
    """Path relative to the repository -> parsed module."""
    return {str(p.relative_to(ROOT)): ast.parse(p.read_text(encoding="utf-8")) for p in sorted((ROOT / under).rglob("*.py"))}


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def public_functions(tree: ast.Module) -> list[ast.FunctionDef]:
    """Top-level functions without a leading underscore."""
    return [node for node in tree.body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")]


def called_names(node: ast.AST) -> set[str]:
    """``a.b.c()`` gives "c" and "b.c"."""
    names: set[str] = set()
    for call in ast.walk(node):
        if isinstance(call, ast.Call):
            if isinstance(call.func, ast.Attribute):
                names.add(call.func.attr)
                if isinstance(call.func.value, ast.Name):
                    names.add(f"{call.func.value.id}.{call.func.attr}")
            elif isinstance(call.func, ast.Name):
                names.add(call.func.id)
    return names


def length(node: ast.AST) -> int:
    """Lines of a function."""
    return (node.end_lineno or 0) - node.lineno + 1  # type: ignore[attr-defined]


def reached_names(tree: ast.Module, function: ast.FunctionDef) -> set[str]:
    """The names a function calls, by itself or through functions of its own module."""
    own = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    found: set[str] = set()
    waiting = [function]
    while waiting:
        fresh = called_names(waiting.pop()) - found
        found |= fresh
        waiting.extend(own[name] for name in fresh if name in own)
    return found
