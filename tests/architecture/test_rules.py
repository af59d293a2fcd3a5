"""Rules of docs/architecture.md, read from the source tree. Each failure names the file that broke it."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.architecture.sources import ROOT, called_names, functions, length, modules, public_functions, reached_names

FILE_LINES = 300
FUNCTION_LINES = 40
ROUTE_LINES = 20
#: longer on purpose, each with its reason
LONG_FILES = {
    "app/domain/network/models.py": "declarations only",
}
COMMITS = {
    "app/work/unit.py",
    "app/tasks/runner.py",  # claims, progress and failures of a job are noted outside the job's own transaction
}
CLOCKS = {"app/kernel/clock.py", "app/kernel/ids.py"}
ENVIRONMENT = {"app/settings.py"}


def test_files_and_functions_stay_small() -> None:
    long_files = [
        f"{name}: {len((ROOT / name).read_text().splitlines())} lines"
        for name in modules()
        if name not in LONG_FILES and len((ROOT / name).read_text().splitlines()) > FILE_LINES
    ]
    long_functions = [
        f"{name}:{node.lineno} {node.name}: {length(node)} lines"
        for name, tree in modules().items()
        for node in functions(tree)
        if length(node) > FUNCTION_LINES
    ]
    assert long_files == []
    assert long_functions == []


def test_only_the_unit_of_work_commits() -> None:
    guilty = [
        f"{name}:{call.lineno}"
        for name, tree in modules().items()
        if name not in COMMITS and not name.startswith(("app/db/", "app/runtime/", "app/bench/"))
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "commit"
        and not (isinstance(call.func.value, ast.Name) and call.func.value.id in {"room", "rooms"})
        and not (isinstance(call.func.value, ast.Attribute) and call.func.value.attr in {"room", "rooms"})
    ]
    assert guilty == []


def test_only_the_clock_asks_for_the_time() -> None:
    banned = {"datetime.now", "datetime.utcnow", "date.today", "datetime.today"}
    guilty = [name for name, tree in modules().items() if name not in CLOCKS and called_names(tree) & banned]
    assert guilty == []


def test_only_the_settings_read_the_environment() -> None:
    guilty = [
        f"{name}:{node.lineno}"
        for name, tree in modules().items()
        if name not in ENVIRONMENT and not name.startswith(("app/runtime/", "app/bench/"))
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in {"environ", "getenv"}
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    ]
    assert guilty == []


def test_no_float_decides_an_amount() -> None:
    guilty = []
    for name, tree in modules().items():
        if not name.startswith("app/money/") and "/forms/" not in name:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, float):
                guilty.append(f"{name}:{node.lineno} {node.value}")
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float":
                guilty.append(f"{name}:{node.lineno} float()")
    assert guilty == []


def actions() -> list[tuple[str, ast.FunctionDef]]:
    return [
        (name, function)
        for name, tree in modules("app/domain").items()
        if Path(name).name == "actions.py"
        for function in public_functions(tree)
        if "internal:" not in (ast.get_docstring(function) or "").lower()
    ]


def test_every_action_takes_the_work_asks_the_gate_and_records() -> None:
    wrong = []
    for name, function in actions():
        names = reached_names(modules("app/domain")[name], function)
        first = function.args.args[0].arg if function.args.args else ""
        if first != "work":
            wrong.append(f"{name}:{function.name} does not take work first")
        if not any("require" in n for n in names):
            wrong.append(f"{name}:{function.name} asks for no right")
        if not any("record" in n for n in names):
            wrong.append(f"{name}:{function.name} records nothing")
    assert wrong == []


def test_every_public_thing_says_what_it_guarantees() -> None:
    bare = []
    for name, tree in modules().items():
        source = (ROOT / name).read_text()
        if source.strip() and not ast.get_docstring(tree):
            bare.append(f"{name}: the module")
        for node in tree.body:
            public = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_")
            if public and not ast.get_docstring(node):
                bare.append(f"{name}:{node.lineno} {node.name}")
    assert bare == []


def test_names_say_what_a_thing_is() -> None:
    vague = {"utils", "util", "helpers", "helper", "manager", "process", "misc", "common"}
    assert [name for name in modules() if Path(name).stem in vague] == []
