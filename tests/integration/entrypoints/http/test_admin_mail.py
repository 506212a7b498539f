"""GET /admin/mail and POST /admin/mail/{id}/retry."""

from __future__ import annotations

import base64
import re
from itertools import chain
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.http import ADA, BASE_URL, JOHN, TIMESTAMP, compose_http, next_page, problem, running, violations
from user_domain.ports.mailer import MailDeferred, MailRejected
from user_domain.value_objects.one_time_token import TokenPurpose

if TYPE_CHECKING:
    from tests.support.http import Service

NOBODY = "0" * 32


async def enter_as_admin(service: Service) -> dict[str, str]:
    """An admin, with no mail left to send."""
    _, headers = await service.enter_as_admin()
    await service.letters()
    return headers


async def queue(service: Service, count: int) -> list[str]:
    """So many mails that wait; their addresses, in the order of asking."""
    emails = [f"john{number}@example.com" for number in range(count)]
    for email in emails:
        answer = await service.client.post("/auth/forgot-password", json={"email": email})
        assert answer.status_code == 200
    return emails


async def listed(service: Service, headers: dict[str, str], **parameters: Any) -> list[dict[str, Any]]:
    answer = await service.client.get("/admin/mail", headers=headers, params=parameters)
    assert answer.status_code == 200, answer.text
    mails: list[dict[str, Any]] = answer.json()
    return mails


async def test_where_nothing_waits_the_list_is_empty(service: Service) -> None:
    headers = await enter_as_admin(service)
    answer = await service.client.get("/admin/mail", headers=headers)
    assert (answer.status_code, answer.json(), next_page(answer)) == (200, [], None)


async def test_what_waits_is_listed_without_what_it_says(service: Service) -> None:
    headers = await enter_as_admin(service)
    user = await service.register()
    await service.client.post("/auth/forgot-password", json={"email": "nobody@example.com"})
    first, second = await listed(service, headers)
    assert re.fullmatch(r"[0-9a-f]{32}", first["id"])
    assert TIMESTAMP.fullmatch(first["created_at"])
    assert TIMESTAMP.fullmatch(first["next_attempt_at"])
    assert first == {
        "id": first["id"],
        "kind": "verify_email",
        "recipient": JOHN["email"],
        "user_id": user["id"],
        "status": "waiting",
        "attempts": 0,
        "error": None,
        "created_at": user["created_at"],
        "next_attempt_at": user["created_at"],
        "dead_at": None,
    }
    assert (second["kind"], second["recipient"], second["user_id"]) == ("reset_password", "nobody@example.com", None)


async def test_no_token_and_no_id_of_one_is_told(service: Service) -> None:
    headers = await enter_as_admin(service)
    await service.register()
    answer = await service.client.get("/admin/mail", headers=headers)
    rows = await service.rows("select id, digest from one_time_tokens")
    assert rows
    for row in rows:
        assert row["id"].hex not in answer.text
        assert str(row["id"]) not in answer.text
        assert row["digest"].hex() not in answer.text
    for letter in await service.letters():
        for token in letter.tokens.values():
            assert token not in answer.text


async def test_a_mail_that_was_not_taken_says_how_often_and_why(service: Service) -> None:
    headers = await enter_as_admin(service)
    service.mailer.refuse(MailDeferred("450"))
    await service.register()
    assert await service.letters() == []
    (mail,) = await listed(service, headers)
    assert (mail["status"], mail["attempts"], mail["error"], mail["dead_at"]) == ("waiting", 1, "450", None)
    assert mail["next_attempt_at"] > mail["created_at"]


async def test_a_dead_mail_says_since_when_and_why(service: Service) -> None:
    headers = await enter_as_admin(service)
    service.mailer.refuse(MailRejected("550"))
    await service.register()
    assert await service.letters() == []
    (mail,) = await listed(service, headers)
    assert (mail["status"], mail["attempts"], mail["error"], mail["next_attempt_at"]) == ("dead", 1, "550", None)
    assert TIMESTAMP.fullmatch(mail["dead_at"])


async def test_a_dead_mail_is_sent_when_it_is_tried_again(service: Service) -> None:
    headers = await enter_as_admin(service)
    admin = (await service.client.get("/auth/me", headers=headers)).json()
    service.mailer.refuse(MailRejected("550"))
    await service.register()
    await service.letters()
    (mail,) = await listed(service, headers)
    answer = await service.client.post(f"/admin/mail/{mail['id']}/retry", headers=headers)
    assert (answer.status_code, set(answer.json())) == (200, {"message"})
    (again,) = await listed(service, headers)
    assert (again["status"], again["attempts"], again["dead_at"]) == ("waiting", 0, None)
    (letter,) = await service.letters()
    assert letter.id == mail["id"]
    assert await listed(service, headers) == []
    answer = await service.redeem(TokenPurpose.VERIFY_EMAIL, letter.tokens[TokenPurpose.VERIFY_EMAIL])
    assert answer.status_code == 200
    entries = [entry for entry in await service.audit_trail() if entry.action == "mail:retry"]
    assert [(entry.actor_id, entry.target_id) for entry in entries] == [(admin["id"], None)]


async def test_a_mail_that_waits_can_be_sent_at_once(service: Service) -> None:
    headers = await enter_as_admin(service)
    service.mailer.refuse(MailDeferred("450"))
    await service.register()
    assert await service.letters() == []
    (mail,) = await listed(service, headers)
    assert (await service.client.post(f"/admin/mail/{mail['id']}/retry", headers=headers)).status_code == 200
    assert [letter.id for letter in await service.letters()] == [mail["id"]]


async def test_a_mail_that_has_left_cannot_be_tried_again(service: Service) -> None:
    headers = await enter_as_admin(service)
    await service.register()
    (mail,) = await listed(service, headers)
    await service.letters()
    for mail_id in (mail["id"], NOBODY):
        answer = await service.client.post(f"/admin/mail/{mail_id}/retry", headers=headers)
        problem(answer, 404, "mail_not_found")
    assert "mail:retry" not in [str(entry.action) for entry in await service.audit_trail()]


@pytest.mark.parametrize(
    "mail_id",
    ["1", "x", NOBODY[:-1], NOBODY + "0", "F" * 32, NOBODY + "%0A", "%00" * 32, "g" * 32, "%D9%A0" * 32, "-" * 32,
     "00000000-0000-0000-0000-000000000000", "9" * 5000, "%FF"],
)  # fmt: skip
async def test_what_is_no_id_is_refused(service: Service, mail_id: str) -> None:
    headers = await enter_as_admin(service)
    answer = await service.client.post(f"/admin/mail/{mail_id}/retry", headers=headers)
    ((field, _),) = violations(answer)
    assert field == "mail_id"


async def test_pages_lead_through_the_whole_list_and_nothing_comes_twice(service: Service) -> None:
    headers = await enter_as_admin(service)
    emails = await queue(service, 7)
    seen: list[list[str]] = []
    path: str | None = "/admin/mail?limit=3"
    while path is not None:
        answer = await service.client.get(path, headers=headers)
        assert answer.status_code == 200
        seen.append([mail["recipient"] for mail in answer.json()])
        path = next_page(answer)
    assert [len(page) for page in seen] == [3, 3, 1]
    assert list(chain.from_iterable(seen)) == emails  # oldest first


async def test_the_last_page_that_is_full_leads_nowhere(service: Service) -> None:
    headers = await enter_as_admin(service)
    await queue(service, 4)
    answer = await service.client.get("/admin/mail?limit=4", headers=headers)
    assert (len(answer.json()), next_page(answer)) == (4, None)
    answer = await service.client.get("/admin/mail?limit=2", headers=headers)
    path = next_page(answer)
    assert path is not None
    answer = await service.client.get(path, headers=headers)
    assert (len(answer.json()), next_page(answer)) == (2, None)


async def test_a_page_begins_after_the_one_before_even_where_that_has_left(service: Service) -> None:
    headers = await enter_as_admin(service)
    emails = await queue(service, 5)
    answer = await service.client.get("/admin/mail?limit=2", headers=headers)
    path = next_page(answer)
    assert path is not None
    for mail in answer.json():
        assert await service.rows("delete from outgoing_mails where id = %(id)s::uuid returning id", id=mail["id"])
    answer = await service.client.get(path, headers=headers)
    assert [mail["recipient"] for mail in answer.json()] == emails[2:4]


async def test_the_link_holds_behind_a_gateway_that_strips_its_prefix(conninfo: str) -> None:
    async with running(compose_http(conninfo, root_path="/user")) as service:
        headers = await enter_as_admin(service)
        await queue(service, 3)
        answer = await service.client.get("/admin/mail", headers=headers, params={"limit": 2})
        path = next_page(answer)
        assert path is not None
        assert path.startswith("/user/admin/mail?")
        answer = await service.client.get(BASE_URL + path, headers=headers)
        assert (answer.status_code, len(answer.json())) == (200, 1)


async def test_a_cursor_of_another_making_is_refused(service: Service, conninfo: str) -> None:
    headers = await enter_as_admin(service)
    await queue(service, 2)
    path = next_page(await service.client.get("/admin/mail?limit=1", headers=headers))
    assert path is not None
    cursor = path.partition("cursor=")[2]
    raw = bytearray(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    flipped = []
    for position in (0, 15, 16, len(raw) - 1):
        other = bytearray(raw)
        other[position] ^= 1
        flipped.append(base64.urlsafe_b64encode(other).rstrip(b"=").decode())
    unsealed = base64.urlsafe_b64encode(NOBODY.encode()).decode()
    for forged in (
        *flipped, cursor[:-4], cursor + "AAAA", cursor[16:], "", "=", "====", "A", "é", "\x00", "%", "-1", "null",
        unsealed, "A" * 200, cursor + "\n", f" {cursor}", "\ud7ff", "' or 1=1 --",
    ):  # fmt: skip
        answer = await service.client.get("/admin/mail", headers=headers, params={"cursor": forged})
        problem(answer, 400, "invalid_cursor")
        assert forged.strip() == "" or len(forged) < 4 or forged not in answer.text
    answer = await service.client.get("/admin/mail", headers=headers, params={"cursor": "A" * 201})
    assert violations(answer) == {("cursor", "too_long")}
    foreign = compose_http(conninfo, master_key="a key of another service, which has its own secrets")
    async with running(foreign) as elsewhere:
        answer = await elsewhere.client.get("/admin/mail", headers=headers, params={"cursor": cursor})
        problem(answer, 400, "invalid_cursor")


async def test_a_cursor_outlives_a_change_of_the_master_key(service: Service, conninfo: str) -> None:
    headers = await enter_as_admin(service)
    emails = await queue(service, 2)
    path = next_page(await service.client.get("/admin/mail?limit=1", headers=headers))
    assert path is not None
    before = service.container.settings().master_key
    renewed = compose_http(
        conninfo, master_key="a newer key for tests, from which others follow", master_key_previous=before
    )
    async with running(renewed) as later:
        answer = await later.client.get(path, headers=headers)
        assert [mail["recipient"] for mail in answer.json()] == emails[1:]


@pytest.mark.parametrize(
    ("limit", "code"),
    [("0", "out_of_range"), ("-1", "out_of_range"), ("201", "out_of_range"), ("9" * 30, "out_of_range"),
     ("x", "wrong_type"), ("1.5", "wrong_type"), ("", "wrong_type"), ("1e1", "wrong_type")],
)  # fmt: skip
async def test_a_limit_is_a_number_from_1_to_200(service: Service, limit: str, code: str) -> None:
    headers = await enter_as_admin(service)
    answer = await service.client.get("/admin/mail", headers=headers, params={"limit": limit})
    assert violations(answer) == {("limit", code)}


async def test_users_see_and_send_nothing(service: Service) -> None:
    _, headers = await service.enter()
    before = await service.rows("select * from outgoing_mails")
    problem(await service.client.get("/admin/mail", headers=headers), 403, "forbidden")
    (mail,) = before
    for mail_id in (mail["id"].hex, NOBODY):  # the same whether it exists or not
        answer = await service.client.post(f"/admin/mail/{mail_id}/retry", headers=headers)
        problem(answer, 403, "forbidden")
    assert await service.rows("select * from outgoing_mails") == before


async def test_strangers_even_less(service: Service) -> None:
    problem(await service.client.get("/admin/mail"), 401, "token_missing")
    problem(await service.client.post(f"/admin/mail/{NOBODY}/retry"), 401, "token_missing")


async def test_an_admin_who_is_one_no_longer_sees_nothing_from_the_next_request_on(service: Service) -> None:
    headers = await enter_as_admin(service)
    assert await listed(service, headers) == []
    await service.rows("update users set role = 'user' where email = %(email)s returning id", email=ADA["email"])
    problem(await service.client.get("/admin/mail", headers=headers), 403, "forbidden")


async def test_retrying_reads_no_body_and_minds_none(service: Service) -> None:
    """Dashboards send a JSON content type without a body."""
    headers = await enter_as_admin(service)
    await queue(service, 1)
    (mail,) = await listed(service, headers)
    for body in (b"", b"{}", b"no json"):
        answer = await service.client.post(
            f"/admin/mail/{mail['id']}/retry", headers=headers | {"Content-Type": "application/json"}, content=body
        )
        assert answer.status_code == 200
