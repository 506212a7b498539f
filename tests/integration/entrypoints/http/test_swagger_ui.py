"""The API documentation in a real browser, behind closed doors: nothing may come from another host."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.processes import service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

pytestmark = pytest.mark.heavy

JOHN = {"name": "John Doe", "email": "john@example.com", "mobile": "1234567890", "password": "SecurePass123!"}


@pytest.fixture
def page() -> Iterator[Page]:
    playwright = pytest.importorskip("playwright.sync_api", reason="needs requirements/heavy.txt (make test-heavy)")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("needs Debian's chromium (make ci-tools)")
    with playwright.sync_playwright() as browsers:
        browser = browsers.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
        )
        yield browser.new_page()
        browser.close()


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="user-service-swagger-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_the_authorize_button_logs_in_and_try_it_out_answers(page: Page, folder: Path) -> None:
    with service("dev", folder) as started:
        assert started.call("POST", "/auth/register", JOHN)[0] == 201
        requested: list[str] = []
        page.on("request", lambda request: requested.append(request.url))

        page.goto(started.url("/docs"))
        page.get_by_role("button", name="Authorize").first.click()
        page.locator("#oauth_username").fill(JOHN["email"])
        page.locator("#oauth_password").fill(JOHN["password"])
        page.get_by_role("button", name="Apply given OAuth2 credentials").click()
        page.get_by_role("button", name="Remove authorization").wait_for()
        page.locator(".modal-ux .btn-done").first.click()  # one per way to log in

        operation = page.locator("[id^=operations-auth-me]")
        operation.locator(".opblock-summary-control").click()
        operation.get_by_role("button", name="Try it out").click()
        operation.get_by_role("button", name="Execute").click()
        answer = operation.locator(".live-responses-table .response-col_description .highlight-code").first
        answer.wait_for()
        assert '"email": "john@example.com"' in answer.inner_text()

        assert all(url.startswith((started.url("/"), "data:")) for url in requested), requested
