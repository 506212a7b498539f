"""What holds when requests come at the same instant."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from adapters.passwords.algorithms import Argon2id
from adapters.passwords.hasher import ThreadedPasswordHasher
from tests.support.http import JANE, JOHN, OTHER_PASSWORD, bearer, compose_http, problem, running
from user_domain.entities.audit_entry import AuditAction
from user_domain.testing.builders import NOW, PASSWORD, a_block
from user_domain.value_objects.letter import MailKind
from user_domain.value_objects.one_time_token import TokenPurpose
from user_domain.value_objects.password import Password

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
    from typing import Any

    import httpx2

    from tests.support.http import Service

CREDENTIALS = {"email": JOHN["email"], "password": PASSWORD}
NEW_PASSWORDS = ("ChangedPass-1", "Reset-Pass-22")


@pytest.fixture
async def service(conninfo: str) -> AsyncIterator[Service]:
    """A running service with room for as many sessions as there are logins."""
    async with running(compose_http(conninfo, max_sessions_per_user=100)) as service:
        yield service


async def test_of_fifty_who_register_one_address_exactly_one_succeeds(service: Service) -> None:
    answers = await asyncio.gather(*(service.client.post("/auth/register", json=JOHN) for _ in range(50)))
    assert statuses(answers) == {201: 1, 409: 49}
    for answer in answers:
        if answer.status_code == 409:
            problem(answer, 409, "email_already_registered")
    (first,) = [answer.json()["id"] for answer in answers if answer.status_code == 201]
    assert (await service.register(**JANE))["id"] == first + 1
    actions = Counter(str(entry.action) for entry in await service.audit_trail())
    assert actions == {"user:register": 2, "user:register:refused": 49}


async def test_those_whom_the_hash_queue_refuses_hear_so_and_nobody_gets_an_error(conninfo: str) -> None:
    """At the real cost of a hash and without patience: some wait, some are turned away, one registers."""
    hasher = ThreadedPasswordHasher(current=Argon2id(), concurrency=1, queue_seconds=0.05)
    async with running(compose_http(conninfo, hasher=hasher)) as service:
        answers = await asyncio.gather(*(service.client.post("/auth/register", json=JOHN) for _ in range(50)))
        assert set(statuses(answers)) - {409} == {201, 503}  # 409 where the first hash was ready early enough
        assert statuses(answers)[201] == 1
        for answer in answers:
            if answer.status_code == 503:
                problem(answer, 503, "overloaded")


async def test_of_many_who_register_addresses_of_their_own_all_succeed_with_ids_in_a_row(service: Service) -> None:
    people = [JOHN | {"email": f"john{number}@example.com"} for number in range(20)]
    answers = await asyncio.gather(*(service.client.post("/auth/register", json=person) for person in people))
    assert statuses(answers) == {201: 20}
    ids = sorted(answer.json()["id"] for answer in answers)
    assert ids == list(range(ids[0], ids[0] + 20))


async def test_twenty_logouts_with_one_token_end_the_session_once(service: Service) -> None:
    _, headers = await service.enter()
    answers = await asyncio.gather(*(service.client.post("/auth/logout", headers=headers) for _ in range(20)))
    for answer in answers:
        if answer.status_code != 200:
            problem(answer, 401, "session_ended")
    assert statuses(answers)[200] >= 1
    assert [entry.action for entry in await service.audit_trail()].count(AuditAction.SESSION_LOGOUT) == 1
    problem(await service.client.get("/auth/me", headers=headers), 401, "session_ended")


async def test_logins_and_a_change_of_the_profile_do_not_undo_each_other(service: Service) -> None:
    user, headers = await service.enter()
    path = f"/users/{user['id']}"
    *logins, change, other = await asyncio.gather(
        *(service.client.post("/auth/login", json=CREDENTIALS) for _ in range(30)),
        service.client.put(path, headers=headers, json={"name": "Jane Roe"}),
        service.client.put(path, headers=headers, json={"locale": "fr"}),
    )
    assert statuses([*logins, change, other]) == {200: 32}
    me = (await service.client.get("/auth/me", headers=headers)).json()
    assert (me["name"], me["locale"]) == ("Jane Roe", "fr")
    sessions = await service.rows("select started_at from sessions order by started_at")
    assert len(sessions) == 31
    assert me["last_login"] in {session["started_at"].strftime("%Y-%m-%dT%H:%M:%S.%fZ") for session in sessions}
    assert [row["version"] for row in await service.rows("select version from users")] == [3]


async def test_a_login_that_waits_for_a_block_is_denied_by_it(service: Service) -> None:
    user = await service.register()
    async with service.container.unit_of_work() as work:
        account = await work.users.lock(user["id"])
        assert account is not None
        await work.users.save(replace(account.user, block=a_block()))
        login = asyncio.create_task(service.client.post("/auth/login", json=CREDENTIALS))
        await until(lambda: somebody_waits_for_a_lock(service))
        await work.commit()
    problem(await login, 403, "account_blocked")
    assert await service.rows("select from sessions") == []


async def test_once_a_block_is_committed_no_login_succeeds_and_no_session_is_honoured(service: Service) -> None:
    user = await service.register()

    async def log_in() -> httpx2.Response:
        return await service.client.post("/auth/login", json=CREDENTIALS)

    before = [asyncio.create_task(log_in()) for _ in range(20)]
    await asyncio.wait(before, return_when=asyncio.FIRST_COMPLETED)
    await service.restrict(user["id"], block=a_block())
    after = await asyncio.gather(*(log_in() for _ in range(10)))
    assert statuses(after) == {403: 10}
    answers = await asyncio.gather(*before)
    assert set(statuses(answers)) <= {200, 403}
    tokens = [answer.json()["access_token"] for answer in answers if answer.status_code == 200]
    assert tokens  # at least the one that was waited for
    for token in tokens:
        answer = await service.client.get("/auth/me", headers={"Authorization": f"Bearer {token}"})
        problem(answer, 403, "account_blocked")
    assert len(await service.rows("select from sessions")) == len(tokens)


async def test_of_twenty_who_use_one_reset_link_exactly_one_chooses_the_password(service: Service) -> None:
    await service.register()
    token = await forgotten(service)
    passwords = [f"OtherPass-45{number}?" for number in range(10, 30)]
    answers = await asyncio.gather(
        *(service.redeem(TokenPurpose.RESET_PASSWORD, token, new_password=password) for password in passwords)
    )
    assert statuses(answers) == {200: 1, 400: 19}
    for password, answer in zip(passwords, answers, strict=True):
        if answer.status_code == 200:
            await service.log_in(password=password)
        else:
            problem(answer, 400, "token_invalid")
    assert await actions(service, AuditAction.PASSWORD_RESET) == 1
    assert [letter.kind for letter in await service.letters()].count(MailKind.PASSWORD_CHANGED) == 1


async def test_of_many_clicks_on_a_verification_link_all_succeed_and_one_counts(service: Service) -> None:
    await service.register()
    token = (await service.letter(MailKind.VERIFY_EMAIL)).tokens[TokenPurpose.VERIFY_EMAIL]
    answers = await asyncio.gather(*(service.redeem(TokenPurpose.VERIFY_EMAIL, token) for _ in range(20)))
    assert statuses(answers) == {200: 20}
    assert await actions(service, AuditAction.USER_VERIFY_EMAIL) == 1
    assert [row["version"] for row in await service.rows("select version from users")] == [2]


async def test_of_many_who_report_a_stranger_by_one_link_one_counts(service: Service) -> None:
    await service.enter()
    token = (await service.letter(MailKind.VERIFY_EMAIL)).tokens[TokenPurpose.NOT_ME]
    answers = await asyncio.gather(*(service.redeem(TokenPurpose.NOT_ME, token) for _ in range(10)))
    assert statuses(answers) == {200: 1, 400: 9}
    assert await actions(service, AuditAction.USER_NOT_ME) == 1


async def test_of_many_who_want_one_address_one_gets_it(service: Service) -> None:
    people = [await service.enter(email=f"john{number}@example.com") for number in range(6)]
    tokens = [await asked(service, user, headers, "new@example.com") for user, headers in people]
    answers = await asyncio.gather(*(service.redeem(TokenPurpose.CONFIRM_EMAIL_CHANGE, token) for token in tokens))
    assert statuses(answers) == {200: 1, 409: 5}
    for answer in answers:
        if answer.status_code == 409:
            problem(answer, 409, "email_already_registered")
    assert len(await service.rows("select from users where email = 'new@example.com'")) == 1
    assert await actions(service, AuditAction.EMAIL_CHANGE) == 1
    assert await actions(service, AuditAction.EMAIL_CHANGE_REFUSED) == 5
    assert [letter.kind for letter in await service.letters()] == [MailKind.EMAIL_CHANGED]


async def test_an_address_is_either_registered_or_confirmed(service: Service) -> None:
    for number in range(5):
        wanted = f"new{number}@example.com"
        user, headers = await service.enter(email=f"john{number}@example.com")
        token = await asked(service, user, headers, wanted)
        confirmed, *registered = await asyncio.gather(
            service.redeem(TokenPurpose.CONFIRM_EMAIL_CHANGE, token),
            *(service.client.post("/auth/register", json=JANE | {"email": wanted}) for _ in range(3)),
        )
        outcome = (confirmed.status_code, statuses(registered))
        assert outcome in [(200, {409: 3}), (409, {201: 1, 409: 2})]
        assert len(await service.rows("select from users where email = %(email)s", email=wanted)) == 1


async def test_the_old_address_is_free_at_no_moment_of_a_change(service: Service) -> None:
    user, headers = await service.enter()
    token = await asked(service, user, headers, "new@example.com")
    confirmed, *registered = await asyncio.gather(
        service.redeem(TokenPurpose.CONFIRM_EMAIL_CHANGE, token),
        *(service.client.post("/auth/register", json=JOHN) for _ in range(20)),
    )
    assert (confirmed.status_code, statuses(registered)) == (200, {409: 20})


async def test_an_undo_wins_over_a_confirmation_at_the_same_instant(service: Service) -> None:
    for number in range(5):
        old = f"john{number}@example.com"
        user, headers = await service.enter(email=old)
        token = await asked(service, user, headers, f"new{number}@example.com")
        await service.redeem(TokenPurpose.CONFIRM_EMAIL_CHANGE, token)
        undo = (await service.letter(MailKind.EMAIL_CHANGED)).tokens[TokenPurpose.UNDO_EMAIL_CHANGE]
        token = await asked(service, user, headers, f"third{number}@example.com")
        redeemed = [
            service.redeem(TokenPurpose.UNDO_EMAIL_CHANGE, undo),
            service.redeem(TokenPurpose.CONFIRM_EMAIL_CHANGE, token),
        ]
        answers = await asyncio.gather(*(redeemed if number % 2 else reversed(redeemed)))
        undone, confirmed = answers if number % 2 else reversed(answers)
        assert undone.status_code == 200
        if confirmed.status_code != 200:
            problem(confirmed, 400, "token_invalid")
        (row,) = await service.rows("select * from users where id = %(id)s", id=user["id"])
        assert (row["email"], row["pending_email"]) == (old, None)
        assert row["password_reset_required_at"] is not None
        problem(await service.client.get("/auth/me", headers=headers), 401, "session_ended")


async def test_two_undos_at_the_same_instant_end_at_the_address_that_was_first(service: Service) -> None:
    user, headers = await service.enter()
    undos = []
    for address in ("second@example.com", "third@example.com"):
        token = await asked(service, user, headers, address)
        await service.redeem(TokenPurpose.CONFIRM_EMAIL_CHANGE, token)
        undos.append((await service.letter(MailKind.EMAIL_CHANGED)).tokens[TokenPurpose.UNDO_EMAIL_CHANGE])
    owners, strangers = await asyncio.gather(
        *(service.redeem(TokenPurpose.UNDO_EMAIL_CHANGE, token) for token in undos)
    )
    assert (owners.status_code, strangers.status_code) in [(200, 200), (200, 400)]
    assert [row["email"] for row in await service.rows("select email from users")] == [JOHN["email"]]


async def test_of_a_change_and_a_reset_of_the_password_one_counts_and_the_loser_is_out(service: Service) -> None:
    for number in range(6):
        email = f"john{number}@example.com"
        _, headers = await service.enter(email=email)
        others = await service.log_in(email)
        token = await forgotten(service, email)
        body = {"current_password": PASSWORD, "new_password": "ChangedPass-1"}
        changed, reset = await asyncio.gather(
            service.client.post("/auth/change-password", headers=headers, json=body),
            service.redeem(TokenPurpose.RESET_PASSWORD, token, new_password="Reset-Pass-22"),
        )
        opens = {password: await knows(service, email, password) for password in (PASSWORD, *NEW_PASSWORDS)}
        mine = await service.client.get("/auth/me", headers=headers)
        if changed.status_code == 200:
            problem(reset, 400, "token_invalid")
            assert opens == {PASSWORD: False, "ChangedPass-1": True, "Reset-Pass-22": False}
            assert mine.status_code == 200
        else:
            assert (changed.status_code, changed.json()["code"]) in [(403, "wrong_password"), (401, "session_ended")]
            assert reset.status_code == 200
            assert opens == {PASSWORD: False, "ChangedPass-1": False, "Reset-Pass-22": True}
            problem(mine, 401, "session_ended")
        problem(await service.client.get("/auth/me", headers=others), 401, "session_ended")


async def test_of_many_changes_of_the_password_one_counts(service: Service) -> None:
    await service.register()
    bearers = [await service.log_in() for _ in range(10)]
    bodies = [{"current_password": PASSWORD, "new_password": f"OtherPass-45{n}?"} for n in range(10)]
    answers = await asyncio.gather(
        *(
            service.client.post("/auth/change-password", headers=headers, json=body)
            for headers, body in zip(bearers, bodies, strict=True)
        )
    )
    assert statuses(answers)[200] == 1
    for headers, body, answer in zip(bearers, bodies, answers, strict=True):
        me = await service.client.get("/auth/me", headers=headers)
        if answer.status_code == 200:
            assert answer.json()["sessions_ended"] == 9
            assert me.status_code == 200
            await service.log_in(password=body["new_password"])
        else:
            assert answer.json()["code"] in {"wrong_password", "session_ended"}
            problem(me, 401, "session_ended")
    assert await actions(service, AuditAction.PASSWORD_CHANGE) == 1


async def test_no_login_with_the_old_password_outlives_a_reset(service: Service) -> None:
    await service.register()
    token = await forgotten(service)
    logins = [asyncio.create_task(service.client.post("/auth/login", json=CREDENTIALS)) for _ in range(15)]
    reset = asyncio.create_task(service.redeem(TokenPurpose.RESET_PASSWORD, token, new_password=OTHER_PASSWORD))
    logins += [asyncio.create_task(service.client.post("/auth/login", json=CREDENTIALS)) for _ in range(15)]
    assert (await reset).status_code == 200
    answers = await asyncio.gather(*logins)
    assert set(statuses(answers)) <= {200, 401}
    for answer in answers:
        if answer.status_code == 200:
            headers = bearer(answer.json()["access_token"])
            problem(await service.client.get("/auth/me", headers=headers), 401, "session_ended")
    assert await service.rows("select from sessions where ended_at is null") == []


async def test_a_login_that_waits_for_a_reset_has_to_know_the_new_password(service: Service) -> None:
    """The old one was right when it was compared."""
    user = await service.register()
    async with service.container.unit_of_work() as work:
        assert await work.users.lock(user["id"]) is not None
        login = asyncio.create_task(service.client.post("/auth/login", json=CREDENTIALS))
        await until(lambda: somebody_waits_for_a_lock(service))
        new_hash = await service.container.password_hasher().hash(Password.typed(OTHER_PASSWORD))
        await work.users.set_password_hash(user["id"], new_hash, at=NOW)
        await work.commit()
    problem(await login, 401, "invalid_credentials")
    assert await service.rows("select from sessions") == []


async def test_a_login_that_waits_for_a_report_of_a_stranger_is_denied_by_it(service: Service) -> None:
    user = await service.register()
    async with service.container.unit_of_work() as work:
        account = await work.users.lock(user["id"])
        assert account is not None
        await work.users.save(account.user.with_reset_required(at=NOW))
        login = asyncio.create_task(service.client.post("/auth/login", json=CREDENTIALS))
        await until(lambda: somebody_waits_for_a_lock(service))
        await work.commit()
    problem(await login, 403, "password_reset_required")
    assert await service.rows("select from sessions") == []


async def test_of_thirty_who_ask_for_a_verification_mail_one_is_heard(service: Service) -> None:
    await service.register()
    await service.letters()
    body = {"email": JOHN["email"]}
    answers = await asyncio.gather(*(service.client.post("/auth/resend-verification", json=body) for _ in range(30)))
    assert statuses(answers) == {200: 1, 429: 29}
    for answer in answers:
        if answer.status_code == 429:
            problem(answer, 429, "rate_limited")
    assert len(await service.letters()) == 1


async def test_of_many_reset_links_only_the_one_issued_last_works(service: Service) -> None:
    await service.register()
    await service.letters()
    answers = await asyncio.gather(
        *(service.client.post("/auth/forgot-password", json={"email": JOHN["email"]}) for _ in range(10))
    )
    assert statuses(answers) == {200: 10}
    deliver = service.container.application().deliver_mail
    await asyncio.gather(*(deliver.execute() for _ in range(10)))  # as many workers at once
    assert await service.rows("select from outgoing_mails") == []
    letters = [letter for letter in service.mailer.letters if letter.kind is MailKind.RESET_PASSWORD]
    tokens = [letter.tokens[TokenPurpose.RESET_PASSWORD] for letter in letters]
    assert len(set(tokens)) == 10
    good = await service.rows("select from one_time_tokens where purpose = 'reset-password' and voided_at is null")
    assert len(good) == 1
    answers = [
        await service.redeem(TokenPurpose.RESET_PASSWORD, token, new_password=OTHER_PASSWORD) for token in tokens
    ]
    assert statuses(answers) == {200: 1, 400: 9}


async def test_of_many_requests_for_another_address_one_can_be_confirmed(service: Service) -> None:
    user, headers = await service.verify()
    wanted = [f"new{number}@example.com" for number in range(10)]
    answers = await asyncio.gather(
        *(
            service.client.put(
                f"/users/{user['id']}", headers=headers, json={"email": email, "current_password": PASSWORD}
            )
            for email in wanted
        )
    )
    assert statuses(answers) == {200: 10}
    (letter,) = await service.letters()
    (row,) = await service.rows("select pending_email from users")
    assert letter.recipient.value == row["pending_email"]
    token = letter.tokens[TokenPurpose.CONFIRM_EMAIL_CHANGE]
    assert (await service.redeem(TokenPurpose.CONFIRM_EMAIL_CHANGE, token)).status_code == 200


async def test_of_many_users_whom_an_admin_gives_one_address_one_gets_it(service: Service) -> None:
    people = [await service.register(email=f"john{number}@example.com") for number in range(5)]
    _, admin = await service.enter_as_admin()
    answers = await asyncio.gather(
        *(
            service.client.put(f"/users/{user['id']}", headers=admin, json={"email": "new@example.com"})
            for user in people
        )
    )
    assert statuses(answers) == {200: 1, 409: 4}


async def test_no_mail_is_sent_twice_by_many_workers(service: Service) -> None:
    for number in range(10):
        await service.register(email=f"john{number}@example.com")
    deliver = service.container.application().deliver_mail
    deliveries = await asyncio.gather(*(deliver.execute() for _ in range(20)))
    assert Counter(delivery.found for delivery in deliveries) == {True: 10, False: 10}
    letters = service.mailer.letters
    assert len({letter.recipient.value for letter in letters}) == len(letters) == 10


async def forgotten(service: Service, email: str = JOHN["email"]) -> str:
    """The token of a reset link."""
    assert (await service.client.post("/auth/forgot-password", json={"email": email})).status_code == 200
    return (await service.letter(MailKind.RESET_PASSWORD)).tokens[TokenPurpose.RESET_PASSWORD]


async def asked(service: Service, user: dict[str, Any], headers: dict[str, str], email: str) -> str:
    """Ask for another address; the token that was mailed there."""
    body = {"email": email, "current_password": PASSWORD}
    answer = await service.client.put(f"/users/{user['id']}", headers=headers, json=body)
    assert answer.status_code == 200, answer.text
    return (await service.letter(MailKind.CONFIRM_EMAIL_CHANGE)).tokens[TokenPurpose.CONFIRM_EMAIL_CHANGE]


async def knows(service: Service, email: str, password: str) -> bool:
    answer = await service.client.post("/auth/login", json={"email": email, "password": password})
    assert answer.status_code in {200, 401}
    return answer.status_code == 200


async def actions(service: Service, action: AuditAction) -> int:
    """How often something happened."""
    return [entry.action for entry in await service.audit_trail()].count(action)


def statuses(answers: Iterable[httpx2.Response]) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


async def somebody_waits_for_a_lock(service: Service) -> bool:
    return bool(await service.rows("select from pg_locks where not granted"))


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await holds():  # noqa: ASYNC110 - it happens in the database
            await asyncio.sleep(0.01)
