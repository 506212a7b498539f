"""The pages behind the links in mails, on the whole service: what a person without a frontend does."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from entrypoints.http.pages.texts import texts
from tests.support.http import JOHN
from tests.support.processes import service as started_service
from user_domain.value_objects.one_time_token import TokenPurpose

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2
    from playwright.sync_api import Browser, Locator, Page

    from tests.support.http import Service

NEW_PASSWORD = "Violet-Harbour-27"
NEW_EMAIL = "john.doe@example.org"


async def mailed(service: Service, purpose: TokenPurpose) -> str:
    """The token for a purpose, out of the mail that was just sent."""
    (token,) = [letter.tokens[purpose] for letter in await service.letters() if purpose in letter.tokens]
    return token


async def send_form(service: Service, purpose: TokenPurpose, token: str, **fields: str) -> httpx2.Response:
    """What a person does who follows the link: look, then send the form."""
    page = await service.client.get(f"/{purpose}", params={"token": token})
    assert page.status_code == 200
    assert f'action="{purpose}"' in page.text
    assert f'value="{token}"' in page.text
    return await service.client.post(f"/{purpose}", data={"token": token, **fields})


async def test_an_address_is_verified_by_the_form_and_not_by_looking(service: Service) -> None:
    await service.register()
    headers = await service.log_in()
    token = await mailed(service, TokenPurpose.VERIFY_EMAIL)
    for method in ("GET", "HEAD"):
        await service.client.request(method, "/verify-email", params={"token": token})
    status = await service.client.get("/auth/verification-status", headers=headers)
    assert status.json()["is_verified"] is False
    assert (await send_form(service, TokenPurpose.VERIFY_EMAIL, token)).status_code == 200
    status = await service.client.get("/auth/verification-status", headers=headers)
    assert status.json()["is_verified"] is True


async def test_a_password_is_reset_once_and_only_to_one_that_may_be_chosen(service: Service) -> None:
    await service.register()
    await service.letters()
    await service.client.post("/auth/forgot-password", json={"email": JOHN["email"]})
    token = await mailed(service, TokenPurpose.RESET_PASSWORD)
    refused = await send_form(service, TokenPurpose.RESET_PASSWORD, token, new_password="Password1!")
    assert (refused.status_code, "too easy to guess" in refused.text) == (422, True)
    assert (await send_form(service, TokenPurpose.RESET_PASSWORD, token, new_password=NEW_PASSWORD)).status_code == 200
    await service.log_in(password=NEW_PASSWORD)
    again = await send_form(service, TokenPurpose.RESET_PASSWORD, token, new_password=NEW_PASSWORD)
    assert again.status_code == 400


async def test_an_address_is_changed_and_changed_back(service: Service) -> None:
    user, headers = await service.enter()
    await service.letters()
    change = {"email": NEW_EMAIL, "current_password": JOHN["password"]}
    asked = await service.client.put(f"/users/{user['id']}", json=change, headers=headers)
    assert asked.is_success, asked.text
    confirm = await mailed(service, TokenPurpose.CONFIRM_EMAIL_CHANGE)
    assert (await send_form(service, TokenPurpose.CONFIRM_EMAIL_CHANGE, confirm)).status_code == 200
    undo = await mailed(service, TokenPurpose.UNDO_EMAIL_CHANGE)
    await service.log_in(NEW_EMAIL)
    assert (await send_form(service, TokenPurpose.UNDO_EMAIL_CHANGE, undo)).status_code == 200
    reset = await mailed(service, TokenPurpose.RESET_PASSWORD)
    assert (await send_form(service, TokenPurpose.RESET_PASSWORD, reset, new_password=NEW_PASSWORD)).status_code == 200
    await service.log_in(password=NEW_PASSWORD)


async def test_somebody_else_is_locked_out(service: Service) -> None:
    _, headers = await service.enter()
    token = await mailed(service, TokenPurpose.NOT_ME)
    assert (await send_form(service, TokenPurpose.NOT_ME, token)).status_code == 200
    assert (await service.client.get("/auth/me", headers=headers)).status_code == 401


# --- In a browser -----------------------------------------------------------------------------------------------------


@pytest.fixture
def browser() -> Iterator[Browser]:
    playwright = pytest.importorskip("playwright.sync_api", reason="needs requirements/heavy.txt (make test-heavy)")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("needs Debian's chromium (make ci-tools)")
    with playwright.sync_playwright() as browsers:
        started = browsers.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
        )
        yield started
        started.close()


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="user-service-pages-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.heavy
def test_from_the_mailbox_to_a_verified_address_without_javascript(browser: Browser, folder: Path) -> None:
    """The mail is shown in a sandbox, and its link leads out of it."""
    with started_service("dev", folder) as started:
        assert started.call("POST", "/auth/register", JOHN)[0] == 201
        context = browser.new_context(java_script_enabled=False, locale="fr-FR")
        mailbox = context.new_page()
        mail = open_mailbox(mailbox, started.url("/dev/mailbox"))
        mail.click()
        link = mailbox.frame_locator("iframe").locator("a[href*='/verify-email?token=']").first
        with context.expect_page() as opened:
            link.click()
        page = opened.value
        assert "?token=" in page.url
        page.get_by_role("button").click()
        page.wait_for_url("**/verify-email")
        assert page.get_by_role("heading").inner_text() == texts("fr")["verify-email"]["done_title"]

        status, tokens = started.call("POST", "/auth/login", {"email": JOHN["email"], "password": JOHN["password"]})
        assert status == 200
        _, verification = started.call("GET", "/auth/verification-status", token=tokens["access_token"])
        assert verification["is_verified"] is True


def open_mailbox(page: Page, url: str) -> Locator:
    """The link to the newest mail, as soon as the worker has sent one."""
    mails = page.locator(".mails a")
    for _ in range(100):
        page.goto(url)
        if mails.count():
            return mails.first
        page.wait_for_timeout(100)
    raise AssertionError("no mail came")
