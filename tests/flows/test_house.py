"""The house stands: every part answers, and the sign-in page of the demo opens without a complaint of the browser."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import BrowserContext, expect

from tests.product import Product


def test_every_part_answers(live_product: Product) -> None:
    answer = httpx.get(f"{live_product.url}/healthz", timeout=20, trust_env=False)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_sign_in_page_lists_the_people_of_the_demo(new_context: Callable[..., BrowserContext], base_url: str, scheme: str) -> None:
    page = new_context(color_scheme=scheme).new_page()
    page.goto("/", wait_until="domcontentloaded")
    expect(page.get_by_text("carla@nordlicht.example")).to_be_visible()
    assert page.url.startswith(base_url)
