"""POST /auth/not-me: the link in a security mail."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support.http import CLIENT_IP, JOHN, OTHER_PASSWORD, problem
from user_domain.testing.builders import PASSWORD, a_block
from user_domain.value_objects.letter import MailKind
from user_domain.value_objects.one_time_token import TokenPurpose

if TYPE_CHECKING:
    import httpx2

    from tests.support.http import Service

NOT_ME, RESET, VERIFY = TokenPurpose.NOT_ME, TokenPurpose.RESET_PASSWORD, TokenPurpose.VERIFY_EMAIL


async def alarmed(service: Service, headers: dict[str, str]) -> str:
    """Somebody changes the password; the token that the owner is mailed."""
    body = {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}
    assert (await service.client.post("/auth/change-password", headers=headers, json=body)).status_code == 200
    return (await service.letter(MailKind.PASSWORD_CHANGED)).tokens[NOT_ME]


async def log_in(service: Service, password: str) -> httpx2.Response:
    return await service.client.post("/auth/login", json={"email": JOHN["email"], "password": password})


async def test_whoever_it_was_is_out_at_once_and_cannot_come_back(service: Service) -> None:
    user, headers = await service.verify()
    token = await alarmed(service, headers)
    answer = await service.redeem(NOT_ME, token)
    assert (answer.status_code, set(answer.json()), answer.json()["success"]) == (200, {"message", "success"}, True)
    problem(await service.client.get("/auth/me", headers=headers), 401, "session_ended")
    problem(await log_in(service, OTHER_PASSWORD), 403, "password_reset_required")
    problem(await log_in(service, PASSWORD), 401, "invalid_credentials")
    (session,) = await service.rows("select end_reason from sessions")
    assert session == {"end_reason": "not_me"}
    (row,) = await service.rows("select * from users")
    assert row["password_reset_required_at"] is not None
    assert row["id"] == user["id"]


async def test_the_trail_says_so(service: Service) -> None:
    user, headers = await service.verify()
    await service.redeem(NOT_ME, await alarmed(service, headers))
    entry = [entry for entry in await service.audit_trail() if entry.action == "user:not-me"][-1]
    assert (entry.actor_id, entry.target_id, entry.client.ip_address) == (user["id"], user["id"], CLIENT_IP)
    await log_in(service, OTHER_PASSWORD)
    denied = (await service.audit_trail())[-1]
    assert (denied.action, denied.reason) == ("session:login:denied", "password_reset_required")


async def test_a_link_to_choose_another_password_follows_and_opens_the_door_again(service: Service) -> None:
    _, headers = await service.verify()
    await service.redeem(NOT_ME, await alarmed(service, headers))
    (letter,) = await service.letters()
    assert (letter.kind, letter.recipient.value) == ("reset_required", JOHN["email"])
    reset = await service.redeem(RESET, letter.tokens[RESET], new_password="ThirdPass-789")
    assert reset.status_code == 200
    assert (await log_in(service, "ThirdPass-789")).status_code == 200


async def test_one_can_ask_for_the_link_again(service: Service) -> None:
    _, headers = await service.verify()
    await service.redeem(NOT_ME, await alarmed(service, headers))
    await service.client.post("/auth/forgot-password", json={"email": JOHN["email"]})
    first, letter = await service.letters()
    problem(await service.redeem(RESET, first.tokens[RESET], new_password="ThirdPass-789"), 400, "token_invalid")
    assert (await service.redeem(RESET, letter.tokens[RESET], new_password="ThirdPass-789")).status_code == 200


async def test_it_works_once(service: Service) -> None:
    _, headers = await service.verify()
    token = await alarmed(service, headers)
    await service.redeem(NOT_ME, token)
    before = await service.rows("select * from users")
    problem(await service.redeem(NOT_ME, token), 400, "token_invalid")
    assert await service.rows("select * from users") == before


async def test_it_works_for_seven_days(service: Service) -> None:
    _, headers = await service.verify()
    token = await alarmed(service, headers)
    for row in await service.rows("select * from one_time_tokens where purpose = 'not-me'"):
        assert row["expires_at"] - row["issued_at"] == timedelta(days=7)
    await service.expire_tokens()
    problem(await service.redeem(NOT_ME, token), 400, "token_expired")
    assert (await service.client.get("/auth/me", headers=headers)).status_code == 200


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_looking_changes_nothing(service: Service, method: str) -> None:
    _, headers = await service.verify()
    token = await alarmed(service, headers)
    for path in ("/not-me", "/auth/not-me"):
        await service.client.request(method, path, params={"token": token})
    assert (await service.client.get("/auth/me", headers=headers)).status_code == 200
    assert (await service.redeem(NOT_ME, token)).status_code == 200


async def test_what_the_stranger_had_asked_for_is_off(service: Service) -> None:
    user, headers = await service.verify()
    token = await alarmed(service, headers)
    change = {"email": "stranger@example.com", "current_password": OTHER_PASSWORD}
    await service.client.put(f"/users/{user['id']}", headers=headers, json=change)
    confirm = (await service.letter(MailKind.CONFIRM_EMAIL_CHANGE)).tokens[TokenPurpose.CONFIRM_EMAIL_CHANGE]
    await service.redeem(NOT_ME, token)
    problem(await service.redeem(TokenPurpose.CONFIRM_EMAIL_CHANGE, confirm), 400, "token_invalid")
    assert [row["pending_email"] for row in await service.rows("select pending_email from users")] == [None]


async def test_each_security_mail_can_be_answered(service: Service) -> None:
    """Using one link does not use up that of another mail, of which the stranger might be the sender."""
    _, headers = await service.verify()
    first = await alarmed(service, headers)
    body = {"current_password": OTHER_PASSWORD, "new_password": PASSWORD}
    await service.client.post("/auth/change-password", headers=headers, json=body)
    second = (await service.letter(MailKind.PASSWORD_CHANGED)).tokens[NOT_ME]
    assert (await service.redeem(NOT_ME, first)).status_code == 200
    assert (await service.redeem(NOT_ME, second)).status_code == 200


async def test_whoever_did_not_register_shuts_the_strangers_account(service: Service) -> None:
    _, headers = await service.enter()
    letter = await service.letter(MailKind.VERIFY_EMAIL)
    assert (await service.redeem(NOT_ME, letter.tokens[NOT_ME])).status_code == 200
    problem(await service.client.get("/auth/me", headers=headers), 401, "session_ended")
    problem(await log_in(service, PASSWORD), 403, "password_reset_required")
    problem(await service.redeem(VERIFY, letter.tokens[VERIFY]), 400, "token_invalid")
    # Who wants nothing of an account is not mailed another link; who does, takes it over by a reset.
    assert await service.letters() == []
    await service.client.post("/auth/forgot-password", json={"email": JOHN["email"]})
    reset = (await service.letter(MailKind.RESET_PASSWORD)).tokens[RESET]
    assert (await service.redeem(RESET, reset, new_password=OTHER_PASSWORD)).status_code == 200
    assert (await log_in(service, OTHER_PASSWORD)).status_code == 200
    problem(await log_in(service, PASSWORD), 401, "invalid_credentials")


async def test_a_verification_asked_for_afterwards_lets_the_stranger_not_in_again(service: Service) -> None:
    await service.enter()
    letter = await service.letter(MailKind.VERIFY_EMAIL)
    await service.redeem(NOT_ME, letter.tokens[NOT_ME])
    await service.client.post("/auth/resend-verification", json={"email": JOHN["email"]})
    verify = (await service.letter(MailKind.VERIFY_EMAIL_AGAIN)).tokens[VERIFY]
    assert (await service.redeem(VERIFY, verify)).status_code == 200
    problem(await log_in(service, PASSWORD), 403, "password_reset_required")


async def test_a_shut_account_can_be_reported_too(service: Service) -> None:
    user, headers = await service.verify()
    token = await alarmed(service, headers)
    await service.restrict(user["id"], block=a_block())
    assert (await service.redeem(NOT_ME, token)).status_code == 200
    problem(await log_in(service, OTHER_PASSWORD), 403, "account_blocked")


async def test_no_link_goes_to_an_address_that_is_not_the_accounts_any_more(service: Service) -> None:
    """The one who was alarmed at the old address undoes the change; a reset link would go to the stranger's."""
    user, headers = await service.verify()
    token = await alarmed(service, headers)
    change = {"email": "stranger@example.com", "current_password": OTHER_PASSWORD}
    await service.client.put(f"/users/{user['id']}", headers=headers, json=change)
    confirm = (await service.letter(MailKind.CONFIRM_EMAIL_CHANGE)).tokens[TokenPurpose.CONFIRM_EMAIL_CHANGE]
    await service.redeem(TokenPurpose.CONFIRM_EMAIL_CHANGE, confirm)
    undo = (await service.letter(MailKind.EMAIL_CHANGED)).tokens[TokenPurpose.UNDO_EMAIL_CHANGE]
    assert (await service.redeem(NOT_ME, token)).status_code == 200
    assert await service.letters() == []
    assert (await service.redeem(TokenPurpose.UNDO_EMAIL_CHANGE, undo)).status_code == 200
    assert (await service.letter(MailKind.RESET_REQUIRED)).recipient.value == JOHN["email"]
