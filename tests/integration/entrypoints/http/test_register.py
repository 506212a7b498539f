"""POST /auth/register."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pytest

from tests.support.http import (
    CLIENT_IP,
    JANE,
    JOHN,
    TIMESTAMP,
    USER_AGENT,
    FreeHasher,
    compose_http,
    problem,
    raw,
    running,
    violations,
)
from user_domain.errors import Overloaded

if TYPE_CHECKING:
    import httpx2

    from tests.support.http import Service
    from user_domain.ports.password_hasher import PasswordHash
    from user_domain.value_objects.password import Password


async def test_a_new_account_is_answered_with_the_user_and_where_it_is(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/auth/register", json=JOHN)
    assert answer.status_code == 201
    user = answer.json()
    assert type(user["id"]) is int
    assert answer.headers["Location"] == f"/users/{user['id']}"
    assert answer.headers["ETag"] == '"1"'
    assert TIMESTAMP.fullmatch(user["created_at"])
    assert user == {
        "id": user["id"],
        "name": "John Doe",
        "email": "john@example.com",
        "mobile": "1234567890",
        "role": "user",
        "status": "active",
        "is_email_verified": False,
        "locale": None,
        "created_at": user["created_at"],
        "updated_at": user["created_at"],
        "last_login": None,
        "pending_email": None,
    }


async def test_what_a_person_types_is_stored_in_one_spelling(client: httpx2.AsyncClient) -> None:
    decomposed = unicodedata.normalize("NFD", "Zoë Müller")
    typed = {
        "name": f"  {decomposed} ",
        "email": " Zoe@Example.COM ",
        "mobile": "+49 (170) 123-45 67",
        "locale": "FR-ca",
    }
    user = (await client.post("/auth/register", json=JOHN | typed)).json()
    assert (user["name"], user["email"]) == ("Zoë Müller", "zoe@example.com")
    assert (user["mobile"], user["locale"]) == ("+491701234567", "fr-CA")


async def test_of_the_password_only_a_salted_hash_is_stored(service: Service) -> None:
    for person in (JOHN, JANE):
        await service.register(**person)
    hashes = [row["hash"] for row in await service.rows("select hash from passwords")]
    assert all(stored.startswith("$argon2id$") for stored in hashes)
    assert len(set(hashes)) == 2  # of one and the same password


async def test_an_address_is_taken_in_whatever_case_it_is_typed(service: Service) -> None:
    await service.register()
    for email in ("john@example.com", "JOHN@example.com", "  John@Example.com"):
        problem(
            await service.client.post("/auth/register", json=JANE | {"email": email}), 409, "email_already_registered"
        )
    assert [row["name"] for row in await service.rows("select name from users")] == ["John Doe"]


async def test_a_refused_registration_uses_up_no_id(service: Service) -> None:
    first = await service.register()
    for _ in range(3):
        assert (await service.client.post("/auth/register", json=JOHN)).status_code == 409
    assert (await service.register(**JANE))["id"] == first["id"] + 1


async def test_the_audit_trail_says_who_registered_and_who_was_refused(service: Service) -> None:
    user = await service.register()
    await service.client.post("/auth/register", json=JOHN, headers={"X-Request-ID": "second-attempt"})
    accepted, refused = await service.audit_trail()
    assert (accepted.action, accepted.actor_id, accepted.target_id) == ("user:register", user["id"], user["id"])
    assert accepted.reason is None
    assert (refused.action, refused.actor_id, refused.target_id) == ("user:register:refused", None, None)
    assert refused.reason == "email_already_registered"
    assert (refused.client.ip_address, refused.client.user_agent) == (CLIENT_IP, USER_AGENT)
    assert refused.client.request_id == "second-attempt"


async def test_everything_that_is_wrong_is_told_at_once(client: httpx2.AsyncClient) -> None:
    answer = await client.post(
        "/auth/register", json={"name": "J", "email": "john", "mobile": "12", "password": "short", "locale": "english"}
    )
    found = violations(answer)
    assert {("name", "too_short"), ("email", "invalid_format"), ("mobile", "invalid_format")} < found
    assert {("locale", "invalid_format"), ("password", "too_short"), ("password", "no_digit")} < found


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("Ab1!xyz", "too_short"),
        ("Ab1!" + "x" * 125, "too_long"),
        ("securepass123!", "no_upper_case"),
        ("SECUREPASS123!", "no_lower_case"),
        ("SecurePass!!!", "no_digit"),
        ("SecurePass123", "no_special_character"),
        ("Secure\tPass123!", "invalid_characters"),
        ("my-BERNADETTE-1", "contains_personal_word"),
        ("Swordfish!2000", "contains_personal_word"),
    ],
)
async def test_a_password_that_breaks_a_rule_is_refused(lasting: Service, password: str, code: str) -> None:
    person = {"name": "Bernadette Doe", "email": "swordfish.77@example.com", "mobile": "1234567890"}
    answer = await lasting.client.post("/auth/register", json=person | {"password": password})
    assert violations(answer) == {("password", code)}


@pytest.mark.parametrize("password", ["Ab1!" + "x" * 124, "Pass word 1", "密码是一个秘密的词1!", "ПарольНеСлово1!"])
async def test_a_password_that_keeps_the_rules_opens_the_door(service: Service, password: str) -> None:
    await service.register(password=password)
    await service.log_in(password=password)


async def test_a_password_typed_on_another_keyboard_is_the_same(service: Service) -> None:
    await service.register(password="Caf\u00e9-Latte-1")
    await service.log_in(password="Cafe\u0301-Latte-1")


@pytest.mark.parametrize(
    "field", ["role", "id", "status", "is_email_verified", "email_verified_at", "version", "is_admin", "created_at"]
)
async def test_nobody_gives_themselves_more_than_the_form_has(lasting: Service, field: str) -> None:
    answer = await lasting.client.post("/auth/register", json=JOHN | {field: "admin"})
    assert violations(answer) == {("body", "unknown_field")}
    assert await lasting.rows("select from users") == []


async def test_a_sane_request_id_is_taken_over_and_any_other_replaced(client: httpx2.AsyncClient) -> None:
    for sane in ("abc", "0123456789abcdef", "a.b-c_D", "x" * 64):
        answer = await client.post("/auth/register", json={}, headers={"X-Request-ID": sane})
        assert problem(answer, 422, "validation_failed")["request_id"] == sane
    for other in ("", "x" * 65, "a b", "a\tb", "a/b", "<b>", "a;b", '"', "{}", "ä"):
        answer = await client.get("/health/live", headers=raw({"X-Request-ID": other}))
        assert len(answer.headers["X-Request-ID"]) == 32


async def test_every_request_gets_an_id_of_its_own(client: httpx2.AsyncClient) -> None:
    assert len({(await client.get("/health/live")).headers["X-Request-ID"] for _ in range(10)}) == 10


async def test_when_too_many_hashes_wait_people_are_asked_to_come_back(conninfo: str) -> None:
    class Busy(FreeHasher):
        async def hash(self, password: Password) -> PasswordHash:
            raise Overloaded

    async with running(compose_http(conninfo, hasher=Busy())) as service:
        problem(await service.client.post("/auth/register", json=JOHN), 503, "overloaded")
        assert await service.rows("select from users") == []
        assert await service.audit_trail() == []
