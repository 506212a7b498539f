"""A new e-mail address: PUT /users/{id}, POST /auth/confirm-email-change and /auth/undo-email-change."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tests.support.http import (
    ADA,
    CLIENT_IP,
    JANE,
    JOHN,
    OTHER_PASSWORD,
    MeddlingHasher,
    bearer,
    compose_http,
    problem,
    running,
    violations,
)
from user_domain.entities.audit_entry import AuditAction, FieldChange
from user_domain.testing.builders import PASSWORD
from user_domain.value_objects.letter import MailKind
from user_domain.value_objects.one_time_token import TokenPurpose

if TYPE_CHECKING:
    from typing import Any

    import httpx2

    from tests.support.http import Service

CONFIRM, UNDO = TokenPurpose.CONFIRM_EMAIL_CHANGE, TokenPurpose.UNDO_EMAIL_CHANGE
OLD, NEW, THIRD = JOHN["email"], "new@example.com", "third@example.com"


async def ask(
    service: Service, user: dict[str, Any], headers: dict[str, str], *, email: str = NEW, **fields: Any
) -> httpx2.Response:
    body = {"email": email, "current_password": PASSWORD} | fields
    return await service.client.put(f"/users/{user['id']}", headers=headers, json=body)


async def asked(service: Service, user: dict[str, Any], headers: dict[str, str], *, email: str = NEW) -> str:
    """Ask for another address; the token that was mailed there."""
    assert (await ask(service, user, headers, email=email)).status_code == 200
    return (await service.letter(MailKind.CONFIRM_EMAIL_CHANGE)).tokens[CONFIRM]


async def moved(service: Service, user: dict[str, Any], headers: dict[str, str], *, email: str = NEW) -> str:
    """Move to another address; the token that was mailed to the old one."""
    assert (await service.redeem(CONFIRM, await asked(service, user, headers, email=email))).status_code == 200
    return (await service.letter(MailKind.EMAIL_CHANGED)).tokens[UNDO]


async def me(service: Service, headers: dict[str, str]) -> dict[str, Any]:
    user: dict[str, Any] = (await service.client.get("/auth/me", headers=headers)).json()
    return user


async def test_ones_own_new_address_is_pending_until_it_is_confirmed(service: Service) -> None:
    user, headers = await service.verify()
    answer = await ask(service, user, headers, email=" New@Example.com ")
    assert answer.status_code == 200
    assert (answer.json()["email"], answer.json()["pending_email"]) == (OLD, NEW)
    (letter,) = await service.letters()
    assert (letter.kind, letter.recipient.value, set(letter.tokens)) == ("confirm_email_change", NEW, {CONFIRM})
    await service.log_in(OLD)
    answer = await service.client.post("/auth/login", json={"email": NEW, "password": PASSWORD})
    problem(answer, 401, "invalid_credentials")


async def test_the_link_makes_it_the_accounts_and_the_old_one_is_told(service: Service) -> None:
    user, headers = await service.verify()
    token = await asked(service, user, headers)
    answer = await service.redeem(CONFIRM, token)
    assert answer.status_code == 200
    assert answer.json() == {"message": "Your e-mail address is changed.", "success": True}
    changed = await me(service, headers)  # the session goes on
    assert (changed["email"], changed["pending_email"], changed["is_email_verified"]) == (NEW, None, True)
    (letter,) = await service.letters()
    assert (letter.kind, letter.recipient.value, set(letter.tokens)) == ("email_changed", OLD, {UNDO})
    assert letter.ip_address == CLIENT_IP
    await service.log_in(NEW)
    answer = await service.client.post("/auth/login", json={"email": OLD, "password": PASSWORD})
    problem(answer, 401, "invalid_credentials")


async def test_the_trail_tells_of_request_change_and_undo(service: Service) -> None:
    user, headers = await service.verify()
    undo = await moved(service, user, headers)
    await service.redeem(UNDO, undo)
    request, change, taken_back = (await service.audit_trail())[-3:]
    assert [entry.action for entry in (request, change, taken_back)] == [
        "email:change-request",
        "email:change",
        "email:change-undo",
    ]
    assert {(entry.actor_id, entry.target_id) for entry in (request, change, taken_back)} == {(user["id"], user["id"])}
    assert request.changes == change.changes == (FieldChange("email", OLD, NEW),)
    assert taken_back.changes == (FieldChange("email", NEW, OLD),)


async def test_a_token_of_a_change_works_once_and_for_a_day(service: Service) -> None:
    user, headers = await service.verify()
    token = await asked(service, user, headers)
    (row,) = await service.rows("select * from one_time_tokens where purpose = 'confirm-email-change'")
    assert row["expires_at"] - row["issued_at"] == timedelta(hours=24)
    assert (await service.redeem(CONFIRM, token)).status_code == 200
    problem(await service.redeem(CONFIRM, token), 400, "token_invalid")
    later = await asked(service, user, headers, email=THIRD)
    await service.expire_tokens()
    problem(await service.redeem(CONFIRM, later), 400, "token_expired")
    assert (await me(service, headers))["email"] == NEW


async def test_only_the_address_asked_for_last_can_be_confirmed(service: Service) -> None:
    user, headers = await service.verify()
    first = await asked(service, user, headers)
    second = await asked(service, user, headers, email=THIRD)
    problem(await service.redeem(CONFIRM, first), 400, "token_invalid")
    assert (await service.redeem(CONFIRM, second)).status_code == 200
    assert (await me(service, headers))["email"] == THIRD


async def test_asking_again_for_the_same_mails_again(service: Service) -> None:
    user, headers = await service.verify()
    first = await asked(service, user, headers)
    again = await asked(service, user, headers)
    problem(await service.redeem(CONFIRM, first), 400, "token_invalid")
    assert (await service.redeem(CONFIRM, again)).status_code == 200


async def test_without_the_current_password_nothing_changes(service: Service) -> None:
    user, headers = await service.verify()
    before = await service.rows("select * from users")
    answer = await ask(service, user, headers, current_password=None, name="Jane Roe")
    body = problem(answer, 422, "current_password_required")
    assert [(fault["field"], fault["code"]) for fault in body["errors"]] == [("current_password", "required")]
    for wrong in ("Wrong-Pass-1", ""):
        problem(await ask(service, user, headers, current_password=wrong, name="Jane Roe"), 403, "wrong_password")
        entry = (await service.audit_trail())[-1]
        assert (entry.action, entry.reason) == ("email:change-request:refused", "wrong_password")
    answer = await ask(service, user, headers, current_password="x" * 1025)
    assert violations(answer) == {("current_password", "too_long")}
    assert await service.rows("select * from users") == before
    assert await service.letters() == []


async def test_ones_own_address_again_is_no_change_and_needs_no_password(service: Service) -> None:
    user, headers = await service.verify()
    for email in (OLD, "  JOHN@example.com"):
        answer = await ask(service, user, headers, email=email, current_password=None, name="Jane Roe")
        assert (answer.status_code, answer.json()["name"]) == (200, "Jane Roe")
    assert await service.letters() == []


async def test_what_is_no_address_is_refused_with_everything_else_that_is_wrong(service: Service) -> None:
    user, headers = await service.verify()
    answer = await ask(service, user, headers, email="new@", name="J")
    assert violations(answer) == {("email", "invalid_format"), ("name", "too_short")}


async def test_an_address_somebody_has_cannot_be_asked_for(service: Service) -> None:
    await service.register(**JANE)
    user, headers = await service.enter()
    await service.letters()
    problem(await ask(service, user, headers, email=JANE["email"]), 409, "email_already_registered")
    problem(await ask(service, user, headers, email=JANE["email"], current_password="W"), 403, "wrong_password")
    assert await service.letters() == []


async def test_an_address_that_was_taken_in_the_meantime_cannot_be_confirmed(service: Service) -> None:
    user, headers = await service.verify()
    token = await asked(service, user, headers)
    await service.register(**(JANE | {"email": NEW}))
    problem(await service.redeem(CONFIRM, token), 409, "email_already_registered")
    refused = (await service.audit_trail())[-1]
    assert (refused.action, refused.target_id, refused.reason) == (
        "email:change:refused",
        user["id"],
        "email_already_registered",
    )
    assert (await me(service, headers))["email"] == OLD
    (row,) = await service.rows("select used_at, voided_at from one_time_tokens where purpose = 'confirm-email-change'")
    assert row == {"used_at": None, "voided_at": None}


async def test_of_two_who_want_one_address_the_first_to_confirm_gets_it(service: Service) -> None:
    john, johns = await service.verify()
    jane, janes = await service.verify(**JANE)
    first, second = await asked(service, john, johns), await asked(service, jane, janes)
    assert (await service.redeem(CONFIRM, second)).status_code == 200
    problem(await service.redeem(CONFIRM, first), 409, "email_already_registered")
    assert (await me(service, janes))["email"] == NEW


async def test_a_change_and_other_fields_go_together_or_not_at_all(service: Service) -> None:
    user, headers = await service.verify()
    answer = await ask(service, user, headers, name="Jane Roe", locale="fr")
    assert (answer.json()["name"], answer.json()["pending_email"]) == ("Jane Roe", NEW)
    etag = answer.headers["ETag"]
    stale = await ask(service, user, headers | {"If-Match": '"1"'}, email=THIRD, name="Janet Roe")
    problem(stale, 412, "precondition_failed")
    fresh = await me(service, headers)
    assert (fresh["name"], fresh["pending_email"]) == ("Jane Roe", NEW)
    assert (await ask(service, user, headers | {"If-Match": etag}, email=THIRD)).status_code == 200
    (letter,) = await service.letters()  # the first one is void
    assert letter.recipient.value == THIRD


async def test_the_access_token_of_before_goes_on_and_a_new_one_names_the_new_address(service: Service) -> None:
    user, headers = await service.verify()
    await moved(service, user, headers)
    assert (await me(service, headers))["email"] == NEW
    assert (await me(service, await service.log_in(NEW)))["email"] == NEW


async def test_the_old_address_takes_the_change_back(service: Service) -> None:
    user, headers = await service.verify()
    undo = await moved(service, user, headers)
    (row,) = await service.rows("select * from one_time_tokens where purpose = 'undo-email-change'")
    assert row["expires_at"] - row["issued_at"] == timedelta(days=7)
    answer = await service.redeem(UNDO, undo)
    assert (answer.status_code, set(answer.json()), answer.json()["success"]) == (200, {"message", "success"}, True)
    problem(await service.client.get("/auth/me", headers=headers), 401, "session_ended")
    login = {"email": OLD, "password": PASSWORD}
    problem(await service.client.post("/auth/login", json=login), 403, "password_reset_required")
    (letter,) = await service.letters()
    assert (letter.kind, letter.recipient.value) == ("reset_required", OLD)
    token = letter.tokens[TokenPurpose.RESET_PASSWORD]
    reset = await service.redeem(TokenPurpose.RESET_PASSWORD, token, new_password=OTHER_PASSWORD)
    assert reset.status_code == 200
    restored = await me(service, await service.log_in(password=OTHER_PASSWORD))
    assert (restored["email"], restored["pending_email"], restored["is_email_verified"]) == (OLD, None, True)


async def test_an_undo_works_once_and_for_seven_days(service: Service) -> None:
    user, headers = await service.verify()
    undo = await moved(service, user, headers)
    assert (await service.redeem(UNDO, undo)).status_code == 200
    problem(await service.redeem(UNDO, undo), 400, "token_invalid")
    other, others = await service.verify(**JANE)
    late = await moved(service, other, others)
    await service.expire_tokens()
    problem(await service.redeem(UNDO, late), 400, "token_expired")
    assert (await me(service, others))["email"] == NEW


async def test_the_old_address_stays_reserved_as_long(service: Service) -> None:
    user, headers = await service.verify()
    await moved(service, user, headers)
    answer = await service.client.post("/auth/register", json=JOHN)
    problem(answer, 409, "email_already_registered")
    jane, janes = await service.verify(**JANE)
    problem(await ask(service, jane, janes, email=OLD), 409, "email_already_registered")
    _, admin = await service.enter_as_admin()
    problem(await ask(service, jane, admin, email=OLD), 409, "email_already_registered")
    await service.expire_tokens()
    assert (await service.client.post("/auth/register", json=JOHN)).status_code == 201


async def test_whoever_left_an_address_may_come_back_to_it(service: Service) -> None:
    user, headers = await service.verify()
    await moved(service, user, headers)
    await moved(service, user, headers, email=OLD)
    assert (await me(service, headers))["email"] == OLD


async def test_an_address_that_was_taken_back_from_is_free_again(service: Service) -> None:
    user, headers = await service.verify()
    undo = await moved(service, user, headers)
    await service.redeem(UNDO, undo)
    assert (await service.client.post("/auth/register", json=JANE | {"email": NEW})).status_code == 201


async def test_a_second_change_does_not_void_the_first_undo(service: Service) -> None:
    """An intruder changes the address, and again to be rid of the link in the owner's mailbox."""
    user, headers = await service.verify()
    owners = await moved(service, user, headers)
    intruders = await moved(service, user, headers, email=THIRD)
    wanted = await asked(service, user, headers, email="fourth@example.com")
    await service.client.post("/auth/forgot-password", json={"email": THIRD})
    reset = (await service.letter(MailKind.RESET_PASSWORD)).tokens[TokenPurpose.RESET_PASSWORD]
    assert (await service.redeem(UNDO, owners)).status_code == 200
    for purpose, token in ((UNDO, intruders), (CONFIRM, wanted)):
        problem(await service.redeem(purpose, token), 400, "token_invalid")
    answer = await service.redeem(TokenPurpose.RESET_PASSWORD, reset, new_password=OTHER_PASSWORD)
    problem(answer, 400, "token_invalid")
    (letter,) = await service.letters()
    assert (letter.kind, letter.recipient.value) == ("reset_required", OLD)
    assert [row["email"] for row in await service.rows("select email from users")] == [OLD]


async def test_an_intruder_who_undoes_his_own_change_does_not_void_the_owners_undo(service: Service) -> None:
    user, headers = await service.verify()
    owners = await moved(service, user, headers)
    intruders = await moved(service, user, headers, email=THIRD)
    assert (await service.redeem(UNDO, intruders)).status_code == 200
    assert (await service.redeem(UNDO, owners)).status_code == 200
    assert [row["email"] for row in await service.rows("select email from users")] == [OLD]


async def test_a_change_of_password_does_not_void_an_undo(service: Service) -> None:
    user, headers = await service.verify()
    undo = await moved(service, user, headers)
    body = {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}
    assert (await service.client.post("/auth/change-password", headers=headers, json=body)).status_code == 200
    assert (await service.redeem(UNDO, undo)).status_code == 200


async def test_an_admins_change_is_immediate_and_the_old_address_can_undo_it(service: Service) -> None:
    user, headers = await service.enter()
    admin, admins = await service.enter_as_admin()
    await service.letters()
    answer = await service.client.put(f"/users/{user['id']}", headers=admins, json={"email": NEW})
    changed = answer.json()
    assert (answer.status_code, changed["email"], changed["pending_email"]) == (200, NEW, None)
    assert changed["is_email_verified"] is True
    entry = (await service.audit_trail())[-1]
    assert (entry.action, entry.actor_id, entry.target_id) == ("email:change", admin["id"], user["id"])
    (letter,) = await service.letters()
    assert (letter.kind, letter.recipient.value) == ("email_changed", OLD)
    assert (await service.redeem(UNDO, letter.tokens[UNDO])).status_code == 200
    problem(await service.client.get("/auth/me", headers=headers), 401, "session_ended")
    assert (await service.client.get(f"/users/{user['id']}", headers=admins)).json()["email"] == OLD


async def test_an_admin_cannot_give_out_an_address_twice(service: Service) -> None:
    user, _ = await service.enter()
    await service.register(**JANE)
    _, admins = await service.enter_as_admin()
    await service.letters()
    answer = await ask(service, user, admins, email=JANE["email"], name="Jane Roe")
    problem(answer, 409, "email_already_registered")
    rows = await service.rows("select name, email from users order by id")
    assert (rows[0]["name"], rows[0]["email"]) == ("John Doe", OLD)
    assert await service.letters() == []


async def test_an_admin_is_an_ordinary_user_to_himself(service: Service) -> None:
    admin, headers = await service.enter_as_admin()
    answer = await service.client.put(f"/users/{admin['id']}", headers=headers, json={"email": NEW})
    problem(answer, 422, "current_password_required")
    answer = await ask(service, admin, headers)
    assert (answer.json()["email"], answer.json()["pending_email"]) == (ADA["email"], NEW)


async def test_an_admin_does_not_change_the_address_of_another(service: Service) -> None:
    _, headers = await service.enter_as_admin()
    other, _ = await service.enter_as_admin(email="grace@example.com")
    problem(await ask(service, other, headers), 400, "cannot_act_on_admin")


async def test_a_stranger_changes_nothing(service: Service) -> None:
    user, _ = await service.enter()
    _, strangers = await service.enter(**JANE)
    problem(await ask(service, user, strangers), 403, "forbidden")
    problem(await ask(service, user, bearer("forged")), 401, "token_invalid")


async def test_the_language_chosen_with_the_change_is_that_of_its_mail(service: Service) -> None:
    user, headers = await service.verify()
    await ask(service, user, headers, locale="ar")
    (letter,) = await service.letters()
    assert str(letter.locale) == "ar"


async def test_who_is_shut_out_while_the_hash_is_computed_changes_no_address(conninfo: str) -> None:
    """Or an intruder's request would survive the owner's "this was not me"."""
    hasher = MeddlingHasher()
    async with running(compose_http(conninfo, hasher=hasher)) as service:
        user, headers = await service.enter()
        not_me = (await service.letter(MailKind.VERIFY_EMAIL)).tokens[TokenPurpose.NOT_ME]
        hasher.meddle = lambda: service.redeem(TokenPurpose.NOT_ME, not_me)
        problem(await ask(service, user, headers), 403, "password_reset_required")
        assert await service.letters() == []
        assert [row["pending_email"] for row in await service.rows("select pending_email from users")] == [None]
        assert AuditAction.EMAIL_CHANGE_REQUEST not in [entry.action for entry in await service.audit_trail()]


async def test_who_changed_the_password_while_the_hash_is_computed_has_to_prove_the_new_one(conninfo: str) -> None:
    hasher = MeddlingHasher()
    async with running(compose_http(conninfo, hasher=hasher)) as service:
        user, headers = await service.enter()
        await service.letters()
        await service.client.post("/auth/forgot-password", json={"email": OLD})
        token = (await service.letter(MailKind.RESET_PASSWORD)).tokens[TokenPurpose.RESET_PASSWORD]
        hasher.meddle = lambda: service.redeem(TokenPurpose.RESET_PASSWORD, token, new_password=OTHER_PASSWORD)
        problem(await ask(service, user, headers), 403, "wrong_password")
        assert [row["pending_email"] for row in await service.rows("select pending_email from users")] == [None]
