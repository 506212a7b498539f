"""EMAIL_VERIFICATION=required: nobody gets in before the address is confirmed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.http import ADA, JOHN, OTHER_PASSWORD, bearer, compose_http, problem, running, token_of
from user_domain.testing.builders import PASSWORD
from user_domain.value_objects.letter import MailKind
from user_domain.value_objects.one_time_token import TokenPurpose

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx2

    from tests.support.http import Service

VERIFY, RESET = TokenPurpose.VERIFY_EMAIL, TokenPurpose.RESET_PASSWORD


@pytest.fixture
async def service(conninfo: str) -> AsyncIterator[Service]:
    async with running(compose_http(conninfo, email_verification="required")) as service:
        yield service


async def log_in(service: Service, password: str = PASSWORD, email: str = JOHN["email"]) -> httpx2.Response:
    return await service.client.post("/auth/login", json={"email": email, "password": password})


async def test_a_new_account_is_pending(service: Service) -> None:
    user = await service.register()
    assert (user["status"], user["is_email_verified"]) == ("pending_verification", False)


@pytest.mark.parametrize("path", ["/auth/login", "/auth/token"])
async def test_only_who_knows_the_password_hears_why_not(service: Service, path: str) -> None:
    user = await service.register()

    async def attempt(email: str, password: str) -> httpx2.Response:
        if path == "/auth/token":
            return await service.client.post(path, data={"username": email, "password": password})
        return await service.client.post(path, json={"email": email, "password": password})

    wrong = await attempt(JOHN["email"], "Wrong-Pass-1")
    unknown = await attempt("nobody@example.com", "Wrong-Pass-1")
    for answer in (wrong, unknown):
        problem(answer, 401, "invalid_credentials")
    problem(await attempt(JOHN["email"], PASSWORD), 403, "email_not_verified")
    denied = (await service.audit_trail())[-1]
    assert (denied.action, denied.target_id, denied.reason) == (
        "session:login:denied",
        user["id"],
        "email_not_verified",
    )
    assert await service.rows("select from sessions") == []


async def test_after_verification_the_door_is_open(service: Service) -> None:
    await service.register()
    token = (await service.letter(MailKind.VERIFY_EMAIL)).tokens[VERIFY]
    assert (await service.redeem(VERIFY, token)).status_code == 200
    headers = bearer((await log_in(service)).json()["access_token"])
    me = (await service.client.get("/auth/me", headers=headers)).json()
    assert (me["status"], me["is_email_verified"]) == ("active", True)


async def test_a_reset_proves_the_address_too(service: Service) -> None:
    await service.register()
    await service.client.post("/auth/forgot-password", json={"email": JOHN["email"]})
    token = (await service.letter(MailKind.RESET_PASSWORD)).tokens[RESET]
    assert (await service.redeem(RESET, token, new_password=OTHER_PASSWORD)).status_code == 200
    assert (await log_in(service, OTHER_PASSWORD)).status_code == 200


async def test_another_mail_can_be_asked_for(service: Service) -> None:
    await service.register()
    await service.letters()
    await service.client.post("/auth/resend-verification", json={"email": JOHN["email"]})
    token = (await service.letter(MailKind.VERIFY_EMAIL_AGAIN)).tokens[VERIFY]
    await service.redeem(VERIFY, token)
    assert (await log_in(service)).status_code == 200


async def test_the_gravest_reason_is_told(service: Service) -> None:
    await service.register()
    not_me = (await service.letter(MailKind.VERIFY_EMAIL)).tokens[TokenPurpose.NOT_ME]
    await service.redeem(TokenPurpose.NOT_ME, not_me)
    problem(await log_in(service), 403, "email_not_verified")


async def test_when_it_becomes_required_sessions_of_the_unverified_are_shut_out_at_once(
    service: Service, conninfo: str
) -> None:
    async with running(compose_http(conninfo)) as lenient:
        user, headers = await lenient.enter()
        assert (await lenient.client.get("/auth/me", headers=headers)).json()["status"] == "active"
        token = (await lenient.letter(MailKind.VERIFY_EMAIL)).tokens[VERIFY]
    assert token_of(headers)
    body = {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}
    for answer in (
        await service.client.get("/auth/me", headers=headers),
        await service.client.get("/auth/verification-status", headers=headers),
        await service.client.get(f"/users/{user['id']}", headers=headers),
        await service.client.put(f"/users/{user['id']}", headers=headers, json={"name": "Jane Roe"}),
        await service.client.post("/auth/change-password", headers=headers, json=body),
    ):
        problem(answer, 403, "email_not_verified")
    await service.redeem(VERIFY, token)
    assert (await service.client.get("/auth/me", headers=headers)).status_code == 200  # the session lived on


async def test_an_admin_sees_who_is_pending_and_vouches_for_an_address(service: Service) -> None:
    user = await service.register()
    await service.verify(**ADA)
    await service.promote(ADA["email"])
    headers = await service.log_in(ADA["email"])
    path = f"/users/{user['id']}"
    assert (await service.client.get(path, headers=headers)).json()["status"] == "pending_verification"
    answer = await service.client.put(path, headers=headers, json={"email": "new@example.com"})
    assert answer.json()["status"] == "active"
    assert (await log_in(service, email="new@example.com")).status_code == 200


async def test_an_account_is_of_use_again_after_an_address_that_was_never_verified_is_restored(
    service: Service, conninfo: str
) -> None:
    """An undo is proof of the old address."""
    async with running(compose_http(conninfo)) as lenient:
        user, headers = await lenient.enter()
        change = {"email": "new@example.com", "current_password": PASSWORD}
        await lenient.client.put(f"/users/{user['id']}", headers=headers, json=change)
        confirm = (await lenient.letter(MailKind.CONFIRM_EMAIL_CHANGE)).tokens[TokenPurpose.CONFIRM_EMAIL_CHANGE]
        await lenient.redeem(TokenPurpose.CONFIRM_EMAIL_CHANGE, confirm)
    undo = (await service.letter(MailKind.EMAIL_CHANGED)).tokens[TokenPurpose.UNDO_EMAIL_CHANGE]
    assert (await service.redeem(TokenPurpose.UNDO_EMAIL_CHANGE, undo)).status_code == 200
    token = (await service.letter(MailKind.RESET_REQUIRED)).tokens[RESET]
    await service.redeem(RESET, token, new_password=OTHER_PASSWORD)
    assert (await log_in(service, OTHER_PASSWORD)).status_code == 200
