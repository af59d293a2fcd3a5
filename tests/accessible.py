"""What axe, the checker of accessibility, finds on a page in a real browser."""

from __future__ import annotations

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

#: what WCAG 2.2 AA asks, as far as a machine can check it
WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
BEST = (*WCAG, "best-practice")
#: only the faults travel: what axe says about all that is right is more than the page
_ASK = "options => axe.run(options).then(results => results.violations)"


def violations(page: Page, rules: tuple[str, ...] = BEST) -> list[str]:
    """A line for every part of the page that breaks a rule: which rule, where, how."""
    page.wait_for_load_state()  # after a click the page may be on its way still
    page.evaluate(AXE_SCRIPT)
    found = page.evaluate(_ASK, {"runOnly": rules, "resultTypes": ["violations"]})
    return [f"{v['id']}: {n['target']} {n.get('failureSummary', '')}" for v in found for n in v["nodes"]]
