"""What admins do to accounts, and what the people feel who are in the middle of something."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.http import (
    ADA,
    CLIENT_IP,
    JANE,
    JOHN,
    OTHER_PASSWORD,
    TIMESTAMP,
    USER_AGENT,
    bearer,
    compose_http,
    next_page,
    problem,
    running,
    violations,
)
from user_domain.entities.audit_entry import AuditAction
from user_domain.testing.builders import PASSWORD
from user_domain.value_objects.letter import MailKind
from user_domain.value_objects.one_time_token import TokenPurpose

if TYPE_CHECKING:
    import httpx2

    from tests.support.http import Service

NOBODY = 2_147_483_647
JSON = {"Content-Type": "application/json"}
GRACE = {"email": "grace@example.com", "name": "Grace Op"}
SHUT = {"blocked_at": None, "blocked_by": None, "blocked_reason": None, "blocked_until": None}
FUTURE = "2099-03-23T00:00:00.123456Z"

DEEDS: dict[str, tuple[str, dict[str, object] | None]] = {
    "block": ("POST", {"reason": "spam"}),
    "unblock": ("POST", None),
    "suspend": ("POST", {"until": FUTURE}),
    "require-password-reset": ("POST", None),
    "role": ("PUT", {"role": "admin"}),
}
each_deed = pytest.mark.parametrize("deed", DEEDS)


async def do(service: Service, deed: str, user_id: int, headers: dict[str, str], **body: object) -> httpx2.Response:
    """What an admin asks for; with the body that the deed has where none is given."""
    method, usual = DEEDS[deed]
    sent = body or usual
    content = b"" if sent is None else json.dumps(sent).encode()  # half a surrogate pair can be written so
    url = f"/admin/users/{user_id}/{deed}"
    return await service.client.request(method, url, headers=headers | JSON, content=content)


async def done(service: Service, deed: str, user_id: int, headers: dict[str, str], **body: object) -> dict[str, Any]:
    """The same, which has to work; the user."""
    answer = await do(service, deed, user_id, headers, **body)
    assert answer.status_code == 200, answer.text
    assert set(answer.json()) == {"message", "user"}
    user: dict[str, Any] = answer.json()["user"]
    assert answer.headers["ETag"] == f'"{user["version"]}"'
    return user


async def history(service: Service, user_id: int, headers: dict[str, str]) -> list[tuple[Any, ...]]:
    answer = await service.client.get(f"/admin/users/{user_id}/status-history", headers=headers)
    assert answer.status_code == 200, answer.text
    for period in answer.json():
        assert set(period) == {"status", "since", "until", "by", "reason"}
        assert TIMESTAMP.fullmatch(period["since"])
    return [(one["status"], one["by"], one["reason"]) for one in answer.json()]


# --- Seeing -----------------------------------------------------------------------------------------------------------


async def test_an_admin_sees_more_of_a_user(service: Service) -> None:
    jane = await service.register(**JANE)
    admin, headers = await service.enter_as_admin()
    answer = await service.client.get(f"/admin/users/{jane['id']}", headers=headers)
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"1"')
    assert answer.json() == jane | SHUT | {"version": 1}
    own = await service.client.get(f"/admin/users/{admin['id']}", headers=headers)
    assert (own.status_code, own.json()["role"]) == (200, "admin")
    problem(await service.client.get(f"/admin/users/{NOBODY}", headers=headers), 404, "user_not_found")


@pytest.mark.parametrize("number", ["0", "-1", "x", "01", "2147483648", "1.0"])
async def test_a_number_that_no_user_can_have_is_refused(service: Service, number: str) -> None:
    _, headers = await service.enter_as_admin()
    for path in (f"/admin/users/{number}", f"/admin/users/{number}/status-history"):
        assert {field for field, _ in violations(await service.client.get(path, headers=headers))} == {"user_id"}


# --- Blocking ---------------------------------------------------------------------------------------------------------


async def test_a_blocked_person_is_out_on_the_very_next_request_and_cannot_come_back(service: Service) -> None:
    jane, janes = await service.verify(**JANE)
    tokens = await service.start(JANE["email"])
    admin, headers = await service.enter_as_admin()
    await service.letters()
    user = await done(service, "block", jane["id"], headers, reason="  card fraud ")
    assert (user["status"], user["blocked_by"], user["blocked_reason"]) == ("blocked", admin["id"], "card fraud")
    assert (TIMESTAMP.fullmatch(user["blocked_at"]) is not None, user["blocked_until"]) == (True, None)
    for known in (janes, bearer(tokens["access_token"])):
        problem(await service.client.get("/auth/me", headers=known), 401, "session_ended")
    problem(await service.refresh(tokens["refresh_token"]), 401, "refresh_token_invalid")
    body = {"email": JANE["email"], "password": PASSWORD}
    refused = await service.client.post("/auth/login", json=body)
    assert "card fraud" not in problem(refused, 403, "account_blocked")["detail"]
    problem(await service.client.post("/auth/login", json=body | {"password": "wrong"}), 401, "invalid_credentials")
    rows = await service.rows("select end_reason from sessions where user_id = %(id)s", id=jane["id"])
    assert {row["end_reason"] for row in rows} == {"account_blocked"}


async def test_the_mail_says_that_but_neither_why_nor_who_nor_from_where(service: Service) -> None:
    jane = await service.register(**JANE)
    _, headers = await service.enter_as_admin()
    await service.letters()
    for deed, body in (("block", {"reason": "card fraud"}), ("unblock", {}), ("suspend", {"reason": "card fraud"})):
        await done(service, deed, jane["id"], headers, **body)
    letters = await service.letters()
    assert [letter.kind for letter in letters] == [
        MailKind.ACCOUNT_BLOCKED,
        MailKind.ACCOUNT_UNBLOCKED,
        MailKind.ACCOUNT_SUSPENDED,
    ]
    for letter in letters:
        assert letter.recipient.value == JANE["email"]
        for secret in (CLIENT_IP, USER_AGENT, "fraud", ADA["name"]):
            assert secret not in repr(letter)


async def test_what_was_done_is_in_the_audit_trail(service: Service) -> None:
    jane = await service.register(**JANE)
    admin, headers = await service.enter_as_admin()
    await do(service, "block", jane["id"], headers | {"X-Request-ID": "the-block"}, reason="card fraud")
    entry = (await service.audit_trail())[-1]
    assert (entry.action, entry.actor_id, entry.target_id) == (AuditAction.USER_BLOCK, admin["id"], jane["id"])
    assert {change.field: change.after for change in entry.changes}["blocked_reason"] == "card fraud"
    assert (entry.client.ip_address, entry.client.request_id) == (CLIENT_IP, "the-block")


async def test_blocking_twice_answers_twice_and_happens_once(service: Service) -> None:
    jane = await service.register(**JANE)
    admin, headers = await service.enter_as_admin()
    first = await done(service, "block", jane["id"], headers)
    before = len(await service.audit_trail())
    assert await done(service, "block", jane["id"], headers) == first
    assert len(await service.audit_trail()) == before
    assert await history(service, jane["id"], headers) == [("blocked", admin["id"], "spam")]


@pytest.mark.parametrize("deed", ["block", "suspend", "unblock", "require-password-reset"])
@pytest.mark.parametrize("sent", [JSON, {}], ids=["JSON, they say", "nothing said"])
async def test_no_body_at_all_is_as_good_as_an_empty_one(service: Service, deed: str, sent: dict[str, str]) -> None:
    """The storefront sends a JSON content type and no body."""
    jane = await service.register(**JANE)
    _, headers = await service.enter_as_admin()
    url = f"/admin/users/{jane['id']}/{deed}"
    answer = await service.client.post(url, headers=headers | sent, content=b"")
    assert answer.status_code == 200, answer.text
    again = await service.client.post(url, headers=headers, json={})
    assert again.json()["user"] == answer.json()["user"]


@pytest.mark.parametrize("deed", ["block", "suspend", "role"])
async def test_a_field_nobody_knows_is_refused_and_nothing_is_done(service: Service, deed: str) -> None:
    jane = await service.register(**JANE)
    _, headers = await service.enter_as_admin()
    answer = await do(service, deed, jane["id"], headers, note="x")
    assert violations(answer) == {("body", "unknown_field")}
    assert [row["version"] for row in await service.rows("select version from users where role = 'user'")] == [1]


@pytest.mark.parametrize("deed", ["block", "suspend"])
@pytest.mark.parametrize(
    ("reason", "code"),
    [("", "too_short"), ("  ", "too_short"), ("x" * 501, "too_long"), ("a\u0000b", "invalid_characters"),
     ("a\nb", "invalid_characters"), ("\ud800", "invalid_characters"), (7, "wrong_type")],
)  # fmt: skip
async def test_a_reason_that_cannot_be_kept_is_refused(service: Service, deed: str, reason: object, code: str) -> None:
    jane = await service.register(**JANE)
    _, headers = await service.enter_as_admin()
    assert violations(await do(service, deed, jane["id"], headers, reason=reason)) == {("reason", code)}


async def test_no_reason_can_be_said_so(service: Service) -> None:
    jane = await service.register(**JANE)
    _, headers = await service.enter_as_admin()
    assert (await done(service, "block", jane["id"], headers, reason=None))["blocked_reason"] is None


# --- Suspending -------------------------------------------------------------------------------------------------------


async def test_a_suspended_person_is_out_until_then_and_then_in_without_anybodys_help(service: Service) -> None:
    jane, janes = await service.enter(**JANE)
    admin, headers = await service.enter_as_admin()
    user = await done(
        service, "suspend", jane["id"], headers, reason="late payment", until="2099-03-23T01:00:00.123456+01:00"
    )
    assert (user["status"], user["blocked_until"], user["blocked_by"]) == ("suspended", FUTURE, admin["id"])
    problem(await service.client.get("/auth/me", headers=janes), 401, "session_ended")
    body = {"email": JANE["email"], "password": PASSWORD}
    told = problem(await service.client.post("/auth/login", json=body), 403, "account_suspended")["detail"]
    assert "2099-03-23 00:00 UTC" in told
    # The end comes; nothing else happens.
    await service.rows("update users set suspended_until = now() where id = %(id)s returning id", id=jane["id"])
    await service.log_in(JANE["email"])
    seen = await service.client.get(f"/admin/users/{jane['id']}", headers=headers)
    assert (seen.json()["status"], seen.json()["blocked_at"]) == ("active", None)


@pytest.mark.parametrize(
    ("until", "code"),
    [
        ("2020-01-01T00:00:00Z", "not_in_the_future"),
        ("0001-01-01T00:00:00+23:59", "invalid_format"),
        ("9999-12-31T23:59:59-23:59", "invalid_format"),
        ("2099-03-23T00:00:00", "invalid_format"),  # whose midnight?
        ("2099-03-23", "invalid_format"),
        ("2099-03-23T00:00Z", "invalid_format"),
        ("2099-02-30T00:00:00Z", "invalid_format"),
        ("2099-W12-1T00:00:00Z", "invalid_format"),
        ("20990323T000000Z", "invalid_format"),
        ("tomorrow", "invalid_format"),
        ("", "invalid_format"),
        (" 2099-03-23T00:00:00Z", "invalid_format"),
        ("٢٠٩٩-03-23T00:00:00Z", "invalid_format"),
        (4076352000, "wrong_type"),
        (True, "wrong_type"),
    ],
)
async def test_an_end_that_is_none_is_refused(service: Service, until: object, code: str) -> None:
    jane = await service.register(**JANE)
    _, headers = await service.enter_as_admin()
    assert violations(await do(service, "suspend", jane["id"], headers, until=until)) == {("until", code)}


@pytest.mark.parametrize(
    ("until", "kept"),
    [
        ("2099-03-23T00:00:00Z", "2099-03-23T00:00:00.000000Z"),
        ("2099-03-23t00:00:00.5z", "2099-03-23T00:00:00.500000Z"),
        ("2099-03-23T00:00:00.123Z", "2099-03-23T00:00:00.123000Z"),
        ("2099-03-23T00:00:00.123456789Z", "2099-03-23T00:00:00.123456Z"),
        ("2099-03-22T18:00:00.123456-06:00", FUTURE),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
    ],
)
async def test_an_end_is_kept_to_the_microsecond(service: Service, until: str, kept: str) -> None:
    jane = await service.register(**JANE)
    _, headers = await service.enter_as_admin()
    assert (await done(service, "suspend", jane["id"], headers, until=until))["blocked_until"] == kept
    seen = await service.client.get(f"/admin/users/{jane['id']}", headers=headers)
    assert seen.json()["blocked_until"] == kept


async def test_of_a_block_and_a_suspension_the_block_is_shown_and_both_are_lifted_together(service: Service) -> None:
    jane = await service.register(**JANE)
    admin, headers = await service.enter_as_admin()
    await done(service, "block", jane["id"], headers)
    user = await done(service, "suspend", jane["id"], headers)
    assert (user["status"], user["blocked_reason"], user["blocked_until"]) == ("blocked", "spam", None)
    opened = await done(service, "unblock", jane["id"], headers)
    assert opened == jane | SHUT | {"version": 4, "updated_at": opened["updated_at"]}
    await service.log_in(JANE["email"])
    assert await history(service, jane["id"], headers) == [
        ("active", admin["id"], None),
        ("blocked", admin["id"], "spam"),
    ]


# --- History ----------------------------------------------------------------------------------------------------------


async def test_the_history_is_made_of_periods(service: Service) -> None:
    jane = await service.register(**JANE)
    _, headers = await service.enter_as_admin()
    path = f"/admin/users/{jane['id']}/status-history"
    assert (await service.client.get(path, headers=headers)).json() == []
    await done(service, "suspend", jane["id"], headers)
    (first,) = (await service.client.get(path, headers=headers)).json()
    assert (first["status"], first["until"]) == ("suspended", FUTURE)
    await done(service, "unblock", jane["id"], headers)
    opened, before = (await service.client.get(path, headers=headers)).json()
    assert (opened["status"], opened["until"]) == ("active", None)
    assert before == first | {"until": opened["since"]}
    problem(await service.client.get(f"/admin/users/{NOBODY}/status-history", headers=headers), 404, "user_not_found")


async def test_pages_of_the_history_say_the_same_as_the_whole(service: Service) -> None:
    jane, john = await service.register(**JANE), await service.register()
    _, headers = await service.enter_as_admin()
    for number in range(5):
        await done(service, "block", jane["id"], headers, reason=f"reason {number}")
        await done(service, "block", john["id"], headers, reason=f"reason {number}")
    path = f"/admin/users/{jane['id']}/status-history"
    whole = (await service.client.get(path, headers=headers)).json()
    assert len(whole) == 5
    found, url = [], f"{path}?limit=2"
    while url:
        page = await service.client.get(url, headers=headers)
        found += page.json()
        url = next_page(page) or ""
    assert found == whole
    others = next_page(await service.client.get(f"{path}?limit=2", headers=headers))
    assert others is not None
    elsewhere = others.replace(f"/{jane['id']}/", f"/{john['id']}/")
    problem(await service.client.get(elsewhere, headers=headers), 400, "invalid_cursor")
    assert violations(await service.client.get(f"{path}?limit=201", headers=headers)) == {("limit", "out_of_range")}


# --- Roles ------------------------------------------------------------------------------------------------------------


async def test_a_demoted_admin_has_no_powers_on_the_next_request_and_stays_logged_in(service: Service) -> None:
    _, headers = await service.enter_as_admin()
    grace, graces = await service.enter_as_admin(**GRACE)
    await service.letters()
    assert (await service.client.get(f"/admin/users/{grace['id']}", headers=graces)).status_code == 200
    user = await done(service, "role", grace["id"], headers, role="user")
    assert (user["role"], user["version"]) == ("user", 3)
    problem(await service.client.get(f"/admin/users/{grace['id']}", headers=graces), 403, "forbidden")
    assert (await service.client.get("/auth/me", headers=graces)).json()["role"] == "user"
    letter = await service.letter(MailKind.ROLE_CHANGED)
    assert (letter.recipient.value, letter.role, letter.ip_address) == (GRACE["email"], "user", None)


async def test_a_promoted_user_has_powers_on_the_next_request(service: Service) -> None:
    jane, janes = await service.enter(**JANE)
    _, headers = await service.enter_as_admin()
    assert (await done(service, "role", jane["id"], headers))["role"] == "admin"
    assert (await service.client.get(f"/admin/users/{jane['id']}", headers=janes)).status_code == 200


@pytest.mark.parametrize(
    ("body", "query", "outcome"),
    [
        ({"role": "admin"}, "", None),
        (None, "?new_role=admin", None),
        ({}, "?new_role=admin", None),
        ({"role": None}, "?new_role=admin", None),
        ({"role": "admin"}, "?new_role=admin", None),
        ({"role": "user"}, "?new_role=admin", ("new_role", "contradiction")),
        (None, "", ("role", "required")),
        ({}, "", ("role", "required")),
        ({"role": "root"}, "", ("role", "not_allowed")),
        ({"role": "Admin"}, "", ("role", "not_allowed")),
        (None, "?new_role=root", ("new_role", "not_allowed")),
        ({"role": 1}, "", ("role", "not_allowed")),
    ],
)
async def test_a_role_is_named_in_the_body_or_in_the_address(
    service: Service, body: dict[str, Any] | None, query: str, outcome: tuple[str, str] | None
) -> None:
    jane = await service.register(**JANE)
    _, headers = await service.enter_as_admin()
    url = f"/admin/users/{jane['id']}/role{query}"
    sent: dict[str, Any] = (
        {"content": b"", "headers": headers | JSON} if body is None else {"json": body, "headers": headers}
    )
    answer = await service.client.put(url, **sent)
    if outcome is None:
        assert (answer.status_code, answer.json()["user"]["role"]) == (200, "admin")
    else:
        assert violations(answer) == {outcome}


async def test_of_two_admins_who_demote_each_other_at_once_one_stays(service: Service) -> None:
    for round_ in range(5):
        people = [await service.enter_as_admin(email=f"{name}{round_}@example.com") for name in ("ada", "grace")]
        answers = await asyncio.gather(
            *(
                do(service, "role", other["id"], headers, role="user")
                for (other, _), (_, headers) in zip(people, reversed(people), strict=True)
            )
        )
        statuses = sorted(answer.status_code for answer in answers)
        refused = next(answer for answer in answers if answer.status_code != 200)
        # Either was in time to be recognised as an admin, or came after the other had done it.
        assert statuses in ([200, 403], [200, 409])
        problem(refused, refused.status_code, "last_admin" if refused.status_code == 409 else "forbidden")
        admins = await service.rows("select id from users where role = 'admin'")
        assert len(admins) == 1
        await service.rows("update users set role = 'user' returning id")


# --- Passwords --------------------------------------------------------------------------------------------------------


async def test_whoever_has_to_choose_a_new_password_is_out_until_that_is_done(service: Service) -> None:
    jane, janes = await service.verify(**JANE)
    _, headers = await service.enter_as_admin()
    await service.letters()
    await done(service, "require-password-reset", jane["id"], headers)
    problem(await service.client.get("/auth/me", headers=janes), 401, "session_ended")
    body = {"email": JANE["email"], "password": PASSWORD}
    problem(await service.client.post("/auth/login", json=body), 403, "password_reset_required")
    letter = await service.letter(MailKind.RESET_DEMANDED)
    assert (letter.ip_address, letter.recipient.value) == (None, JANE["email"])
    token = letter.tokens[TokenPurpose.RESET_PASSWORD]
    assert (await service.redeem(TokenPurpose.RESET_PASSWORD, token, new_password=OTHER_PASSWORD)).status_code == 200
    await service.log_in(JANE["email"], OTHER_PASSWORD)


async def test_asked_for_again_the_newer_link_counts(service: Service) -> None:
    jane = await service.register(**JANE)
    _, headers = await service.enter_as_admin()
    tokens = []
    for _ in range(2):
        await done(service, "require-password-reset", jane["id"], headers)
        tokens.append((await service.letter(MailKind.RESET_DEMANDED)).tokens[TokenPurpose.RESET_PASSWORD])
    refused = await service.redeem(TokenPurpose.RESET_PASSWORD, tokens[0], new_password=OTHER_PASSWORD)
    problem(refused, 400, "token_invalid")
    good = await service.redeem(TokenPurpose.RESET_PASSWORD, tokens[1], new_password=OTHER_PASSWORD)
    assert good.status_code == 200


# --- Admins among themselves, and conditions --------------------------------------------------------------------------


@each_deed
async def test_an_admin_does_nothing_of_it_to_oneself(service: Service, deed: str) -> None:
    await service.enter_as_admin(**GRACE)
    admin, headers = await service.enter_as_admin()
    problem(await do(service, deed, admin["id"], headers), 400, "cannot_act_on_self")
    entry = (await service.audit_trail())[-1]
    assert (entry.action, entry.reason) == (
        f"user:{'role-change' if deed == 'role' else deed}:refused",
        "cannot_act_on_self",
    )
    assert (entry.actor_id, entry.target_id) == (admin["id"], admin["id"])


@pytest.mark.parametrize("deed", [deed for deed in DEEDS if deed != "role"])
async def test_nor_to_another_admin(service: Service, deed: str) -> None:
    grace, graces = await service.enter_as_admin(**GRACE)
    admin, headers = await service.enter_as_admin()
    problem(await do(service, deed, grace["id"], headers), 400, "cannot_act_on_admin")
    entry = (await service.audit_trail())[-1]
    assert (entry.action, entry.reason) == (f"user:{deed}:refused", "cannot_act_on_admin")
    assert (entry.actor_id, entry.target_id) == (admin["id"], grace["id"])
    assert (await service.client.get("/auth/me", headers=graces)).status_code == 200


async def test_that_an_admin_tried_to_change_another_ones_profile_is_in_the_trail(service: Service) -> None:
    grace, _ = await service.enter_as_admin(**GRACE)
    admin, headers = await service.enter_as_admin()
    answer = await service.client.put(f"/users/{grace['id']}", headers=headers, json={"name": "Nobody"})
    problem(answer, 400, "cannot_act_on_admin")
    entry = (await service.audit_trail())[-1]
    assert (entry.action, entry.actor_id) == (AuditAction.USER_PROFILE_CHANGE_REFUSED, admin["id"])


@each_deed
async def test_who_is_no_admin_is_told_the_same_whoever_it_is_about(service: Service, deed: str) -> None:
    grace, _ = await service.enter_as_admin(**GRACE)
    john = await service.register()
    jane, headers = await service.enter(**JANE)
    for user_id in (john["id"], grace["id"], jane["id"], NOBODY):
        problem(await do(service, deed, user_id, headers), 403, "forbidden")


@each_deed
async def test_an_admin_is_told_that_there_is_no_such_user(service: Service, deed: str) -> None:
    _, headers = await service.enter_as_admin()
    problem(await do(service, deed, NOBODY, headers), 404, "user_not_found")


@each_deed
async def test_a_deed_can_depend_on_the_version_that_was_seen(service: Service, deed: str) -> None:
    jane = await service.register(**JANE)
    _, headers = await service.enter_as_admin()
    await service.client.put(f"/users/{jane['id']}", headers=headers, json={"name": "Jane Doe"})
    problem(await do(service, deed, jane["id"], headers | {"If-Match": '"1"'}), 412, "precondition_failed")
    seen = await service.client.get(f"/admin/users/{jane['id']}", headers=headers)
    await done(service, deed, jane["id"], headers | {"If-Match": seen.headers["ETag"]})


async def test_of_many_admins_who_act_on_one_version_one_does(service: Service) -> None:
    jane = await service.register(**JANE)
    people = [await service.enter_as_admin(email=f"ada{number}@example.com") for number in range(6)]
    answers = await asyncio.gather(
        *(
            do(service, "block", jane["id"], headers | {"If-Match": '"1"'}, reason=f"reason {number}")
            for number, (_, headers) in enumerate(people)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, *[412] * 5]
    assert len(await history(service, jane["id"], people[0][1])) == 1


# --- Opening accounts -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["user", "admin"])
async def test_an_admin_opens_an_account_for_somebody(service: Service, role: str) -> None:
    admin, headers = await service.enter_as_admin()
    await service.letters()
    answer = await service.client.post(
        "/admin/create-user", headers=headers, json=JANE | {"role": role, "locale": "ar"}
    )
    assert answer.status_code == 201, answer.text
    user = answer.json()
    assert answer.headers["Location"] == f"/admin/users/{user['id']}"
    assert answer.headers["ETag"] == '"1"'
    assert user.pop("message")
    assert (user["role"], user["status"], user["is_email_verified"], user["locale"]) == (role, "active", True, "ar")
    assert (await service.client.get(answer.headers["Location"], headers=headers)).json() == user
    entry = (await service.audit_trail())[-1]
    assert (entry.action, entry.actor_id, entry.target_id) == (AuditAction.USER_CREATE, admin["id"], user["id"])
    letter = await service.letter(MailKind.ACCOUNT_CREATED)
    assert (letter.recipient.value, letter.tokens, letter.ip_address) == (JANE["email"], {}, None)
    await service.log_in(JANE["email"])


async def test_the_admins_language_is_not_taken_for_the_persons(service: Service) -> None:
    _, headers = await service.enter_as_admin()
    sent = JANE | {"role": "user"}
    answer = await service.client.post("/admin/create-user", headers=headers | {"Accept-Language": "fr"}, json=sent)
    assert answer.json()["locale"] is None


async def test_a_new_account_follows_the_rules_for_all(service: Service) -> None:
    _, headers = await service.enter_as_admin()

    async def refused(**fields: Any) -> set[tuple[str, str]]:
        body = {name: value for name, value in (JANE | {"role": "user"} | fields).items() if value is not ...}
        return violations(await service.client.post("/admin/create-user", headers=headers, json=body))

    assert await refused(password="short") >= {("password", "too_short")}
    assert await refused(name="J", mobile="12") == {("name", "too_short"), ("mobile", "invalid_format")}
    assert await refused(role="root") == {("role", "not_allowed")}
    assert await refused(role=...) == {("role", "required")}
    assert await refused(is_email_verified=True) == {("body", "unknown_field")}
    answer = await service.client.post(
        "/admin/create-user", headers=headers, json=JANE | {"email": ADA["email"], "role": "user"}
    )
    problem(answer, 409, "email_already_registered")
    assert (await service.audit_trail())[-1].action is AuditAction.USER_CREATE_REFUSED


# --- An admin's change of an address ----------------------------------------------------------------------------------


async def test_the_mail_about_a_change_of_address_by_an_admin_does_not_say_from_where(service: Service) -> None:
    jane = await service.register(**JANE)
    _, headers = await service.enter_as_admin()
    await service.letters()
    change = {"email": "jane.roe@example.com"}
    answer = await service.client.put(f"/users/{jane['id']}", headers=headers, json=change)
    assert answer.status_code == 200
    letter = await service.letter(MailKind.EMAIL_CHANGED)
    assert letter.recipient.value == JANE["email"]
    assert letter.ip_address is None
    assert USER_AGENT not in repr(letter)
    (entry,) = [entry for entry in await service.audit_trail() if entry.action is AuditAction.EMAIL_CHANGE]
    assert entry.client.ip_address == CLIENT_IP


# --- On another replica -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("deed", ["block", "suspend", "require-password-reset"])
async def test_it_counts_on_another_replica_on_the_very_next_request(conninfo: str, deed: str) -> None:
    async with running(compose_http(conninfo)) as here, running(compose_http(conninfo)) as there:
        jane, janes = await here.enter(**JANE)
        _, headers = await here.enter_as_admin()
        for _ in range(2):
            assert (await there.client.get("/auth/me", headers=janes)).status_code == 200
        await done(here, deed, jane["id"], headers)
        problem(await there.client.get("/auth/me", headers=janes), 401, "session_ended")


async def test_a_demotion_counts_on_another_replica_on_the_very_next_request(conninfo: str) -> None:
    async with running(compose_http(conninfo)) as here, running(compose_http(conninfo)) as there:
        grace, graces = await here.enter_as_admin(**GRACE)
        _, headers = await here.enter_as_admin()
        assert (await there.client.get(f"/admin/users/{grace['id']}", headers=graces)).status_code == 200
        await done(here, "role", grace["id"], headers, role="user")
        problem(await there.client.get(f"/admin/users/{grace['id']}", headers=graces), 403, "forbidden")


# --- In flight --------------------------------------------------------------------------------------------------------


async def test_requests_in_flight_while_a_block_comes_end_in_peace(service: Service) -> None:
    """Each is let in or told that the session has ended, and once one is told, so are all that come after."""
    jane, janes = await service.enter(**JANE)
    _, headers = await service.enter_as_admin()
    has_ended = asyncio.Event()

    async def shop() -> list[int]:
        statuses = []
        while not has_ended.is_set():
            statuses.append((await service.client.get("/auth/me", headers=janes)).status_code)
        statuses.append((await service.client.get("/auth/me", headers=janes)).status_code)
        return statuses

    async def block() -> None:
        await done(service, "block", jane["id"], headers)
        has_ended.set()

    *shopped, _ = await asyncio.gather(*(shop() for _ in range(5)), block())
    for statuses in shopped:
        assert statuses is not None
        assert statuses == sorted(statuses)
        assert set(statuses) <= {200, 401}
        assert statuses[-1] == 401


async def test_who_is_not_blocked_notices_nothing(service: Service) -> None:
    _, johns = await service.enter(**JOHN)
    jane = await service.register(**JANE)
    _, headers = await service.enter_as_admin()
    await done(service, "block", jane["id"], headers)
    assert (await service.client.get("/auth/me", headers=johns)).status_code == 200
