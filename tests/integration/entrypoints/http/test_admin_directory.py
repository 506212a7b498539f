"""GET /admin/users and GET /admin/users/blocked."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.http import BASE_URL, JOHN, TIMESTAMP, compose_http, next_page, problem, running, violations
from user_domain.testing.builders import NOW, a_block, a_new_user, a_suspension
from user_domain.testing.contracts.store import HASH
from user_domain.value_objects.email_address import EmailAddress
from user_domain.value_objects.ids import UserId
from user_domain.value_objects.person_name import PersonName
from user_domain.value_objects.role import Role

if TYPE_CHECKING:
    import httpx2

    from tests.support.http import Service
    from user_domain.entities.user import NewUser, User

HOUR = timedelta(hours=1)
SORTS = ["id", "-id", "created_at", "-created_at", "last_login", "-last_login", "email"]


async def store(service: Service, *new: NewUser) -> list[User]:
    """Store many users at once."""
    async with service.container.unit_of_work() as work:
        users = [await work.users.add(one, HASH) for one in new]
        await work.commit()
    return users


async def crowd(service: Service, count: int) -> list[int]:
    """Store so many users, each an hour younger than the one before; their numbers."""
    users = await store(service, *(a_new_user(created_at=NOW + number * HOUR) for number in range(count)))
    return [user.id for user in users]


async def listed(
    service: Service, headers: dict[str, str], path: str = "/admin/users", **parameters: Any
) -> httpx2.Response:
    answer = await service.client.get(path, headers=headers, params=parameters or None)
    assert answer.status_code == 200, answer.text
    return answer


def ids(answer: httpx2.Response) -> list[int]:
    return [user["id"] for user in answer.json()]


async def all_pages(service: Service, headers: dict[str, str], path: str | None) -> list[list[int]]:
    """The numbers on every page, from one on."""
    pages = []
    while path is not None:
        answer = await listed(service, headers, path)
        pages.append(ids(answer))
        path = next_page(answer)
        assert len(pages) < 50, "a list without end"
    return pages


@dataclass(frozen=True)
class Town:
    """People of every kind, by what they are, whom an admin looks for. Nothing changes there."""

    service: Service
    headers: dict[str, str]
    numbers: dict[str, int]


@pytest.fixture(scope="module")
async def town(lasting: Service) -> Town:
    admin, headers = await lasting.enter_as_admin()
    names = ["plain", "admin", "verified", "blocked", "suspended", "lapsed"]
    users = await store(
        lasting,
        *(
            a_new_user(
                name=PersonName(f"P. {name.title()}"),
                email=EmailAddress(f"{name}@example.com"),
                role=Role.ADMIN if name == "admin" else Role.USER,
                email_verified_at=NOW if name == "verified" else None,
                created_at=NOW + number * HOUR,
            )
            for number, name in enumerate(names)
        ),
    )
    numbers = {"ada": admin["id"]} | {name: user.id for name, user in zip(names, users, strict=True)}
    now = datetime.now(UTC)
    await lasting.restrict(numbers["blocked"], block=a_block(), suspension=a_suspension(until=None))
    await lasting.restrict(numbers["suspended"], suspension=a_suspension(until=now + HOUR))
    await lasting.restrict(numbers["lapsed"], suspension=a_suspension(until=now - HOUR))
    return Town(lasting, headers, numbers)


# --- What the storefront does -----------------------------------------------------------------------------------------


async def test_the_page_of_the_storefront_gets_the_200_newest_as_a_bare_array(service: Service) -> None:
    """It asks without parameters, and sorts in the browser."""
    admin, headers = await service.enter_as_admin()
    numbers = await crowd(service, 250)
    answer = await service.client.get("/admin/users", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert isinstance(answer.json(), list)
    assert ids(answer) == numbers[:49:-1]
    assert "X-Total-Count" not in answer.headers
    path = next_page(answer)
    assert path is not None
    answer = await listed(service, headers, path)
    assert ids(answer) == [*numbers[49::-1], admin["id"]]
    assert next_page(answer) is None


async def test_a_user_is_shown_as_admins_see_it(service: Service) -> None:
    admin, headers = await service.enter_as_admin()
    user = await service.register()
    until = datetime.now(UTC) + HOUR
    await service.restrict(user["id"], suspension=a_suspension(by=UserId(admin["id"]), until=until))
    shown, other = (await listed(service, headers)).json()
    assert shown == user | {
        "status": "suspended",
        "blocked_at": "2026-03-14T15:09:26.535897Z",
        "blocked_by": admin["id"],
        "blocked_reason": "late payment",
        "blocked_until": until.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "version": 2,
    }
    assert (other["id"], other["role"], other["status"], other["blocked_at"]) == (admin["id"], "admin", "active", None)
    assert TIMESTAMP.fullmatch(other["last_login"])
    assert (other["version"], shown["last_login"]) == (2, None)


# --- Who is looked for ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({}, "ada plain admin verified blocked suspended lapsed"),
        ({"q": "  "}, "ada plain admin verified blocked suspended lapsed"),
        ({"q": "PLA"}, "plain"),
        ({"q": "example.com b"}, "blocked"),
        ({"q": "p a"}, "admin"),
        ({"q": "nobody"}, ""),
        ({"status": "active"}, "ada plain admin verified lapsed"),
        ({"status": "blocked"}, "blocked"),
        ({"status": "suspended"}, "suspended"),
        ({"status": "pending_verification"}, ""),
        ({"include_blocked": "false"}, "ada plain admin verified lapsed"),
        ({"include_blocked": "true"}, "ada plain admin verified blocked suspended lapsed"),
        ({"include_blocked": "false", "status": "blocked"}, ""),
        ({"role": "admin"}, "ada admin"),
        ({"role": "user", "include_blocked": "false"}, "plain verified lapsed"),
        ({"verified": "true"}, "verified"),
        ({"verified": "false", "role": "admin"}, "ada admin"),
        ({"created_from": "2026-03-14T15:09:26.535897Z", "created_to": "2026-03-14T15:09:26.535898Z"}, "plain"),
        ({"created_from": "2026-03-14T18:09:26.535897+02:00", "created_to": "2026-03-14T12:09:26-06:00"},
         "admin verified"),
        ({"created_to": "2026-03-14t16:09:26.535897z"}, "plain"),
        ({"created_from": "2026-03-14T16:00:00Z", "created_to": "2026-03-14T16:00:00Z"}, ""),
        ({"created_from": "2030-01-01T00:00:00Z", "created_to": "2020-01-01T00:00:00Z"}, ""),
        ({"last_login_from": "2000-01-01T00:00:00Z"}, "ada"),
        ({"last_login_to": "9999-12-31T23:59:59Z"}, "ada"),
        ({"last_login_to": "2000-01-01T00:00:00Z"}, ""),
        ({"created_from": "0001-01-01T00:00:00+23:59", "created_to": "9999-12-31T23:59:59-23:59", "q": "pl"}, "plain"),
        ({"unknown": "1", "q": "pl"}, "plain"),
    ],
)  # fmt: skip
async def test_who_is_looked_for_is_found(town: Town, parameters: dict[str, str], found: str) -> None:
    service, headers, numbers = town.service, town.headers, town.numbers
    answer = await listed(service, headers, sort="id", count="exact", **parameters)
    assert ids(answer) == [numbers[name] for name in found.split()]
    assert answer.headers["X-Total-Count"] == str(len(found.split()))
    guessed = await listed(service, headers, sort="id", limit=1, count="estimate", **parameters)
    assert ids(guessed) == ids(answer)[:1]
    assert int(guessed.headers["X-Total-Count"]) >= len(ids(guessed))


async def test_where_addresses_must_be_verified_who_has_not_done_so_is_pending(conninfo: str) -> None:
    async with running(compose_http(conninfo, email_verification="required")) as service:
        await service.register()
        await service.register(email="ada@example.com")
        await service.promote("ada@example.com")
        await service.rows("update users set email_verified_at = now() where role = 'admin' returning id")
        headers = await service.log_in("ada@example.com")
        (user,) = (await listed(service, headers, status="pending_verification")).json()
        assert (user["email"], user["status"]) == (JOHN["email"], "pending_verification")
        (user,) = (await listed(service, headers, status="active")).json()
        assert user["email"] == "ada@example.com"


HOSTILE = [
    "&", "|", "!", "<->", ":*", "(", ")", "()", "'", "''", '"', "\\", "\\'", "'\\", "john:*", "joh:*B", "john & doe",
    "john|doe", "!doe", "john <-> doe", "'john'", "john')) or true --", "%", "%s", "%(q)s", "{}", "{user}", "$1", "*",
    "?", "\0", "john\0", "\ud7ff", "\ufffd", "\u202e", "\U0010ffff", "a" * 10_000, "é" * 3_000, "\u0301" * 2_000,
    "' " * 2_000, "\\ " * 2_000, " ".join(f"w{number}" for number in range(2_000)),
    " ".join("x" * length for length in range(1, 120)), "\t\n\r\f\v", "\u00a0", "\u3000\u2003",
]  # fmt: skip


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
async def test_whatever_is_typed_is_data(town: Town, hostile: str) -> None:
    for count in ("exact", "estimate"):
        found = ids(await listed(town.service, town.headers, q=hostile, count=count))
        assert len(found) == (len(town.numbers) if hostile.strip() == "" else 0)


# --- Pages ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("parameters", [{}, {"q": "john", "include_blocked": "false"}], ids=["everybody", "some"])
async def test_pages_lead_through_the_whole_list_in_its_order(
    service: Service, sort: str, parameters: dict[str, str]
) -> None:
    _, headers = await service.enter_as_admin(name="John Min")
    await crowd(service, 5)
    await store(service, *(a_new_user(created_at=NOW) for _ in range(2)))
    _, other = await service.enter()
    assert other
    everything = (await listed(service, headers, sort=sort, **parameters)).json()
    pages = await all_pages(
        service, headers, f"/admin/users?limit=2&sort={sort}&" + "&".join(map("=".join, parameters.items()))
    )
    assert [len(page) for page in pages] == [2, 2, 2, 2, 1]
    assert [number for page in pages for number in page] == [user["id"] for user in everything]
    field = sort.removeprefix("-")
    keys = [(user[field] or "", user["id"]) for user in everything] if field != "id" else [u["id"] for u in everything]
    assert keys == sorted(keys, reverse=sort.startswith("-"))


async def test_the_last_page_that_is_full_leads_nowhere(service: Service) -> None:
    _, headers = await service.enter_as_admin()
    await crowd(service, 3)
    assert await all_pages(service, headers, "/admin/users?limit=4") == [ids(await listed(service, headers))]
    assert [len(page) for page in await all_pages(service, headers, "/admin/users?limit=2")] == [2, 2]


async def test_the_link_repeats_what_was_asked_for_and_nothing_else(service: Service) -> None:
    _, headers = await service.enter_as_admin()
    await crowd(service, 3)
    answer = await listed(
        service, headers, q="john exam", include_blocked="false", verified="false", sort="email", limit=2,
        created_from="2026-03-14T16:09:26.535897+01:00", count="exact", unknown="x",
    )  # fmt: skip
    path = next_page(answer)
    assert path is not None
    start, _, cursor = path.partition("&cursor=")
    assert start == (
        "/admin/users?q=john+exam&include_blocked=false&verified=false"
        "&created_from=2026-03-14T16%3A09%3A26.535897%2B01%3A00&sort=email&limit=2"
    )
    assert answer.headers["X-Total-Count"] == "3"
    following = await listed(service, headers, path)
    assert (len(ids(following)), "X-Total-Count" in following.headers) == (1, False)
    assert cursor


async def test_the_link_holds_behind_a_gateway_that_strips_its_prefix(conninfo: str) -> None:
    async with running(compose_http(conninfo, root_path="/user")) as service:
        _, headers = await service.enter_as_admin()
        await crowd(service, 2)
        path = next_page(await listed(service, headers, limit=2))
        assert path is not None
        assert path.startswith("/user/admin/users?")
        answer = await service.client.get(BASE_URL + path, headers=headers)
        assert (answer.status_code, len(answer.json())) == (200, 1)


async def test_a_cursor_is_good_for_its_own_list_only(service: Service) -> None:
    _, headers = await service.enter_as_admin()
    numbers = await crowd(service, 4)
    for number in numbers:
        await service.restrict(number, block=a_block())
    path = next_page(await listed(service, headers, q="john", limit=1))
    assert path is not None
    cursor = path.partition("cursor=")[2]
    assert ids(await listed(service, headers, q="john", limit=200, cursor=cursor)) == numbers[2::-1]
    assert ids(await listed(service, headers, q="john", sort="-id", count="exact", cursor=cursor)) == numbers[2::-1]
    for other in (
        {}, {"q": "joh"}, {"q": "john", "sort": "id"}, {"q": "john", "status": "blocked"},
        {"q": "john", "role": "user"},
        {"q": "john", "include_blocked": "false"}, {"q": "john", "verified": "false"},
        {"q": "john", "created_from": "2020-01-01T00:00:00Z"}, {"q": "john", "last_login_to": "2020-01-01T00:00:00Z"},
    ):  # fmt: skip
        answer = await service.client.get("/admin/users", headers=headers, params={**other, "cursor": cursor})
        problem(answer, 400, "invalid_cursor")
    for path in ("/admin/users/blocked", "/admin/mail", "/auth/sessions"):
        problem(await service.client.get(path, headers=headers, params={"cursor": cursor}), 400, "invalid_cursor")
    blocked = next_page(await listed(service, headers, "/admin/users/blocked", limit=1))
    assert blocked is not None
    answer = await service.client.get(
        "/admin/users", headers=headers, params={"cursor": blocked.partition("cursor=")[2]}
    )
    problem(answer, 400, "invalid_cursor")


@pytest.mark.parametrize("path", ["/admin/users", "/admin/users/blocked"])
async def test_a_cursor_of_another_making_is_refused(service: Service, path: str) -> None:
    _, headers = await service.enter_as_admin()
    for number in await crowd(service, 2):
        await service.restrict(number, block=a_block())
    link = next_page(await listed(service, headers, path, limit=1))
    assert link is not None
    cursor = link.partition("cursor=")[2]
    raw = bytearray(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    raw[-1] ^= 1
    flipped = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    for forged in (flipped, cursor[:-4], cursor + "AAAA", "", "=", "A", "é", "\x00", "-1", "7", "A" * 500):
        answer = await service.client.get(path, headers=headers, params={"cursor": forged})
        problem(answer, 400, "invalid_cursor")
    answer = await service.client.get(path, headers=headers, params={"cursor": "A" * 501})
    assert violations(answer) == {("cursor", "too_long")}


async def test_a_cursor_of_the_longest_address_fits(service: Service) -> None:
    _, headers = await service.enter_as_admin()
    domain = ".".join(["d" * 60] * 3)
    email = f"{'b' * 64}@{domain}.{'e' * (254 - 64 - 2 - len(domain))}"
    assert len(email) == 254
    await store(service, a_new_user(email=EmailAddress(email)), a_new_user(email=EmailAddress("zoe@example.com")))
    pages = await all_pages(service, headers, "/admin/users?sort=email&limit=1")
    assert len(pages) == 3


@pytest.mark.parametrize(
    ("parameter", "value", "code"),
    [("limit", "0", "out_of_range"), ("limit", "-1", "out_of_range"), ("limit", "201", "out_of_range"),
     ("limit", "9" * 30, "out_of_range"), ("limit", "x", "wrong_type"), ("limit", "1.5", "wrong_type"),
     ("limit", "", "wrong_type"), ("status", "gone", "not_allowed"), ("status", "", "not_allowed"),
     ("role", "root", "not_allowed"), ("sort", "name", "not_allowed"), ("sort", "-email", "not_allowed"),
     ("sort", "id; drop table users", "not_allowed"), ("count", "yes", "not_allowed"),
     ("verified", "maybe", "wrong_type"), ("include_blocked", "", "wrong_type"),
     ("created_from", "2026-03-14", "wrong_type"), ("created_to", "1", "wrong_type"),
     ("created_to", "2026-03-14T15:09:26", "wrong_type"), ("last_login_from", "2026-02-30T00:00:00Z", "wrong_type"),
     ("last_login_to", "2026-03-14T24:00:01Z", "wrong_type"),
     ("last_login_to", "2026-03-14T15:09:26+24:00", "wrong_type"),
     ("last_login_to", "2026-03-14T15:09:26 01:00", "wrong_type"), ("created_from", "infinity", "wrong_type"),
     ("created_from", "٢٠٢٦-03-14T15:09:26Z", "wrong_type"), ("created_from", "", "wrong_type")],
)  # fmt: skip
async def test_what_is_no_value_of_a_parameter_is_refused(town: Town, parameter: str, value: str, code: str) -> None:
    answer = await town.service.client.get("/admin/users", headers=town.headers, params={parameter: value})
    assert violations(answer) == {(parameter, code)}


# --- Blocked ones -----------------------------------------------------------------------------------------------------


async def test_blocked_and_suspended_users_the_newest_first(service: Service) -> None:
    _, headers = await service.enter_as_admin()
    now = datetime.now(UTC)
    facts: list[dict[str, Any]] = [
        {"block": a_block()},
        {"suspension": a_suspension(until=now + HOUR)},
        {"suspension": a_suspension(until=None)},
        {"suspension": a_suspension(until=now - HOUR)},
        {"block": a_block(), "suspension": a_suspension(until=now - HOUR)},
    ]
    numbers = await crowd(service, len(facts) + 1)
    for number, fact in zip(numbers, facts, strict=False):
        await service.restrict(number, **fact)
    shut = [numbers[4], numbers[2], numbers[1], numbers[0]]
    answer = await listed(service, headers, "/admin/users/blocked", count="exact")
    assert ids(answer) == shut
    assert [user["status"] for user in answer.json()] == ["blocked", "suspended", "suspended", "blocked"]
    assert (answer.headers["X-Total-Count"], next_page(answer)) == ("4", None)
    assert await all_pages(service, headers, "/admin/users/blocked?limit=3") == [shut[:3], shut[3:]]
    answer = await listed(service, headers, "/admin/users/blocked", limit=1, count="estimate")
    assert int(answer.headers["X-Total-Count"]) >= 1


async def test_where_nobody_is_blocked_the_list_is_empty(service: Service) -> None:
    _, headers = await service.enter_as_admin()
    answer = await listed(service, headers, "/admin/users/blocked")
    assert (answer.json(), next_page(answer)) == ([], None)


# --- Who may, and what happens meanwhile ------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/admin/users", "/admin/users/blocked"])
async def test_users_see_nothing_and_strangers_even_less(service: Service, path: str) -> None:
    user, headers = await service.enter()
    problem(await service.client.get(path, headers=headers), 403, "forbidden")
    problem(await service.client.get(path), 401, "token_missing")
    await service.promote(user["email"])
    await listed(service, headers, path)
    await service.rows("update users set role = 'user' where id = %(id)s returning id", id=user["id"])
    problem(await service.client.get(path, headers=headers), 403, "forbidden")


async def test_a_search_that_takes_too_long_is_given_up(service: Service) -> None:
    """As every statement is: 503, and the client may come again."""
    _, headers = await service.enter_as_admin()
    async with running(compose_http(service.container.conninfo(), database_timeout_seconds=1)) as hasty:
        async with service.container.database().connection() as connection, connection.transaction():
            await connection.execute("lock table user_activity in access exclusive mode")
            # The caller is recognised by the same table, so the list itself is asked.
            answer = await hasty.client.get("/admin/users", headers=headers)
        problem(answer, 503, "storage_unavailable")
        assert answer.headers["Retry-After"]
        await listed(hasty, headers)


async def test_who_comes_or_changes_between_pages_makes_nobody_come_twice_or_vanish(service: Service) -> None:
    admin, headers = await service.enter_as_admin()
    before = [admin["id"], *await crowd(service, 40)]
    is_over = asyncio.Event()

    async def others() -> None:
        number = 0
        while not is_over.is_set():
            number += 1
            (user,) = await store(service, a_new_user(created_at=NOW + number * HOUR))
            await service.restrict(user.id, block=a_block())
            await service.restrict(before[1 + number % 40], name=PersonName(f"John Doe {number}"))

    for sort in ("-id", "id", "-created_at", "created_at"):
        is_over.clear()
        busy = asyncio.create_task(others())
        try:
            seen: list[int] = []
            path: str | None = f"/admin/users?limit=3&q=john&sort={sort}"
            for _ in range(60):
                if path is None:
                    break
                answer = await listed(service, headers, path)
                seen += ids(answer)
                path = next_page(answer)
        finally:
            is_over.set()
            await busy
        assert len(seen) == len(set(seen))
        if path is None:  # forwards the list may grow as quickly as it is read
            assert set(before[1:]) <= set(seen)


async def test_another_release_adds_users_that_are_found(service: Service) -> None:
    """The one before names its columns; what it writes is found all the same."""
    _, headers = await service.enter_as_admin()
    (user,) = await store(service, replace(a_new_user(), name=PersonName("ÉLODIE")))
    await service.rows("update users set name = 'Amélie' where id = %(id)s returning id", id=user.id)
    assert ids(await listed(service, headers, q="AMÉ")) == [user.id]
    assert ids(await listed(service, headers, q="élo")) == []
