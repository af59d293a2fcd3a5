"""Jobs by name. A job is a function ``f(work, **args)`` that runs in one unit of work; calling it twice must be harmless.

Each module of ``app/tasks`` registers its own with ``@job("documents.statement")``; the names are what ``work.later`` is given.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any

JobFunction = Callable[..., dict[str, Any] | None]

_jobs: dict[str, JobFunction] = {}


def job(name: str) -> Callable[[JobFunction], JobFunction]:
    """Register a function under a name. What it returns (a small JSON object or None) is kept as the job's result."""

    def register(function: JobFunction) -> JobFunction:
        known = _jobs.setdefault(name, function)
        if known is not function and known.__module__ != function.__module__:
            raise RuntimeError(f"two jobs are called {name}: in {known.__module__} and in {function.__module__}")
        _jobs[name] = function
        return function

    return register


def load_all() -> dict[str, JobFunction]:
    """Import every module of this package, so that every job is registered; name -> function."""
    package = importlib.import_module("app.tasks")
    for module in pkgutil.iter_modules(package.__path__, "app.tasks."):
        if not module.name.endswith(("celery_app", "registry")):
            importlib.import_module(module.name)
    return dict(_jobs)


def find(name: str) -> JobFunction | None:
    """The function of a job, or None."""
    return _jobs.get(name)
