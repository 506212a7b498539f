"""GET /admin/audit and GET /admin/audit/seals, as JSON; as CSV see test_audit_csv.py."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.http import CLIENT_IP, JANE, JOHN, TIMESTAMP, USER_AGENT, next_page, problem, violations
from user_domain.entities.audit_entry import AuditAction
from user_domain.testing.builders import CLIENT, NOW, an_audit_entry
from user_domain.testing.in_memory import InMemoryAuditSigner
from user_domain.use_cases.audit.seal_audit_trail import SealAuditTrail
from user_domain.value_objects.ids import UserId

if TYPE_CHECKING:
    from tests.support.http import Service
    from user_domain.entities.audit_entry import AuditEntry

HOUR = timedelta(hours=1)
BEFORE = {"to": "2026-03-15T00:00:00Z"}
"""Only what tests wrote, not what made them an admin today."""


async def write(service: Service, *entries: AuditEntry) -> None:
    async with service.container.unit_of_work() as work:
        for entry in entries:
            await work.audit.append(entry)
        await work.commit()


async def listed(service: Service, headers: dict[str, str], **parameters: Any) -> list[dict[str, Any]]:
    answer = await service.client.get("/admin/audit", headers=headers, params=parameters)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Vary"] == "Accept"
    found: list[dict[str, Any]] = answer.json()
    return found


def numbers(entries: list[dict[str, Any]]) -> list[str]:
    """What tells one entry of a test from another."""
    return [entry["reason"] for entry in entries]


async def test_what_happened_is_told_the_newest_first(service: Service) -> None:
    admin, headers = await service.enter_as_admin()
    jane = await service.register(**JANE)
    change = {"name": "Jane Doe"}
    answer = await service.client.put(f"/users/{jane['id']}", headers=headers, json=change)
    assert answer.status_code == 200
    entries = await listed(service, headers)
    assert [entry["action"] for entry in entries] == [
        "user:profile-change",
        "user:register",
        "admin:promote",
        "session:login:success",
        "user:register",
    ]
    assert TIMESTAMP.fullmatch(entries[0]["at"])
    assert entries[0] == {
        "id": max(entry["id"] for entry in entries),
        "at": entries[0]["at"],
        "action": "user:profile-change",
        "actor_id": admin["id"],
        "target_id": jane["id"],
        "ip_address": CLIENT_IP,
        "user_agent": USER_AGENT,
        "request_id": answer.headers["X-Request-ID"],
        "reason": None,
        "changes": [{"field": "name", "before": "Jane Roe", "after": "Jane Doe"}],
        "address_digest": None,
        "is_erased": False,
    }


async def test_an_unknown_address_is_told_by_a_digest_alone(service: Service) -> None:
    _, headers = await service.enter_as_admin()
    for email in ("nobody@example.com", "other@example.com", "nobody@example.com"):
        await write(service, an_audit_entry(reason="invalid_credentials", unknown_address=email))
    answer = await service.client.get("/admin/audit?action=session:login:failure", headers=headers)
    last, other, first = answer.json()
    assert last["address_digest"] == first["address_digest"] != other["address_digest"]
    assert len(first["address_digest"]) == 32
    assert "nobody@" not in answer.text
    assert (first["actor_id"], first["target_id"], first["reason"]) == (None, None, "invalid_credentials")


async def test_of_somebody_who_was_erased_nothing_can_be_read_but_that_it_happened(service: Service) -> None:
    _, headers = await service.enter_as_admin()
    jane, janes = await service.enter(**JANE)
    assert (await service.client.put(f"/users/{jane['id']}", headers=janes, json={"name": "J R"})).status_code == 200
    (before, *_) = await listed(service, headers, actor_id=jane["id"])
    async with service.container.unit_of_work() as work:
        await work.personal_keys.destroy(UserId(jane["id"]))
        await work.commit()
    (after, *_) = await listed(service, headers, actor_id=jane["id"])
    origin = dict.fromkeys(("ip_address", "user_agent", "request_id"))
    assert after == before | origin | {"changes": [], "is_erased": True}


async def test_page_follows_page_to_the_end(service: Service) -> None:
    _, headers = await service.enter_as_admin()
    entries = [an_audit_entry(at=NOW + number // 3 * HOUR, reason=str(number)) for number in range(7)]
    await write(service, *entries)
    answer = await service.client.get("/admin/audit", headers=headers, params={"limit": 3, **BEFORE})
    pages = [numbers(answer.json())]
    while (path := next_page(answer)) is not None:
        answer = await service.client.get(path, headers=headers)
        pages.append(numbers(answer.json()))
        assert len(pages) < 5, "a list without end"
    assert pages == [["6", "5", "4"], ["3", "2", "1"], ["0"]]


async def test_what_is_written_between_two_pages_moves_nothing(service: Service) -> None:
    _, headers = await service.enter_as_admin()
    await write(service, *(an_audit_entry(at=NOW + number * HOUR, reason=str(number)) for number in range(4)))
    answer = await service.client.get("/admin/audit", headers=headers, params={"limit": 2, **BEFORE})
    await write(service, an_audit_entry(at=NOW + 5 * HOUR, reason="late"))
    path = next_page(answer)
    assert path
    assert numbers((await service.client.get(path, headers=headers)).json()) == ["1", "0"]


@pytest.fixture
async def crowd(service: Service) -> tuple[dict[str, str], dict[str, int]]:
    """Entries of two people from two addresses over three months; an admin, and the people's numbers."""
    admin, headers = await service.enter_as_admin()
    jane, john = await service.register(**JANE), await service.register(**JOHN)
    numbers = {name: user["id"] for name, user in {"admin": admin, "jane": jane, "john": john}.items()}
    janes, johns = UserId(jane["id"]), UserId(john["id"])
    home, away = replace(CLIENT, ip_address="203.0.113.99"), replace(CLIENT, ip_address="2001:db8::7")
    month = timedelta(days=30)
    await write(
        service,
        an_audit_entry(reason="0", at=NOW - 2 * month, actor_id=janes, target_id=janes, client=home),
        an_audit_entry(reason="1", at=NOW - month, actor_id=johns, target_id=janes, client=away),
        an_audit_entry(reason="2", at=NOW - month, actor_id=janes, target_id=johns, client=away),
        an_audit_entry(reason="3", at=NOW, action=AuditAction.SESSION_LOGOUT, actor_id=johns, client=home),
        an_audit_entry(reason="4", at=NOW, client=home),
        an_audit_entry(reason="5", at=NOW, action=AuditAction.SESSION_LOGOUT, actor_id=janes, client=away),
    )
    return headers, numbers


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, "543210"),
        ({"actor_id": "jane"}, "520"),
        ({"target_id": "jane"}, "10"),
        ({"actor_id": "jane", "target_id": "john"}, "2"),
        ({"action": "session:logout"}, "53"),
        ({"action": "key:remove"}, ""),
        ({"from": "2026-03-14T15:09:26.535897Z"}, "543"),
        ({"from": "2026-03-14T16:09:26.535897+01:00"}, "543"),
        ({"to": "2026-03-14T15:09:26.535897Z"}, "210"),
        ({"from": "2026-02-01T00:00:00Z", "to": "2026-03-01T00:00:00Z"}, "21"),
        ({"from": "2026-03-01T00:00:00Z", "to": "2026-02-01T00:00:00Z"}, ""),
        ({"ip": "203.0.113.99"}, "430"),
        ({"ip": "::ffff:203.0.113.99"}, "430"),
        ({"ip": "2001:DB8:0::7"}, "521"),
        ({"ip": "192.0.2.1"}, ""),
        ({"ip": "203.0.113.99", "actor_id": "john"}, "3"),
        ({"ip": "203.0.113.99", "to": "2026-03-01T00:00:00Z"}, "0"),
        ({"ip": "203.0.113.99", "from": "2026-03-01T00:00:00Z"}, "43"),
        ({"ip": "203.0.113.99", "to": "1999-01-01T00:00:00Z"}, ""),
        ({"ip": "203.0.113.99", "from": "0001-01-01T00:00:00Z"}, "430"),
    ],
)
async def test_what_is_looked_for_is_found_whatever_page_it_is_on(
    service: Service, crowd: tuple[dict[str, str], dict[str, int]], asked: dict[str, str], found: str
) -> None:
    headers, people = crowd
    parameters = BEFORE | {name: people.get(value, value) for name, value in asked.items()}
    assert "".join(numbers(await listed(service, headers, **parameters))) == found
    answer = await service.client.get("/admin/audit", headers=headers, params=parameters | {"limit": 1})
    seen = numbers(answer.json())
    while (path := next_page(answer)) is not None:
        answer = await service.client.get(path, headers=headers)
        seen += numbers(answer.json())
        assert len(seen) <= 6, "a list without end"
    assert "".join(seen) == found


@pytest.mark.parametrize(
    ("parameters", "fault"),
    [
        ({"ip": "localhost"}, ("ip", "invalid_format")),
        ({"ip": ""}, ("ip", "invalid_format")),
        ({"ip": "203.0.113.0/24"}, ("ip", "invalid_format")),
        ({"actor_id": "0"}, ("actor_id", "out_of_range")),
        ({"actor_id": "2147483648"}, ("actor_id", "out_of_range")),
        ({"actor_id": "9" * 400}, ("actor_id", "out_of_range")),
        ({"actor_id": "+7"}, ("actor_id", "wrong_type")),
        ({"target_id": "me"}, ("target_id", "wrong_type")),
        ({"target_id": ""}, ("target_id", "wrong_type")),
        ({"action": "user:explode"}, ("action", "not_allowed")),
        ({"action": ""}, ("action", "not_allowed")),
        ({"from": "2026-03-14"}, ("from", "invalid_format")),
        ({"from": "2026-03-14T00:00:00"}, ("from", "invalid_format")),
        ({"to": "yesterday"}, ("to", "invalid_format")),
        ({"to": "0"}, ("to", "invalid_format")),
        ({"limit": "0"}, ("limit", "out_of_range")),
        ({"limit": "201"}, ("limit", "out_of_range")),
        ({"limit": "many"}, ("limit", "wrong_type")),
        ({"cursor": "A" * 501}, ("cursor", "too_long")),
    ],
)
@pytest.mark.parametrize("accept", ["application/json", "text/csv"])
async def test_what_nobody_can_look_for_is_refused(
    service: Service, parameters: dict[str, str], fault: tuple[str, str], accept: str
) -> None:
    _, headers = await service.enter_as_admin()
    before = len(await service.audit_trail())
    answer = await service.client.get("/admin/audit", headers=headers | {"Accept": accept}, params=parameters)
    assert violations(answer) == {fault}
    assert len(await service.audit_trail()) == before


async def test_a_cursor_is_good_for_its_own_list_at_any_limit_and_for_no_other(service: Service) -> None:
    admin, headers = await service.enter_as_admin()
    await write(service, *(an_audit_entry(at=NOW + number * HOUR, reason=str(number)) for number in range(4)))
    first = await service.client.get("/admin/audit", headers=headers, params={"limit": 2, **BEFORE})
    path = next_page(first)
    assert path
    cursor = path.partition("cursor=")[2]
    assert numbers(await listed(service, headers, limit=1, cursor=cursor, **BEFORE)) == ["1"]
    others: list[dict[str, Any]] = [{}, {"to": "2026-03-16T00:00:00Z"}, BEFORE | {"actor_id": admin["id"]}]
    raw = bytearray(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    raw[-1] ^= 1
    forged = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    for parameters in ({**other, "cursor": cursor} for other in others):
        problem(await service.client.get("/admin/audit", headers=headers, params=parameters), 400, "invalid_cursor")
    for text in (forged, cursor[:-4], "", "A", "7", "\x00"):
        answer = await service.client.get("/admin/audit", headers=headers, params={**BEFORE, "cursor": text})
        problem(answer, 400, "invalid_cursor")
    for path in ("/admin/audit/seals", "/admin/users", "/admin/mail"):
        answer = await service.client.get(path, headers=headers, params={"cursor": cursor})
        problem(answer, 400, "invalid_cursor")


@pytest.mark.parametrize("path", ["/admin/audit", "/admin/audit/seals"])
async def test_only_admins_read_the_trail_and_no_page_of_it_is_an_entry(service: Service, path: str) -> None:
    _, headers = await service.enter_as_admin()
    _, johns = await service.enter(**JOHN)
    problem(await service.client.get(path), 401, "token_missing")
    problem(await service.client.get(path, headers=johns), 403, "forbidden")
    before = len(await service.audit_trail())
    problem(await service.client.post(path, headers=headers), 405, "method_not_allowed")
    assert (await service.client.get(path, headers=headers)).status_code == 200
    assert len(await service.audit_trail()) == before


# --- Seals ------------------------------------------------------------------------------------------------------------


async def seal(service: Service) -> None:
    """What the worker does."""
    container = service.container
    sealing = SealAuditTrail(unit_of_work=container.unit_of_work, signer=InMemoryAuditSigner(), clock=container.clock())
    await sealing.execute()


async def test_before_there_is_any_seal_there_is_none_to_see(service: Service) -> None:
    _, headers = await service.enter_as_admin()
    answer = await service.client.get("/admin/audit/seals", headers=headers)
    assert (answer.status_code, answer.json(), next_page(answer)) == (200, [], None)


async def test_a_seal_has_what_an_auditor_checks_it_with(service: Service) -> None:
    _, headers = await service.enter_as_admin()
    entries = len(await service.audit_trail())
    await seal(service)
    (found,) = (await service.client.get("/admin/audit/seals", headers=headers)).json()
    text = found["statement"]
    assert found["head"] == hashlib.sha256(text.encode()).hexdigest()
    assert bytes.fromhex(found["signature"]) == InMemoryAuditSigner().sign(text.encode())
    assert found["key_id"] == InMemoryAuditSigner().key_id()
    assert (found["number"], found["entries"], found["previous"]) == (1, entries, "0" * 64)
    assert TIMESTAMP.fullmatch(found["sealed_at"])
    assert text.splitlines() == [
        "user-service audit seal 1",
        "number: 1",
        f"month: {found['month']}",
        f"sealed_at: {found['sealed_at']}",
        f"entries: {entries}",
        f"root: {found['root']}",
        f"previous: {found['previous']}",
        f"key: {found['key_id']}",
    ]


async def test_seals_come_page_by_page_each_after_the_one_it_names(service: Service) -> None:
    _, headers = await service.enter_as_admin()
    for number in range(5):
        await write(service, an_audit_entry(at=NOW, reason=str(number)))
        await seal(service)
    answer = await service.client.get("/admin/audit/seals?limit=2", headers=headers)
    seals = answer.json()
    while (path := next_page(answer)) is not None:
        answer = await service.client.get(path, headers=headers)
        assert len(answer.json()) <= 2
        seals += answer.json()
    assert [found["number"] for found in seals] == list(range(1, len(seals) + 1))
    assert [found["previous"] for found in seals[1:]] == [found["head"] for found in seals[:-1]]
    assert len(seals) >= 5


@pytest.mark.parametrize("limit", ["0", "201", "x"])
async def test_of_seals_too_there_are_two_hundred_on_a_page_at_most(service: Service, limit: str) -> None:
    _, headers = await service.enter_as_admin()
    answer = await service.client.get(f"/admin/audit/seals?limit={limit}", headers=headers)
    assert {field for field, _ in violations(answer)} == {"limit"}
