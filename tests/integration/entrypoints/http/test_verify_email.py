"""POST /auth/verify-email and /auth/resend-verification, GET /auth/verification-status."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support.http import ADA, CLIENT_IP, JANE, JOHN, USER_AGENT, problem, violations
from user_domain.value_objects.letter import MailKind
from user_domain.value_objects.one_time_token import TokenPurpose

if TYPE_CHECKING:
    import httpx2

    from tests.support.http import Service

VERIFY = TokenPurpose.VERIFY_EMAIL
NOT_VALID = "This link is not valid any more. Please ask for a new one."


async def registered(service: Service, **person: str) -> str:
    """Register; the token that was mailed."""
    await service.register(**person)
    return (await service.letter(MailKind.VERIFY_EMAIL)).tokens[VERIFY]


async def resend(service: Service, email: str = JOHN["email"]) -> httpx2.Response:
    return await service.client.post("/auth/resend-verification", json={"email": email})


async def let_cool_downs_end(service: Service) -> None:
    assert await service.rows("update cool_downs set until = now() - interval '1 second' returning key")


async def test_registering_mails_a_link_and_tells_when_from_where_and_with_what(service: Service) -> None:
    user = await service.register()
    (letter,) = await service.letters()
    assert (letter.kind, letter.recipient.value, letter.name.value) == ("verify_email", JOHN["email"], "John Doe")
    assert letter.ip_address == CLIENT_IP
    assert letter.occurred_at.isoformat(timespec="microseconds").replace("+00:00", "Z") == user["created_at"]
    assert set(letter.tokens) == {TokenPurpose.VERIFY_EMAIL, TokenPurpose.NOT_ME}
    assert await service.letters() == []


async def test_the_token_of_the_mail_verifies_the_address(service: Service) -> None:
    token = await registered(service)
    headers = await service.log_in()
    answer = await service.redeem(VERIFY, token)
    assert answer.status_code == 200
    assert answer.json() == {"message": "Your e-mail address is confirmed.", "success": True, "is_verified": True}
    me = await service.client.get("/auth/me", headers=headers)
    assert (me.json()["is_email_verified"], me.headers["ETag"]) == (True, '"2"')


async def test_the_trail_tells_who_verified_and_from_where(service: Service) -> None:
    user = await service.register()
    token = (await service.letter(MailKind.VERIFY_EMAIL)).tokens[VERIFY]
    await service.client.post("/auth/verify-email", json={"token": token}, headers={"X-Request-ID": "the-click"})
    entry = (await service.audit_trail())[-1]
    assert (entry.action, entry.actor_id, entry.target_id) == ("user:verify-email", user["id"], user["id"])
    assert (entry.client.ip_address, entry.client.user_agent) == (CLIENT_IP, USER_AGENT)
    assert entry.client.request_id == "the-click"


async def test_twice_is_as_good_as_once(service: Service) -> None:
    token = await registered(service)
    first = await service.redeem(VERIFY, token)
    before = (await service.rows("select * from users"), len(await service.audit_trail()))
    for _ in range(3):
        again = await service.redeem(VERIFY, token)
        assert (again.status_code, again.json()) == (200, first.json())
    assert (await service.rows("select * from users"), len(await service.audit_trail())) == before


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
async def test_no_other_method_spends_a_token(service: Service, method: str) -> None:
    token = await registered(service)
    answer = await service.client.request(method, "/auth/verify-email", params={"token": token})
    assert answer.status_code == 405
    assert await service.rows("select from one_time_tokens where used_at is not null") == []


async def test_a_token_is_good_for_a_day(service: Service) -> None:
    token = await registered(service)
    (row,) = await service.rows("select * from one_time_tokens where purpose = 'verify-email'")
    assert row["expires_at"] - row["issued_at"] == timedelta(hours=24)
    await service.expire_tokens()
    problem(await service.redeem(VERIFY, token), 400, "token_expired")
    refused = (await service.audit_trail())[-1]
    assert (refused.action, refused.reason) == ("token:redeem:refused", "token_expired")
    assert await service.rows("select from users where email_verified_at is not null") == []


async def test_a_token_that_was_used_in_time_may_be_tried_again_later(service: Service) -> None:
    token = await registered(service)
    await service.redeem(VERIFY, token)
    await service.expire_tokens()
    assert (await service.redeem(VERIFY, token)).status_code == 200


async def test_what_is_no_token_of_ours_is_refused_and_leaves_no_trace(service: Service) -> None:
    token = await registered(service)
    before = len(await service.audit_trail())
    swapped = token[:-2] + token[-2:][::-1]
    for other in ("", " ", token[:-1], f"{token}A", f"{token} ", f" {token}", token.swapcase(), swapped, "x" * 10_000):
        if other != token:
            answer = await service.redeem(VERIFY, other)
            assert problem(answer, 400, "token_invalid")["detail"] == NOT_VALID
    assert len(await service.audit_trail()) == before
    assert (await service.redeem(VERIFY, token)).status_code == 200


async def test_each_token_is_good_for_its_own_purpose_only(service: Service) -> None:
    user, headers = await service.enter()
    tokens = dict((await service.letter(MailKind.VERIFY_EMAIL)).tokens)
    await service.client.post("/auth/forgot-password", json={"email": user["email"]})
    change = {"email": "new@example.com", "current_password": JOHN["password"]}
    assert (await service.client.put(f"/users/{user['id']}", headers=headers, json=change)).status_code == 200
    for letter in await service.letters():
        tokens |= letter.tokens
    _, admin = await service.enter_as_admin()
    await service.client.put(f"/users/{user['id']}", headers=admin, json={"email": "other@example.com"})
    tokens |= (await service.letter(MailKind.EMAIL_CHANGED)).tokens
    assert set(tokens) == set(TokenPurpose)
    before = await service.rows("select * from one_time_tokens order by id")
    for purpose in TokenPurpose:
        fields = {"new_password": "OtherPass456?"} if purpose is TokenPurpose.RESET_PASSWORD else {}
        for token in {tokens[other] for other in TokenPurpose if other is not purpose}:
            problem(await service.redeem(purpose, token, **fields), 400, "token_invalid")
    assert await service.rows("select * from one_time_tokens order by id") == before


async def test_a_newer_token_takes_the_place_of_the_older(service: Service) -> None:
    older = await registered(service)
    await resend(service)
    newer = (await service.letter(MailKind.VERIFY_EMAIL_AGAIN)).tokens[VERIFY]
    problem(await service.redeem(VERIFY, older), 400, "token_invalid")
    assert (await service.redeem(VERIFY, newer)).status_code == 200


async def test_a_mail_whose_token_is_void_before_it_leaves_does_not_leave(service: Service) -> None:
    await service.register()
    await service.rows("update one_time_tokens set voided_at = issued_at returning id")
    assert await service.letters() == []
    assert await service.rows("select from outgoing_mails") == []


async def test_verifying_leaves_a_change_of_address_pending(service: Service) -> None:
    user, headers = await service.enter()
    token = (await service.letter(MailKind.VERIFY_EMAIL)).tokens[VERIFY]
    change = {"email": "new@example.com", "current_password": JOHN["password"]}
    await service.client.put(f"/users/{user['id']}", headers=headers, json=change)
    confirm = (await service.letter(MailKind.CONFIRM_EMAIL_CHANGE)).tokens[TokenPurpose.CONFIRM_EMAIL_CHANGE]
    await service.redeem(VERIFY, token)
    me = (await service.client.get("/auth/me", headers=headers)).json()
    assert (me["is_email_verified"], me["pending_email"]) == (True, "new@example.com")
    assert (await service.redeem(TokenPurpose.CONFIRM_EMAIL_CHANGE, confirm)).status_code == 200


async def test_another_mail_can_be_asked_for(service: Service) -> None:
    user = await service.register()
    await service.letters()
    answer = await resend(service, " JOHN@Example.com ")
    assert (answer.status_code, set(answer.json()), answer.json()["success"]) == (200, {"message", "success"}, True)
    (letter,) = await service.letters()
    assert (letter.kind, letter.recipient.value, letter.name.value) == ("verify_email_again", JOHN["email"], "John Doe")
    entry = (await service.audit_trail())[-1]
    assert (entry.action, entry.actor_id, entry.target_id) == ("user:verification-request", None, user["id"])
    assert entry.client.ip_address == CLIENT_IP


async def test_who_has_no_address_to_verify_gets_no_mail_and_the_same_answer(service: Service) -> None:
    await service.verify(**JANE)
    await service.register()
    await service.letters()
    answers = [await resend(service, email) for email in (JOHN["email"], JANE["email"], "nobody@example.com")]
    assert {(answer.status_code, answer.text) for answer in answers} == {(200, answers[0].text)}
    assert [letter.recipient.value for letter in await service.letters()] == [JOHN["email"]]
    assert await service.rows("select from outgoing_mails") == []


async def test_it_can_be_asked_for_once_in_five_minutes(service: Service) -> None:
    await service.register()
    assert (await resend(service)).status_code == 200
    for email in (JOHN["email"], "JOHN@example.com", "  john@example.com"):
        answer = await resend(service, email)
        problem(answer, 429, "rate_limited")
        assert 1 <= int(answer.headers["Retry-After"]) <= 300
    assert (await resend(service, JANE["email"])).status_code == 200  # another address, another pause
    await let_cool_downs_end(service)
    assert (await resend(service)).status_code == 200


async def test_a_pause_does_not_say_whose_it_is(service: Service) -> None:
    await resend(service)
    (row,) = await service.rows("select key from cool_downs")
    assert len(row["key"]) == 32
    assert b"john" not in row["key"]
    assert (await service.rows("select until - now() <= interval '5 minutes' as short from cool_downs")) == [
        {"short": True}
    ]


@pytest.mark.parametrize("path", ["/auth/resend-verification", "/auth/forgot-password"])
async def test_what_is_no_address_is_refused_and_nothing_is_kept(service: Service, path: str) -> None:
    for email in (
        "",
        "john",
        "john@",
        "a@b.c\r\nBcc: jane@example.com",
        "john@exämple.com",
        "x" * 250 + "@example.com",
    ):
        ((field, code),) = violations(await service.client.post(path, json={"email": email}))
        assert (field, code) in {("email", "invalid_format"), ("email", "too_long")}
    assert await service.rows("select from outgoing_mails") == []
    assert await service.rows("select from cool_downs") == []


async def test_people_see_how_their_verification_stands(service: Service) -> None:
    user, headers = await service.enter()
    path = "/auth/verification-status"
    first = (await service.client.get(path, headers=headers)).json()
    expected = {"user_id": user["id"], "email": user["email"], "is_verified": False}
    assert first == expected | {"verification_sent_at": user["created_at"]}
    await service.letters()
    await resend(service)
    token = (await service.letter(MailKind.VERIFY_EMAIL_AGAIN)).tokens[VERIFY]
    second = (await service.client.get(path, headers=headers)).json()
    assert second["verification_sent_at"] > first["verification_sent_at"]
    await service.redeem(VERIFY, token)
    assert (await service.client.get(path, headers=headers)).json() == second | {"is_verified": True}


async def test_whose_address_was_never_asked_for_sees_that(service: Service) -> None:
    user, headers = await service.verify()
    _, admin = await service.enter_as_admin(**ADA)
    await service.client.put(f"/users/{user['id']}", headers=admin, json={"email": "new@example.com"})
    status = (await service.client.get("/auth/verification-status", headers=headers)).json()
    assert (status["email"], status["is_verified"], status["verification_sent_at"]) == ("new@example.com", True, None)


async def test_nobody_else_does(client: httpx2.AsyncClient) -> None:
    problem(await client.get("/auth/verification-status"), 401, "token_missing")


@pytest.mark.parametrize(
    ("accept_language", "typed", "kept"),
    [
        ("fr-CA,fr;q=0.9,en;q=0.8", None, "fr-CA"),
        ("ar", None, "ar"),
        ("en;q=0.5, fr", None, "fr"),
        ("fr", "de", "de"),
        ("*", None, None),
        (None, None, None),
        ("fr;q=0, *;q=0.1", None, None),
        ("x" * 5000, None, None),
        (";;;,,,q=1,\x01", None, None),
    ],
)
async def test_mails_speak_the_language_that_was_typed_or_else_the_browsers(
    service: Service, accept_language: str | None, typed: str | None, kept: str | None
) -> None:
    headers = {"Accept-Language": accept_language} if accept_language else {}
    answer = await service.client.post(
        "/auth/register", json=JOHN | ({"locale": typed} if typed else {}), headers=headers
    )
    assert (answer.status_code, answer.json()["locale"]) == (201, kept)
    (letter,) = await service.letters()
    assert (str(letter.locale) if letter.locale else None) == kept
