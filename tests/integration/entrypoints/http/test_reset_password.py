"""POST /auth/forgot-password and /auth/reset-password."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support.http import (
    CLIENT_IP,
    JOHN,
    OTHER_PASSWORD,
    FreeHasher,
    compose_http,
    problem,
    running,
    violations,
)
from user_domain.testing.builders import PASSWORD, a_block, a_suspension
from user_domain.value_objects.letter import MailKind
from user_domain.value_objects.one_time_token import TokenPurpose

if TYPE_CHECKING:
    from typing import Any

    import httpx2

    from tests.support.http import Service

RESET = TokenPurpose.RESET_PASSWORD


async def forgot(service: Service, email: str = JOHN["email"]) -> httpx2.Response:
    return await service.client.post("/auth/forgot-password", json={"email": email})


async def mailed(service: Service, email: str = JOHN["email"]) -> str:
    """Forget the password; the token that was mailed."""
    assert (await forgot(service, email)).status_code == 200
    return (await service.letter(MailKind.RESET_PASSWORD)).tokens[RESET]


async def reset(service: Service, token: str, password: str = OTHER_PASSWORD) -> httpx2.Response:
    return await service.redeem(RESET, token, new_password=password)


async def log_in(service: Service, password: str) -> httpx2.Response:
    return await service.client.post("/auth/login", json={"email": JOHN["email"], "password": password})


async def test_whoever_forgot_the_password_gets_a_link(service: Service) -> None:
    user = await service.register()
    await service.letters()
    answer = await forgot(service, " JOHN@Example.com ")
    assert (answer.status_code, set(answer.json()), answer.json()["success"]) == (200, {"message", "success"}, True)
    (letter,) = await service.letters()
    assert (letter.kind, letter.recipient.value, set(letter.tokens)) == ("reset_password", JOHN["email"], {RESET})
    assert (letter.name.value, letter.ip_address) == ("John Doe", CLIENT_IP)
    entry = (await service.audit_trail())[-1]
    assert (entry.action, entry.actor_id, entry.target_id) == ("password:reset-request", None, user["id"])


async def test_a_stranger_gets_no_mail_and_the_same_answer(service: Service) -> None:
    await service.register()
    await service.letters()
    answers = [await forgot(service, email) for email in (JOHN["email"], "nobody@example.com")]
    assert {(answer.status_code, answer.text) for answer in answers} == {(200, answers[0].text)}
    assert [letter.recipient.value for letter in await service.letters()] == [JOHN["email"]]
    assert await service.rows("select from outgoing_mails") == []


async def test_the_link_sets_another_password_and_logs_nobody_in(service: Service) -> None:
    await service.register()
    token = await mailed(service)
    answer = await reset(service, token)
    assert (answer.status_code, set(answer.json()), answer.json()["success"]) == (200, {"message", "success"}, True)
    assert await service.rows("select from sessions") == []
    problem(await log_in(service, PASSWORD), 401, "invalid_credentials")
    assert (await log_in(service, OTHER_PASSWORD)).status_code == 200


async def test_every_session_ends(service: Service) -> None:
    await service.register()
    bearers = [await service.log_in() for _ in range(3)]
    await service.client.post("/auth/logout", headers=bearers[0])
    await reset(service, await mailed(service))
    for headers in bearers:
        problem(await service.client.get("/auth/me", headers=headers), 401, "session_ended")
    rows = await service.rows("select end_reason from sessions order by id")
    assert [row["end_reason"] for row in rows] == ["logout", "password_reset", "password_reset"]


async def test_it_is_told_by_mail_and_in_the_trail(service: Service) -> None:
    user = await service.register()
    await reset(service, await mailed(service))
    letter = await service.letter(MailKind.PASSWORD_CHANGED)
    assert (letter.recipient.value, set(letter.tokens)) == (JOHN["email"], {TokenPurpose.NOT_ME})
    entry = (await service.audit_trail())[-1]
    assert (entry.action, entry.actor_id, entry.target_id) == ("password:reset", user["id"], user["id"])
    assert entry.changes == ()


async def test_it_proves_the_address(service: Service) -> None:
    user = await service.register()
    verify = (await service.letter(MailKind.VERIFY_EMAIL)).tokens[TokenPurpose.VERIFY_EMAIL]
    await reset(service, await mailed(service))
    headers = await service.log_in(password=OTHER_PASSWORD)
    me = (await service.client.get("/auth/me", headers=headers)).json()
    assert (me["id"], me["is_email_verified"]) == (user["id"], True)
    problem(await service.redeem(TokenPurpose.VERIFY_EMAIL, verify), 400, "token_invalid")  # void, and not needed


async def test_a_token_works_once(service: Service) -> None:
    await service.register()
    token = await mailed(service)
    assert (await reset(service, token)).status_code == 200
    problem(await reset(service, token, "ThirdPass-789"), 400, "token_invalid")
    assert (await log_in(service, OTHER_PASSWORD)).status_code == 200
    refused = [entry for entry in await service.audit_trail() if entry.action == "token:redeem:refused"]
    assert [entry.reason for entry in refused] == ["token_invalid"]


async def test_a_token_is_good_for_an_hour(service: Service) -> None:
    await service.register()
    token = await mailed(service)
    (row,) = await service.rows("select * from one_time_tokens where purpose = 'reset-password'")
    assert row["expires_at"] - row["issued_at"] == timedelta(hours=1)
    await service.expire_tokens()
    problem(await reset(service, token), 400, "token_expired")
    assert (await log_in(service, PASSWORD)).status_code == 200


async def test_only_the_newest_of_several_works(service: Service) -> None:
    await service.register()
    tokens = [await mailed(service) for _ in range(3)]
    for older in tokens[:-1]:
        problem(await reset(service, older), 400, "token_invalid")
    assert (await reset(service, tokens[-1])).status_code == 200


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("Ab1!xyz", "too_short"),
        ("Ab1!" + "x" * 125, "too_long"),
        ("otherpass456?", "no_upper_case"),
        ("My-John-456?", "contains_personal_word"),
        ("Password1!", "too_common"),
    ],
)
async def test_a_password_that_may_not_be_chosen_does_not_use_up_the_token(
    service: Service, password: str, code: str
) -> None:
    await service.register()
    token = await mailed(service)
    assert violations(await reset(service, token, password)) == {("new_password", code)}
    assert (await log_in(service, PASSWORD)).status_code == 200
    assert (await reset(service, token)).status_code == 200


async def test_what_somebody_had_asked_for_before_is_off(service: Service) -> None:
    user, headers = await service.verify()
    change = {"email": "new@example.com", "current_password": PASSWORD}
    await service.client.put(f"/users/{user['id']}", headers=headers, json=change)
    confirm = (await service.letter(MailKind.CONFIRM_EMAIL_CHANGE)).tokens[TokenPurpose.CONFIRM_EMAIL_CHANGE]
    await reset(service, await mailed(service))
    problem(await service.redeem(TokenPurpose.CONFIRM_EMAIL_CHANGE, confirm), 400, "token_invalid")
    headers = await service.log_in(password=OTHER_PASSWORD)
    me = (await service.client.get("/auth/me", headers=headers)).json()
    assert (me["email"], me["pending_email"]) == (JOHN["email"], None)


@pytest.mark.parametrize(
    ("facts", "lifted", "code"),
    [
        ({"block": a_block()}, {"block": None}, "account_blocked"),
        ({"suspension": a_suspension(until=None)}, {"suspension": None}, "account_suspended"),
    ],
)
async def test_an_account_that_an_admin_has_shut_stays_shut(
    service: Service, facts: dict[str, Any], lifted: dict[str, Any], code: str
) -> None:
    user = await service.register()
    token = await mailed(service)
    await service.restrict(user["id"], **facts)
    before = await service.rows("select * from passwords")
    problem(await reset(service, token), 403, code)
    assert await service.rows("select * from passwords") == before
    await service.restrict(user["id"], **lifted)
    assert (await reset(service, token)).status_code == 200


async def test_of_the_account_s_standing_only_its_owner_hears(service: Service) -> None:
    """Not whoever has found a token that is used, void or expired, such as in an old mail."""
    user = await service.register()
    older, newer = await mailed(service), await mailed(service)
    await service.restrict(user["id"], block=a_block())
    problem(await reset(service, older), 400, "token_invalid")
    await service.expire_tokens()
    problem(await reset(service, newer), 400, "token_expired")


async def test_a_change_of_address_voids_a_token_mailed_to_the_old_one(service: Service) -> None:
    user = await service.register()
    token = await mailed(service)
    _, admin = await service.enter_as_admin()
    await service.client.put(f"/users/{user['id']}", headers=admin, json={"email": "new@example.com"})
    problem(await reset(service, token), 400, "token_invalid")


async def test_a_request_from_before_a_change_of_address_is_not_served_after_it(service: Service) -> None:
    user = await service.register()
    _, admin = await service.enter_as_admin()
    await service.letters()
    await forgot(service)
    await service.client.put(f"/users/{user['id']}", headers=admin, json={"email": "new@example.com"})
    assert [letter.kind for letter in await service.letters()] == [MailKind.EMAIL_CHANGED]


async def test_a_guess_costs_no_hash(conninfo: str) -> None:
    hasher = FreeHasher()
    async with running(compose_http(conninfo, hasher=hasher)) as service:
        await service.register()
        used = await mailed(service)
        await reset(service, used)
        before = hasher.calls
        for token in ("", "guess", "x" * 43, used):
            problem(await reset(service, token), 400, "token_invalid")
        assert hasher.calls == before


async def test_a_long_password_and_one_in_any_script_count_whole(service: Service) -> None:
    await service.register()
    for password in ("Zq7!" + "kärntner-süß " * 9, "密码是一个秘密的词1!"):
        await reset(service, await mailed(service), password)
        problem(await log_in(service, password[:-1]), 401, "invalid_credentials")
        assert (await log_in(service, password)).status_code == 200
