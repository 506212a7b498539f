"""POST /auth/refresh: going on with a session, and what happens to a token that is in two hands."""

from __future__ import annotations

import base64
import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import jwt
import pytest

from adapters.system.key_ring import KeyRing
from adapters.tokens.refresh_token_codec import HmacRefreshTokenCodec
from tests.support.composition import MASTER_KEY, SECRET_KEY
from tests.support.http import (
    CLIENT_IP,
    JANE,
    JOHN,
    OTHER_PASSWORD,
    USER_AGENT,
    FreeHasher,
    bearer,
    client_of,
    compose_http,
    problem,
    running,
)
from tests.support.protocol import traffic
from user_domain.testing.builders import NOW, PASSWORD, a_block, a_suspension
from user_domain.value_objects.ids import SessionHandle
from user_domain.value_objects.letter import MailKind
from user_domain.value_objects.one_time_token import TokenPurpose
from user_domain.value_objects.refresh_token import RefreshToken

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from typing import TypeAlias

    import httpx2

    from tests.support.http import Service

    Tokens: TypeAlias = dict[str, Any]

FIELDS = {"access_token", "token_type", "expires_in", "refresh_token", "refresh_expires_in"}
MONTH = 30 * 24 * 3600
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
async def service(conninfo: str) -> AsyncIterator[Service]:
    """A running service, hashes for nothing."""
    async with running(compose_http(conninfo, hasher=FreeHasher(), max_sessions_per_user=100)) as service:
        yield service


@pytest.fixture
async def tokens(service: Service) -> Tokens:
    """John is registered, has no mail to read, and is logged in."""
    await service.register()
    await service.letters()
    return await service.start()


async def me(service: Service, tokens: Tokens) -> httpx2.Response:
    return await service.client.get("/auth/me", headers=bearer(tokens["access_token"]))


async def session_of(service: Service, tokens: Tokens) -> dict[str, Any]:
    """As it is stored."""
    query = "select *, host(ip_address) as ip from sessions where handle = %(handle)s::uuid"
    (row,) = await service.rows(query, handle=claims(tokens)["sid"])
    return row


def claims(tokens: Tokens) -> dict[str, Any]:
    """What the access token says, read as the order service does."""
    said: dict[str, Any] = jwt.decode(tokens["access_token"], SECRET_KEY.encode(), algorithms=["HS256"])
    return said


async def let_grace_pass(service: Service) -> None:
    assert await service.rows("update sessions set refreshed_at = refreshed_at - interval '10 seconds' returning id")


async def is_dead(service: Service, *all_tokens: Tokens) -> None:
    """None of these opens anything."""
    for tokens in all_tokens:
        problem(await me(service, tokens), 401, "session_ended")
        problem(await service.refresh(tokens["refresh_token"]), 401, "refresh_token_invalid")


# Going on


@pytest.mark.parametrize("way_in", ["login", "token"])
async def test_both_ways_in_give_a_refresh_token_and_it_gives_the_next(service: Service, way_in: str) -> None:
    await service.register()
    body = {"email": JOHN["email"], "password": PASSWORD}
    form = {"username": JOHN["email"], "password": PASSWORD}
    post = service.client.post
    first = await (post("/auth/login", json=body) if way_in == "login" else post("/auth/token", data=form))
    second = await service.refresh(first.json()["refresh_token"])
    for answer in (first, second):
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Type"] == "application/json"
        tokens = answer.json()
        assert set(tokens) == FIELDS
        assert (tokens["token_type"], tokens["expires_in"], tokens["refresh_expires_in"]) == ("bearer", 1800, MONTH)
        assert type(tokens["expires_in"]) is type(tokens["refresh_expires_in"]) is int
        assert re.fullmatch(r"[A-Za-z0-9_-]{70}", tokens["refresh_token"])
        assert (await me(service, tokens)).status_code == 200
    assert first.json()["refresh_token"] != second.json()["refresh_token"]
    before, after = claims(first.json()), claims(second.json())
    assert before["jti"] != after["jti"]
    assert [before[name] for name in ("sub", "sid", "iss")] == [after[name] for name in ("sub", "sid", "iss")]


async def test_access_tokens_from_before_still_work(service: Service, tokens: Tokens) -> None:
    chain = [tokens]
    for _ in range(5):
        chain.append(await service.go_on(chain[-1]["refresh_token"]))
    assert len({each["refresh_token"] for each in chain}) == 6
    for each in chain:
        assert (await me(service, each)).status_code == 200
    assert (await session_of(service, tokens))["refresh_generation"] == 5
    assert len(await service.rows("select from sessions")) == 1


async def test_a_token_that_comes_again_at_once_gets_the_same_successor(service: Service, tokens: Tokens) -> None:
    """The answer was lost, or another tab was faster."""
    first = await service.go_on(tokens["refresh_token"])
    stored = await session_of(service, tokens)
    again = await service.go_on(tokens["refresh_token"])
    assert again["refresh_token"] == first["refresh_token"]
    assert claims(again)["jti"] != claims(first)["jti"]
    assert await session_of(service, tokens) == stored
    assert await service.letters() == []
    await service.go_on(again["refresh_token"])


async def test_no_entry_and_no_mail_tells_of_what_is_as_it_should_be(service: Service, tokens: Tokens) -> None:
    before = await service.audit_trail()
    await service.go_on((await service.go_on(tokens["refresh_token"]))["refresh_token"])
    assert await service.audit_trail() == before
    assert await service.letters() == []


async def test_a_session_that_is_refreshed_lives_on_from_then(service: Service, tokens: Tokens) -> None:
    await service.rows("update sessions set expires_at = now() + interval '1 minute' returning id")
    second = await service.go_on(tokens["refresh_token"])
    assert second["refresh_expires_in"] == MONTH
    session = await session_of(service, tokens)
    assert session["expires_at"] - session["refreshed_at"] == timedelta(days=30)
    assert session["last_seen_at"] == session["refreshed_at"] > session["started_at"]


async def test_in_all_it_lives_no_longer_than_the_absolute_lifetime(service: Service, tokens: Tokens) -> None:
    await service.rows(
        "update sessions set started_at = now() - interval '90 days' + interval '10 minutes' returning 1"
    )
    await service.rows("update sessions set expires_at = now() + interval '1 minute' returning id")
    second = await service.go_on(tokens["refresh_token"])
    assert 590 <= second["refresh_expires_in"] <= 600
    assert second["expires_in"] == second["refresh_expires_in"]  # no access token outlives its session
    session = await session_of(service, tokens)
    assert session["expires_at"] - session["started_at"] == timedelta(days=90)
    await service.rows("update sessions set started_at = started_at - interval '1 hour' returning id")
    third = await service.go_on(second["refresh_token"])
    assert third["refresh_expires_in"] <= second["refresh_expires_in"]


async def test_the_next_access_token_says_what_is_true_by_then(service: Service, tokens: Tokens) -> None:
    user = (await me(service, tokens)).json()
    headers = bearer(tokens["access_token"])
    await service.client.put(f"/users/{user['id']}", headers=headers, json={"name": "Jane Roe"})
    await service.promote(user["email"])
    said = claims(await service.go_on(tokens["refresh_token"]))
    assert (said["name"], said["role"]) == ("Jane Roe", "admin")


async def test_any_replica_goes_on_with_it_also_after_a_restart(
    service: Service, tokens: Tokens, conninfo: str
) -> None:
    async with running(compose_http(conninfo, hasher=FreeHasher())) as replica:
        second = await replica.go_on(tokens["refresh_token"])
    assert (await me(service, second)).status_code == 200
    await service.go_on(second["refresh_token"])


async def test_it_needs_no_bearer_and_minds_none(service: Service, tokens: Tokens) -> None:
    expired = jwt.encode(claims(tokens) | {"exp": 1}, SECRET_KEY, "HS256", headers={"typ": "at+jwt"})
    token = tokens["refresh_token"]
    for headers in (bearer(expired), bearer("garbage"), {"Authorization": "Basic Og=="}):
        answer = await service.client.post("/auth/refresh", json={"refresh_token": token}, headers=headers)
        assert answer.status_code == 200
        token = answer.json()["refresh_token"]


async def test_neither_token_is_taken_for_the_other(service: Service, tokens: Tokens) -> None:
    problem(await service.client.get("/auth/me", headers=bearer(tokens["refresh_token"])), 401, "token_invalid")
    problem(await service.refresh(tokens["access_token"]), 401, "refresh_token_invalid")
    one_time = (await service.rows("select id from one_time_tokens limit 1"))[0]["id"].hex
    problem(await service.refresh(one_time), 401, "refresh_token_invalid")
    problem(await service.redeem(TokenPurpose.NOT_ME, tokens["refresh_token"]), 400, "token_invalid")
    assert (await session_of(service, tokens))["refresh_generation"] == 0


async def test_it_is_read_from_the_body_only(service: Service, tokens: Tokens) -> None:
    sent = {"refresh_token": tokens["refresh_token"]}
    post = service.client.post
    assert (await post("/auth/refresh", params=sent, json={})).status_code == 422
    problem(await post("/auth/refresh", data=sent), 415, "unsupported_media_type")
    assert (await post("/auth/refresh", json={}, headers={"Cookie": f"refresh_token={sent['refresh_token']}"})
            ).status_code == 422  # fmt: skip
    problem(await service.client.get("/auth/refresh", params=sent), 405, "method_not_allowed")
    assert (await session_of(service, tokens))["refresh_generation"] == 0


async def test_a_token_outlives_a_change_of_the_master_key_and_no_other_key_opens_it(
    service: Service, tokens: Tokens, conninfo: str
) -> None:
    newer = "a newer key for tests, from which others follow"
    before = service.container.settings().master_key
    async with running(compose_http(conninfo, master_key=newer)) as foreign:
        problem(await foreign.refresh(tokens["refresh_token"]), 401, "refresh_token_invalid")
    async with running(compose_http(conninfo, master_key=newer, master_key_previous=before)) as renewed:
        second = await renewed.go_on(tokens["refresh_token"])
        third = await renewed.go_on(second["refresh_token"])
    problem(await service.refresh(third["refresh_token"]), 401, "refresh_token_invalid")  # it knows the old one only


# A token that was spent


async def spent_too_long_ago(service: Service, tokens: Tokens) -> list[Tokens]:
    """Its time of grace is over."""
    second = await service.go_on(tokens["refresh_token"])
    await let_grace_pass(service)
    return [second]


async def spent_and_its_successor_too(service: Service, tokens: Tokens) -> list[Tokens]:
    """Whoever goes on with the successor has had the answer, so nobody has lost it."""
    second = await service.go_on(tokens["refresh_token"])
    return [second, await service.go_on(second["refresh_token"])]


async def spent_long_before(service: Service, tokens: Tokens) -> list[Tokens]:
    later = [tokens]
    for _ in range(7):
        later.append(await service.go_on(later[-1]["refresh_token"]))
    return later[1:]


REPLAYS = [spent_too_long_ago, spent_and_its_successor_too, spent_long_before]


@pytest.mark.parametrize("replay", REPLAYS)
async def test_a_spent_token_ends_the_session_for_every_token_of_it_at_once(
    service: Service, tokens: Tokens, replay: Callable[[Service, Tokens], Awaitable[list[Tokens]]]
) -> None:
    other = await service.start()
    later = await replay(service, tokens)
    answer = await service.refresh(tokens["refresh_token"])
    problem(answer, 401, "refresh_token_reused")
    assert answer.headers["WWW-Authenticate"].startswith('Bearer error="invalid_token"')
    assert answer.headers["Cache-Control"] == "no-store"
    await is_dead(service, tokens, *later)
    session = await session_of(service, tokens)
    assert session["end_reason"] == "refresh_token_reused"
    assert (await me(service, other)).status_code == 200  # the other device
    await service.go_on(other["refresh_token"])


async def test_it_counts_on_every_replica(service: Service, tokens: Tokens, conninfo: str) -> None:
    async with running(compose_http(conninfo, hasher=FreeHasher())) as replica:
        (second,) = await spent_too_long_ago(replica, tokens)
        assert (await me(replica, second)).status_code == 200
        problem(await service.refresh(tokens["refresh_token"]), 401, "refresh_token_reused")
        await is_dead(replica, tokens, second)


async def test_the_owner_is_told_from_where_and_can_shut_everybody_out(service: Service, tokens: Tokens) -> None:
    other = await service.start()
    await spent_and_its_successor_too(service, tokens)
    async with client_of(service.app, peer=("198.51.100.1", 50_000)) as thief:
        body = {"refresh_token": tokens["refresh_token"]}
        answer = await thief.post("/auth/refresh", json=body, headers={"User-Agent": FIREFOX})
        problem(answer, 401, "refresh_token_reused")
    letter = await service.letter(MailKind.REFRESH_TOKEN_REUSED)
    assert (letter.recipient.value, letter.name.value) == (JOHN["email"], JOHN["name"])
    assert letter.ip_address == "198.51.100.1"
    assert letter.device.in_words == "Firefox on Linux"
    assert letter.occurred_at == (await session_of(service, tokens))["ended_at"]
    assert set(letter.tokens) == {TokenPurpose.NOT_ME}
    assert (await me(service, other)).status_code == 200
    answer = await service.redeem(TokenPurpose.NOT_ME, letter.tokens[TokenPurpose.NOT_ME])
    assert answer.status_code == 200
    await is_dead(service, other)
    login = await service.client.post("/auth/login", json={"email": JOHN["email"], "password": PASSWORD})
    problem(login, 403, "password_reset_required")


async def test_the_link_is_in_the_mail_and_leads_to_a_page(service: Service, tokens: Tokens) -> None:
    await spent_too_long_ago(service, tokens)
    await service.refresh(tokens["refresh_token"])
    letter = await service.letter(MailKind.REFRESH_TOKEN_REUSED)
    page = await service.client.get("/not-me", params={"token": letter.tokens[TokenPurpose.NOT_ME]})
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")


async def test_one_mail_and_one_entry_however_often_it_is_tried(service: Service, tokens: Tokens) -> None:
    user = (await me(service, tokens)).json()
    await spent_too_long_ago(service, tokens)
    problem(await service.refresh(tokens["refresh_token"]), 401, "refresh_token_reused")
    for _ in range(3):
        problem(await service.refresh(tokens["refresh_token"]), 401, "refresh_token_invalid")
    assert [letter.kind for letter in await service.letters()] == [MailKind.REFRESH_TOKEN_REUSED]
    (entry,) = [entry for entry in await service.audit_trail() if entry.action.startswith("session:refresh")]
    assert entry.action == "session:refresh:reused"
    assert (entry.actor_id, entry.target_id) == (user["id"], user["id"])
    assert (entry.client.ip_address, entry.client.user_agent) == (CLIENT_IP, USER_AGENT)
    assert entry.client.request_id
    assert (await session_of(service, tokens))["ended_at"] == entry.at


async def test_logging_in_again_works(service: Service, tokens: Tokens) -> None:
    await spent_too_long_ago(service, tokens)
    await service.refresh(tokens["refresh_token"])
    await service.go_on((await service.start())["refresh_token"])


# A session that is over, an account that is shut


async def logged_out(service: Service, tokens: Tokens) -> None:
    await service.client.post("/auth/logout", headers=bearer(tokens["access_token"]))


async def logged_out_everywhere(service: Service, tokens: Tokens) -> None:
    await service.client.post("/auth/logout-all", headers=await service.log_in())


async def revoked(service: Service, tokens: Tokens) -> None:
    session = await session_of(service, tokens)
    await service.client.delete(f"/auth/sessions/{session['id']}", headers=await service.log_in())


async def password_changed(service: Service, tokens: Tokens) -> None:
    body = {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}
    await service.client.post("/auth/change-password", headers=await service.log_in(), json=body)


async def password_reset(service: Service, tokens: Tokens) -> None:
    await service.client.post("/auth/forgot-password", json={"email": JOHN["email"]})
    token = (await service.letter(MailKind.RESET_PASSWORD)).tokens[TokenPurpose.RESET_PASSWORD]
    await service.redeem(TokenPurpose.RESET_PASSWORD, token, new_password=OTHER_PASSWORD)


async def reported(service: Service, tokens: Tokens) -> None:
    async with client_of(service.app, peer=("198.51.100.1", 50_000)) as stranger:
        await stranger.post("/auth/login", json={"email": JOHN["email"], "password": PASSWORD})
    token = (await service.letter(MailKind.NEW_LOGIN)).tokens[TokenPurpose.NOT_ME]
    await service.redeem(TokenPurpose.NOT_ME, token)


async def expired(service: Service, tokens: Tokens) -> None:
    await service.rows("update sessions set expires_at = now() returning id")


async def gone(service: Service, tokens: Tokens) -> None:
    await service.rows("delete from sessions returning id")


@pytest.mark.parametrize(
    "end", [logged_out, logged_out_everywhere, revoked, password_changed, password_reset, reported, expired, gone]
)
@pytest.mark.parametrize("is_spent", [False, True])
async def test_of_a_session_that_is_over_no_token_goes_on(
    service: Service, tokens: Tokens, end: Callable[[Service, Tokens], Awaitable[None]], *, is_spent: bool
) -> None:
    later = [await service.go_on(tokens["refresh_token"])] if is_spent else []
    await end(service, tokens)
    await service.letters()
    before = await service.audit_trail()
    await is_dead(service, tokens, *later)
    # It is over: a token of it that comes again alarms nobody.
    assert await service.audit_trail() == before
    assert await service.letters() == []


SHUT: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "account_blocked": ({"block": a_block()}, {"block": None}),
    "account_suspended": ({"suspension": a_suspension(until=None)}, {"suspension": None}),
    "password_reset_required": ({"password_reset_required_at": NOW}, {"password_reset_required_at": None}),
    "email_not_verified": ({"email_verified_at": None}, {"email_verified_at": NOW}),
}


@pytest.mark.parametrize("code", SHUT)
async def test_a_shut_account_hears_why_and_its_token_is_not_spent(conninfo: str, code: str) -> None:
    required = "required" if code == "email_not_verified" else "optional"
    async with running(compose_http(conninfo, hasher=FreeHasher(), email_verification=required)) as service:
        user = await service.register()
        await service.restrict(user["id"], email_verified_at=NOW)
        tokens = await service.start()
        shut, opened = SHUT[code]
        await service.restrict(user["id"], **shut)
        for _ in range(2):
            problem(await service.refresh(tokens["refresh_token"]), 403, code)
        assert (await session_of(service, tokens))["refresh_generation"] == 0
        entries = [entry for entry in await service.audit_trail() if entry.action.startswith("session:refresh")]
        assert [(entry.action, entry.target_id, entry.reason) for entry in entries] == [
            ("session:refresh:denied", user["id"], code)
        ] * 2
        await service.restrict(user["id"], **opened)
        await let_grace_pass(service)
        await service.go_on(tokens["refresh_token"])


async def test_a_suspension_that_is_over_is_no_bar(service: Service, tokens: Tokens) -> None:
    user = (await me(service, tokens)).json()
    await service.restrict(user["id"], suspension=a_suspension(until=NOW))
    await service.go_on(tokens["refresh_token"])


async def test_a_spent_token_ends_the_session_of_a_shut_account_too(service: Service, tokens: Tokens) -> None:
    user = (await me(service, tokens)).json()
    (second,) = await spent_too_long_ago(service, tokens)
    await service.restrict(user["id"], block=a_block())
    problem(await service.refresh(tokens["refresh_token"]), 401, "refresh_token_reused")
    problem(await service.refresh(second["refresh_token"]), 401, "refresh_token_invalid")
    assert (await session_of(service, tokens))["end_reason"] == "refresh_token_reused"


# What is no token of ours


def altered(token: str, position: int) -> str:
    """With one bit of one byte flipped."""
    raw = bytearray(base64.urlsafe_b64decode(token + "=="))
    raw[position] ^= 1
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def genuine(handle: str, generation: int, key: str = MASTER_KEY) -> str:
    """As a service with this key writes it."""
    codec = HmacRefreshTokenCodec(keys=KeyRing([key]).keys("refresh-tokens"))
    return codec.issue(RefreshToken(SessionHandle(handle), generation))


def flipped(position: int) -> Callable[[str, str], str]:
    return lambda token, _: altered(token, position)


FORGERIES: dict[str, Callable[[str, str], str]] = {
    **{f"altered at {position}": flipped(position) for position in (0, 15, 16, 19, 20, 51)},
    "cut off": lambda token, _: token[:-1],
    "with more behind it": lambda token, _: token + "A",
    "with a line feed": lambda token, _: token + "\n",
    "in spaces": lambda token, _: f" {token} ",
    "in quotes": lambda token, _: f'"{token}"',
    "padded": lambda token, _: token + "==",
    "twice": lambda token, _: token * 2,
    "with other idle bits": lambda token, _: token[:-1] + chr(ord(token[-1]) + 1),
    "in capitals": lambda token, _: token.upper(),
    "signed by another service": lambda _, handle: genuine(handle, 0, "a key of another service, long enough"),
    "of a session that never was": lambda *_: genuine("0" * 31 + "1", 0),
    "of a generation to come": lambda _, handle: genuine(handle, 1),  # the database was restored from an older copy
    "of the last generation there can be": lambda _, handle: genuine(handle, 2**32 - 1),
    "the handle": lambda _, handle: handle,
    "nothing": lambda *_: "",
}


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_it_is_refused_and_the_session_goes_on(service: Service, tokens: Tokens, forgery: str) -> None:
    forged = FORGERIES[forgery](tokens["refresh_token"], claims(tokens)["sid"])
    assert forged != tokens["refresh_token"]
    before = (await service.rows("select * from sessions"), await service.audit_trail())
    problem(await service.refresh(forged), 401, "refresh_token_invalid")
    assert (await service.rows("select * from sessions"), await service.audit_trail()) == before
    assert await service.letters() == []
    await service.go_on(tokens["refresh_token"])


async def test_what_is_wrong_with_a_token_is_told_to_nobody(service: Service, tokens: Tokens) -> None:
    over = await service.start()
    await logged_out(service, over)
    jane = await service.register(**JANE)
    answers = []
    for token in (
        *(forge(tokens["refresh_token"], claims(tokens)["sid"]) for forge in FORGERIES.values()),
        over["refresh_token"],
        str(jane["id"]),
    ):
        body = {"refresh_token": token}
        answer = await service.client.post("/auth/refresh", json=body, headers={"X-Request-ID": "fixed"})
        assert token == "" or token not in answer.text
        answers.append((answer.status_code, answer.content, sorted(answer.headers.items())))
    assert all(answer == answers[0] for answer in answers)
    assert answers[0][0] == 401


async def test_a_forged_token_costs_no_statement_and_any_other_one(conninfo: str) -> None:
    """Nobody can make the database work without having been given a token."""
    container = compose_http(
        conninfo,
        hasher=FreeHasher(),
        database_pool_min=1,
        database_pool_max=1,
        database_pooler="transaction",
        migrate_on_start=False,
    )
    async with running(container) as service:
        await service.register()
        tokens = await service.start()
        over = await service.start()
        await logged_out(service, over)
        handle = claims(tokens)["sid"]
        expected = dict.fromkeys(FORGERIES, 0) | {
            "of a session that never was": 1,
            "of a generation to come": 1,
            "of the last generation there can be": 1,
        }
        costs = {}
        for name, forge in FORGERIES.items():
            async with traffic(container.database()) as wire:
                await service.refresh(forge(tokens["refresh_token"], handle))
            costs[name] = wire.round_trips
        assert costs == expected
        statements = []
        for token in (genuine("0" * 31 + "1", 0), over["refresh_token"], genuine(handle, 7)):
            async with traffic(container.database()) as wire:
                problem(await service.refresh(token), 401, "refresh_token_invalid")
            statements.append(wire.statements)
        assert len(statements[0]) == 1
        assert all(seen == statements[0] for seen in statements)


async def test_no_token_is_stored_and_none_is_in_the_trail(service: Service, tokens: Tokens) -> None:
    chain = [tokens, *await spent_long_before(service, tokens)]
    await service.refresh(tokens["refresh_token"])
    await service.letters()
    stored = json.dumps(
        [
            await service.rows("select * from sessions"),
            await service.rows("select * from audit_entries"),
            [repr(entry) for entry in await service.audit_trail()],
            await service.rows("select * from outgoing_mails"),
            await service.rows("select * from one_time_tokens"),
        ],
        default=lambda value: value.hex() if isinstance(value, bytes) else str(value),
    )
    for each in chain:
        code = base64.urlsafe_b64decode(each["refresh_token"] + "==")[20:]
        for secret in (each["refresh_token"], code.hex(), each["access_token"]):
            assert secret not in stored
