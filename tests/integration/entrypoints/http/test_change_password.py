"""POST /auth/change-password."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.http import (
    CLIENT_IP,
    JOHN,
    OTHER_PASSWORD,
    FreeHasher,
    MeddlingHasher,
    compose_http,
    problem,
    running,
    violations,
)
from user_domain.entities.audit_entry import AuditAction
from user_domain.errors import Overloaded
from user_domain.testing.builders import PASSWORD, a_block
from user_domain.value_objects.letter import MailKind
from user_domain.value_objects.one_time_token import TokenPurpose

if TYPE_CHECKING:
    import httpx2

    from tests.support.http import Service
    from user_domain.ports.password_hasher import PasswordHash, Verification
    from user_domain.value_objects.password import Password


async def change(
    service: Service, headers: dict[str, str], *, current: str = PASSWORD, new: str = OTHER_PASSWORD
) -> httpx2.Response:
    body = {"current_password": current, "new_password": new}
    return await service.client.post("/auth/change-password", headers=headers, json=body)


async def log_in(service: Service, password: str) -> httpx2.Response:
    return await service.client.post("/auth/login", json={"email": JOHN["email"], "password": password})


async def test_who_knows_the_password_chooses_another_one(service: Service) -> None:
    _, headers = await service.enter()
    answer = await change(service, headers)
    assert answer.status_code == 200
    assert answer.json() == {"message": "Your password is changed.", "sessions_ended": 0}
    problem(await log_in(service, PASSWORD), 401, "invalid_credentials")
    assert (await log_in(service, OTHER_PASSWORD)).status_code == 200


async def test_the_other_sessions_end_and_this_one_stays(service: Service) -> None:
    await service.register()
    others = [await service.log_in() for _ in range(3)]
    await service.client.post("/auth/logout", headers=others[0])
    headers = await service.log_in()
    assert (await change(service, headers)).json()["sessions_ended"] == 2
    assert (await service.client.get("/auth/me", headers=headers)).status_code == 200
    for other in others:
        problem(await service.client.get("/auth/me", headers=other), 401, "session_ended")
    rows = await service.rows("select end_reason from sessions order by id")
    assert [row["end_reason"] for row in rows] == ["logout", "password_change", "password_change", None]


async def test_nobody_else_is_logged_out(service: Service) -> None:
    _, jane = await service.enter(email="jane@example.com")
    _, headers = await service.enter()
    await change(service, headers)
    assert (await service.client.get("/auth/me", headers=jane)).status_code == 200


async def test_it_is_told_by_mail_and_in_the_trail(service: Service) -> None:
    user, headers = await service.verify()
    await change(service, headers)
    (letter,) = await service.letters()
    assert (letter.kind, letter.recipient.value) == ("password_changed", JOHN["email"])
    assert set(letter.tokens) == {TokenPurpose.NOT_ME}
    assert letter.ip_address == CLIENT_IP
    entry = (await service.audit_trail())[-1]
    assert (entry.action, entry.actor_id, entry.target_id) == ("password:change", user["id"], user["id"])
    assert entry.changes == ()


@pytest.mark.parametrize("tried", ["Wrong-Pass-1", PASSWORD.lower(), f"{PASSWORD} ", "", "x" * 1024, OTHER_PASSWORD])
async def test_who_does_not_know_it_changes_nothing(service: Service, tried: str) -> None:
    user, headers = await service.verify()
    other = await service.log_in()
    before = await service.rows("select * from passwords")
    problem(await change(service, headers, current=tried), 403, "wrong_password")
    assert await service.rows("select * from passwords") == before
    assert (await service.client.get("/auth/me", headers=other)).status_code == 200
    assert await service.letters() == []
    refused = (await service.audit_trail())[-1]
    assert (refused.action, refused.actor_id, refused.reason) == (
        "password:change:refused",
        user["id"],
        "wrong_password",
    )


@pytest.mark.parametrize(
    ("new", "code"),
    [
        ("Ab1!xyz", "too_short"),
        ("Ab1!" + "x" * 125, "too_long"),
        ("otherpass456?", "no_upper_case"),
        ("My-John-456?", "contains_personal_word"),
        ("Password1!", "too_common"),
    ],
)
async def test_a_password_that_may_not_be_chosen_changes_nothing(service: Service, new: str, code: str) -> None:
    _, headers = await service.enter()
    other = await service.log_in()
    assert violations(await change(service, headers, new=new)) == {("new_password", code)}
    assert (await service.client.get("/auth/me", headers=other)).status_code == 200
    assert (await log_in(service, PASSWORD)).status_code == 200
    # Whoever does not know the current one is not told about the new one.
    problem(await change(service, headers, current="Wrong-Pass-1", new=new), 403, "wrong_password")


async def test_what_is_too_long_to_be_a_password_is_not_hashed(conninfo: str) -> None:
    hasher = FreeHasher()
    async with running(compose_http(conninfo, hasher=hasher)) as service:
        _, headers = await service.enter()
        before = hasher.calls
        assert violations(await change(service, headers, current="x" * 1025)) == {("current_password", "too_long")}
        assert hasher.calls == before
        # The new one may be anything up to the body's limit; it is measured before it is hashed.
        assert violations(await change(service, headers, new="x" * 60_000)) >= {("new_password", "too_long")}
        assert hasher.calls == before + 1


async def test_tokens_that_give_power_over_the_account_are_void_and_those_that_protect_it_stay(
    service: Service,
) -> None:
    user, headers = await service.enter()
    tokens = dict((await service.letter(MailKind.VERIFY_EMAIL)).tokens)
    await service.client.post("/auth/forgot-password", json={"email": JOHN["email"]})
    wanted = {"email": "new@example.com", "current_password": PASSWORD}
    await service.client.put(f"/users/{user['id']}", headers=headers, json=wanted)
    for letter in await service.letters():
        tokens |= letter.tokens
    await change(service, headers)
    for purpose in (TokenPurpose.VERIFY_EMAIL, TokenPurpose.CONFIRM_EMAIL_CHANGE):
        problem(await service.redeem(purpose, tokens[purpose]), 400, "token_invalid")
    reset = await service.redeem(
        TokenPurpose.RESET_PASSWORD, tokens[TokenPurpose.RESET_PASSWORD], new_password="ThirdPass-789"
    )
    problem(reset, 400, "token_invalid")
    me = (await service.client.get("/auth/me", headers=headers)).json()
    assert (me["email"], me["pending_email"]) == (JOHN["email"], None)
    assert (await service.redeem(TokenPurpose.NOT_ME, tokens[TokenPurpose.NOT_ME])).status_code == 200


async def test_whose_address_is_not_verified_gets_another_link_for_that(service: Service) -> None:
    _, headers = await service.enter()
    await service.letters()
    await change(service, headers)
    letters = {letter.kind: letter for letter in await service.letters()}
    assert set(letters) == {MailKind.PASSWORD_CHANGED, MailKind.VERIFY_EMAIL_AGAIN}
    token = letters[MailKind.VERIFY_EMAIL_AGAIN].tokens[TokenPurpose.VERIFY_EMAIL]
    assert (await service.redeem(TokenPurpose.VERIFY_EMAIL, token)).status_code == 200


async def test_it_can_be_changed_again_and_back(service: Service) -> None:
    _, headers = await service.enter()
    assert (await change(service, headers)).status_code == 200
    assert (await change(service, headers, current=OTHER_PASSWORD, new=PASSWORD)).status_code == 200
    assert (await log_in(service, PASSWORD)).status_code == 200


async def test_who_is_not_logged_in_or_shut_out_changes_nothing(service: Service) -> None:
    problem(await change(service, {}), 401, "token_missing")
    user, headers = await service.enter()
    await service.restrict(user["id"], block=a_block())
    problem(await change(service, headers), 403, "account_blocked")
    actions = [entry.action for entry in await service.audit_trail()]
    assert AuditAction.PASSWORD_CHANGE not in actions


async def test_who_is_shut_out_while_the_hash_is_computed_changes_nothing(conninfo: str) -> None:
    hasher = MeddlingHasher()
    async with running(compose_http(conninfo, hasher=hasher)) as service:
        _, headers = await service.enter()
        letters = await service.letters()
        not_me = next(letter for letter in letters if letter.kind is MailKind.VERIFY_EMAIL).tokens[TokenPurpose.NOT_ME]
        before = await service.rows("select * from passwords")
        hasher.meddle = lambda: service.redeem(TokenPurpose.NOT_ME, not_me)
        problem(await change(service, headers), 403, "password_reset_required")
        assert await service.rows("select * from passwords") == before


@pytest.mark.parametrize("busy_with", ["verify", "hash"])
async def test_when_too_many_hashes_wait_nothing_changes_and_people_are_asked_to_come_back(
    conninfo: str, busy_with: str
) -> None:
    hasher = BusyHasher()
    async with running(compose_http(conninfo, hasher=hasher)) as service:
        user, headers = await service.verify()
        await service.client.post("/auth/forgot-password", json={"email": JOHN["email"]})
        token = (await service.letter(MailKind.RESET_PASSWORD)).tokens[TokenPurpose.RESET_PASSWORD]
        hasher.busy_with = busy_with
        answers = [await change(service, headers)]
        if busy_with == "hash":
            answers.append(await service.redeem(TokenPurpose.RESET_PASSWORD, token, new_password=OTHER_PASSWORD))
        else:
            body = {"email": "new@example.com", "current_password": PASSWORD}
            answers.append(await service.client.put(f"/users/{user['id']}", headers=headers, json=body))
        for answer in answers:
            problem(answer, 503, "overloaded")
        hasher.busy_with = ""
        await service.log_in()
        assert await service.letters() == []
        # The token is not used up.
        answer = await service.redeem(TokenPurpose.RESET_PASSWORD, token, new_password=OTHER_PASSWORD)
        assert answer.status_code == 200


class BusyHasher(FreeHasher):
    """Turns away what it is told to be busy with."""

    busy_with = ""

    async def hash(self, password: Password) -> PasswordHash:
        if self.busy_with == "hash":
            raise Overloaded
        return await super().hash(password)

    async def verify(self, password: Password, password_hash: PasswordHash | None) -> Verification:
        if self.busy_with == "verify":
            raise Overloaded
        return await super().verify(password, password_hash)
