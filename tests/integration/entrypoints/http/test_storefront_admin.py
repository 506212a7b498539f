"""What the storefront's admin pages send, exactly, and what they read of the answers."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.http import problem

if TYPE_CHECKING:
    import httpx2

    from tests.support.http import Service

Headers = dict[str, str]


@pytest.fixture
async def admin(service: Service) -> Headers:
    """The headers of who sits before the pages."""
    _, headers = await service.enter_as_admin()
    return headers


def is_date_for_javascript(text: str) -> bool:
    """Whether `new Date(text)` is understood: the profile of ISO 8601 in ECMA-262 21.4.1.32."""
    return text.endswith("Z") and datetime.fromisoformat(text).tzinfo is not None


async def send(client: httpx2.AsyncClient, method: str, path: str, headers: Headers, **content: Any) -> Any:  # noqa: ANN401 - JSON
    answer = await client.request(method, path, headers=headers, **content)
    assert answer.is_success, answer.text
    return answer.json()


async def test_the_dashboard(service: Service, admin: Headers) -> None:
    await service.enter()
    stats = await send(service.client, "GET", "/admin/stats", admin)
    assert stats == {
        "total_users": 2,
        "active_users": 2,
        "blocked_users": 0,
        "suspended_users": 0,
        "pending_verification": 0,
        "users_today": 2,
        "admins": 1,
        "verified_users": 0,
        "active_sessions": 2,
        "logins_today": 2,
        "failed_logins_today": 0,
    }


async def test_user_management(service: Service, admin: Headers) -> None:
    john, _ = await service.enter()
    users = await send(service.client, "GET", "/admin/users", admin)
    assert [user["email"] for user in users] == ["john@example.com", "ada@example.com"]
    assert all(is_date_for_javascript(user["created_at"]) for user in users)
    assert type(users[0]["id"]) is int

    blocked = await send(service.client, "POST", f"/admin/users/{john['id']}/block", admin, json={"reason": "fraud"})
    assert (blocked["user"]["status"], blocked["user"]["blocked_reason"]) == ("blocked", "fraud")
    assert isinstance(blocked["message"], str)
    as_json = {"Content-Type": "application/json"}
    unblocked = await send(service.client, "POST", f"/admin/users/{john['id']}/unblock", admin | as_json)
    assert unblocked["user"]["status"] == "active"
    suspended = await send(service.client, "POST", f"/admin/users/{john['id']}/suspend", admin, json={"reason": "late"})
    assert suspended["user"]["status"] == "suspended"
    sessions = await send(service.client, "GET", f"/admin/users/{john['id']}/sessions", admin)
    assert sessions == []
    unblocked = await send(service.client, "POST", f"/admin/users/{john['id']}/unblock", admin | as_json)
    assert unblocked["user"]["status"] == "active"
    await service.log_in()
    (session,) = await send(service.client, "GET", f"/admin/users/{john['id']}/sessions", admin)
    assert session["user_id"] == john["id"]
    assert is_date_for_javascript(session["login_time"])


async def test_opening_an_account(service: Service, admin: Headers) -> None:
    body = {
        "name": "Jane Roe",
        "email": "jane@example.com",
        "mobile": "+491701234567",
        "password": "SecurePass123!",
        "role": "admin",
    }
    created = await send(service.client, "POST", "/admin/create-user", admin, json=body)
    assert (created["email"], created["role"], created["is_email_verified"]) == ("jane@example.com", "admin", True)
    assert isinstance(created["message"], str)
    jane = await service.log_in("jane@example.com")
    assert len(await send(service.client, "GET", "/admin/users", jane)) == 2


async def test_what_goes_wrong_is_told_in_words(service: Service, admin: Headers) -> None:
    ada = (await send(service.client, "GET", "/admin/users", admin))[0]
    answer = await service.client.post(f"/admin/users/{ada['id']}/block", headers=admin, json={"reason": "oops"})
    problem(answer, 400, "cannot_act_on_self")
    answer = await service.client.post("/admin/users/2147483647/block", headers=admin, json={"reason": "oops"})
    problem(answer, 404, "user_not_found")
